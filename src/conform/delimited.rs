//! Delimited text. A row whose quotes are broken never swallows others in silence: the lines up to the next row that
//! reads well are rejected as one, with their range.

use std::borrow::Cow;

use super::decode::{Columns, Decoded, Dialect, Reading, guessed, undecodable};
use super::{ConformError, Limits, RawFile, Reject, head, text};
use crate::catalogue::Escape;

/// Bytes within which a row that reads well is recognised again after a broken one.
const MOST_ROW_BYTES: usize = 64 << 10;

/// Delimiters that are tried where none is declared; the first wins a draw.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

pub fn delimited(file: &RawFile, bytes: &[u8], reading: &Reading, limits: &Limits) -> Result<Decoded, ConformError> {
    let utf8 = text::to_utf8(bytes, reading.read.encoding.as_deref());
    let mut findings = guessed(&utf8, file);
    let body = with_lines(&utf8.text);
    let start = start(&body, reading);
    let mut decoded = Decoded::default();
    let mut at = start.place;
    if reading.read.headerless {
        decoded.heads.clone_from(&reading.headerless);
    } else {
        let mut reader = reader(&body[at.byte..], start.delimiter, reading.read.escape);
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).map_err(|error| undecodable(file, &error))?;
        decoded.heads = record.iter().map(str::to_owned).collect();
        at = at.after(reader.position());
        findings.extend(head::preamble(file, start.preamble));
    }
    limits.check_columns(file, decoded.heads.len())?;
    let names = text::header_names(decoded.heads.iter().map(String::as_str), file, &mut findings);
    if names.is_empty() {
        return Err(ConformError::Empty { file: file.key.clone() });
    }
    decoded.findings = findings;
    decoded.dialect = Dialect {
        format: "csv".into(),
        encoding: Some(utf8.encoding.into()),
        delimiter: Some(char::from(start.delimiter)),
        header: (!reading.read.headerless).then_some(start.place.line),
        sheet: None,
    };
    let table = Table {
        file,
        limits,
        body: &body,
        delimiter: start.delimiter,
        escape: reading.read.escape,
        footer: &reading.read.footer,
        width: names.len(),
        damaged: utf8.damaged,
        // `\"` is harmless in a file that means it; elsewhere it may shift columns without changing the width.
        suspicious: reading.read.escape == Escape::Double && body.contains("\\\""),
    };
    let mut columns = Columns::new(&names, file, limits)?;
    table.rows(at, &mut columns, &mut decoded)?;
    columns.finish(decoded)
}

/// Old Macs end lines with a carriage return alone, which counts no lines; a text in quotes may hold others.
fn with_lines(text: &str) -> Cow<'_, str> {
    let alone = text.matches('\r').count() - text.matches("\r\n").count();
    if alone > text.matches('\n').count() {
        return text.replace("\r\n", "\n").replace('\r', "\n").into();
    }
    Cow::Borrowed(text)
}

/// A place in the text: byte offset, and line from 1.
#[derive(Debug, Clone, Copy)]
struct Place {
    byte: usize,
    line: u64,
}

impl Place {
    fn after(self, position: &csv::Position) -> Self {
        let byte = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        Self { byte: self.byte + byte, line: self.line + position.line() - 1 }
    }

    /// Past the blank lines, which are no rows.
    fn past_blank(mut self, body: &str) -> Self {
        for byte in body[self.byte..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')) {
            self.byte += 1;
            self.line += u64::from(byte == b'\n');
        }
        self
    }

    fn next_line(self, body: &str) -> Option<Self> {
        let length = body[self.byte..].find('\n')? + 1;
        Some(Self { byte: self.byte + length, line: self.line + 1 }).filter(|next| next.byte < body.len())
    }
}

struct Start {
    delimiter: u8,
    place: Place,
    /// Filled lines above the header.
    preamble: u64,
}

/// The header's place and the delimiter: after blank lines and Excel's `sep=` line, which names it; else as declared;
/// else where the declared columns are found; else the one that splits the header most often, comma when in doubt.
fn start(body: &str, reading: &Reading) -> Start {
    let mut place = Place { byte: 0, line: 1 }.past_blank(body);
    let head = body[place.byte..].lines().next().unwrap_or_default();
    let mut declared = reading.read.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok());
    if let Some([named]) = head.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        declared = Some(*named);
        place = Place { byte: place.byte + head.len(), line: place.line }.past_blank(body);
    }
    let first = place;
    let mut lines = Vec::new();
    let mut next = Some(place);
    while let Some(at) = next.filter(|_| lines.len() <= head::MOST_PREAMBLE) {
        lines.push((at, body[at.byte..].lines().next().unwrap_or_default()));
        next = at.next_line(body);
    }
    let candidates = declared.map_or(CANDIDATES.to_vec(), |delimiter| vec![delimiter]);
    let widest = |line: &str| {
        let count = |candidate: u8| line.bytes().filter(|byte| *byte == candidate).count();
        candidates.iter().copied().fold(candidates[0], |best, next| if count(next) > count(best) { next } else { best })
    };
    if let Some(skip) = reading.read.skip {
        let wanted = u64::try_from(skip).unwrap_or(u64::MAX).saturating_add(1);
        let found = lines.iter().find(|(at, _)| at.line >= wanted).copied();
        let (place, line) = found.unwrap_or((first, head));
        return Start { delimiter: widest(line), place, preamble: place.line - first.line };
    }
    if reading.canonical || reading.read.headerless {
        return Start { delimiter: widest(lines.first().map_or("", |(_, line)| line)), place, preamble: 0 };
    }
    let known = lines.iter().flat_map(|(at, line)| candidates.iter().map(move |delimiter| (*at, *line, *delimiter)));
    let known = known.filter_map(|(at, line, delimiter)| {
        let cells = split(line, delimiter, reading.read.escape);
        head::likeness(cells.iter(), reading).map(|likeness| (likeness, at, delimiter))
    });
    let best = known.fold(None::<(usize, Place, u8)>, |best, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        Some(_) | None => Some(next),
    });
    let (place, delimiter) = match best {
        Some((_, place, delimiter)) => (place, delimiter),
        None => steady(&lines, &candidates, reading.read.escape).unwrap_or((first, widest(lines[0].1))),
    };
    let above = lines.iter().filter(|(at, line)| at.byte < place.byte && !line.trim().is_empty()).count();
    Start { delimiter, place, preamble: above as u64 }
}

/// The first of the most lines that one delimiter splits into the same number of cells.
fn steady(lines: &[(Place, &str)], candidates: &[u8], escape: Escape) -> Option<(Place, u8)> {
    let mut best: Option<(usize, usize, Place, u8)> = None;
    for delimiter in candidates {
        let rows: Vec<csv::StringRecord> = lines.iter().map(|(_, line)| split(line, *delimiter, escape)).collect();
        let widths: Vec<usize> = rows.iter().map(csv::StringRecord::len).collect();
        for (index, width) in widths.iter().enumerate().filter(|(_, width)| **width > 1) {
            let alike = widths[index..].iter().filter(|other| *other == width).count();
            if best.is_none_or(|(most, wide, ..)| (alike * width, *width) > (most * wide, wide)) {
                // A header names every column in words; a title with the same delimiters does not, nor does a row. Where rows
                // are wider than their header, it stands above them.
                let is_header = |at: &usize| widths[*at] > 1 && rows[*at].iter().all(is_name);
                let within = (index..rows.len()).find(|at| widths[*at] == *width && is_header(at));
                let above = || (0..index).rev().find(is_header);
                let header = within.or_else(above).unwrap_or(index);
                best = Some((alike, *width, lines[header].0, *delimiter));
            }
        }
    }
    best.map(|(_, _, place, delimiter)| (place, delimiter))
}

/// Whether the cell can name a column: it is filled, and neither a number nor a date.
fn is_name(cell: &str) -> bool {
    let cell = cell.trim();
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    letters > 0 && super::mapping::dates::moment(cell, None).is_none()
}

fn reader(body: &str, delimiter: u8, escape: Escape) -> csv::Reader<&[u8]> {
    let escape = match escape {
        Escape::Double => None,
        Escape::Backslash => Some(b'\\'),
    };
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .escape(escape)
        .flexible(true)
        .has_headers(false)
        .from_reader(body.as_bytes())
}

fn split(line: &str, delimiter: u8, escape: Escape) -> csv::StringRecord {
    reader(line, delimiter, escape).records().next().and_then(Result::ok).unwrap_or_default()
}

struct Table<'a> {
    file: &'a RawFile,
    limits: &'a Limits,
    body: &'a str,
    delimiter: u8,
    escape: Escape,
    footer: &'a [String],
    width: usize,
    damaged: bool,
    suspicious: bool,
}

impl Table<'_> {
    fn rows(&self, from: Place, columns: &mut Columns<'_>, decoded: &mut Decoded) -> Result<(), ConformError> {
        let mut base = from;
        let mut record = csv::StringRecord::new();
        'again: loop {
            let mut reader = reader(&self.body[base.byte..], self.delimiter, self.escape);
            loop {
                let before = base.after(reader.position());
                if !reader.read_record(&mut record).map_err(|error| undecodable(self.file, &error))? {
                    return Ok(());
                }
                let start = before.past_blank(self.body);
                let end = base.after(reader.position());
                decoded.read += 1;
                self.limits.check_rows(self.file, decoded.read)?;
                let raw = &self.body[start.byte..end.byte];
                let spans = raw.trim_end_matches(['\r', '\n']).contains('\n');
                let sound = !(spans || self.suspicious) || self.is_sound(raw);
                if record.iter().all(|cell| cell.trim().is_empty()) || head::is_footer(record.iter(), self.footer) {
                    decoded.filtered += 1;
                } else if sound && self.fits(&record) {
                    if self.damaged && record.iter().any(|cell| cell.contains('\u{fffd}')) {
                        let message = "the row holds bytes that stand for no letter in the file's encoding";
                        self.reject(decoded, start.line, "undecodable_bytes", message.to_owned());
                    } else {
                        let line = u32::try_from(start.line).unwrap_or(u32::MAX);
                        columns.push(line, record.iter().map(Some))?;
                    }
                } else if sound {
                    let lines = span(start.line, raw);
                    let message = self.misfit(record.len(), &lines);
                    self.reject(decoded, start.line, "wrong_width", message);
                } else {
                    // A row that ends with its line leaves the next one whole.
                    let next = if spans { self.resume(start) } else { Some(end) };
                    let swallowed = &self.body[start.byte..next.map_or(self.body.len(), |next| next.byte)];
                    let cure = if swallowed.contains("\\\"") {
                        "the file writes `\\\"`: declare `escape = \"backslash\"` in its source"
                    } else {
                        "close or double the quote"
                    };
                    let message = format!("the quotes of the row are broken{}; {cure}", span(start.line, swallowed));
                    self.reject(decoded, start.line, "broken_quotes", message);
                    let Some(next) = next else { return Ok(()) };
                    if spans {
                        base = next;
                        continue 'again;
                    }
                }
            }
        }
    }

    fn reject(&self, decoded: &mut Decoded, line: u64, code: &str, message: String) {
        let file = self.file.key.clone();
        decoded.rejects.push(Reject { file, row: line, column: String::new(), code: code.to_owned(), message });
    }

    /// Cells too many or too few, and what usually is the matter.
    fn misfit(&self, cells: usize, lines: &str) -> String {
        let cause = if cells > self.width {
            let delimiter = char::from(self.delimiter).escape_default();
            format!("a `{delimiter}` in a text without quotes, or columns that the header does not name")
        } else {
            "the row is cut off, or belongs to another table".to_owned()
        };
        format!("the row has {cells} cells, the header {}{lines}: {cause}", self.width)
    }

    /// As wide as the header; an empty cell after a delimiter at the end is none.
    fn fits(&self, record: &csv::StringRecord) -> bool {
        record.len() == self.width || (record.len() == self.width + 1 && record.get(self.width) == Some(""))
    }

    /// Whether every quote that opens a cell closes at its end.
    fn is_sound(&self, raw: &str) -> bool {
        let raw = raw.trim_end_matches(['\r', '\n']).as_bytes();
        let mut at = 0;
        loop {
            if raw.get(at) == Some(&b'"') {
                at += 1;
                loop {
                    match raw.get(at) {
                        None => return false,
                        Some(b'\\') if self.escape == Escape::Backslash => at += 2,
                        Some(b'"') if raw.get(at + 1) == Some(&b'"') => at += 2,
                        Some(b'"') => break,
                        Some(_) => at += 1,
                    }
                }
                at += 1;
                if raw.get(at).is_some_and(|byte| *byte != self.delimiter) {
                    return false;
                }
            }
            match raw[at.min(raw.len())..].iter().position(|byte| *byte == self.delimiter) {
                Some(length) => at += length + 1,
                None => return true,
            }
        }
    }

    /// The next line from which two rows in a row read well, or one that ends the file.
    fn resume(&self, broken: Place) -> Option<Place> {
        let mut next = broken.next_line(self.body);
        while let Some(at) = next {
            let mut most = (at.byte + MOST_ROW_BYTES).min(self.body.len());
            while !self.body.is_char_boundary(most) {
                most -= 1;
            }
            let mut reader = reader(&self.body[at.byte..most], self.delimiter, self.escape);
            let mut record = csv::StringRecord::new();
            let mut reads_well = || {
                let from = at.after(reader.position()).past_blank(self.body);
                match reader.read_record(&mut record) {
                    Ok(true) => {
                        let raw = &self.body[from.byte..at.after(reader.position()).byte];
                        Some(self.fits(&record) && self.is_sound(raw))
                    }
                    Ok(false) => None,
                    Err(_) => Some(false),
                }
            };
            if reads_well() == Some(true) && reads_well() != Some(false) {
                return Some(at);
            }
            next = at.next_line(self.body);
        }
        None
    }
}

/// ` (lines 4 to 7)` of a row that spans lines.
fn span(line: u64, raw: &str) -> String {
    let more = raw.trim_end_matches(['\r', '\n']).matches('\n').count() as u64;
    if more > 0 { format!(" (lines {line} to {})", line + more) } else { String::new() }
}

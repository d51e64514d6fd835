//! Bytes to columns: csv (plain, gz, zst), parquet, ndjson, xlsx; text cells stay text until typed.

use std::io::{Cursor, Read};

use calamine::{Data, Reader as _};
use polars::prelude::*;

use super::{ConformError, RawFile, Reject, text};
use crate::finding::{Finding, Level};

/// Expanded bytes a compressed file may have: a bomb becomes an error, not an outage.
const MOST_EXPANDED_BYTES: u64 = 8 << 30;

/// Columns as delivered, with the row number of each row.
#[derive(Debug)]
pub struct Decoded {
    pub frame: DataFrame,
    /// Per row of `frame`.
    pub rows: Vec<u32>,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
    /// Rows in the file, rejected ones included.
    pub read: u64,
}

/// # Errors
/// The file is empty, truncated, or not in the format its name says.
pub fn decode(file: &RawFile) -> Result<Decoded, ConformError> {
    if file.bytes.is_empty() {
        return Err(ConformError::Empty { file: file.key.clone() });
    }
    let name = file.key.to_lowercase();
    let is = |suffix: &str| name.ends_with(suffix);
    if is(".csv") {
        return csv(file, &file.bytes);
    }
    if is(".csv.gz") {
        return csv(file, &expand(file, flate2::read::MultiGzDecoder::new(Cursor::new(&file.bytes)))?);
    }
    if is(".csv.zst") {
        let reader =
            zstd::stream::read::Decoder::new(Cursor::new(&file.bytes)).map_err(|error| undecodable(file, &error))?;
        return csv(file, &expand(file, reader)?);
    }
    if is(".parquet") {
        return parquet(file);
    }
    if is(".ndjson") {
        return ndjson(file);
    }
    if is(".xlsx") {
        return xlsx(file);
    }
    Err(ConformError::Undecodable {
        file: file.key.clone(),
        cause: "the file name ends in no known format".to_owned(),
        hint: "deliver .parquet, .csv, .csv.gz, .csv.zst, .ndjson or .xlsx".to_owned(),
    })
}

fn undecodable(file: &RawFile, cause: &dyn std::fmt::Display) -> ConformError {
    ConformError::Undecodable {
        file: file.key.clone(),
        cause: cause.to_string().lines().next().unwrap_or_default().to_owned(),
        hint: "the file may be truncated or still being written: deliver it again whole".to_owned(),
    }
}

fn expand(file: &RawFile, reader: impl Read) -> Result<Vec<u8>, ConformError> {
    let mut bytes = Vec::new();
    reader.take(MOST_EXPANDED_BYTES + 1).read_to_end(&mut bytes).map_err(|error| undecodable(file, &error))?;
    if bytes.len() as u64 > MOST_EXPANDED_BYTES {
        return Err(undecodable(file, &"it expands beyond 8 GiB"));
    }
    Ok(bytes)
}

/// Text columns under construction.
struct Columns {
    builders: Vec<StringChunkedBuilder>,
    rows: Vec<u32>,
}

impl Columns {
    fn new(names: &[String]) -> Self {
        let builders = names.iter().map(|name| StringChunkedBuilder::new(name.as_str().into(), 0)).collect();
        Self { builders, rows: Vec::new() }
    }

    fn push<'a>(&mut self, row: u32, cells: impl Iterator<Item = Option<&'a str>>) {
        for (builder, cell) in self.builders.iter_mut().zip(cells.chain(std::iter::repeat(None))) {
            builder.append_option(cell);
        }
        self.rows.push(row);
    }

    fn finish(
        self,
        file: &RawFile,
        read: u64,
        rejects: Vec<Reject>,
        findings: Vec<Finding>,
    ) -> Result<Decoded, ConformError> {
        let height = self.rows.len();
        let columns = self.builders.into_iter().map(|builder| builder.finish().into_series().into_column()).collect();
        let frame = DataFrame::new(height, columns).map_err(|error| undecodable(file, &error))?;
        Ok(Decoded { frame, rows: self.rows, rejects, findings, read })
    }
}

/// Said where the bytes are no UTF-8 and carry no mark.
fn guessed(decoded: &text::Utf8<'_>, file: &RawFile) -> Vec<Finding> {
    let message = || format!("the file is not UTF-8; read as {}", decoded.encoding);
    let finding = || super::note("", Level::Warning, "encoding_guessed", &file.key, message(), "export it as UTF-8");
    decoded.guessed.then(finding).into_iter().collect()
}

fn csv(file: &RawFile, bytes: &[u8]) -> Result<Decoded, ConformError> {
    let mut findings = Vec::new();
    let decoded = text::to_utf8(bytes);
    findings.extend(guessed(&decoded, file));
    let (delimiter, body) = text::dialect(&decoded.text);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(body.as_bytes());
    let headers = reader.headers().map_err(|error| undecodable(file, &error))?.clone();
    let names = text::header_names(headers.iter(), file, &mut findings);
    if names.is_empty() {
        return Err(ConformError::Empty { file: file.key.clone() });
    }
    let width = names.len();
    let mut columns = Columns::new(&names);
    let mut rejects = Vec::new();
    let mut read = 0;
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                read += 1;
                if record.len() == width {
                    columns.push(u32::try_from(line).unwrap_or(u32::MAX), record.iter().map(Some));
                } else if reader.position().line() > line + 1 {
                    // The rows it has swallowed would be lost without a word.
                    return Err(ConformError::Undecodable {
                        file: file.key.clone(),
                        cause: format!("a quote opened in line {line} runs over several lines and breaks the row"),
                        hint: "close or double the quote, and deliver the file again".to_owned(),
                    });
                } else {
                    rejects.push(Reject {
                        file: file.key.clone(),
                        row: line,
                        column: String::new(),
                        code: "wrong_width".to_owned(),
                        message: format!("the row has {} cells, the header {width}", record.len()),
                    });
                }
            }
            Err(error) => return Err(undecodable(file, &error)),
        }
    }
    columns.finish(file, read, rejects, findings)
}

fn parquet(file: &RawFile) -> Result<Decoded, ConformError> {
    let frame =
        ParquetReader::new(Cursor::new(file.bytes.clone())).finish().map_err(|error| undecodable(file, &error))?;
    let height = u32::try_from(frame.height()).map_err(|_| undecodable(file, &"it has more than 4 billion rows"))?;
    Ok(Decoded {
        frame,
        rows: (1..=height).collect(),
        rejects: Vec::new(),
        findings: Vec::new(),
        read: u64::from(height),
    })
}

fn ndjson(file: &RawFile) -> Result<Decoded, ConformError> {
    let decoded = text::to_utf8(&file.bytes);
    let mut objects = Vec::new();
    let findings = guessed(&decoded, file);
    let mut rejects = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut read = 0;
    for (index, line) in decoded.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row = index as u64 + 1;
        read += 1;
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line) {
            Ok(object) => {
                for name in object.keys().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>() {
                    names.push(name);
                }
                objects.push((row, object));
            }
            Err(error) => rejects.push(Reject {
                file: file.key.clone(),
                row,
                column: String::new(),
                code: "not_json".to_owned(),
                message: format!("the line is no JSON object: {error}"),
            }),
        }
    }
    let heads: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut columns = Columns::new(&heads);
    for (row, object) in &objects {
        let cells: Vec<Option<String>> = names.iter().map(|name| object.get(name).and_then(text::json_text)).collect();
        columns.push(u32::try_from(*row).unwrap_or(u32::MAX), cells.iter().map(Option::as_deref));
    }
    columns.finish(file, read, rejects, findings)
}

fn xlsx(file: &RawFile) -> Result<Decoded, ConformError> {
    let mut book: calamine::Xlsx<_> =
        calamine::Xlsx::new(Cursor::new(file.bytes.clone())).map_err(|error| undecodable(file, &error))?;
    let sheet = book
        .worksheet_range_at(0)
        .ok_or_else(|| undecodable(file, &"the workbook has no sheet"))?
        .map_err(|error| undecodable(file, &error))?;
    let mut findings = Vec::new();
    let mut rows = sheet.rows();
    let Some(head) = rows.next() else { return Err(ConformError::Empty { file: file.key.clone() }) };
    let heads: Vec<String> = head.iter().map(ToString::to_string).collect();
    let names = text::header_names(heads.iter().map(String::as_str), file, &mut findings);
    let first = sheet.start().map_or(0, |(row, _)| row);
    let mut columns = Columns::new(&names);
    let mut read = 0;
    for (index, cells) in rows.enumerate() {
        if cells.iter().all(|cell| matches!(cell, Data::Empty)) {
            continue;
        }
        read += 1;
        let cells: Vec<Option<String>> = cells.iter().map(text::sheet_text).collect();
        let row = first + u32::try_from(index).unwrap_or(u32::MAX - first - 2) + 2;
        columns.push(row, cells.iter().map(Option::as_deref));
    }
    columns.finish(file, read, Vec::new(), findings)
}

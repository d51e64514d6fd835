//! Text as systems write it: encodings, headers, cells of sheets and JSON.

use std::borrow::Cow;

use calamine::Data;
use encoding_rs::Encoding;

use super::{RawFile, note};
use crate::catalogue::encoding_of;
use crate::finding::{Finding, Level};

pub struct Utf8<'a> {
    pub text: Cow<'a, str>,
    pub encoding: &'static str,
    /// The encoding had to be guessed because the bytes are no UTF-8 and carry no mark.
    pub guessed: bool,
    /// Some bytes stand for no letter; they became U+FFFD.
    pub damaged: bool,
}

/// Bytes as text: by byte-order mark, else as declared, else UTF-8 or UTF-16 where it is one, else Windows-1252
/// (a superset of Latin-1).
pub fn to_utf8<'a>(bytes: &'a [u8], declared: Option<&str>) -> Utf8<'a> {
    let as_encoding = |encoding: &'static Encoding, bytes: &'a [u8], guessed: bool| {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        Utf8 { text, encoding: encoding.name(), guessed, damaged }
    };
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return as_encoding(encoding, &bytes[mark..], false);
    }
    if let Some(encoding) = declared.and_then(encoding_of) {
        return as_encoding(encoding, bytes, false);
    }
    if let Some(encoding) = utf16(bytes) {
        return as_encoding(encoding, bytes, true);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Utf8 { text: Cow::Borrowed(text), encoding: "UTF-8", guessed: false, damaged: false },
        Err(_) if is_mostly_utf8(bytes) => as_encoding(encoding_rs::UTF_8, bytes, true),
        Err(_) => as_encoding(encoding_rs::WINDOWS_1252, bytes, true),
    }
}

/// Text of Latin letters in UTF-16 has a zero in every second byte.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(512)];
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 3;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > sample.len() && even * 8 < sample.len() => Some(encoding_rs::UTF_16LE),
        (even, odd) if even > sample.len() && odd * 8 < sample.len() => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// More letters beyond ASCII are UTF-8 than are not: a few rows are damaged, the rest must not suffer.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right > wrong
}

/// Trimmed lower-case names; blank and repeated ones are made unique and reported.
pub fn header_names<'a>(
    heads: impl Iterator<Item = &'a str>,
    file: &RawFile,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, head) in heads.enumerate() {
        let mut name = head.trim().to_lowercase();
        if name.is_empty() {
            name = format!("column {}", index + 1);
        } else if names.contains(&name) {
            findings.push(note(
                "",
                Level::Warning,
                "repeated_header",
                &file.key,
                format!("the header `{name}` stands twice; the first column counts"),
                "rename one of them",
            ));
            name = format!("{name} ({})", index + 1);
        }
        names.push(name);
    }
    if names.iter().all(|name| name.starts_with("column ")) { Vec::new() } else { names }
}

/// A sheet's cell as text; dates in ISO form, whole numbers without a fraction.
pub fn sheet_text(cell: &Data) -> Option<String> {
    match cell {
        Data::Empty => None,
        // `#N/A` is no value and not nothing either: the cell is told as unreadable.
        Data::Error(error) => Some(error.to_string()),
        Data::DateTime(at) => at.as_datetime().map(|at| at.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
        Data::Bool(yes) => Some(yes.to_string()),
        _ => Some(cell.to_string()),
    }
}

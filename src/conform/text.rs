//! Text as systems write it: encodings, delimiters, headers, cells of sheets and JSON.

use std::borrow::Cow;

use calamine::Data;

use super::{RawFile, note};
use crate::finding::{Finding, Level};

pub struct Utf8<'a> {
    pub text: Cow<'a, str>,
    pub encoding: &'static str,
    /// The encoding had to be guessed because the bytes are no UTF-8 and carry no mark.
    pub guessed: bool,
}

/// Bytes as text: by byte-order mark, else UTF-8, else Windows-1252 (a superset of Latin-1).
pub fn to_utf8(bytes: &[u8]) -> Utf8<'_> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return Utf8 { text, encoding: encoding.name(), guessed: false };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Utf8 { text: Cow::Borrowed(text), encoding: "UTF-8", guessed: false };
    }
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    Utf8 { text, encoding: "windows-1252", guessed: true }
}

/// The delimiter and the text from its header on: after blank lines and Excel's `sep=` line, which names
/// it; else the one that splits the header most often, comma when in doubt.
pub fn dialect(text: &str) -> (u8, &str) {
    let body = text.trim_start_matches(['\r', '\n']);
    let head = body.lines().next().unwrap_or_default();
    if let Some([named]) = head.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        return (*named, body[head.len()..].trim_start_matches(['\r', '\n']));
    }
    let count = |candidate: u8| head.bytes().filter(|byte| *byte == candidate).count();
    let likelier = |best, candidate| if count(candidate) > count(best) { candidate } else { best };
    ([b';', b'\t', b'|'].into_iter().fold(b',', likelier), body)
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

/// A JSON scalar as a cell; nested values as their JSON text.
pub fn json_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => Some(value.to_string()),
    }
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

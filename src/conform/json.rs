//! JSON: an object per line, or a document with the rows in an array.

use serde_json::{Map, Value};

use super::decode::{Columns, Decoded, Dialect, Reading, guessed, undecodable};
use super::{ConformError, Limits, RawFile, Reject, text};

/// Bytes that a value of a document takes beside its text.
const VALUE_BYTES: u64 = 64;

/// Objects of a list that become columns; longer lists are tables of their own.
const MOST_OF_A_LIST: usize = 8;

/// One object per line; a line that is none is rejected.
pub fn lines(file: &RawFile, bytes: &[u8], reading: &Reading, limits: &Limits) -> Result<Decoded, ConformError> {
    let utf8 = text::to_utf8(bytes, reading.read.encoding.as_deref());
    let mut decoded = Decoded { findings: guessed(&utf8, file), ..Decoded::default() };
    let (mut objects, mut held) = (Vec::new(), 0);
    for (index, line) in utf8.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row = index as u64 + 1;
        decoded.read += 1;
        limits.check_rows(file, decoded.read)?;
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(object) => {
                limits.check_columns(file, object.len())?;
                held += line.len() as u64 + VALUE_BYTES * object.len() as u64;
                limits.check_memory(file, held)?;
                objects.push((row, object));
            }
            Err(error) => decoded.rejects.push(Reject {
                file: file.key.clone(),
                row,
                column: String::new(),
                code: "not_json".to_owned(),
                message: format!("the line is no JSON object: {error}"),
            }),
        }
    }
    decoded.dialect = Dialect { format: "ndjson".into(), encoding: Some(utf8.encoding.into()), ..Dialect::default() };
    table((file, limits), objects, decoded, reading)
}

/// A document: an array of objects, or an object with the array at `read.records`.
pub fn document(file: &RawFile, bytes: &[u8], reading: &Reading, limits: &Limits) -> Result<Decoded, ConformError> {
    let utf8 = text::to_utf8(bytes, reading.read.encoding.as_deref());
    let mut decoded = Decoded { findings: guessed(&utf8, file), ..Decoded::default() };
    decoded.dialect = Dialect { format: "json".into(), encoding: Some(utf8.encoding.into()), ..Dialect::default() };
    let whole: Value = serde_json::from_str(&utf8.text).map_err(|error| undecodable(file, &error))?;
    let rows = match &reading.read.records {
        Some(path) => path.split('.').try_fold(&whole, |value, part| value.get(part)).and_then(Value::as_array),
        // `result`, `value`, `rows`, `issues`: the one array of objects.
        None => whole.as_array().or_else(|| {
            whole.as_object().and_then(|object| {
                object.values().filter_map(Value::as_array).find(|rows| rows.iter().all(Value::is_object))
            })
        }),
    };
    let Some(rows) = rows else {
        let where_ = reading.read.records.as_deref().map_or_else(String::new, |path| format!(" at `{path}`"));
        return Err(ConformError::Undecodable {
            file: file.key.clone(),
            cause: format!("there is no array of rows{where_}"),
            hint: "say in `read.records` where the rows lie, e.g. `result`".to_owned(),
        });
    };
    let mut objects = Vec::with_capacity(rows.len());
    for (row, value) in (1_u64..).zip(rows) {
        decoded.read += 1;
        limits.check_rows(file, decoded.read)?;
        match value {
            Value::Object(object) => objects.push((row, object.clone())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                decoded.rejects.push(Reject {
                    file: file.key.clone(),
                    row,
                    column: String::new(),
                    code: "not_json".to_owned(),
                    message: "the row is no JSON object".to_owned(),
                });
            }
        }
    }
    table((file, limits), objects, decoded, reading)
}

fn table(
    (file, limits): (&RawFile, &Limits),
    objects: Vec<(u64, Map<String, Value>)>,
    mut decoded: Decoded,
    reading: &Reading,
) -> Result<Decoded, ConformError> {
    let mut heads: Vec<String> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    let mut rows = Vec::with_capacity(objects.len());
    for (row, object) in objects {
        let mut cells = Map::new();
        if reading.canonical {
            cells = object;
        } else {
            flatten("", object, &mut cells);
        }
        for name in cells.keys().filter(|name| !known.contains(*name)).cloned().collect::<Vec<_>>() {
            known.insert(name.clone());
            heads.push(name);
        }
        limits.check_columns(file, heads.len())?;
        rows.push((row, cells));
    }
    let names: Vec<String> =
        if reading.canonical { heads.iter().map(|name| name.trim().to_lowercase()).collect() } else { heads.clone() };
    let mut columns = Columns::new(&names, file, limits)?;
    for (row, object) in &rows {
        let cells: Vec<Option<String>> = heads.iter().map(|name| object.get(name).and_then(cell)).collect();
        columns.push(u32::try_from(*row).unwrap_or(u32::MAX), cells.iter().map(Option::as_deref))?;
    }
    decoded.heads = heads;
    columns.finish(decoded)
}

/// `{"a": {"b": 1}}` is the column `a.b`; a pair of `display_value` and `value` is the column itself with
/// what is displayed, and `a.value` beside it; a list of objects is `a.0.b`, `a.1.b`.
fn flatten(prefix: &str, object: Map<String, Value>, cells: &mut Map<String, Value>) {
    for (name, value) in object {
        let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(mut inner) => {
                if let Some(displayed) = inner.remove("display_value") {
                    cells.insert(name.clone(), displayed);
                    inner.remove("link");
                }
                flatten(&name, inner, cells);
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
                let items = items.into_iter().take(MOST_OF_A_LIST).enumerate();
                flatten(&name, items.map(|(at, item)| (at.to_string(), item)).collect(), cells);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                cells.insert(name, value);
            }
        }
    }
}

/// A JSON scalar as a cell; nested values as their JSON text.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

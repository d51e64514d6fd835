//! The scorecard's files for other programs, as texts by column.

use std::io::Cursor;

use polars::prelude::{DataType, ParquetReader, SerReader};
use serde_json::Value;

/// A text and the column it stands in.
pub type Text = (String, String);

/// Texts of `scorecard.json`.
///
/// # Errors
/// It is no JSON.
pub fn json(bytes: &[u8]) -> Result<Vec<Text>, String> {
    fn collect(name: &str, value: &Value, texts: &mut Vec<Text>) {
        match value {
            Value::String(text) => texts.push((name.to_owned(), text.clone())),
            Value::Array(items) => items.iter().for_each(|item| collect(name, item, texts)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(name, value, texts)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut texts = Vec::new();
    collect("", &value, &mut texts);
    Ok(texts)
}

/// Texts of `scorecard.parquet`.
///
/// # Errors
/// It is no Parquet.
pub fn parquet(bytes: &[u8]) -> Result<Vec<Text>, String> {
    let frame = ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| error.to_string())?;
    let mut texts = Vec::new();
    for column in frame.columns().iter().filter(|column| *column.dtype() == DataType::String) {
        let cells = column.str().map_err(|error| error.to_string())?;
        texts.extend(cells.iter().flatten().map(|cell| (column.name().to_string(), cell.to_owned())));
    }
    Ok(texts)
}

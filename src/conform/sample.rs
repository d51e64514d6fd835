//! Conformed rows as text, to be looked at.

use polars::prelude::*;

use super::{Conformed, collect};
use crate::catalogue::Contract;

impl Conformed {
    /// The first `most` rows in the order of the contract's columns; ISO dates, instants in UTC, empty cells as `""`.
    ///
    /// # Errors
    /// The engine refuses a column.
    pub fn rows(&self, contract: &Contract, most: usize) -> Result<Vec<Vec<String>>, super::ConformError> {
        let table = collect(self.table.lazy().limit(u32::try_from(most).unwrap_or(u32::MAX)))?;
        let mut rows = vec![Vec::with_capacity(contract.columns.len()); table.height()];
        for name in contract.columns.keys() {
            let column = table.column(name)?.as_materialized_series();
            for (row, cells) in rows.iter_mut().enumerate() {
                cells.push(text(column.get(row)?));
            }
        }
        Ok(rows)
    }

    /// File and row number of each row, see [`super::Reject`].
    ///
    /// # Errors
    /// The engine refuses a column.
    pub fn places(&self) -> Result<Vec<(&str, u64)>, super::ConformError> {
        let table = self.table.columns(&["_file", "_row"])?;
        let (files, rows) = (table.column("_file")?.u32()?, table.column("_row")?.u32()?);
        let name = |file: u32| usize::try_from(file).ok().and_then(|file| self.files.get(file));
        let places = files.into_no_null_iter().zip(rows.into_no_null_iter());
        Ok(places.map(|(file, row)| (name(file).map_or("", String::as_str), u64::from(row))).collect())
    }
}

fn text(value: AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => text.to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Boolean(yes) => yes.to_string(),
        AnyValue::Date(day) => {
            chrono::NaiveDate::from_epoch_days(day).map_or_else(String::new, |date| date.to_string())
        }
        AnyValue::Datetime(at, TimeUnit::Microseconds, _) => chrono::DateTime::from_timestamp_micros(at)
            .map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()),
        AnyValue::Decimal(value, _, scale) => u32::try_from(scale)
            .ok()
            .and_then(|scale| rust_decimal::Decimal::try_from_i128_with_scale(value, scale).ok())
            .map_or_else(|| value.to_string(), |value| value.normalize().to_string()),
        other => other.to_string(),
    }
}

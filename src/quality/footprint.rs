//! Footprints: what a feed says about a period, in a few bytes, to be compared when the period is closed.

use chrono::{Datelike, NaiveDate};
use polars::prelude::*;

use crate::catalogue::{ColumnType, Contract, DatasetKind};

/// Any fixed number; a digest is only compared with others made alike.
const SEED: u64 = 20;
/// Row hashes are added up below it, so that no sum of them overflows.
const LARGEST_HASH: u64 = 4_294_967_291;

/// Rows of a table that speak of the time before `end_date`, and a digest of their content: of a ledger those
/// with any date before it, of a snapshot all. The order of rows does not matter.
///
/// # Errors
/// The engine fails.
pub fn footprint(contract: &Contract, table: &DataFrame, end_date: NaiveDate) -> PolarsResult<(u64, String)> {
    let columns: Vec<Expr> = contract.columns.keys().map(|name| col(name.as_str())).collect();
    let mut rows = table.clone().lazy();
    if let Some(past) = past(contract, end_date).filter(|_| contract.kind == DatasetKind::Ledger) {
        rows = rows.filter(past);
    }
    let hash = as_struct(columns).hash(SEED, SEED, SEED, SEED);
    let made = rows
        .select([len().cast(DataType::UInt64).alias("rows"), (hash % lit(LARGEST_HASH)).sum().alias("digest")])
        .collect()?;
    let number = |name: &str| -> PolarsResult<u64> {
        Ok(made.column(name)?.cast(&DataType::UInt64)?.u64()?.get(0).unwrap_or_default())
    };
    Ok((number("rows")?, format!("{:016x}", number("digest")?)))
}

/// Whether any date of a row lies before the day.
fn past(contract: &Contract, end_date: NaiveDate) -> Option<Expr> {
    let epoch = NaiveDate::default().num_days_from_ce();
    let days = end_date.num_days_from_ce() - epoch;
    let before = |(name, kind): (&String, ColumnType)| match kind {
        ColumnType::Date => Some(col(name.as_str()).cast(DataType::Int32).lt(lit(days))),
        ColumnType::Stamp => Some(col(name.as_str()).cast(DataType::Int64).lt(lit(i64::from(days) * 86_400_000_000))),
        ColumnType::Month => Some(col(name.as_str()).lt(lit(end_date.format("%Y-%m").to_string()))),
        ColumnType::Text
        | ColumnType::Serial
        | ColumnType::Enum
        | ColumnType::Int
        | ColumnType::Number
        | ColumnType::Money
        | ColumnType::Rate
        | ColumnType::Currency
        | ColumnType::Bool => None,
    };
    let columns = contract.columns.iter().map(|(name, column)| (name, column.kind));
    columns.filter_map(before).map(|is_past| is_past.fill_null(lit(false))).reduce(Expr::or)
}

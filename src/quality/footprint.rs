//! Footprints: what a feed says about a period, in a few bytes, to be compared when the period is closed.

use chrono::{Datelike, NaiveDate};
use polars::prelude::*;

use crate::catalogue::{ColumnType, Contract, DatasetKind};
use crate::conform::{Table, collect};
use crate::period::Span;

/// Any fixed number; a digest is only compared with others made alike.
const SEED: u64 = 20;
/// Row hashes are added up below it, so that no sum of them overflows.
const LARGEST_HASH: u64 = 4_294_967_291;

/// Rows of a table that speak of each period, and a digest of their content: of a snapshot all rows; of a ledger
/// those with any date before the period's end, or with `inside` only those with a date in the period itself. The
/// order of rows does not matter. One pass for all periods.
///
/// # Errors
/// The engine fails.
pub fn footprints(contract: &Contract, table: &Table, spans: &[(Span, bool)]) -> PolarsResult<Vec<(u64, String)>> {
    let columns: Vec<Expr> = contract.columns.keys().map(|name| col(name.as_str())).collect();
    let hash = as_struct(columns).hash(SEED, SEED, SEED, SEED) % lit(LARGEST_HASH);
    let figures = spans.iter().enumerate().flat_map(|(index, (span, inside))| {
        let dated = dated(contract, span, *inside).filter(|_| contract.kind == DatasetKind::Ledger);
        let (rows, digest) = match dated {
            Some(dated) => (dated.clone().cast(DataType::UInt64).sum(), col("_hash").filter(dated).sum()),
            None => (len().cast(DataType::UInt64), col("_hash").sum()),
        };
        [rows.alias(format!("rows {index}")), digest.alias(format!("digest {index}"))]
    });
    let figures: Vec<Expr> = figures.collect();
    let made = collect(table.lazy().with_column(hash.alias("_hash")).select(figures))?;
    let number = |name: String| -> PolarsResult<u64> {
        Ok(made.column(&name)?.cast(&DataType::UInt64)?.u64()?.get(0).unwrap_or_default())
    };
    let print = |index: usize| -> PolarsResult<(u64, String)> {
        Ok((number(format!("rows {index}"))?, format!("{:016x}", number(format!("digest {index}"))?)))
    };
    (0..spans.len()).map(print).collect()
}

/// Whether any date of a row lies before the period's end, and with `inside` not before its start.
fn dated(contract: &Contract, span: &Span, inside: bool) -> Option<Expr> {
    let days = |date: NaiveDate| date.num_days_from_ce() - NaiveDate::default().num_days_from_ce();
    let month = |date: NaiveDate| date.format("%Y-%m").to_string();
    let between = |value: Expr, start: Expr, end: Expr| {
        let before = value.clone().lt(end);
        if inside { before.and(value.gt_eq(start)) } else { before }
    };
    let of_column = |(name, kind): (&String, ColumnType)| match kind {
        ColumnType::Date => {
            let value = col(name.as_str()).cast(DataType::Int32);
            Some(between(value, lit(days(span.start_date)), lit(days(span.end_date))))
        }
        ColumnType::Stamp => {
            let value = col(name.as_str()).cast(DataType::Int64);
            Some(between(value, lit(span.start.timestamp_micros()), lit(span.end.timestamp_micros())))
        }
        ColumnType::Month => Some(between(col(name.as_str()), lit(month(span.start_date)), lit(month(span.end_date)))),
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
    columns.filter_map(of_column).map(|is_dated| is_dated.fill_null(lit(false))).reduce(Expr::or)
}

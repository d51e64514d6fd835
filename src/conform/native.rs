//! Columns that come typed: to the contract's types without a look at each cell's text.

use chrono_tz::Tz;
use polars::prelude::*;

use super::cells;
use super::coerce::{Change, MONEY_SCALE, dtype};
use crate::catalogue::ColumnType;

/// Typed columns that need no parsing, and what was done to them.
pub fn native(raw: &Series, kind: ColumnType, zone: Tz) -> PolarsResult<Option<(Series, Change)>> {
    let from = raw.dtype().clone();
    let cast = |raw: &Series| -> PolarsResult<Option<(Series, Change)>> {
        let to = dtype(kind);
        let change = if raw.dtype() == &to { Change::Nothing } else { Change::Cast };
        Ok(Some((raw.cast(&to)?, change)))
    };
    let values = match (kind, &from) {
        (ColumnType::Bool, DataType::Boolean) => return cast(raw),
        (ColumnType::Int, from) if from.is_integer() => return cast(raw),
        (ColumnType::Number, from) if from.is_integer() || from.is_float() => {
            // NaN is how data frames write that there is nothing.
            let floats = raw.cast(&DataType::Float64)?;
            if floats.f64()?.iter().flatten().all(f64::is_finite) {
                return cast(raw);
            }
            let finite: Float64Chunked =
                floats.f64()?.iter().map(|value| value.filter(|value| value.is_finite())).collect();
            finite.into_series()
        }
        (ColumnType::Money | ColumnType::Rate, DataType::Decimal(_, scale)) if *scale <= MONEY_SCALE => {
            return cast(raw);
        }
        (ColumnType::Money | ColumnType::Rate, from) if from.is_integer() => return cast(raw),
        (ColumnType::Date, DataType::Date) => {
            let days = raw.to_physical_repr().cast(&DataType::Int64)?;
            let Some(kept) = without_sentinels(days.i64()?, 86_400_000_000) else { return cast(raw) };
            kept.into_series().cast(&DataType::Int32)?.cast(&DataType::Date)?
        }
        (ColumnType::Stamp, DataType::Date) => {
            let days = raw.to_physical_repr().cast(&DataType::Int64)?;
            let micros: Int64Chunked = days.i64()?.iter().map(|day| day?.checked_mul(86_400_000_000)).collect();
            without_sentinels(&micros, 1).unwrap_or(micros).into_series().cast(&dtype(kind))?
        }
        (ColumnType::Stamp, DataType::Datetime(unit, zoned)) => {
            let micros = microseconds(raw, *unit)?;
            match without_sentinels(&micros, 1) {
                None if *unit == TimeUnit::Microseconds && zoned.is_none() => return cast(raw),
                None => micros.into_series().cast(&dtype(kind))?,
                Some(kept) => kept.into_series().cast(&dtype(kind))?,
            }
        }
        (ColumnType::Date, DataType::Datetime(unit, zoned)) => {
            let local = |at: i64| {
                let at = chrono::DateTime::from_timestamp_micros(at).filter(|at| cells::in_range(at.date_naive()))?;
                // Midnight without a zone is how systems write a date; an instant is a date in the reporting zone.
                let plain = zoned.is_none() && at.time() == chrono::NaiveTime::MIN;
                let date = if plain { at.date_naive() } else { at.with_timezone(&zone).date_naive() };
                Some(date.to_epoch_days())
            };
            let days: Int32Chunked = microseconds(raw, *unit)?.iter().map(|at| local(at?)).collect();
            days.into_series().cast(&DataType::Date)?
        }
        (ColumnType::Text | ColumnType::Serial, from) if from.is_float() => {
            // Identifiers that a data frame made floats of: 1001.0 is 1001.
            let text: StringChunked = raw
                .cast(&DataType::Float64)?
                .f64()?
                .iter()
                .map(|value| value.filter(|value| value.is_finite()).map(|value| value.to_string()))
                .collect();
            text.into_series()
        }
        _ => return Ok(None),
    };
    Ok(Some((values, Change::Cells)))
}

/// NaN is how data frames write that there is nothing.
pub fn without_nan(raw: &Series) -> PolarsResult<Series> {
    let floats = raw.cast(&DataType::Float64)?;
    let kept: Float64Chunked = floats.f64()?.iter().map(|value| value.filter(|value| !value.is_nan())).collect();
    Ok(kept.into_series())
}

/// Instants as microseconds UTC, whether or not the column names a zone; what does not fit is nothing.
fn microseconds(raw: &Series, unit: TimeUnit) -> PolarsResult<Int64Chunked> {
    let physical = raw.to_physical_repr().into_owned();
    if unit == TimeUnit::Microseconds {
        return Ok(physical.i64()?.clone());
    }
    Ok(physical
        .i64()?
        .iter()
        .map(|at| match unit {
            TimeUnit::Nanoseconds => Some(at?.div_euclid(1_000)),
            TimeUnit::Microseconds => at,
            TimeUnit::Milliseconds => at?.checked_mul(1_000),
        })
        .collect())
}

/// The values without those whose instant lies outside the years that count; none where all count.
fn without_sentinels(values: &Int64Chunked, microseconds: i64) -> Option<Int64Chunked> {
    let counts = |value: &i64| {
        value
            .checked_mul(microseconds)
            .and_then(chrono::DateTime::from_timestamp_micros)
            .is_some_and(|at| cells::in_range(at.date_naive()))
    };
    // The years that count have no gap: with both ends in them no value is outside.
    if values.min().is_none_or(|least| counts(&least)) && values.max().is_none_or(|most| counts(&most)) {
        return None;
    }
    Some(values.iter().map(|value| value.filter(counts)).collect())
}

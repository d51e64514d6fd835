//! Columns that come typed: to the contract's types without a look at each cell's text.

use std::ops::RangeInclusive;

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
            let days = raw.to_physical_repr();
            let Some(kept) = without_sentinels(days.i32()?, &cells::days_that_count()) else { return cast(raw) };
            kept.into_series().cast(&DataType::Date)?
        }
        (ColumnType::Stamp, DataType::Date) => {
            let days = raw.to_physical_repr().cast(&DataType::Int64)?;
            let micros: Int64Chunked = days.i64()?.iter().map(|day| day?.checked_mul(cells::DAY)).collect();
            let kept = without_sentinels(&micros, &cells::instants_that_count());
            kept.unwrap_or(micros).into_series().cast(&dtype(kind))?
        }
        (ColumnType::Stamp, DataType::Datetime(unit, zoned)) => {
            let micros = microseconds(raw, *unit)?;
            match without_sentinels(&micros, &cells::instants_that_count()) {
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

/// The values without those outside the years that count; none where all count.
fn without_sentinels<T: PolarsNumericType>(
    values: &ChunkedArray<T>,
    that_count: &RangeInclusive<T::Native>,
) -> Option<ChunkedArray<T>> {
    // What stands in memory where there is no value is looked at too, which is mostly zero and spares a question for each.
    let is_outside = |outside: bool, value: &T::Native| outside | !that_count.contains(value);
    if !values.downcast_iter().any(|chunk| chunk.values().iter().fold(false, is_outside)) {
        return None;
    }
    let counts = |value: &T::Native| that_count.contains(value);
    if values.iter().flatten().all(|value| counts(&value)) {
        return None;
    }
    let kept = values.iter().map(|value| value.filter(counts));
    Some(ChunkedArray::from_iter_options(values.name().clone(), kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(days: &[Option<i32>]) -> Series {
        Series::new("day".into(), days).cast(&DataType::Date).expect("dates")
    }

    #[test]
    fn dates_of_years_that_do_not_count_are_nothing() {
        let days = cells::days_that_count();
        let ends = [Some(*days.start()), None, Some(*days.end())];
        let typed = |days: &[Option<i32>]| {
            native(&dates(days), ColumnType::Date, chrono_tz::UTC).expect("typed").expect("needs no parsing")
        };
        let (kept, change) = typed(&ends);
        assert_eq!((kept, change), (dates(&ends), Change::Nothing));
        let (kept, change) = typed(&[Some(days.start() - 1), ends[0], None, Some(days.end() + 1), ends[2]]);
        assert_eq!((kept, change), (dates(&[None, ends[0], None, None, ends[2]]), Change::Cells));
    }

    #[test]
    fn instants_that_count_are_those_of_the_days() {
        let (days, instants) = (cells::days_that_count(), cells::instants_that_count());
        for (day, year) in [(*days.start(), 1901), (*days.end(), 8999)] {
            let at = |micros: i64| chrono::DateTime::from_timestamp_micros(micros).expect("an instant").date_naive();
            let first = i64::from(day) * cells::DAY;
            let last = first + cells::DAY - 1;
            assert!(instants.contains(&first) && instants.contains(&last), "{year}");
            assert!(cells::in_range(at(first)) && cells::in_range(at(last)), "{year}");
        }
        for beyond in [instants.start() - 1, instants.end() + 1] {
            let at = chrono::DateTime::from_timestamp_micros(beyond).expect("an instant");
            assert!(!cells::in_range(at.date_naive()), "{at}");
        }
    }
}

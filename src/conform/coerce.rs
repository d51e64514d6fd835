//! Columns as delivered to the contract's types, cell by cell; what does not fit is remembered.

use chrono_tz::Tz;
use polars::prelude::*;
use rust_decimal::Decimal;

use super::decode::Decoded;
use super::rows::{BadCell, Gathered};
use super::{ConformError, Context, RawFile, cells, native, note};
use crate::catalogue::{Column as Definition, ColumnType, Contract};
use crate::finding::Level;
use crate::ids::{did_you_mean, near};

/// Decimal places money and rates are kept with, exactly.
pub const MONEY_SCALE: usize = 12;
const PRECISION: usize = 38;

/// A typed column and the cells (row index, text) that were not of the type.
pub type Typed = (Series, Vec<(usize, String)>);

pub fn coerce(
    contract: &Contract,
    file: &RawFile,
    index: u32,
    decoded: &Decoded,
    context: &Context<'_>,
    gathered: &mut Gathered,
) -> Result<DataFrame, ConformError> {
    // Of a mapped file the mapping has said what is missing.
    if file.source.is_none() {
        check_header(contract, file, decoded, gathered)?;
    }
    let height = decoded.frame.height();
    let mut columns = Vec::with_capacity(contract.columns.len() + 3);
    for (name, definition) in &contract.columns {
        let (series, bad) = match delivered(&decoded.frame, name) {
            Some(raw) => typed(&raw, definition, context)?,
            None => (Series::full_null(name.as_str().into(), height, &dtype(definition.kind)), Vec::new()),
        };
        gathered.bad.extend(bad.into_iter().map(|(row, text)| BadCell {
            file: index,
            row: decoded.rows[row],
            column: name.clone(),
            code: code_of(definition.kind),
            text,
        }));
        let series =
            if definition.kind == ColumnType::Currency { with_currency(&series, &context.currency)? } else { series };
        if definition.kind == ColumnType::Serial {
            let keys: StringChunked =
                series.str()?.iter().map(|serial| cells::serial_key(serial?, &definition.values)).collect();
            columns.push(keys.into_series().with_name(format!("{name}_key").into()).into_column());
        }
        columns.push(series.with_name(name.as_str().into()).into_column());
    }
    columns.push(Series::new("_file".into(), vec![index; height]).into_column());
    columns.push(Series::new("_row".into(), &decoded.rows).into_column());
    columns.push(Series::new("_night".into(), vec![file.night.to_epoch_days(); height]).into_column());
    Ok(DataFrame::new(height, columns)?)
}

pub fn empty(contract: &Contract) -> PolarsResult<DataFrame> {
    let mut columns: Vec<_> = contract
        .columns
        .iter()
        .flat_map(|(name, definition)| {
            let key = (definition.kind == ColumnType::Serial).then(|| format!("{name}_key"));
            std::iter::once(name.clone()).chain(key).map(|name| (name, dtype(definition.kind)))
        })
        .map(|(name, dtype)| Series::new_empty(name.into(), &dtype).into_column())
        .collect();
    columns.push(Series::new_empty("_file".into(), &DataType::UInt32).into_column());
    columns.push(Series::new_empty("_row".into(), &DataType::UInt32).into_column());
    columns.push(Series::new_empty("_night".into(), &DataType::Int32).into_column());
    DataFrame::new(0, columns)
}

pub fn dtype(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Enum | ColumnType::Currency | ColumnType::Month => {
            DataType::String
        }
        ColumnType::Int => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::Money | ColumnType::Rate => DataType::Decimal(PRECISION, MONEY_SCALE),
        ColumnType::Date => DataType::Date,
        ColumnType::Stamp => DataType::Datetime(TimeUnit::Microseconds, None),
        ColumnType::Bool => DataType::Boolean,
    }
}

fn code_of(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Currency => "not_a_text",
        ColumnType::Enum => "unknown_word",
        ColumnType::Int => "not_a_whole_number",
        ColumnType::Number | ColumnType::Money | ColumnType::Rate => "not_a_number",
        ColumnType::Date => "not_a_date",
        ColumnType::Month => "not_a_month",
        ColumnType::Stamp => "not_a_stamp",
        ColumnType::Bool => "not_a_yes_or_no",
    }
}

fn delivered(frame: &DataFrame, name: &str) -> Option<Series> {
    frame
        .columns()
        .iter()
        .find(|column| column.name().as_str().trim().eq_ignore_ascii_case(name))
        .map(|column| column.as_materialized_series().clone())
}

/// Required columns must be there; others that are missing or unknown are said.
fn check_header(
    contract: &Contract,
    file: &RawFile,
    decoded: &Decoded,
    gathered: &mut Gathered,
) -> Result<(), ConformError> {
    // Lines without an object name no columns; a file of blank lines says that there is nothing.
    if decoded.read == 0 && decoded.frame.width() == 0 {
        return Ok(());
    }
    let have: Vec<String> = decoded.frame.get_column_names().iter().map(|name| name.trim().to_lowercase()).collect();
    let missing = |required: bool| {
        contract
            .columns
            .iter()
            .filter(move |(_, column)| column.required == required)
            .map(|(name, _)| name)
            .filter(|name| !have.contains(name))
    };
    let unknown: Vec<&str> =
        have.iter().map(String::as_str).filter(|name| !contract.columns.contains_key(*name)).collect();
    // Who may read is never guessed: there a column of another name may be the limit that is missing.
    let renamed = missing(false).filter(|_| contract.delivery && !unknown.is_empty());
    let absent: Vec<String> = missing(true).chain(renamed).cloned().collect();
    if !absent.is_empty() {
        let similar: Vec<String> = absent
            .iter()
            .filter_map(|name| near(name, unknown.iter().copied()).map(|found| format!("rename `{found}` to `{name}`")))
            .collect();
        let hint = if similar.is_empty() {
            "add it to the export, or map it in config/sources/".to_owned()
        } else {
            similar.join(", ")
        };
        return Err(ConformError::MissingColumns { file: file.key.clone(), columns: absent, hint });
    }
    for name in missing(false).filter(|name| *name != "currency") {
        gathered.findings.push(
            note(
                &contract.dataset,
                Level::Note,
                "column_missing",
                &file.key,
                format!(
                    "the optional column `{name}` is missing and counts as empty{}",
                    did_you_mean(name, unknown.iter().copied())
                ),
                "add it to the export where the system has it",
            )
            .at(None, Some(name)),
        );
    }
    for name in unknown {
        gathered.findings.push(
            note(
                &contract.dataset,
                Level::Note,
                "column_unknown",
                &file.key,
                format!(
                    "the column `{name}` is in no contract and is ignored{}",
                    did_you_mean(name, contract.columns.keys().map(String::as_str))
                ),
                "drop it, or map it in config/sources/",
            )
            .at(None, Some(name)),
        );
    }
    Ok(())
}

fn with_currency(series: &Series, currency: &str) -> PolarsResult<Series> {
    if series.null_count() == 0 {
        return Ok(series.clone());
    }
    let filled: StringChunked = series.str()?.iter().map(|code| Some(code.unwrap_or(currency))).collect();
    Ok(filled.into_series())
}

pub fn typed(raw: &Series, definition: &Definition, context: &Context<'_>) -> PolarsResult<Typed> {
    if let Some(series) = native::native(raw, definition.kind, context.zone)? {
        return Ok((series, Vec::new()));
    }
    let raw = if raw.dtype().is_float() { native::without_nan(raw)? } else { raw.clone() };
    let text = raw.cast(&DataType::String)?;
    let text = text.str()?;
    Ok(match definition.kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Currency => (trimmed(text).into_series(), Vec::new()),
        ColumnType::Enum => words(text, &definition.values),
        ColumnType::Int => parsed::<Int64Type, _>(text, cells::integer),
        ColumnType::Number => parsed::<Float64Type, _>(text, cells::number),
        ColumnType::Money | ColumnType::Rate => {
            let (raw, bad) = parsed::<Int128Type, _>(text, |cell| cells::decimal(cell).and_then(scaled));
            (decimals(raw.i128()?.clone()), bad)
        }
        ColumnType::Date => {
            let (raw, bad) = dates(text, context.zone);
            (raw.cast(&DataType::Date)?, bad)
        }
        ColumnType::Stamp => {
            let (raw, bad) = parsed::<Int64Type, _>(text, cells::stamp);
            (raw.cast(&dtype(ColumnType::Stamp))?, bad)
        }
        ColumnType::Month => months(text, context.zone),
        ColumnType::Bool => booleans(text),
    })
}

fn trimmed(text: &StringChunked) -> StringChunked {
    // Most exports have nothing to trim; then the column stays as it is.
    if text.iter().flatten().all(|cell| !cell.is_empty() && cell.trim().len() == cell.len()) {
        return text.clone();
    }
    text.iter().map(|cell| cell.map(str::trim).filter(|cell| !cell.is_empty())).collect()
}

fn words(text: &StringChunked, values: &[String]) -> Typed {
    if text.iter().flatten().all(|cell| values.iter().any(|value| value == cell)) {
        return (text.clone().into_series(), Vec::new());
    }
    let mut bad = Vec::new();
    let kept: StringChunked = text
        .iter()
        .enumerate()
        .map(|(row, cell)| {
            let cell = cell.map(str::trim).filter(|cell| !cell.is_empty())?;
            if values.iter().any(|value| value == cell) {
                return Some(cell);
            }
            bad.push((row, cell.to_owned()));
            None
        })
        .collect();
    (kept.into_series(), bad)
}

/// Runs a cell parser down a text column.
fn each<'a, T>(
    text: &'a StringChunked,
    bad: &mut Vec<(usize, String)>,
    parse: impl Fn(&str) -> cells::Cell<T>,
) -> Vec<Option<T>> {
    text.iter()
        .enumerate()
        .map(|(row, cell): (usize, Option<&'a str>)| {
            let cell = cell.map(str::trim).filter(|cell| !cell.is_empty())?;
            parse(cell).unwrap_or_else(|()| {
                bad.push((row, cell.to_owned()));
                None
            })
        })
        .collect()
}

fn parsed<T, F>(text: &StringChunked, parse: F) -> Typed
where
    T: PolarsNumericType,
    F: Fn(&str) -> cells::Cell<T::Native>,
    ChunkedArray<T>: IntoSeries,
{
    let mut bad = Vec::new();
    let values = each(text, &mut bad, parse);
    (ChunkedArray::<T>::from_iter_options(text.name().clone(), values.into_iter()).into_series(), bad)
}

fn dates(text: &StringChunked, zone: Tz) -> Typed {
    parsed::<Int32Type, _>(text, |cell| cells::date(cell, zone))
}

fn months(text: &StringChunked, zone: Tz) -> Typed {
    let mut bad = Vec::new();
    let values: StringChunked = each(text, &mut bad, |cell| cells::month(cell, zone)).into_iter().collect();
    (values.into_series(), bad)
}

fn booleans(text: &StringChunked) -> Typed {
    let mut bad = Vec::new();
    let values: BooleanChunked = each(text, &mut bad, cells::boolean).into_iter().collect();
    (values.into_series(), bad)
}

fn decimals(raw: Int128Chunked) -> Series {
    raw.into_decimal_unchecked(PRECISION, MONEY_SCALE).into_series()
}

/// The decimal as an integer of `10^-MONEY_SCALE`, rounded half to even beyond that.
fn scaled(value: Option<Decimal>) -> cells::Cell<i128> {
    let places = u32::try_from(MONEY_SCALE).map_err(|_| ())?;
    let Some(value) = value else { return Ok(None) };
    let value = value.round_dp(places);
    value.mantissa().checked_mul(10_i128.pow(places - value.scale())).map(Some).ok_or(())
}

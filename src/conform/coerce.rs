//! Columns as delivered to the contract's types, cell by cell; what does not fit is remembered.

use chrono_tz::Tz;
use polars::prelude::*;
use rust_decimal::Decimal;

use super::rows::{BadCell, Gathered};
use super::{ConformError, Context, RawFile, cells, native, note};
use crate::abreast::abreast;
use crate::catalogue::{Column as Definition, ColumnType, Contract};
use crate::finding::Level;
use crate::ids::{did_you_mean, near};

/// Decimal places money and rates are kept with, exactly.
pub const MONEY_SCALE: usize = 12;
const PRECISION: usize = 38;

/// A typed column, the cells (row index, text) that were not of the type, and what was done to the others.
pub struct Typed {
    pub series: Series,
    pub bad: Vec<(usize, String)>,
    pub change: Change,
}

/// What was done to the cells of a column, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Nothing,
    /// The engine's own conversion to the contract's type.
    Cast,
    Cells,
}

/// Rows of one file, and what they turned out to be.
pub struct Coerced {
    /// The contract's columns, `_file`, `_row` and `_night`.
    pub table: DataFrame,
    pub bad: Vec<BadCell>,
    /// For each column of the contract.
    pub changes: Vec<Change>,
}

/// Where rows come from: the file's number, and the number of each row.
pub struct Place<'a> {
    pub index: u32,
    pub file: &'a RawFile,
    pub rows: &'a [u32],
    /// Nothing else is typed meanwhile.
    pub alone: bool,
}

/// From so many rows on, columns are worked on abreast.
const MANY_ROWS: usize = 1 << 14;

/// Types rows column by column; `raw` has them as delivered.
pub fn coerce(contract: &Contract, raw: &DataFrame, place: &Place<'_>, context: &Context<'_>) -> PolarsResult<Coerced> {
    let height = raw.height();
    let mut columns = Vec::with_capacity(contract.columns.len() + 3);
    let (mut bad, mut changes) = (Vec::new(), Vec::with_capacity(contract.columns.len()));
    let definitions: Vec<(&String, &Definition)> = contract.columns.iter().collect();
    let one = |number: usize| {
        let (name, definition) = definitions[number];
        match delivered(raw, name) {
            Some(raw) => typed(&raw, definition, context.zone),
            None => Ok(Typed {
                series: Series::full_null(name.as_str().into(), height, &dtype(definition.kind)),
                bad: Vec::new(),
                change: Change::Nothing,
            }),
        }
    };
    let all = if place.alone && height >= MANY_ROWS {
        abreast(definitions.len(), one)?
    } else {
        (0..definitions.len()).map(one).collect::<PolarsResult<Vec<_>>>()?
    };
    for ((name, definition), typed) in definitions.into_iter().zip(all) {
        changes.push(typed.change);
        bad.extend(typed.bad.into_iter().map(|(row, text)| BadCell {
            file: place.index,
            row: place.rows[row],
            column: name.clone(),
            code: code_of(definition.kind),
            text,
        }));
        let is_currency = definition.kind == ColumnType::Currency;
        let series = if is_currency { with_currency(&typed.series, &context.currency)? } else { typed.series };
        if definition.kind == ColumnType::Serial {
            columns.push(serial_keys(&series, &definition.values)?.with_name(key_of(name)).into_column());
        }
        columns.push(series.with_name(name.as_str().into()).into_column());
    }
    columns.push(Series::new("_file".into(), vec![place.index; height]).into_column());
    columns.push(Series::new("_row".into(), place.rows).into_column());
    columns.push(Series::new("_night".into(), vec![place.file.night.to_epoch_days(); height]).into_column());
    Ok(Coerced { table: DataFrame::new(height, columns)?, bad, changes })
}

/// The column that a serial is compared by.
pub fn key_of(serial: &str) -> PlSmallStr {
    format!("{serial}_key").into()
}

pub fn serial_keys(serials: &Series, placeholders: &[String]) -> PolarsResult<Series> {
    let keys: StringChunked = serials.str()?.iter().map(|serial| cells::serial_key(serial?, placeholders)).collect();
    Ok(keys.into_series())
}

pub fn empty(contract: &Contract) -> PolarsResult<DataFrame> {
    let mut columns: Vec<_> = contract
        .columns
        .iter()
        .flat_map(|(name, definition)| {
            let key = (definition.kind == ColumnType::Serial).then(|| key_of(name));
            std::iter::once(PlSmallStr::from(name.as_str())).chain(key).map(|name| (name, dtype(definition.kind)))
        })
        .map(|(name, dtype)| Series::new_empty(name, &dtype).into_column())
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

/// Whether a delivered header is that of a contract's column.
pub fn is_named(header: &str, name: &str) -> bool {
    header.trim().eq_ignore_ascii_case(name)
}

fn delivered(frame: &DataFrame, name: &str) -> Option<Series> {
    let column = frame.columns().iter().find(|column| is_named(column.name(), name));
    column.map(|column| column.as_materialized_series().clone())
}

/// Required columns must be there; others that are missing or unknown are said. `heads` is empty where a file has
/// neither a header nor a row: lines without an object name no columns, blank lines say that there is nothing.
pub fn check_header(
    contract: &Contract,
    file: &RawFile,
    heads: &[&str],
    gathered: &mut Gathered,
) -> Result<(), ConformError> {
    let have: Vec<String> = heads.iter().map(|name| name.trim().to_lowercase()).collect();
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

pub fn typed(raw: &Series, definition: &Definition, zone: Tz) -> PolarsResult<Typed> {
    if let Some((series, change)) = native::native(raw, definition.kind, zone)? {
        return Ok(Typed { series, bad: Vec::new(), change });
    }
    let raw = if raw.dtype().is_float() { native::without_nan(raw)? } else { raw.clone() };
    let text = raw.cast(&DataType::String)?;
    let text = text.str()?;
    if raw.dtype() == &DataType::String && is_clean(text, definition) {
        return Ok(Typed { series: raw, bad: Vec::new(), change: Change::Nothing });
    }
    let (series, bad) = match definition.kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Currency => (trimmed(text).into_series(), Vec::new()),
        ColumnType::Enum => words(text, &definition.values),
        ColumnType::Int => parsed::<Int64Type, _>(text, cells::integer),
        ColumnType::Number => parsed::<Float64Type, _>(text, cells::number),
        ColumnType::Money | ColumnType::Rate => {
            let (raw, bad) = parsed::<Int128Type, _>(text, |cell| cells::decimal(cell).and_then(scaled));
            (decimals(raw.i128()?.clone()), bad)
        }
        ColumnType::Date => {
            let (raw, bad) = dates(text, zone);
            (raw.cast(&DataType::Date)?, bad)
        }
        ColumnType::Stamp => {
            let (raw, bad) = parsed::<Int64Type, _>(text, cells::stamp);
            (raw.cast(&dtype(ColumnType::Stamp))?, bad)
        }
        ColumnType::Month => months(text, zone),
        ColumnType::Bool => booleans(text),
    };
    Ok(Typed { series, bad, change: Change::Cells })
}

/// Whether every cell is written as it is kept; most exports have nothing to trim and no unknown word.
fn is_clean(text: &StringChunked, definition: &Definition) -> bool {
    let mut cells = text.iter().flatten();
    match definition.kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Currency => cells.all(is_trimmed),
        ColumnType::Enum => {
            // The same word often stands in row after row.
            let mut last = "";
            cells.all(|cell| {
                let known = cell == last || definition.values.iter().any(|value| value == cell);
                last = cell;
                known
            })
        }
        ColumnType::Int
        | ColumnType::Number
        | ColumnType::Money
        | ColumnType::Rate
        | ColumnType::Date
        | ColumnType::Month
        | ColumnType::Stamp
        | ColumnType::Bool => false,
    }
}

fn is_trimmed(cell: &str) -> bool {
    match (cell.as_bytes().first(), cell.as_bytes().last()) {
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => true,
        (Some(_), Some(_)) => cell.trim().len() == cell.len(),
        (None, _) | (_, None) => false,
    }
}

fn trimmed(text: &StringChunked) -> StringChunked {
    text.iter().map(|cell| cell.map(str::trim).filter(|cell| !cell.is_empty())).collect()
}

/// A column, and the cells (row index, text) that are not of its type.
type Parsed = (Series, Vec<(usize, String)>);

fn words(text: &StringChunked, values: &[String]) -> Parsed {
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

fn parsed<T, F>(text: &StringChunked, parse: F) -> Parsed
where
    T: PolarsNumericType,
    F: Fn(&str) -> cells::Cell<T::Native>,
    ChunkedArray<T>: IntoSeries,
{
    let mut bad = Vec::new();
    let values = each(text, &mut bad, parse);
    (ChunkedArray::<T>::from_iter_options(text.name().clone(), values.into_iter()).into_series(), bad)
}

fn dates(text: &StringChunked, zone: Tz) -> Parsed {
    parsed::<Int32Type, _>(text, |cell| cells::date(cell, zone))
}

fn months(text: &StringChunked, zone: Tz) -> Parsed {
    let mut bad = Vec::new();
    let values: StringChunked = each(text, &mut bad, |cell| cells::month(cell, zone)).into_iter().collect();
    (values.into_series(), bad)
}

fn booleans(text: &StringChunked) -> Parsed {
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

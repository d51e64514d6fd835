//! Money into the reporting currency, exactly: beside each money column stand `<name>_closing` (closing
//! rate of the period's last month) and, where rows are events, `<name>_average` (average rate of the
//! month of the event). A row whose rate is missing gets no amount and is listed, never taken at 1.0.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Datelike;
use polars::prelude::*;

use super::{Frame, MeasureError};
use crate::catalogue::Contract;
use crate::conform::{MONEY_SCALE, Table, collect};
use crate::finding::{Finding, Level, counted};
use crate::period::Period;
use crate::quality::Cleared;

/// Rates as integers of `10^-MONEY_SCALE`.
struct Rates {
    average: RateTable,
    closing: RateTable,
    /// Of the period's last month.
    last: Month,
    months: Vec<Month>,
    /// The reporting currency.
    reporting: String,
}

/// By month, then currency.
type RateTable = BTreeMap<Month, BTreeMap<String, i128>>;

/// Months since year 0: rows are many, and labels would be made for each.
type Month = i32;

const ONE: i128 = 10_i128.pow(12);

/// Which rate an amount is converted at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Closing,
    /// The average of the month of the row's event.
    Average,
}

/// The cleared tables with converted money.
pub fn prepare(frame: &Frame<'_>, period: Period, cleared: &Cleared) -> Result<BTreeMap<String, Table>, MeasureError> {
    let rates = Arc::new(rates(frame, period, cleared)?);
    let mut tables = BTreeMap::new();
    for (dataset, table) in &cleared.tables {
        let contract = &frame.catalogue.contracts[dataset];
        let table = table.clone();
        let table = if has_money(contract) { table.with_columns(converted(contract, &rates))? } else { table };
        tables.insert(dataset.clone(), table);
    }
    Ok(tables)
}

/// Amounts that could not be converted, by currency and month.
///
/// # Errors
/// The engine fails on a table.
pub fn unconverted(frame: &Frame<'_>, period: Period, cleared: &Cleared) -> Result<Vec<Finding>, MeasureError> {
    let rates = rates(frame, period, cleared)?;
    let mut findings = Vec::new();
    for (dataset, table) in &cleared.tables {
        let contract = &frame.catalogue.contracts[dataset];
        if has_money(contract) && table.height() > 0 {
            shortfalls(contract, table, &rates, &mut findings)?;
        }
    }
    Ok(findings)
}

fn has_money(contract: &Contract) -> bool {
    contract.columns.contains_key("currency") && contract.money_columns().next().is_some()
}

/// The months whose rates apply: a month that runs has no closing rate yet, so a day takes the last one that has.
fn rate_months(frame: &Frame<'_>, period: Period) -> Vec<Period> {
    let mut months = frame.calendar.months(period);
    let closed = |month: &Period| frame.calendar.span(*month).end <= frame.calendar.span(period).end;
    if let Some(running) = months.last_mut().filter(|month| !closed(month)) {
        *running = running.prior();
    }
    months
}

fn rates(frame: &Frame<'_>, period: Period, cleared: &Cleared) -> PolarsResult<Rates> {
    let table = cleared.tables["fx_rates"].frame()?;
    let periods = table.column("period")?.str()?;
    let currencies = table.column("currency")?.str()?;
    let read = |name: &str| -> PolarsResult<RateTable> {
        let values = table.column(name)?.as_materialized_series().to_physical_repr().into_owned();
        let mut rates = RateTable::new();
        for ((period, currency), rate) in periods.iter().zip(currencies.iter()).zip(values.i128()?.iter()) {
            if let (Some(month), Some(currency), Some(rate)) = (period.and_then(month_of_label), currency, rate) {
                rates.entry(month).or_default().insert(currency.to_owned(), rate);
            }
        }
        Ok(rates)
    };
    let months: Vec<Month> =
        rate_months(frame, period).iter().filter_map(|month| month_of_label(&month.to_string())).collect();
    Ok(Rates {
        average: read("average_rate")?,
        closing: read("closing_rate")?,
        last: months.last().copied().unwrap_or_default(),
        months,
        reporting: frame.currency.to_owned(),
    })
}

/// `<name>_closing` of each money column and, where rows are events, `<name>_average`.
fn converted(contract: &Contract, rates: &Arc<Rates>) -> Vec<Expr> {
    let mut columns = Vec::new();
    for name in contract.money_columns() {
        columns.push(amount(name, None, At::Closing, rates).alias(format!("{name}_closing")));
        if let Some(event) = &contract.event {
            columns.push(amount(name, Some(event), At::Average, rates).alias(format!("{name}_average")));
        }
    }
    columns
}

fn amount(name: &str, event: Option<&str>, at: At, rates: &Arc<Rates>) -> Expr {
    let rates = Arc::clone(rates);
    let convert = move |columns: &mut [Column]| {
        let events = match (at, columns.get(2)) {
            (At::Average, Some(event)) => Some(event_months(event)?),
            (At::Average, None) | (At::Closing, _) => None,
        };
        let amounts = columns[0].as_materialized_series().to_physical_repr().into_owned();
        let values = convert(amounts.i128()?, columns[1].str()?, events.as_ref(), &rates);
        Ok(values.into_decimal_unchecked(38, MONEY_SCALE).into_series().into_column())
    };
    let arguments: Vec<Expr> = [Some("currency"), event].into_iter().flatten().map(col).collect();
    let field =
        |_: &Schema, fields: &[Field]| Ok(Field::new(fields[0].name().clone(), DataType::Decimal(38, MONEY_SCALE)));
    col(name).map_many(convert, &arguments, field)
}

/// Amounts times the rate of their currency, at the close or in the month of the row's event; nothing where there is no
/// rate.
fn convert(
    amounts: &Int128Chunked,
    currencies: &StringChunked,
    events: Option<&Int32Chunked>,
    rates: &Rates,
) -> Int128Chunked {
    // Rows of one currency and month follow one another.
    let mut last: Option<(&str, Option<Month>, Option<i128>)> = None;
    let mut values = Vec::with_capacity(amounts.len());
    let mut months = events.map(ChunkedArray::iter);
    for (amount, currency) in amounts.iter().zip(currencies.iter()) {
        let month = months.as_mut().and_then(|months| months.next().flatten());
        let (Some(amount), Some(currency)) = (amount, currency) else {
            values.push(None);
            continue;
        };
        let rate = match last {
            Some((of, at, rate)) if of == currency && at == month => rate,
            Some(_) | None => match (events, month) {
                (None, _) => rates.closing_rate(currency),
                (Some(_), Some(month)) => rates.average_rate(currency, month),
                (Some(_), None) => None,
            },
        };
        last = Some((currency, month, rate));
        values.push(rate.and_then(|rate| times(amount, rate)));
    }
    Int128Chunked::from_iter_options(amounts.name().clone(), values.into_iter())
}

/// What could not be converted, counted by currency and month of the event.
fn shortfalls(contract: &Contract, table: &Table, rates: &Rates, findings: &mut Vec<Finding>) -> PolarsResult<()> {
    let money: Vec<&str> = contract.money_columns().collect();
    let month = match &contract.event {
        Some(event) => col(event.as_str()).map(
            |event| Ok(event_months(&event)?.into_column()),
            |_, field| Ok(Field::new(field.name().clone(), DataType::Int32)),
        ),
        None => lit(NULL).cast(DataType::Int32),
    };
    let sizes = money.iter().flat_map(|name| {
        let count = col(*name).count().cast(DataType::UInt64).alias(format!("{name} count"));
        [col(*name).min().alias(format!("{name} least")), col(*name).max().alias(format!("{name} most")), count]
    });
    let rows = table.lazy().filter(col("currency").is_not_null()).with_column(month.alias("_month"));
    let groups = collect(rows.clone().group_by([col("currency"), col("_month")]).agg(sizes.collect::<Vec<_>>()))?;
    let mut lacking: BTreeMap<(String, Month), u64> = BTreeMap::new();
    let mut too_large = 0_u64;
    for name in &money {
        let ends = |end: &str| {
            groups
                .column(&format!("{name} {end}"))?
                .as_materialized_series()
                .to_physical_repr()
                .into_owned()
                .i128()
                .cloned()
        };
        let ends = ends("least")?.iter().zip(ends("most")?.iter()).collect::<Vec<_>>();
        let counts = groups.column(&format!("{name} count"))?.u64()?.clone();
        let keys = groups.column("currency")?.str()?.iter().zip(groups.column("_month")?.i32()?.iter());
        for (((currency, month), ends), count) in keys.zip(ends).zip(counts.into_no_null_iter()) {
            let (Some(currency), true) = (currency, count > 0) else { continue };
            let at_close = rates.closing_rate(currency);
            let at_event = month.and_then(|month| rates.average_rate(currency, month));
            // Listed once: for the month of the event where that is reported, else for the close.
            let reported = month.filter(|month| rates.months.contains(month));
            if let (Some(month), None) = (reported, at_event) {
                *lacking.entry((currency.to_owned(), month)).or_default() += count;
            } else if at_close.is_none() && (contract.event.is_none() || contract.also_stock) {
                *lacking.entry((currency.to_owned(), rates.last)).or_default() += count;
            }
            for rate in [at_close, at_event].into_iter().flatten() {
                let is_beyond = |end: Option<i128>| end.is_some_and(|end| times(end, rate).is_none());
                if is_beyond(ends.0) || is_beyond(ends.1) {
                    let own = col("currency").eq(lit(currency)).and(col("_month").eq_missing(lit_month(month)));
                    too_large += oversized(rows.clone().filter(own), name, rate)?;
                }
            }
        }
    }
    tell(contract, too_large, lacking, findings);
    Ok(())
}

fn lit_month(month: Option<Month>) -> Expr {
    month.map_or_else(|| lit(NULL).cast(DataType::Int32), lit)
}

/// Amounts whose product with a rate has too many digits.
fn oversized(rows: LazyFrame, name: &str, rate: i128) -> PolarsResult<u64> {
    let own = collect(rows.select([col(name)]))?;
    let amounts = own.column(name)?.as_materialized_series().to_physical_repr().into_owned();
    let beyond = amounts.i128()?.iter().flatten().filter(|amount| times(*amount, rate).is_none());
    Ok(beyond.count() as u64)
}

fn tell(contract: &Contract, too_large: u64, lacking: BTreeMap<(String, Month), u64>, findings: &mut Vec<Finding>) {
    if too_large > 0 {
        findings.push(
            Finding::dataset(
                Level::Warning,
                "amount_too_large",
                &contract.dataset,
                format!("{} left out: too large to be converted exactly", counted(too_large, "amount")),
                "check the amounts and the exchange rates",
            )
            .times(too_large),
        );
    }
    for ((currency, month), count) in lacking {
        let month = Period::month(month.div_euclid(12), month.rem_euclid(12).unsigned_abs() + 1);
        findings.push(
            Finding::dataset(
                Level::Warning,
                "rate_missing",
                &contract.dataset,
                format!("{} in {currency} left out: there is no exchange rate for {month}", counted(count, "amount")),
                format!("add {currency} for {month} to fx_rates"),
            )
            .at(None, Some("currency"))
            .times(count),
        );
    }
}

impl Rates {
    fn closing_rate(&self, currency: &str) -> Option<i128> {
        self.rate(self.closing.get(&self.last), currency)
    }

    fn average_rate(&self, currency: &str, month: Month) -> Option<i128> {
        self.rate(self.average.get(&month), currency)
    }

    /// The rate of a currency in one month's table.
    fn rate(&self, table: Option<&BTreeMap<String, i128>>, currency: &str) -> Option<i128> {
        if currency == self.reporting { Some(ONE) } else { table?.get(currency).copied() }
    }
}

/// The month of each row's event.
fn event_months(event: &Column) -> PolarsResult<Int32Chunked> {
    if event.dtype() == &DataType::Date {
        let days = event.as_materialized_series().to_physical_repr().into_owned();
        let month_of_day = |day: i32| {
            let date = chrono::NaiveDate::from_epoch_days(day)?;
            Some(date.year() * 12 + i32::try_from(date.month0()).ok()?)
        };
        return Ok(days.i32()?.iter().map(|day| month_of_day(day?)).collect());
    }
    Ok(event.str()?.iter().map(|label| month_of_label(label?)).collect())
}

/// The month of a label like `2026-10`.
fn month_of_label(label: &str) -> Option<Month> {
    let (year, month) = label.split_once('-')?;
    let month: Month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some(year.parse::<Month>().ok()? * 12 + month - 1)
}

/// Product of two decimals of `MONEY_SCALE` places, rounded half away from zero beyond that.
fn times(amount: i128, rate: i128) -> Option<i128> {
    if rate == ONE {
        return Some(amount);
    }
    let product = amount.checked_mul(rate)?;
    Some((product + product.signum() * (ONE / 2)) / ONE)
}

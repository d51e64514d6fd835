//! Money into the reporting currency, exactly: beside each money column stand `<name>_closing` (closing
//! rate of the period's last month) and, where rows are events, `<name>_average` (average rate of the
//! month of the event). A row whose rate is missing gets no amount and is listed, never taken at 1.0.

use std::collections::BTreeMap;

use chrono::Datelike;
use polars::prelude::*;

use super::{Frame, MeasureError};
use crate::catalogue::Contract;
use crate::conform::MONEY_SCALE;
use crate::finding::{Finding, Level, counted};
use crate::period::Period;
use crate::quality::Cleared;

/// Rates as integers of `10^-MONEY_SCALE`.
struct Rates<'a> {
    average: RateTable,
    closing: RateTable,
    reporting: &'a str,
}

/// By month, then currency.
type RateTable = BTreeMap<Month, BTreeMap<String, i128>>;

/// Months since year 0: rows are many, and labels would be made for each.
type Month = i32;

const ONE: i128 = 10_i128.pow(12);

/// The cleared tables with converted money.
pub fn prepare(
    frame: &Frame<'_>,
    period: Period,
    cleared: &Cleared,
    findings: &mut Vec<Finding>,
) -> Result<BTreeMap<String, DataFrame>, MeasureError> {
    let rates = rates(frame.currency, &cleared.tables["fx_rates"])?;
    let months: Vec<Month> =
        rate_months(frame, period).iter().filter_map(|month| month_of_label(&month.to_string())).collect();
    let mut tables = BTreeMap::new();
    for (dataset, table) in &cleared.tables {
        let contract = &frame.catalogue.contracts[dataset];
        let mut table = table.clone();
        if contract.columns.contains_key("currency") && contract.money_columns().next().is_some() {
            convert(contract, &mut table, &rates, &months, findings)?;
        }
        tables.insert(dataset.clone(), table);
    }
    Ok(tables)
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

fn rates<'a>(reporting: &'a str, table: &DataFrame) -> PolarsResult<Rates<'a>> {
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
    Ok(Rates { average: read("average_rate")?, closing: read("closing_rate")?, reporting })
}

fn convert(
    contract: &Contract,
    table: &mut DataFrame,
    rates: &Rates<'_>,
    months: &[Month],
    findings: &mut Vec<Finding>,
) -> PolarsResult<()> {
    let currencies = table.column("currency")?.str()?.clone();
    let last = months.last().copied().unwrap_or_default();
    let closing_rates = rates.closing.get(&last);
    let events = contract.event.as_ref().map(|event| event_months(table, event)).transpose()?;
    let mut lacking: BTreeMap<(String, Month), u64> = BTreeMap::new();
    let mut too_large = 0_u64;
    let mut product = |amount: i128, rate: i128| {
        let product = times(amount, rate);
        too_large += u64::from(product.is_none());
        product
    };
    for name in contract.money_columns() {
        let amounts = table.column(name)?.as_materialized_series().to_physical_repr().into_owned();
        let amounts = amounts.i128()?.clone();
        let (mut closing, mut average) = (Vec::with_capacity(amounts.len()), Vec::with_capacity(amounts.len()));
        for (row, (amount, currency)) in amounts.iter().zip(currencies.iter()).enumerate() {
            let (Some(amount), Some(currency)) = (amount, currency) else {
                closing.push(None);
                average.push(None);
                continue;
            };
            let at_close = rates.rate(closing_rates, currency);
            closing.push(at_close.and_then(|rate| product(amount, rate)));
            let month = events.as_ref().and_then(|events| events[row]);
            let at_event = month.and_then(|month| rates.rate(rates.average.get(&month), currency));
            average.push(at_event.and_then(|rate| product(amount, rate)));
            // Listed once: for the month of the event where that is reported, else for the close.
            let reported = month.filter(|month| months.contains(month));
            if let (Some(month), None) = (reported, at_event) {
                *lacking.entry((currency.to_owned(), month)).or_default() += 1;
            } else if at_close.is_none() && (events.is_none() || contract.also_stock) {
                *lacking.entry((currency.to_owned(), last)).or_default() += 1;
            }
        }
        push(table, closing, &format!("{name}_closing"))?;
        if events.is_some() {
            push(table, average, &format!("{name}_average"))?;
        }
    }
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
    Ok(())
}

impl Rates<'_> {
    /// The rate of a currency in one month's table.
    fn rate(&self, table: Option<&BTreeMap<String, i128>>, currency: &str) -> Option<i128> {
        if currency == self.reporting { Some(ONE) } else { table?.get(currency).copied() }
    }
}

/// The month of each row's event.
fn event_months(table: &DataFrame, event: &str) -> PolarsResult<Vec<Option<Month>>> {
    let column = table.column(event)?;
    if column.dtype() == &DataType::Date {
        let days = column.as_materialized_series().to_physical_repr().into_owned();
        let month_of_day = |day: i32| {
            let date = chrono::NaiveDate::from_epoch_days(day)?;
            Some(date.year() * 12 + i32::try_from(date.month0()).ok()?)
        };
        return Ok(days.i32()?.iter().map(|day| month_of_day(day?)).collect());
    }
    Ok(column.str()?.iter().map(|label| month_of_label(label?)).collect())
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

fn push(table: &mut DataFrame, values: Vec<Option<i128>>, name: &str) -> PolarsResult<()> {
    let values = Int128Chunked::from_iter_options(name.into(), values.into_iter());
    let series = values.into_decimal_unchecked(38, MONEY_SCALE).into_series();
    table.with_column(series.into_column())?;
    Ok(())
}

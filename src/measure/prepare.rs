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

/// Rates by (month label, currency) as integers of `10^-MONEY_SCALE`.
struct Rates<'a> {
    average: BTreeMap<(String, String), i128>,
    closing: BTreeMap<(String, String), i128>,
    reporting: &'a str,
}

const ONE: i128 = 10_i128.pow(12);

/// The cleared tables with converted money.
pub fn prepare(
    frame: &Frame<'_>,
    period: Period,
    cleared: &Cleared,
    findings: &mut Vec<Finding>,
) -> Result<BTreeMap<String, DataFrame>, MeasureError> {
    let rates = rates(frame.currency, &cleared.tables["fx_rates"])?;
    let months: Vec<String> = rate_months(frame, period).iter().map(ToString::to_string).collect();
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
    let read = |name: &str| -> PolarsResult<BTreeMap<(String, String), i128>> {
        let values = table.column(name)?.as_materialized_series().to_physical_repr().into_owned();
        let values = values.i128()?.clone();
        Ok(periods
            .iter()
            .zip(currencies.iter())
            .zip(values.iter())
            .filter_map(|((period, currency), rate)| Some(((period?.to_owned(), currency?.to_owned()), rate?)))
            .collect())
    };
    Ok(Rates { average: read("average_rate")?, closing: read("closing_rate")?, reporting })
}

fn convert(
    contract: &Contract,
    table: &mut DataFrame,
    rates: &Rates<'_>,
    months: &[String],
    findings: &mut Vec<Finding>,
) -> PolarsResult<()> {
    let currencies = table.column("currency")?.str()?.clone();
    let last = months.last().cloned().unwrap_or_default();
    let events = contract.event.as_ref().map(|event| event_months(table, event)).transpose()?;
    let mut lacking: BTreeMap<(String, String), u64> = BTreeMap::new();
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
            let at_close = rates.rate(&rates.closing, &last, currency);
            closing.push(at_close.and_then(|rate| product(amount, rate)));
            let month = events.as_ref().and_then(|events| events[row].as_ref());
            let at_event = month.and_then(|month| rates.rate(&rates.average, month, currency));
            average.push(at_event.and_then(|rate| product(amount, rate)));
            // Listed once: for the month of the event where that is reported, else for the close.
            let reported = month.filter(|month| months.contains(month));
            if let (Some(month), None) = (reported, at_event) {
                *lacking.entry((currency.to_owned(), month.clone())).or_default() += 1;
            } else if at_close.is_none() && (events.is_none() || contract.also_stock) {
                *lacking.entry((currency.to_owned(), last.clone())).or_default() += 1;
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
    fn rate(&self, table: &BTreeMap<(String, String), i128>, month: &str, currency: &str) -> Option<i128> {
        if currency == self.reporting {
            return Some(ONE);
        }
        table.get(&(month.to_owned(), currency.to_owned())).copied()
    }
}

/// The month label of each row's event.
fn event_months(table: &DataFrame, event: &str) -> PolarsResult<Vec<Option<String>>> {
    let column = table.column(event)?;
    if column.dtype() == &DataType::Date {
        let days = column.as_materialized_series().to_physical_repr().into_owned();
        return Ok(days
            .i32()?
            .iter()
            .map(|day| {
                let date = chrono::NaiveDate::from_epoch_days(day?)?;
                Some(Period::month(date.year(), date.month()).to_string())
            })
            .collect());
    }
    Ok(column.str()?.iter().map(|label| label.map(str::to_owned)).collect())
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

//! The rows behind a KPI, worst first: a top-k over its fact, not a sort of everything.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::{Frame, MeasureError, Plan, plan, prepare};
use crate::catalogue::{ExceptionList, List};
use crate::ids::ENTERPRISE;
use crate::period::Period;
use crate::quality::Cleared;

/// Rows as text, with typed values where they are numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<RowCell>>,
    /// How many rows there are in all.
    pub total: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RowCell {
    Empty,
    Text(String),
    Number(f64),
    Date(chrono::NaiveDate),
    Stamp(chrono::DateTime<chrono::Utc>),
}

/// The worst `most` rows of each exception list at the enterprise, or within one unit.
///
/// # Errors
/// The engine fails on a fact.
pub fn exception_rows(
    frame: &Frame<'_>,
    period: Period,
    cleared: &Cleared,
    lists: &BTreeMap<String, ExceptionList>,
    unit: &str,
    most: u32,
) -> Result<BTreeMap<String, RowTable>, MeasureError> {
    let plan = Plan::new(frame, period, &cleared.units);
    let tables = prepare::prepare(frame, period, cleared, &mut Vec::new())?;
    let known = plan::with_shared_facts(&plan, &tables)?;
    let within = units_within(cleared, unit);
    let mut out = BTreeMap::new();
    for (kpi, list) in lists {
        let failed = |cause: PolarsError| MeasureError::Fact { fact: list.fact.clone(), cause };
        let Some(fact) = frame.catalogue.facts.get(&list.fact) else { continue };
        let lazy = plan::run(&plan, &known, fact).map_err(failed)?;
        let total = select(lazy.clone(), list, within.as_deref(), u32::MAX)
            .map_err(failed)?
            .select([len()])
            .collect()
            .map_err(failed)?;
        let total = total.columns()[0].u32().map_err(failed)?.get(0).unwrap_or(0);
        let worst = select(lazy, list, within.as_deref(), most).map_err(failed)?.collect().map_err(failed)?;
        out.insert(
            kpi.clone(),
            RowTable { columns: list.columns.clone(), rows: cells(&worst).map_err(failed)?, total: total as usize },
        );
    }
    Ok(out)
}

/// An edition's lists: SQL over one fact, limited to the reader's units.
///
/// # Errors
/// The engine fails on a list; the catalogue's check has tried them on empty tables.
pub fn listed(
    frame: &Frame<'_>,
    period: Period,
    cleared: &Cleared,
    lists: &BTreeMap<String, List>,
    unit: &str,
) -> Result<BTreeMap<String, RowTable>, MeasureError> {
    let plan = Plan::new(frame, period, &cleared.units);
    let tables = prepare::prepare(frame, period, cleared, &mut Vec::new())?;
    let known = plan::with_shared_facts(&plan, &tables)?;
    let within = units_within(cleared, unit);
    let mut out = BTreeMap::new();
    for (name, list) in lists {
        let failed = |cause: PolarsError| MeasureError::Fact { fact: format!("{} (list {name})", list.fact), cause };
        let Some(fact) = frame.catalogue.facts.get(&list.fact) else { continue };
        let mut lazy = plan::run(&plan, &known, fact).map_err(failed)?;
        if let Some(units) = &within {
            lazy = lazy.filter(inside(units));
        }
        let table = over_fact(lazy, list).and_then(LazyFrame::collect).map_err(failed)?;
        let columns = list.columns.iter().map(|column| column.name.clone()).collect();
        out.insert(name.clone(), RowTable { columns, total: table.height(), rows: cells(&table).map_err(failed)? });
    }
    Ok(out)
}

/// A list's SQL over a fact's table, in the order of its columns.
pub fn over_fact(lazy: LazyFrame, list: &List) -> PolarsResult<LazyFrame> {
    let mut context = polars::sql::SQLContext::new();
    context.register("fact", lazy);
    let columns: Vec<Expr> = list.columns.iter().map(|column| col(column.name.as_str())).collect();
    Ok(context.execute(&list.sql)?.select(columns))
}

/// The units a reader of `unit` sees; all of them for the enterprise.
fn units_within(cleared: &Cleared, unit: &str) -> Option<Vec<String>> {
    (unit != ENTERPRISE)
        .then(|| cleared.units.all_levels().into_iter().filter(|id| cleared.units.is_within(id, unit)).collect())
}

fn inside(units: &[String]) -> Expr {
    units.iter().fold(lit(false), |any, unit| any.or(col("business_unit").eq(lit(unit.as_str()))))
}

/// The list's rows, largest `worst` first, ties in the order of the columns.
pub fn select(lazy: LazyFrame, list: &ExceptionList, within: Option<&[String]>, most: u32) -> PolarsResult<LazyFrame> {
    let mut lazy = lazy.filter(polars::sql::sql_expr(&list.filter)?.fill_null(lit(false)));
    if let Some(units) = within {
        lazy = lazy.filter(inside(units));
    }
    let columns: Vec<Expr> = list.columns.iter().map(|name| col(name.as_str())).collect();
    let mut by = vec![col("_worst")];
    by.extend(columns.iter().cloned());
    let mut descending = vec![true];
    descending.resize(by.len(), false);
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(descending)
        .with_nulls_last(true)
        .with_maintain_order(true);
    Ok(lazy
        .with_column(polars::sql::sql_expr(&list.worst)?.alias("_worst"))
        .sort_by_exprs(by, options)
        .limit(most)
        .select(columns))
}

fn cells(frame: &DataFrame) -> PolarsResult<Vec<Vec<RowCell>>> {
    let mut rows = vec![Vec::with_capacity(frame.width()); frame.height()];
    for column in frame.columns() {
        for (row, cells) in rows.iter_mut().enumerate() {
            cells.push(cell(column.get(row)?));
        }
    }
    Ok(rows)
}

fn cell(value: AnyValue<'_>) -> RowCell {
    match value {
        AnyValue::Null => RowCell::Empty,
        AnyValue::String(text) => RowCell::Text(text.to_owned()),
        AnyValue::StringOwned(text) => RowCell::Text(text.to_string()),
        AnyValue::Boolean(yes) => RowCell::Text(if yes { "yes" } else { "no" }.to_owned()),
        AnyValue::Date(day) => chrono::NaiveDate::from_epoch_days(day).map_or(RowCell::Empty, RowCell::Date),
        AnyValue::Datetime(at, _, _) => {
            chrono::DateTime::from_timestamp_micros(at).map_or(RowCell::Empty, RowCell::Stamp)
        }
        other => other.try_extract::<f64>().map_or_else(|_| RowCell::Text(other.to_string()), RowCell::Number),
    }
}

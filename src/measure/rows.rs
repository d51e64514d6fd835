//! The rows behind a figure: a KPI's exceptions, worst first, and an edition's lists.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Frame, MeasureError, Plan, plan, prepare};
use crate::catalogue::{ExceptionList, List};
use crate::conform::collect;
use crate::ids::ENTERPRISE;
use crate::period::Period;
use crate::quality::Cleared;

/// Rows as text, with typed values where they are numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<RowCell>>,
    /// How many rows there are in all.
    pub total: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RowCell {
    Empty,
    Text(String),
    Number(#[serde(with = "super::kept::bits")] f64),
    Date(chrono::NaiveDate),
    Stamp(chrono::DateTime<chrono::Utc>),
}

/// The facts of a period as one reader sees them, prepared once for all lists.
pub struct FactRows<'a> {
    plan: Plan<'a>,
    known: plan::Tables,
    /// The units the reader sees; all for the enterprise.
    within: Option<Vec<String>>,
}

impl<'a> FactRows<'a> {
    /// The facts named; `cleared` holds the tables they read.
    ///
    /// # Errors
    /// The engine fails on the tables or on a shared fact.
    pub fn open(
        frame: &Frame<'a>,
        period: Period,
        cleared: &'a Cleared,
        unit: &str,
        facts: &[String],
    ) -> Result<Self, MeasureError> {
        let plan = Plan::new(frame, period, &cleared.units);
        let tables = prepare::prepare(frame, period, cleared)?;
        let known = plan::with_shared_facts(&plan, &tables, facts)?;
        Ok(Self { plan, known, within: units_within(cleared, unit) })
    }

    /// A fact's rows within the reader's units; the catalogue's lint knows that it exists.
    fn fact(&self, name: &str) -> PolarsResult<LazyFrame> {
        let unknown = || polars_err!(SQLInterface: "there is no fact `{}`", name);
        let fact = self.plan.catalogue.facts.get(name).ok_or_else(unknown)?;
        let lazy = plan::run(&self.plan, &self.known, fact)?;
        Ok(match &self.within {
            Some(units) => lazy.filter(inside(units)),
            None => lazy,
        })
    }

    /// The worst `most` rows of an exception list.
    ///
    /// # Errors
    /// The engine fails on a fact.
    pub fn exceptions(&self, list: &ExceptionList, most: u32) -> Result<RowTable, MeasureError> {
        let table = || -> PolarsResult<RowTable> {
            // One pass counts the rows and keeps the worst; the others are never all held at once.
            let rows = ranked(self.fact(&list.fact)?, list)?;
            let count = rows.clone().select([len().cast(DataType::UInt64)]);
            let [count, worst] = plan::collect_both([count, worst(rows, list, most)])?;
            let total = count.columns().first().map_or(Ok(None), |count| count.u64().map(|count| count.get(0)))?;
            let total = total.and_then(|total| usize::try_from(total).ok()).unwrap_or_default();
            Ok(RowTable { columns: list.columns.clone(), rows: cells(&worst)?, total })
        };
        table().map_err(|cause| MeasureError::Fact { fact: list.fact.clone(), cause })
    }

    /// An edition's list: SQL over one fact.
    ///
    /// # Errors
    /// The engine fails on it; the catalogue's check has tried it on empty tables.
    pub fn list(&self, name: &str, list: &List) -> Result<RowTable, MeasureError> {
        let table = || -> PolarsResult<RowTable> {
            let table = collect(over_fact(self.fact(&list.fact)?, list)?)?;
            let columns = list.columns.iter().map(|column| column.name.clone()).collect();
            Ok(RowTable { columns, total: table.height(), rows: cells(&table)? })
        };
        table().map_err(|cause| MeasureError::Fact { fact: format!("{} (list {name})", list.fact), cause })
    }
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

fn filter(list: &ExceptionList) -> PolarsResult<Expr> {
    Ok(polars::sql::sql_expr(&list.filter)?.fill_null(lit(false)))
}

/// The list's rows: its columns, and `_worst` that they are ranked by.
fn ranked(lazy: LazyFrame, list: &ExceptionList) -> PolarsResult<LazyFrame> {
    let columns = list.columns.iter().map(|name| col(name.as_str()));
    let worst = polars::sql::sql_expr(&list.worst)?.alias("_worst");
    Ok(lazy.filter(filter(list)?).select(columns.chain([worst]).collect::<Vec<_>>()))
}

/// The first `most` of a list's rows, largest `_worst` first, ties in the order of the columns.
fn worst(lazy: LazyFrame, list: &ExceptionList, most: u32) -> LazyFrame {
    let columns: Vec<Expr> = list.columns.iter().map(|name| col(name.as_str())).collect();
    let mut by = vec![col("_worst")];
    by.extend(columns.iter().cloned());
    let mut descending = vec![true];
    descending.resize(by.len(), false);
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(descending)
        .with_nulls_last(true)
        .with_maintain_order(true);
    lazy.sort_by_exprs(by, options).limit(most).select(columns)
}

/// Evaluates a list on an (empty) fact table, for its mistakes.
pub fn try_on(lazy: LazyFrame, list: &ExceptionList) -> PolarsResult<()> {
    worst(ranked(lazy, list)?, list, 1).collect().map(drop)
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

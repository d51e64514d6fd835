//! The rows behind a figure: a KPI's exceptions, worst first, and an edition's lists.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Frame, MeasureError, Plan, plan, prepare};
use crate::catalogue::{ExceptionList, List};
use crate::conform::collect;
use crate::ids::ENTERPRISE;
use crate::period::Period;
use crate::quality::{Cleared, UnitTree};

/// The unit of a row beside the list's own columns.
const UNIT: &str = "_unit";

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

/// The facts of a period, prepared once for all lists and readers.
pub struct FactRows<'a> {
    plan: Plan<'a>,
    known: plan::Tables,
    units: &'a UnitTree,
}

/// The rows that readers see, by unit: each list was made from one pass over its fact, however many units there are.
#[derive(Debug)]
pub struct Seen {
    /// Places of rows in a table, by unit.
    rows: BTreeMap<String, Vec<IdxSize>>,
    /// How many rows each unit has in all.
    totals: BTreeMap<String, usize>,
    table: DataFrame,
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
        facts: &[String],
    ) -> Result<Self, MeasureError> {
        let plan = Plan::new(frame, period, &cleared.units);
        let tables = prepare::prepare(frame, period, cleared)?;
        let known = plan::with_shared_facts(&plan, &tables, facts)?;
        Ok(Self { plan, known, units: &cleared.units })
    }

    /// All rows of a fact; the catalogue's lint knows that it exists.
    fn fact(&self, name: &str) -> PolarsResult<LazyFrame> {
        let unknown = || polars_err!(SQLInterface: "there is no fact `{}`", name);
        let fact = self.plan.catalogue.facts.get(name).ok_or_else(unknown)?;
        plan::run(&self.plan, &self.known, fact)
    }

    /// A fact's rows within a unit.
    fn within(&self, name: &str, unit: &str) -> PolarsResult<LazyFrame> {
        let lazy = self.fact(name)?;
        if unit == ENTERPRISE {
            return Ok(lazy);
        }
        let levels = self.units.all_levels().into_iter();
        let units: Vec<String> = levels.filter(|id| self.units.is_within(id, unit)).collect();
        Ok(lazy.filter(inside(&units)))
    }

    /// The worst `most` rows of an exception list that a reader of `unit` sees.
    ///
    /// # Errors
    /// The engine fails on a fact.
    pub fn exceptions(&self, list: &ExceptionList, most: u32, unit: &str) -> Result<RowTable, MeasureError> {
        let table = || -> PolarsResult<RowTable> {
            // One pass counts the rows and keeps the worst; the others are never all held at once.
            let rows = ranked(self.within(&list.fact, unit)?, list, &[])?;
            let count = rows.clone().select([len().cast(DataType::UInt64)]);
            let [count, worst] = plan::collect_both([count, worst(rows, list, most)])?;
            let total = count.columns().first().map_or(Ok(None), |count| count.u64().map(|count| count.get(0)))?;
            let total = total.and_then(|total| usize::try_from(total).ok()).unwrap_or_default();
            Ok(RowTable { columns: list.columns.clone(), rows: cells(&worst)?, total })
        };
        table().map_err(failed(&list.fact))
    }

    /// An edition's list as a reader of `unit` sees it: SQL over one fact.
    ///
    /// # Errors
    /// The engine fails on it; the catalogue's check has tried it on empty tables.
    pub fn list(&self, name: &str, list: &List, unit: &str) -> Result<RowTable, MeasureError> {
        let table = || listed(&collect(over_fact(self.within(&list.fact, unit)?, list)?)?, list);
        table().map_err(|cause| MeasureError::Fact { fact: format!("{} (list {name})", list.fact), cause })
    }

    /// The same exceptions for readers of several units, in one pass for each list.
    ///
    /// # Errors
    /// The engine fails on a fact.
    pub fn exceptions_by_unit(
        &self,
        lists: &BTreeMap<String, ExceptionList>,
        most: u32,
        units: &[&str],
    ) -> Result<BTreeMap<String, Seen>, MeasureError> {
        let seen = |list: &ExceptionList| -> PolarsResult<Seen> {
            let rows = ranked(self.fact(&list.fact)?, list, &[col("business_unit").alias(UNIT)])?;
            let (by, options) = order(list);
            let table = collect(rows)?.lazy().sort_by_exprs(by, options).collect()?;
            let seen = Seen::of(&table, UNIT, most as usize, (self.units, units))?;
            seen.select(&list.columns)
        };
        lists.iter().map(|(kpi, list)| Ok((kpi.clone(), seen(list).map_err(failed(&list.fact))?))).collect()
    }

    /// The rows that the edition's lists are made of, for readers of several units, in one pass for each list.
    ///
    /// # Errors
    /// The engine fails on a fact.
    pub fn listed_by_unit(
        &self,
        lists: &BTreeMap<String, List>,
        units: &[&str],
    ) -> Result<BTreeMap<String, Seen>, MeasureError> {
        named(lists, |_, list| {
            Seen::of(&collect(self.fact(&list.fact)?)?, "business_unit", usize::MAX, (self.units, units))
        })
    }
}

impl Seen {
    /// The first `most` rows of each unit, in the order of the table; those of nobody are left out.
    fn of(table: &DataFrame, column: &str, most: usize, (tree, units): (&UnitTree, &[&str])) -> PolarsResult<Self> {
        let mut rows: BTreeMap<&str, Vec<IdxSize>> = units.iter().map(|unit| (*unit, Vec::new())).collect();
        let mut totals: BTreeMap<&str, usize> = units.iter().map(|unit| (*unit, 0)).collect();
        let mut above: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        let owners = table.column(column)?.str()?.clone();
        let mut kept: Vec<bool> = vec![false; table.height()];
        let known: BTreeSet<String> = tree.all_levels().into_iter().collect();
        for (at, owner) in owners.iter().enumerate() {
            // The enterprise has all rows, those without a known unit too.
            let readers = above.entry(owner).or_insert_with(|| {
                let levels = owner.filter(|owner| known.contains(*owner)).map(|owner| tree.levels(owner));
                let sees = |unit: &&str| *unit == ENTERPRISE || levels.iter().flatten().any(|level| level == unit);
                units.iter().copied().filter(sees).collect()
            });
            for unit in readers {
                *totals.entry(unit).or_default() += 1;
                let own = rows.entry(unit).or_default();
                if own.len() < most {
                    own.push(IdxSize::try_from(at).unwrap_or(IdxSize::MAX));
                    kept[at] = true;
                }
            }
        }
        // The places of the rows that are kept.
        let places: Vec<IdxSize> = kept
            .iter()
            .scan(0, |next, kept| {
                let place = *next;
                *next += IdxSize::from(*kept);
                Some(place)
            })
            .collect();
        rows.values_mut().flatten().for_each(|at| *at = places[*at as usize]);
        Ok(Self {
            rows: rows.into_iter().map(|(unit, rows)| (unit.to_owned(), rows)).collect(),
            totals: totals.into_iter().map(|(unit, total)| (unit.to_owned(), total)).collect(),
            table: table.filter(&BooleanChunked::from_slice("kept".into(), &kept))?,
        })
    }

    fn select(mut self, columns: &[String]) -> PolarsResult<Self> {
        self.table = self.table.select(columns)?;
        Ok(self)
    }

    fn rows(&self, unit: &str) -> PolarsResult<DataFrame> {
        let places = self.rows.get(unit).map(Vec::as_slice).unwrap_or_default();
        let places = IdxCa::from_slice("places".into(), places);
        // Column by column: the engine's threads would be woken for a few rows, while all cores make packs.
        let columns = self.table.columns().iter().map(|column| column.take(&places)).collect::<PolarsResult<_>>()?;
        DataFrame::new(places.len(), columns)
    }
}

/// The exceptions of one of the units, by KPI.
///
/// # Errors
/// The engine fails.
pub fn exceptions_of(
    seen: &BTreeMap<String, Seen>,
    lists: &BTreeMap<String, ExceptionList>,
    unit: &str,
) -> Result<BTreeMap<String, RowTable>, MeasureError> {
    let table = |list: &ExceptionList, seen: &Seen| -> PolarsResult<RowTable> {
        let total = seen.totals.get(unit).copied().unwrap_or_default();
        Ok(RowTable { columns: list.columns.clone(), rows: cells(&seen.rows(unit)?)?, total })
    };
    let both = lists.iter().filter_map(|(kpi, list)| Some((kpi, list, seen.get(kpi)?)));
    both.map(|(kpi, list, seen)| Ok((kpi.clone(), table(list, seen).map_err(failed(&list.fact))?))).collect()
}

/// The edition's lists of one of the units.
///
/// # Errors
/// The engine fails.
pub fn lists_of(
    seen: &BTreeMap<String, Seen>,
    lists: &BTreeMap<String, List>,
    unit: &str,
) -> Result<BTreeMap<String, RowTable>, MeasureError> {
    let missing = || polars_err!(ComputeError: "a list without rows");
    named(lists, |name, list| {
        let rows = seen.get(name).ok_or_else(missing)?.rows(unit)?;
        // They are in memory and few.
        listed(&over_fact(rows.lazy(), list)?.collect()?, list)
    })
}

fn named<T>(
    lists: &BTreeMap<String, List>,
    make: impl Fn(&str, &List) -> PolarsResult<T>,
) -> Result<BTreeMap<String, T>, MeasureError> {
    let failed =
        |name: &str, list: &List, cause| MeasureError::Fact { fact: format!("{} (list {name})", list.fact), cause };
    let each = |(name, list): (&String, &List)| {
        Ok((name.clone(), make(name, list).map_err(|cause| failed(name, list, cause))?))
    };
    lists.iter().map(each).collect()
}

fn failed(fact: &str) -> impl Fn(PolarsError) -> MeasureError {
    move |cause| MeasureError::Fact { fact: fact.to_owned(), cause }
}

fn listed(table: &DataFrame, list: &List) -> PolarsResult<RowTable> {
    let columns = list.columns.iter().map(|column| column.name.clone()).collect();
    Ok(RowTable { columns, total: table.height(), rows: cells(table)? })
}

/// A list's SQL over a fact's table, in the order of its columns.
pub fn over_fact(lazy: LazyFrame, list: &List) -> PolarsResult<LazyFrame> {
    let mut context = polars::sql::SQLContext::new();
    context.register("fact", lazy);
    let columns: Vec<Expr> = list.columns.iter().map(|column| col(column.name.as_str())).collect();
    Ok(context.execute(&list.sql)?.select(columns))
}

fn inside(units: &[String]) -> Expr {
    units.iter().fold(lit(false), |any, unit| any.or(col("business_unit").eq(lit(unit.as_str()))))
}

fn filter(list: &ExceptionList) -> PolarsResult<Expr> {
    Ok(polars::sql::sql_expr(&list.filter)?.fill_null(lit(false)))
}

/// The list's rows: its columns, `_worst` that they are ranked by, and `more`.
fn ranked(lazy: LazyFrame, list: &ExceptionList, more: &[Expr]) -> PolarsResult<LazyFrame> {
    let columns = list.columns.iter().map(|name| col(name.as_str()));
    let worst = polars::sql::sql_expr(&list.worst)?.alias("_worst");
    let columns = columns.chain([worst]).chain(more.iter().cloned());
    Ok(lazy.filter(filter(list)?).select(columns.collect::<Vec<_>>()))
}

/// The first `most` of a list's rows, largest `_worst` first, ties in the order of the columns.
fn worst(lazy: LazyFrame, list: &ExceptionList, most: u32) -> LazyFrame {
    let columns: Vec<Expr> = list.columns.iter().map(|name| col(name.as_str())).collect();
    let (by, options) = order(list);
    lazy.sort_by_exprs(by, options).limit(most).select(columns)
}

/// Largest `_worst` first, ties in the order of the columns.
fn order(list: &ExceptionList) -> (Vec<Expr>, SortMultipleOptions) {
    let mut by = vec![col("_worst")];
    by.extend(list.columns.iter().map(|name| col(name.as_str())));
    let mut descending = vec![true];
    descending.resize(by.len(), false);
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(descending)
        .with_nulls_last(true)
        .with_maintain_order(true);
    (by, options)
}

/// Evaluates a list on an (empty) fact table, for its mistakes.
pub fn try_on(lazy: LazyFrame, list: &ExceptionList) -> PolarsResult<()> {
    worst(ranked(lazy, list, &[])?, list, 1).collect().map(drop)
}

fn cells(frame: &DataFrame) -> PolarsResult<Vec<Vec<RowCell>>> {
    let mut rows = vec![Vec::with_capacity(frame.width()); frame.height()];
    for column in frame.columns() {
        // A column of one value says it otherwise than a series does.
        let values = column.as_materialized_series();
        for (row, cells) in rows.iter_mut().enumerate() {
            cells.push(cell(values.get(row)?));
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
        AnyValue::Datetime(at, _, _) | AnyValue::DatetimeOwned(at, _, _) => {
            chrono::DateTime::from_timestamp_micros(at).map_or(RowCell::Empty, RowCell::Stamp)
        }
        other => other.try_extract::<f64>().map_or_else(|_| RowCell::Text(other.to_string()), RowCell::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_a_stamp_in_a_list_of_one_row_too() {
        let at = chrono::DateTime::from_timestamp_micros(1_791_975_060_000_000).unwrap();
        let stamp = Scalar::new(
            DataType::Datetime(TimeUnit::Microseconds, None),
            AnyValue::Datetime(at.timestamp_micros(), TimeUnit::Microseconds, None),
        );
        let column = Column::new_scalar("first_seen_at".into(), stamp, 1);
        let frame = DataFrame::new(1, vec![column]).unwrap();
        assert_eq!(cells(&frame).unwrap(), [[RowCell::Stamp(at)]]);
    }
}

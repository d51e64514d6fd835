//! Plan: which measures of which fact, and the period's macros in the facts' SQL.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use polars::prelude::*;
use polars::sql::SQLContext;

use super::{Frame, MeasureError, literals};
use crate::catalogue::{Catalogue, Fact, Window, expand};
use crate::conform::{Heaped, Repeated, Table, collect, each_batch, hashes};
use crate::period::{Calendar, Period, Span, add_months};
use crate::quality::UnitTree;

/// The facts of a catalogue with the macros of one period in place.
pub struct Plan<'a> {
    pub catalogue: &'a Catalogue,
    calendar: Calendar,
    span: Span,
    months: Vec<Period>,
    units: &'a UnitTree,
}

impl<'a> Plan<'a> {
    #[must_use]
    pub fn new(frame: &Frame<'a>, period: Period, units: &'a UnitTree) -> Self {
        Self {
            catalogue: frame.catalogue,
            calendar: frame.calendar,
            span: frame.calendar.span(period),
            months: frame.calendar.months(period),
            units,
        }
    }

    /// The fact's SQL with every macro in place.
    ///
    /// # Errors
    /// A macro that does not exist (the catalogue's lint excludes it).
    pub fn sql(&self, fact: &Fact) -> PolarsResult<String> {
        self.expand(&fact.sql).map_err(|message| polars_err!(SQLSyntax: "{}", message))
    }

    fn expand(&self, sql: &str) -> Result<String, String> {
        expand(sql, &|name, arguments| match self.catalogue.macros.get(name) {
            Some(shared) => self.expand(&shared.apply(arguments)),
            None => self.built_in(name, arguments),
        })
        .map_err(|error| error.to_string())
    }

    fn built_in(&self, name: &str, arguments: &[String]) -> Result<String, String> {
        let argument = |index: usize| {
            arguments.get(index).map(String::as_str).ok_or_else(|| format!("macro `{name}` lacks an argument"))
        };
        Ok(match name {
            "start" => stamp(self.span.start),
            "end" => stamp(self.span.end),
            "start_date" => date(self.span.start_date),
            "last_day" => date(self.span.last_day),
            "end_date" => date(self.span.end_date),
            "months" => self.months.iter().map(|month| format!("'{month}'")).collect::<Vec<_>>().join(", "),
            "month" => format!("'{}'", self.months.last().map_or_else(String::new, ToString::to_string)),
            "months_before" => {
                let months: i32 = argument(0)?.parse().map_err(|_| "months_before takes a whole number".to_owned())?;
                date(add_months(self.span.end_date, -months))
            }
            "days_after" => {
                let days: i64 = argument(0)?.parse().map_err(|_| "days_after takes a whole number".to_owned())?;
                date(self.span.last_day + Duration::days(days))
            }
            "back" => self.windowed(argument(0)?, arguments.get(1), |window| {
                window.back(self.span.end_date).map(|day| stamp(self.calendar.midnight(day)))
            })?,
            "back_date" => {
                self.windowed(argument(0)?, arguments.get(1), |window| window.back(self.span.end_date).map(date))?
            }
            "after" => {
                let from = argument(0)?.to_owned();
                self.windowed(argument(1)?, arguments.get(2), |window| {
                    window.hours.map(|hours| format!("({from} + INTERVAL '{hours} hours')"))
                })?
            }
            _ => return Err(format!("unknown macro `{name}`")),
        })
    }

    /// A window's literal; a CASE over the unit column where units have their own.
    fn windowed(
        &self,
        name: &str,
        unit: Option<&String>,
        literal: impl Fn(&Window) -> Option<String>,
    ) -> Result<String, String> {
        let window = self.catalogue.window(name).ok_or_else(|| format!("unknown window `{name}`"))?;
        let wrong = || format!("window `{name}` has not the measure this macro needs (days, months or hours)");
        let default = literal(window).ok_or_else(wrong)?;
        let Some(unit) = unit.filter(|_| !window.business_units.is_empty()) else { return Ok(default) };
        let mut arms = String::new();
        for id in self.units.names() {
            // The nearest level that has its own window decides.
            if let Some(own) = self.units.levels(id).iter().find_map(|level| window.business_units.get(level)) {
                arms.push_str(&format!(
                    " WHEN {unit} = '{}' THEN {}",
                    id.replace('\'', "''"),
                    literal(own).ok_or_else(wrong)?
                ));
            }
        }
        Ok(if arms.is_empty() { default } else { format!("CASE{arms} ELSE {default} END") })
    }
}

impl Window {
    /// The first day of the window that ends at `end`.
    fn back(&self, end: NaiveDate) -> Option<NaiveDate> {
        match (self.days, self.months) {
            (Some(days), _) => end.checked_sub_signed(Duration::days(days)),
            (None, Some(months)) => Some(add_months(end, -months)),
            (None, None) => None,
        }
    }
}

fn date(date: NaiveDate) -> String {
    // From the day number: the engine deprecates dates cast from text.
    format!("CAST({} /* {date} */ AS DATE)", date.to_epoch_days())
}

fn stamp(at: DateTime<Utc>) -> String {
    format!("CAST({} /* {} */ AS TIMESTAMP)", at.timestamp_micros(), at.format("%Y-%m-%dT%H:%M:%SZ"))
}

/// Tables by name, as facts see them.
pub type Tables = BTreeMap<String, LazyFrame>;

/// The datasets and, by name, the shared facts that the wanted ones read.
pub fn with_shared_facts(
    plan: &Plan<'_>,
    tables: &BTreeMap<String, Table>,
    wanted: &[String],
) -> Result<Tables, MeasureError> {
    let mut known: Tables = tables.iter().map(|(name, table)| (name.clone(), table.lazy())).collect();
    for fact in plan.catalogue.facts_in_order(wanted) {
        if is_shared(plan.catalogue, fact) {
            let table = run(plan, &known, fact).and_then(|rows| shared(fact, rows));
            let table = table.map_err(|cause| MeasureError::Fact { fact: fact.name.clone(), cause })?;
            known.insert(fact.name.clone(), table);
        }
    }
    Ok(known)
}

/// The rows of a fact as others read them: made once, or one by one whenever somebody does.
pub fn shared(fact: &Fact, rows: LazyFrame) -> PolarsResult<LazyFrame> {
    if fact.repeats.is_empty() { Ok(collect(rows)?.lazy()) } else { Ok(rows) }
}

/// Read by another fact under its own name (a dataset of that name would be meant instead).
pub fn is_shared(catalogue: &Catalogue, fact: &Fact) -> bool {
    !catalogue.contracts.contains_key(&fact.name)
        && catalogue.facts.values().any(|other| other.tables.contains(&fact.name))
}

/// Two queries worked through together: what they have in common is done once.
pub fn collect_both(both: [LazyFrame; 2]) -> PolarsResult<[DataFrame; 2]> {
    let plans = both.into_iter().map(|lazy| lazy.logical_plan).collect();
    let answers = LazyFrame::collect_all_with_engine(plans, Engine::Streaming, OptFlags::default())?;
    answers.try_into().map_err(|_| polars_err!(ComputeError: "two queries have two answers"))
}

/// The fact as a lazy table. Each fact gets a context of its own: the engine keeps aliases between
/// statements.
pub fn run(plan: &Plan<'_>, tables: &Tables, fact: &Fact) -> PolarsResult<LazyFrame> {
    let mut context = SQLContext::new();
    for name in &fact.tables {
        if let Some(table) = tables.get(name) {
            context.register(name, table.clone());
        }
    }
    // The rows of a fact with `repeats` are in no table.
    let is_made = |name: &str| {
        let fact = plan.catalogue.facts.get(name);
        fact.is_some_and(|fact| is_shared(plan.catalogue, fact) && fact.repeats.is_empty())
    };
    let sql = literals::written_out(&plan.sql(fact)?, tables, is_made)?;
    let rows = context.execute(&sql)?;
    if fact.repeats.is_empty() { Ok(rows) } else { with_repeated(rows, &fact.repeats) }
}

/// The rows, each with whether it may have its like among them: those of one hash have it hardly ever without.
fn with_repeated(rows: LazyFrame, columns: &[String]) -> PolarsResult<LazyFrame> {
    let parts = Arc::new(Mutex::new(Vec::new()));
    let gathered = Arc::clone(&parts);
    each_batch(rows.clone().select([hash(columns).alias("hash")]), move |batch| {
        let hashes: Vec<u64> = batch.column("hash")?.u64()?.into_no_null_iter().collect();
        gathered.lock().unwrap_or_else(PoisonError::into_inner).push(Heaped::of(&hashes));
        Ok(())
    })?;
    let repeated = Repeated::of(&std::mem::take(&mut *parts.lock().unwrap_or_else(PoisonError::into_inner)));
    let field = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::Boolean));
    let is_repeated = move |hashes: Column| {
        let is_repeated = hashes.u64()?.into_no_null_iter().map(|hash| repeated.may_contain(hash));
        Ok(BooleanChunked::from_iter_values(hashes.name().clone(), is_repeated).into_column())
    };
    Ok(rows.with_column(hash(columns).map(is_repeated, field).alias("repeated")))
}

/// A number of each row that is equal where the columns are.
fn hash(columns: &[String]) -> Expr {
    let columns: Vec<Expr> = columns.iter().map(|column| col(column.as_str())).collect();
    let field = |_: &Schema, fields: &[Field]| Ok(Field::new(fields[0].name().clone(), DataType::UInt64));
    let hash = |columns: &mut [Column]| {
        let name = columns[0].name().clone();
        Ok(Column::new(name, hashes(columns)?))
    };
    map_multiple(hash, columns, field)
}

//! Plan: which measures of which fact, the period's macros, and the check of all of it on empty tables.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use polars::prelude::*;
use polars::sql::SQLContext;

use super::{Frame, MeasureError, group, prepare};
use crate::catalogue::{Catalogue, Fact, Measure, Mistake, Over, Window, expand};
use crate::conform;
use crate::ids::did_you_mean;
use crate::period::{Calendar, Period, Span, add_months};
use crate::quality::{Cleared, UnitTree};

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

    /// The distinct measures of a fact taken `over` the given instants.
    #[must_use]
    pub fn measures_of(&self, fact: &str, over: Over) -> Vec<&'a Measure> {
        let mut measures: Vec<&Measure> = Vec::new();
        for measure in self.catalogue.kpis.iter().flat_map(|kpi| kpi.measures.values()) {
            if measure.fact == fact && measure.over == over && !measures.contains(&measure) {
                measures.push(measure);
            }
        }
        measures
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

/// The datasets and, by name, the shared facts that other facts read.
pub fn with_shared_facts(plan: &Plan<'_>, tables: &BTreeMap<String, DataFrame>) -> Result<Tables, MeasureError> {
    let mut known: Tables = tables.iter().map(|(name, table)| (name.clone(), table.clone().lazy())).collect();
    let all: Vec<String> = plan.catalogue.facts.keys().cloned().collect();
    for fact in plan.catalogue.facts_in_order(&all) {
        if is_shared(plan.catalogue, fact) {
            let table = run(plan, &known, fact)
                .and_then(LazyFrame::collect)
                .map_err(|cause| MeasureError::Fact { fact: fact.name.clone(), cause })?;
            known.insert(fact.name.clone(), table.lazy());
        }
    }
    Ok(known)
}

/// Read by another fact under its own name (a dataset of that name would be meant instead).
fn is_shared(catalogue: &Catalogue, fact: &Fact) -> bool {
    !catalogue.contracts.contains_key(&fact.name)
        && catalogue.facts.values().any(|other| other.tables.contains(&fact.name))
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
    context.execute(&plan.sql(fact)?)
}

/// Plans every fact, measure and exception list against empty tables.
///
/// # Errors
/// Each mistake with its file, line and a near name.
pub fn check(frame: &Frame<'_>, period: Period) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let empty: Result<BTreeMap<String, DataFrame>, _> = frame
        .catalogue
        .contracts
        .iter()
        .map(|(name, contract)| conform::empty(contract).map(|table| (name.clone(), table)))
        .collect();
    let cleared = match empty {
        Ok(tables) => Cleared {
            tables,
            missing: BTreeMap::new(),
            nights: BTreeMap::new(),
            units: UnitTree::default(),
            findings: Vec::new(),
        },
        Err(error) => {
            return Err(vec![Mistake { file: "config/contracts".to_owned(), line: None, message: error.to_string() }]);
        }
    };
    let plan = Plan::new(frame, period, &cleared.units);
    let tables = match prepare::prepare(frame, period, &cleared, &mut Vec::new()) {
        Ok(tables) => tables,
        Err(error) => {
            return Err(vec![Mistake { file: "config/contracts".to_owned(), line: None, message: error.to_string() }]);
        }
    };
    let mut known: Tables = tables.iter().map(|(name, table)| (name.clone(), table.clone().lazy())).collect();
    let all: Vec<String> = frame.catalogue.facts.keys().cloned().collect();
    for fact in frame.catalogue.facts_in_order(&all) {
        match run(&plan, &known, fact).and_then(|mut lazy| Ok((lazy.collect_schema()?, lazy.collect()?))) {
            Ok((schema, table)) => {
                check_uses(frame.catalogue, fact, &schema, &table, &mut mistakes);
                if is_shared(frame.catalogue, fact) {
                    known.insert(fact.name.clone(), table.lazy());
                }
            }
            Err(cause) => mistakes.push(mistake_in_fact(fact, &cause, &tables)),
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn check_uses(catalogue: &Catalogue, fact: &Fact, schema: &SchemaRef, table: &DataFrame, mistakes: &mut Vec<Mistake>) {
    let known: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
    for column in fact.dimension.iter().map(String::as_str).chain(["business_unit"]) {
        // class_prices and the like serve other facts and are not grouped.
        let grouped = catalogue.kpis.iter().any(|kpi| kpi.facts().contains(&fact.name));
        if grouped && !known.contains(&column) {
            mistakes.push(Mistake {
                file: format!("config/catalogue/facts/{}.sql", fact.name),
                line: None,
                message: format!("the fact has no column `{column}`{}", did_you_mean(column, known.iter().copied())),
            });
        }
    }
    for kpi in &catalogue.kpis {
        let file = format!("config/catalogue/kpis/{}.toml", kpi.id);
        for (name, measure) in kpi.measures.iter().filter(|(_, measure)| measure.fact == fact.name) {
            if let Err(cause) = group::try_on(measure, table) {
                mistakes.push(Mistake {
                    file: file.clone(),
                    line: None,
                    message: format!("measure `{name}`: {}", worded(&cause, &known)),
                });
            }
        }
        if let Some(list) = kpi.exceptions.as_ref().filter(|list| list.fact == fact.name)
            && let Err(cause) = super::rows::select(table.clone().lazy(), list, None, 1).and_then(LazyFrame::collect)
        {
            mistakes.push(Mistake { file, line: None, message: format!("exceptions: {}", worded(&cause, &known)) });
        }
    }
    for (name, edition) in &catalogue.editions {
        for (list_name, list) in edition.lists.iter().filter(|(_, list)| list.fact == fact.name) {
            if let Err(cause) = super::rows::over_fact(table.clone().lazy(), list).and_then(LazyFrame::collect) {
                let file = format!("config/editions/{name}.toml");
                mistakes.push(Mistake {
                    file,
                    line: None,
                    message: format!("list `{list_name}`: {}", worded(&cause, &known)),
                });
            }
        }
    }
}

fn mistake_in_fact(fact: &Fact, cause: &PolarsError, tables: &BTreeMap<String, DataFrame>) -> Mistake {
    let known: Vec<String> =
        tables.values().flat_map(|table| table.get_column_names()).map(ToString::to_string).collect();
    let message = worded(cause, &known.iter().map(String::as_str).collect::<Vec<_>>());
    let line = quoted(&cause.to_string()).and_then(|name| {
        fact.sql.lines().position(|line| line.contains(&name)).map(|index| fact.head_lines + index + 1)
    });
    Mistake { file: format!("config/catalogue/facts/{}.sql", fact.name), line, message }
}

/// The engine's message in one line, with a near name where it misses one.
fn worded(cause: &PolarsError, known: &[&str]) -> String {
    let text = cause.to_string().lines().next().unwrap_or_default().to_owned();
    let hint = quoted(&text).map_or_else(String::new, |name| did_you_mean(&name, known.iter().copied()));
    format!("{text}{hint}")
}

/// The first name in quotes, or the last word.
fn quoted(text: &str) -> Option<String> {
    let text = text.lines().next()?;
    for mark in ['"', '\'', '`'] {
        if let Some(name) = text.split(mark).nth(1).filter(|name| !name.is_empty()) {
            return Some(name.to_owned());
        }
    }
    text.split_whitespace().last().map(str::to_owned)
}

//! Measure: facts over cleared tables become additive parts by unit and dimension member.
//!
//! All measures of one fact are computed in ONE group-by over one scan at the finest grain and rolled up
//! by adding; only the aggregates that cannot be added (median, percentile, maximum) are computed afresh
//! at each level.

mod check;
mod group;
mod kept;
mod literals;
mod parts;
mod places;
mod plan;
mod prepare;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsError;

use crate::catalogue::{Catalogue, Kpi, Measure, Over};
use crate::finding::Finding;
use crate::period::{Calendar, Grain, Period};
use crate::quality::{Cleared, UnitTree};

pub use check::check;
pub use group::has_many_rows;
pub use kept::{read, written};
pub use parts::{Part, Parts};
pub use plan::Plan;
pub use prepare::unconverted;
pub use rows::{FactRows, RowCell, RowTable, Seen, exceptions_of, lists_of};

/// Everything measured for one period.
#[derive(Debug, Clone)]
pub struct MeasureFrame {
    pub period: Period,
    /// By KPI id, then measure name.
    pub measures: BTreeMap<String, BTreeMap<String, Parts>>,
    /// Datasets that were missing and why.
    pub missing: BTreeMap<String, String>,
    pub units: UnitTree,
    pub findings: Vec<Finding>,
}

/// Why a period cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("fact `{fact}`: {cause}")]
    Fact { fact: String, cause: PolarsError },
    #[error("no night of any feed lies at or before {0}\nhint: check `store.url`, or ask for a later period")]
    NoNight(Period),
    #[error("engine: {0}")]
    Engine(#[from] PolarsError),
}

/// Measures of what is reported, beside the tables: the calendar and the reporting currency.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    pub catalogue: &'a Catalogue,
    pub calendar: Calendar,
    /// ISO 4217.
    pub currency: &'a str,
}

/// The measures of a fact that are taken over one kind of instant, at one instant: what is computed, and kept, as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// The period, or a month whose closing state goes into its mean.
    pub at: Period,
    pub fact: String,
    pub over: Over,
}

/// Of each task the parts of its measures, in the order of [`measures_of`].
pub type Done = BTreeMap<Task, Vec<Parts>>;

/// Measures all KPIs of the catalogue for a period.
///
/// `closings` holds the cleared tables as of the close of each month (or of the day); the period's last must
/// be in it, the others serve the means of monthly closing stocks.
///
/// # Errors
/// No night at all, or the engine fails on a fact.
pub fn measure(
    frame: &Frame<'_>,
    period: Period,
    closings: &BTreeMap<Period, Cleared>,
) -> Result<MeasureFrame, MeasureError> {
    let cleared = closings.get(&closing_of(&frame.calendar, period)).ok_or(MeasureError::NoNight(period))?;
    let mut done = Done::new();
    for (at, tasks) in by_instant(tasks(frame, period, closings)) {
        if let Some(closing) = closings.get(&closing_of(&frame.calendar, at)) {
            done.extend(work(frame, at, closing, &tasks)?);
        }
    }
    let findings = [cleared.findings.clone(), cleared.noticed.clone(), unconverted(frame, period, cleared)?].concat();
    assembled(frame, period, closings, &done, findings)
}

/// What has to be computed for a period: what some KPI counts of which no feed is missing at that instant.
#[must_use]
pub fn tasks(frame: &Frame<'_>, period: Period, closings: &BTreeMap<Period, Cleared>) -> BTreeSet<Task> {
    let of = |at: Period, over: Over| {
        let closing = closings.get(&closing_of(&frame.calendar, at));
        let is_wanted =
            move |fact: &&String| closing.is_some_and(|closing| is_counted(frame.catalogue, fact, over, closing));
        frame.catalogue.facts.keys().filter(is_wanted).map(move |fact| Task { at, fact: fact.clone(), over })
    };
    let months = closings_needed(&frame.calendar, period).into_iter();
    of(period, Over::Period).chain(months.flat_map(|month| of(month, Over::MonthlyMean))).collect()
}

/// Whether some KPI takes a measure of the fact over this kind of instant, and lacks none of the feeds it needs of it.
fn is_counted(catalogue: &Catalogue, fact: &str, over: Over, closing: &Cleared) -> bool {
    let datasets = catalogue.datasets_of(fact);
    let counts = |kpi: &&Kpi| kpi.measures.values().any(|measure| measure.fact == fact && measure.over == over);
    let lacks = |kpi: &Kpi| kpi.needs.iter().any(|need| datasets.contains(need) && closing.missing.contains_key(need));
    catalogue.kpis.iter().filter(counts).any(|kpi| !lacks(kpi))
}

/// Tasks that are worked off together: a fact's rows are then made once.
#[must_use]
pub fn by_instant(tasks: impl IntoIterator<Item = Task>) -> BTreeMap<Period, Vec<Task>> {
    let mut instants: BTreeMap<Period, Vec<Task>> = BTreeMap::new();
    for task in tasks {
        instants.entry(task.at).or_default().push(task);
    }
    instants
}

/// The distinct measures of a fact taken `over` one kind of instant.
#[must_use]
pub fn measures_of<'a>(catalogue: &'a Catalogue, fact: &str, over: Over) -> Vec<&'a Measure> {
    let mut measures: Vec<&Measure> = Vec::new();
    for measure in catalogue.kpis.iter().flat_map(|kpi| kpi.measures.values()) {
        if measure.fact == fact && measure.over == over && !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    measures
}

/// Works off tasks of one instant on the tables their facts read.
///
/// # Errors
/// The engine fails on a fact.
pub fn work(frame: &Frame<'_>, at: Period, cleared: &Cleared, tasks: &[Task]) -> Result<Done, MeasureError> {
    let plan = Plan::new(frame, at, &cleared.units);
    let tables = prepare::prepare(frame, at, cleared)?;
    group::group(&plan, &tables, &cleared.units, tasks)
}

/// Puts the parts of a period together, KPI by KPI. Of the closings no table is needed.
///
/// # Errors
/// The period's last closing is not among them.
pub fn assembled(
    frame: &Frame<'_>,
    period: Period,
    closings: &BTreeMap<Period, Cleared>,
    done: &Done,
    findings: Vec<Finding>,
) -> Result<MeasureFrame, MeasureError> {
    let closing = closings.get(&closing_of(&frame.calendar, period)).ok_or(MeasureError::NoNight(period))?;
    let months = closings_needed(&frame.calendar, period);
    let monthly: Vec<(Period, &Cleared)> =
        months.into_iter().filter_map(|month| Some((month, closings.get(&month)?))).collect();
    let measures = frame
        .catalogue
        .kpis
        .iter()
        .map(|kpi| (kpi.id.clone(), of_kpi(frame.catalogue, kpi, period, &monthly, done)))
        .collect();
    Ok(MeasureFrame { period, measures, missing: closing.missing.clone(), units: closing.units.clone(), findings })
}

fn of_kpi(
    catalogue: &Catalogue,
    kpi: &Kpi,
    period: Period,
    monthly: &[(Period, &Cleared)],
    done: &Done,
) -> BTreeMap<String, Parts> {
    // The same aggregate taken over another kind of instant is another figure. Empty where nothing was found.
    let parts = |at: Period, measure: &Measure| {
        let task = Task { at, fact: measure.fact.clone(), over: measure.over };
        let index = measures_of(catalogue, &measure.fact, measure.over).iter().position(|known| *known == measure);
        done.get(&task).zip(index).and_then(|(parts, index)| parts.get(index)).cloned().unwrap_or_default()
    };
    kpi.measures
        .iter()
        .map(|(name, measure)| {
            let parts = match measure.over {
                Over::Period => parts(period, measure),
                Over::MonthlyMean => {
                    // A month without any earlier night of what is counted is left out of the mean.
                    let datasets = catalogue.datasets_of(&measure.fact);
                    let needed = |closing: &Cleared| {
                        kpi.needs
                            .iter()
                            .filter(|need| datasets.contains(need))
                            .all(|need| closing.nights.contains_key(need))
                    };
                    let months: Vec<Parts> = monthly
                        .iter()
                        .filter(|(_, closing)| needed(closing))
                        .map(|(month, _)| parts(*month, measure))
                        .collect();
                    parts::mean(&months)
                }
            };
            (name.clone(), parts)
        })
        .collect()
}

/// The month, or day, whose closing state an instant is measured on.
#[must_use]
pub fn closing_of(calendar: &Calendar, at: Period) -> Period {
    closings_needed(calendar, at).last().copied().unwrap_or(at)
}

/// The months whose closing state a period needs; of a day its own.
#[must_use]
pub fn closings_needed(calendar: &Calendar, period: Period) -> Vec<Period> {
    match period.grain {
        Grain::Day | Grain::Month => vec![period],
        Grain::Quarter | Grain::Year => calendar.months(period),
    }
}

//! Measure: facts over cleared tables become additive parts by unit and dimension member.
//!
//! All measures of one fact are computed in ONE group-by over one scan at the finest grain and rolled up
//! by adding; only the aggregates that cannot be added (median, percentile, maximum) are computed afresh
//! at each level.

mod check;
mod group;
mod parts;
mod plan;
mod prepare;
mod rows;

use std::collections::BTreeMap;

use polars::prelude::PolarsError;

use crate::catalogue::{Catalogue, Kpi, Over};
use crate::finding::Finding;
use crate::period::{Calendar, Grain, Period};
use crate::quality::{Cleared, UnitTree};

pub use check::check;
pub use parts::Part;
pub use plan::Plan;
pub use rows::{FactRows, RowCell, RowTable, Seen, exceptions_of, lists_of};

/// Unit and dimension member (`""` = all members).
pub type Place = (String, String);

/// One measure's parts at every level.
pub type Parts = BTreeMap<Place, Part>;

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
    let months = closings_needed(&frame.calendar, period);
    let last = months.last().copied().unwrap_or(period);
    let cleared = closings.get(&last).ok_or(MeasureError::NoNight(period))?;
    // A period with one close is its own mean: its facts are worked through once for both.
    let is_one = months == [period];
    let over: &[Over] = if is_one { &[Over::Period, Over::MonthlyMean] } else { &[Over::Period] };
    let mut whole = parts_at(frame, period, cleared, over)?;
    let mut findings = cleared.findings.clone();
    findings.append(&mut whole.findings);
    let mut means = Vec::new();
    for month in months.iter().filter(|_| !is_one) {
        if let Some(closing) = closings.get(month) {
            means.push((closing, parts_at(frame, *month, closing, &[Over::MonthlyMean])?));
        }
    }
    let mut monthly: Vec<(&Cleared, &group::Measured)> =
        means.iter().map(|(closing, parts)| (*closing, parts)).collect();
    if is_one {
        monthly.push((cleared, &whole));
    }
    let measures = frame
        .catalogue
        .kpis
        .iter()
        .map(|kpi| (kpi.id.clone(), of_kpi(frame.catalogue, kpi, &whole, &monthly)))
        .collect();
    Ok(MeasureFrame { period, measures, missing: cleared.missing.clone(), units: cleared.units.clone(), findings })
}

fn of_kpi(
    catalogue: &Catalogue,
    kpi: &Kpi,
    measured: &group::Measured,
    monthly: &[(&Cleared, &group::Measured)],
) -> BTreeMap<String, Parts> {
    kpi.measures
        .iter()
        .map(|(name, measure)| {
            let parts = match measure.over {
                Over::Period => measured.of(measure),
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
                        .filter(|(closing, _)| needed(closing))
                        .map(|(_, parts)| parts.of(measure))
                        .collect();
                    parts::mean(&months)
                }
            };
            (name.clone(), parts)
        })
        .collect()
}

fn parts_at(
    frame: &Frame<'_>,
    period: Period,
    cleared: &Cleared,
    over: &[Over],
) -> Result<group::Measured, MeasureError> {
    let plan = Plan::new(frame, period, &cleared.units);
    let mut findings = Vec::new();
    let tables = prepare::prepare(frame, period, cleared, &mut findings)?;
    let mut measured = group::group(&plan, &tables, &cleared.units, over)?;
    measured.findings = findings;
    Ok(measured)
}

/// The months whose closing state a period needs; of a day its own.
#[must_use]
pub fn closings_needed(calendar: &Calendar, period: Period) -> Vec<Period> {
    match period.grain {
        Grain::Day | Grain::Month => vec![period],
        Grain::Quarter | Grain::Year => calendar.months(period),
    }
}

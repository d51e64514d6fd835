//! Score: measured parts become values with targets, statuses, changes, money, trust and reasons.
//!
//! Never fails: what could not be measured is a value that says why.

mod cells;
pub mod crossing;
pub mod drivers;
pub mod formula;
mod lint;
pub mod restate;
mod scores;
mod status;
mod target;
pub mod trend;
mod trust;
pub mod variance;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::abreast::abreast;
use crate::catalogue::{Catalogue, ImpactKind, Kpi, Side};
use crate::measure::MeasureFrame;
use crate::period::{Calendar, Period};
use crate::quality::UnitTree;
use crate::quantity::Unit;

use cells::Walk;
pub use cells::{Cell, Cells, Key, Members, cells};
pub use lint::check;
pub use scores::Scores;
pub use status::Status;
pub use trust::Trust;

/// Money and limits the formulas use; part of the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Constants {
    /// Reporting currency per hour of an affected user.
    pub loaded_hourly_cost: Decimal,
    /// Reporting currency per data-bearing asset disposed of without proof.
    pub breach_cost_per_asset: Decimal,
    /// Reporting currency per device and year.
    pub annual_cost_per_device: Decimal,
    /// Below this inventory accuracy or discovery a unit's asset figures carry a caveat (fraction).
    pub trust_caveat: Decimal,
    /// Below this they are withheld (fraction).
    pub trust_floor: Decimal,
}

impl Default for Constants {
    fn default() -> Self {
        Self {
            loaded_hourly_cost: Decimal::from(50),
            breach_cost_per_asset: Decimal::from(10_000),
            annual_cost_per_device: Decimal::from(600),
            trust_caveat: Decimal::new(95, 2),
            trust_floor: Decimal::new(70, 2),
        }
    }
}

/// One line of the scorecard: a KPI or companion at a unit and a dimension member.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    pub kpi: String,
    /// `""` is the headline.
    pub companion: String,
    pub business_unit: String,
    pub period: Period,
    /// `""` is all members.
    pub dimension: String,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    /// Fractions for ratios; `None` is n/a.
    pub value: Option<Decimal>,
    /// The numerator is an amount in the reporting currency.
    pub is_amount: bool,
    /// Population.
    pub rows: Option<u64>,
    pub unit: Unit,
    /// The figure of the target that applies; for bands the upper edge, else the lower.
    pub target: Option<Decimal>,
    /// How the target reads, e.g. `>= 0.95`, `1.2 to 1.5`, `below prior period`.
    pub target_words: Option<target::Applied>,
    pub status: Status,
    pub coverage: Option<Decimal>,
    /// Reporting currency.
    pub impact: Option<Decimal>,
    pub impact_kind: Option<ImpactKind>,
    pub prior_value: Option<Decimal>,
    pub prior_impact: Option<Decimal>,
    pub last_year_value: Option<Decimal>,
    /// Why n/a, not measured or withheld.
    pub reason: Option<String>,
    /// The trust figure that makes it indicative or withheld.
    pub trust: Option<Trust>,
}

pub use target::Applied;

/// All scores of one period.
#[derive(Debug, Clone)]
pub struct Scorecard {
    pub period: Period,
    pub catalogue_version: String,
    /// Sorted by KPI number, companion, unit, dimension.
    pub scores: Scores,
    pub units: UnitTree,
    /// Values of earlier periods by period, oldest first, the reported one last; those of members only of the periods that
    /// it is compared with.
    pub history: Arc<BTreeMap<Period, Cells>>,
}

/// What is known around the period scored.
pub struct Context<'a> {
    pub catalogue: &'a Catalogue,
    pub calendar: Calendar,
    pub constants: &'a Constants,
    /// First night of each dataset, for `baselining`.
    pub first_nights: &'a BTreeMap<String, chrono::NaiveDate>,
}

/// Scores `period` against the measured periods around it.
#[must_use]
pub fn score(context: &Context<'_>, period: Period, frames: &BTreeMap<Period, MeasureFrame>) -> Option<Scorecard> {
    let frame = frames.get(&period)?;
    let by_member = told_by_member(period, frames);
    let mut history: BTreeMap<Period, Cells> = BTreeMap::new();
    // Oldest first, so that last year's cells are there when a formula asks for them.
    for (at, measured) in frames {
        let members = if by_member.contains(at) { Members::Each } else { Members::Together };
        let cells = cells(context, measured, members, history.get(&at.last_year()));
        history.insert(*at, cells);
    }
    let trust = trust::trust(context.constants, &history[&period], &frame.units);
    let of_kpi = |kpi: &Kpi| -> Vec<Score> {
        let walk = |at: Period| Walk::of(history.get(&at), &kpi.id);
        let (mut prior, mut last_year) = (walk(period.prior()), walk(period.last_year()));
        let cells = history[&period].of(&kpi.id).map(|(key, cell)| {
            let beside = Beside { prior: prior.at(key), last_year: last_year.at(key) };
            one(context, kpi, (key, cell, &beside), frame, &history, trust.get(&key.unit))
        });
        cells.collect()
    };
    let kpis = &context.catalogue.kpis;
    let Ok(scores) = abreast(kpis.len(), |number| Ok::<_, Infallible>(of_kpi(&kpis[number])));
    let scores: Vec<Score> = scores.into_iter().flatten().collect();
    Some(Scorecard {
        period,
        catalogue_version: context.catalogue.version.clone(),
        scores: scores.into(),
        units: frame.units.clone(),
        history: Arc::new(history),
    })
}

/// The periods of which figures of members are told: the one scored, those that it is compared with, and the same of
/// earlier years, which formulas may ask for. The others are points of trends, and no member has one.
fn told_by_member(period: Period, frames: &BTreeMap<Period, MeasureFrame>) -> BTreeSet<Period> {
    let trend = (0..target::TREND_PERIODS).map(|back| period.shift(-back));
    let compared = [period, period.prior()].into_iter().chain(trend);
    let years = |at: Period| std::iter::successors(Some(at), |at| Some(at.last_year()));
    compared.flat_map(|at| years(at).take_while(|at| frames.contains_key(at))).collect()
}

/// The same figure in the periods it is compared with.
struct Beside<'a> {
    prior: Option<&'a Cell>,
    last_year: Option<&'a Cell>,
}

fn one(
    context: &Context<'_>,
    kpi: &Kpi,
    (key, cell, beside): (&Key, &Cell, &Beside<'_>),
    frame: &MeasureFrame,
    history: &BTreeMap<Period, Cells>,
    trust: Option<&Trust>,
) -> Score {
    let period = frame.period;
    let Beside { prior, last_year } = beside;
    let trust = trust.filter(|_| kpi.counts_assets).cloned();
    let applied =
        key.companion.is_empty().then(|| target::applied(context, kpi, key, period, &frame.units, history)).flatten();
    let (status, reason) = status::status(context, kpi, key, cell, frame, applied.as_ref(), trust.as_ref());
    let companion = kpi.companions.get(&key.companion);
    let has_impact = cell.impact.is_some();
    Score {
        kpi: kpi.id.clone(),
        companion: key.companion.clone(),
        business_unit: key.unit.clone(),
        period,
        dimension: key.member.clone(),
        numerator: cell.numerator,
        denominator: cell.denominator,
        value: cell.value,
        is_amount: match companion {
            Some(companion) => companion.unit == Unit::Money,
            None => kpi.formula.amounts.contains(&Side::Numerator),
        },
        rows: cell.rows.and_then(|rows| rows.round().to_u64()),
        unit: companion.map_or(kpi.unit, |companion| companion.unit),
        target: applied.as_ref().and_then(target::Applied::figure),
        target_words: applied,
        status,
        coverage: cell.coverage,
        impact: cell.impact,
        impact_kind: match companion {
            Some(companion) => companion.impact_kind,
            None => kpi.impact.as_ref().map(|impact| impact.kind),
        }
        .filter(|_| has_impact),
        prior_value: prior.and_then(|cell| cell.value),
        prior_impact: prior.and_then(|cell| cell.impact),
        last_year_value: last_year.and_then(|cell| cell.value),
        reason,
        trust,
    }
}

impl Scorecard {
    /// The scores of a unit and everything below it, for readers who see no more.
    #[must_use]
    pub fn within(&self, unit: &str) -> Self {
        if unit == crate::ids::ENTERPRISE {
            return self.clone();
        }
        let Self { period, catalogue_version, scores, units, history } = self;
        Self {
            period: *period,
            catalogue_version: catalogue_version.clone(),
            scores: scores.of_units(|own| units.is_within(own, unit)),
            units: units.clone(),
            history: Arc::clone(history),
        }
    }

    /// The score of a headline at a unit, all members.
    #[must_use]
    pub fn headline<'a>(&'a self, kpi: &'a str, unit: &str) -> Option<&'a Score> {
        self.find(kpi, "", unit, "")
    }

    #[must_use]
    pub fn find<'a>(&'a self, kpi: &'a str, companion: &str, unit: &str, member: &str) -> Option<&'a Score> {
        self.scores.at(kpi, unit).find(|score| score.companion == companion && score.dimension == member)
    }

    /// The members of a KPI's dimension at a unit.
    pub fn members<'a>(&'a self, kpi: &'a str, unit: &'a str) -> impl Iterator<Item = &'a Score> {
        self.scores.at(kpi, unit).filter(|score| score.companion.is_empty() && !score.dimension.is_empty())
    }

    /// A headline's values over the periods measured, oldest first.
    #[must_use]
    pub fn trend(&self, kpi: &str, unit: &str) -> Vec<(Period, Option<Decimal>)> {
        let key = Key { companion: String::new(), unit: unit.to_owned(), member: String::new() };
        self.history.iter().map(|(period, cells)| (*period, cells.get(kpi, &key).and_then(|cell| cell.value))).collect()
    }
}

//! Crossings: figures that have left their target, told once until they clear or get worse.
//!
//! The amber band is the hysteresis: a figure is open from the moment it is off target, and clears when
//! it is on target again; in between it stays what it was, so that noise around a limit tells nothing. Worse
//! is measured against the value told, not against last night's, so that a slow slide is told as well.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Applied, Score, Scorecard, Status};
use crate::catalogue::Kpi;
use crate::period::Period;
use crate::quantity::Direction;

/// What is open and was told, by KPI and business unit.
pub type Open = BTreeMap<String, BTreeMap<String, Told>>;

/// A crossing that readers know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub value: Decimal,
    /// When it was first off target.
    pub since: Period,
}

/// How a figure stands to what was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    New,
    Worse,
    /// Told before, and neither worse nor clear.
    Open,
    Cleared,
}

/// A figure off its target, or just back on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    pub kpi: String,
    pub business_unit: String,
    pub change: Change,
    pub since: Period,
    /// The value told last.
    pub told: Option<Decimal>,
}

/// Without an amber band a change of this share of the target is worse.
const WORSE_SHARE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Compares the figures of `kpis` at every unit of `units` with what was told; the second part is what
/// readers know once the first has reached them.
#[must_use]
pub fn crossings(card: &Scorecard, kpis: &[&Kpi], units: &[String], before: &Open) -> (Vec<Crossing>, Open) {
    let (mut found, mut open) = (Vec::new(), Open::new());
    for kpi in kpis {
        for unit in units {
            let told = before.get(&kpi.id).and_then(|units| units.get(unit));
            let Some(score) = card.headline(&kpi.id, unit) else {
                keep(&mut open, kpi, unit, told);
                continue;
            };
            let Some((change, now)) = judge(kpi, score, told) else { continue };
            let since = told.map_or(card.period, |told| told.since);
            found.push(Crossing {
                kpi: kpi.id.clone(),
                business_unit: unit.clone(),
                change,
                since,
                told: told.map(|told| told.value),
            });
            if let Some(value) = now {
                keep(&mut open, kpi, unit, Some(&Told { value, since }));
            }
        }
        // Without a tree of units nothing is known of any of them; a unit that left the tree is closed.
        let strangers = before.get(&kpi.id).into_iter().flatten().filter(|(unit, _)| !units.contains(unit));
        for (unit, told) in strangers.filter(|_| card.units.names().next().is_none()) {
            keep(&mut open, kpi, unit, Some(told));
        }
    }
    found.sort_by_key(|crossing| crossing.change);
    (found, open)
}

fn keep(open: &mut Open, kpi: &Kpi, unit: &str, told: Option<&Told>) {
    if let Some(told) = told {
        open.entry(kpi.id.clone()).or_default().insert(unit.to_owned(), told.clone());
    }
}

/// Whether there is anything that readers do not know yet.
#[must_use]
pub fn is_news(crossings: &[Crossing]) -> bool {
    crossings.iter().any(|crossing| matches!(crossing.change, Change::New | Change::Worse))
}

/// How it changed, and the value that is known from now on.
fn judge(kpi: &Kpi, score: &Score, told: Option<&Told>) -> Option<(Change, Option<Decimal>)> {
    let value = score.value.unwrap_or_default();
    match (score.status, told) {
        (Status::OnTarget, Some(_)) => Some((Change::Cleared, None)),
        (Status::OffTarget, None) => Some((Change::New, Some(value))),
        (Status::OffTarget | Status::Watch, Some(told)) if is_worse(kpi, score, told) => {
            Some((Change::Worse, Some(value)))
        }
        // What cannot be judged tonight is neither clear nor worse.
        (
            Status::OffTarget
            | Status::Watch
            | Status::NoTarget
            | Status::Baselining
            | Status::NotApplicable
            | Status::NotMeasured
            | Status::Withheld,
            Some(told),
        ) => Some((Change::Open, Some(told.value))),
        (
            Status::OnTarget
            | Status::Watch
            | Status::NoTarget
            | Status::Baselining
            | Status::NotApplicable
            | Status::NotMeasured
            | Status::Withheld,
            None,
        ) => None,
    }
}

/// Worse than told by more than the amber band.
fn is_worse(kpi: &Kpi, score: &Score, told: &Told) -> bool {
    let Some(value) = score.value else { return false };
    let step = match &score.target_words {
        Some(Applied::Limit { amber, value: target, .. }) if amber.is_zero() => target.abs() * WORSE_SHARE,
        Some(Applied::Limit { amber, .. } | Applied::Band { amber, .. }) => *amber,
        Some(Applied::Trend { .. }) | None => told.value.abs() * WORSE_SHARE,
    };
    let lost = match kpi.direction {
        Direction::Higher => told.value - value,
        Direction::Lower => value - told.value,
        Direction::Zero => value.abs() - told.value.abs(),
        Direction::Band => match &score.target_words {
            Some(Applied::Band { low, high, .. }) => outside(value, *low, *high) - outside(told.value, *low, *high),
            Some(Applied::Limit { .. } | Applied::Trend { .. }) | None => value.abs() - told.value.abs(),
        },
    };
    lost > step
}

/// How far a value lies outside a band; zero inside it.
fn outside(value: Decimal, low: Decimal, high: Option<Decimal>) -> Decimal {
    let above = high.map_or(Decimal::ZERO, |high| value - high);
    above.max(low - value).max(Decimal::ZERO)
}

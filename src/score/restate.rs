//! Restatement: published figures against what they would be now, with the feed that moved them.
//!
//! A figure is named with the feeds of the side of its formula that moved, numerator or denominator, as far as
//! their rows have changed: of a flow the rows dated in the period, where those have changed at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use super::formula::Formula;
use super::{Cell, Key, Scorecard};
use crate::catalogue::{Catalogue, Kpi, KpiKind};
use crate::period::Period;

/// What a feed said about one period: enough to see later whether it still says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// The newest night that stood for the period's end.
    pub night: NaiveDate,
    /// Rows that count: of a snapshot all, of a ledger those dated before the period's end.
    pub rows: u64,
    /// Changes with the content.
    pub digest: String,
    /// Of a ledger, the rows dated in the period itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
}

/// The part of a ledger that is dated in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    pub rows: u64,
    pub digest: String,
}

/// Footprints by period and dataset.
pub type Footprints = BTreeMap<Period, BTreeMap<String, Footprint>>;

/// A figure as it was published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
}

/// A scorecard that has been published, as far as restatements need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    pub period: Period,
    pub revision: u32,
    /// Headline figures by KPI at the report's own unit.
    pub figures: BTreeMap<String, Figure>,
    pub feeds: BTreeMap<String, Footprint>,
}

/// What an issue tells of an earlier period, so that the next one does not tell it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Retold {
    /// Restated figures by KPI.
    pub figures: BTreeMap<String, Figure>,
    /// What the feeds said when it was told.
    pub feeds: BTreeMap<String, Footprint>,
}

/// A published figure that is another one now.
#[derive(Debug, Clone, PartialEq)]
pub struct Restatement {
    pub kpi: String,
    pub period: Period,
    pub published: Option<Decimal>,
    pub restated: Option<Decimal>,
    pub feeds: Vec<MovedFeed>,
}

/// A feed of the KPI that no longer says what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedFeed {
    pub dataset: String,
    pub rows_before: u64,
    pub rows_now: u64,
}

/// A smaller difference, as a share of the value, is the rounding of a float.
const TOLERANCE: f64 = 1e-9;

/// What has been published differently, newest period first, in the order of the KPIs.
#[must_use]
pub fn restate(
    catalogue: &Catalogue,
    card: &Scorecard,
    unit: &str,
    kpis: &[String],
    published: &[Published],
    footprints: &Footprints,
) -> Vec<Restatement> {
    let mut issues: Vec<&Published> = published.iter().collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.period));
    let mut restatements = Vec::new();
    for issue in issues {
        let Some(cells) = card.history.get(&issue.period) else { continue };
        for kpi in kpis.iter().filter_map(|id| catalogue.kpi(id)) {
            // A KPI that was not in the catalogue then has nothing to be restated.
            let Some(then) = issue.figures.get(&kpi.id) else { continue };
            let cell = cells.get(&kpi.id, &key(unit));
            let restated = cell.and_then(|cell| cell.value);
            if !same(then.value, restated) {
                let facts = moved_facts(kpi, then, cell);
                restatements.push(Restatement {
                    kpi: kpi.id.clone(),
                    period: issue.period,
                    published: then.value.and_then(Decimal::from_f64),
                    restated,
                    feeds: moved(catalogue, kpi, &facts, &issue.feeds, footprints.get(&issue.period)),
                });
            }
        }
    }
    restatements
}

/// What is told by these restatements, by period.
#[must_use]
pub fn retold(
    card: &Scorecard,
    unit: &str,
    restatements: &[Restatement],
    footprints: &Footprints,
) -> BTreeMap<Period, Retold> {
    let mut told: BTreeMap<Period, Retold> = BTreeMap::new();
    for restated in restatements {
        let cell = card.history.get(&restated.period).and_then(|cells| cells.get(&restated.kpi, &key(unit)));
        let figure = |pick: fn(&Cell) -> Option<Decimal>| float(cell.and_then(pick));
        let figure = Figure {
            value: float(restated.restated),
            numerator: figure(|cell| cell.numerator),
            denominator: figure(|cell| cell.denominator),
        };
        let period = told.entry(restated.period).or_default();
        period.figures.insert(restated.kpi.clone(), figure);
        period.feeds = footprints.get(&restated.period).cloned().unwrap_or_default();
    }
    told
}

fn key(unit: &str) -> Key {
    Key { companion: String::new(), unit: unit.to_owned(), member: String::new() }
}

fn float(value: Option<Decimal>) -> Option<f64> {
    value.and_then(|value| value.to_string().parse().ok())
}

fn same(published: Option<f64>, restated: Option<Decimal>) -> bool {
    match (published, float(restated)) {
        (None, None) => true,
        (Some(then), Some(now)) => (now - then).abs() <= TOLERANCE * then.abs().max(1.0),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The facts under the side of the formula that moved; under both where that cannot be told.
fn moved_facts(kpi: &Kpi, then: &Figure, now: Option<&Cell>) -> Vec<String> {
    let side = |pick: fn(&Cell) -> Option<Decimal>| now.and_then(pick);
    let above = !same(then.numerator, side(|cell| cell.numerator));
    let below = !same(then.denominator, side(|cell| cell.denominator));
    // A figure that appears or goes stands on a condition over anything.
    let whole = then.value.is_none() || side(|cell| cell.value).is_none() || !(above || below);
    let mut names = BTreeSet::new();
    if above {
        gather(kpi, &kpi.formula.numerator, &mut names);
    }
    if let Some(denominator) = kpi.formula.denominator.as_deref().filter(|_| below) {
        gather(kpi, denominator, &mut names);
    }
    let facts: BTreeSet<&String> = names.iter().map(|name| &kpi.measures[name].fact).collect();
    if whole || facts.is_empty() { kpi.facts() } else { facts.into_iter().cloned().collect() }
}

/// The measures a formula stands on, by way of companions too.
fn gather(kpi: &Kpi, text: &str, measures: &mut BTreeSet<String>) {
    let Ok(formula) = Formula::parse(text) else { return };
    for name in formula.names() {
        let name = name.rsplit('.').next().unwrap_or(name);
        if kpi.measures.contains_key(name) {
            measures.insert(name.to_owned());
        } else if let Some(companion) = kpi.companions.get(name).filter(|companion| companion.numerator != text) {
            gather(kpi, &companion.numerator, measures);
        }
    }
}

/// The feeds under these facts whose content for the period has changed.
fn moved(
    catalogue: &Catalogue,
    kpi: &Kpi,
    facts: &[String],
    then: &BTreeMap<String, Footprint>,
    now: Option<&BTreeMap<String, Footprint>>,
) -> Vec<MovedFeed> {
    let mut datasets: BTreeSet<String> = facts.iter().flat_map(|fact| catalogue.datasets_of(fact)).collect();
    let has_money = |dataset: &String| {
        catalogue.contracts.get(dataset).is_some_and(|contract| contract.money_columns().next().is_some())
    };
    // Whatever is counted in money stands on the rates too.
    if datasets.iter().any(has_money) {
        datasets.insert("fx_rates".to_owned());
    }
    let pair = |dataset: &String| (then.get(dataset), now.and_then(|feeds| feeds.get(dataset)));
    let whole = |print: &Footprint| (print.rows, print.digest.clone());
    let own = |print: &Footprint| {
        print.own.as_ref().map_or_else(|| (print.rows, print.digest.clone()), |own| (own.rows, own.digest.clone()))
    };
    let changed = |datasets: &BTreeSet<String>, taken: &dyn Fn(&Footprint) -> (u64, String)| -> Vec<MovedFeed> {
        let moved =
            datasets.iter().filter_map(|dataset| {
                let (before, after) = pair(dataset);
                let (before, after) = (before.map(taken), after.map(taken));
                let rows = |print: &Option<(u64, String)>| print.as_ref().map_or(0, |(rows, _)| *rows);
                (before.as_ref().map(|(_, digest)| digest) != after.as_ref().map(|(_, digest)| digest))
                    .then(|| MovedFeed { dataset: dataset.clone(), rows_before: rows(&before), rows_now: rows(&after) })
            });
        moved.collect()
    };
    // The flow of a mixed figure is of the period too; its stock has no dates to tell.
    let is_of_the_period = matches!(kpi.kind, KpiKind::Flow | KpiKind::Mixed) && kpi.windows.is_empty();
    let narrow = if is_of_the_period { changed(&datasets, &own) } else { Vec::new() };
    let wide = if narrow.is_empty() { changed(&datasets, &whole) } else { narrow };
    // Nothing counted has changed: then where it is counted.
    if wide.is_empty() { changed(&BTreeSet::from(["business_units".to_owned()]), &whole) } else { wide }
}

//! Restatement: published figures against what they would be now, with the feed that moved them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

use super::{Key, Scorecard};
use crate::catalogue::{Catalogue, Kpi};
use crate::period::Period;

/// What a feed said about one period: enough to see later whether it still says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// The newest night that stood for the period's end.
    pub night: NaiveDate,
    /// Rows that count: of a snapshot all, of a ledger those of the period.
    pub rows: u64,
    /// Changes with the content.
    pub digest: String,
}

/// Footprints by period and dataset.
pub type Footprints = BTreeMap<Period, BTreeMap<String, Footprint>>;

/// A scorecard that has been published, as far as restatements need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    pub period: Period,
    pub revision: u32,
    /// Headline values by KPI at the report's own unit.
    pub values: BTreeMap<String, Option<f64>>,
    /// Their statuses, in the words of the KPI book.
    pub statuses: BTreeMap<String, String>,
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
    issues.sort_by(|a, b| b.period.cmp(&a.period));
    let mut restatements = Vec::new();
    for issue in issues {
        let Some(cells) = card.history.get(&issue.period) else { continue };
        for kpi in kpis.iter().filter_map(|id| catalogue.kpi(id)) {
            // A KPI that was not in the catalogue then has nothing to be restated.
            let Some(published) = issue.values.get(&kpi.id) else { continue };
            let key = Key { companion: String::new(), unit: unit.to_owned(), member: String::new() };
            let restated = cells.get(&kpi.id, &key).and_then(|cell| cell.value);
            if !same(*published, restated) {
                restatements.push(Restatement {
                    kpi: kpi.id.clone(),
                    period: issue.period,
                    published: published.and_then(Decimal::from_f64),
                    restated,
                    feeds: moved(catalogue, kpi, &issue.feeds, footprints.get(&issue.period)),
                });
            }
        }
    }
    restatements
}

fn same(published: Option<f64>, restated: Option<Decimal>) -> bool {
    match (published, restated.and_then(|value| value.to_string().parse::<f64>().ok())) {
        (None, None) => true,
        (Some(then), Some(now)) => (now - then).abs() <= TOLERANCE * then.abs().max(1.0),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The feeds under a KPI whose content for the period has changed.
fn moved(
    catalogue: &Catalogue,
    kpi: &Kpi,
    then: &BTreeMap<String, Footprint>,
    now: Option<&BTreeMap<String, Footprint>>,
) -> Vec<MovedFeed> {
    let mut datasets: Vec<String> =
        kpi.facts().iter().flat_map(|fact| catalogue.datasets_of(fact)).chain(kpi.needs.iter().cloned()).collect();
    // Whatever is counted in money stands on the rates too.
    datasets.push("fx_rates".to_owned());
    datasets.sort();
    datasets.dedup();
    datasets
        .into_iter()
        .filter_map(|dataset| {
            let (before, after) = (then.get(&dataset), now.and_then(|feeds| feeds.get(&dataset)));
            let changed = before.map(|print| &print.digest) != after.map(|print| &print.digest);
            let rows = |print: Option<&Footprint>| print.map_or(0, |print| print.rows);
            changed.then(|| MovedFeed { rows_before: rows(before), rows_now: rows(after), dataset })
        })
        .collect()
}

//! The gate: every rule on every dataset, one pass over each table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::delivery::deliveries;
use super::{Broken, Cleared, compare, known, rows};
use crate::catalogue::gate::{Check, Freshness, Head, Rule, Severity};
use crate::catalogue::{Contract, Gate};
use crate::conform::{ConformError, Conformed};
use crate::ids::{ENTERPRISE, UNASSIGNED, did_you_mean};

/// What the gate looks at: the tables of a period's end, and the nights before.
#[derive(Debug)]
pub struct Evening<'a> {
    pub contracts: &'a BTreeMap<String, Contract>,
    pub cleared: &'a Cleared,
    /// By dataset and night; a ledger stands once, with all its nights.
    pub conformed: &'a BTreeMap<(String, NaiveDate), Arc<Conformed>>,
    /// First and last day of each period looked at, the oldest first, the reported one last.
    pub spans: &'a [(NaiveDate, NaiveDate)],
}

impl Evening<'_> {
    /// The conformed nights of a dataset.
    pub(super) fn of(&self, dataset: &str) -> impl Iterator<Item = (&(String, NaiveDate), &Arc<Conformed>)> {
        self.conformed.range((dataset.to_owned(), NaiveDate::MIN)..=(dataset.to_owned(), NaiveDate::MAX))
    }

    /// The night the period rests on, as conformed: its units as delivered.
    pub(super) fn own(&self, dataset: &str) -> Option<&Conformed> {
        let night = self.cleared.nights.get(dataset)?;
        self.conformed.get(&(dataset.to_owned(), *night)).map(Arc::as_ref)
    }

    pub(super) fn last_day(&self) -> NaiveDate {
        self.spans.last().map_or(NaiveDate::MAX, |(_, last)| *last)
    }
}

/// Every rule that does not hold, and where; nothing is waived yet.
///
/// # Errors
/// The engine refuses a rule's condition.
pub fn gate(rules: &Gate, evening: &Evening<'_>) -> Result<Vec<Broken>, ConformError> {
    let mut broken = about_deliveries(rules, evening);
    let all = evening.contracts.keys().cloned().collect();
    broken.extend(about_rows(rules, evening, &all)?.into_values().flatten());
    Ok(broken)
}

/// The rules that need no table: about nights, files and what came before.
#[must_use]
pub fn about_deliveries(rules: &Gate, evening: &Evening<'_>) -> Vec<Broken> {
    let mut broken = unknown_units(rules, evening);
    for contract in evening.contracts.values() {
        for rule in rules.freshness.iter().filter(|rule| rule.covers(contract)) {
            broken.extend(stale(rule, contract, evening));
        }
        if let Some(came) = deliveries(evening, contract) {
            compare::compare(rules, contract, &came, &mut broken);
        }
    }
    broken
}

/// The rules about the rows of these datasets, whose tables and those they refer to have to be there.
///
/// # Errors
/// The engine refuses a rule's condition.
pub fn about_rows(
    rules: &Gate,
    evening: &Evening<'_>,
    datasets: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Broken>>, ConformError> {
    let contracts: Vec<&Contract> = datasets.iter().filter_map(|dataset| evening.contracts.get(dataset)).collect();
    let known = known::known(rules, evening, &contracts)?;
    let mut by_dataset = BTreeMap::new();
    for contract in contracts {
        let mut broken = Vec::new();
        rows::rows(rules, &known, contract, evening, &mut broken)?;
        by_dataset.insert(contract.dataset.clone(), broken);
    }
    Ok(by_dataset)
}

/// The datasets that rules about the rows of a dataset refer to.
#[must_use]
pub fn referred(rules: &Gate, contract: &Contract) -> BTreeSet<String> {
    let covering = rules.references.iter().filter(|rule| rule.covers(contract));
    let to = covering.flat_map(|rule| &rule.limits.to).filter_map(|to| to.split_once('.'));
    to.map(|(dataset, _)| dataset.to_owned()).collect()
}

fn stale(rule: &Rule<Freshness>, contract: &Contract, evening: &Evening<'_>) -> Option<Broken> {
    let head = rule.head(Check::Freshness);
    let dataset = contract.dataset.as_str();
    let say = |message: String, remedy: &str| Broken::new(&head, dataset, &contract.owner, message, remedy);
    let Some(night) = evening.cleared.nights.get(dataset) else {
        let because = evening.cleared.missing.get(dataset)?;
        return rule.limits.missing.then(|| say(because.clone(), "deliver it"));
    };
    let age = (evening.last_day() - *night).num_days();
    (age > rule.limits.days?).then(|| {
        let message = format!("the newest night is {age} days older than the period's end");
        let file = evening.own(dataset).and_then(|own| own.files.last().map(String::as_str));
        say(message, "deliver the period's own nights").in_file(file)
    })
}

/// A rule limited to a unit that does not exist would look at nothing and never break.
fn unknown_units(rules: &Gate, evening: &Evening<'_>) -> Vec<Broken> {
    let units = &evening.cleared.units;
    let mut broken = Vec::new();
    for head in rules.heads().into_iter().filter(|head| head.level > Severity::Allow) {
        let known = |unit: &str| unit == ENTERPRISE || unit == UNASSIGNED || units.contains(unit);
        for unit in head.scope.business_units.iter().filter(|unit| !known(unit)) {
            let hint = did_you_mean(unit, units.names());
            let message = format!("the scope of rule `{}` names `{unit}`, which is no business unit{hint}", head.code);
            let head = Head { level: Severity::Warn, ..head };
            let said =
                Broken::new(&head, "business_units", "data_owner", message, "correct the rule in config/gate.toml");
            broken.push(said.of_unit(Some(unit)));
        }
    }
    broken
}

/// `12.5 %`, for messages.
pub(super) fn percent(part: f64, whole: f64) -> String {
    format!("{:.1} %", 100.0 * part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "shares of row counts far below 2^52")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

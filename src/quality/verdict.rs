//! The verdict: broken rules, less those that are waived, decide whether a report goes out.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::catalogue::gate::{Check, Gate, Head, Severity, Waiver};
use crate::finding::{Finding, Level};

/// A rule that does not hold at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The rule's code.
    pub rule: String,
    pub check: Check,
    pub level: Severity,
    pub business_unit: Option<String>,
    /// The role to be told.
    pub owner: String,
    /// What is wrong in which file and how much, and what the owner has to do. Of a rule about results
    /// the dataset is the KPI.
    pub finding: Finding,
}

/// Whether the figures of a period may go out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Verdict {
    #[default]
    Send,
    /// They go out and say that they are provisional.
    Provisional { because: Vec<Broken> },
    /// They do not go out; the owners are told.
    Hold { because: Vec<Broken> },
}

/// The verdict, and what is said about the rules.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Rules that are broken and not waived, the gravest first.
    pub broken: Vec<Broken>,
    /// Broken and waived rules; waivers that have expired or match nothing.
    pub findings: Vec<Finding>,
}

impl Broken {
    /// A broken rule. `remedy` follows "ask <owner> to".
    pub(crate) fn new(head: &Head<'_>, dataset: &str, owner: &str, message: String, remedy: &str) -> Self {
        let (level, then) = match head.level {
            Severity::Allow | Severity::Warn => (Level::Warning, ""),
            Severity::Provisional => (Level::Error, "; the report says PROVISIONAL until then"),
            Severity::Hold => (Level::Error, "; the report is held until then"),
        };
        Self {
            rule: head.code.to_owned(),
            check: head.check,
            level: head.level,
            business_unit: None,
            owner: owner.to_owned(),
            finding: Finding::dataset(level, head.code, dataset, message, format!("ask {owner} to {remedy}{then}")),
        }
    }

    pub(crate) fn in_file(mut self, file: Option<&str>) -> Self {
        self.finding.file = file.map(str::to_owned);
        self
    }

    pub(crate) fn at(mut self, row: Option<u64>, column: Option<&str>) -> Self {
        self.finding = self.finding.at(row, column);
        self
    }

    pub(crate) fn times(mut self, count: u64) -> Self {
        self.finding.count = count;
        self
    }

    pub(crate) fn of_unit(mut self, unit: Option<&str>) -> Self {
        self.business_unit = unit.map(str::to_owned);
        self
    }

    fn is_waived_by(&self, waiver: &Waiver) -> bool {
        let same = |wanted: &Option<String>, own: Option<&str>| wanted.as_deref().is_none_or(|w| own == Some(w));
        waiver.rule == self.rule
            && same(&waiver.dataset, Some(&self.finding.dataset))
            && same(&waiver.column, self.finding.column.as_deref())
            && same(&waiver.business_unit, self.business_unit.as_deref())
    }

    /// What a graver rule of the same check may have said already.
    fn place(&self) -> (Check, String, Option<String>, Option<String>, Option<String>) {
        let finding = &self.finding;
        (self.check, finding.dataset.clone(), finding.file.clone(), finding.column.clone(), self.business_unit.clone())
    }
}

/// Weighs the broken rules of a period that ends on `last_day`: at one place the gravest rule of a check
/// speaks alone, and a waiver that still counts silences it.
#[must_use]
pub fn judge(gate: &Gate, mut broken: Vec<Broken>, last_day: NaiveDate) -> Judgement {
    broken.sort_by_cached_key(|broken| {
        (Reverse(broken.level), broken.finding.dataset.clone(), broken.rule.clone(), broken.place())
    });
    let mut places = BTreeSet::new();
    broken.retain(|broken| places.insert(broken.place()));
    let mut findings = Vec::new();
    for waiver in &gate.waivers {
        let counts = waiver.counts_on(last_day);
        match (counts, broken.iter().any(|broken| broken.is_waived_by(waiver))) {
            (true, true) => {}
            (true, false) => findings.push(about(
                waiver,
                Level::Note,
                "waiver_unused",
                format!("the waiver of `{}` matches nothing in this period", waiver.rule),
                "take it out of config/gate.toml",
            )),
            (false, still) => findings.push(about(
                waiver,
                Level::Warning,
                "waiver_expired",
                format!(
                    "the waiver of `{}` counted until {} ({}){}",
                    waiver.rule,
                    waiver.until,
                    waiver.reason.trim(),
                    if still { "; the rule is still broken" } else { "" }
                ),
                if still { "repair the feed, or decide anew and give another day" } else { "take it out" },
            )),
        }
    }
    let mut standing = Vec::new();
    for one in broken {
        match gate.waivers.iter().find(|waiver| waiver.counts_on(last_day) && one.is_waived_by(waiver)) {
            None => standing.push(one),
            Some(waiver) => {
                let message =
                    format!("{}; waived until {}: {}", one.finding.message, waiver.until, waiver.reason.trim());
                let hint = format!("the waiver of `{}` ends by itself; until then nothing is to be done", waiver.rule);
                findings.push(Finding { level: Level::Note, message, hint, ..one.finding });
            }
        }
    }
    let because = |level: Severity| standing.iter().filter(|b| b.level == level).cloned().collect::<Vec<_>>();
    let verdict = match standing.first().map(|broken| broken.level) {
        Some(Severity::Hold) => Verdict::Hold { because: because(Severity::Hold) },
        Some(Severity::Provisional) => Verdict::Provisional { because: because(Severity::Provisional) },
        Some(Severity::Warn | Severity::Allow) | None => Verdict::Send,
    };
    findings.splice(0..0, standing.iter().map(|broken| broken.finding.clone()));
    Judgement { verdict, broken: standing, findings }
}

fn about(waiver: &Waiver, level: Level, code: &str, message: String, hint: &str) -> Finding {
    let dataset = waiver.dataset.as_deref().unwrap_or("gate");
    Finding::dataset(level, code, dataset, message, hint)
}

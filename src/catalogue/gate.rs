//! The gate's rules: what has to hold before figures go out, and what is let pass with a reason.
//!
//! `config/gate.toml` and every file of `config/gate/`. Rules of a check stand under its name, so that a
//! wrong or unknown field is told with its line. A rule holds within its scope and is judged on its own.

mod lint;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Contract, DatasetKind, Files, Mistake, line_of, parse};
use crate::ids::ENTERPRISE;

pub use lint::lint;

/// All rules, by what they check, and the waivers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    pub freshness: Vec<Rule<Freshness>>,
    pub volume: Vec<Rule<Volume>>,
    pub duplicates: Vec<Rule<Share>>,
    pub rejects: Vec<Rule<Share>>,
    pub headers: Vec<Rule<Headers>>,
    pub nulls: Vec<Rule<Nulls>>,
    pub references: Vec<Rule<Reference>>,
    pub ranges: Vec<Rule<Range>>,
    pub results: Vec<Rule<Outcome>>,
    pub waivers: Vec<Waiver>,
    /// The files read, for the places of mistakes.
    #[serde(skip)]
    texts: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule<L> {
    /// Its name in findings and waivers.
    pub code: String,
    pub level: Severity,
    #[serde(default)]
    pub scope: Scope,
    pub limits: L,
}

/// What a broken rule does; the graver is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing: the rule is switched off.
    Allow,
    /// A finding; the report goes out as it is.
    Warn,
    /// The report goes out and says that it is provisional.
    Provisional,
    /// The report does not go out.
    Hold,
}

/// Where a rule holds. What is not given does not limit it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    pub kinds: Vec<DatasetKind>,
    pub datasets: Vec<String>,
    /// Datasets left out.
    pub except: Vec<String>,
    pub columns: Vec<String>,
    /// Rows of these units and of all below them; for results the scores of exactly these levels.
    pub business_units: Vec<String>,
    /// SQL condition: only these rows are looked at.
    pub rows: Option<String>,
}

/// How old the newest night may be at the period's end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    pub days: Option<i64>,
    /// A feed that did not come at all breaks the rule too.
    #[serde(default)]
    pub missing: bool,
}

/// Rows of the period's night against the median of earlier nights; a ledger's nights of one period are
/// one delivery.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Per cent below the median.
    pub fall_percent: Option<f64>,
    /// Per cent above the median.
    pub rise_percent: Option<f64>,
    /// A smaller difference in rows is never told.
    #[serde(default = "ten")]
    pub least_rows: u64,
    /// Earlier nights looked at.
    #[serde(default = "six")]
    pub nights: usize,
    /// With fewer there is nothing to compare with.
    #[serde(default = "three")]
    pub least_nights: usize,
}

/// A share of the rows of one file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub percent: f64,
    /// Fewer rows than this are never told.
    #[serde(default = "five")]
    pub least_rows: u64,
}

/// Columns that came or went since the night before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    pub change: HeaderChange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderChange {
    /// A column of the contract that was there is no longer.
    Vanished,
    /// A column that was not there, known to the contract or not.
    Appeared,
}

/// Share of empty cells of a column against the median of earlier nights.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nulls {
    /// Percentage points above the median.
    pub rise_points: f64,
    /// Fewer empty cells than this beyond the median's are never told.
    #[serde(default = "ten")]
    pub least_rows: u64,
    #[serde(default = "six")]
    pub nights: usize,
    #[serde(default = "one")]
    pub least_nights: usize,
}

/// Values that name nothing known; empty cells name nothing and are left alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// `dataset.column`: a value known in one of them is known.
    pub to: Vec<String>,
    /// Per cent of the rows with a value.
    pub percent: f64,
    #[serde(default = "five")]
    pub least_rows: u64,
}

/// What a value can be, limits included.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Numbers; money is compared in the row's own currency.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Dates and stamps: the first day that can be true.
    pub earliest: Option<NaiveDate>,
    /// Dates and stamps: days after the night in which the row was delivered.
    pub days_ahead: Option<i32>,
    /// Per cent of the rows with a value that may lie outside.
    #[serde(default)]
    pub percent: f64,
    #[serde(default = "one_row")]
    pub least_rows: u64,
}

/// What a KPI's figure can be, at the total of its dimension.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub kpis: Vec<String>,
    /// Empty: the headline.
    #[serde(default)]
    pub companion: String,
    #[serde(default)]
    pub figure: Figure,
    /// In the figure's own unit; ratios are fractions.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Per cent below the prior period.
    pub fall_percent: Option<f64>,
    /// Per cent above the prior period.
    pub rise_percent: Option<f64>,
    /// A smaller population, now and in the prior period, is not judged.
    #[serde(default = "ten")]
    pub least_rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    #[default]
    Value,
    Numerator,
    Denominator,
    Impact,
    /// The population.
    Rows,
}

/// A broken rule that is let pass, within what is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule's code.
    pub rule: String,
    /// The dataset, or the KPI of a rule about results.
    pub dataset: Option<String>,
    pub column: Option<String>,
    pub business_unit: Option<String>,
    pub reason: String,
    /// Counts for periods that end on or before this day.
    pub until: NaiveDate,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Check {
    Freshness,
    Volume,
    Duplicates,
    Rejects,
    Headers,
    Nulls,
    References,
    Ranges,
    Results,
}

/// A rule without its limits.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub check: Check,
    pub code: &'a str,
    pub level: Severity,
    pub scope: &'a Scope,
}

impl Gate {
    /// Reads `gate.toml` and the files of `gate/`; all of them count.
    pub(super) fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Self {
        let mut gate = Self::default();
        for (path, text) in files {
            let is_own = path == "gate.toml"
                || path.strip_prefix("gate/").is_some_and(|name| name.strip_suffix(".toml").is_some());
            let Some(read) = is_own.then(|| parse::<Self>(path, text, mistakes)).flatten() else { continue };
            gate.freshness.extend(read.freshness);
            gate.volume.extend(read.volume);
            gate.duplicates.extend(read.duplicates);
            gate.rejects.extend(read.rejects);
            gate.headers.extend(read.headers);
            gate.nulls.extend(read.nulls);
            gate.references.extend(read.references);
            gate.ranges.extend(read.ranges);
            gate.results.extend(read.results);
            gate.waivers.extend(read.waivers);
            gate.texts.insert(path.clone(), text.clone());
        }
        gate
    }

    /// Every rule, in the order of the checks.
    #[must_use]
    pub fn heads(&self) -> Vec<Head<'_>> {
        fn of<L>(check: Check, rules: &[Rule<L>]) -> impl Iterator<Item = Head<'_>> {
            rules.iter().map(move |rule| rule.head(check))
        }
        of(Check::Freshness, &self.freshness)
            .chain(of(Check::Volume, &self.volume))
            .chain(of(Check::Duplicates, &self.duplicates))
            .chain(of(Check::Rejects, &self.rejects))
            .chain(of(Check::Headers, &self.headers))
            .chain(of(Check::Nulls, &self.nulls))
            .chain(of(Check::References, &self.references))
            .chain(of(Check::Ranges, &self.ranges))
            .chain(of(Check::Results, &self.results))
            .collect()
    }

    /// A mistake in the rule of a code: at `needle` below the code, else at the code.
    #[must_use]
    pub fn mistake(&self, code: &str, needle: &str, message: String) -> Mistake {
        self.mistake_at("code", code, needle, message)
    }

    fn mistake_at(&self, field: &str, code: &str, needle: &str, message: String) -> Mistake {
        let written = format!("{field} = \"{code}\"");
        let found = self.texts.iter().find_map(|(path, text)| Some((path, text, text.find(&written)?)));
        let Some((path, text, start)) = found else {
            return Mistake { file: "config/gate.toml".to_owned(), line: None, message };
        };
        let offset = text[start..].find(needle).map_or(start, |below| start + below);
        Mistake { file: format!("config/{path}"), line: Some(line_of(text, offset)), message }
    }
}

impl<L> Rule<L> {
    /// Whether it is to be judged on a dataset.
    #[must_use]
    pub fn covers(&self, contract: &Contract) -> bool {
        self.level > Severity::Allow && self.scope.covers(contract)
    }

    #[must_use]
    pub fn head(&self, check: Check) -> Head<'_> {
        Head { check, code: &self.code, level: self.level, scope: &self.scope }
    }
}

impl Scope {
    #[must_use]
    pub fn covers(&self, contract: &Contract) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&contract.kind))
            && (self.datasets.is_empty() || self.datasets.contains(&contract.dataset))
            && !self.except.contains(&contract.dataset)
            && (self.columns.is_empty() || self.columns.iter().any(|column| contract.columns.contains_key(column)))
    }

    #[must_use]
    pub fn covers_column(&self, column: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|own| own == column)
    }

    /// Whether only rows of some units are meant.
    #[must_use]
    pub fn is_by_unit(&self) -> bool {
        !self.business_units.is_empty() && !self.business_units.iter().any(|unit| unit == ENTERPRISE)
    }
}

impl Gate {
    /// The age in days from which on a feed speaks of another period than one that ends on a day: where a rule that
    /// would not let the report pass as it is says so, and nobody has waived it.
    #[must_use]
    pub fn stale_after(&self, contract: &Contract, last_day: NaiveDate) -> Option<i64> {
        let is_waived = |rule: &Rule<Freshness>| {
            let of_dataset = |waiver: &Waiver| waiver.dataset.as_ref().is_none_or(|own| *own == contract.dataset);
            self.waivers
                .iter()
                .any(|waiver| waiver.rule == rule.code && of_dataset(waiver) && waiver.counts_on(last_day))
        };
        let rules = self.freshness.iter().filter(|rule| rule.covers(contract) && rule.level >= Severity::Provisional);
        rules.filter(|rule| !is_waived(rule)).filter_map(|rule| rule.limits.days).min()
    }
}

impl Waiver {
    /// Whether it still counts for a period that ends on a day.
    #[must_use]
    pub fn counts_on(&self, last_day: NaiveDate) -> bool {
        last_day <= self.until
    }
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

fn six() -> usize {
    6
}

fn one_row() -> u64 {
    1
}

fn five() -> u64 {
    5
}

fn ten() -> u64 {
    10
}

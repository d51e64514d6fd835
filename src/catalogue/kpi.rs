//! KPIs: question, measures, formula, targets, impact and exception list, one TOML file each.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::quantity::{Direction, Unit};

/// A KPI's definition file, `config/catalogue/kpis/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    pub id: String,
    /// The KPI's number in the KPI book.
    pub number: u32,
    pub name: String,
    /// Section of the book: `financial`, `lifecycle`, `operational`, `risk`, `software`, `provisioning`.
    pub group: String,
    pub question: String,
    /// What it is, in one sentence for a reader of the report.
    pub definition: String,
    /// The role that answers for it.
    pub owner: String,
    pub unit: Unit,
    pub kind: KpiKind,
    pub direction: Direction,
    /// What the definition leaves to judgement, and the choice taken.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Whether facts' dimension columns cut this KPI.
    pub dimension: Option<String>,
    /// Datasets without which it is not measured.
    pub needs: Vec<String>,
    /// Counts asset records: inventory accuracy and discovery of the unit qualify it.
    #[serde(default)]
    pub counts_assets: bool,
    #[serde(default)]
    pub windows: BTreeMap<String, Window>,
    pub measures: BTreeMap<String, Measure>,
    pub formula: Formula,
    #[serde(default)]
    pub companions: BTreeMap<String, Companion>,
    pub impact: Option<Impact>,
    #[serde(default)]
    pub targets: Vec<Target>,
    /// Bands by the unit's industry.
    #[serde(default)]
    pub bands: BTreeMap<String, Band>,
    pub exceptions: Option<ExceptionList>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiKind {
    Stock,
    Flow,
    Cohort,
    Mixed,
}

/// A look-back, in days or calendar months; units may have their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub days: Option<i64>,
    pub months: Option<i32>,
    pub hours: Option<i64>,
    /// Overrides for a business unit and everything below it.
    #[serde(default)]
    pub business_units: BTreeMap<String, Window>,
}

/// A typed aggregate over a fact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub fact: String,
    pub agg: Aggregate,
    /// SQL over the fact's columns; a count needs none.
    pub expr: Option<String>,
    /// SQL condition over the fact's columns.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    #[serde(default)]
    pub over: Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Additive: rolled up by adding.
    Count,
    /// Additive; exact where the column is a decimal.
    Sum,
    /// Computed afresh from rows at each level.
    Median,
    /// 90th percentile, linear interpolation; computed afresh at each level.
    P90,
    /// Computed afresh at each level.
    Max,
}

/// At which instants a measure is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Once, for the period.
    #[default]
    Period,
    /// The mean over the closing states of the period's months that have an earlier night.
    MonthlyMean,
}

/// Arithmetic over measure names (see `score::formula`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    pub numerator: String,
    /// Absent for counts and sums.
    pub denominator: Option<String>,
    /// The value is numerator / denominator x scale.
    #[serde(default = "one")]
    pub scale: f64,
    /// Which of `numerator` and `denominator` are amounts in the reporting currency.
    #[serde(default)]
    pub amounts: Vec<Side>,
    /// Population printed as n; default: the denominator.
    pub rows: Option<String>,
    /// Share of the denominator population whose needed field was present.
    pub coverage: Option<String>,
    /// When this is zero there is no value at all.
    pub present: Option<String>,
    /// Reason printed when `present` is zero.
    pub absent_because: Option<String>,
}

/// A side of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Numerator,
    Denominator,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    pub about: String,
    pub unit: Unit,
    pub numerator: String,
    pub denominator: Option<String>,
    #[serde(default = "one")]
    pub scale: f64,
    pub present: Option<String>,
    /// Reason printed when `present` is zero.
    pub absent_because: Option<String>,
    /// Population; default: the count itself, else the denominator.
    pub rows: Option<String>,
    /// Datasets it needs beyond the KPI's own.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Money that goes with it, e.g. the price of a surplus.
    pub impact: Option<String>,
    /// What that money is; absent where it is none of the three.
    pub impact_kind: Option<ImpactKind>,
    #[serde(default)]
    pub levels: Levels,
}

/// At which business-unit levels a figure is stated, and how the enterprise gets its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    #[default]
    All,
    /// Only for `ALL`.
    Enterprise,
    /// Like all, but a level without a figure of its own has the sum over the nearest units below.
    SumOfUnits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImpactKind {
    Recoverable,
    Exposure,
    /// Avoidable cost.
    Avoidable,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    pub kind: ImpactKind,
    /// Formula in the reporting currency.
    pub amount: String,
    /// What the formula means in words, printed by `explain`.
    pub words: String,
    /// Word key printed behind the amount instead of the kind, e.g. `label_refresh`.
    pub label: Option<String>,
    /// `true` when the amount is per year.
    #[serde(default)]
    pub annual: bool,
    #[serde(default)]
    pub levels: Levels,
}

/// A target, dated and scoped; the last one that applies wins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub op: Op,
    /// Fraction, or the unit of the KPI; absent for trend targets.
    pub value: Option<f64>,
    /// How far beyond the target is still `watch`, in the KPI's own unit.
    #[serde(default)]
    pub amber: f64,
    pub trend: Option<Trend>,
    /// Companion whose value a trend target compares, default the headline's.
    pub of: Option<String>,
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub business_unit: Option<String>,
    /// Applies to this member of the dimension only; absent: to the total only.
    pub member: Option<String>,
    /// Where the target comes from, e.g. `policy`.
    pub source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Op {
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = ">")]
    Above,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = "<")]
    Below,
    /// Absolute value at most the target.
    #[serde(rename = "near")]
    Near,
    /// Inside the unit's band.
    #[serde(rename = "band")]
    Band,
    /// Compare with an earlier period.
    #[serde(rename = "trend")]
    Trend,
}

/// What a trend target compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Must be better than in the prior period; the same is watched.
    Prior,
    /// Must be better than in the same period last year; the same is watched.
    YearOnYear,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub low: f64,
    pub high: Option<f64>,
}

/// The rows behind a KPI, worst first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionList {
    pub title: String,
    pub fact: String,
    #[serde(rename = "where")]
    pub filter: String,
    /// SQL; largest first.
    pub worst: String,
    /// Columns shown.
    pub columns: Vec<String>,
}

fn one() -> f64 {
    1.0
}

impl Kpi {
    /// The names of the facts its measures use.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let mut facts: Vec<String> = self.measures.values().map(|measure| measure.fact.clone()).collect();
        facts.sort();
        facts.dedup();
        facts
    }
}

impl Aggregate {
    /// Whether a parent's figure is the sum of its children's.
    #[must_use]
    pub fn is_additive(self) -> bool {
        match self {
            Self::Count | Self::Sum => true,
            Self::Median | Self::P90 | Self::Max => false,
        }
    }
}

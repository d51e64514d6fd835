//! Editions: who reads what, when, on how many pages; one TOML file each.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::period::Grain;

/// An edition's definition, `config/editions/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    pub id: String,
    /// e.g. `ITAM KPIs for Finance`.
    pub title: String,
    /// Wording templates' audience, e.g. `finance`.
    pub audience: String,
    /// Roles of the distribution lists that receive it.
    pub roles: Vec<String>,
    /// The role that owns it: Reply-To, failure and hold notices.
    pub owner: String,
    pub grain: Grain,
    pub due: Cadence,
    /// How long the worker waits for late feeds, in hours after the due instant.
    #[serde(default = "day")]
    pub latest_hours: u32,
    /// What it does then.
    #[serde(default)]
    pub when_late: WhenLate,
    /// Page budget of the PDF without its appendix; exceeding it is a finding.
    pub pages: u32,
    #[serde(default)]
    pub kind: EditionKind,
    /// One report for each business unit its readers are limited to.
    #[serde(default)]
    pub burst: bool,
    /// Nothing is published or sent before somebody has approved it.
    #[serde(default)]
    pub approval: bool,
    /// KPIs in the KPI table, by id; ranked by money at risk when printed.
    pub kpis: Vec<String>,
    /// Sections in reading order.
    pub sections: Vec<Section>,
    /// Sections behind them, on pages of their own.
    #[serde(default)]
    pub appendix: Vec<Section>,
    /// KPIs drawn with their usual range and forecast.
    #[serde(default)]
    pub trends: Vec<String>,
    /// KPIs that are the heat map's columns.
    #[serde(default)]
    pub heat: Vec<String>,
    /// Exception lists printed, and rows of each.
    #[serde(default)]
    pub exceptions: Exceptions,
    /// Tables over facts, by the name the sections use.
    #[serde(default)]
    pub lists: BTreeMap<String, List>,
}

/// What an edition is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditionKind {
    /// Issued for every period.
    #[default]
    Report,
    /// Issued only when a figure has crossed its target, or got worse, since it was told last.
    Crossings,
    /// Made instead of a report that the data gate holds.
    Notice,
}

/// What becomes of an edition whose feeds did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenLate {
    /// It goes out and says PROVISIONAL.
    #[default]
    Provisional,
    /// It waits for the feeds, and its owner is told.
    Hold,
}

/// When an edition is due, in the reporting time zone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// The n-th working day after the period's end, Monday to Friday without the holidays.
    pub working_day: Option<u32>,
    /// Or the n-th day, whatever day it is.
    pub day: Option<u32>,
    /// `hh:mm:ss`, local.
    pub at: chrono::NaiveTime,
    /// Days after the due instant after which nobody misses it any more; without it the worker's setting.
    pub catch_up_days: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    /// KPIs whose rows are printed: the off-target ones with most money.
    pub lists: u32,
    /// Rows of each on paper.
    pub rows: u32,
    /// Rows of each in the workbook.
    pub workbook_rows: u32,
}

impl Default for Exceptions {
    fn default() -> Self {
        Self { lists: 3, rows: 5, workbook_rows: 500 }
    }
}

/// The sections an edition may be composed of; `list:<name>` prints one of its lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Section {
    Message,
    Money,
    Trust,
    MoneyBridge,
    Kpis,
    Budget,
    Exceptions,
    Actions,
    Findings,
    /// Rate and mix of every KPI's change, and who moved it.
    Variance,
    /// The trends of `trends`.
    Trends,
    /// Business units by the KPIs of `heat`.
    HeatMap,
    /// Ages of the assets, and the refresh liability of the next four quarters.
    Age,
    /// Spend by period.
    Cost,
    /// What the readers are asked to decide.
    Decisions,
    /// Published figures that have changed since.
    Restatements,
    /// What every figure means.
    Definitions,
    /// Figures that crossed their target.
    Crossings,
    /// Every feed: when it came, what was left out.
    Feeds,
    List(String),
}

impl TryFrom<String> for Section {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "message" => Self::Message,
            "money" => Self::Money,
            "trust" => Self::Trust,
            "money_bridge" => Self::MoneyBridge,
            "kpis" => Self::Kpis,
            "budget" => Self::Budget,
            "exceptions" => Self::Exceptions,
            "actions" => Self::Actions,
            "findings" => Self::Findings,
            "variance" => Self::Variance,
            "trends" => Self::Trends,
            "heat_map" => Self::HeatMap,
            "age" => Self::Age,
            "cost" => Self::Cost,
            "decisions" => Self::Decisions,
            "restatements" => Self::Restatements,
            "definitions" => Self::Definitions,
            "crossings" => Self::Crossings,
            "feeds" => Self::Feeds,
            other => match other.strip_prefix("list:") {
                Some(list) => Self::List(list.to_owned()),
                None => return Err(format!("there is no section `{other}`")),
            },
        })
    }
}

/// A table over one fact: SQL over the table `fact`, already limited to the reader's units.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub title: String,
    /// Name of its sheet in the workbook.
    pub sheet: String,
    /// A sentence under the title.
    pub lead: Option<String>,
    /// Printed where the list is empty.
    pub empty: String,
    pub fact: String,
    /// Rows on paper; the workbook has all.
    pub rows: usize,
    pub sql: String,
    pub columns: Vec<ListColumn>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListColumn {
    pub name: String,
    pub head: String,
    #[serde(default)]
    pub format: Format,
    /// Relative width.
    #[serde(default = "one")]
    pub weight: f32,
    /// Draw a bar in the cell, as long as its share of the largest.
    #[serde(default)]
    pub bar: bool,
}

/// How a cell of a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Text,
    Count,
    Number,
    Money,
    Percent,
    Date,
    /// A word of the language's vocabulary.
    Word,
}

fn day() -> u32 {
    24
}

fn one() -> f32 {
    1.0
}

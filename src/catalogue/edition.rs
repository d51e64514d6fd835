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
    /// Nothing is published or sent before somebody has approved it.
    #[serde(default)]
    pub approval: bool,
    /// How long the worker waits for late feeds, in hours after the due instant.
    #[serde(default = "day")]
    pub latest_hours: u32,
    /// What it does then.
    #[serde(default)]
    pub when_late: WhenLate,
    /// Page budget of the PDF; exceeding it is a finding.
    pub pages: u32,
    /// KPIs in the KPI table, by id; ranked by money at risk when printed.
    pub kpis: Vec<String>,
    /// Sections in reading order.
    pub sections: Vec<Section>,
    /// Exception lists printed, and rows of each.
    #[serde(default)]
    pub exceptions: Exceptions,
    /// Tables over facts, by the name the sections use.
    #[serde(default)]
    pub lists: BTreeMap<String, List>,
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
    /// The n-th working day after the period's end.
    pub working_day: u32,
    /// `hh:mm:ss`, local.
    pub at: chrono::NaiveTime,
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

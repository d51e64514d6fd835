//! The one report model every painter draws from: all figures are already words.
//!
//! Nothing below this type computes, rounds or compares: a painter that needs a number to *draw*
//! (a bar's length) takes it from a [`ChartSpec`]; a number to *read* is always a `String` made by
//! `quantity`. The only typed values are [`Datum`]s, for spreadsheet cells.

use serde::Serialize;

pub use crate::chart::Tone;
use crate::chart::{Bullet, ChartSpec, Sparkline};

/// One report for one scope, ready to paint as HTML, mail, plain text, PDF and XLSX.
#[derive(Debug, Clone, Serialize)]
pub struct ReportModel {
    pub head: Head,
    /// The body in reading order.
    pub blocks: Vec<Block>,
    /// Index of the first block of the appendix, which begins on a page of its own.
    pub appendix: Option<usize>,
    /// Pages of the PDF, without the appendix, that the edition allows.
    pub page_budget: usize,
    pub footer: Footer,
    /// Sheets of the workbook: sections, exception rows, evidence. Not printed elsewhere.
    pub sheets: Vec<Sheet>,
    /// Words the painters need (table heads, "page x of y"), in the reader's language.
    pub labels: Labels,
}

/// Title block and identity of the report.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// Edition id, e.g. `cfo-monthly`.
    pub edition: String,
    /// e.g. `ITAM KPIs for Finance`.
    pub title: String,
    /// e.g. `Halden Group`.
    pub organisation: String,
    /// e.g. `2026-10`.
    pub period: String,
    /// e.g. `October 2026`.
    pub period_label: String,
    /// `ALL` or a business unit.
    pub scope: String,
    /// How the scope is printed, e.g. `Whole enterprise`.
    pub scope_label: String,
    /// BCP 47 language tag, e.g. `en-GB`.
    pub language: String,
    /// Subject line of the mail.
    pub subject: String,
    /// `Final`, `PROVISIONAL` or `RESTATED`, in the language of the report.
    pub state: String,
    /// Whether nothing more is expected to change.
    pub is_final: bool,
    /// `author` of the document metadata: the owner role's name.
    pub owner: String,
}

/// One thing on the page.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Line one: the message with money (at most 25 words), then supporting sentences.
    Message { headline: String, sentences: Vec<String> },
    /// Three or four big figures side by side.
    Tiles { tiles: Vec<Tile> },
    /// Trust strip: what the figures rest on.
    Trust { title: String, items: Vec<TrustItem>, caveats: Vec<String> },
    /// The KPI rows, ranked by money at risk, and one sentence for what is on target and unchanged.
    Kpis { id: String, title: String, lead: String, rows: Vec<KpiRow>, collapsed: Option<String> },
    /// A table that says its finding in the title.
    Table { id: String, title: String, lead: Option<String>, table: Table, note: Option<String> },
    /// A drawn chart; `alt` carries the values in words.
    Chart { id: String, title: String, lead: Option<String>, spec: ChartSpec, alt: String, note: Option<String> },
    /// Headed paragraphs.
    Text { id: String, title: String, paragraphs: Vec<String> },
    /// What to do: verb first, owner, date, amount.
    Actions { id: String, title: String, items: Vec<Action> },
}

#[derive(Debug, Clone, Serialize)]
pub struct Tile {
    pub label: String,
    /// e.g. `EUR 1.24 m`.
    pub value: String,
    /// e.g. `a year, recoverable`.
    pub note: String,
    pub tone: Tone,
}

#[derive(Debug, Clone, Serialize)]
pub struct TrustItem {
    pub label: String,
    pub value: String,
    pub note: String,
    pub tone: Tone,
}

/// One KPI, one line: name, value, sparkline, bullet, changes, status, money, sentence.
#[derive(Debug, Clone, Serialize)]
pub struct KpiRow {
    /// Catalogue id, e.g. `saas_license_utilization_rate`.
    pub id: String,
    pub name: String,
    pub value: String,
    /// e.g. `n = 1,204`; carries a flag when below 20.
    pub population: String,
    pub sparkline: Sparkline,
    /// Absent where there is no target and no natural scale.
    pub bullet: Option<Bullet>,
    /// e.g. `≥ 80 %`; `–` where there is none.
    pub target: String,
    pub change_prior: Delta,
    pub change_year: Delta,
    pub status: Status,
    /// e.g. `EUR 1.24 m recoverable`; empty where there is none.
    pub money: String,
    /// The wording template's sentence.
    pub sentence: String,
    /// e.g. `indicative: inventory accuracy 91.2 %`.
    pub caveat: Option<String>,
}

/// A change in words with its business direction.
#[derive(Debug, Clone, Serialize)]
pub struct Delta {
    /// e.g. `+1.2 pp F`, `–` when there is nothing to compare.
    pub text: String,
    pub tone: Tone,
}

/// Status as word + shape + colour; never colour alone.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// e.g. `off target`.
    pub word: String,
    /// One of `●` (on target), `▲` (watch), `■` (off target), `○` (no judgement).
    pub shape: String,
    pub tone: Tone,
}

#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// Verb first, e.g. `Cancel 120 idle seats of Orbit CRM before 12 Jan 2027`.
    pub text: String,
    pub owner: String,
    /// e.g. `EUR 86,400 a year`; may be empty.
    pub amount: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Column {
    pub head: String,
    pub align: Align,
    /// Relative width; the painters share the page's width out by it.
    pub weight: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    Left,
    Right,
    Centre,
}

#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// A total or sub-total line.
    pub total: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
    /// For the workbook; `None` means the text itself.
    pub datum: Option<Datum>,
    /// A horizontal bar inside the cell: share of the column's width, 0 to 1.
    pub bar: Option<f32>,
}

/// A typed spreadsheet value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// Dimensionless or counted.
    Number(f64),
    /// A fraction, formatted as a percentage.
    Percent(f64),
    /// An amount in the reporting currency.
    Money(f64),
    Date(chrono::NaiveDate),
    Text(String),
    Empty,
}

/// One worksheet. Name at most 31 characters, none of `[]:*?/\`.
#[derive(Debug, Clone, Serialize)]
pub struct Sheet {
    pub name: String,
    /// A line above the header row saying what the sheet holds and in which units.
    pub caption: String,
    pub table: Table,
}

/// Printed on every page.
#[derive(Debug, Clone, Serialize)]
pub struct Footer {
    /// e.g. `October 2026 · as of 2026-11-01 00:00 Europe/Berlin · run cfo-monthly/2026-10/r1 · Final`.
    pub line: String,
    /// Age of each feed, e.g. `assets 0 d · costs 1 d · patches missing`.
    pub feeds: String,
    /// The run's identity, e.g. `cfo-monthly/2026-10/ALL/r1`.
    pub run_id: String,
}

/// Fixed words in the reader's language.
#[derive(Debug, Clone, Serialize)]
pub struct Labels {
    pub kpi: String,
    pub value: String,
    pub trend: String,
    pub target: String,
    pub change_prior: String,
    pub change_year: String,
    pub status: String,
    pub money: String,
    pub owner: String,
    pub amount: String,
    pub action: String,
    /// `Page {page} of {pages}` with both placeholders.
    pub page_of: String,
    /// What favourable/unfavourable letters mean, printed under the KPI table.
    pub legend: String,
}

impl Cell {
    /// A plain cell without tone or typed value.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Neutral, datum: None, bar: None }
    }

    /// A cell whose spreadsheet value differs from its words.
    pub fn typed(text: impl Into<String>, datum: Datum) -> Self {
        Self { text: text.into(), tone: Tone::Neutral, datum: Some(datum), bar: None }
    }

    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

//! Sources: how another system's export becomes a canonical dataset. The language is documented in `docs/sources.md`.

mod lint;
mod names;
mod path;
mod spelling;
mod values;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};

use spelling::{Either, WordOr};

pub use lint::lint;
pub use names::{encoding_of, name_of, names_of};
pub use path::PathPattern;
pub use spelling::{CellKind, DateOrder, Dates, Numbers, Spelling, Typing};
pub use values::{Unknown, ValueMap};

/// One table of one system, one file in `config/sources/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file's name.
    pub id: String,
    pub system: String,
    /// Where in the system the export is made.
    pub about: String,
    /// The canonical dataset it feeds.
    pub dataset: String,
    /// Where its files lie in the store, e.g. `sources/snipeit/{date:%Y-%m-%d}/assets*.csv`.
    pub path: PathPattern,
    /// The night of files whose path has no `{date}`.
    pub undated: Option<Undated>,
    /// Among rows of one key the higher precedence wins; canonical extracts have 0.
    #[serde(default)]
    pub precedence: i32,
    /// Which nights of a snapshot count.
    #[serde(default)]
    pub nights: Nights,
    /// The export's columns that the mapping may name, as the header spells them.
    pub headers: Vec<String>,
    /// Other spellings of those headers.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub read: Read,
    #[serde(default)]
    pub spelling: Spelling,
    /// What the cells of a column are, where no target column says it.
    #[serde(default)]
    pub types: BTreeMap<String, Typing>,
    pub unpivot: Option<Unpivot>,
    #[serde(default)]
    pub joins: BTreeMap<String, Join>,
    /// Further columns by SQL, for `keep`, `drop`, `collapse` and `columns`.
    #[serde(default)]
    pub derive: BTreeMap<String, String>,
    /// Rows that meet all of these stay.
    #[serde(default)]
    pub keep: Vec<Rule>,
    /// Rows that meet one of these go.
    #[serde(default)]
    pub drop: Vec<Rule>,
    pub collapse: Option<Collapse>,
    /// The dataset's columns and where each comes from.
    pub columns: BTreeMap<String, Field>,
    /// The definition itself, for the line of a mistake.
    #[serde(skip)]
    pub text: String,
}

/// How a file without a date in its path gets its night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Undated {
    /// The day the store says it was last written (UTC).
    Modified,
    /// This night.
    Night(NaiveDate),
}

impl TryFrom<String> for Undated {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.parse() {
            _ if word == "modified" => Ok(Self::Modified),
            Ok(night) => Ok(Self::Night(night)),
            Err(_) => Err(format!("`{word}` is no rule for a file without date: write `modified` or a date")),
        }
    }
}

/// Which nights of a snapshot source are read together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nights {
    /// The whole state each night: the latest one.
    #[default]
    Latest,
    /// Increments: all of them up to the date.
    All,
}

/// What the file looks like. Whatever is left out is detected.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Read {
    pub format: Option<Format>,
    /// A label such as `utf-8`, `utf-16`, `windows-1252`, `latin-1`.
    pub encoding: Option<String>,
    pub delimiter: Option<char>,
    pub escape: Escape,
    /// Lines above the header.
    pub skip: Option<usize>,
    /// The header is the first row that has all of these columns.
    pub header: Vec<String>,
    /// The file has no header; its columns are `headers` in order.
    pub headerless: bool,
    /// Rows whose first filled cell begins with one of these words are totals, not data.
    pub footer: Vec<String>,
    /// A workbook's sheet by name, or by number from 1.
    pub sheet: Option<Sheet>,
    /// Where the rows lie in a JSON document, e.g. `result`.
    pub records: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Json,
    Ndjson,
    Xlsx,
    Parquet,
}

/// How a quote inside quotes is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// `""`
    #[default]
    Double,
    /// `\"`, as databases write it; `\N` is empty then.
    Backslash,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sheet {
    /// From 1.
    Number(usize),
    Name(String),
}

/// Columns of months become rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpivot {
    /// strftime formats of the headers that are months (`%b %Y`); their rows get `2026-10`.
    #[serde(default)]
    pub months: Vec<String>,
    /// Headers by name, and what their rows get.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The new column that says which header a row comes from.
    pub name: String,
    /// The new column with its cell.
    pub value: String,
}

/// A second table to look a value up in; its columns are named `<join>_<column>`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// A file in the store, of the same night or the latest before it ...
    pub path: Option<PathPattern>,
    pub undated: Option<Undated>,
    /// ... or a canonical dataset.
    pub dataset: Option<String>,
    /// Column of the other table.
    pub key: String,
    /// SQL over the own columns that gives the key; case and outer blanks do not matter.
    pub on: String,
    /// Columns taken from it.
    pub columns: Vec<String>,
    #[serde(default)]
    pub unmatched: Unmatched,
    #[serde(default)]
    pub read: Read,
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmatched {
    /// The columns stay empty, and it is said.
    #[default]
    Finding,
    /// The columns stay empty; that is normal here.
    Empty,
    Reject,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// SQL condition; an empty answer is a no.
    pub when: String,
    /// Why, for the account.
    pub because: String,
}

/// Many rows of one thing become one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collapse {
    pub by: Vec<String>,
    pub keep: Keep,
    /// The column that says what is first and latest.
    pub order: String,
    /// Further columns by SQL over all rows of the thing, e.g. `MIN(created)`.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    First,
    Latest,
}

/// Where a target column comes from; `"Asset Tag"` alone is short for `{ from = "Asset Tag" }`.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub from: Option<String>,
    pub sql: Option<String>,
    pub value: Option<String>,
    /// The source's words and ours.
    pub values: ValueMap,
    pub unknown: Option<Unknown>,
    /// What an empty cell becomes.
    pub empty: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    from: Option<String>,
    sql: Option<String>,
    value: Option<String>,
    #[serde(default)]
    values: ValueMap,
    unknown: Option<Unknown>,
    empty: Option<String>,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOr::<FieldTable>(std::marker::PhantomData)).map(|read| match read {
            Either::Word(from) => Self { from: Some(from), ..Self::default() },
            Either::Table(FieldTable { from, sql, value, values, unknown, empty }) => {
                Self { from, sql, value, values, unknown, empty }
            }
        })
    }
}

//! Contracts: what a canonical dataset looks like and which of its rows cannot be.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::source::{Nights, Source};

/// A dataset's contract, one file in `config/contracts/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub dataset: String,
    pub kind: Kind,
    /// It says who gets reports, not what they say: nobody has to deliver it, no figure, rule of the gate or document
    /// knows it, what is told of it quotes none of its values, and a row with an unreadable cell is left out.
    #[serde(default)]
    pub delivery: bool,
    /// The role that answers for the feed; what is wrong with it is told to that role.
    #[serde(default = "data_owner")]
    pub owner: String,
    /// Names a row; of rows with one key one counts. Without a key every row counts.
    pub key: Vec<String>,
    /// The column whose latest value wins among rows of one key.
    pub updated: Option<String>,
    /// The column whose month picks the average exchange rate of flows.
    pub event: Option<String>,
    /// Its events also enter stocks, at the closing rate.
    #[serde(default)]
    pub also_stock: bool,
    pub columns: BTreeMap<String, Column>,
    #[serde(default)]
    pub impossible: Vec<Impossible>,
}

/// How nights of a dataset make a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The latest night at or before the last day, else the earliest; keyed lists that change rarely.
    Reference,
    /// The whole state each night: the latest night at or before the last day.
    Snapshot,
    /// History or increments: all nights merged by key.
    Ledger,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    #[serde(rename = "type")]
    pub kind: ColumnType,
    #[serde(default)]
    pub required: bool,
    /// Allowed words of an `enum`, placeholders of a `serial`.
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    Text,
    /// A serial number: text, and beside it `<name>_key` as it is compared (upper case, letters and
    /// digits only; empty for a placeholder).
    Serial,
    Enum,
    Int,
    Number,
    /// Exact decimal amount in the row's currency.
    Money,
    /// Exact decimal exchange rate.
    Rate,
    /// ISO 4217 code; empty means the reporting currency.
    Currency,
    Date,
    /// A calendar month, kept as `2026-10`; a date stands for its month.
    Month,
    /// An instant; without a zone it is UTC.
    Stamp,
    Bool,
}

/// A snapshot's source that delivered nothing for so many days while another did no longer counts.
pub const SILENT_DAYS: i64 = 31;

/// Which nights are read for a date.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// By source, oldest first.
    pub nights: BTreeMap<String, Vec<NaiveDate>>,
    /// Sources left out, with their last nights.
    pub silent: BTreeMap<String, Vec<NaiveDate>>,
    pub newest: NaiveDate,
}

/// A condition no true row can meet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impossible {
    pub code: String,
    /// SQL condition over the columns; a null answer is no offence.
    pub when: String,
    pub message: String,
}

impl Contract {
    /// The night that stands for a date: the latest at or before it. A reference that only came later
    /// stands with its first night, a ledger always with its last.
    #[must_use]
    pub fn night_for<T>(&self, nights: &BTreeMap<NaiveDate, T>, date: NaiveDate) -> Option<NaiveDate> {
        let latest = nights.range(..=date).next_back().map(|(night, _)| *night);
        match self.kind {
            Kind::Snapshot => latest,
            Kind::Ledger => nights.keys().next_back().copied(),
            Kind::Reference => latest.or_else(|| nights.keys().next().copied()),
        }
    }

    /// The nights that stand for a date, by source (`""` for canonical extracts): of a ledger all, else of each source
    /// the one `night_for` gives, or all up to it where the source delivers increments. A source that fell silent
    /// `SILENT_DAYS` before the newest one is left out. `None` where no night stands for the date.
    pub fn standing<T>(
        &self,
        nights: &BTreeMap<NaiveDate, Vec<T>>,
        date: NaiveDate,
        sources: &BTreeMap<String, Source>,
        source_of: impl Fn(&T) -> String,
    ) -> Option<Standing> {
        let mut by_source: BTreeMap<String, BTreeMap<NaiveDate, &T>> = BTreeMap::new();
        for (night, files) in nights {
            for file in files {
                by_source.entry(source_of(file)).or_default().insert(*night, file);
            }
        }
        let mut standing = Standing::default();
        for (source, nights) in by_source {
            let Some(latest) = self.night_for(&nights, date) else { continue };
            let increments = sources.get(&source).is_some_and(|source| source.nights == Nights::All);
            let all = self.kind == Kind::Ledger || increments;
            let chosen: Vec<NaiveDate> =
                nights.into_keys().filter(|night| if all { *night <= latest } else { *night == latest }).collect();
            standing.nights.insert(source, chosen);
        }
        let newest = standing.nights.values().flatten().max().copied()?;
        standing.newest = newest;
        if self.kind == Kind::Snapshot {
            let silent =
                |nights: &Vec<NaiveDate>| nights.last().is_none_or(|last| (newest - *last).num_days() >= SILENT_DAYS);
            standing.silent = standing.nights.extract_if(.., |_, nights| silent(nights)).collect();
        }
        Some(standing)
    }

    /// The money columns, each of which gets `<name>_closing` and `<name>_average` in reporting currency.
    pub fn money_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|(_, column)| column.kind == ColumnType::Money).map(|(name, _)| name.as_str())
    }
}

fn data_owner() -> String {
    "data_owner".to_owned()
}

//! Contracts: what a canonical dataset looks like and which of its rows cannot be.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

/// A dataset's contract, one file in `config/contracts/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub dataset: String,
    pub kind: Kind,
    /// The role that answers for the feed; what is wrong with it is told to that role.
    #[serde(default = "data_owner")]
    pub owner: String,
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

    /// The money columns, each of which gets `<name>_closing` and `<name>_average` in reporting currency.
    pub fn money_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|(_, column)| column.kind == ColumnType::Money).map(|(name, _)| name.as_str())
    }
}

fn data_owner() -> String {
    "data_owner".to_owned()
}

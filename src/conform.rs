//! Conform: bytes of one dataset become one typed table, with every row that does not count beside it.
//!
//! Order of the rules (KPI book, "Rows that do not count"): first duplicates, one row per key; then
//! impossible rows. If the winning row of a key is impossible, the key is out. Nothing is silently
//! dropped and nothing silently coerced: `read = kept + rejected + merged`.

mod cells;
mod coerce;
mod decode;
mod rows;
mod shape;
mod text;

use chrono::NaiveDate;
use chrono_tz::Tz;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalogue::Contract;
use crate::finding::{Finding, Level};

pub use coerce::MONEY_SCALE;
pub use shape::FileShape;

/// One file of a dataset, fetched.
#[derive(Debug, Clone)]
pub struct RawFile {
    /// Object key, e.g. `extracts/assets/2026-10-31/assets.csv`.
    pub key: String,
    /// The night the file was taken.
    pub night: NaiveDate,
    pub bytes: bytes::Bytes,
}

/// What an auditor needs to find the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub dataset: String,
    pub night: NaiveDate,
    pub key: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A row that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub file: String,
    /// Line number in a text file (header = 1), else the row's number from 1 below the header.
    pub row: u64,
    pub column: String,
    /// e.g. `empty_required`, `not_a_date`, `disposed_before_leaving_use`.
    pub code: String,
    pub message: String,
}

/// Where the input rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    pub read: u64,
    pub kept: u64,
    pub rejected: u64,
    /// Older rows of a key that a later row replaced.
    pub merged: u64,
}

/// A typed table and what was noticed on the way.
#[derive(Debug, Clone)]
pub struct Conformed {
    /// The contract's columns, typed, plus `_file` (index into `files`), `_row` and `_night` (days since 1970).
    pub table: DataFrame,
    pub files: Vec<String>,
    /// One for each of `files`.
    pub shapes: Vec<FileShape>,
    pub account: Account,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
}

/// Why a dataset cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    #[error("`{file}` cannot be decoded: {cause}\nhint: {hint}")]
    Undecodable { file: String, cause: String, hint: String },
    #[error(
        "`{file}` is empty: not even a header row\nhint: deliver the header row alone when there is nothing to report"
    )]
    Empty { file: String },
    #[error("`{file}` lacks the required column{} {}\nhint: {hint}", if columns.len() == 1 { "" } else { "s" }, columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))]
    MissingColumns { file: String, columns: Vec<String>, hint: String },
    #[error(
        "none of the {read} rows of `{dataset}` can be used, the first because {why}\nhint: correct the export and deliver it again"
    )]
    AllRejected { dataset: String, read: u64, why: String },
    #[error("engine: {0}")]
    Engine(#[from] PolarsError),
}

/// Settings of the reader that change what a cell means.
#[derive(Debug, Clone)]
pub struct Context {
    /// Fills an empty currency.
    pub currency: String,
    /// Zone in which an instant in a date column is a date.
    pub zone: Tz,
}

/// Decodes, types, merges and checks the files of one dataset.
///
/// `files` are the night's files of a snapshot or all nights' files of a ledger, oldest night first.
///
/// # Errors
/// A file that cannot be decoded, is empty, or lacks a required column.
pub fn conform(contract: &Contract, files: &[RawFile], context: &Context) -> Result<Conformed, ConformError> {
    let mut parts = Vec::with_capacity(files.len());
    let mut shapes = Vec::with_capacity(files.len());
    let mut gathered = rows::Gathered::default();
    for (index, file) in files.iter().enumerate() {
        let decoded = decode::decode(file)?;
        gathered.account.read += decoded.read;
        gathered.findings.extend(decoded.findings.iter().cloned());
        gathered.reject_all(decoded.rejects.iter().cloned());
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let part = coerce::coerce(contract, file, index, &decoded, context, &mut gathered)?;
        shapes.push(shape::shape(contract, file, &decoded, &part));
        parts.push(part);
    }
    let table = match parts.len() {
        0 => coerce::empty(contract)?,
        _ => stacked(parts)?,
    };
    let names: Vec<String> = files.iter().map(|file| file.key.clone()).collect();
    let unmerged = table;
    let table = rows::settle(contract, &unmerged, &names, &mut gathered)?;
    let rows::Gathered { mut account, rejects, rejected_of, mut findings, .. } = gathered;
    for shape in &mut shapes {
        shape.rejected = rejected_of.get(&shape.file).copied().unwrap_or(0);
    }
    if account.merged > 0 {
        shape::count_repeated(contract, &unmerged, &mut shapes)?;
    }
    account.kept = u64::try_from(table.height()).unwrap_or(u64::MAX);
    if account.kept == 0
        && account.read > 0
        && let Some(first) = rejects.first()
    {
        let why = format!("of {}:{} {}: {}", first.file, first.row, first.column, first.message);
        return Err(ConformError::AllRejected { dataset: contract.dataset.clone(), read: account.read, why });
    }
    findings.extend(rows::summarise(contract, &rejects, account.rejected));
    Ok(Conformed { table, files: names, shapes, account, rejects, findings })
}

/// The empty table of a contract, for a feed that is missing and for planning.
///
/// # Errors
/// The engine refuses the contract's column types.
pub fn empty(contract: &Contract) -> Result<DataFrame, ConformError> {
    Ok(coerce::empty(contract)?)
}

fn stacked(parts: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_default();
    parts.try_fold(first, |mut all, part| {
        all.vstack_mut_owned(part)?;
        Ok(all)
    })
}

/// A note about a whole file.
fn note(contract: &str, level: Level, code: &str, file: &str, message: String, hint: &str) -> Finding {
    Finding::dataset(level, code, contract, message, hint).in_file(file)
}

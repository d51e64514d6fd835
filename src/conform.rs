//! Conform: bytes of one dataset become one typed table, with every row that does not count beside it.
//!
//! Order of the rules (KPI book, "Rows that do not count"): first duplicates, one row per key; then
//! impossible rows. If the winning row of a key is impossible, the key is out. Nothing is silently
//! dropped and nothing silently coerced: `read = kept + rejected + filtered + merged`.

mod account;
mod cells;
mod coerce;
mod decode;
mod delimited;
mod hash;
mod head;
mod json;
mod limits;
mod mapping;
mod native;
mod packed;
mod propose;
mod rows;
mod sample;
mod scan;
mod shape;
mod table;
mod text;
mod workbook;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Contract, Source};
use crate::finding::{Finding, Level};
use coerce::Place;

pub use account::Account;
pub use coerce::MONEY_SCALE;
pub use decode::{Decoded, Dialect, Reading, format};
pub use hash::{Heaped, Repeated, hashes};
pub use limits::{Limits, beyond};
pub use mapping::{check, quoted, worded};
pub use packed::{Answer, Asked};
pub use propose::{Given, Proposal, probe, propose};
pub use shape::FileShape;
pub use table::{Table, collect, each_batch};

/// One file of a dataset, fetched.
#[derive(Debug, Clone)]
pub struct RawFile {
    /// Object key, e.g. `extracts/assets/2026-10-31/assets.csv`.
    pub key: String,
    /// The night the file was taken.
    pub night: NaiveDate,
    pub bytes: bytes::Bytes,
    /// SHA-256 of the bytes, where whoever fetched them has taken it; else empty.
    pub sha256: String,
    /// The source that maps it; canonical without.
    pub source: Option<String>,
    /// The join of the source that looks values up in it; it has no rows of its own.
    pub join: Option<String>,
    /// Bytes of an object that is too large to be fetched; `bytes` is empty then.
    pub withheld: Option<u64>,
}

/// What an auditor needs to find the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub dataset: String,
    pub night: NaiveDate,
    pub key: String,
    pub bytes: u64,
    /// Empty where the object was too large to be fetched.
    pub sha256: String,
    /// The source that maps it; canonical without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The join of the source that looks values up in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<String>,
}

/// A row that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    pub file: String,
    /// Line number in a text file (header = 1), else the row's number from 1 below the header.
    pub row: u64,
    pub column: String,
    /// e.g. `empty_required`, `not_a_date`, `disposed_before_leaving_use`.
    pub code: String,
    pub message: String,
}

/// A typed table and what was noticed on the way.
#[derive(Debug, Clone)]
pub struct Conformed {
    /// `_file` is an index into `files`.
    pub table: Table,
    pub files: Vec<String>,
    /// One for each of `files`.
    pub shapes: Vec<FileShape>,
    pub account: Account,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
}

impl Conformed {
    /// Why the files are as good as not delivered: they have rows, and not one of them can be used.
    #[must_use]
    pub fn useless(&self, dataset: &str) -> Option<String> {
        let first = self.rejects.first().filter(|_| self.account.kept == 0)?;
        Some(format!(
            "none of the {} rows of `{dataset}` can be used, the first because of {}:{} {}: {}",
            self.account.read, first.file, first.row, first.column, first.message
        ))
    }
}

/// Why a dataset cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    #[error("`{file}` cannot be decoded: {cause}\nhint: {hint}")]
    Undecodable { file: String, cause: String, hint: String },
    #[error(
        "`{file}` is beyond the limits: {what}\nhint: deliver it in smaller files; if it is meant to be so large, raise `limits.{limit}`, and if not, it is damaged or hostile"
    )]
    Beyond { file: String, what: String, limit: String },
    #[error(
        "`{file}` is empty: not even a header row\nhint: deliver the header row alone when there is nothing to report"
    )]
    Empty { file: String },
    #[error("`{file}` lacks the required column{} {}\nhint: {hint}", if columns.len() == 1 { "" } else { "s" }, columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))]
    MissingColumns { file: String, columns: Vec<String>, hint: String },
    #[error("engine: {0}")]
    Engine(#[from] PolarsError),
}

/// Takes a file's bytes apart: in this process, or in one whose memory and time are limited.
pub trait Decoder: std::fmt::Debug + Sync {
    /// # Errors
    /// The file is empty, truncated, beyond a limit, or not in the format its name says.
    fn decode(&self, file: &RawFile, reading: &Reading) -> Result<Decoded, ConformError>;

    /// What a file may have.
    fn limits(&self) -> &Limits;
}

/// Settings of the reader that change what a cell means, and who decodes.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Fills an empty currency.
    pub currency: String,
    /// Zone in which an instant in a date column is a date.
    pub zone: Tz,
    /// Mappings of other systems' exports, by id.
    pub sources: &'a BTreeMap<String, Source>,
    /// Datasets that sources look values up in.
    pub tables: BTreeMap<String, Table>,
    pub decoder: &'a dyn Decoder,
}

/// Decodes, types, merges and checks the files of one dataset.
///
/// `files` are the night's files of a snapshot or all nights' files of a ledger, oldest night first.
///
/// # Errors
/// A file that cannot be decoded, is empty, or lacks a required column.
pub fn conform(contract: &Contract, files: &[RawFile], context: &Context<'_>) -> Result<Conformed, ConformError> {
    let primary: Vec<&RawFile> = files.iter().filter(|file| file.join.is_none()).collect();
    if scan::is_scanned(contract, &primary, context) {
        return scan::scan(contract, &primary, context);
    }
    let mut parts = Vec::with_capacity(primary.len());
    let mut shapes = Vec::with_capacity(primary.len());
    let mut gathered = rows::Gathered::default();
    for (index, file) in primary.iter().enumerate() {
        let mapped = read(contract, file, files, context)?;
        gathered.account.read += mapped.decoded.read;
        gathered.account.filtered += mapped.decoded.filtered;
        gathered.account.merged += mapped.merged;
        gathered.findings.extend(mapped.decoded.findings.iter().cloned());
        gathered.reject_all(mapped.decoded.rejects.iter().cloned());
        let (raw, read) = (&mapped.decoded.frame, mapped.decoded.read);
        // Of a mapped file the mapping has said what is missing; nothing at all has no header.
        if file.source.is_none() && (read > 0 || raw.width() > 0) {
            let heads: Vec<&str> = raw.get_column_names().iter().map(|name| name.as_str()).collect();
            coerce::check_header(contract, file, &heads, &mut gathered)?;
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let place = Place { index, file, rows: &mapped.decoded.rows, alone: true };
        let part = coerce::coerce(contract, raw, &place, context)?;
        gathered.bad.extend(part.bad);
        let nulls = contract.columns.keys().filter_map(|name| {
            let column = part.table.column(name).ok()?;
            Some((name.clone(), column.null_count() as u64))
        });
        let headers = shape::headers(raw.get_column_names().iter().map(|name| name.as_str()));
        shapes.push(shape::shape(file, headers, nulls.collect(), read, part.table.height() as u64));
        parts.push(part.table);
    }
    gathered.ranks = primary.iter().map(|file| precedence(file, context)).collect();
    let table = match parts.len() {
        0 => coerce::empty(contract)?,
        _ => stacked(parts)?,
    };
    let names: Vec<String> = primary.iter().map(|file| file.key.clone()).collect();
    let kept = rows::settle(contract, &table, &names, &mut gathered)?;
    rows::finish(contract, &table, kept.into(), names, shapes, gathered)
}

/// The empty table of a contract, for a feed that is missing and for planning.
///
/// # Errors
/// The engine refuses the contract's column types.
pub fn empty(contract: &Contract) -> Result<DataFrame, ConformError> {
    Ok(coerce::empty(contract)?)
}

/// A canonical file as it is, another system's mapped by its source.
fn read(
    contract: &Contract,
    file: &RawFile,
    files: &[RawFile],
    context: &Context<'_>,
) -> Result<mapping::Mapped, ConformError> {
    let Some(source) = source_of(file, context) else {
        let reading = Reading { canonical: true, ..Reading::default() };
        return Ok(mapping::Mapped { decoded: context.decoder.decode(file, &reading)?, merged: 0 });
    };
    let mut lookups = mapping::Lookups::new();
    for (name, join) in &source.joins {
        if let Some(table) = join.dataset.as_ref().and_then(|dataset| context.tables.get(dataset)) {
            lookups.insert(name, mapping::Lookup::of_table(join, &table.frame()?)?);
        }
        // Of several files of the join the last one in the order of keys counts.
        let beside = files.iter().rfind(|other| {
            other.join.as_ref() == Some(name) && other.source == file.source && other.night == file.night
        });
        if let Some(other) = beside {
            let wanted = join.columns.iter().chain([&join.key]).map(|header| crate::catalogue::name_of(header));
            let reading = Reading { read: join.read.clone(), wanted: wanted.collect(), ..Reading::default() };
            let decoded = context.decoder.decode(other, &reading)?;
            lookups.insert(name, mapping::Lookup::of_file(join, &other.key, &decoded)?);
        }
    }
    let decoded = context.decoder.decode(file, &mapping::reading(source))?;
    mapping::map(source, contract, file, decoded, &lookups, context)
}

fn source_of<'a>(file: &RawFile, context: &Context<'a>) -> Option<&'a Source> {
    file.source.as_ref().and_then(|id| context.sources.get(id))
}

fn precedence(file: &RawFile, context: &Context<'_>) -> i32 {
    source_of(file, context).map_or(0, |source| source.precedence)
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

//! Scan: files of Parquet that are too large to be held are looked through once, batch by batch, and from then on read
//! anew by whoever asks, and of them only the columns and row groups that are asked for.
//!
//! Nothing else changes: every cell of the contract's columns is typed and every rule is tried in the one pass. The
//! rows that need a decision, because a key is empty or stands twice, a required cell is empty or the row is
//! impossible, are the only ones held, and are settled as those of a table in memory.

mod columns;
mod pass;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use polars::prelude::*;
use polars_buffer::Buffer;

use super::coerce::{self, Change};
use super::decode::undecodable;
use super::rows::{self, Gathered};
use super::shape::{self, FileShape};
use super::{ConformError, Conformed, Context, RawFile, Reading, Table, decode, stacked};
use crate::catalogue::{Contract, SourceFormat};

/// Rows looked at together; part of a row group costs as much to unpack as the whole.
const BATCH: usize = 1 << 20;

/// A file and what its footer says.
struct Sheet<'a> {
    index: u32,
    file: &'a RawFile,
    /// The footer as if each row group were the only one: the reader begins to unpack also those it was not asked for.
    groups: Vec<FileMetadataRef>,
    schema: SchemaRef,
    rows: usize,
}

/// Rows of a sheet.
#[derive(Debug, Clone, Copy)]
struct Batch {
    sheet: usize,
    group: usize,
    /// In the row group.
    offset: usize,
    rows: usize,
    /// Rows of the sheet before the batch.
    before: usize,
}

/// Whether the files of a dataset are scanned: all are canonical Parquet, and larger than what is held.
pub fn is_scanned(contract: &Contract, files: &[&RawFile], context: &Context<'_>) -> bool {
    let reading = Reading { canonical: true, ..Reading::default() };
    let is_parquet = |file: &&&RawFile| {
        let plain = file.source.is_none() && file.withheld.is_none() && !file.bytes.is_empty();
        plain && decode::format(file, &reading) == Some(SourceFormat::Parquet)
    };
    let bytes: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
    !contract.delivery
        && bytes > context.decoder.limits().held
        && files.iter().filter(is_parquet).count() == files.len()
}

/// Types, merges and checks the files of one dataset without holding them.
///
/// # Errors
/// A file that cannot be decoded, is beyond a limit, or lacks a required column.
pub fn scan(contract: &Contract, files: &[&RawFile], context: &Context<'_>) -> Result<Conformed, ConformError> {
    let mut gathered = Gathered::default();
    let mut sheets = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let sheet = sheet(u32::try_from(index).unwrap_or(u32::MAX), file, context)?;
        let heads: Vec<&str> = sheet.schema.iter_names().map(PlSmallStr::as_str).collect();
        coerce::check_header(contract, file, &heads, &mut gathered)?;
        gathered.account.read += sheet.rows as u64;
        sheets.push(sheet);
    }
    let batches: Vec<Batch> = sheets.iter().enumerate().flat_map(|(index, sheet)| batches(index, sheet)).collect();
    let seen = pass::pass(contract, &sheets, &batches, context)?;
    gathered.bad = seen.bad;
    gathered.ranks = vec![0; files.len()];
    let mut shapes: Vec<FileShape> =
        sheets.iter().zip(&seen.nulls).map(|(sheet, nulls)| shaped(contract, sheet, nulls)).collect();
    let names: Vec<String> = files.iter().map(|file| file.key.clone()).collect();
    let suspects = if seen.suspects.is_empty() { coerce::empty(contract)? } else { stacked(seen.suspects)? };
    let kept = rows::settle(contract, &suspects, &names, &mut gathered)?;
    let height = usize::try_from(gathered.account.read).unwrap_or(usize::MAX) - (suspects.height() - kept.height());
    let gone = gone(&suspects, &kept, &sheets)?;
    let lazy: PolarsResult<Vec<LazyFrame>> = sheets
        .iter()
        .zip(&seen.changes)
        .zip(gone)
        .map(|((sheet, changes), gone)| columns::lazy(contract, sheet, changes, gone, context))
        .collect();
    let options = UnionArgs { rechunk: false, ..UnionArgs::default() };
    let table = match lazy?.as_slice() {
        [one] => one.clone(),
        several => concat(several, options)?,
    };
    rows::finish(contract, &suspects, Table::planned(table, height), names, std::mem::take(&mut shapes), gathered)
}

fn sheet<'a>(index: u32, file: &'a RawFile, context: &Context<'_>) -> Result<Sheet<'a>, ConformError> {
    let limits = context.decoder.limits();
    limits.check_bytes(file)?;
    guarded(file, || {
        let mut reader = reader(file);
        let footer = reader.get_metadata().map_err(|error| undecodable(file, &error))?.clone();
        limits.check_rows(file, footer.num_rows as u64)?;
        limits.check_columns(file, footer.schema_descr.columns().len())?;
        // One row group at a time is unpacked.
        let claimed = footer.row_groups.iter().map(|group| group.total_byte_size() as u64).max();
        limits.check_memory(file, claimed.unwrap_or(0))?;
        let schema = reader.schema().map_err(|error| undecodable(file, &error))?;
        let schema = Arc::new(Schema::from_arrow_schema(schema.as_ref()));
        let rows = footer.num_rows;
        u32::try_from(rows).map_err(|_| undecodable(file, &"it has more than 4 billion rows"))?;
        Ok(Sheet { index, file, groups: one_by_one(&footer), schema, rows })
    })
}

fn one_by_one(footer: &FileMetadataRef) -> Vec<FileMetadataRef> {
    let mut bare = FileMetadata::clone(footer);
    bare.row_groups.clear();
    let alone = footer.row_groups.iter().map(|group| {
        let mut footer = bare.clone();
        footer.num_rows = group.num_rows();
        footer.row_groups.push(group.clone());
        Arc::new(footer)
    });
    alone.collect()
}

fn reader(file: &RawFile) -> ParquetReader<std::io::Cursor<Bytes>> {
    ParquetReader::new(std::io::Cursor::new(file.bytes.clone()))
}

/// A malformed file makes some readers panic: that is the file's fault, and no reason to end.
fn guarded<T>(file: &RawFile, work: impl FnOnce() -> Result<T, ConformError>) -> Result<T, ConformError> {
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(undecodable(file, &"the reader failed on it")))
}

/// The rows of a sheet in batches that keep to its row groups.
fn batches(index: usize, sheet: &Sheet<'_>) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut before = 0;
    for (group, footer) in sheet.groups.iter().enumerate() {
        let height = footer.num_rows;
        batches.extend((0..height).step_by(BATCH).map(|offset| Batch {
            sheet: index,
            group,
            offset,
            rows: BATCH.min(height - offset),
            before: before + offset,
        }));
        before += height;
    }
    batches
}

fn shaped(contract: &Contract, sheet: &Sheet<'_>, nulls: &[u64]) -> FileShape {
    let headers = shape::headers(sheet.schema.iter_names().map(PlSmallStr::as_str));
    let nulls: BTreeMap<String, u64> = contract.columns.keys().cloned().zip(nulls.iter().copied()).collect();
    shape::shape(sheet.file, headers, nulls, sheet.rows as u64, sheet.rows as u64)
}

/// The rows that do not count, by sheet: a bit for each row; none where all count.
fn gone(suspects: &DataFrame, kept: &DataFrame, sheets: &[Sheet<'_>]) -> PolarsResult<Vec<Option<columns::Bits>>> {
    let mut gone: Vec<Option<columns::Bits>> = vec![None; sheets.len()];
    let places = |table: &DataFrame| -> PolarsResult<Vec<(u32, u32)>> {
        let (files, rows) = (table.column("_file")?.u32()?.clone(), table.column("_row")?.u32()?.clone());
        Ok(files.into_no_null_iter().zip(rows.into_no_null_iter()).collect())
    };
    let mut mark = |places: Vec<(u32, u32)>, is_gone: bool| {
        for (file, row) in places {
            let sheet = file as usize;
            let bits = gone[sheet].get_or_insert_with(|| columns::Bits::of(sheets[sheet].rows));
            bits.set(row as usize - 1, is_gone);
        }
    };
    if suspects.height() > kept.height() {
        mark(places(suspects)?, true);
        mark(places(kept)?, false);
    }
    Ok(gone)
}

//! The pass over the files: every cell typed, every rule tried, and the rows held that need a decision.

use std::sync::Arc;

use polars::prelude::*;

use super::{Batch, Sheet, guarded, reader};
use crate::abreast::abreast;
use crate::catalogue::Contract;
use crate::conform::coerce::{self, Change, Coerced, Place};
use crate::conform::decode::undecodable;
use crate::conform::rows::{self, BadCell};
use crate::conform::{ConformError, Context, Heaped, Repeated, hashes};

/// What the pass found.
#[derive(Default)]
pub struct Seen {
    pub bad: Vec<BadCell>,
    /// By sheet and column of the contract.
    pub changes: Vec<Vec<Change>>,
    pub nulls: Vec<Vec<u64>>,
    /// Rows that need a decision, in the order of files and rows.
    pub suspects: Vec<DataFrame>,
}

/// What one batch has.
struct Part {
    bad: Vec<BadCell>,
    changes: Vec<Change>,
    nulls: Vec<u64>,
    suspects: DataFrame,
    keys: Heaped,
}

pub fn pass(
    contract: &Contract,
    sheets: &[Sheet<'_>],
    batches: &[Batch],
    context: &Context<'_>,
) -> Result<Seen, ConformError> {
    let width = contract.columns.len();
    let mut seen = Seen {
        changes: vec![vec![Change::Nothing; width]; sheets.len()],
        nulls: vec![vec![0; width]; sheets.len()],
        ..Seen::default()
    };
    let parts = abreast(batches.len(), |number| part(contract, sheets, batches[number], context))?;
    let mut keys = Vec::with_capacity(parts.len());
    for (part, batch) in parts.into_iter().zip(batches) {
        seen.bad.extend(part.bad);
        for (column, (change, nulls)) in part.changes.into_iter().zip(part.nulls).enumerate() {
            let so_far = &mut seen.changes[batch.sheet][column];
            *so_far = change.max(*so_far);
            seen.nulls[batch.sheet][column] += nulls;
        }
        if part.suspects.height() > 0 {
            seen.suspects.push(part.suspects);
        }
        keys.push(part.keys);
    }
    let repeated = Repeated::of(&keys);
    if !repeated.is_empty() {
        seen.suspects = abreast(batches.len(), |number| {
            let table = coerced(contract, sheets, batches[number], context)?.table;
            let (suspect, keyed) = doubtful(contract, &table)?;
            let is_repeated: BooleanChunked =
                row_keys(contract, &table)?.into_iter().map(|key| Some(repeated.may_contain(key))).collect();
            table.filter(&(suspect | (is_repeated & keyed))).map_err(ConformError::from)
        })?;
    }
    Ok(seen)
}

fn coerced(
    contract: &Contract,
    sheets: &[Sheet<'_>],
    batch: Batch,
    context: &Context<'_>,
) -> Result<Coerced, ConformError> {
    let sheet = &sheets[batch.sheet];
    let heads = sheet.schema.iter_names();
    let wanted = heads.filter(|head| contract.columns.keys().any(|name| coerce::is_named(head, name)));
    let wanted: Vec<String> = wanted.map(ToString::to_string).collect();
    let raw = guarded(sheet.file, || {
        let mut reader = reader(sheet.file).with_slice(Some((batch.offset, batch.rows))).with_columns(Some(wanted));
        // The batches are worked on abreast already.
        reader = reader.read_parallel(ParallelStrategy::None);
        reader.set_metadata(Arc::clone(&sheet.groups[batch.group]));
        reader.finish().map_err(|error| undecodable(sheet.file, &error))
    })?;
    let first = u32::try_from(batch.before + 1).unwrap_or(u32::MAX);
    let rows: Vec<u32> = (first..).take(batch.rows).collect();
    let place = Place { index: sheet.index, file: sheet.file, rows: &rows, alone: false };
    Ok(coerce::coerce(contract, &raw, &place, context)?)
}

fn part(contract: &Contract, sheets: &[Sheet<'_>], batch: Batch, context: &Context<'_>) -> Result<Part, ConformError> {
    let Coerced { table, bad, changes } = coerced(contract, sheets, batch, context)?;
    let nulls: PolarsResult<Vec<u64>> =
        contract.columns.keys().map(|name| Ok(table.column(name)?.null_count() as u64)).collect();
    let (suspect, keyed) = doubtful(contract, &table)?;
    let suspects = if suspect.any() { table.filter(&suspect)? } else { table.clear() };
    let mut keys = row_keys(contract, &table)?;
    if !keyed.all() {
        let mut keyed = keyed.iter();
        keys.retain(|_| keyed.next().flatten().unwrap_or(false));
    }
    Ok(Part { bad, changes, nulls: nulls?, suspects, keys: Heaped::of(&keys) })
}

/// Rows that may not count by themselves, and rows whose key is whole.
fn doubtful(contract: &Contract, table: &DataFrame) -> PolarsResult<(BooleanChunked, BooleanChunked)> {
    let keyed = rows::key_present(contract, table)?;
    let mut suspect = !&keyed;
    for (name, _) in contract.columns.iter().filter(|(_, column)| column.required) {
        let values = table.column(name)?;
        if values.null_count() > 0 {
            suspect = suspect | values.as_materialized_series().is_null();
        }
    }
    for rule in &contract.impossible {
        suspect = suspect | rows::offends(rule, table)?;
    }
    Ok((suspect, keyed))
}

/// A hash of each row's key; nothing where the contract has none.
fn row_keys(contract: &Contract, table: &DataFrame) -> PolarsResult<Vec<u64>> {
    hashes(table.select(&contract.key)?.columns())
}

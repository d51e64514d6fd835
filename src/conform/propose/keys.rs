//! The key of a file that has none of its own, or not in one column.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::catalogue::{ColumnType, Contract};

/// Columns of the file that name one row together.
#[derive(Debug)]
pub struct Key {
    /// The key column of the dataset.
    pub target: String,
    columns: Vec<usize>,
    /// By place in `columns`, as SQL calls them.
    names: Vec<String>,
    pub why: &'static str,
}

impl Key {
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().copied()
    }

    pub fn sql(&self) -> String {
        match self.names.as_slice() {
            [name] => name.clone(),
            names => format!("CONCAT_WS('-', {})", names.join(", ")),
        }
    }
}

/// What to take as the key where no column is it, or the one that looks like it names many rows.
pub fn key(
    contract: &Contract,
    taken: &BTreeMap<String, usize>,
    names: &[String],
    rows: &DataFrame,
) -> PolarsResult<Option<Key>> {
    let [target] = contract.key.as_slice() else { return Ok(None) };
    let is_text = |at: &usize| {
        let target = taken.iter().find(|(_, other)| *other == at).and_then(|(target, _)| contract.columns.get(target));
        target.is_none_or(|column| {
            matches!(column.kind, ColumnType::Text | ColumnType::Serial | ColumnType::Enum | ColumnType::Currency)
        })
    };
    let candidates: Vec<usize> = (0..names.len()).filter(is_text).collect();
    let found = |columns: Vec<usize>, why| {
        let names = columns.iter().map(|at| names[*at].clone()).collect();
        Some(Key { target: target.clone(), columns, names, why })
    };
    if let Some(at) = taken.get(target) {
        // A ledger may say of one thing again and again; its update stamp tells which row counts.
        let is_history = contract.updated.as_ref().is_some_and(|updated| taken.contains_key(updated));
        if is_history || distinct(rows, &[*at])? * 10 >= rows.height() * 9 {
            return Ok(None);
        }
        for other in candidates.iter().filter(|other| *other != at) {
            if is_unique(rows, &[*at, *other])? {
                return Ok(found(vec![*at, *other], "the first of them alone stands in many rows: check"));
            }
        }
        return Ok(None);
    }
    let why = "the rows have no id of their own: check";
    for at in &candidates {
        if is_unique(rows, &[*at])? {
            return Ok(found(vec![*at], why));
        }
    }
    for (place, at) in candidates.iter().enumerate() {
        for other in &candidates[place + 1..] {
            if is_unique(rows, &[*at, *other])? {
                return Ok(found(vec![*at, *other], why));
            }
        }
    }
    Ok(None)
}

/// Two rows at least, each with its own filled cells.
fn is_unique(frame: &DataFrame, columns: &[usize]) -> PolarsResult<bool> {
    Ok(frame.height() > 1 && distinct(frame, columns)? == frame.height())
}

/// Different combinations of filled cells.
fn distinct(frame: &DataFrame, columns: &[usize]) -> PolarsResult<usize> {
    let texts: PolarsResult<Vec<StringChunked>> = columns
        .iter()
        .map(|at| Ok(frame.columns()[*at].as_materialized_series().cast(&DataType::String)?.str()?.clone()))
        .collect();
    let texts = texts?;
    let cell = |text: &StringChunked, row: usize| {
        let cell = text.get(row).map(str::trim).filter(|cell| !cell.is_empty());
        cell.map(str::to_owned)
    };
    let mut seen = BTreeSet::new();
    for row in 0..frame.height() {
        if let Some(cells) = texts.iter().map(|text| cell(text, row)).collect::<Option<Vec<_>>>() {
            seen.insert(cells);
        }
    }
    Ok(seen.len())
}

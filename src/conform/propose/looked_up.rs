//! Files given beside the one to map: where a column holds the ids of another file, its values can be looked up there.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{ALIKE, Given, likeness, synonyms};
use crate::catalogue::{ColumnType, Contract, name_of, names_of};

/// A table to look values up in.
#[derive(Debug)]
pub struct Join {
    pub name: String,
    /// Place in the files given.
    pub file: usize,
    /// The column of the first file that holds its ids.
    pub on: usize,
    /// Its column of ids, as its header spells it.
    pub key: String,
    /// Columns of the dataset, and its columns that fill them, as its header spells them.
    pub columns: BTreeMap<String, String>,
}

/// The joins that the files given allow; each fills columns of the dataset that the first file does not, or holds ids for.
pub fn joins(
    given: &Given<'_>,
    rows: &DataFrame,
    contract: &Contract,
    taken: &BTreeMap<String, usize>,
) -> PolarsResult<Vec<Join>> {
    let own = words(rows)?;
    let mut joins = Vec::new();
    let mut filled: BTreeSet<String> = BTreeSet::new();
    for (file, (stem, other)) in given.others.iter().enumerate() {
        let theirs = words(&other.frame)?;
        let Some((on, key)) = best(&own, &theirs, other.frame.height()) else { continue };
        let names = names_of(other.heads.iter().map(String::as_str));
        let mut columns = BTreeMap::new();
        for (target, definition) in &contract.columns {
            // Only words can be looked up, and ids that stand for them.
            let is_words = matches!(definition.kind, ColumnType::Text);
            let is_free = taken.get(target).is_none_or(|at| *at == on) && !filled.contains(target);
            if !is_words || !is_free || contract.key.contains(target) {
                continue;
            }
            let alike = |at: &usize| likeness(target, definition, &names[*at], &contract.dataset);
            let by_header = (0..names.len()).filter(|at| *at != key).max_by(|a, b| alike(a).total_cmp(&alike(b)));
            let by_header = by_header.filter(|at| alike(at) >= ALIKE);
            // The column that holds the ids says what their names are.
            let is_named = taken.get(target) == Some(&on) || is_of(target, contract, &given.decoded.heads[on]);
            let by_id = || (0..names.len()).find(|at| *at != key && synonyms::NAMES.contains(&names[*at].as_str()));
            if let Some(at) = by_header.or_else(|| is_named.then(by_id).flatten()) {
                filled.insert(target.clone());
                columns.insert(target.clone(), other.heads[at].trim().to_owned());
            }
        }
        if !columns.is_empty() {
            let key = other.heads[key].trim().to_owned();
            joins.push(Join { name: name_of(stem), file, on, key, columns });
        }
    }
    Ok(joins)
}

fn is_of(target: &str, contract: &Contract, head: &str) -> bool {
    let definition = &contract.columns[target];
    likeness(target, definition, &name_of(head), &contract.dataset) >= ALIKE
}

/// The different cells of each column, in lower case.
fn words(frame: &DataFrame) -> PolarsResult<Vec<BTreeSet<String>>> {
    let of = |column: &Column| {
        let text = column.as_materialized_series().cast(&DataType::String)?;
        let cells = text.str()?.iter().flatten().map(|cell| cell.trim().to_lowercase());
        Ok(cells.filter(|cell| !cell.is_empty()).collect())
    };
    frame.columns().iter().map(of).collect()
}

/// The column of ours whose words are most often ids over there, and the column of those ids: most of ours are found, and
/// each of theirs names one row.
fn best(own: &[BTreeSet<String>], theirs: &[BTreeSet<String>], height: usize) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize, usize)> = None;
    for (at, ours) in own.iter().enumerate().filter(|(_, ours)| !ours.is_empty()) {
        for (key, ids) in theirs.iter().enumerate().filter(|(_, ids)| ids.len() > 1 && ids.len() == height) {
            let found = ours.intersection(ids).count();
            if found * 10 >= ours.len() * 8 && best.is_none_or(|(most, ..)| found > most) {
                best = Some((found, at, key));
            }
        }
    }
    best.map(|(_, at, key)| (at, key))
}

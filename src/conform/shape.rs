//! The shape of each file: what a gate compares night with night without the rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::RawFile;
use crate::catalogue::Contract;

/// One file as it was delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileShape {
    /// Object key.
    pub file: String,
    pub night: NaiveDate,
    /// Rows in the file, rejected ones included.
    pub read: u64,
    pub rejected: u64,
    /// Rows whose key stands in the same file again.
    pub repeated: u64,
    /// Rows that could be split into cells: what `nulls` is a share of.
    pub rows: u64,
    /// Column names, trimmed and in lower case, whether or not the contract knows them.
    pub headers: BTreeSet<String>,
    /// Cells without a value, by delivered column of the contract.
    pub nulls: BTreeMap<String, u64>,
}

/// Before rows are merged and left out; `nulls` by column of the contract, typed.
pub fn shape(
    file: &RawFile,
    headers: BTreeSet<String>,
    mut nulls: BTreeMap<String, u64>,
    read: u64,
    rows: u64,
) -> FileShape {
    nulls.retain(|name, _| headers.contains(name));
    FileShape { file: file.key.clone(), night: file.night, read, rows, nulls, headers, ..FileShape::default() }
}

/// Column names as they are compared.
pub fn headers<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(|name| name.trim().to_lowercase()).collect()
}

/// Counts the rows whose key stands in their own file again; `table` holds all files, unmerged.
pub fn count_repeated(contract: &Contract, table: &DataFrame, shapes: &mut [FileShape]) -> PolarsResult<()> {
    let keyed = contract.key.iter().map(|key| col(key.as_str()).is_not_null()).reduce(Expr::and).unwrap_or(lit(true));
    let of_file = [col("_file")];
    let keys: Vec<Expr> = contract.key.iter().map(|key| col(key.as_str())).chain(of_file.clone()).collect();
    let counts = table
        .clone()
        .lazy()
        .filter(keyed)
        .group_by(keys)
        .agg([len().alias("_rows")])
        .group_by(of_file)
        .agg([(col("_rows").sum() - len()).cast(DataType::UInt64).alias("_repeated")])
        .collect()?;
    let files = counts.column("_file")?.u32()?;
    for (file, repeated) in files.into_no_null_iter().zip(counts.column("_repeated")?.u64()?.into_no_null_iter()) {
        if let Some(shape) = usize::try_from(file).ok().and_then(|index| shapes.get_mut(index)) {
            shape.repeated = repeated;
        }
    }
    Ok(())
}

//! Rows that do not count: duplicates first, then impossible rows; each counted and listed.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{Account, ConformError, Conformed, FileShape, Reject, Table, shape};
use crate::catalogue::{ColumnType, Contract, DatasetKind, Impossible};
use crate::finding::{Finding, Level, counted};

/// Rejects kept by name; beyond that they are only counted, so that a broken export stays readable.
const MOST_LISTED: usize = 10_000;

/// A cell that was not of its column's type.
#[derive(Debug)]
pub struct BadCell {
    pub file: u32,
    pub row: u32,
    pub column: String,
    pub code: &'static str,
    pub text: String,
}

/// What accumulates while the files of a dataset are read.
#[derive(Debug, Default)]
pub struct Gathered {
    pub account: Account,
    pub rejects: Vec<Reject>,
    /// All rejects, listed or not, by file.
    pub rejected_of: BTreeMap<String, u64>,
    pub findings: Vec<Finding>,
    pub bad: Vec<BadCell>,
    /// Precedence of each file.
    pub ranks: Vec<i32>,
}

impl Gathered {
    pub fn reject_all(&mut self, rejects: impl Iterator<Item = Reject>) {
        for reject in rejects {
            self.account.rejected += 1;
            match self.rejected_of.get_mut(&reject.file) {
                Some(count) => *count += 1,
                None => _ = self.rejected_of.insert(reject.file.clone(), 1),
            }
            if self.rejects.len() < MOST_LISTED {
                self.rejects.push(reject);
            }
        }
    }
}

/// Puts together what became of a dataset. `unmerged` has every row whose key stands more than once.
pub fn finish(
    contract: &Contract,
    unmerged: &DataFrame,
    table: Table,
    files: Vec<String>,
    mut shapes: Vec<FileShape>,
    gathered: Gathered,
) -> Result<Conformed, ConformError> {
    let Gathered { mut account, rejects, rejected_of, mut findings, .. } = gathered;
    for shape in &mut shapes {
        shape.rejected = rejected_of.get(&shape.file).copied().unwrap_or(0);
    }
    if account.merged > 0 && !contract.key.is_empty() {
        shape::count_repeated(contract, unmerged, &mut shapes)?;
        findings.extend(lines_lost(contract, &shapes));
    }
    account.kept = u64::try_from(table.height()).unwrap_or(u64::MAX);
    findings.extend(summarise(contract, &rejects, account.rejected));
    findings.extend(account.imbalance(&contract.dataset));
    Ok(Conformed { table, files, shapes, account, rejects, findings })
}

/// Merges by key and takes impossible rows out.
pub fn settle(
    contract: &Contract,
    table: &DataFrame,
    files: &[String],
    gathered: &mut Gathered,
) -> Result<DataFrame, ConformError> {
    let keyed = key_present(contract, table)?;
    let (table, keyless) = if keyed.all() { (table.clone(), table.clear()) } else { split(table, &keyed)? };
    let before = table.height();
    let table = winners(contract, table, &gathered.ranks)?;
    gathered.account.merged += (before - table.height()) as u64;
    duplicates_finding(contract, before - table.height(), gathered);
    let unreadable: BTreeMap<(u32, u32), (String, &'static str, String)> = gathered
        .bad
        .iter()
        .filter(|cell| contract.key.contains(&cell.column))
        .map(|cell| ((cell.file, cell.row), (cell.column.clone(), cell.code, cell.text.clone())))
        .collect();
    reject_rows(&keyless, files, gathered, |place| match unreadable.get(&place) {
        Some((column, code, text)) => (column.clone(), (*code).to_owned(), format!("`{text}` cannot be read")),
        None => (contract.key.join(", "), "empty_required".to_owned(), "the key is empty".to_owned()),
    })?;
    let table = required(contract, table, files, gathered)?;
    let table = if contract.delivery { readable(&table, files, gathered)? } else { table };
    let table = impossible(contract, table, files, gathered)?;
    bad_cells_finding(contract, files, gathered);
    Ok(table)
}

pub fn key_present(contract: &Contract, table: &DataFrame) -> PolarsResult<BooleanChunked> {
    contract.key.iter().try_fold(BooleanChunked::full("keyed".into(), true, table.height()), |mask, key| {
        Ok(mask & table.column(key)?.as_materialized_series().is_not_null())
    })
}

fn split(table: &DataFrame, keep: &BooleanChunked) -> PolarsResult<(DataFrame, DataFrame)> {
    Ok((table.filter(keep)?, table.filter(&!keep)?))
}

/// One row per key: of the source that precedes, the latest update stamp, then the later night, then the later row.
fn winners(contract: &Contract, table: DataFrame, ranks: &[i32]) -> PolarsResult<DataFrame> {
    if contract.key.is_empty()
        || are_distinct(contract, &table)?
        || !table.select(&contract.key)?.is_duplicated()?.any()
    {
        return Ok(table);
    }
    let mut table = table.with_row_index("_order".into(), None)?;
    let rank = |file: u32| usize::try_from(file).ok().and_then(|file| ranks.get(file)).copied();
    let rank: Int32Chunked = table.column("_file")?.u32()?.iter().map(|file| rank(file?)).collect();
    table.with_column(rank.with_name("_rank".into()).into_series().into_column())?;
    let mut by = vec!["_rank"];
    by.extend(contract.updated.as_deref());
    by.extend(["_night", "_order"]);
    let options = SortMultipleOptions::default().with_maintain_order(true).with_nulls_last(false);
    let sorted = table.sort(by, options)?;
    let kept = sorted.unique_stable(Some(&contract.key), UniqueKeepStrategy::Last, None)?;
    let mut kept = kept.sort(["_order"], SortMultipleOptions::default())?;
    kept.drop_in_place("_order")?;
    kept.drop_in_place("_rank")?;
    Ok(kept)
}

/// Whether no two rows have even the same hash of their keys: most often it settles that nothing is merged, at a
/// fraction of what comparing the keys costs.
fn are_distinct(contract: &Contract, table: &DataFrame) -> PolarsResult<bool> {
    let keys: Vec<Expr> = contract.key.iter().map(|key| col(key.as_str())).collect();
    let key = if let [key] = keys.as_slice() { key.clone() } else { as_struct(keys) };
    let hashes = table.clone().lazy().select([key.hash(1, 2, 3, 4).alias("hash")]).collect()?;
    let mut hashes: Vec<u64> = hashes.column("hash")?.u64()?.iter().flatten().collect();
    hashes.sort_unstable();
    Ok(hashes.windows(2).all(|pair| pair[0] != pair[1]))
}

fn duplicates_finding(contract: &Contract, count: usize, gathered: &mut Gathered) {
    if count > 0 {
        gathered.findings.push(
            Finding::dataset(
                Level::Note,
                "merged_by_key",
                &contract.dataset,
                format!("{} merged into the latest row of the key", counted(count as u64, "older or repeated row")),
                "nothing to do where the feed delivers history or increments; otherwise deliver each key once",
            )
            .times(count as u64),
        );
    }
}

/// Amounts by unit, category and month are parts of a sum: of two in one file none is the newer one.
fn lines_lost(contract: &Contract, shapes: &[FileShape]) -> Vec<Finding> {
    let is_money = contract.columns.values().any(|column| column.kind == ColumnType::Money);
    if contract.kind != DatasetKind::Ledger || contract.updated.is_some() || contract.key.len() == 1 || !is_money {
        return Vec::new();
    }
    let told = |shape: &FileShape| {
        let message = format!(
            "{} of the same {} as a later one in the file: only the later one counts",
            counted(shape.repeated, "row"),
            contract.key.join(", ")
        );
        let hint = "add the amounts of one key up in the export, or by `[collapse]` with SUM in its source";
        Finding::dataset(Level::Warning, "lines_lost", &contract.dataset, message, hint)
            .in_file(&shape.file)
            .times(shape.repeated)
    };
    shapes.iter().filter(|shape| shape.repeated > 0).map(told).collect()
}

fn required(
    contract: &Contract,
    table: DataFrame,
    files: &[String],
    gathered: &mut Gathered,
) -> Result<DataFrame, ConformError> {
    let mut table = table;
    for (name, column) in contract.columns.iter().filter(|(_, column)| column.required) {
        let values = table.column(name)?;
        if values.null_count() == 0 {
            continue;
        }
        let present = values.as_materialized_series().is_not_null();
        let (kept, out) = split(&table, &present)?;
        let bad: BTreeMap<(u32, u32), (&'static str, String)> = gathered
            .bad
            .iter()
            .filter(|cell| cell.column == *name)
            .map(|cell| ((cell.file, cell.row), (cell.code, cell.text.clone())))
            .collect();
        reject_rows(&out, files, gathered, |place| match bad.get(&place) {
            Some((code, text)) if column.values.is_empty() => {
                (name.clone(), (*code).to_owned(), format!("`{text}` cannot be read"))
            }
            Some((code, text)) => {
                (name.clone(), (*code).to_owned(), format!("`{text}` is none of {}", column.values.join(", ")))
            }
            None => (name.clone(), "empty_required".to_owned(), "the cell is empty and must not be".to_owned()),
        })?;
        table = kept;
    }
    Ok(table)
}

/// Who may read is never guessed: taken as empty, an unreadable last day would never come.
fn readable(table: &DataFrame, files: &[String], gathered: &mut Gathered) -> PolarsResult<DataFrame> {
    let bad: BTreeMap<(u32, u32), (String, &'static str)> =
        gathered.bad.drain(..).map(|cell| ((cell.file, cell.row), (cell.column, cell.code))).collect();
    let (rows, numbers) = (table.column("_file")?.u32()?, table.column("_row")?.u32()?);
    let places = rows.into_no_null_iter().zip(numbers.into_no_null_iter());
    let reads: BooleanChunked = places.map(|place| Some(!bad.contains_key(&place))).collect();
    let (kept, out) = split(table, &reads)?;
    reject_rows(&out, files, gathered, |place| {
        let (column, code) = bad.get(&place).cloned().unwrap_or_default();
        (column, code.to_owned(), "the cell cannot be read".to_owned())
    })?;
    Ok(kept)
}

fn impossible(
    contract: &Contract,
    table: DataFrame,
    files: &[String],
    gathered: &mut Gathered,
) -> Result<DataFrame, ConformError> {
    let mut table = table;
    for rule in &contract.impossible {
        let mask = offends(rule, &table)?;
        if !mask.any() {
            continue;
        }
        let (kept, out) = split(&table, &!&mask)?;
        reject_rows(&out, files, gathered, |_| (rule.when.clone(), rule.code.clone(), rule.message.clone()))?;
        table = kept;
    }
    Ok(table)
}

/// The rows that meet a condition no true row meets.
pub fn offends(rule: &Impossible, table: &DataFrame) -> PolarsResult<BooleanChunked> {
    let offends = polars::sql::sql_expr(&rule.when)?.fill_null(lit(false)).alias("offends");
    let mask = table.clone().lazy().select([offends]).collect()?;
    Ok(mask.column("offends")?.bool()?.clone())
}

fn reject_rows(
    rows: &DataFrame,
    files: &[String],
    gathered: &mut Gathered,
    why: impl Fn((u32, u32)) -> (String, String, String),
) -> PolarsResult<()> {
    let places: Vec<(u32, u32)> =
        rows.column("_file")?.u32()?.into_no_null_iter().zip(rows.column("_row")?.u32()?.into_no_null_iter()).collect();
    gathered.reject_all(places.into_iter().map(|place| {
        let (column, code, message) = why(place);
        let file = usize::try_from(place.0).ok().and_then(|index| files.get(index)).cloned().unwrap_or_default();
        Reject { file, row: u64::from(place.1), column, code, message }
    }));
    Ok(())
}

/// Unreadable cells of optional columns: the row stays, the cell counts as empty, and it is said.
fn bad_cells_finding(contract: &Contract, files: &[String], gathered: &mut Gathered) {
    let required: BTreeSet<&str> =
        contract.columns.iter().filter(|(_, column)| column.required).map(|(name, _)| name.as_str()).collect();
    let mut groups: BTreeMap<(u32, String, &'static str), (u32, String, u64)> = BTreeMap::new();
    for cell in gathered.bad.iter().filter(|cell| !required.contains(cell.column.as_str())) {
        groups
            .entry((cell.file, cell.column.clone(), cell.code))
            .or_insert_with(|| (cell.row, cell.text.clone(), 0))
            .2 += 1;
    }
    for ((file, column, code), (row, text, count)) in groups {
        let name = usize::try_from(file).ok().and_then(|index| files.get(index)).cloned().unwrap_or_default();
        gathered.findings.push(
            Finding::dataset(
                Level::Warning,
                code,
                &contract.dataset,
                format!(
                    "{} of `{column}` unreadable and taken as empty, the first is `{text}`",
                    counted(count, "cell")
                ),
                "correct the export, or declare the notation in config/sources/",
            )
            .in_file(name)
            .at(Some(u64::from(row)), Some(&column))
            .times(count),
        );
    }
}

/// What to do about rows left out for a reason; each of them is listed in the workbook.
fn cure(code: &str) -> &'static str {
    match code {
        "unknown_word" => "add the word to the `values` in its source, or correct it in the system",
        "wrong_width" => "open the file at that line: put quotes around the text there, or export the table anew",
        "broken_quotes" => "export the table anew with its quotes doubled, or declare `escape` in its source",
        "undecodable_bytes" => "export the file as UTF-8, or declare its `encoding` in its source",
        "not_json" => "export the file again whole",
        "join_unmatched" => "complete the joined table, or correct the id in the system",
        "empty_required" => "fill the cell in the source system, or give its source an `empty` answer",
        _ => "correct the row in the source system; it is listed in the workbook",
    }
}

/// One finding per file and reason, naming the first row.
fn summarise(contract: &Contract, rejects: &[Reject], total: u64) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), (&Reject, u64)> = BTreeMap::new();
    for reject in rejects {
        groups.entry((&reject.file, &reject.code)).or_insert((reject, 0)).1 += 1;
    }
    let mut findings: Vec<Finding> = groups
        .into_values()
        .map(|(first, count)| {
            let column = (!first.column.is_empty()).then_some(first.column.as_str());
            Finding::dataset(
                Level::Warning,
                &first.code,
                &contract.dataset,
                format!("{count} row{} left out: {}", if count == 1 { " is" } else { "s are" }, first.message),
                cure(&first.code),
            )
            .in_file(&first.file)
            .at(Some(first.row), column)
            .times(count)
        })
        .collect();
    if total > rejects.len() as u64 {
        findings.push(
            Finding::dataset(
                Level::Warning,
                "more_rejects",
                &contract.dataset,
                format!("{} further rows are left out and not listed", total - rejects.len() as u64),
                "the export as a whole looks wrong: check it at the source",
            )
            .times(total - rejects.len() as u64),
        );
    }
    findings
}

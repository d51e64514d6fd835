//! Clearing: all feeds of an evening together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::*;

use super::{Cleared, Feed, UNDELIVERED, UnitTree};
use crate::catalogue::Contract;
use crate::conform::{self, ConformError, Table, collect};
use crate::finding::{Finding, Level, counted};
use crate::ids::UNASSIGNED;

/// Columns that name a business unit of the tree.
const UNIT_COLUMNS: [&str; 2] = ["business_unit", "owner_unit"];

/// The dataset that is the tree of units.
const UNITS: &str = "business_units";

const UNIT_EMPTY: &str = "unit_empty";
const UNIT_UNKNOWN: &str = "unit_unknown";

/// Puts the feeds together: empty tables for missing ones, units mapped onto the tree. Tables that `earlier` has of
/// the same delivery and units are taken from there.
///
/// # Errors
/// The engine refuses a table.
pub fn clear(
    contracts: &BTreeMap<String, Contract>,
    feeds: &BTreeMap<String, Feed>,
    earlier: Option<&Cleared>,
) -> Result<Cleared, ConformError> {
    let mut cleared = outline(contracts, feeds)?;
    for (dataset, contract) in contracts {
        cleared.tables.insert(dataset.clone(), table(contract, feeds.get(dataset))?);
    }
    map_units(contracts, &mut cleared, earlier)?;
    unknown_classes(&mut cleared)?;
    Ok(cleared)
}

/// The same without tables: which feeds came and with which night, what was said about each, and the tree of units.
///
/// # Errors
/// The engine refuses the table of units.
pub fn outline(
    contracts: &BTreeMap<String, Contract>,
    feeds: &BTreeMap<String, Feed>,
) -> Result<Cleared, ConformError> {
    let mut cleared = Cleared::of_empty(BTreeMap::new());
    for dataset in contracts.keys() {
        match feeds.get(dataset) {
            Some(Feed::Present { conformed, night }) => {
                cleared.nights.insert(dataset.clone(), *night);
                cleared.origins.insert(dataset.clone(), Arc::clone(conformed));
                cleared.findings.extend(
                    conformed.findings.iter().cloned().map(|finding| Finding { dataset: dataset.clone(), ..finding }),
                );
            }
            Some(Feed::Missing { because, hint }) => missing(&mut cleared, dataset, because, hint),
            None => {
                let because = format!("`{dataset}` was not delivered");
                missing(&mut cleared, dataset, &because, UNDELIVERED);
            }
        }
    }
    let (units, mistakes) = UnitTree::read(&table(&contracts[UNITS], feeds.get(UNITS))?.frame()?)?;
    cleared.units = units;
    cleared.findings.extend(mistakes);
    Ok(cleared)
}

/// Datasets that decide how a dataset is cleared, beside itself.
#[must_use]
pub fn cleared_by(dataset: &str) -> &'static [&'static str] {
    if dataset == "assets" { &[UNITS, "asset_classes"] } else { &[UNITS] }
}

fn table(contract: &Contract, feed: Option<&Feed>) -> Result<Table, ConformError> {
    match feed {
        Some(Feed::Present { conformed, .. }) => Ok(conformed.table.clone()),
        Some(Feed::Missing { .. }) | None => Ok(conform::empty(contract)?.into()),
    }
}

fn missing(cleared: &mut Cleared, dataset: &str, because: &str, hint: &str) {
    cleared.missing.insert(dataset.to_owned(), because.to_owned());
    cleared.findings.push(Finding::dataset(Level::Error, "feed_missing", dataset, because, hint));
}

/// Every unit that is not in the tree becomes the visible unit `Unassigned`.
fn map_units(
    contracts: &BTreeMap<String, Contract>,
    cleared: &mut Cleared,
    earlier: Option<&Cleared>,
) -> PolarsResult<()> {
    for (dataset, contract) in contracts.iter().filter(|(dataset, _)| *dataset != UNITS) {
        if let Some(earlier) = earlier.filter(|earlier| cleared.shares(dataset, earlier)) {
            cleared.tables.insert(dataset.clone(), earlier.tables[dataset].clone());
            let noticed = earlier.noticed.iter().filter(|finding| finding.dataset == *dataset && is_of_units(finding));
            cleared.noticed.extend(noticed.cloned());
            continue;
        }
        let Some(table) = cleared.tables.get(dataset).cloned() else { continue };
        let mut columns = Vec::new();
        for column in UNIT_COLUMNS.into_iter().filter(|column| contract.columns.contains_key(*column)) {
            let (unknown, empty) = strangers(&table, column, &cleared.units)?;
            if empty > 0 || !unknown.is_empty() {
                columns.push(mapped(column, &cleared.units));
            }
            if empty > 0 {
                cleared.noticed.push(
                    Finding::dataset(
                        Level::Note,
                        UNIT_EMPTY,
                        dataset,
                        format!("{} without `{column}`, counted as {UNASSIGNED}", counted(empty, "row")),
                        "fill it in at the source",
                    )
                    .at(None, Some(column))
                    .times(empty),
                );
            }
            for (unit, count) in unknown {
                let hint = crate::ids::near(&unit, cleared.units.names()).map_or_else(
                    || "add it to business_units, or correct it at the source".to_owned(),
                    |known| format!("did you mean `{known}`? Correct it at the source or add it to business_units"),
                );
                cleared.noticed.push(
                    Finding::dataset(
                        Level::Warning,
                        UNIT_UNKNOWN,
                        dataset,
                        format!("`{unit}` is not in business_units: {} counted as {UNASSIGNED}", counted(count, "row")),
                        hint,
                    )
                    .at(None, Some(column))
                    .times(count),
                );
            }
        }
        if !columns.is_empty() {
            cleared.tables.insert(dataset.clone(), table.with_columns(columns)?);
        }
    }
    Ok(())
}

fn is_of_units(finding: &Finding) -> bool {
    [UNIT_EMPTY, UNIT_UNKNOWN].contains(&finding.code.as_str())
}

fn mapped(column: &str, tree: &UnitTree) -> Expr {
    let known = Series::new("known".into(), tree.names().collect::<Vec<_>>());
    let is_known = col(column).is_in(lit(known).implode(false), false).fill_null(lit(false));
    when(is_known).then(col(column)).otherwise(lit(UNASSIGNED)).alias(column)
}

/// Units of a column that are not in the tree with the rows that name them, and the rows that name none.
fn strangers(table: &Table, column: &str, tree: &UnitTree) -> PolarsResult<(BTreeMap<String, u64>, u64)> {
    let (mut unknown, mut empty) = (BTreeMap::new(), 0);
    for (unit, rows) in counts(table, column)? {
        match unit {
            Some(unit) if tree.contains(&unit) => (),
            Some(unit) => _ = unknown.insert(unit, rows),
            None => empty = rows,
        }
    }
    Ok((unknown, empty))
}

/// Rows by value of a text column.
fn counts(table: &Table, column: &str) -> PolarsResult<Vec<(Option<String>, u64)>> {
    let grouped = table.lazy().group_by([col(column)]);
    let counted = collect(grouped.agg([len().cast(DataType::UInt64).alias("_rows")]))?;
    let (values, rows) = (counted.column(column)?.str()?, counted.column("_rows")?.u64()?);
    Ok(values.iter().map(|value| value.map(str::to_owned)).zip(rows.into_no_null_iter()).collect())
}

/// Classes nobody described: their assets have no refresh date, no telemetry, no list price.
fn unknown_classes(cleared: &mut Cleared) -> PolarsResult<()> {
    let (Some(assets), Some(classes)) = (cleared.tables.get("assets"), cleared.tables.get("asset_classes")) else {
        return Ok(());
    };
    let classes = classes.columns(&["asset_class"])?;
    let known: BTreeSet<&str> = classes.column("asset_class")?.str()?.iter().flatten().collect();
    let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
    for (class, rows) in counts(assets, "asset_class")? {
        if let Some(class) = class.filter(|class| !known.contains(class.as_str())) {
            unknown.insert(class, rows);
        }
    }
    for (class, count) in unknown {
        cleared.noticed.push(
            Finding::dataset(
                Level::Warning,
                "class_unknown",
                "assets",
                format!(
                    "class `{class}` is not in asset_classes: {} without refresh date, telemetry and list price",
                    counted(count, "asset")
                ),
                "add the class to asset_classes",
            )
            .at(None, Some("asset_class"))
            .times(count),
        );
    }
    Ok(())
}

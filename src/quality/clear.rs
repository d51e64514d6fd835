//! Clearing: all feeds of an evening together.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::{Cleared, Feed, UNDELIVERED, UnitTree};
use crate::catalogue::Contract;
use crate::conform::{self, ConformError};
use crate::finding::{Finding, Level, counted};
use crate::ids::UNASSIGNED;

/// Columns that name a business unit of the tree.
const UNIT_COLUMNS: [&str; 2] = ["business_unit", "owner_unit"];

/// Puts the feeds together: empty tables for missing ones, units mapped onto the tree.
///
/// # Errors
/// The engine refuses a table.
pub fn clear(contracts: &BTreeMap<String, Contract>, feeds: &BTreeMap<String, Feed>) -> Result<Cleared, ConformError> {
    let mut cleared = Cleared {
        tables: BTreeMap::new(),
        missing: BTreeMap::new(),
        nights: BTreeMap::new(),
        units: UnitTree::default(),
        findings: Vec::new(),
    };
    for (dataset, contract) in contracts {
        let table = match feeds.get(dataset) {
            Some(Feed::Present { conformed, night }) => {
                cleared.nights.insert(dataset.clone(), *night);
                cleared.findings.extend(
                    conformed.findings.iter().cloned().map(|finding| Finding { dataset: dataset.clone(), ..finding }),
                );
                conformed.table.clone()
            }
            Some(Feed::Missing { because, hint }) => {
                missing(&mut cleared, dataset, because, hint);
                conform::empty(contract)?
            }
            None => {
                let because = format!("`{dataset}` was not delivered");
                missing(&mut cleared, dataset, &because, UNDELIVERED);
                conform::empty(contract)?
            }
        };
        cleared.tables.insert(dataset.clone(), table);
    }
    let (units, mistakes) = UnitTree::read(&cleared.tables["business_units"])?;
    cleared.units = units;
    cleared.findings.extend(mistakes);
    map_units(&mut cleared)?;
    unknown_classes(&mut cleared)?;
    Ok(cleared)
}

fn missing(cleared: &mut Cleared, dataset: &str, because: &str, hint: &str) {
    cleared.missing.insert(dataset.to_owned(), because.to_owned());
    cleared.findings.push(Finding::dataset(Level::Error, "feed_missing", dataset, because, hint));
}

/// Every unit that is not in the tree becomes the visible unit `Unassigned`.
fn map_units(cleared: &mut Cleared) -> PolarsResult<()> {
    for (dataset, table) in cleared.tables.iter_mut().filter(|(dataset, _)| *dataset != "business_units") {
        for column in UNIT_COLUMNS {
            let Ok(units) = table.column(column) else { continue };
            let units = units.str()?.clone();
            let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
            let mut empty = 0;
            let mapped: StringChunked = units
                .iter()
                .map(|unit| match unit {
                    Some(unit) if cleared.units.contains(unit) => Some(unit),
                    Some(unit) => {
                        *unknown.entry(unit.to_owned()).or_default() += 1;
                        Some(UNASSIGNED)
                    }
                    None => {
                        empty += 1;
                        Some(UNASSIGNED)
                    }
                })
                .collect();
            table.with_column(mapped.with_name(column.into()).into_series().into_column())?;
            if empty > 0 {
                cleared.findings.push(
                    Finding::dataset(
                        Level::Note,
                        "unit_empty",
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
                cleared.findings.push(
                    Finding::dataset(
                        Level::Warning,
                        "unit_unknown",
                        dataset,
                        format!("`{unit}` is not in business_units: {} counted as {UNASSIGNED}", counted(count, "row")),
                        hint,
                    )
                    .at(None, Some(column))
                    .times(count),
                );
            }
        }
    }
    Ok(())
}

/// Classes nobody described: their assets have no refresh date, no telemetry, no list price.
fn unknown_classes(cleared: &mut Cleared) -> PolarsResult<()> {
    let known: std::collections::BTreeSet<String> =
        cleared.tables["asset_classes"].column("asset_class")?.str()?.iter().flatten().map(str::to_owned).collect();
    let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
    for class in cleared.tables["assets"].column("asset_class")?.str()?.iter().flatten() {
        if !known.contains(class) {
            *unknown.entry(class.to_owned()).or_default() += 1;
        }
    }
    for (class, count) in unknown {
        cleared.findings.push(
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

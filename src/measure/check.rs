//! Check: every fact, measure, list and exception planned against empty tables, so that a mistake is found
//! at start and not at night.

use std::collections::BTreeMap;
use std::convert::Infallible;

use polars::prelude::*;

use super::plan::{Plan, Tables, is_shared, run};
use super::{Frame, group, prepare, rows};
use crate::abreast::abreast;
use crate::catalogue::{Catalogue, Fact, Mistake};
use crate::conform::{self, Table, quoted, worded};
use crate::ids::did_you_mean;
use crate::period::Period;
use crate::quality::Cleared;

/// Plans every fact, measure and exception list against empty tables.
///
/// # Errors
/// Each mistake with its file, line and a near name.
pub fn check(frame: &Frame<'_>, period: Period) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let empty: Result<BTreeMap<String, Table>, _> = frame
        .catalogue
        .contracts
        .iter()
        .map(|(name, contract)| conform::empty(contract).map(|table| (name.clone(), table.into())))
        .collect();
    let cleared = match empty {
        Ok(tables) => Cleared::of_empty(tables),
        Err(error) => {
            return Err(vec![Mistake { file: "config/contracts".to_owned(), line: None, message: error.to_string() }]);
        }
    };
    let plan = Plan::new(frame, period, &cleared.units);
    let tables = match prepare::prepare(frame, period, &cleared) {
        Ok(tables) => tables,
        Err(error) => {
            return Err(vec![Mistake { file: "config/contracts".to_owned(), line: None, message: error.to_string() }]);
        }
    };
    let mut known: Tables = tables.iter().map(|(name, table)| (name.clone(), table.lazy())).collect();
    let all: Vec<String> = frame.catalogue.facts.keys().cloned().collect();
    let facts = frame.catalogue.facts_in_order(&all).into_iter();
    let (shared, others): (Vec<&Fact>, Vec<&Fact>) = facts.partition(|fact| is_shared(frame.catalogue, fact));
    for fact in shared {
        match tried(&plan, &known, fact, &tables) {
            Ok((table, own)) => {
                mistakes.extend(own);
                known.insert(fact.name.clone(), table.lazy());
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let Ok(found) = abreast(others.len(), |number| {
        let own = tried(&plan, &known, others[number], &tables);
        Ok::<_, Infallible>(own.map_or_else(|mistake| vec![mistake], |(_, own)| own))
    });
    mistakes.extend(found.into_iter().flatten());
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

/// The fact's empty table, and the mistakes of what is made of it.
fn tried(
    plan: &Plan<'_>,
    known: &Tables,
    fact: &Fact,
    tables: &BTreeMap<String, Table>,
) -> Result<(DataFrame, Vec<Mistake>), Mistake> {
    let table = run(plan, known, fact).and_then(|mut lazy| Ok((lazy.collect_schema()?, lazy.collect()?)));
    let (schema, table) = table.map_err(|cause| mistake_in_fact(fact, &cause, tables))?;
    let mut mistakes = Vec::new();
    check_uses(plan.catalogue, fact, &schema, &table, &mut mistakes);
    Ok((table, mistakes))
}

fn check_uses(catalogue: &Catalogue, fact: &Fact, schema: &SchemaRef, table: &DataFrame, mistakes: &mut Vec<Mistake>) {
    let known: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
    for column in fact.dimension.iter().map(String::as_str).chain(["business_unit"]) {
        // class_prices and the like serve other facts and are not grouped.
        let grouped = catalogue.kpis.iter().any(|kpi| kpi.facts().contains(&fact.name));
        if grouped && !known.contains(&column) {
            mistakes.push(Mistake {
                file: format!("config/catalogue/facts/{}.sql", fact.name),
                line: None,
                message: format!("the fact has no column `{column}`{}", did_you_mean(column, known.iter().copied())),
            });
        }
    }
    for kpi in &catalogue.kpis {
        let file = format!("config/catalogue/kpis/{}.toml", kpi.id);
        for (name, measure) in kpi.measures.iter().filter(|(_, measure)| measure.fact == fact.name) {
            if let Err(cause) = group::try_on(measure, table) {
                mistakes.push(Mistake {
                    file: file.clone(),
                    line: None,
                    message: format!("measure `{name}`: {}", worded(&cause, &known)),
                });
            }
        }
        if let Some(list) = kpi.exceptions.as_ref().filter(|list| list.fact == fact.name)
            && let Err(cause) = rows::try_on(table.clone().lazy(), list)
        {
            mistakes.push(Mistake { file, line: None, message: format!("exceptions: {}", worded(&cause, &known)) });
        }
    }
    for (name, edition) in &catalogue.editions {
        for (list_name, list) in edition.lists.iter().filter(|(_, list)| list.fact == fact.name) {
            if let Err(cause) = rows::over_fact(table.clone().lazy(), list).and_then(LazyFrame::collect) {
                let file = format!("config/editions/{name}.toml");
                mistakes.push(Mistake {
                    file,
                    line: None,
                    message: format!("list `{list_name}`: {}", worded(&cause, &known)),
                });
            }
        }
    }
}

fn mistake_in_fact(fact: &Fact, cause: &PolarsError, tables: &BTreeMap<String, Table>) -> Mistake {
    let schemas = tables.values().filter_map(|table| table.lazy().collect_schema().ok());
    let known: Vec<String> =
        schemas.flat_map(|schema| schema.iter_names().map(ToString::to_string).collect::<Vec<_>>()).collect();
    let message = worded(cause, &known.iter().map(String::as_str).collect::<Vec<_>>());
    let line = quoted(&cause.to_string()).and_then(|name| {
        fact.sql.lines().position(|line| line.contains(&name)).map(|index| fact.head_lines + index + 1)
    });
    Mistake { file: format!("config/catalogue/facts/{}.sql", fact.name), line, message }
}

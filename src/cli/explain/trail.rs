//! The trail: the SQL of the facts, the worst rows, the files with their checksums.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use muster::app::App;
use muster::catalogue::{DatasetKind, Kpi};
use muster::measure::{self, FactRows, RowCell};
use muster::quantity::Unit;
use muster::run::Computed;

use crate::cli::table;

/// Worst rows printed.
const WORST: u32 = 10;
/// What money in other currencies stands on.
const RATES: &str = "fx_rates";

pub fn print_facts(app: &App, kpi: &Kpi, computed: &Computed) -> anyhow::Result<()> {
    let frame = app.frame();
    let plan = measure::Plan::new(&frame, computed.figures.scorecard.period, &computed.figures.closing.units);
    for fact in app.catalogue.facts_in_order(&kpi.facts()) {
        say!("\nFact {}: {}", fact.name, fact.about);
        for line in plan.sql(fact)?.lines() {
            say!("  {line}");
        }
    }
    Ok(())
}

pub fn print_rows(app: &App, kpi: &Kpi, unit: &str, computed: &Computed) -> anyhow::Result<()> {
    let Some(list) = &kpi.exceptions else { return Ok(()) };
    let lists = BTreeMap::from([(kpi.id.clone(), list.clone())]);
    let (period, closing) = (computed.figures.scorecard.period, &computed.figures.closing);
    let missing = kpi.needs.iter().find_map(|need| closing.missing.get(need));
    if let Some(because) = missing {
        say!("\n{}: none, {because}", list.title);
        return Ok(());
    }
    let rows =
        tokio::task::block_in_place(|| FactRows::open(&app.frame(), period, closing)?.exceptions(&lists, WORST, unit))?;
    if let Some(found) = rows.get(&kpi.id) {
        say!("\n{} ({} of {}, worst first)", list.title, found.rows.len(), found.total);
        let head: Vec<&str> = found.columns.iter().map(String::as_str).collect();
        let rows: Vec<Vec<String>> = found.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        table::print(&head, &rows);
    }
    Ok(())
}

fn cell(cell: &RowCell) -> String {
    match cell {
        RowCell::Empty => "–".to_owned(),
        RowCell::Text(text) => text.clone(),
        RowCell::Number(value) => value.to_string(),
        RowCell::Date(date) => date.to_string(),
        RowCell::Stamp(at) => at.format("%Y-%m-%dT%H:%MZ").to_string(),
    }
}

/// The files of the nights that the period stands on: of a quarter those of each of its months.
pub fn print_extracts(app: &App, kpi: &Kpi, computed: &Computed) {
    say!("\nExtracts");
    let closing = &computed.figures.closing;
    let calendar = app.settings.reporting.calendar;
    let months = measure::closings_needed(&calendar, computed.figures.scorecard.period);
    let mut datasets: BTreeSet<String> =
        kpi.facts().iter().flat_map(|fact| app.catalogue.datasets_of(fact)).chain(kpi.needs.iter().cloned()).collect();
    if kpi.unit == Unit::Money || kpi.impact.is_some() || !kpi.formula.amounts.is_empty() {
        datasets.insert(RATES.to_owned());
    }
    for dataset in &datasets {
        let Some(contract) = app.catalogue.contracts.get(dataset) else { continue };
        let files: Vec<_> = computed.evidence.iter().filter(|file| file.dataset == *dataset).collect();
        let nights: BTreeMap<NaiveDate, &str> = files.iter().map(|file| (file.night, file.key.as_str())).collect();
        let night = |last_day| contract.night_for(&nights, last_day);
        let used: BTreeSet<NaiveDate> =
            months.iter().filter_map(|month| night(calendar.span(*month).last_day)).collect();
        if used.is_empty() || closing.missing.contains_key(dataset) {
            say!("  {dataset}: {}", closing.missing.get(dataset).map_or("not delivered", String::as_str));
        }
        for file in files.iter().filter(|file| contract.kind == DatasetKind::Ledger || used.contains(&file.night)) {
            say!("  {}  sha256 {}", file.key, file.sha256);
        }
    }
}

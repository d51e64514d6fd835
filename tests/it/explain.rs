//! `muster explain`: a figure's whole way back, for every unit and kind of period.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::muster::{changed, file, muster, muster_with, said, world};

fn explained(store: &Path, arguments: &[&str]) -> String {
    let output = muster(store, &[&["explain"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

#[test]
fn a_value_leads_back_to_its_measures_its_sql_its_rows_and_the_checksums_of_its_files() {
    let told = explained(&world("tiny"), &["patch_compliance_rate", "--period", "2026-10"]);
    for head in ["Value", "numerator", "Measures", "Change on 2026-09", "Usual range", "Published", "Fact ", "Extracts"]
    {
        assert!(told.contains(head), "{head} is missing:\n{told}");
    }
    // The measures' values are those that make the numerator.
    let number = |text: &str| text.split_whitespace().nth(1).map(str::to_owned);
    let cells: BTreeMap<String, String> =
        told.lines().filter_map(|line| Some((line.split_whitespace().next()?.to_owned(), number(line)?))).collect();
    let formula = told.lines().find(|line| line.contains("numerator")).and_then(|line| line.split("= ").nth(1));
    let measure = formula.expect("a formula").trim();
    if let Some(value) = cells.get(measure) {
        assert_eq!(value, &cells["numerator"], "{told}");
    }
    let sums: Vec<(&str, &str)> = told.lines().filter_map(|line| line.trim().split_once("  sha256 ")).collect();
    assert!(!sums.is_empty(), "{told}");
    for (key, sum) in sums {
        let bytes = fs::read(world("tiny").join(key)).expect(key);
        assert_eq!(hex::encode(Sha256::digest(bytes)), sum, "{key}");
    }
}

#[test]
fn every_kpi_can_be_explained_for_a_unit_without_rows() {
    let text = fs::read_dir(crate::muster::repository().join("config/catalogue/kpis")).expect("KPIs");
    let ids: Vec<String> = text
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(ids.len() >= 26);
    for id in ids {
        let told = explained(&world("tiny"), &[&id, "--unit", "Unassigned", "--period", "2026-10"]);
        assert!(told.contains("\nMeasures\n") && told.contains("\nExtracts\n"), "{id}: {told}");
        let said_why = told.lines().find(|line| line.trim_start().starts_with("No figure"));
        let value = told.lines().any(|line| line.trim_start().starts_with("Value"));
        assert!(value || said_why.is_some_and(|line| line.trim().len() > "No figure".len() + 5), "{id}: {told}");
    }
}

#[test]
fn quarters_and_years_name_the_nights_of_all_their_months() {
    let quarter = explained(&world("tiny"), &["asset_utilization_rate", "--period", "2026-Q4"]);
    assert!(quarter.contains("2026-Q4") && quarter.contains("extracts/assets/2026-10-31/"), "{quarter}");
    let year = explained(&world("tiny"), &["asset_utilization_rate", "--period", "2026", "--unit", "BER"]);
    for night in ["extracts/assets/2026-09-30/", "extracts/assets/2026-10-31/"] {
        assert!(year.contains(night), "{night} is missing: {year}");
    }
}

#[test]
fn a_figure_that_was_published_differently_says_so_and_names_the_feed() {
    let folder = changed(|_| ());
    let outbox = folder.path().join("outbox").display().to_string();
    let settings = [("MUSTER__MAIL__TRANSPORT", "outbox"), ("MUSTER__MAIL__OUTBOX", outbox.as_str())];
    let sent = muster_with(folder.path(), &["run", "cfo-monthly", "--period", "2026-10"], &settings);
    assert!(sent.status.success(), "{}", said(&sent));
    let same = explained(folder.path(), &["cost_per_asset", "--period", "2026-10"]);
    assert!(same.contains("cfo-monthly r1:") && same.contains("the same as now"), "{same}");
    let costs = file(&folder.path().join("extracts"), "costs");
    let text = fs::read_to_string(&costs).expect("costs");
    fs::write(&costs, format!("{text}Z1,,BER,laptop,hardware,support,,500,EUR,2026-10-05,posted\n")).expect("written");
    let told = explained(folder.path(), &["cost_per_asset", "--period", "2026-10"]);
    assert!(told.contains("cfo-monthly r1:") && told.contains("restated by costs (+1 rows)"), "{told}");
}

#[test]
fn mistakes_say_what_to_do() {
    let failed = |arguments: &[&str], parts: &[&str]| {
        let output = muster(&world("tiny"), &[&["explain"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(parts.iter().all(|part| said(&output).contains(part)), "{}", said(&output));
    };
    failed(&["patch_compliance"], &["there is no KPI `patch_compliance`", "did you mean `patch_compliance_rate`?"]);
    failed(
        &["patch_compliance_rate", "--unit", "BRE", "--period", "2026-10"],
        &["`BRE`", "hint: there are ALL, BER, CORP, HAM"],
    );
}

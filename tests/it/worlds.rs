//! The fixture worlds: every figure worked out by hand is the figure computed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::muster::{changed, differences, dry_run, dry_run_with, file, key, scorecard, world};

fn check(name: &str) {
    let folder = world(name);
    let expected = crate::muster::csv(&folder.join("expected.csv"));
    assert!(expected.len() > 20, "{name} expects too little to be a test");
    let periods: BTreeSet<&String> = expected.iter().map(|row| &row["period"]).collect();
    let mut computed = BTreeMap::new();
    for period in periods {
        let (out, _) = dry_run(&folder, period);
        computed.extend(scorecard(out.path()));
    }
    let mut wrong = Vec::new();
    for row in &expected {
        let place = key(row);
        match computed.get(&place) {
            None if row["value"].is_empty() && row["status"].is_empty() => {}
            None => wrong.push(format!("{place:?}: no such row")),
            Some(actual) => {
                wrong.extend(differences(row, actual).into_iter().map(|difference| format!("{place:?}: {difference}")));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cells of `{name}` are wrong:\n{}",
        wrong.len(),
        expected.len(),
        wrong.join("\n")
    );
}

#[test]
fn tiny_is_what_pencil_and_paper_say() {
    check("tiny");
}

#[test]
fn every_trap_is_avoided() {
    check("traps");
}

#[test]
fn missing_feeds_leave_the_rest_measured() {
    check("missing-feeds");
}

#[test]
fn an_empty_estate_has_no_figures_and_no_zeros() {
    check("empty");
    let (out, _) = dry_run(&world("empty"), "2026-10");
    for (place, row) in scorecard(out.path()).iter().filter(|(place, _)| place.1.is_empty()) {
        assert!(row["value"].is_null(), "{place:?} has a value: {row}");
    }
}

#[test]
fn the_money_of_a_band_lies_with_the_nearest_unit_that_has_one() {
    let folder = changed(|extracts| {
        let text =
            "business_unit,name,parent,industry\nCORP,Corporate,,manufacturing\nBER,Berlin,CORP,\nHAM,Hamburg,CORP,\n";
        fs::write(file(extracts, "business_units"), text).expect("written");
    });
    let (out, _) = dry_run(folder.path(), "2026-10");
    let rows = scorecard(out.path());
    let money = |unit: &str| {
        let place =
            ("user_to_asset_ratio".to_owned(), String::new(), unit.to_owned(), "2026-10".to_owned(), String::new());
        rows[&place]["impact"].as_f64()
    };
    // 7 personal assets for 5 people, at most 0.9 each: 2.5 too many at 600 a year.
    assert_eq!((money("CORP"), money("BER"), money("ALL")), (Some(1500.0), None, Some(1500.0)));
}

#[test]
fn a_window_of_ones_own_moves_the_figures_of_that_unit_only() {
    let overrides = tempfile::tempdir().expect("a temporary folder");
    let kpis = overrides.path().join("catalogue/kpis");
    fs::create_dir_all(&kpis).expect("a folder");
    let path = crate::muster::repository().join("config/catalogue/kpis/asset_utilization_rate.toml");
    let text = fs::read_to_string(path).expect("a KPI");
    let own = "[windows.activity_window]\ndays = 30\nbusiness_units = { BER = { days = 3650 } }";
    let text = text.replace("[windows.activity_window]\ndays = 30", own);
    assert!(text.contains("3650"));
    fs::write(kpis.join("asset_utilization_rate.toml"), text).expect("written");
    let folder = overrides.path().to_str().expect("printable");
    let (plain, _) = dry_run(&world("tiny"), "2026-10");
    let (out, _) = dry_run_with(&world("tiny"), "2026-10", &[("MUSTER__DEFINITIONS__PATH", folder)]);
    let value = |folder: &tempfile::TempDir, unit: &str| {
        let place =
            ("asset_utilization_rate".to_owned(), String::new(), unit.to_owned(), "2026-10".to_owned(), String::new());
        scorecard(folder.path())[&place]["value"].as_f64()
    };
    assert_eq!(value(&plain, "HAM"), value(&out, "HAM"));
    assert!(value(&plain, "BER") < value(&out, "BER"), "{:?} and {:?}", value(&plain, "BER"), value(&out, "BER"));
}

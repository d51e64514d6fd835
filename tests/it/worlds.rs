//! The fixture worlds: every figure worked out by hand is the figure computed.

use std::collections::{BTreeMap, BTreeSet};

use crate::muster::{differences, dry_run, key, scorecard, world};

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

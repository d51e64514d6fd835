//! An independent implementation of the KPI book, in Python, computes the same figures on estates full
//! of traps.

use std::path::Path;
use std::process::Command;

use crate::muster::{differences, dry_run_with, key, repository, scorecard};

fn python(script: &str, arguments: &[&str]) {
    let path = repository().join("tests/oracle").join(script);
    let output = Command::new("python3")
        .arg(&path)
        .args(arguments)
        .output()
        .expect("python3 is installed (`./test` sees to it)");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a printable path")
}

/// What an estate is judged by.
struct Case<'a> {
    seed: &'a str,
    periods: &'a [&'a str],
    zone: &'a str,
    currency: &'a str,
    fiscal_start: &'a str,
}

fn check(case: &Case<'_>) {
    let Case { seed, periods, zone, currency, fiscal_start } = *case;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let extracts = folder.path().join("extracts");
    python("estate.py", &["--seed", seed, "--out", text(&extracts)]);
    let expected = folder.path().join("expected.csv");
    let periods_wanted = periods.join(",");
    python(
        "oracle.py",
        &[
            text(&extracts),
            "--period",
            &periods_wanted,
            "--tz",
            zone,
            "--currency",
            currency,
            "--fiscal-start",
            fiscal_start,
            "--out",
            text(&expected),
        ],
    );
    let expected = crate::muster::csv(&expected);
    assert!(expected.len() > 1_000 * periods.len());
    let mut wrong = Vec::new();
    for period in periods {
        let settings = [
            ("MUSTER__REPORTING__TIME_ZONE", zone),
            ("MUSTER__REPORTING__CURRENCY", currency),
            ("MUSTER__REPORTING__FISCAL_YEAR_STARTS", fiscal_start),
        ];
        let (out, _) = dry_run_with(folder.path(), period, &settings);
        let computed = scorecard(out.path());
        for row in expected.iter().filter(|row| row["period"] == *period) {
            let place = key(row);
            match computed.get(&place) {
                Some(actual) => wrong.extend(
                    differences(row, actual)
                        .into_iter()
                        // What has no price is counted and not priced: the oracle says 0, the book says no money.
                        .filter(|difference| *difference != "impact: expected 0, computed None")
                        // A unit without a band has no gap: the oracle says 0.
                        .filter(|_| place.1 != "gap" || !actual["value"].is_null())
                        .map(|difference| format!("{place:?}: {difference}")),
                ),
                // A count of nothing may go unlisted.
                None if row["value"].is_empty() || row["value"].parse() == Ok(0.0) => {}
                None => wrong.push(format!("{place:?}: no such row")),
            }
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} of {} cells disagree, first\n{first:#?}", wrong.len(), expected.len());
}

#[test]
fn a_month_a_quarter_and_a_year_agree_with_the_oracle() {
    let periods = ["2026-10", "2026-Q3", "2026"];
    check(&Case { seed: "1", periods: &periods, zone: "Europe/Berlin", currency: "EUR", fiscal_start: "1" });
}

#[test]
fn a_month_without_a_night_of_its_own_agrees_with_the_oracle() {
    check(&Case {
        seed: "2",
        periods: &["2026-08", "2026-03"],
        zone: "Europe/Berlin",
        currency: "EUR",
        fiscal_start: "1",
    });
}

#[test]
fn another_zone_currency_and_fiscal_year_agree_with_the_oracle() {
    let periods = ["2026-Q2", "2026-11"];
    check(&Case { seed: "3", periods: &periods, zone: "America/New_York", currency: "USD", fiscal_start: "7" });
}

//! Wrong input never stops the run: it is told with its place and what to do, and what could not be
//! measured says why.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::muster::{changed, file, muster, muster_with, scorecard};

fn replace(extracts: &Path, dataset: &str, from: &str, to: &str) {
    let path = file(extracts, dataset);
    let text = fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{} does not hold `{from}`", path.display());
    fs::write(&path, text.replacen(from, to, 1)).expect("written");
}

/// Runs October on a changed world; everything said must be there, and the KPI must have this status.
fn check(folder: &tempfile::TempDir, said: &[&str], kpi: &str, status: &str) -> Value {
    let out = tempfile::tempdir().expect("a temporary folder");
    let target = out.path().to_str().expect("printable");
    let output = muster(folder.path(), &["run", "cfo-monthly", "--period", "2026-10", "--dry-run", "--out", target]);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    for part in said {
        assert!(text.contains(part), "`{part}` is not said:\n{text}");
    }
    let place = (kpi.to_owned(), String::new(), "ALL".to_owned(), "2026-10".to_owned(), String::new());
    let row = scorecard(out.path())[&place].clone();
    assert_eq!(row["status"], status, "{row}");
    row
}

#[test]
fn a_missing_column_names_itself_and_its_likely_new_name() {
    let folder = changed(|extracts| replace(extracts, "renewals", "notice_days", "notice_period_days"));
    let said = ["lacks the required column `notice_days`", "rename `notice_period_days` to `notice_days`"];
    let row = check(&folder, &said, "renewal_optimization_rate", "not measured");
    assert!(row["reason"].as_str().expect("a reason").contains("notice_days"), "{row}");
}

#[test]
fn a_text_in_a_number_leaves_the_row_out_with_its_place() {
    let folder = changed(|extracts| {
        let path = file(extracts, "costs");
        let text = fs::read_to_string(&path).expect("a text");
        fs::write(&path, format!("{text}BAD,,BER,laptop,hardware,support,,twelve,EUR,2026-10-05,posted\n"))
            .expect("written");
    });
    let heads = fs::read_to_string(file(&folder.path().join("extracts"), "costs")).expect("a text");
    assert!(
        heads.starts_with(
            "line_id,asset_id,business_unit,asset_class,category,cost_type,vendor,amount,currency,posted_on,state"
        ),
        "{heads}"
    );
    let row = heads.lines().count().to_string();
    check(&folder, &[&format!(":{row}:amount"), "`twelve` cannot be read"], "cost_per_asset", "no target");
}

#[test]
fn an_empty_file_is_no_empty_dataset() {
    let folder = changed(|extracts| fs::write(file(extracts, "patches"), "").expect("written"));
    check(&folder, &["is empty: not even a header row"], "patch_compliance_rate", "not measured");
}

#[test]
fn a_truncated_parquet_is_told_and_the_rest_is_measured() {
    let folder = changed(|extracts| {
        let path = file(extracts, "saas_seats");
        fs::remove_file(&path).expect("removed");
        fs::write(path.with_file_name("saas_seats.parquet"), b"PAR1\x15\x04\x15\x10 cut short").expect("written");
    });
    let said = ["saas_seats.parquet` cannot be decoded", "deliver it again whole"];
    check(&folder, &said, "saas_usage_rate", "not measured");
    check(&folder, &said, "data_sanitization_rate", "off target");
}

#[test]
fn a_circle_in_the_unit_tree_is_cut_and_told() {
    let folder = changed(|extracts| {
        let path = file(extracts, "business_units");
        fs::write(path, "business_unit,name,parent,industry\nCORP,Corporate,BER,\nBER,Berlin,CORP,corporate\nHAM,Hamburg,,corporate\n").expect("written");
    });
    check(&folder, &["above one another in a circle", "`BER`"], "inventory_accuracy_rate", "off target");
}

#[test]
fn an_unknown_currency_is_left_out_never_taken_at_par() {
    let folder = changed(|extracts| {
        let path = file(extracts, "costs");
        let text = fs::read_to_string(&path).expect("a text");
        fs::write(&path, format!("{text}ZZ1,,BER,laptop,hardware,support,,1000000,XXX,2026-10-05,posted\n"))
            .expect("written");
    });
    let row =
        check(&folder, &["1 amount in XXX left out", "add XXX for 2026-10 to fx_rates"], "cost_per_asset", "no target");
    assert_eq!(row["numerator"], 1630.0, "{row}");
}

#[test]
fn a_row_of_the_wrong_width_is_listed_with_its_line() {
    let folder = changed(|extracts| {
        let path = file(extracts, "audits");
        let text = fs::read_to_string(&path).expect("a text");
        fs::write(&path, format!("{text}A99,BER,licence\n")).expect("written");
    });
    check(&folder, &["the row has 3 cells"], "audit_success_rate", "baselining");
}

/// What `muster check` says of one definition file put in place of the built-in one.
fn checked(file: &str, text: &str) -> String {
    let overrides = tempfile::tempdir().expect("a temporary folder");
    let path = overrides.path().join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
    let folder = overrides.path().to_str().expect("printable");
    let output = muster_with(overrides.path(), &["check"], &[("MUSTER__DEFINITIONS__PATH", folder)]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    text
}

#[test]
fn a_typo_in_the_catalogue_is_found_at_start_with_file_line_and_near_name() {
    let fact = "-- Active people.\n-- tables: people\nSELECT person_id, busines_unit AS business_unit\nFROM people\n";
    let text = checked("catalogue/facts/people.sql", fact);
    assert!(text.contains("facts/people.sql:3: ") && text.contains("did you mean `business_unit`?"), "{text}");
}

#[test]
fn a_typo_in_a_formula_is_found_at_start() {
    let file = "catalogue/kpis/asset_utilization_rate.toml";
    let kpi = fs::read_to_string(crate::muster::repository().join("config").join(file)).expect("a KPI");
    let text = checked(file, &kpi.replace("denominator = \"observed\"", "denominator = \"observd\""));
    assert!(text.contains(file) && text.contains("`observd` (did you mean `observed`?)"), "{text}");
}

#[test]
fn a_store_without_extracts_is_an_error_not_a_report_of_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = muster(folder.path(), &["run", "cfo-monthly", "--period", "2026-10", "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("there are no extracts under `extracts/`"), "{text}");
}

#[test]
fn a_store_that_is_none_is_told_with_its_key() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(["run", "cfo-monthly", "--period", "2026-10", "--dry-run"])
        .current_dir(std::env::temp_dir())
        .env("MUSTER__STORE__URL", "ftp://somewhere")
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("store.url") && text.contains("hint:"), "{text}");
}

//! Running the built binary and reading what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// kpi, companion, business unit, period, dimension.
pub type Key = (String, String, String, String, String);

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn world(name: &str) -> PathBuf {
    repository().join("fixtures/worlds").join(name)
}

/// Runs `muster` on a store folder with an otherwise empty configuration.
pub fn muster(store: &Path, arguments: &[&str]) -> Output {
    muster_with(store, arguments, &[])
}

/// The same with settings from the environment.
pub fn muster_with(store: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(arguments)
        .envs(settings.iter().copied())
        .current_dir(std::env::temp_dir())
        .env("MUSTER__STORE__URL", format!("file://{}", store.display()))
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the binary runs")
}

/// Everything that was printed.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Computes a period without sending anything; gives the folder of its documents and what was printed.
pub fn dry_run(store: &Path, period: &str) -> (tempfile::TempDir, String) {
    dry_run_with(store, period, &[])
}

/// The same with settings from the environment.
pub fn dry_run_with(store: &Path, period: &str, settings: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let folder = out.path().to_str().expect("a printable path");
    let output =
        muster_with(store, &["run", "cfo-monthly", "--period", period, "--dry-run", "--out", folder], settings);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    (out, said)
}

/// The rows of a `scorecard.json`.
pub fn scorecard(folder: &Path) -> BTreeMap<Key, Value> {
    let text = std::fs::read_to_string(folder.join("scorecard.json")).expect("a scorecard");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let field = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    document["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let key = (
                field(row, "kpi"),
                field(row, "companion"),
                field(row, "business_unit"),
                field(row, "period"),
                field(row, "dimension"),
            );
            (key, row.clone())
        })
        .collect()
}

/// Rows of a CSV file by column name.
pub fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let heads = reader.headers().expect("a header").clone();
    reader
        .records()
        .map(|record| {
            heads
                .iter()
                .zip(record.expect("a row").iter())
                .map(|(head, cell)| (head.to_owned(), cell.to_owned()))
                .collect()
        })
        .collect()
}

pub fn key(row: &BTreeMap<String, String>) -> Key {
    (
        row["kpi"].clone(),
        row["companion"].clone(),
        row["business_unit"].clone(),
        row["period"].clone(),
        row["dimension"].clone(),
    )
}

/// Differences of the figures named, 1e-9 relative; an empty expectation asserts nothing.
pub fn differences(expected: &BTreeMap<String, String>, actual: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for figure in ["numerator", "denominator", "value", "impact"] {
        let Ok(want) = expected[figure].parse::<f64>() else { continue };
        let got = actual[figure].as_f64();
        if got.is_none_or(|got| (got - want).abs() > 1e-9 * want.abs().max(1.0)) {
            differences.push(format!("{figure}: expected {want}, computed {got:?}"));
        }
    }
    if let Some(status) = expected.get("status").filter(|status| !status.is_empty())
        && actual["status"].as_str() != Some(status)
    {
        differences.push(format!("status: expected {status}, computed {}", actual["status"]));
    }
    differences
}

/// The tiny world in a folder of its own, with one change.
pub fn changed(change: impl Fn(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&world("tiny").join("extracts"), &folder.path().join("extracts"));
    change(&folder.path().join("extracts"));
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The one file of a dataset's night.
pub fn file(extracts: &Path, dataset: &str) -> PathBuf {
    let folder = extracts.join(dataset).join("2026-10-31");
    fs::read_dir(&folder).expect("the night").next().expect("a file").expect("an entry").path()
}

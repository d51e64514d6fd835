//! The main job end to end: a company from nothing to the mail in the outbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::muster::{csv, muster, muster_with, scorecard};

fn demo(folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(["demo", "--assets", "400", "--edition", "cfo-monthly"])
        .arg(folder)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("the binary runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

fn mails(folder: &Path) -> Vec<PathBuf> {
    let inner = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    inner.flat_map(|path| if path.is_dir() { mails(&path) } else { vec![path] }).collect()
}

#[test]
fn the_demo_needs_nothing_and_ends_in_the_outbox() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = demo(folder.path());
    for part in ["Open the report:", "report.pdf", "muster.toml explain"] {
        assert!(said.contains(part), "{said}");
    }
    let pages =
        lopdf::Document::load(folder.path().join("reports/cfo-monthly/report.pdf")).expect("a PDF").get_pages().len();
    assert!(pages <= 4, "{pages} pages are more than the edition's budget");
    let mails = mails(&folder.path().join("outbox"));
    assert_eq!(mails.len(), 3, "one mail for each of cfo, finance, procurement: {mails:?}");
    for mail in &mails {
        let text = fs::read_to_string(mail).expect("a mail");
        let head = text.split("\r\n\r\n").next().expect("a head");
        for part in
            ["Subject: ITAM KPIs for Finance - Oct 2026 - EUR", "Auto-Submitted: auto-generated", "Message-ID: <"]
        {
            assert!(head.contains(part), "{head}");
        }
        assert!(
            text.contains("ITAM_cfo-monthly_2026-10_ALL.pdf") && text.contains("ITAM_cfo-monthly_2026-10_ALL.xlsx")
        );
    }
    // With the settings it leaves behind it is computed again, to the last byte.
    let settings = folder.path().join("muster.toml");
    let settings = settings.to_str().expect("a printable path");
    let again = muster(folder.path(), &["--config", settings, "replay", "cfo-monthly/2026-10"]);
    assert_eq!(again.status.code(), Some(0), "{}", crate::muster::said(&again));
    // The same period again is settled: nothing is computed, sent or overwritten.
    let again = muster(folder.path(), &["run", "cfo-monthly", "--period", "2026-10"]);
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert_eq!(again.status.code(), Some(6), "{told}");
    assert!(told.contains("is published already, as r1"), "{told}");
    // Another look at it restates nothing.
    demo(folder.path());
    let text = fs::read_to_string(folder.path().join("reports/cfo-monthly/mail.txt")).expect("a text");
    assert!(text.contains("Final") && !text.contains("RESTATED"), "{text}");
}

#[test]
fn line_one_is_the_message_with_money_in_every_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    demo(folder.path());
    let report = folder.path().join("reports/cfo-monthly");
    let text = fs::read_to_string(report.join("mail.txt")).expect("a text").replace('\u{a0}', " ");
    let line: Vec<&str> = text.split("\n\n").nth(1).expect("a message").split_whitespace().collect();
    let line = line.join(" ");
    assert!(line.contains("EUR") && line.contains("a year"), "{line}");
    // An amount is one word to its reader.
    let words = line.replace("EUR ", "EUR").replace(" k ", "k ").replace(" %", "%").split(' ').count();
    assert!(words <= 25, "{words} words: {line}");
    let html = fs::read_to_string(report.join("report.html")).expect("a page").replace('\u{a0}', " ");
    assert!(html.contains(&line), "the page says something else than `{line}`");
    let rows = scorecard(&report);
    let headline = |kpi: &str| {
        let place = (kpi.to_owned(), String::new(), "ALL".to_owned(), "2026-10".to_owned(), String::new());
        rows[&place]["impact"].as_f64().expect("money")
    };
    let pools = headline("license_utilization_rate") + headline("saas_license_utilization_rate");
    assert!(pools > 1_000.0, "the demo has something to say");
}

#[test]
fn the_same_seed_makes_the_same_company() {
    let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    demo(first.path());
    demo(second.path());
    let sums = |folder: &Path| -> Vec<(String, usize)> {
        let mut all: Vec<_> = mails(&folder.join("extracts"))
            .into_iter()
            .map(|path| {
                (
                    path.strip_prefix(folder).expect("below").display().to_string(),
                    fs::read(&path).expect("a file").len(),
                )
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(sums(first.path()), sums(second.path()));
    for name in [
        "reports/cfo-monthly/report.pdf",
        "reports/cfo-monthly/report.html",
        "reports/cfo-monthly/report.xlsx",
        "reports/cfo-monthly/scorecard.parquet",
    ] {
        let read = |folder: &Path| fs::read(folder.join(name)).expect(name);
        assert!(read(first.path()) == read(second.path()), "{name} differs");
    }
    assert!(csv(&first.path().join("extracts/assets/2026-10-31/assets.csv")).len() > 300);
}

/// One night as Parquet: in the layout and the types of the contracts, without a row left out, for every KPI.
#[test]
fn the_scale_estate_is_clean_and_measures_every_kpi() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let estate = folder.path().join("estate");
    let estate = estate.to_str().expect("a printable path");
    let output = muster(folder.path(), &["demo", estate, "--assets", "3000", "--format", "parquet"]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 night, 20 files"), "{said}");
    let extracts = folder.path().join("estate/extracts");
    assert!(extracts.join("installations/2026-10-31/installations.parquet").exists());
    let out = folder.path().join("out");
    let printed = out.to_str().expect("a printable path");
    let arguments = ["run", "cfo-monthly", "--period", "2026-10", "--dry-run", "--out", printed];
    let output = muster(Path::new(estate), &arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let silent: Vec<String> = scorecard(&out)
        .into_iter()
        .filter(|((_, companion, unit, _, member), _)| companion.is_empty() && member.is_empty() && unit == "ALL")
        .filter(|(_, row)| row["value"].is_null())
        .map(|((kpi, ..), _)| kpi)
        .collect();
    assert!(silent.is_empty(), "without a value: {silent:?}");
    // What is withheld is not said to be nothing.
    let mail = fs::read_to_string(out.join("mail.txt")).expect("a mail");
    let tile = mail.lines().find(|line| line.starts_with("Idle hardware"));
    assert!(tile.is_some_and(|line| line.ends_with(" withheld")), "{tile:?}");
    assert!(mail.replace('\n', " ").contains("Withheld because the register is in doubt: Asset utilization"), "{mail}");
    // Nearly all of its 40 units are in doubt: the enterprise and the worst are named, the others are counted.
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    assert_eq!(page.matches("its asset figures are withheld until").count(), 7);
    assert!(page.contains(" more units, at "), "the others are not counted");
    // Scanned instead of held, every document is the same.
    let scanned = folder.path().join("scanned");
    let printed = scanned.to_str().expect("a printable path");
    let arguments = ["run", "cfo-monthly", "--period", "2026-10", "--dry-run", "--out", printed];
    let output = muster_with(Path::new(estate), &arguments, &[("MUSTER__LIMITS__HELD_MIB", "0")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["scorecard.json", "scorecard.parquet", "evidence.json", "report.xlsx", "report.html", "report.pdf"] {
        let read = |folder: &Path| fs::read(folder.join(name)).expect(name);
        assert!(read(&out) == read(&scanned), "{name} differs");
    }
}

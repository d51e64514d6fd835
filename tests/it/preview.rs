//! `muster preview`: what an issue would be, who would see it, what is new in it; and nothing of it goes out.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::muster::{changed, file, muster_with, said};

const LISTS: &str = r#"
[[roles.it_head]]
address = "Bea <bea@localhost>"
units = ["BER"]
until = "2099-12-31"
[[roles.it_head]]
address = "hans@localhost"
units = ["HAMM"]
[[roles.it_head]]
address = "left@localhost"
until = "2026-01-31"
[[roles.cfo]]
address = "Chief <cfo@localhost>"
from = "2020-01-01"
[[roles.finance]]
address = "cfo@localhost"
[[roles.procurement]]
address = "buyer@localhost"
language = "xx"
[[roles.board]]
address = "board@localhost"
[[roles.cio]]
address = "cio@localhost"
[[roles.asset_manager]]
address = "itam@localhost"
[[roles.data_owner]]
address = "itam@localhost"
"#;

/// The tiny world with lists of its own.
fn estate(lists: &str) -> tempfile::TempDir {
    let folder = changed(|_| ());
    fs::create_dir(folder.path().join("definitions")).expect("a folder");
    fs::write(folder.path().join("definitions/distribution.toml"), lists).expect("written");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).display().to_string();
    let (outbox, definitions) = (path("outbox"), path("definitions"));
    let settings = [
        ("MUSTER__MAIL__TRANSPORT", "outbox"),
        ("MUSTER__MAIL__OUTBOX", outbox.as_str()),
        ("MUSTER__DEFINITIONS__PATH", definitions.as_str()),
    ];
    muster_with(folder, arguments, if folder.join("definitions").exists() { &settings } else { &settings[..2] })
}

fn preview(folder: &Path, arguments: &[&str]) -> String {
    let out = folder.join("preview").display().to_string();
    let arguments = [&["preview", "--out", &out], arguments].concat();
    let output = run(folder, &arguments);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!folder.join("outbox").exists(), "something was sent");
    said(&output)
}

/// The line that has all of these.
fn line<'a>(text: &'a str, parts: &[&str]) -> &'a str {
    let found = text.lines().find(|line| parts.iter().all(|part| line.contains(part)));
    found.unwrap_or_else(|| panic!("no line has {parts:?}:\n{text}"))
}

#[test]
fn the_operator_sees_every_reader_in_full_and_nothing_goes_out() {
    let folder = estate(LISTS);
    let told = preview(folder.path(), &["cfo-monthly", "--period", "2026-10"]);
    line(&told, &["cfo@localhost", "Chief", "ALL", "en", "cfo, finance", "–"]);
    line(&told, &["buyer@localhost", "ALL", "en", "procurement"]);
    assert!(told.contains("No issue before 2026-10 is published for `ALL`"), "{told}");
    assert!(!folder.path().join("published").exists(), "something was published");
    for name in ["report.html", "report.pdf", "report.xlsx", "mail.txt", "scorecard.parquet"] {
        assert!(folder.path().join("preview").join(name).is_file(), "{name} is missing");
    }
}

#[test]
fn a_burst_names_units_without_readers_readers_without_units_and_members_who_left() {
    let folder = estate(LISTS);
    let told = preview(folder.path(), &["it-variance-monthly", "--period", "2026-10"]);
    line(&told, &["bea@localhost", "Bea", "BER", "en", "it_head", "2099-12-31"]);
    line(&told, &["hans@localhost reads unit `HAMM`, which does not exist (did you mean `HAM`?)"]);
    line(&told, &["left@localhost was in `it_head` until 2026-01-31"]);
    line(&told, &["nobody receives it for", "`ALL`", "`CORP`", "`HAM`"]);
    assert!(folder.path().join("preview/BER/report.html").is_file());
    assert!(!folder.path().join("preview/HAM").exists(), "nobody would get it");
    let one = preview(folder.path(), &["it-variance-monthly", "--period", "2026-10", "--unit", "HAM"]);
    line(&one, &["nobody receives `it-variance-monthly` for `HAM`"]);
}

#[test]
fn what_changed_since_the_last_issue_is_said_figure_by_figure() {
    let folder = estate(LISTS);
    let sent = run(folder.path(), &["run", "cfo-monthly", "--period", "2026-09"]);
    assert!(sent.status.success(), "{}", said(&sent));
    fs::remove_dir_all(folder.path().join("outbox")).expect("the outbox");
    let extracts = folder.path().join("extracts");
    let costs = file(&extracts, "costs");
    let text = fs::read_to_string(&costs).expect("costs");
    // A late cost line of September, and one row that does not count.
    fs::write(&costs, format!("{text}Z1,,BER,laptop,hardware,support,,500,EUR,2026-09-05,posted\nZ2,,BER,laptop,hardware,support,,x,EUR,2026-10-05,posted\n")).expect("written");
    let told = preview(folder.path(), &["cfo-monthly", "--period", "2026-10"]);
    assert!(told.contains("Since the last issue (2026-09, r1)"), "{told}");
    line(&told, &["2026-09", "->", "costs (+1 rows)"]);
    let findings = told.split("New findings:").nth(1).expect("new findings");
    assert!(findings.contains("amount"), "{findings}");
    // The same again is nothing new to say, and another revision of what was sent is announced.
    let same = preview(folder.path(), &["cfo-monthly", "--period", "2026-09"]);
    assert!(same.contains("2026-09 is settled as r1 (sent)"), "{same}");
}

#[test]
fn mistakes_say_what_to_do() {
    let folder = estate(LISTS);
    let failed = |arguments: &[&str], code: i32, parts: &[&str]| {
        let output = run(folder.path(), arguments);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(parts.iter().all(|part| told.contains(part)), "{arguments:?}: {told}");
    };
    failed(&["preview", "cfo-montly"], 2, &["there is no edition `cfo-montly`", "did you mean `cfo-monthly`?"]);
    failed(
        &["preview", "cfo-monthly", "--period", "2026-10", "--unit", "BRE"],
        2,
        &["`BRE`", "hint: there are ALL, BER, CORP, HAM"],
    );
    failed(&["preview", "cfo-monthly", "--period", "October"], 2, &["`October` is not a period", "2026-10"]);
    fs::write(
        folder.path().join("definitions/distribution.toml"),
        LISTS.replace("buyer@localhost", "buyer@elsewhere.org"),
    )
    .expect("written");
    failed(&["preview", "cfo-monthly"], 3, &["roles.procurement[0]", "elsewhere.org", "mail.domains"]);
    let empty = tempfile::tempdir().expect("a folder");
    let output = run(empty.path(), &["preview", "cfo-monthly"]);
    assert!(!output.status.success() && said(&output).contains("there are no extracts"), "{}", said(&output));
}

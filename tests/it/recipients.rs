//! Readers that an extract names: who they are, what they get, what is told of rows that are wrong, and that nothing of
//! them is in any document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use calamine::{Reader, Xlsx};

use crate::muster::{changed, muster_with, repository, said};

const EDITION: &str = "it-variance-monthly";

/// A directory's export; its rows count beside those of the canonical file.
const SOURCE: &str = r#"
id = "directory"
system = "Directory"
about = "groups of the directory as CSV"
dataset = "recipients"
path = "sources/directory/{date:%Y-%m-%d}/*.csv"
headers = ["Funktion", "Bereich", "E-Mail", "Sprache", "Ab", "Bis"]

[spelling]
dates = "dmy"

[joins.units]
dataset = "business_units"
key = "name"
on = "bereich"
columns = ["business_unit"]
unmatched = "reject"

[columns]
role = "Funktion"
business_unit = "units.business_unit"
address = "E-Mail"
locale = "Sprache"
from = "Ab"
until = "Bis"
"#;

const DIRECTORY: &str = "Funktion;Bereich;E-Mail;Sprache;Ab;Bis
site_lead;Hamburg school;Hans Albers <hans@localhost>;en_GB;01.02.2026;31.12.2099
site_lead;Berlin office;hans@localhost;;;
site_lead;Bremen office;bruno@localhost;;;
";

const RECIPIENTS: &str = "role,business_unit,address,locale,from,until
site_lead,BER,Berta Benz <berta@localhost>,,,
site_lead,,nobody-at-all,,,
site_lead,BER,eve@elsewhere.org,,,
site_leed,BER,rolf@localhost,,,
site_lead,HAMM,uwe@localhost,,,
site_lead,BER,dora@localhost,,2026-12-01,2026-11-01
site_lead,BER,lola@localhost,Deutsch!,,
site_lead,BER,tim@localhost,,,soon
site_lead,BER,,,,
site_lead,BER,left@localhost,,,2026-01-31
site_lead,BER,later@localhost,,2099-01-01,
";

/// The tiny world with an edition whose role `site_lead` is in no list.
fn estate() -> tempfile::TempDir {
    let folder = changed(|_| ());
    let text = fs::read_to_string(repository().join(format!("config/editions/{EDITION}.toml"))).expect("an edition");
    let roles = "roles = [\"it_head\"]";
    assert!(text.contains(roles), "{text}");
    let text = text.replace(roles, "roles = [\"it_head\", \"site_lead\"]");
    put(folder.path(), &format!("definitions/editions/{EDITION}.toml"), &text);
    put(folder.path(), "definitions/sources/directory.toml", SOURCE);
    folder
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).display().to_string();
    let (outbox, definitions) = (path("outbox"), path("definitions"));
    let settings = [("MUSTER__MAIL__OUTBOX", outbox.as_str()), ("MUSTER__DEFINITIONS__PATH", definitions.as_str())];
    muster_with(folder, arguments, &settings)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// `unit/revision/address` of every mail.
fn mails(folder: &Path) -> Vec<String> {
    let of = folder.join("outbox/2026-10").join(EDITION);
    let name = |path: &PathBuf| path.strip_prefix(&of).expect("below").with_extension("").display().to_string();
    files(&of).iter().map(name).collect()
}

/// Every cell of a workbook.
fn cells(path: &Path) -> String {
    let mut book: Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    let sheets = book.sheet_names();
    let cells = |name: &String| {
        let range = book.worksheet_range(name).expect("a sheet");
        range.cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
    };
    sheets.iter().map(cells).collect()
}

#[test]
fn readers_of_the_extract_get_their_units_and_no_document_knows_of_them() {
    let folder = estate();
    let root = folder.path();
    put(root, "sources/directory/2026-10-31/readers.csv", DIRECTORY);
    put(root, "extracts/recipients/2026-10-31/recipients.csv", RECIPIENTS);
    // An older night no longer counts.
    put(root, "extracts/recipients/2026-09-30/recipients.csv", "role,address\nsite_lead,gone@localhost\n");

    let out = root.join("preview").display().to_string();
    let previewed = run(root, &["preview", EDITION, "--period", "2026-10", "--out", &out]);
    let told = said(&previewed);
    assert!(previewed.status.success() && mails(root).is_empty(), "{told}");
    let has = |parts: &[&str]| told.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(&["it-head@localhost", "ALL", "it_head"]), "{told}");
    assert!(has(&["berta@localhost", "Berta Benz", "BER", "site_lead"]), "{told}");
    assert!(has(&["hans@localhost", "Hans Albers", "HAM", "site_lead"]), "{told}");
    assert!(has(&["left@localhost was in `site_lead` until 2026-01-31"]), "{told}");

    let sent = run(root, &["run", EDITION, "--period", "2026-10"]);
    let told = said(&sent);
    assert!(sent.status.success(), "{told}");
    let expected =
        ["ALL/r1/it-head@localhost", "BER/r1/berta@localhost", "BER/r1/hans@localhost", "HAM/r1/hans@localhost"];
    assert_eq!(mails(root), expected, "{told}");

    let faults = [
        (":3:address", "its address is none"),
        (":4:address", "`elsewhere.org` of its address is not in `mail.domains`"),
        (":5:role", "no edition uses its role (did you mean `site_lead`?)"),
        (":6:business_unit", "does not exist (did you mean `HAM`?)"),
        (":7:until", "`until` is before `from`"),
        (":8:locale", "no language tag"),
        (":9:until", "the cell cannot be read"),
        (":10:address", "the cell is empty and must not be"),
    ];
    let faults = faults.map(|(place, what)| (format!("extracts/recipients/2026-10-31/recipients.csv{place}: "), what));
    let mapped = ("sources/directory/2026-10-31/readers.csv:4".to_owned(), "is not in");
    for (place, what) in faults.into_iter().chain([mapped]) {
        let line = told.lines().find(|line| line.contains(&place)).unwrap_or_else(|| panic!("no {place}:\n{told}"));
        assert!(line.contains(what), "{line}");
    }

    // What was said, and everything that was published: no name, no address.
    let published: Vec<PathBuf> = files(&root.join("published"));
    assert!(published.iter().filter(|path| path.ends_with("report.xlsx")).count() == 3, "{published:?}");
    let mut looked = vec![("what was said".to_owned(), told)];
    for path in published {
        let text = if path.ends_with("report.xlsx") {
            cells(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned()
        };
        looked.push((path.display().to_string(), text));
    }
    let plan = files(&root.join("ledger")).into_iter().find(|path| path.ends_with("plan.json")).expect("a plan");
    let plan: serde_json::Value = serde_json::from_slice(&fs::read(plan).expect("a plan")).expect("JSON");
    looked.push(("the plan's findings".to_owned(), plan["findings"].to_string()));
    looked.push(("the plan's evidence".to_owned(), plan["inputs"]["evidence"].to_string()));
    for (place, text) in looked {
        let strangers =
            ["eve@", "rolf", "uwe@", "dora", "lola", "tim@localhost", "left@", "nobody-at-all", "bruno@", "Bremen"];
        let readers = ["berta@localhost", "Berta Benz", "hans@localhost", "Hans Albers"];
        // A receipt masks the address; the file's name is not secret where its faults are told.
        for word in strangers.iter().chain(&readers) {
            assert!(!text.contains(word), "{place} says {word}");
        }
    }
    let page = fs::read_to_string(root.join("published").join(EDITION).join("2026-10/ALL/r1/report.html"));
    let page = page.expect("a page").replace(['\u{a0}', '\u{202f}'], " ").replace("&nbsp;", " ");
    assert!(page.contains("20 of 20") && !page.contains("recipients"), "the extract is no feed of the report");
}

#[test]
fn a_role_that_only_the_extract_has_is_looked_for_there() {
    let folder = estate();
    let root = folder.path();
    let check = |connect: &[&str]| run(root, &[&["check"], connect].concat());
    let alone = check(&[]);
    assert!(alone.status.success() && said(&alone).contains("roles.site_lead"), "{}", said(&alone));
    // Nobody has it.
    put(root, "extracts/recipients/2026-10-31/recipients.csv", "role,address\nsite_leed,ada@localhost\n");
    let nobody = check(&["--connect"]);
    let told = said(&nobody);
    assert_eq!(nobody.status.code(), Some(3), "{told}");
    assert!(told.contains("`roles.site_lead`: there is no such role") && told.contains(".csv:2:role"), "{told}");
    assert!(!told.contains("ada@"), "{told}");
    let sent = run(root, &["run", EDITION, "--period", "2026-10"]);
    assert!(
        sent.status.success() && said(&sent).contains("`roles.site_lead`: there is no such role"),
        "{}",
        said(&sent)
    );
    assert_eq!(mails(root), ["ALL/r1/it-head@localhost"], "the others get theirs");
    // Somebody has it.
    put(root, "extracts/recipients/2026-10-31/recipients.csv", "role,address\nsite_lead,ada@localhost\n");
    let found = check(&["--connect"]);
    assert!(found.status.success() && !said(&found).contains("site_lead"), "{}", said(&found));
}

#[test]
fn an_extract_that_cannot_be_read_keeps_back_only_what_nobody_else_can_address() {
    let folder = estate();
    let root = folder.path();
    put(root, "extracts/recipients/2026-10-31/recipients.parquet", "PAR1 cut short");
    let held = run(root, &["run", EDITION, "--period", "2026-10"]);
    let told = said(&held);
    assert_eq!(held.status.code(), Some(1), "{told}");
    let says = ["who gets `it-variance-monthly` is not known", "recipients.parquet`", "nothing was sent"];
    assert!(says.iter().all(|part| told.contains(part)), "{told}");
    assert!(mails(root).is_empty() && !root.join("published").exists(), "{told}");
    let sent = run(root, &["run", "cfo-monthly", "--period", "2026-10"]);
    let told = said(&sent);
    assert!(sent.status.success() && told.contains("only distribution.toml says who gets reports"), "{told}");
    assert_eq!(files(&root.join("outbox/2026-10/cfo-monthly")).len(), 3, "{told}");
}

#[test]
fn definitions_that_would_measure_print_or_mix_up_readers_are_refused() {
    let folder = estate();
    let root = folder.path();
    let refused = |name: &str, text: &str, parts: &[&str]| {
        let path = format!("definitions/{name}");
        put(root, &path, text);
        let output = run(root, &["check"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(parts.iter().all(|part| said(&output).contains(part)), "{parts:?}: {}", said(&output));
        fs::remove_file(root.join(path)).expect("removed");
    };
    let contract = fs::read_to_string(repository().join("config/contracts/recipients.toml")).expect("a contract");
    refused(
        "contracts/recipients.toml",
        &contract.replace("delivery = true\n", ""),
        &["config/contracts/recipients.toml", "add delivery = true"],
    );
    refused(
        "contracts/guests.toml",
        &contract.replace("\"recipients\"", "\"guests\""),
        &["config/contracts/guests.toml", "only `recipients` says who gets reports"],
    );
    refused(
        "sources/more.toml",
        &SOURCE.replace("\"directory\"", "\"more\"").replace("headers", "nights = \"all\"\nheaders"),
        &["config/sources/more.toml", "no key that nights could be merged by"],
    );
    let joined = "\n[joins.readers]\ndataset = \"recipients\"\non = \"funktion\"\nkey = \"role\"\ncolumns = [\"address\"]\nunmatched = \"empty\"\n";
    refused(
        "sources/more.toml",
        &format!("{}{joined}", SOURCE.replace("\"directory\"", "\"more\"")),
        &["config/sources/more.toml", "nothing is looked up in it"],
    );
    refused(
        "sources/directory.toml",
        &SOURCE.replace("unmatched = \"reject\"", "unmatched = \"empty\""),
        &["config/sources/directory.toml", "without a unit one reads all"],
    );
    refused(
        "catalogue/facts/readers.sql",
        "-- One row per reader.\n-- tables: recipients\nSELECT business_unit FROM recipients",
        &["config/catalogue/facts/readers.sql", "unknown table `recipients`"],
    );
}

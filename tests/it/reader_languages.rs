//! Each reader in their own language: one run, one computation, a mail for everybody.

use std::fs;
use std::path::{Path, PathBuf};

use crate::muster::{changed, muster_with};

const READERS: &str = r#"
[[roles.cfo]]
address = "Finanzvorstand <cfo@localhost>"
language = "de"

[[roles.finance]]
address = "Controlling <controlling@localhost>"
language = "en"

[[roles.procurement]]
address = "Procurement <procurement@localhost>"

[[roles.asset_manager]]
address = "IT Asset Management <itam@localhost>"

[[roles.board]]
address = "Board Office <board@localhost>"

[[roles.cio]]
address = "Chief Information Officer <cio@localhost>"

[[roles.it_head]]
address = "Head of IT <it-head@localhost>"

[[roles.data_owner]]
address = "Data Owner <itam-data@localhost>"
"#;

#[test]
fn a_german_reader_gets_german_and_the_others_english_in_one_run() {
    let world = changed(|_| {});
    let definitions = tempfile::tempdir().expect("a folder");
    fs::write(definitions.path().join("distribution.toml"), READERS).expect("a file");
    let outbox = tempfile::tempdir().expect("a folder");
    let settings = [
        ("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().expect("a printable path")),
        ("MUSTER__MAIL__OUTBOX", outbox.path().to_str().expect("a printable path")),
    ];
    let run = muster_with(world.path(), &["run", "cfo-monthly", "--period", "2026-10"], &settings);
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}");

    let mails: Vec<String> =
        files(outbox.path()).iter().map(|path| fs::read_to_string(path).expect("a mail")).collect();
    assert_eq!(mails.len(), 3, "one mail for each reader");
    let to = |address: &str| {
        let mail = mails.iter().find(|mail| mail.lines().any(|line| line.starts_with("To:") && line.contains(address)));
        mail.unwrap_or_else(|| panic!("no mail to {address}"))
    };
    let subject = |mail: &str| {
        let line = mail.lines().position(|line| line.starts_with("Subject:")).expect("a subject");
        mail.lines().skip(line).take(2).collect::<String>()
    };
    assert!(subject(to("cfo@")).contains("ITAM-Kennzahlen"), "{}", subject(to("cfo@")));
    for address in ["controlling@", "procurement@"] {
        assert!(subject(to(address)).contains("ITAM KPIs for Finance"), "{}", subject(to(address)));
    }

    let published = world.path().join("published/cfo-monthly/2026-10/ALL/r1");
    let page = |name: &str| fs::read_to_string(published.join(name)).expect(name).replace('\u{a0}', " ");
    let (english, german) = (page("report.html"), page("de/report.html"));
    assert!(english.contains("What these figures rest on") && !english.contains("Worauf diese Zahlen"));
    assert!(german.contains("Worauf diese Zahlen beruhen") && german.contains(" Tsd. EUR"));
    for left in ["What these figures", "Final<", "on target", "per year", " a year", "inventory accuracy"] {
        assert!(!german.contains(left), "`{left}` on the German page");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let inner = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    inner.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

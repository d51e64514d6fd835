//! A burst edition end to end: everybody gets their own unit once, and nothing of another.

use std::collections::BTreeSet;
use std::fs;

use crate::desk::{Desk, sheet, text};
use crate::muster::{csv, scorecard};

const EDITION: &str = "it-variance-monthly";
const READERS: &str = r#"
[[roles.it_head]]
address = "Head of IT <head@localhost>"

[[roles.it_head]]
address = "IT Industrial <industrial@localhost>"
units = ["IND"]

[[roles.it_head]]
address = "IT Centre <centre@localhost>"
units = ["HQ", "IND"]

[[roles.it_head]]
address = "IT Centre <centre@localhost>"
units = ["HQ"]

[[roles.it_head]]
address = "Chief of All <chief@localhost>"

[[roles.it_head]]
address = "Chief of All <chief@localhost>"
units = ["HQ"]

[[roles.it_head]]
address = "Half There <half@localhost>"
units = ["HQ", "NOPE"]

[[roles.it_head]]
address = "Not There <nobody@localhost>"
units = ["NOPE"]

[[roles.asset_manager]]
address = "IT Asset Management <itam@localhost>"

[[roles.data_owner]]
address = "ITAM Data Owner <itam-data@localhost>"
"#;

fn desk() -> (Desk, tempfile::TempDir) {
    let mut desk = Desk::demo(60);
    let definitions = tempfile::tempdir().expect("a temporary folder");
    let built_in = fs::read_to_string(crate::muster::repository().join("config/distribution.toml")).expect("lists");
    let others: Vec<String> = built_in
        .split("\n[[")
        .filter(|part| {
            ["roles.cfo", "roles.finance", "roles.procurement", "roles.board", "roles.cio"]
                .iter()
                .any(|role| part.starts_with(role))
        })
        .map(|part| format!("\n[[{part}\n"))
        .collect();
    fs::write(definitions.path().join("distribution.toml"), format!("{READERS}{}", others.concat())).expect("written");
    desk.settings = vec![("MUSTER__DEFINITIONS__PATH".to_owned(), definitions.path().display().to_string())];
    (desk, definitions)
}

#[test]
fn each_reader_gets_their_own_units_once_and_no_word_of_another() {
    let (desk, _definitions) = desk();
    let said = desk.issue(EDITION, "2026-10", &[]);
    // A unit that does not exist is told, and costs nobody else their report.
    assert_eq!(said.matches("reads unit `NOPE`, which does not exist").count(), 2, "{said}");
    let mails = [
        "ALL/r1/chief@localhost",
        "ALL/r1/head@localhost",
        "HQ/r1/centre@localhost",
        "HQ/r1/chief@localhost",
        "HQ/r1/half@localhost",
        "IND/r1/centre@localhost",
        "IND/r1/industrial@localhost",
    ];
    assert_eq!(desk.mails(EDITION, "2026-10"), mails);
    let units = csv(&desk.root().join("extracts/business_units/2026-10-31/business_units.csv"));
    let name = |id: &str| units.iter().find(|row| row["business_unit"] == id).expect("a unit")["name"].clone();
    let within: [(&str, &[&str]); 2] = [("HQ", &["HQ"]), ("IND", &["IND", "PMP", "TLG", "SPL"])];
    for (unit, own) in within {
        let folder = desk.published(EDITION, "2026-10", unit, "r1");
        let rows = scorecard(&folder);
        let seen: BTreeSet<&str> = rows.keys().map(|key| key.2.as_str()).collect();
        assert_eq!(seen, own.iter().copied().collect(), "{unit}: the scorecard's units");
        let listed: BTreeSet<String> =
            sheet(&folder, "Scorecard").expect("a sheet").into_iter().map(|row| row[2].clone()).collect();
        assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), seen, "{unit}: the workbook's units");
        let strangers = units.iter().map(|row| row["business_unit"].as_str()).filter(|id| !own.contains(id));
        for stranger in strangers {
            for document in ["report.html", "mail.html", "mail.txt", "scorecard.json"] {
                // A parent may be named as where the unit hangs nowhere either.
                let said = text(&folder, document).replace("&amp;", "&");
                assert!(!said.contains(&name(stranger)), "{unit} {document} names {}", name(stranger));
            }
        }
        assert!(text(&folder, "report.html").contains(&name(unit).replace('&', "&amp;")));
    }
    // The mail itself, with everything attached, names the unit in its subject and no stranger in its head.
    let mail = fs::read_to_string(desk.root().join("outbox/2026-10").join(EDITION).join("HQ/r1/centre@localhost.eml"));
    let head = mail.expect("a mail").split("\r\n\r\n").next().expect("a head").to_owned();
    assert!(head.contains("centre@localhost") && !head.contains("industrial"), "{head}");
}

//! Restatement end to end: a month is published, late rows arrive, the next issue says what moved and why, once.

use std::path::Path;

use crate::desk::{Desk, sheet, text};
use crate::paper::Paper;

const COSTS: &str =
    "line_id,asset_id,business_unit,asset_class,category,cost_type,vendor,amount,currency,posted_on,state\n";

/// A small company, seen from few periods.
fn desk() -> Desk {
    let mut desk = Desk::demo(60);
    desk.settings = vec![("MUSTER__REPORTING__HISTORY".to_owned(), "3".to_owned())];
    desk
}

fn footer(folder: &Path) -> String {
    let text = text(folder, "mail.txt");
    let lines: Vec<&str> = text.split_whitespace().collect();
    let text = lines.join(" ");
    let from = text.find("· run ").unwrap_or_else(|| panic!("no footer: {text}"));
    text[from..].split(" Feed age").next().expect("a line").to_owned()
}

/// `row` is one of the sheet, and it stands in page, mail and paper too.
fn is_printed_everywhere(folder: &Path, row: &[String]) {
    for cell in row {
        for document in ["report.html", "mail.html"] {
            let page = text(folder, document).replace("&amp;", "&");
            // A long mail says that a table is in what is attached.
            let is_shortened = document == "mail.html" && page.contains("This mail is shortened");
            assert!(is_shortened || page.contains(cell.as_str()), "{document} lacks `{cell}`");
        }
        let plain: Vec<String> = text(folder, "mail.txt").split_whitespace().map(str::to_owned).collect();
        // Narrow columns are wrapped: each word is there.
        for word in cell.split(' ') {
            assert!(plain.iter().any(|own| own.contains(word)), "mail.txt lacks `{word}` of `{cell}`");
        }
    }
    let bytes = std::fs::read(folder.join("report.pdf")).expect("a PDF");
    let paper = Paper::open(&bytes);
    // Published, restated and change.
    for figure in &row[2..5] {
        paper.place(figure);
    }
}

#[test]
fn late_rows_restate_the_closed_month_once_and_name_their_feed() {
    let desk = desk();
    desk.issue("cfo-monthly", "2026-08", &[]);
    desk.issue("cfo-monthly", "2026-09", &[]);
    let september = desk.published("cfo-monthly", "2026-09", "ALL", "r1");
    assert_eq!(sheet(&september, "Restated"), None);
    assert!(!text(&september, "report.html").contains("Restated since"));
    assert!(
        footer(&september).ends_with("Final") || footer(&september).ends_with("PROVISIONAL"),
        "{}",
        footer(&september)
    );

    // Two lines of September and one of August come after the month was told.
    let late = format!(
        "{COSTS}L-LATE1,,HQ,,software,software,Adobe,41000,EUR,2026-09-12,posted\n\
         L-LATE2,,IND,,hardware,other,Dell,5200,EUR,2026-09-28,posted\n\
         L-LATE3,,IND,,hardware,other,Dell,9,EUR,2026-08-28,posted\n"
    );
    desk.deliver("costs", "2026-11-02", &late);
    desk.issue("cfo-monthly", "2026-10", &[]);
    let october = desk.published("cfo-monthly", "2026-10", "ALL", "r1");
    let all = sheet(&october, "Restated").expect("restated figures");
    // The line of August moves that month's figures, which were told too.
    let rows: Vec<Vec<String>> = all.iter().filter(|row| row[1] == "Sep 2026").cloned().collect();
    let row = |name: &str| {
        rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name} is not restated: {rows:?}"))
    };
    for name in ["Budget variance", "IT spend per managed asset"] {
        let row = row(name);
        assert_eq!(row[1], "Sep 2026");
        assert!(row[2] != row[3] && row[4].ends_with(['F', 'U']), "{row:?}");
        // Two rows of the month, not the three that came; no other feed has changed.
        assert_eq!(row[5], "costs (+2 rows)");
        is_printed_everywhere(&october, row);
    }
    let count = all.len();
    assert!(footer(&october).contains(&format!("RESTATED: {count} earlier figure")), "{}", footer(&october));
    assert!(text(&october, "report.html").contains("Restated since they were published"));

    // Told is told: a revision of the same month, and the month after it, do not tell it again.
    desk.issue("cfo-monthly", "2026-10", &["--force-revision"]);
    let revision = desk.published("cfo-monthly", "2026-10", "ALL", "r2");
    assert_eq!(sheet(&revision, "Restated"), None);
    assert!(
        footer(&revision).contains("RESTATED") || footer(&revision).contains("PROVISIONAL"),
        "{}",
        footer(&revision)
    );
    assert!(!footer(&revision).contains("earlier figure"), "{}", footer(&revision));
}

#[test]
fn a_revision_says_restated_and_what_moved_in_its_own_month() {
    let desk = desk();
    desk.issue("cfo-monthly", "2026-10", &[]);
    desk.deliver(
        "costs",
        "2026-11-02",
        &format!("{COSTS}L-LATE,,HQ,,software,software,Adobe,250,EUR,2026-10-12,posted\n"),
    );
    desk.issue("cfo-monthly", "2026-10", &["--force-revision"]);
    let revision = desk.published("cfo-monthly", "2026-10", "ALL", "r2");
    let rows = sheet(&revision, "Restated").expect("restated figures");
    let variance = rows.iter().find(|row| row[0] == "Budget variance").expect("the variance");
    assert_eq!((variance[1].as_str(), variance[5].as_str()), ("Oct 2026", "costs (+1 row)"));
    assert!(footer(&revision).contains("RESTATED"), "{}", footer(&revision));
}

#[test]
fn a_corrected_incident_is_named_and_a_ledger_that_moved_nothing_is_not() {
    let desk = desk();
    desk.issue("it-variance-monthly", "2026-09", &[]);
    let extract = desk.extract("incidents", "2026-09-30");
    let is_failure = |line: &&str| line.contains(",failure,2026-09-0") && line.contains(",closed,");
    let line = extract.lines().find(is_failure).expect("a failure early in September");
    let mut cells: Vec<&str> = line.split(',').collect();
    (cells[7], cells[10]) = ("2026-09-29T20:00:00Z", "2026-11-02T08:00:00Z");
    let head = extract.lines().next().expect("a header");
    desk.deliver("incidents", "2026-11-02", &format!("{head}\n{}\n", cells.join(",")));
    desk.issue("it-variance-monthly", "2026-10", &[]);
    let october = desk.published("it-variance-monthly", "2026-10", "ALL", "r1");
    let rows = sheet(&october, "Restated").expect("restated figures");
    let repair = rows.iter().find(|row| row[0] == "Mean time to repair").expect("the time to repair");
    assert_eq!((repair[1].as_str(), repair[5].as_str()), ("Sep 2026", "incidents (rows changed)"));
    is_printed_everywhere(&october, repair);
    let feeds: Vec<&String> = rows.iter().map(|row| &row[5]).collect();
    assert!(feeds.iter().all(|feeds| !feeds.contains("costs")), "{rows:?}");
}

//! The account of rows: what is published says of every feed where each row went, and readers see it.

use std::fs;

use serde_json::{Value, json};

use crate::desk::{sheet, text};
use crate::muster::{changed, dry_run, file};

/// Appends lines to a dataset's file.
fn append(extracts: &std::path::Path, dataset: &str, lines: &str) {
    let path = file(extracts, dataset);
    let text = fs::read_to_string(&path).expect("a text");
    fs::write(&path, format!("{}\n{lines}", text.trim_end())).expect("written");
}

#[test]
fn every_feed_balances_in_what_is_published_and_in_what_readers_see() {
    let folder = changed(|extracts| {
        let header = fs::read_to_string(file(extracts, "costs")).expect("a text");
        let first = header.lines().nth(1).expect("a row").to_owned();
        // One row again, two that cannot be read, three that are blank.
        append(
            extracts,
            "costs",
            &format!(
                "{first}\nZ1,,BER,laptop,hardware,support,,twelve,EUR,2026-10-05,posted\nZ2,BER\n,,,,,,,,,,\n,,,,,,,,,,\n,,,,,,,,,,\n"
            ),
        );
        // No row of it can be used.
        let returns = file(extracts, "returns");
        let text = fs::read_to_string(&returns).expect("a text");
        let heads = text.lines().next().expect("a header");
        fs::write(&returns, format!("{heads}\nRT1,X02\nRT2,X05\n")).expect("written");
    });
    let (plain, _) = dry_run(changed(|_| ()).path(), "2026-10");
    let (out, said) = dry_run(folder.path(), "2026-10");
    let evidence = |folder: &std::path::Path| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join("evidence.json")).expect("a record")).expect("JSON")
    };
    let (before, record) = (evidence(plain.path()), evidence(out.path()));
    let accounts = record["accounts"].as_object().expect("accounts");
    assert_eq!(accounts.len(), before["accounts"].as_object().expect("accounts").len());
    let rows = |account: &Value, what: &str| account[what].as_u64().expect("a number");
    let parts = ["kept", "rejected", "filtered", "merged"];
    for (dataset, account) in accounts {
        let sum: u64 = parts.iter().map(|part| rows(account, part)).sum();
        assert_eq!(rows(account, "read"), sum, "{dataset}: {account}");
    }
    let more = |what: &str| rows(&accounts["costs"], what) - rows(&before["accounts"]["costs"], what);
    assert_eq!(["read", "kept", "rejected", "filtered", "merged"].map(more), [6, 0, 2, 3, 1]);
    assert_eq!(accounts["returns"], json!({ "read": 2, "kept": 0, "rejected": 2, "filtered": 0, "merged": 0 }));
    assert!(said.contains("none of the 2 rows of `returns` can be used"), "{said}");

    let printed = sheet(out.path(), "Feeds").expect("a sheet of the feeds");
    assert!(!printed.is_empty());
    for row in printed {
        let account = accounts.get(&row[0]);
        for (cell, what) in row[2..7].iter().zip(["read", "kept", "rejected", "filtered", "merged"]) {
            let expected = account.map_or_else(String::new, |account| rows(account, what).to_string());
            assert_eq!(*cell, expected, "{what} of {row:?}");
        }
    }
    let left_out = sheet(out.path(), "Rows left out").expect("a sheet of the rows left out");
    assert_eq!(left_out.iter().filter(|row| row[0] == "returns").count(), 2, "{left_out:?}");
    let total = |what: &str| accounts.values().map(|account| rows(account, what)).sum::<u64>();
    let strip = format!(
        "of {} read; {} kept, {} filtered, {} merged",
        total("read"),
        total("kept"),
        total("filtered"),
        total("merged")
    );
    for name in ["report.html", "mail.txt"] {
        let page = text(out.path(), name).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&strip), "{name} does not say `{strip}`");
    }
}

#[test]
fn budget_lines_of_one_key_are_told_and_make_the_report_provisional() {
    let folder = changed(|extracts| append(extracts, "budgets", "BER,hardware,2026-10,250,EUR\n"));
    let (out, said) = dry_run(folder.path(), "2026-10");
    for part in [
        "1 row of the same business_unit, category, period as a later one in the file: only the later one counts",
        "by `[collapse]` with SUM in its source",
        "1 row whose key stands in the same file again",
    ] {
        assert!(said.contains(part), "`{part}` is not said:\n{said}");
    }
    assert!(text(out.path(), "mail.txt").contains("PROVISIONAL"));
}

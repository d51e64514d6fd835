use polars::prelude::*;

use super::*;
use crate::catalogue::Source;
use crate::conform::{Account, Context, Limits, RawFile, Reject, conform};
use crate::deliver::readers;

/// Role, business unit, address, locale, first and last day; `-` for nothing.
fn extract(rows: &[[&str; 6]]) -> Conformed {
    let cells = |at: usize| rows.iter().map(move |row| Some(row[at]).filter(|cell| *cell != "-")).collect::<Vec<_>>();
    let days = |at: usize| -> Series {
        let days: Int32Chunked =
            cells(at).into_iter().map(|cell| Some(cell?.parse::<NaiveDate>().unwrap().to_epoch_days())).collect();
        days.into_series().cast(&DataType::Date).unwrap()
    };
    let numbers: Vec<u32> = (2..).take(rows.len()).collect();
    let table = df!(
        "role" => cells(0), "business_unit" => cells(1), "address" => cells(2), "locale" => cells(3),
        "from" => days(4), "until" => days(5), "_file" => vec![0_u32; rows.len()], "_row" => numbers,
    );
    Conformed {
        table: table.unwrap().into(),
        files: vec!["extracts/recipients/2026-10-31/recipients.csv".to_owned()],
        shapes: Vec::new(),
        account: Account::default(),
        rejects: Vec::new(),
        findings: Vec::new(),
    }
}

fn contract() -> Contract {
    toml::from_str(include_str!("../../../../config/contracts/recipients.toml")).unwrap()
}

fn tree() -> UnitTree {
    let none: [Option<&str>; 2] = [None, None];
    let table =
        df!("business_unit" => ["BER", "HAM"], "name" => ["Berlin", "Hamburg"], "parent" => none, "industry" => none);
    UnitTree::read(&table.unwrap()).unwrap().0
}

/// The lists with an extract, and what is told of it; an edition that is made for each unit is to be sent.
fn added(lists: &str, extract: &Conformed, limit: bool) -> (Distribution, Vec<Finding>) {
    let domains = ["x.org".to_owned()];
    let mut distribution = Distribution::parse(lists, &domains).unwrap();
    let (roles, tree) = (BTreeSet::from(["head".to_owned(), "cio".to_owned()]), tree());
    let units = Some(Units { tree: &tree, limit });
    let allowed = Allowed { domains: &domains, roles: &roles, units };
    let findings = distribution.add(&contract(), extract, &allowed).unwrap();
    (distribution, findings)
}

fn read_by(distribution: &Distribution, on: &str) -> Vec<String> {
    let all = readers(distribution, &["head".to_owned()], on.parse().unwrap());
    all.iter().map(|reader| format!("{} {}", reader.mailbox.address, reader.units.join("+"))).collect()
}

#[test]
fn rows_stand_behind_the_lists_and_the_units_of_an_address_add_up() {
    let rows = extract(&[
        ["head", "BER", "Ada <ada@x.org>", "de_AT", "-", "-"],
        ["head", "HAM", "ada@x.org", "-", "-", "-"],
        ["head", "ALL", "all@x.org", "-", "-", "-"],
        ["head", "HAM", "Tom@X.org", "-", "-", "-"],
    ]);
    let (distribution, findings) = added("[[roles.head]]\naddress = 'tom@x.org'\nunits = ['BER']", &rows, true);
    assert_eq!(read_by(&distribution, "2026-11-01"), ["tom@x.org BER+HAM", "ada@x.org BER+HAM", "all@x.org "]);
    assert!(findings.is_empty(), "{findings:?}");
    let ada = &distribution.roles["head"][1];
    assert_eq!((ada.mailbox.name.as_deref(), ada.language.as_deref()), (Some("Ada"), Some("de-AT")));
}

#[test]
fn what_a_list_locks_is_locked_for_those_the_extract_adds_to_it() {
    let lists =
        "[[roles.head]]\naddress = 'tom@x.org'\n[[roles.head]]\naddress = 'eve@x.org'\npdf_password_file = 'key'";
    let rows = extract(&[["head", "-", "ada@x.org", "-", "-", "-"], ["cio", "-", "bob@x.org", "-", "-", "-"]]);
    let (distribution, _) = added(lists, &rows, true);
    let file = |role: &str| distribution.roles[role].last().and_then(|entry| entry.pdf_password_file.as_deref());
    assert_eq!((file("head"), file("cio")), (Some("key"), None));
}

#[test]
fn a_membership_of_the_extract_begins_and_ends_on_its_days() {
    let rows = extract(&[["head", "-", "ada@x.org", "-", "2026-10-01", "2026-10-31"]]);
    let (distribution, _) = added("", &rows, true);
    let counts = ["2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"].map(|on| read_by(&distribution, on).len());
    assert_eq!(counts, [0, 1, 1, 0]);
}

#[test]
fn a_faulty_row_is_told_by_its_place_without_its_values_and_the_others_count() {
    let rows = extract(&[
        ["haed", "-", "a@x.org", "-", "-", "-"],
        ["head", "BERR", "b@x.org", "-", "-", "-"],
        ["head", "-", "Eve Moneypenny, evil", "-", "-", "-"],
        ["head", "-", "c@evil.example", "-", "-", "-"],
        ["head", "-", "d@x.org", "Deutsch!", "-", "-"],
        ["head", "-", "e@x.org", "-", "2026-10-02", "2026-10-01"],
        ["head", "HAM", "ada@x.org", "-", "-", "-"],
    ]);
    let (distribution, findings) = added("", &rows, true);
    assert_eq!(read_by(&distribution, "2026-11-01"), ["ada@x.org HAM"]);
    let places: Vec<String> = findings.iter().map(|finding| finding.place().split_off(45)).collect();
    assert_eq!(places, [":2:role", ":3:business_unit", ":4:address", ":5:address", ":6:locale", ":7:until"]);
    let said = format!("{findings:?}");
    for part in ["did you mean `head`?", "did you mean `BER`?", "`evil.example`", "write local@domain"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for value in ["a@x.org", "b@x", "Moneypenny", "c@evil", "d@x", "Deutsch", "e@x", "haed", "BERR"] {
        assert!(!said.contains(value), "{value}: {said}");
    }
}

#[test]
fn an_unknown_unit_costs_nobody_a_report_that_is_not_made_for_each_unit() {
    let rows = extract(&[["head", "BERR", "b@x.org", "-", "-", "-"]]);
    let (distribution, findings) = added("", &rows, false);
    assert_eq!(read_by(&distribution, "2026-11-01"), ["b@x.org BERR"]);
    assert!(findings.len() == 1 && !findings[0].message.contains("left out"), "{findings:?}");
}

#[test]
fn what_was_noticed_before_is_told_row_by_row_without_what_it_quotes() {
    let mut rows = extract(&[["head", "-", "ada@x.org", "-", "-", "-"]]);
    let reject = |row, message: &str| Reject {
        file: rows.files[0].clone(),
        row,
        column: "until".to_owned(),
        code: "not_a_date".to_owned(),
        message: message.to_owned(),
    };
    rows.rejects = vec![reject(7, "`Eve Moneypenny` cannot be read"), reject(9, "of eve@x.org `until` cannot be read")];
    let summary = Finding::dataset(Level::Warning, "not_a_date", "recipients", "2 rows are left out", "correct them");
    let other = Finding::dataset(
        Level::Note,
        "preamble",
        "",
        "2 lines above `extracts/recipients/2026-10-31/recipients.csv`",
        "none",
    );
    rows.findings = vec![summary, other];
    let (_, findings) = added("", &rows, true);
    let told: Vec<(Option<u64>, &str)> = findings.iter().map(|one| (one.row, one.message.as_str())).collect();
    let expected = [
        (None, "2 lines above `extracts/recipients/2026-10-31/recipients.csv`"),
        (Some(7), "the row is left out: `…` cannot be read"),
        (Some(9), "the row is left out: of e***@x***.org `until` cannot be read"),
    ];
    assert_eq!(told, expected);
}

/// The extract as it is read from a file.
fn read(text: &str, sources: &BTreeMap<String, Source>, source: Option<&str>) -> Result<Conformed, ConformError> {
    let file = RawFile {
        key: "recipients.csv".to_owned(),
        night: "2026-10-31".parse().unwrap(),
        bytes: text.to_owned().into(),
        sha256: String::new(),
        source: source.map(str::to_owned),
        join: None,
        withheld: None,
    };
    let (currency, decoder) = ("EUR".to_owned(), &Limits::default());
    let context = Context { currency, zone: chrono_tz::UTC, sources, tables: BTreeMap::new(), decoder };
    conform(&contract(), &[file], &context)
}

#[test]
fn a_limit_is_never_lost_on_the_way() {
    let none = BTreeMap::new();
    let renamed = read("role,address,unit,locale,from,until\nhead,a@x.org,BER,,,\n", &none, None);
    let renamed = renamed.unwrap_err().to_string();
    assert!(renamed.contains("lacks the required column `business_unit`"), "{renamed}");
    let complete = read("role,address,business_unit,locale,from,until,team\nhead,a@x.org,,,,,T1\n", &none, None);
    assert_eq!(complete.unwrap().account.kept, 1);
    assert_eq!(read("role,address\nhead,a@x.org\n", &none, None).unwrap().account.kept, 1);
    let source = "id = 's'\nsystem = 'S'\nabout = 's'\ndataset = 'recipients'\npath = 's/{date:%Y-%m-%d}/*.csv'\n\
        headers = ['Role', 'Unit', 'Mail']\n[joins.units]\ndataset = 'business_units'\nkey = 'name'\non = 'unit'\n\
        columns = ['business_unit']\nunmatched = 'reject'\n[columns]\nrole = 'Role'\naddress = 'Mail'\n\
        business_unit = 'units.business_unit'";
    let sources = BTreeMap::from([("s".to_owned(), toml::from_str::<Source>(source).unwrap())]);
    let lacking = read("Role,Mail\nhead,a@x.org\n", &sources, Some("s")).unwrap_err().to_string();
    assert!(lacking.contains("lacks the required column `Unit`"), "{lacking}");
    // The units did not come: who names one is left out, who names none reads all.
    let all = read("Role,Unit,Mail\nhead,Berlin,a@x.org\nhead,,b@x.org\n", &sources, Some("s")).unwrap();
    let (distribution, findings) = added("", &all, true);
    assert_eq!(read_by(&distribution, "2026-11-01"), ["b@x.org "]);
    assert!(findings.iter().any(|finding| finding.row == Some(2)), "{findings:?}");
}

#[test]
fn a_broken_export_is_told_up_to_a_number_of_rows() {
    let rows = extract(&[["haed", "-", "a@x.org", "-", "-", "-"]; 150]);
    let (distribution, findings) = added("", &rows, true);
    assert!(distribution.roles.is_empty());
    assert_eq!(findings.len(), 101);
    assert!(findings[100].message.starts_with("50 more"), "{}", findings[100].message);
}

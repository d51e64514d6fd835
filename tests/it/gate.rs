//! The data gate: what breaks a rule, what does not, and what a waiver changes. Each rule is tried alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::NaiveDate;
use muster::catalogue::{Catalogue, DatasetKind, Files, Mistake};
use muster::conform::{self, RawFile};
use muster::finding::Level;
use muster::io::definitions;
use muster::period::Calendar;
use muster::quality::{self, Evening, Feed, Judgement, Verdict};

pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;
pub const UNITS: Night<'_> =
    ("business_units", "2026-10-31", "business_unit,name,parent\nCORP,Corporate,\nBER,Berlin,CORP\n");

/// Dataset, night, CSV.
pub type Night<'a> = (&'a str, &'a str, &'a str);

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn catalogue(rules: &str) -> Result<Catalogue, Vec<Mistake>> {
    let mut files: Files = definitions::read(None).expect("the built-in definitions");
    files.insert("gate.toml".to_owned(), rules.to_owned());
    Catalogue::load(&files)
}

/// What these rules say of October 2026, seen from the months June to October.
pub fn judged(rules: &str, nights: &[Night<'_>]) -> Judgement {
    let catalogue = catalogue(rules).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let context = conform::Context {
        currency: "EUR".to_owned(),
        zone: ZONE,
        sources: &catalogue.sources,
        tables: BTreeMap::new(),
        decoder: &conform::Limits::default(),
    };
    let mut extracts: BTreeMap<(String, NaiveDate), Vec<RawFile>> = BTreeMap::new();
    for (dataset, night, text) in nights {
        let ledger = catalogue.contracts[*dataset].kind == DatasetKind::Ledger;
        let newest = nights.iter().filter(|(other, ..)| other == dataset).map(|(_, night, _)| *night).max();
        let stands = if ledger { newest.expect("a night") } else { night };
        extracts.entry(((*dataset).to_owned(), day(stands))).or_default().push(RawFile {
            key: format!("extracts/{dataset}/{night}/{dataset}.csv"),
            night: day(night),
            bytes: (*text).to_owned().into(),
            sha256: String::new(),
            source: None,
            join: None,
            withheld: None,
        });
    }
    let mut conformed = BTreeMap::new();
    let mut feeds = BTreeMap::new();
    for ((dataset, night), files) in extracts {
        let table = conform::conform(&catalogue.contracts[&dataset], &files, &context).expect("readable");
        let table = Arc::new(table);
        conformed.insert((dataset.clone(), night), table.clone());
        // In order of the nights: the newest stays.
        feeds.insert(dataset, Feed::Present { conformed: table, night });
    }
    let cleared = quality::clear(&catalogue.contracts, &feeds, None).expect("clear tables");
    let calendar = Calendar { zone: ZONE, fiscal_start: 1 };
    let spans: Vec<_> = ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
        .map(|month| calendar.span(month.parse().expect("a month")))
        .map(|span| (span.start_date, span.last_day))
        .into();
    let evening = Evening { contracts: &catalogue.contracts, cleared: &cleared, conformed: &conformed, spans: &spans };
    let broken = quality::gate(&catalogue.gate, &evening).expect("rules that plan");
    quality::judge(&catalogue.gate, broken, day("2026-10-31"))
}

/// The rule `tried` holds on `good`, breaks on `bad`, passes with a waiver and breaks again once that has expired.
fn check(rule: &str, good: &[Night<'_>], bad: &[Night<'_>], said: &[&str]) {
    check_by(rule, &|rules, is_good| judged(rules, if is_good { good } else { bad }), said);
}

pub fn check_by(rule: &str, judged: &dyn Fn(&str, bool) -> Judgement, said: &[&str]) {
    let waived = |until: &str| {
        format!("{rule}\n[[waivers]]\nrule = \"tried\"\nreason = \"known and small\"\nuntil = \"{until}\"\n")
    };
    let told = |judgement: &Judgement, code: &str| -> Vec<(Level, String)> {
        let own = judgement.findings.iter().filter(|finding| finding.code == code);
        own.map(|finding| (finding.level, format!("{}: {} {}", finding.place(), finding.message, finding.hint)))
            .collect()
    };
    let held = judged(rule, true);
    assert_eq!(held.verdict, Verdict::Send, "{:?}", held.findings);
    assert!(held.findings.is_empty(), "{:?}", held.findings);

    let broken = judged(rule, false);
    let Verdict::Hold { because } = &broken.verdict else { panic!("not held: {:?}", broken.findings) };
    assert!(because.iter().all(|broken| broken.rule == "tried" && !broken.owner.is_empty()), "{because:?}");
    let text = format!("{:?}", told(&broken, "tried"));
    for part in said.iter().chain(&["ask ", "; the report is held until then"]) {
        assert!(text.contains(part), "`{part}` is not said: {text}");
    }

    let passed = judged(&waived("2026-10-31"), false);
    assert_eq!(passed.verdict, Verdict::Send, "{:?}", passed.findings);
    let notes = told(&passed, "tried");
    assert!(
        !notes.is_empty()
            && notes.iter().all(|(level, text)| {
                *level == Level::Note && text.contains("waived until 2026-10-31: known and small")
            }),
        "{notes:?}"
    );

    let expired = judged(&waived("2026-10-30"), false);
    assert!(matches!(expired.verdict, Verdict::Hold { .. }), "{:?}", expired.findings);
    let notes = told(&expired, "waiver_expired");
    assert!(notes.len() == 1 && notes[0].1.contains("the rule is still broken"), "{notes:?}");
}

/// `id,...` and as many rows, `row` after each id.
fn table(head: &str, rows: usize, row: &str) -> String {
    let mut text = format!("{head}\n");
    for number in 0..rows {
        writeln!(text, "K{number}{row}").expect("a text");
    }
    text
}

/// Nights of audits beside the units.
fn ledger<'a>(nights: &[&'a str], texts: &'a [String]) -> Vec<Night<'a>> {
    let audits = nights.iter().zip(texts).map(|(night, text)| ("audits", *night, text.as_str()));
    std::iter::once(UNITS).chain(audits).collect()
}

pub const ASSETS: &str = "asset_id,asset_class,lifecycle_state,approved,business_unit,purchase_cost,purchased_on";

pub fn assets(rows: usize) -> String {
    table(ASSETS, rows, ",laptop,in_use,true,BER,100,2026-05-01")
}

#[test]
fn a_night_too_old_breaks_freshness_and_the_last_one_in_time_does_not() {
    let rule = "[[freshness]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { datasets = [\"assets\"] }\nlimits = { days = 30 }";
    let text = assets(3);
    let said = ["extracts/assets/2026-09-30/assets.csv", "31 days older than the period's end", "ask data_owner to"];
    check(rule, &[UNITS, ("assets", "2026-10-01", &text)], &[UNITS, ("assets", "2026-09-30", &text)], &said);
}

#[test]
fn a_missing_feed_holds_only_where_a_rule_says_so() {
    let rule = "[[freshness]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { datasets = [\"assets\"] }\nlimits = { missing = true }";
    let text = assets(3);
    check(rule, &[UNITS, ("assets", "2025-01-01", &text)], &[UNITS], &["assets: `assets` was not delivered"]);
    assert_eq!(judged(&rule.replace("true", "false, days = 30"), &[UNITS]).verdict, Verdict::Send);
}

#[test]
fn a_night_of_half_the_rows_breaks_volume() {
    let rule = "[[volume]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { kinds = [\"snapshot\"] }\nlimits = { fall_percent = 40, rise_percent = 40 }";
    let (few, fewer, usual, more, many) = (assets(50), assets(75), assets(100), assets(135), assets(150));
    let nights = |last| -> [Night<'_>; 5] {
        let assets = |night, text| ("assets", night, text);
        [
            UNITS,
            assets("2026-07-31", usual.as_str()),
            assets("2026-08-31", &many),
            assets("2026-09-30", &usual),
            assets("2026-10-31", last),
        ]
    };
    let said = ["2026-10-31/assets.csv", "50 rows, 50.0 % fewer than the 100 of the 3 deliveries before"];
    check(rule, &nights(&fewer), &nights(&few), &said);
    check(rule, &nights(&more), &nights(&many), &["150 rows, 50.0 % more than the 100"]);
    // Two earlier nights are no history.
    let short = [&[UNITS], &nights(&few)[2..]].concat();
    assert_eq!(judged(rule, &short).verdict, Verdict::Send);
}

#[test]
fn a_ledger_is_compared_month_with_month() {
    let rule = "[[volume]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { datasets = [\"audits\"] }\nlimits = { fall_percent = 50 }";
    let months = ["2026-07-15", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-15", "2026-10-31"];
    let texts = |rows: [usize; 6]| -> Vec<String> {
        rows.iter().enumerate().map(|(n, rows)| table("audit_id,kind", *rows, &format!("-{n},licence"))).collect()
    };
    let (good, bad) = (texts([20, 20, 40, 40, 20, 10]), texts([20, 20, 40, 40, 5, 10]));
    check(rule, &ledger(&months, &good), &ledger(&months, &bad), &["15 rows, 62.5 % fewer than the 40"]);
}

#[test]
fn keys_that_stand_twice_in_one_file_break_duplicates_and_history_does_not() {
    let rule = "[[duplicates]]\ncode = \"tried\"\nlevel = \"hold\"\nlimits = { percent = 10 }";
    let (once, twice) = (assets(40), format!("{}{}", assets(40), &assets(6)[ASSETS.len() + 1..]));
    let said = ["6 rows whose key stands in the same file again, 13.0 % of 46", "(allowed: 10 %)"];
    check(rule, &[UNITS, ("assets", "2026-10-31", &once)], &[UNITS, ("assets", "2026-10-31", &twice)], &said);
    let history = table("audit_id,kind", 40, ",licence");
    let nights = [UNITS, ("audits", "2026-09-30", &history), ("audits", "2026-10-31", &history)];
    assert_eq!(judged(rule, &nights).verdict, Verdict::Send);
}

#[test]
fn rows_left_out_break_rejects_by_file() {
    let rule = "[[rejects]]\ncode = \"tried\"\nlevel = \"hold\"\nlimits = { percent = 10 }";
    let bad = |rows: usize| {
        let mut text = assets(40);
        (0..rows).for_each(|row| writeln!(text, "B{row},laptop,lost,true,BER,1,").expect("a text"));
        text
    };
    let said = ["2026-10-31/assets.csv", "5 rows left out, 11.1 % of 45"];
    check(rule, &[UNITS, ("assets", "2026-10-31", &bad(4))], &[UNITS, ("assets", "2026-10-31", &bad(5))], &said);
}

#[test]
fn a_column_that_vanished_is_told_with_its_likely_new_name() {
    let rule = "[[headers]]\ncode = \"tried\"\nlevel = \"hold\"\nlimits = { change = \"vanished\" }";
    let (before, extra) =
        (assets(3), assets(3).replace("purchase_cost", "purchase_cost ").replace("purchased_on", "Purchased_On"));
    let renamed = assets(3).replace("purchase_cost", "purchase_costs");
    let night = |text| [UNITS, ("assets", "2026-09-30", before.as_str()), ("assets", "2026-10-31", text)];
    let said = [
        "assets.csv:purchase_cost",
        "the column `purchase_cost` of extracts/assets/2026-09-30",
        "is it `purchase_costs` now?",
    ];
    check(rule, &night(&extra), &night(&renamed), &said);
}

#[test]
fn a_column_that_appeared_is_told_with_its_use() {
    let rule = "[[headers]]\ncode = \"tried\"\nlevel = \"hold\"\nlimits = { change = \"appeared\" }";
    let (before, new) =
        (assets(3), assets(3).replace(ASSETS, &format!("{ASSETS},location,colour")).replace("05-01", "05-01,X,red"));
    let night = |text| [UNITS, ("assets", "2026-09-30", before.as_str()), ("assets", "2026-10-31", text)];
    let said = ["`location` is new since", "and is used from now on", "`colour` is new since", "and is ignored"];
    check(rule, &night(&before), &night(&new), &said);
}

#[test]
fn cells_suddenly_empty_break_nulls() {
    let rule = "[[nulls]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { columns = [\"purchase_cost\"] }\nlimits = { rise_points = 25 }";
    let emptied = |rows: usize| assets(40).replacen(",100,", ",,", rows);
    let before = emptied(4);
    let (good, bad) = (emptied(14), emptied(15));
    let night = |text| [UNITS, ("assets", "2026-09-30", before.as_str()), ("assets", "2026-10-31", text)];
    let said =
        ["assets.csv:purchase_cost", "15 of 40 cells of `purchase_cost` are empty or unreadable, 37.5 % after 10.0 %"];
    check(rule, &night(&good), &night(&bad), &said);
}

#[test]
fn values_that_name_nothing_known_break_references() {
    let rule = "[[references]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { datasets = [\"assets\"], columns = [\"business_unit\"] }\nlimits = { to = [\"business_units.business_unit\"], percent = 10 }";
    let lost = |rows: usize| assets(40).replacen(",BER,", ",MUC,", rows).replacen(",BER,", ",,", 10);
    let said = [
        "assets.csv:2:business_unit",
        "5 of 30 values of `business_unit`, 16.7 %, are not in business_units.business_unit",
        "the first is `MUC`",
    ];
    check(rule, &[UNITS, ("assets", "2026-10-31", &lost(3))], &[UNITS, ("assets", "2026-10-31", &lost(5))], &said);
}

#[test]
fn a_reference_may_be_known_in_one_of_several_places_and_a_missing_one_is_not_held_against_it() {
    let rule = "[[references]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { datasets = [\"returns\"], columns = [\"asset_id\"] }\nlimits = { to = [\"assets.asset_id\", \"disposals.asset_id\"], percent = 0, least_rows = 1 }";
    let register = assets(2);
    let returns = "return_id,asset_id,trigger,due_on\nR1,K0,refresh,2026-10-05\nR2,X1,refresh,2026-10-06\n";
    let disposals = "asset_id,left_use_on,data_bearing,sanitization_verified\nX1,2026-09-01,true,true\n";
    let nights = [UNITS, ("assets", "2026-10-31", &register), ("returns", "2026-10-31", returns)];
    assert_eq!(judged(rule, &nights).verdict, Verdict::Send, "without disposals nobody can say");
    let known = [&nights[..], &[("disposals", "2026-10-31", disposals)]].concat();
    let other = disposals.replace("X1", "X2");
    let unknown = [&nights[..], &[("disposals", "2026-10-31", &other)]].concat();
    check(rule, &known, &unknown, &["neither in assets.asset_id nor in disposals.asset_id", "the first is `X1`"]);
}

#[test]
fn only_the_rows_of_a_condition_and_of_the_units_below_are_looked_at() {
    let rule = |scope: &str| {
        format!(
            "[[ranges]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = {{ columns = [\"purchase_cost\"], {scope} }}\nlimits = {{ high = 500 }}"
        )
    };
    let text = |state: &str, unit: &str| format!("{}K9,laptop,{state},true,{unit},501,2026-05-01\n", assets(3));
    let (retired, in_use, elsewhere) = (text("retired", "BER"), text("in_use", "BER"), text("in_use", "HAM"));
    let good = [UNITS, ("assets", "2026-10-31", retired.as_str())];
    let bad = [UNITS, ("assets", "2026-10-31", in_use.as_str())];
    check(&rule("rows = \"lifecycle_state = 'in_use'\""), &good, &bad, &["assets.csv:5:purchase_cost"]);
    let good = [UNITS, ("assets", "2026-10-31", elsewhere.as_str())];
    check(&rule("business_units = [\"CORP\"]"), &good, &bad, &["values of `purchase_cost` of CORP"]);
    let lost = judged(&rule("business_units = [\"CROP\"]"), &bad);
    assert!(
        lost.findings.iter().any(|finding| finding.message.contains("did you mean `CORP`?")),
        "{:?}",
        lost.findings
    );
}

#[test]
fn amounts_are_held_against_limits_to_the_cent() {
    let rule = "[[ranges]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { columns = [\"purchase_cost\"] }\nlimits = { low = 0, high = 0.30 }";
    let priced = |cost: &str| assets(3).replace(",100,", &format!(",{cost},"));
    let (good, bad) = (priced("0.30"), priced("0.3000000001"));
    let said = ["3 of 3 values of `purchase_cost`, 100.0 %, lie below 0 or above 0.3; the first is `0.3000000001`"];
    check(rule, &[UNITS, ("assets", "2026-10-31", &good)], &[UNITS, ("assets", "2026-10-31", &bad)], &said);
    let negative = priced("-0.01");
    check(rule, &[UNITS, ("assets", "2026-10-31", &good)], &[UNITS, ("assets", "2026-10-31", &negative)], &["`-0.01`"]);
}

#[test]
fn a_date_after_its_night_breaks_ranges_and_a_later_delivery_does_not() {
    let rule = "[[ranges]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { columns = [\"purchased_on\", \"completed_on\"] }\nlimits = { days_ahead = 1, earliest = \"1990-01-01\" }";
    let dated = |date: &str| assets(3).replace("2026-05-01", date);
    let (good, bad, old) = (dated("2026-11-01"), dated("2026-11-02"), dated("1989-12-31"));
    let nights = |text| [UNITS, ("assets", "2026-10-31", text)];
    check(rule, &nights(&good), &nights(&bad), &["more than 1 day after the night", "`2026-11-02`"]);
    check(rule, &nights(&good), &nights(&old), &["before 1990-01-01", "`1989-12-31`"]);
    let later = "audit_id,kind,completed_on\nAU9,licence,2026-12-24\n";
    assert_eq!(judged(rule, &[UNITS, ("audits", "2026-12-31", later)]).verdict, Verdict::Send);
}

#[test]
fn the_worker_waits_for_the_feeds_that_the_gate_would_call_stale() {
    let rules = std::fs::read_to_string(crate::muster::repository().join("config/gate.toml")).expect("the gate");
    let stale_after = |rules: &str, dataset: &str| {
        let catalogue = catalogue(rules).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        catalogue.gate.stale_after(&catalogue.contracts[dataset], day("2026-10-31"))
    };
    assert_eq!([stale_after(&rules, "patches"), stale_after(&rules, "costs")], [Some(30), Some(30)]);
    assert_eq!(stale_after(&rules, "audits"), None, "a warning keeps nothing back");
    let waiver = "[[waivers]]\nrule = \"feed_stale\"\ndataset = \"patches\"\nreason = \"moving\"\nuntil = ";
    assert_eq!(stale_after(&format!("{rules}\n{waiver}\"2026-12-31\"\n"), "patches"), None);
    assert_eq!(stale_after(&format!("{rules}\n{waiver}\"2026-09-30\"\n"), "patches"), Some(30));
    assert_eq!(stale_after(&rules.replace("days = 30", "days = 7"), "patches"), Some(7));
}

//! Nightly exceptions end to end: told once, kept every night, told again only when worse or back.

use std::fmt::Write as _;

use serde_json::Value;

use crate::desk::{Desk, text};

const EDITION: &str = "exceptions-nightly";
const KPI: &str = "patch_compliance_rate";
const ASSETS: usize = 100;
const READER: &str = "ALL/r1/itam@localhost";

/// A hundred verified, seen and patched laptops of one unit, with half a year of history.
fn desk() -> Desk {
    let desk = Desk::empty();
    for night in ["2026-05-31", "2026-06-30"] {
        register(&desk, night);
        patches(&desk, night, 0);
    }
    register(&desk, "2026-10-31");
    desk
}

fn register(desk: &Desk, night: &str) {
    desk.deliver("business_units", night, "business_unit,name,parent,industry\nBER,Berlin office,,corporate\n");
    let classes = "asset_class,refresh_years,has_telemetry,personal,data_bearing,list_price,currency\nlaptop,4,true,true,true,1000,EUR\n";
    desk.deliver("asset_classes", night, classes);
    let mut assets = "asset_id,serial,asset_class,business_unit,lifecycle_state,purchase_cost,currency,purchased_on,in_service_on,last_active_at,approved,verified_on,verification_outcome\n".to_owned();
    let mut devices =
        "device_key,serial,source,business_unit,asset_class,first_seen_at,last_seen_at,excluded\n".to_owned();
    for number in 0..ASSETS {
        let own = format!("A{number:03}");
        let row = format!(
            "{own},SN{own}X,laptop,BER,in_use,1000,EUR,2025-01-10,2025-01-20,{night}T08:00:00Z,true,2026-05-20,matched"
        );
        writeln!(assets, "{row}").expect("a row");
        writeln!(devices, "D{own},SN{own}X,agent,BER,laptop,2025-02-01T08:00:00Z,{night}T08:00:00Z,false")
            .expect("a row");
    }
    desk.deliver("assets", night, &assets);
    desk.deliver("discovered_devices", night, &devices);
}

/// A night of patches of which so many are missing.
fn patches(desk: &Desk, night: &str, missing: usize) {
    let mut rows = "asset_id,patch_id,business_unit,severity,released_at,due_at,installed_at,pending_reboot,exception,superseded,last_scanned_at\n".to_owned();
    for number in 0..ASSETS {
        let installed = if number < missing { "" } else { "2026-05-12T10:00:00Z" };
        writeln!(
            rows,
            "A{number:03},K1,BER,high,2026-05-01T10:00:00Z,2026-05-25T10:00:00Z,{installed},false,false,false,{night}T06:00:00Z"
        )
        .expect("a row");
    }
    desk.deliver("patches", night, &rows);
}

/// What readers know of after a night.
fn record(desk: &Desk, night: &str) -> Value {
    let folder = desk.published(EDITION, night, "ALL", "r1");
    serde_json::from_str(&text(&folder, "crossings.json")).expect("a record")
}

/// Runs a night; whether it was mailed, and the value told of the enterprise.
fn night(desk: &Desk, date: &str) -> (bool, Option<String>) {
    let said = desk.issue(EDITION, date, &[]);
    let mails = desk.mails(EDITION, date);
    assert!(mails.is_empty() || mails == [READER], "{mails:?}");
    assert_eq!(said.contains("nothing is sent"), mails.is_empty(), "{said}");
    let told = record(desk, date)[KPI]["ALL"]["value"].as_str().map(|value| value.trim_end_matches('0').to_owned());
    (!mails.is_empty(), told)
}

fn told(mailed: bool, value: &str) -> (bool, Option<String>) {
    (mailed, (!value.is_empty()).then(|| value.to_owned()))
}

#[test]
fn a_crossing_is_told_once_until_it_is_worse_or_was_clear() {
    let desk = desk();
    let mut date = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).expect("a date");
    // Missing of a hundred patches, whether it is mailed, what readers know. Target 95 %, amber 3 pp.
    let nights = [
        (3, told(false, "")),
        (6, told(false, "")),
        (10, told(true, "0.9")),
        (10, told(false, "0.9")),
        (7, told(false, "0.9")),
        (12, told(false, "0.9")),
        (14, told(true, "0.86")),
        (14, told(false, "0.86")),
        (4, told(false, "")),
        (7, told(false, "")),
        (9, told(true, "0.91")),
    ];
    for (missing, expected) in nights {
        let name = date.to_string();
        patches(&desk, &name, missing);
        assert_eq!(night(&desk, &name), expected, "{name}: {missing} missing");
        date = date.succ_opt().expect("a day");
    }
    let since = record(&desk, "2026-11-08")[KPI]["ALL"]["since"].clone();
    assert_eq!(since, "2026-11-03", "worse is no new crossing");
    assert_eq!(record(&desk, "2026-11-11")[KPI]["ALL"]["since"], "2026-11-11");
}

#[test]
fn a_night_without_data_changes_nothing() {
    let desk = desk();
    patches(&desk, "2026-11-01", 10);
    assert_eq!(night(&desk, "2026-11-01"), told(true, "0.9"));
    let known = record(&desk, "2026-11-01");
    // An export that failed: not even its columns are there.
    desk.deliver("patches", "2026-11-02", "error\nconnection refused\n");
    assert_eq!(night(&desk, "2026-11-02"), told(false, "0.9"));
    assert_eq!(record(&desk, "2026-11-02"), known);
    desk.deliver("business_units", "2026-11-03", "error\nconnection refused\n");
    patches(&desk, "2026-11-03", 10);
    assert_eq!(night(&desk, "2026-11-03"), told(false, "0.9"));
    assert_eq!(record(&desk, "2026-11-03"), known);
    desk.deliver("business_units", "2026-11-04", "business_unit,name,parent,industry\nBER,Berlin office,,corporate\n");
    patches(&desk, "2026-11-04", 10);
    assert_eq!(night(&desk, "2026-11-04"), told(false, "0.9"));
    assert_eq!(record(&desk, "2026-11-04"), known);
}

#[test]
fn what_did_not_reach_its_readers_is_told_the_next_night() {
    let mut desk = desk();
    patches(&desk, "2026-11-01", 10);
    // Nobody listens there.
    let broken = [("MUSTER__MAIL__TRANSPORT", "smtp"), ("MUSTER__MAIL__SMTP_URL", "smtp://127.0.0.1:9")];
    desk.settings = broken.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let (code, said) = desk.try_issue(EDITION, "2026-11-01", &[]);
    assert_ne!(code, Some(0), "{said}");
    assert!(desk.published(EDITION, "2026-11-01", "ALL", "r1").join("crossings.json").exists());
    desk.settings.clear();
    patches(&desk, "2026-11-02", 10);
    assert_eq!(night(&desk, "2026-11-02"), told(true, "0.9"));
    patches(&desk, "2026-11-03", 10);
    assert_eq!(night(&desk, "2026-11-03"), told(false, "0.9"));
}

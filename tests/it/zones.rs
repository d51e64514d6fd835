//! Due instants in every IANA zone from 2015 to 2035, against Python's zoneinfo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use muster::calendar;
use muster::catalogue::Edition;
use muster::period::Calendar;

use crate::muster::repository;

/// Zones in which time is odd: half an hour of summer time, summer time in winter, Ramadan, days begun at the change.
const ODD: [&str; 8] = [
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Africa/Casablanca",
    "America/Nuuk",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Asia/Pyongyang",
    "America/Havana",
];

fn edition(grain: &str, at: &str) -> Edition {
    toml::from_str(&format!(
        "id = 'e'\ntitle = 'E'\naudience = 'finance'\nroles = []\nowner = 'o'\ngrain = '{grain}'\n\
         due = {{ day = 1, at = '{at}' }}\npages = 4\nkpis = []\nsections = []"
    ))
    .expect("an edition")
}

/// The version of the system's zones, as IANA counts them.
fn system_version() -> Option<String> {
    let text = fs::read_to_string("/usr/share/zoneinfo/tzdata.zi").ok()?;
    text.lines().next()?.strip_prefix("# version ").map(str::to_owned)
}

#[test]
fn every_local_due_time_is_the_right_instant_in_every_zone() {
    let script = repository().join("tests/oracle/zones.py");
    let output = Command::new("python3").arg(script).output().expect("python3 is installed (`./test` sees to it)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let monthly = edition("month", "02:30:00");
    let (mut wrong, mut checked) = (BTreeMap::<&str, Vec<String>>::new(), BTreeMap::<&str, u32>::new());
    for line in text.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [name, local, expected] = parts.as_slice() else { panic!("{line}") };
        // Names that are no places (`posixrules`, `Factory`) are none of ours.
        let Ok(zone) = name.parse::<Tz>() else { continue };
        let calendar = Calendar { zone, fiscal_start: 1 };
        let local: NaiveDateTime = local.parse().expect("a local time");
        let expected: i64 = expected.parse().expect("seconds");
        let mut at = calendar.instant(local).timestamp();
        if local.format("%d %H:%M:%S").to_string() == "01 02:30:00" {
            let period = calendar.newest_complete(monthly.grain, calendar.instant(local + TimeDelta::days(1)));
            at = calendar::due_at(&monthly, &calendar, &[], period).timestamp();
        }
        *checked.entry(name).or_default() += 1;
        if at != expected {
            wrong.entry(name).or_default().push(format!("{name} {local}: {at}, expected {expected}"));
        }
    }
    assert!(checked.len() > 400 && checked.values().all(|count| *count >= 252), "{} zones", checked.len());
    let said: Vec<&String> = wrong.values().flatten().take(20).collect();
    if system_version().as_deref() == Some(chrono_tz::IANA_TZDB_VERSION) {
        assert!(wrong.is_empty(), "{said:#?}");
    }
    // A year's changes of rules somewhere in the world are few.
    assert!(wrong.len() < 12, "{} zones differ: {said:#?}", wrong.len());
}

#[test]
fn a_day_is_owed_once_through_every_gap_and_fold() {
    let names: BTreeSet<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).step_by(29).chain(ODD).collect();
    let daily = edition("day", "02:30:00");
    let at = |text: &str| text.parse().expect("an instant");
    for name in names {
        let calendar = Calendar { zone: name.parse().expect("a zone"), fiscal_start: 1 };
        let owed = calendar::owed(&daily, &calendar, &[], at("2015-01-03T00:00:00Z"), at("2035-12-31T00:00:00Z"));
        let periods: BTreeSet<_> = owed.iter().map(|due| due.period).collect();
        assert_eq!(periods.len(), owed.len(), "{name}: no period twice");
        assert!((7665..=7668).contains(&owed.len()), "{name}: {} days", owed.len());
        for pair in owed.windows(2) {
            let hours = (pair[1].at - pair[0].at).num_minutes();
            assert!(
                (22 * 60..=26 * 60).contains(&hours) && pair[1].period.prior() == pair[0].period,
                "{name}: {pair:?}"
            );
        }
    }
}

//! The rows no real extract is without: records nobody can make sense of, and some that only look wrong.

use chrono::Datelike;

use super::DemoError;
use super::dice::plus;
use super::files::Sheet;
use super::world::Step;

/// Dataset, whether every night has the row (a snapshot) or only the newest two (a ledger), and its fields. `@-9` is the
/// day nine days before the night, `@-9T` an instant on it, `%` the night's year and month.
struct Awkward {
    dataset: &'static str,
    nightly: bool,
    fields: &'static [&'static str],
}

const fn nightly(dataset: &'static str, fields: &'static [&'static str]) -> Awkward {
    Awkward { dataset, nightly: true, fields }
}

const fn lately(dataset: &'static str, fields: &'static [&'static str]) -> Awkward {
    Awkward { dataset, nightly: false, fields }
}

#[rustfmt::skip]
const ROWS: &[Awkward] = &[
    // left before they came; never assigned to a unit
    nightly("people", &["P900001", "SSC", "left", "contractor", "@-40", "@-400"]),
    nightly("people", &["P900002", "", "active", "employee", "@-200", ""]),
    // no class; a device active tomorrow; a stranger's serial; no name for the unit
    nightly("assets", &["VA9000001", "HH23801VH", "", "Calder L14", "HQ", "in_use", "", "Leeds office", "1090.00", "EUR", "@-700", "@-690", "@-3T", "", "true", "@-100", "matched", "@-5T"]),
    nightly("assets", &["VA9000002", "HH23802VH", "laptop", "Calder L14", "HQ", "in_use", "", "Leeds office", "1120.00", "EUR", "@-500", "@-480", "@6T", "@395", "true", "@-90", "matched", "@-5T"]),
    nightly("assets", &["VA9000003", "0123456789", "printer", "Papyra 300", "SPL", "in_use", "", "Venlo hub", "0.00", "EUR", "", "1900-01-01", "@-1T", "9999-12-31", "true", "9999-12-31", "", "@-5T"]),
    // last seen before first seen; a firmware that never learnt its number; guests
    nightly("discovered_devices", &["D-9000001", "HH23999VH", "network-scan", "PMP", "laptop", "@-2T", "@-20T", "false"]),
    nightly("discovered_devices", &["G-9000002", "GUEST000417", "wifi-guest", "HQ", "phone", "@-1T", "@0T", "true"]),
    nightly("discovered_devices", &["G-9000003", "GUEST000418", "wifi-guest", "ACA", "laptop", "@-4T", "@-1T", "true"]),
    // a currency without a rate; a credit; a bill waiting, a bill refused; a unit that was dissolved
    lately("costs", &["X%-1", "", "PMP", "", "support", "support", "Nordkap Konsult", "48200.00", "SEK", "@-12", "posted"]),
    lately("costs", &["X%-2", "", "HQ", "", "cloud", "other", "Stratum Nine Cloud", "-3180.40", "USD", "@-9", "posted"]),
    lately("costs", &["X%-3", "", "TLG", "", "support", "support", "Harbour & Finch Services", "12750.00", "EUR", "@-3", "pending"]),
    lately("costs", &["X%-4", "", "SPL", "", "hardware", "acquisition", "Calderwood Systems", "9940.00", "EUR", "@-6", "rejected"]),
    lately("costs", &["X%-5", "", "OLD-LOG", "", "connectivity", "other", "Telvia Networks", "1480.00", "EUR", "@-15", "posted"]),
    // no amount
    lately("costs", &["X%-6", "", "DIA", "", "support", "support", "Harbour & Finch Services", "", "EUR", "@-11", "posted"]),
    lately("lifecycle_stages", &["VA9000001", "HQ", "procurement", "", ""]),
    // disposed before it left use
    lately("disposals", &["VA9100%", "TLG", "laptop", "@-8", "@-30", "true", "@-31", "true", "DS-X%"]),
    lately("returns", &["RETX%", "VA9000002", "HQ", "offboarding", "@-11", "", "", ""]),
    // resolved before it was opened
    lately("incidents", &["INCX%", "VA0000120", "laptop", "CLN", "failure", "@-7T", "@-7T", "@-9T", "closed", "1", "@-6T"]),
    // installed before it was released
    nightly("patches", &["VA0000031", "KPX-001", "CLN", "high", "@-25T", "@-11T", "@-28T", "false", "false", "false", "@-1T"]),
    // seats given back twice; a pool that ran out; one without a price
    nightly("entitlements", &["POOL-901", "Planvane Projects", "Planvane", "user", "-5", "320.00", "USD", "subscription", "", "@-300", "@60", "HQ"]),
    nightly("entitlements", &["POOL-902", "Lumivar PDF Editor", "Lumivar", "user", "60", "91.00", "USD", "subscription", "", "2022-07-01", "2024-06-30", "SSC"]),
    nightly("entitlements", &["POOL-903", "Vaultmere Backup", "Vaultmere", "device", "10", "", "EUR", "subscription", "", "@-700", "", "OLD-LOG"]),
    nightly("installations", &["I99-000001", "VA9000002", "Lumivar PDF Editor", "HQ", "P900002", "1900-01-01", "", "true"]),
    nightly("saas_seats", &["Quorvane CRM", "ext-adviser-07", "", "@-420", "@-150"]),
    nightly("saas_subscriptions", &["SUB-901", "Quorvane CRM", "-2", "1140.00", "USD", "@-200", "@120", "SSC"]),
    // a notice period below zero
    lately("renewals", &["RENX%", "Telvia Networks", "", "SPL", "@-4", "-30", "7200.00", "EUR", "", "", ""]),
    // more clean than tested; closed before it was raised
    lately("audits", &["AUDX%", "DIA", "inventory", "@-9", "40", "44"]),
    lately("audit_findings", &["FNDX%", "AUD00002", "DIA", "minor", "@-5", "@-9", "1500.00"]),
];

/// Adds the dataset's awkward rows of the night.
pub(super) fn write(dataset: &str, step: &Step, sheet: &mut Sheet) -> Result<(), DemoError> {
    let tonight = |row: &&Awkward| row.dataset == dataset && (row.nightly || step.ago < 2);
    for awkward in ROWS.iter().filter(tonight) {
        let row = awkward.fields.iter().fold(sheet.row(), |row, field| row.text(&filled(field, step)));
        row.end()?;
    }
    Ok(())
}

fn filled(field: &str, step: &Step) -> String {
    let month = format!("{:02}{:02}", step.night.year() % 100, step.night.month());
    let Some(days) = field.strip_prefix('@') else { return field.replace('%', &month) };
    let instant = days.ends_with('T');
    let Ok(days) = days.trim_end_matches('T').parse() else { return field.to_owned() };
    let day = plus(step.night, days);
    if instant { format!("{day}T09:10:00Z") } else { day.to_string() }
}

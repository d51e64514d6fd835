//! Datasets that are delivered whole each night.

use std::path::Path;

use super::super::DemoError;
use super::super::classes::CLASSES;
use super::super::portfolio::{APPS, PRODUCTS};
use super::parquet::{self, Columns};
use super::{SECONDS_PER_DAY, Scale, asset_id, person_id, plus};

/// Installations and patches of an asset.
const INSTALLATIONS: u64 = 12;
const PATCHES: u64 = 10;
const POOLS_PER_PRODUCT: u64 = 10;
const SEATS_PER_PERSON: u64 = 4;
/// How many patches there are to be installed; an asset has a run of them.
const RELEASED: u64 = 400;
const STATES: [&str; 12] = [
    "in_use",
    "in_use",
    "in_use",
    "in_use",
    "in_use",
    "in_use",
    "in_use",
    "in_stock",
    "in_repair",
    "in_transit",
    "retired",
    "missing",
];

pub(super) fn write(scale: &Scale, out: &Path) -> Result<Vec<u64>, DemoError> {
    type Fill = fn(&Scale, Columns) -> Result<Columns, DemoError>;
    let (assets, products, apps) = (scale.assets, length(&PRODUCTS), length(&APPS));
    let all: [(&str, u64, Fill); 8] = [
        ("people", scale.people(), people),
        ("assets", assets, assets_of),
        ("discovered_devices", assets, devices),
        ("installations", assets * INSTALLATIONS, installations),
        ("patches", assets * PATCHES, patches),
        ("entitlements", products * POOLS_PER_PRODUCT, entitlements),
        ("saas_seats", scale.people() * SEATS_PER_PERSON, seats),
        ("saas_subscriptions", apps, subscriptions),
    ];
    all.into_iter()
        .map(|(dataset, rows, fill)| parquet::write(out, dataset, scale.night, rows, |columns| fill(scale, columns)))
        .collect()
}

fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(0)
}

fn nth<T>(items: &[T], number: u64) -> Option<&T> {
    items.get(usize::try_from(number % length(items).max(1)).unwrap_or(0))
}

fn people(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let left = |row| scale.percent(10, row, 4);
    columns
        .text("person_id", |row| Some(person_id(row)))
        .text("business_unit", |row| scale.unit_of(row * 2))
        .text("status", |row| Some(if left(row) { "left" } else { "active" }))
        .text("kind", |row| scale.pick(11, row, &["employee", "employee", "employee", "contractor", "service"]))
        .date("start_on", |row| Some(plus(scale.day(12, row, 3_000), -400)))?
        .date("end_on", |row| left(row).then(|| scale.day(13, row, 300)))
}

fn assets_of(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let class = |row| CLASSES.get(usize::try_from(scale.draw(20, row) % length(&CLASSES)).unwrap_or(0));
    let bought = |row| plus(scale.day(21, row, 2_400), -7);
    let holder = |row| scale.percent(22, row, 70).then(|| person_id(scale.draw(23, row) % scale.people()));
    let verified = |row| scale.percent(24, row, 92).then(|| scale.day(25, row, 500));
    columns
        .text("asset_id", |row| Some(asset_id(row)))
        .text("serial", |row| (row % 97 != 5).then(|| serial(row)))
        .text("asset_class", |row| class(row).map(|class| class.code))
        .text("model", |row| class(row).map(|class| class.models[usize::from(row % 2 == 1)]))
        .text("business_unit", |row| scale.unit_of(row))
        .text("lifecycle_state", |row| scale.pick(26, row, &STATES))
        .text("assigned_to", holder)
        .text("location", |row| Some(format!("Site {:03}", scale.draw(27, row) % 300)))
        .money("purchase_cost", |row| scale.percent(28, row, 97).then(|| scale.between(29, row, 9_900, 480_000)))
        .text("currency", |row| Some(scale.currency_of(row)))
        .date("purchased_on", |row| Some(bought(row)))?
        .date("in_service_on", |row| scale.percent(30, row, 95).then(|| plus(bought(row), 7)))?
        .stamp("last_active_at", |row| scale.percent(31, row, 90).then(|| scale.moment(32, row, 120)))?
        .date("warranty_ends_on", |row| Some(plus(bought(row), 1_095)))?
        .yes("approved", |row| scale.percent(33, row, 97))
        .date("verified_on", verified)?
        .text("verification_outcome", |row| {
            verified(row).and_then(|_| scale.pick(34, row, &["matched", "matched", "matched", "mismatched", "missing"]))
        })
        .stamp("updated_at", |row| Some(scale.moment(35, row, 30)))
}

fn serial(row: u64) -> String {
    format!("SN{:010X}", row.wrapping_mul(0x9E37_79B9) & 0xFF_FFFF_FFFF)
}

fn devices(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let last = |row| scale.moment(40, row, 60);
    columns
        .text("device_key", |row| Some(format!("D{row:09}")))
        // One in eleven is a stranger or cannot be told.
        .text("serial", |row| (row % 11 != 3).then(|| serial(row)))
        .text("source", |row| scale.pick(41, row, &["network-scan", "endpoint-agent", "directory"]))
        .text("business_unit", |row| scale.unit_of(row))
        .text("asset_class", |row| scale.pick(42, row, &["laptop", "desktop", "server"]))
        .stamp("first_seen_at", |row| Some(last(row) - scale.between(43, row, 0, 700) * SECONDS_PER_DAY))?
        .stamp("last_seen_at", |row| Some(last(row)))
        .map(|columns| columns.yes("excluded", |row| scale.percent(44, row, 3)))
}

fn installations(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let device = |row: u64| row / INSTALLATIONS;
    // Neighbouring products, so that no device has one of them twice.
    let product = |row: u64| nth(&PRODUCTS, scale.draw(50, device(row)) % 64 + row % INSTALLATIONS);
    let installed = |row: u64| scale.day(51, row, 1_500);
    let used = |row: u64| scale.percent(52, row, 80).then(|| scale.day(53, row, 200).max(installed(row)));
    let holder = |row: u64| person_id(scale.draw(54, device(row)) % scale.people());
    Ok(columns
        .text("installation_id", |row| Some(format!("I{row:010}")))
        .text("device_id", |row| Some(asset_id(device(row))))
        .text("product", |row| product(row).map(|product| product.name))
        .text("business_unit", |row| scale.unit_of(device(row)))
        .text("user_id", |row| scale.percent(55, device(row), 70).then(|| holder(row)))
        .date("installed_on", |row| Some(installed(row)))?
        .date("last_used_on", used)?
        .yes("license_required", |row| product(row).is_some_and(|product| product.required)))
}

fn patches(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let asset = |row: u64| row / PATCHES;
    let patch = |row: u64| (scale.draw(60, asset(row)) % RELEASED + row % PATCHES) % RELEASED;
    let released = |row: u64| scale.moment(61, patch(row), 300) - SECONDS_PER_DAY;
    let installed = |row: u64| {
        let at = released(row) + scale.between(62, row, 3_600, 20 * SECONDS_PER_DAY);
        (scale.percent(63, row, 93) && scale.is_past(at)).then_some(at)
    };
    columns
        .text("asset_id", |row| Some(asset_id(asset(row))))
        .text("patch_id", |row| Some(format!("KB{:06}", 500_000 + patch(row))))
        .text("business_unit", |row| scale.unit_of(asset(row)))
        .text("severity", |row| scale.pick(64, patch(row), &["critical", "high", "medium", "low"]))
        .stamp("released_at", |row| Some(released(row)))?
        .stamp("due_at", |row| Some(released(row) + 14 * SECONDS_PER_DAY))?
        .stamp("installed_at", installed)?
        .yes("pending_reboot", |row| scale.percent(65, row, 2))
        .yes("exception", |row| scale.percent(66, row, 1))
        .yes("superseded", |row| scale.percent(67, patch(row), 10))
        .stamp("last_scanned_at", |row| Some(scale.moment(68, asset(row), 20)))
}

fn entitlements(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let product = |row: u64| nth(&PRODUCTS, row);
    let perpetual = |row| product(row).and_then(|product| product.maintenance);
    // Of the installations of a product, which are spread evenly, about as many seats as its pools cover.
    let per_pool = scale.assets * INSTALLATIONS / length(&PRODUCTS) / POOLS_PER_PRODUCT;
    columns
        .text("pool_id", |row| Some(format!("POOL-{row:05}")))
        .text("product", |row| product(row).map(|product| product.name))
        .text("publisher", |row| product(row).map(|product| product.publisher))
        .text("metric", |row| product(row).map(|product| if product.per_user { "user" } else { "device" }))
        .number("seats", |row| super::real_i64(i64::try_from(per_pool).unwrap_or(0) + scale.between(70, row, 0, 50)))
        .money("annual_unit_price", |row| product(row).map(|product| product.price * 100))
        .text("license_type", |row| Some(if perpetual(row).is_some() { "perpetual" } else { "subscription" }))
        .money("annual_maintenance", |row| perpetual(row).map(|yearly| yearly * 100))
        .text("currency", |row| product(row).map(|product| product.currency))
        .date("starts_on", |row| Some(plus(scale.day(71, row, 600), -30)))?
        .date("ends_on", |row| perpetual(row).is_none().then(|| plus(scale.night, scale.between(72, row, 1, 500))))
        .map(|columns| columns.text("owner_unit", |row| Some(scale.leaf(scale.draw(73, row)))))
}

fn seats(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let person = |row: u64| row / SEATS_PER_PERSON;
    columns
        .text("app", |row| nth(&APPS, scale.draw(80, person(row)) % 64 + row % SEATS_PER_PERSON).map(|app| app.name))
        .text("user_id", |row| Some(person_id(person(row))))
        .text("business_unit", |row| scale.unit_of(person(row) * 2))
        .date("assigned_on", |row| Some(plus(scale.day(81, row, 900), -120)))?
        .date("last_active_on", |row| scale.percent(82, row, 85).then(|| scale.day(83, row, 110)))
}

fn subscriptions(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let per_app = scale.people() * SEATS_PER_PERSON / length(&APPS);
    columns
        .text("subscription_id", |row| Some(format!("SUB-{row:04}")))
        .text("app", |row| nth(&APPS, row).map(|app| app.name))
        .number("seats", |row| {
            super::real_i64(i64::try_from(per_app).unwrap_or(0) + scale.between(90, row, -5, 40)).max(1.0)
        })
        .money("annual_seat_price", |row| Some(scale.between(91, row, 4_000, 90_000)))
        .text("currency", |row| Some(scale.currency_of(row)))
        .date("starts_on", |row| Some(plus(scale.night, -scale.between(92, row, 100, 700))))?
        .date("ends_on", |row| Some(plus(scale.night, scale.between(93, row, 5, 360))))
        .map(|columns| columns.text("owner_unit", |row| Some(scale.unit(scale.draw(94, row) % scale.units))))
}

//! Datasets that grow: thirteen months of their rows.

use std::path::Path;

use super::super::DemoError;
use super::super::classes::CLASSES;
use super::parquet::{self, Columns};
use super::{MONTHS, SECONDS_PER_DAY, Scale, asset_id, plus};

/// Days that the ledgers go back.
const DAYS: i64 = 395;
const CATEGORIES: [&str; 5] = ["hardware", "software", "saas", "services", "maintenance"];
const STAGES: [&str; 5] = ["procurement", "deployment", "active_use", "maintenance", "decommissioning"];
const COST_TYPES: [&str; 7] = ["acquisition", "maintenance", "support", "deployment", "software", "other", "proceeds"];

pub(super) fn write(scale: &Scale, out: &Path) -> Result<Vec<u64>, DemoError> {
    type Fill = fn(&Scale, Columns) -> Result<Columns, DemoError>;
    let assets = scale.assets;
    let all: [(&str, u64, Fill); 9] = [
        ("incidents", assets * 2, incidents),
        ("costs", assets * 2, costs),
        ("budgets", scale.units * 5 * u64::from(MONTHS), budgets),
        ("renewals", 400, renewals),
        ("returns", assets / 20 + 1, returns),
        ("disposals", assets / 20 + 1, disposals),
        ("lifecycle_stages", assets / 2 + 1, stages),
        ("audits", 200, audits),
        ("audit_findings", 600, findings),
    ];
    all.into_iter()
        .map(|(dataset, rows, fill)| parquet::write(out, dataset, scale.night, rows, |columns| fill(scale, columns)))
        .collect()
}

fn incidents(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let asset = |row: u64| scale.draw(100, row) % scale.assets;
    let opened = |row| scale.moment(101, row, DAYS);
    let resolved = |row| opened(row) + scale.between(103, row, 600, 3 * SECONDS_PER_DAY);
    let done = |row| scale.percent(102, row, 97).then(|| resolved(row)).filter(|at| scale.is_past(*at));
    let withdrawn = |row| scale.percent(104, row, 4);
    columns
        .text("incident_id", |row| Some(format!("INC{row:09}")))
        .text("asset_id", |row| scale.percent(105, row, 96).then(|| asset_id(asset(row))))
        .text("asset_class", |row| scale.percent(106, row, 60).then(|| scale.pick(107, row, &CLASSES_SEEN)).flatten())
        .text("business_unit", |row| scale.unit_of(asset(row)))
        .text("kind", |row| Some(if scale.percent(108, row, 60) { "failure" } else { "request" }))
        .stamp("opened_at", |row| Some(opened(row)))?
        .stamp("failed_at", |row| {
            scale.percent(109, row, 70).then(|| opened(row) - scale.between(110, row, 60, 9_000))
        })?
        .stamp("resolved_at", done)?
        .text("state", |row| match (withdrawn(row), done(row)) {
            (true, _) => Some("cancelled"),
            (false, Some(_)) => Some("closed"),
            (false, None) => Some("open"),
        })
        .whole("affected_users", |row| scale.between(111, row, 1, 40))
        .stamp("updated_at", |row| done(row).or_else(|| Some(opened(row))))
}

const CLASSES_SEEN: [&str; 3] = [CLASSES[0].code, CLASSES[1].code, CLASSES[5].code];

fn costs(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    // Every asset has its acquisition; the second half are all the other lines.
    let asset = |row: u64| if row < scale.assets { row } else { scale.draw(120, row) % scale.assets };
    let kind = |row| if row < scale.assets { Some("acquisition") } else { scale.pick(121, row, &COST_TYPES) };
    columns
        .text("line_id", |row| Some(format!("L{row:010}")))
        .text("asset_id", |row| scale.percent(122, row, 96).then(|| asset_id(asset(row))))
        .text("business_unit", |row| scale.unit_of(asset(row)))
        .text("asset_class", |row| scale.pick(123, row, &CLASSES_SEEN))
        .text("category", |row| scale.pick(124, row, &CATEGORIES))
        .text("cost_type", kind)
        .text("vendor", |row| Some(format!("Vendor {:03}", scale.draw(125, row) % 400)))
        .money("amount", |row| Some(scale.between(126, row, -20_000, 380_000)))
        .text("currency", |row| Some(scale.currency_of(row)))
        .date("posted_on", |row| Some(scale.day(127, row, DAYS)))
        .map(|columns| columns.text("state", |row| scale.pick(128, row, &["posted", "posted", "posted", "pending"])))
}

#[expect(clippy::unnecessary_wraps, reason = "one of a table of functions, the others may fail")]
fn budgets(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let months = scale.months();
    // About what the costs of a unit, category and month come to.
    let cents = i64::try_from(scale.assets).unwrap_or(0);
    let month = |row: u64| usize::try_from(row / (scale.units * 5)).ok().and_then(|month| months.get(month)).cloned();
    Ok(columns
        .text("business_unit", |row| Some(scale.unit(row % scale.units)))
        .text("category", |row| CATEGORIES.get(usize::try_from(row / scale.units % 5).unwrap_or(0)).copied())
        .text("period", month)
        .money("amount", |row| Some(cents * scale.between(130, row, 90, 120)))
        .text("currency", |_| Some("EUR")))
}

fn renewals(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let due = |row| plus(scale.night, scale.between(140, row, -DAYS, 200));
    let past = |row| due(row) <= scale.night;
    columns
        .text("renewal_id", |row| Some(format!("R{row:05}")))
        .text("vendor", |row| Some(format!("Vendor {:03}", row % 400)))
        .text("product", |row| Some(format!("Product {row}")))
        .text("business_unit", |row| Some(scale.leaf(row)))
        .date("renewal_on", |row| Some(due(row)))?
        .whole("notice_days", |row| scale.between(141, row, 30, 90))
        .money("annual_value", |row| Some(scale.between(142, row, 100_000, 9_000_000)))
        .text("currency", |row| Some(scale.currency_of(row)))
        .date("reviewed_on", |row| past(row).then(|| plus(due(row), -scale.between(143, row, 20, 120))))
        .map(|columns| {
            let outcomes = ["auto_renewed", "renewed", "renegotiated", "cancelled"];
            columns
                .text("outcome", |row| past(row).then(|| scale.pick(144, row, &outcomes)).flatten())
                .money("new_annual_value", |row| past(row).then(|| scale.between(145, row, 90_000, 8_000_000)))
        })
}

fn returns(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let due = |row| scale.day(150, row, DAYS);
    let received = |row| plus(due(row), scale.between(154, row, -5, 20));
    let came = |row| scale.percent(151, row, 90) && received(row) <= scale.night;
    columns
        .text("return_id", |row| Some(format!("RET{row:08}")))
        .text("asset_id", |row| Some(asset_id(scale.draw(152, row) % scale.assets)))
        .text("business_unit", |row| scale.unit_of(row))
        .text("trigger", |row| scale.pick(153, row, &["offboarding", "role_change", "refresh"]))
        .date("due_on", |row| Some(due(row)))?
        .date("received_on", |row| came(row).then(|| received(row)))
        .map(|columns| {
            columns
                .text("outcome", |row| Some(if came(row) { "returned" } else { "lost" }))
                .money("book_value", |row| Some(scale.between(155, row, 1_000, 90_000)))
                .text("currency", |_| Some("EUR"))
        })
}

fn disposals(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let left = |row| plus(scale.day(160, row, DAYS), -20);
    let gone = |row| {
        let on = plus(left(row), scale.between(162, row, 5, 60));
        (scale.percent(161, row, 85) && on <= scale.night).then_some(on)
    };
    columns
        .text("asset_id", |row| Some(asset_id(row * 19 % scale.assets.max(1))))
        .text("business_unit", |row| scale.unit_of(row))
        .text("asset_class", |row| scale.pick(163, row, &CLASSES_SEEN))
        .date("left_use_on", |row| Some(left(row)))?
        .date("disposed_on", gone)?
        .yes("data_bearing", |row| scale.percent(164, row, 70))
        .date("sanitized_on", |row| gone(row).map(|on| plus(on, -1)))
        .map(|columns| {
            columns
                .yes("sanitization_verified", |row| scale.percent(165, row, 95))
                .text("certificate", |row| scale.percent(166, row, 95).then(|| format!("C{row:08}")))
        })
}

fn stages(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let planned = |row| scale.day(170, row, DAYS);
    columns
        .text("asset_id", |row| Some(asset_id(row / 5)))
        .text("business_unit", |row| scale.unit_of(row / 5))
        .text("stage", |row| STAGES.get(usize::try_from(row % 5).unwrap_or(0)).copied())
        .date("planned_on", |row| Some(planned(row)))?
        .date("completed_on", |row| {
            let on = plus(planned(row), scale.between(172, row, -20, 9));
            (scale.percent(171, row, 92) && on <= scale.night).then_some(on)
        })
}

fn audits(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    Ok(columns
        .text("audit_id", |row| Some(format!("AUD{row:04}")))
        .text("business_unit", |row| Some(scale.leaf(row)))
        .text("kind", |row| scale.pick(180, row, &["asset", "licence", "security"]))
        .date("completed_on", |row| Some(scale.day(181, row, DAYS)))?
        .whole("items_tested", |_| 500)
        .whole("items_clean", |row| scale.between(182, row, 430, 500)))
}

fn findings(scale: &Scale, columns: Columns) -> Result<Columns, DemoError> {
    let raised = |row| scale.day(190, row, DAYS);
    columns
        .text("finding_id", |row| Some(format!("F{row:05}")))
        .text("audit_id", |row| Some(format!("AUD{:04}", row % 200)))
        .text("business_unit", |row| Some(scale.leaf(row)))
        .text("severity", |row| scale.pick(191, row, &["major", "minor", "minor"]))
        .date("raised_on", |row| Some(raised(row)))?
        .date("closed_on", |row| {
            let on = plus(raised(row), scale.between(193, row, 1, 90));
            (scale.percent(192, row, 60) && on <= scale.night).then_some(on)
        })
        .map(|columns| {
            columns
                .money("exposure", |row| Some(scale.between(194, row, 10_000, 5_000_000)))
                .text("currency", |row| Some(scale.currency_of(row)))
        })
}

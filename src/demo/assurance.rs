//! Audits of the units and what they find.

use chrono::{Datelike, NaiveDate};

use super::DemoError;
use super::company::UNITS;
use super::dice::{Dice, plus};
use super::files::Night;
use super::levels::slump;
use super::world::{Step, World};

const AUDITS: [&str; 6] = ["audit_id", "business_unit", "kind", "completed_on", "items_tested", "items_clean"];

const FINDINGS: [&str; 7] =
    ["finding_id", "audit_id", "business_unit", "severity", "raised_on", "closed_on", "exposure"];

pub(super) struct Audit {
    unit: usize,
    kind: &'static str,
    known_on: NaiveDate,
    completed_on: NaiveDate,
    items: Option<(i64, i64)>,
}

pub(super) struct Finding {
    audit: u64,
    unit: usize,
    severity: &'static str,
    raised_on: NaiveDate,
    closed_on: NaiveDate,
    exposure: Option<i64>,
}

/// A month of audits: every unit has an inventory audit each quarter, a licence audit each third of a year, and a
/// security audit, which counts no items, each half year.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let month = usize::try_from(step.night.month0()).unwrap_or(0);
    for unit in 0..UNITS.len() {
        let kinds = [("inventory", 3, 1, (45, 90)), ("licence", 4, 2, (20, 45)), ("security", 6, 5, (0, 0))];
        for (kind, every, shift, items) in kinds {
            if (month + unit * 5 + shift) % every == 0 {
                audit(world, unit, kind, items, step, dice);
            }
        }
    }
}

fn audit(world: &mut World, unit: usize, kind: &'static str, items: (i64, i64), step: &Step, dice: &mut Dice) {
    let depth = slump(&UNITS[unit], step.ago);
    let known_on = step.day(dice);
    let completed_on = plus(known_on, dice.between(2, 12));
    let tested = dice.between(items.0, items.1);
    let fault = 0.035 + 0.0008 * f64::from(step.ago) + 0.08 * depth;
    let faults = i64::try_from((0..tested).filter(|_| dice.chance(fault)).count()).unwrap_or(0);
    let items = (tested > 0).then_some((tested, tested - faults));
    let number = world.audits.push(Audit { unit, kind, known_on, completed_on, items });
    for _ in 0..dice.about(0.9 + 1.6 * depth) {
        let major = dice.chance(0.2 + 0.2 * depth);
        let raised_on = plus(completed_on, dice.between(0, 6));
        let closed_on = plus(raised_on, dice.skewed(18, if major { 220 } else { 130 }));
        let exposure = if major { dice.between(12, 60) } else { dice.between(1, 8) } * 100_000;
        let severity = if major { "major" } else { "minor" };
        let exposure = Some(exposure).filter(|_| major || !dice.chance(0.3));
        world.findings.push(Finding { audit: number, unit, severity, raised_on, closed_on, exposure });
    }
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let done = |on: NaiveDate| on <= step.night;
    night.write("audits", &AUDITS, |sheet| {
        let stage = |item: &Audit| u8::from(done(item.known_on)) * (1 + u8::from(done(item.completed_on)));
        world.audits.flush(2, stage, |number, item| {
            let items = item.items.filter(|_| done(item.completed_on));
            sheet
                .row()
                .show(format_args!("AUD{number:05}"))
                .text(UNITS[item.unit].code)
                .text(item.kind)
                .maybe(Some(item.completed_on).filter(|on| done(*on)))
                .maybe(items.map(|(tested, _)| tested))
                .maybe(items.map(|(_, clean)| clean))
                .end()
        })?;
        super::awkward::write("audits", step, sheet)
    })?;
    night.write("audit_findings", &FINDINGS, |sheet| {
        let stage = |item: &Finding| u8::from(done(item.raised_on)) * (1 + u8::from(done(item.closed_on)));
        world.findings.flush(2, stage, |number, item| {
            let row = sheet
                .row()
                .show(format_args!("FND{number:05}"))
                .show(format_args!("AUD{:05}", item.audit))
                .text(UNITS[item.unit].code)
                .text(item.severity)
                .show(item.raised_on)
                .maybe(Some(item.closed_on).filter(|on| done(*on)));
            match item.exposure {
                Some(cents) => row.money(cents).end(),
                None => row.empty().end(),
            }
        })?;
        super::awkward::write("audit_findings", step, sheet)
    })
}

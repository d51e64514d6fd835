//! The service desk: failures, how long they take, and requests.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::DemoError;
use super::assets::asset_id;
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, real, whole};
use super::files::Night;
use super::levels;
use super::world::{Step, World};

const HEADER: [&str; 11] = [
    "incident_id",
    "asset_id",
    "asset_class",
    "business_unit",
    "kind",
    "opened_at",
    "failed_at",
    "resolved_at",
    "state",
    "affected_users",
    "updated_at",
];

pub(super) struct Incident {
    asset: Option<usize>,
    class: Option<usize>,
    unit: usize,
    failure: bool,
    opened_at: NaiveDateTime,
    failed_at: Option<NaiveDateTime>,
    resolved_at: NaiveDateTime,
    /// The state once it is over.
    ends: &'static str,
    affected: Option<i64>,
}

/// A month of failures and requests.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    for index in 0..world.assets.len() {
        let asset = &world.assets[index];
        if !asset.in_service() || asset.service_on >= step.night {
            continue;
        }
        let age = if asset.over_age(step.night) { 1.35 } else { 0.92 };
        if dice.chance(CLASSES[asset.class].failures * age * levels::failure_season(step.month())) {
            fail(world, index, step, dice);
        }
    }
    for unit in 0..UNITS.len() {
        for _ in 0..dice.about(real(world.staff[unit].len()) * 0.11) {
            let opened_at = step.moment(dice);
            let resolved_at = opened_at + TimeDelta::minutes(dice.skewed(20, 6_000));
            world.incidents.push(Incident {
                asset: None,
                class: None,
                unit,
                failure: false,
                opened_at,
                failed_at: None,
                resolved_at,
                ends: "closed",
                affected: None,
            });
        }
    }
}

fn fail(world: &mut World, index: usize, step: &Step, dice: &mut Dice) {
    let asset = &world.assets[index];
    let (unit, class) = (asset.unit, &CLASSES[asset.class]);
    let opened_at = step.moment(dice).max(asset.service_on.and_time(NaiveTime::MIN) + TimeDelta::hours(8));
    let failed_at = dice.chance(0.7).then(|| opened_at - TimeDelta::minutes(dice.skewed(2, 200)));
    let tail = if dice.chance(0.03) { 6.0 } else { 1.0 };
    let hours = class.repair_hours * levels::repair(&UNITS[unit], step.ago) * dice.within(0.15, 1.85) * tail;
    let resolved_at = opened_at + TimeDelta::minutes(whole(hours * 60.0).max(25));
    let ends = match dice.between(1, 100) {
        1..=2 => "cancelled",
        3 => "duplicate",
        4..=30 => "resolved",
        _ => "closed",
    };
    let affected = dice.chance(0.93).then(|| dice.skewed(class.affected.0, class.affected.1));
    // the caller could not say which device it was
    let anonymous = dice.chance(0.03);
    let known = (!anonymous).then_some(index);
    let class = Some(asset.class);
    let failure = true;
    if !anonymous && ends != "cancelled" && opened_at <= step.cut() {
        world.assets[index].repair_until = Some(resolved_at);
    }
    world.incidents.push(Incident {
        asset: known,
        class,
        unit,
        failure,
        opened_at,
        failed_at,
        resolved_at,
        ends,
        affected,
    });
    // a second call about the same outage before the first one is solved
    if dice.chance(0.04) {
        let opened_at = opened_at + (resolved_at - opened_at) / 2;
        let resolved_at = resolved_at + TimeDelta::minutes(dice.between(-20, 90));
        let (asset, ends, failed_at) = (known, "closed", None);
        let resolved_at = resolved_at.max(opened_at + TimeDelta::minutes(5));
        world.incidents.push(Incident {
            asset,
            class,
            unit,
            failure,
            opened_at,
            failed_at,
            resolved_at,
            ends,
            affected,
        });
    }
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let cut = step.cut();
    let stage = |item: &Incident| u8::from(item.opened_at <= cut) * (1 + u8::from(item.resolved_at <= cut));
    night.write("incidents", &HEADER, |sheet| {
        world.incidents.flush(2, stage, |number, item| {
            let over = item.resolved_at <= cut;
            let withdrawn = matches!(item.ends, "cancelled" | "duplicate");
            let updated = if over { item.resolved_at + TimeDelta::minutes(4) } else { item.opened_at };
            sheet
                .row()
                .show(format_args!("INC{number:07}"))
                .maybe(item.asset.map(asset_id))
                .maybe(item.class.map(|class| CLASSES[class].code))
                .text(UNITS[item.unit].code)
                .text(if item.failure { "failure" } else { "request" })
                .stamp(Some(item.opened_at))
                .stamp(item.failed_at)
                .stamp(Some(item.resolved_at).filter(|_| over && !withdrawn))
                .text(if over { item.ends } else { "open" })
                .maybe(item.affected)
                .stamp(Some(updated))
                .end()
        })?;
        super::awkward::write("incidents", step, sheet)
    })
}

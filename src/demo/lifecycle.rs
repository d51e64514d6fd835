//! The planned stages of an asset's life, and its disposal.

use chrono::NaiveDate;

use super::DemoError;
use super::assets::{Asset, asset_id};
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, plus};
use super::files::Night;
use super::levels::slump;
use super::spend;
use super::world::{Step, World};

const STAGES: [&str; 5] = ["asset_id", "business_unit", "stage", "planned_on", "completed_on"];

const DISPOSALS: [&str; 9] = [
    "asset_id",
    "business_unit",
    "asset_class",
    "left_use_on",
    "disposed_on",
    "data_bearing",
    "sanitized_on",
    "sanitization_verified",
    "certificate",
];

pub(super) struct Stage {
    asset: usize,
    unit: usize,
    name: &'static str,
    known_on: NaiveDate,
    planned_on: NaiveDate,
    completed_on: Option<NaiveDate>,
}

pub(super) struct Disposal {
    asset: usize,
    unit: usize,
    class: usize,
    left_use_on: NaiveDate,
    disposed_on: NaiveDate,
    sanitized_on: Option<NaiveDate>,
    verified: bool,
    certificate: bool,
}

/// Plans the stages of a device that is about to be added to the register.
pub(super) fn plan(world: &mut World, asset: &Asset, dice: &mut Dice) {
    let index = world.assets.len();
    let mut stage = |name, planned_on, completed_on| {
        let known_on = asset.purchased_on;
        world.stages.push(Stage { asset: index, unit: asset.unit, name, known_on, planned_on, completed_on });
    };
    stage("procurement", plus(asset.purchased_on, 11), Some(asset.arrives_on));
    stage("deployment", plus(asset.arrives_on, 14), Some(asset.service_on));
    let handed_over = plus(asset.service_on, dice.skewed(0, 9));
    stage("active_use", plus(asset.arrives_on, 21), Some(handed_over).filter(|_| !dice.chance(0.015)));
    if CLASSES[asset.class].upkeep > 0 {
        let planned_on = plus(asset.service_on, 182);
        stage("maintenance", planned_on, Some(plus(planned_on, dice.skewed(0, 40) - 12)));
    }
}

/// Sends a device that left use on its last way.
pub(super) fn dispose(world: &mut World, index: usize, left_use_on: NaiveDate, step: &Step, dice: &mut Dice) {
    let asset = &world.assets[index];
    let depth = slump(&UNITS[asset.unit], step.ago);
    let slow = if dice.chance(0.04 + 0.10 * depth) { 150 } else { 0 };
    let disposed_on = plus(left_use_on, dice.skewed(11, 95) + slow);
    let (unit, class) = (asset.unit, asset.class);
    let bearing = CLASSES[class].data_bearing;
    let sanitized_on = match dice.between(1, 1000) {
        _ if !bearing => None,
        1..=6 => None,
        7..=12 => Some(plus(disposed_on, dice.between(2, 12))),
        _ => Some(plus(disposed_on, -dice.between(1, 9))),
    };
    let careless = 0.008 + 0.08 * depth;
    let verified = sanitized_on.is_some() && !dice.chance(careless);
    let certificate = verified && !dice.chance(careless);
    let completed_on = Some(disposed_on);
    let planned_on = plus(left_use_on, 60);
    let known_on = left_use_on;
    world.assets[index].disposed_on = completed_on;
    world.stages.push(Stage { asset: index, unit, name: "decommissioning", known_on, planned_on, completed_on });
    spend::dispose(world, index, disposed_on, dice);
    world.disposals.push(Disposal {
        asset: index,
        unit,
        class,
        left_use_on,
        disposed_on,
        sanitized_on,
        verified,
        certificate,
    });
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    write_stages(world, step, night)?;
    write_disposals(world, step, night)
}

fn write_stages(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let done = |item: &Stage| item.completed_on.filter(|on| *on <= step.night);
    let stage = |item: &Stage| u8::from(item.known_on <= step.night) * (1 + u8::from(done(item).is_some()));
    night.write("lifecycle_stages", &STAGES, |sheet| {
        world.stages.flush(2, stage, |_, item| {
            sheet
                .row()
                .show(asset_id(item.asset))
                .text(UNITS[item.unit].code)
                .text(item.name)
                .show(item.planned_on)
                .maybe(done(item))
                .end()
        })?;
        super::awkward::write("lifecycle_stages", step, sheet)
    })
}

fn write_disposals(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let stage =
        |item: &Disposal| u8::from(item.left_use_on <= step.night) * (1 + u8::from(item.disposed_on <= step.night));
    night.write("disposals", &DISPOSALS, |sheet| {
        world.disposals.flush(2, stage, |number, item| {
            let done = item.disposed_on <= step.night;
            let certificate = item.certificate && done;
            sheet
                .row()
                .show(asset_id(item.asset))
                .text(UNITS[item.unit].code)
                .text(CLASSES[item.class].code)
                .show(item.left_use_on)
                .maybe(Some(item.disposed_on).filter(|_| done))
                .show(CLASSES[item.class].data_bearing)
                .maybe(item.sanitized_on.filter(|on| *on <= step.night))
                .show(item.verified && done)
                .maybe(certificate.then(|| format!("DS-{number:05}")))
                .end()
        })?;
        super::awkward::write("disposals", step, sheet)
    })
}

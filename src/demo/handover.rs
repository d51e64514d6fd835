//! Devices that have to be handed in: when people leave, change role, or get a new one.

use chrono::NaiveDate;

use super::DemoError;
use super::assets::{State, asset_id};
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, plus};
use super::files::Night;
use super::world::{Step, World};

const HEADER: [&str; 8] =
    ["return_id", "asset_id", "business_unit", "trigger", "due_on", "received_on", "outcome", "book_value"];

pub(super) struct Return {
    asset: usize,
    unit: usize,
    trigger: &'static str,
    known_on: NaiveDate,
    due_on: NaiveDate,
    /// When and how it ended; nothing while the device is still out.
    settled: Option<(NaiveDate, &'static str)>,
    book_value: i64,
}

/// Everyone who left this month hands in what they have, or does not; a few who change role hand in a device too.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    for index in 0..world.assets.len() {
        let asset = &world.assets[index];
        let Some(person) = asset.holder.filter(|_| asset.in_service() && asset.returning.is_none()) else { continue };
        match world.people[person].end_on {
            Some(left) if step.covers(left) => offboard(world, index, left, dice),
            None if CLASSES[asset.class].personal && asset.service_on < step.first && dice.chance(0.003) => {
                let due_on = step.day(dice);
                let late = dice.chance(0.07);
                let received_on = plus(due_on, if late { dice.between(20, 90) } else { dice.between(-5, 0) });
                record(world, index, "role_change", due_on, Some((received_on, "returned")));
                world.assets[index].returning = Some(received_on);
            }
            Some(_) | None => {}
        }
    }
}

fn offboard(world: &mut World, index: usize, left: NaiveDate, dice: &mut Dice) {
    let due_on = plus(left, 7);
    match dice.between(1, 1000) {
        1..=15 => {
            let found_out = plus(due_on, dice.between(5, 40));
            record(world, index, "offboarding", due_on, Some((found_out, "lost")));
            let asset = &mut world.assets[index];
            asset.state = State::Missing;
            asset.missing_since = Some(left);
            asset.holder = None;
        }
        16..=32 => {
            record(world, index, "offboarding", due_on, Some((due_on, "bought_out")));
            let asset = &mut world.assets[index];
            asset.state = State::Disposed;
            asset.disposed_on = Some(left);
            asset.holder = None;
        }
        // still out: the device stays in the name of someone who has left
        33..=58 => record(world, index, "offboarding", due_on, None),
        59..=90 => receive(world, index, due_on, dice.between(20, 120)),
        _ => receive(world, index, due_on, dice.between(-6, 0)),
    }
}

fn receive(world: &mut World, index: usize, due_on: NaiveDate, delay: i64) {
    let received_on = plus(due_on, delay);
    record(world, index, "offboarding", due_on, Some((received_on, "returned")));
    world.assets[index].returning = Some(received_on);
}

/// The old device of someone who gets a new one.
pub(super) fn refresh(world: &mut World, index: usize, left_use_on: NaiveDate, dice: &mut Dice) {
    if world.assets[index].holder.is_none() {
        return;
    }
    let due_on = plus(left_use_on, 10);
    let settled = match dice.between(1, 100) {
        1..=3 => None,
        4..=9 => Some((plus(due_on, dice.between(10, 60)), "returned")),
        _ => Some((plus(due_on, dice.between(-8, 0)), "returned")),
    };
    record(world, index, "refresh", due_on, settled);
}

fn record(
    world: &mut World,
    index: usize,
    trigger: &'static str,
    due_on: NaiveDate,
    settled: Option<(NaiveDate, &'static str)>,
) {
    let asset = &world.assets[index];
    let known_on = plus(due_on, -10);
    let (unit, book_value) = (asset.unit, asset.book_value(due_on));
    world.returns.push(Return { asset: index, unit, trigger, known_on, due_on, settled, book_value });
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let stage = |item: &Return| {
        u8::from(item.known_on <= step.night) * (1 + u8::from(item.settled.is_some_and(|(on, _)| on <= step.night)))
    };
    night.write("returns", &HEADER, |sheet| {
        world.returns.flush(2, stage, |number, item| {
            let settled = item.settled.filter(|(on, _)| *on <= step.night);
            sheet
                .row()
                .show(format_args!("RET{number:06}"))
                .show(asset_id(item.asset))
                .text(UNITS[item.unit].code)
                .text(item.trigger)
                .show(item.due_on)
                .maybe(settled.filter(|(_, outcome)| *outcome == "returned").map(|(on, _)| on))
                .maybe(settled.map(|(_, outcome)| outcome))
                .money(item.book_value)
                .end()
        })?;
        super::awkward::write("returns", step, sheet)
    })
}

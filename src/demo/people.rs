//! People: who joins, who leaves, and the nightly extract of both.

use chrono::NaiveDate;

use super::DemoError;
use super::classes::personal_share;
use super::company::UNITS;
use super::dice::{Dice, count, plus, real};
use super::files::Night;
use super::world::{Step, World};

const HEADER: [&str; 6] = ["person_id", "business_unit", "status", "kind", "start_on", "end_on"];

/// Share of a fleet that is in the hands of people, the rest being spares and devices of nobody.
const HANDED_OUT: f64 = 0.955;

pub(super) struct Person {
    pub(super) unit: usize,
    kind: &'static str,
    pub(super) start_on: NaiveDate,
    /// Set when the person has left.
    pub(super) end_on: Option<NaiveDate>,
}

/// Staffs every unit; call it after the fleets are known.
pub(super) fn open(world: &mut World, dice: &mut Dice) {
    for (index, unit) in UNITS.iter().enumerate() {
        let personal = world.fleet[index] * personal_share(unit.industry) * HANDED_OUT;
        world.headcount[index] = personal / unit.devices_per_head;
        for _ in 0..count(world.headcount[index]).max(1) {
            let start_on = plus(world.start, -dice.skewed(20, 6_000));
            join(world, index, start_on, dice);
        }
    }
}

fn join(world: &mut World, unit: usize, start_on: NaiveDate, dice: &mut Dice) {
    let kind = match dice.between(1, 100) {
        1..=10 => "contractor",
        11..=12 => "service",
        _ => "employee",
    };
    world.staff[unit].push(world.people.len());
    world.people.push(Person { unit, kind, start_on, end_on: None });
}

/// A month of leaving and joining.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    for unit in 0..UNITS.len() {
        world.headcount[unit] *= 1.0008;
        for _ in 0..dice.about(real(world.staff[unit].len()) * 0.013) {
            leave(world, unit, step, dice);
        }
        let missing = count(world.headcount[unit]).saturating_sub(world.staff[unit].len());
        for _ in 0..missing {
            let start_on = step.day(dice);
            join(world, unit, start_on, dice);
        }
    }
}

fn leave(world: &mut World, unit: usize, step: &Step, dice: &mut Dice) {
    let staff = &mut world.staff[unit];
    let Some(person) = dice.pick(staff) else { return };
    let start_on = world.people[person].start_on;
    if start_on >= step.first || staff.len() < 2 {
        return;
    }
    staff.retain(|&other| other != person);
    world.people[person].end_on = Some(step.day(dice));
}

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    night.write("people", &HEADER, |sheet| {
        for (index, person) in world.people.iter().enumerate() {
            let status = if person.end_on.is_some() { "left" } else { "active" };
            sheet
                .row()
                .show(person_id(index))
                .text(UNITS[person.unit].code)
                .text(status)
                .text(person.kind)
                .show(person.start_on)
                .maybe(person.end_on)
                .end()?;
        }
        super::awkward::write("people", step, sheet)
    })
}

/// The identifier of the n-th person.
pub(super) fn person_id(index: usize) -> String {
    format!("P{:06}", index + 1)
}

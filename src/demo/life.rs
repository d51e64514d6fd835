//! The month of a fleet: devices arrive, age, go missing, are replaced, used and verified.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};

use super::assets::{Asset, Outcome, State, bought, holder, next_ordinal, strength};
use super::classes::{CLASSES, class_at};
use super::company::UNITS;
use super::dice::{Dice, Trait, count, luck, plus, real_i64};
use super::world::{Step, World};
use super::{bills, handover, levels, lifecycle, spend};

/// Days after which a missing device is written off.
const WRITE_OFF_DAYS: i64 = 120;

/// A device to be bought.
struct Order {
    unit: usize,
    class: usize,
    holder: Option<usize>,
    on: NaiveDate,
}

/// One month; people have already joined and left.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let orders = retire(world, step, dice);
    for order in orders {
        buy(world, &order, dice);
    }
    grow(world, step, dice);
    reissue(world, step, dice);
    settle(world, step, dice);
    use_devices(world, step, dice);
    verify(world, step, dice);
}

/// Takes devices out of use, most of them past their refresh date, and says what must be bought instead.
fn retire(world: &mut World, step: &Step, dice: &mut Dice) -> Vec<Order> {
    let mut orders = Vec::new();
    for (index, unit) in UNITS.iter().enumerate() {
        let plan = bills::hardware_plan(world, index, step.month());
        // what was not spent in time is lost, what was spent too much is missing next month
        let left = world.allowance[index].min(plan);
        world.allowance[index] = left + plan * levels::spending(unit, step.ago);
    }
    for index in 0..world.assets.len() {
        let asset = &world.assets[index];
        let unit = &UNITS[asset.unit];
        let settled = asset.service_on < step.first && asset.returning.is_none();
        if !settled || !matches!(asset.state, State::InUse | State::Spare) {
            continue;
        }
        let spare = asset.state == State::Spare;
        let leaves = match asset.over_age(step.night) {
            // an old spare is not handed out again
            true if spare => 0.40,
            true if world.allowance[asset.unit] < 0.0 => 0.0,
            true => levels::replacement(unit, step.ago, step.month()),
            false => 0.0012,
        };
        if !spare && dice.chance(0.0004) {
            let on = step.day(dice);
            let asset = &mut world.assets[index];
            asset.state = State::Missing;
            asset.missing_since = Some(on);
            asset.holder = None;
        } else if dice.chance(leaves) {
            let on = step.day(dice);
            if !spare {
                world.allowance[asset.unit] -= price(asset.class);
                orders.push(Order { unit: asset.unit, class: asset.class, holder: asset.holder, on });
            }
            handover::refresh(world, index, on, dice);
            lifecycle::dispose(world, index, on, step, dice);
            let asset = &mut world.assets[index];
            asset.state = State::Retired;
            asset.left_use_on = Some(on);
            asset.holder = None;
        }
    }
    orders
}

/// Buys what the units are short of, in the proportions of their industry.
fn grow(world: &mut World, step: &Step, dice: &mut Dice) {
    let have = strength(world);
    for (unit, have) in have.into_iter().enumerate() {
        world.fleet[unit] *= 1.0008;
        for _ in 0..count(world.fleet[unit] - have) {
            let ordinal = world.ordinals[unit] + 1;
            let class = class_at(UNITS[unit].industry, world.luck(ordinal, Trait::Class, 0.0));
            let on = step.day(dice);
            world.allowance[unit] -= price(class);
            buy(world, &Order { unit, class, holder: None, on }, dice);
        }
    }
}

fn buy(world: &mut World, order: &Order, dice: &mut Dice) {
    let ordinal = next_ordinal(world, order.unit);
    let mut asset = bought(world, order.unit, order.class, ordinal, order.on, dice);
    asset.holder = order.holder;
    lifecycle::plan(world, &asset, dice);
    spend::purchase(world, &asset, dice);
    world.assets.push(asset);
}

/// What a new device of the class costs, about, in cents.
fn price(class: usize) -> f64 {
    real_i64(CLASSES[class].list_price * 100)
}

/// Gives spare devices to people again.
fn reissue(world: &mut World, step: &Step, dice: &mut Dice) {
    for asset in &mut world.assets {
        let free = asset.state == State::Spare && CLASSES[asset.class].personal;
        if free && dice.chance(0.45) && !asset.over_age(step.night) {
            asset.state = State::InUse;
            asset.returning = None;
            asset.holder = dice.pick(&world.staff[asset.unit]);
            asset.last_active = Some(dice.lately(step.night, 12));
        }
    }
}

/// Moves every asset to the state its dates say it has at the night.
fn settle(world: &mut World, step: &Step, dice: &mut Dice) {
    for index in 0..world.assets.len() {
        let asset = &world.assets[index];
        let still_there = asset.holder.is_some_and(|person| world.employed(person));
        let asset = &mut world.assets[index];
        let due = |date: Option<NaiveDate>| date.is_some_and(|date| date <= step.night);
        match asset.state {
            State::Coming if asset.service_on <= step.night => {
                asset.state = State::InUse;
                asset.verified_on = Some(asset.service_on);
                if !still_there {
                    asset.holder = holder(&world.staff[asset.unit], asset.class, dice);
                }
            }
            State::Coming if asset.arrives_on <= step.night => asset.verified_on = Some(asset.arrives_on),
            State::InUse if due(asset.returning) => {
                asset.state = State::Spare;
                asset.holder = None;
                asset.returning = None;
            }
            State::Retired if due(asset.disposed_on) => asset.state = State::Disposed,
            State::Missing if due(asset.missing_since.map(|since| plus(since, WRITE_OFF_DAYS))) => {
                asset.state = State::Disposed;
                asset.disposed_on = asset.missing_since.map(|since| plus(since, WRITE_OFF_DAYS));
            }
            State::Coming | State::InUse | State::Spare | State::Missing | State::Retired | State::Disposed => {}
        }
    }
}

/// Stamps the devices in use with their latest activity; idle ones keep their old stamp.
fn use_devices(world: &mut World, step: &Step, dice: &mut Dice) {
    let drift = step.drift(0.009);
    for asset in world.assets.iter_mut().filter(|asset| asset.in_service()) {
        let class = &CLASSES[asset.class];
        if !class.telemetry {
            continue;
        }
        let rate = levels::idle(&UNITS[asset.unit], step.ago, step.month()) * class.idle;
        let idle = luck(world.seed, asset.ordinal, Trait::Idle, drift) < rate;
        if !idle || asset.last_active.is_none() {
            let quiet = if class.affected.1 > 1 { 2 } else { 20 };
            let day = plus(step.night, -dice.skewed(0, quiet)).max(asset.service_on);
            asset.last_active = Some(dice.at(day));
        }
    }
}

/// The rolling verification: once a year each record is looked at, unless that is skipped.
fn verify(world: &mut World, step: &Step, dice: &mut Dice) {
    let slow = step.drift(0.002);
    for asset in &mut world.assets {
        let unit = &UNITS[asset.unit];
        if asset.state == State::Missing {
            if asset.outcome != Outcome::Missing {
                asset.outcome = Outcome::Missing;
                asset.verified_on = asset.missing_since;
            }
            continue;
        }
        let turn = 290 + i64::from(asset.ordinal % 40);
        let due = asset.verified_on.is_none_or(|on| (step.night - on).num_days() > turn);
        let standing = matches!(asset.state, State::InUse | State::Spare);
        let skipped = luck(world.seed, asset.ordinal, Trait::Lapse, 0.0) < levels::lapse(unit, step.ago);
        if !due || !standing || skipped {
            continue;
        }
        asset.verified_on = Some(step.day(dice).max(asset.service_on).min(step.night));
        let wrong = luck(world.seed, asset.ordinal, Trait::Mismatch, slow) < levels::mismatch(unit, step.ago);
        asset.outcome = if wrong { Outcome::Mismatched } else { Outcome::Matched };
    }
}

/// The latest change of the record, never later than the night and never going back between nights.
pub(super) fn updated_at(asset: &Asset, night: NaiveDate) -> chrono::NaiveDateTime {
    let day = plus(night, -i64::from(asset.ordinal % 27)).max(asset.purchased_on);
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(day.day() * 7 + asset.ordinal % 600))
}

//! What an asset is, and the fleet the simulation starts with.

use chrono::{NaiveDate, NaiveDateTime};

use super::classes::{CLASSES, class_at};
use super::company::UNITS;
use super::dice::{Dice, Trait, count, plus, real, real_i64, whole};
use super::money::euros_in;
use super::world::World;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// On its way: ordered, then in transit, then in stock, as its dates say.
    Coming,
    InUse,
    /// Came back from someone and waits in stock for the next.
    Spare,
    Missing,
    Retired,
    Disposed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Matched,
    Mismatched,
    Missing,
}

pub(super) struct Asset {
    pub(super) unit: usize,
    pub(super) class: usize,
    /// Its number within the unit: the key of its luck.
    pub(super) ordinal: u32,
    pub(super) state: State,
    pub(super) holder: Option<usize>,
    /// Purchase cost in cents of the class's currency.
    pub(super) cents: i64,
    pub(super) purchased_on: NaiveDate,
    pub(super) arrives_on: NaiveDate,
    pub(super) service_on: NaiveDate,
    pub(super) last_active: Option<NaiveDateTime>,
    pub(super) approved: bool,
    pub(super) verified_on: Option<NaiveDate>,
    pub(super) outcome: Outcome,
    pub(super) left_use_on: Option<NaiveDate>,
    /// The day of disposal, known (to us) ahead of time.
    pub(super) disposed_on: Option<NaiveDate>,
    /// The day a device that was handed in reaches the stock.
    pub(super) returning: Option<NaiveDate>,
    pub(super) missing_since: Option<NaiveDate>,
    pub(super) repair_until: Option<NaiveDateTime>,
    pub(super) scanned: Option<NaiveDateTime>,
}

impl Asset {
    pub(super) fn in_service(&self) -> bool {
        self.state == State::InUse
    }

    pub(super) fn over_age(&self, on: NaiveDate) -> bool {
        (on - self.service_on).num_days() * 100 > CLASSES[self.class].refresh_years * 36_525
    }

    /// What is left of the purchase cost, in cents, written down in equal years over the refresh period.
    pub(super) fn book_value(&self, on: NaiveDate) -> i64 {
        let life = CLASSES[self.class].refresh_years * 365;
        let left = (life - (on - self.service_on).num_days()).clamp(0, life);
        whole(real_i64(self.cents) * real_i64(left) / real_i64(life))
    }
}

/// The fleet as it stands when the simulation starts, all ages mixed.
pub(super) fn open(world: &mut World, assets: u32, dice: &mut Dice) {
    for (index, unit) in UNITS.iter().enumerate() {
        let fleet = f64::from(assets) * unit.share * 0.925;
        world.fleet[index] = fleet;
        for _ in 0..count(fleet).max(1) {
            let ordinal = next_ordinal(world, index);
            let class = class_at(unit.industry, world.luck(ordinal, Trait::Class, 0.0));
            let life = real_i64(CLASSES[class].refresh_years) * 365.25 + 400.0;
            let age = whole(life * world.luck(ordinal, Trait::Age, 0.0));
            let service_on = plus(world.start, -age.max(1));
            let purchased_on = plus(service_on, -dice.between(9, 40));
            let mut asset = bought(world, index, class, ordinal, purchased_on, dice);
            asset.service_on = service_on;
            asset.arrives_on = plus(service_on, -dice.between(1, 8));
            asset.state = State::InUse;
            let turn = whole(320.0 * world.luck(ordinal, Trait::Verified, 0.0));
            let lapsed = world.luck(ordinal, Trait::Lapse, 0.0) < unit.lapse;
            asset.verified_on = Some(plus(world.start, -turn - if lapsed { 330 } else { 1 }));
            if world.luck(ordinal, Trait::Mismatch, 0.0) < unit.mismatch {
                asset.outcome = Outcome::Mismatched;
            }
            if CLASSES[class].telemetry {
                asset.last_active = Some(dice.lately(plus(world.start, -1), 120));
            }
            world.assets.push(asset);
        }
    }
}

/// Hands the devices of the opening fleet to the people of their units.
pub(super) fn hand_out(world: &mut World, dice: &mut Dice) {
    for asset in &mut world.assets {
        asset.holder = holder(&world.staff[asset.unit], asset.class, dice);
    }
}

/// Someone for a new device: now and then a personal device stands in a meeting room and has no holder.
pub(super) fn holder(staff: &[usize], class: usize, dice: &mut Dice) -> Option<usize> {
    if CLASSES[class].personal && dice.chance(0.965) { dice.pick(staff) } else { None }
}

/// A new record of a device bought on the day.
pub(super) fn bought(
    world: &World,
    unit: usize,
    class: usize,
    ordinal: u32,
    purchased_on: NaiveDate,
    dice: &mut Dice,
) -> Asset {
    let kind = &CLASSES[class];
    let years = real_i64((purchased_on - world.start).num_days()) / 365.25;
    let euros = real_i64(kind.list_price) * (1.0 + 0.015 * years) * dice.within(0.88, 1.04);
    let arrives_on = plus(purchased_on, dice.between(4, 12));
    Asset {
        unit,
        class,
        ordinal,
        state: State::Coming,
        holder: None,
        cents: euros_in(kind.currency, whole(euros) * 100),
        purchased_on,
        arrives_on,
        service_on: plus(arrives_on, dice.skewed(1, 24)),
        last_active: None,
        approved: !dice.chance(0.003),
        verified_on: None,
        outcome: Outcome::Matched,
        left_use_on: None,
        disposed_on: None,
        returning: None,
        missing_since: None,
        repair_until: None,
        scanned: None,
    }
}

pub(super) fn next_ordinal(world: &mut World, unit: usize) -> u32 {
    world.ordinals[unit] += 1;
    world.ordinals[unit]
}

/// Per unit, how many assets are in service or on their way there.
pub(super) fn strength(world: &World) -> Vec<f64> {
    let mut strength = vec![0_usize; UNITS.len()];
    for asset in &world.assets {
        if matches!(asset.state, State::InUse | State::Coming) {
            strength[asset.unit] += 1;
        }
    }
    strength.into_iter().map(real).collect()
}

/// The identifier of the n-th asset.
pub(super) fn asset_id(index: usize) -> String {
    format!("VA{:07}", index + 1)
}

/// The serial number of the n-th asset: no two alike, no pattern to see.
pub(super) fn serial(index: usize) -> String {
    let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
    format!("{:08X}VH", number.wrapping_mul(2_654_435_761))
}

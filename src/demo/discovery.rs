//! What the network and the agents see: the known devices, the strangers, the guests.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::DemoError;
use super::assets::{Asset, State, serial};
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, Trait, plus, real};
use super::files::{Night, Sheet};
use super::levels;
use super::world::{Step, World};

const HEADER: [&str; 8] =
    ["device_key", "serial", "source", "business_unit", "asset_class", "first_seen_at", "last_seen_at", "excluded"];

/// Days after which the tools forget a device they no longer see.
const FORGET_DAYS: i64 = 75;

/// A device no record knows.
pub(super) struct Stranger {
    number: usize,
    unit: usize,
    class: &'static str,
    kind: Kind,
    first_seen: NaiveDateTime,
    last_seen: NaiveDateTime,
    gone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Bought past IT, and staying.
    Shadow,
    /// New this week: a delivery not yet booked, a visitor's device.
    Passing,
    /// An approved guest.
    Guest,
}

/// A month of strangers coming and going, so that each unit has about as many as its level says.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    // an address that passed by is given to someone else within weeks
    let remembered = |stranger: &Stranger| stranger.last_seen.date() >= plus(step.night, -FORGET_DAYS);
    world.strangers.retain(|stranger| stranger.kind == Kind::Shadow && remembered(stranger));
    for stranger in &mut world.strangers {
        stranger.gone |= dice.chance(0.12);
        if !stranger.gone {
            stranger.last_seen = dice.lately(step.night, 12);
        }
    }
    let mut seen = vec![0_usize; UNITS.len()];
    for asset in &world.assets {
        let fresh = asset.last_active.is_some_and(|stamp| plus(stamp.date(), 30) >= step.night);
        if asset.in_service() && fresh {
            seen[asset.unit] += 1;
        }
    }
    for (index, unit) in UNITS.iter().enumerate() {
        let unknown = real(seen[index]) * levels::unknown(unit, step.ago);
        let here = |stranger: &&Stranger| stranger.unit == index && !stranger.gone;
        let shadows = real(world.strangers.iter().filter(here).filter(|it| it.kind == Kind::Shadow).count());
        let more_shadows = dice.about(unknown * 0.38 - shadows);
        let passing = dice.about(unknown - shadows.max(unknown * 0.38));
        let guests = dice.about(real(seen[index]) * 0.015);
        for _ in 0..more_shadows {
            appear(world, index, Kind::Shadow, step, dice);
        }
        for _ in 0..passing {
            appear(world, index, Kind::Passing, step, dice);
        }
        for _ in 0..guests {
            appear(world, index, Kind::Guest, step, dice);
        }
    }
}

fn appear(world: &mut World, unit: usize, kind: Kind, step: &Step, dice: &mut Dice) {
    let days = match kind {
        Kind::Shadow => dice.between(9, 25),
        Kind::Passing | Kind::Guest => dice.between(0, 5),
    };
    let first_seen = dice.at(plus(step.night, -days));
    let last_seen = first_seen.max(dice.lately(step.night, days.min(4)));
    let class = dice.pick(&["laptop", "phone", "tablet", "printer", "network"]).unwrap_or("laptop");
    let number = usize::try_from(dice.between(0, 0x0FFF_FFFF)).unwrap_or(0);
    world.strangers.push(Stranger { number, unit, class, kind, first_seen, last_seen, gone: false });
}

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    night.write("discovered_devices", &HEADER, |sheet| {
        for (index, asset) in world.assets.iter().enumerate() {
            if let Some(seen) = sighting(world, asset, step) {
                known(sheet, index, asset, seen)?;
            }
        }
        for stranger in &world.strangers {
            unknown(sheet, stranger)?;
        }
        super::awkward::write("discovered_devices", step, sheet)
    })
}

/// When the tools last saw the device, if they still remember it.
fn sighting(world: &World, asset: &Asset, step: &Step) -> Option<NaiveDateTime> {
    CLASSES[asset.class].source?;
    let unseen = world.luck(asset.ordinal, Trait::Unseen, 0.0) < 0.02;
    let lately = |on: Option<NaiveDate>| on.is_some_and(|on| plus(on, FORGET_DAYS) >= step.night);
    match asset.state {
        State::InUse | State::Spare if !unseen => {
            asset.last_active.filter(|stamp| plus(stamp.date(), FORGET_DAYS) >= step.night)
        }
        // retired on paper, but someone still uses it
        State::Retired | State::Disposed if asset.ordinal % 29 == 4 && lately(asset.left_use_on) => {
            Some(plus(step.night, -i64::from(asset.ordinal % 5)).and_hms_opt(9, 40, 0)?)
        }
        State::Coming | State::InUse | State::Spare | State::Missing | State::Retired | State::Disposed => None,
    }
}

fn known(sheet: &mut Sheet, index: usize, asset: &Asset, seen: NaiveDateTime) -> Result<(), DemoError> {
    let (class, unit) = (&CLASSES[asset.class], UNITS[asset.unit].code);
    let Some(source) = class.source else { return Ok(()) };
    let first_seen = first_seen(asset).min(seen);
    let mut line = |prefix: &str, source: &str, serial: &str, seen: NaiveDateTime| {
        sheet
            .row()
            .show(format_args!("{prefix}-{:07}", index + 1))
            .text(serial)
            .text(source)
            .text(unit)
            .text(class.code)
            .stamp(Some(first_seen))
            .stamp(Some(seen))
            .text("false")
            .end()
    };
    let serial = serial(index);
    // a board that was never branded: seen every night, matched never
    let shown = if index % 401 == 33 { "To be filled by O.E.M." } else { serial.as_str() };
    line("D", source, shown, seen)?;
    // one in ten is seen by a second tool, which writes serials its own way
    if index % 10 == 6 {
        let again = (seen - TimeDelta::hours(7)).max(first_seen);
        line("N", "asset-probe", &shown.to_lowercase(), again)?;
    }
    Ok(())
}

fn first_seen(asset: &Asset) -> NaiveDateTime {
    let day = plus(asset.service_on, i64::from(asset.ordinal % 3));
    day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(400 + asset.ordinal % 300))
}

fn unknown(sheet: &mut Sheet, stranger: &Stranger) -> Result<(), DemoError> {
    let number = stranger.number;
    let row = sheet.row().show(format_args!("X-{number:07X}"));
    let row = match number % 9 {
        0 => row.empty(),
        1 => row.text("Default string"),
        2 => row.text("0000000000"),
        _ => row.show(format_args!("QZ{number:07X}")),
    };
    row.text("network-scan")
        .text(if number % 23 == 5 { "" } else { UNITS[stranger.unit].code })
        .text(stranger.class)
        .stamp(Some(stranger.first_seen))
        .stamp(Some(stranger.last_seen))
        .show(stranger.kind == Kind::Guest)
        .end()
}

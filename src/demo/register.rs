//! The asset register's nightly extract.

use chrono::{NaiveDate, TimeDelta};

use super::DemoError;
use super::assets::{Asset, Outcome, State, asset_id, serial};
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::plus;
use super::files::{Night, Sheet};
use super::life::updated_at;
use super::people::person_id;
use super::world::{Step, World};

const HEADER: [&str; 18] = [
    "asset_id",
    "serial",
    "asset_class",
    "model",
    "business_unit",
    "lifecycle_state",
    "assigned_to",
    "location",
    "purchase_cost",
    "currency",
    "purchased_on",
    "in_service_on",
    "last_active_at",
    "warranty_ends_on",
    "approved",
    "verified_on",
    "verification_outcome",
    "updated_at",
];

/// Days a disposed record stays in the extract.
const ARCHIVE_DAYS: i64 = 90;

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    night.write("assets", &HEADER, |sheet| {
        for (index, asset) in world.assets.iter().enumerate() {
            let archived = asset.state == State::Disposed
                && asset.disposed_on.is_none_or(|on| plus(on, ARCHIVE_DAYS) < step.night);
            if archived {
                continue;
            }
            // two systems deliver some records twice; the older copy still names the old place
            if asset.ordinal % 230 == 41 {
                line(sheet, index, asset, step, true)?;
            }
            line(sheet, index, asset, step, false)?;
        }
        super::awkward::write("assets", step, sheet)
    })
}

fn line(sheet: &mut Sheet, index: usize, asset: &Asset, step: &Step, stale: bool) -> Result<(), DemoError> {
    let (class, unit) = (&CLASSES[asset.class], &UNITS[asset.unit]);
    let handed_out = matches!(asset.state, State::InUse);
    let started = asset.state != State::Coming;
    let updated = updated_at(asset, step.night) - if stale { TimeDelta::days(19) } else { TimeDelta::zero() };
    let outcome = asset.verified_on.map(|_| match asset.outcome {
        Outcome::Matched => "matched",
        Outcome::Mismatched => "mismatched",
        Outcome::Missing => "missing",
    });
    sheet
        .row()
        .show(asset_id(index))
        .text(&booked_serial(index, asset))
        .text(class.code)
        .text(class.models[index % 2])
        .text(unit_code(asset))
        .text(state_name(asset, step))
        .maybe(asset.holder.filter(|_| handed_out).map(person_id))
        .text(unit.sites[usize::from(stale) ^ (index / 3 % 2)])
        .money(asset.cents)
        .text(class.currency)
        .show(asset.purchased_on)
        .maybe(Some(asset.service_on).filter(|_| started))
        .stamp(asset.last_active)
        .maybe(warranty(index, asset))
        .show(asset.approved)
        .maybe(asset.verified_on)
        .maybe(outcome)
        .stamp(Some(updated))
        .end()
}

fn state_name(asset: &Asset, step: &Step) -> &'static str {
    match asset.state {
        State::Coming if asset.arrives_on <= step.night => "in_stock",
        State::Coming if plus(asset.arrives_on, -3) <= step.night => "in_transit",
        State::Coming => "ordered",
        State::InUse if asset.repair_until.is_some_and(|until| until > step.cut()) => "in_repair",
        State::InUse => "in_use",
        State::Spare => "in_stock",
        State::Missing => "missing",
        State::Retired => "retired",
        State::Disposed => "disposed",
    }
}

/// The unit as the register has it: a few records were never moved after a reorganisation, a few have none.
pub(super) fn unit_code(asset: &Asset) -> &'static str {
    match asset.ordinal % 211 {
        97 => "OLD-LOG",
        150 => "",
        _ => UNITS[asset.unit].code,
    }
}

/// The serial as someone typed it: now and then the firmware's placeholder, now and then with dashes.
fn booked_serial(index: usize, asset: &Asset) -> String {
    if CLASSES[asset.class].source.is_none() && index % 97 == 5 {
        return String::from("Not Specified");
    }
    if index % 311 == 17 {
        return String::from("To Be Filled By O.E.M.");
    }
    let serial = serial(index);
    match index % 10 {
        3 => serial.to_lowercase(),
        7 => format!("{}-{}", &serial[..4], &serial[4..]),
        _ => serial,
    }
}

/// The warranty's end; two old systems write a far or an early date when they know none.
fn warranty(index: usize, asset: &Asset) -> Option<NaiveDate> {
    let years = match CLASSES[asset.class].code {
        "phone" | "tablet" => 2,
        "server" | "storage" => 5,
        _ => 3,
    };
    match index % 173 {
        11 => NaiveDate::from_ymd_opt(9999, 12, 31),
        29 => NaiveDate::from_ymd_opt(1900, 1, 1),
        50..=58 => None,
        _ => Some(plus(asset.purchased_on, years * 365)),
    }
}

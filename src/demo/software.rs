//! Installed products: what is on which device, who uses it, and what was bought for it.

use chrono::NaiveDate;

use super::DemoError;
use super::assets::{State, asset_id};
use super::classes::CLASSES;
use super::company::{DIVISIONS, UNITS};
use super::contracts::{Term, term};
use super::dice::{Dice, Trait, luck, plus, real, whole};
use super::files::Night;
use super::levels;
use super::money::euros_in;
use super::people::person_id;
use super::portfolio::PRODUCTS;
use super::world::{Step, World};

const INSTALLATIONS: [&str; 8] = [
    "installation_id",
    "device_id",
    "product",
    "business_unit",
    "user_id",
    "installed_on",
    "last_used_on",
    "license_required",
];

const ENTITLEMENTS: [&str; 12] = [
    "pool_id",
    "product",
    "publisher",
    "metric",
    "seats",
    "annual_unit_price",
    "currency",
    "license_type",
    "annual_maintenance",
    "starts_on",
    "ends_on",
    "owner_unit",
];

/// A product on a device.
pub(super) struct Install {
    pub(super) device: usize,
    pub(super) product: usize,
    /// Its number among the product's installations: the key of its luck, and of its identifier.
    ordinal: u32,
    installed_on: NaiveDate,
    last_used: Option<NaiveDate>,
}

/// Seats of a product bought by a unit for its division.
pub(super) struct Pool {
    pub(super) product: usize,
    pub(super) owner: usize,
    pub(super) seats: i64,
    /// Yearly price per seat in cents: the subscription, or the maintenance of a perpetual licence.
    pub(super) yearly: i64,
    starts_on: NaiveDate,
    pub(super) term: Term,
}

/// Fills the opening fleet and buys the seats for it.
pub(super) fn open(world: &mut World, dice: &mut Dice) {
    world.installed = vec![0; PRODUCTS.len()];
    for device in 0..world.assets.len() {
        let installed_on = world.assets[device].service_on;
        equip(world, device, installed_on, dice);
    }
    for index in 0..world.installs.len() {
        let unused = whole(world.luck(world.installs[index].ordinal, Trait::Use, 0.3) * 500.0);
        let since = plus(world.start, -95 - unused);
        let install = &mut world.installs[index];
        install.last_used = Some(since).filter(|on| *on > install.installed_on);
    }
    for (product, entry) in PRODUCTS.iter().enumerate().filter(|(_, entry)| entry.required) {
        for division in &DIVISIONS {
            let inside = |unit: usize| UNITS[unit].division == division.code;
            let consumers = world.installs.iter().filter(|install| install.product == product);
            let consumers = real(consumers.filter(|install| inside(world.assets[install.device].unit)).count());
            let owners: Vec<usize> = (0..UNITS.len()).filter(|unit| inside(*unit)).collect();
            let Some(&owner) = owners.get(product % owners.len().max(1)) else { continue };
            if consumers < 1.0 {
                continue;
            }
            let seats = whole((consumers * entry.cover).ceil());
            let yearly = euros_in(entry.currency, entry.maintenance.unwrap_or(entry.price) * 100);
            let term = term(world.start, entry.ends);
            let starts_on = plus(world.start, -dice.between(400, 1_400));
            world.pools.push(Pool { product, owner, seats, yearly, starts_on, term });
        }
    }
}

/// Installs what a device of its class and unit usually gets.
fn equip(world: &mut World, device: usize, installed_on: NaiveDate, dice: &mut Dice) {
    let asset = &world.assets[device];
    let (class, industry) = (CLASSES[asset.class].code, UNITS[asset.unit].industry);
    for (product, entry) in PRODUCTS.iter().enumerate() {
        if entry.classes.contains(&class) && dice.chance(industry.of(entry.share)) {
            world.installed[product] += 1;
            let ordinal = world.installed[product];
            world.installs.push(Install { device, product, ordinal, installed_on, last_used: None });
        }
    }
}

/// A month of installing, using and wiping.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let assets = &world.assets;
    world
        .installs
        .retain(|install| !matches!(assets[install.device].state, State::Retired | State::Disposed | State::Missing));
    for device in 0..world.assets.len() {
        let asset = &world.assets[device];
        if asset.in_service() && step.covers(asset.service_on) {
            let installed_on = asset.service_on;
            equip(world, device, installed_on, dice);
        }
    }
    let drift = step.drift(0.006);
    for install in &mut world.installs {
        let usage = levels::usage(PRODUCTS[install.product].usage, step.ago);
        if luck(world.seed, install.ordinal, Trait::Use, drift) < usage {
            let day = plus(step.night, -dice.skewed(0, 45)).max(install.installed_on);
            install.last_used = Some(install.last_used.map_or(day, |before| before.max(day)));
        }
    }
}

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    night.write("installations", &INSTALLATIONS, |sheet| {
        for install in &world.installs {
            let (asset, product) = (&world.assets[install.device], &PRODUCTS[install.product]);
            let user = asset.holder.filter(|_| product.per_user && asset.in_service());
            sheet
                .row()
                .show(format_args!("I{:02}-{:06}", install.product + 1, install.ordinal))
                .show(asset_id(install.device))
                .text(product.name)
                .text(UNITS[asset.unit].code)
                .maybe(user.map(person_id))
                .show(install.installed_on)
                .maybe(install.last_used)
                .show(product.required)
                .end()?;
        }
        super::awkward::write("installations", step, sheet)
    })?;
    night.write("entitlements", &ENTITLEMENTS, |sheet| {
        for (index, pool) in world.pools.iter().enumerate() {
            let product = &PRODUCTS[pool.product];
            let perpetual = product.maintenance.is_some();
            let row = sheet
                .row()
                .show(format_args!("POOL-{:03}", index + 1))
                .text(product.name)
                .text(product.publisher)
                .text(if product.per_user { "user" } else { "device" })
                .show(pool.seats);
            let row = if perpetual {
                let price = euros_in(product.currency, product.price * 100);
                row.money(price)
                    .text(product.currency)
                    .text("perpetual")
                    .money(pool.yearly)
                    .show(pool.starts_on)
                    .empty()
            } else {
                row.money(pool.yearly)
                    .text(product.currency)
                    .text("subscription")
                    .empty()
                    .show(pool.starts_on)
                    .show(pool.term.ends_on)
            };
            row.text(UNITS[pool.owner].code).end()?;
        }
        super::awkward::write("entitlements", step, sheet)
    })
}

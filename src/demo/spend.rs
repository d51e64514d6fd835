//! The cost ledger: what every device costs from purchase to disposal, and the bills of the units.

use chrono::{Datelike, NaiveDate};

use super::DemoError;
use super::assets::{Asset, asset_id};
use super::bills;
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, plus, real_i64, whole};
use super::files::{Night, Row};
use super::money::euros_in;
use super::world::{Step, World};

const HEADER: [&str; 11] = [
    "line_id",
    "asset_id",
    "business_unit",
    "asset_class",
    "category",
    "cost_type",
    "vendor",
    "amount",
    "currency",
    "posted_on",
    "state",
];

pub(super) struct Line {
    pub(super) asset: Option<usize>,
    pub(super) unit: usize,
    pub(super) class: Option<usize>,
    pub(super) category: &'static str,
    pub(super) cost_type: &'static str,
    pub(super) vendor: &'static str,
    pub(super) cents: i64,
    pub(super) currency: &'static str,
    pub(super) posted_on: NaiveDate,
    pub(super) posting: Posting,
}

#[derive(Clone, Copy)]
pub(super) enum Posting {
    Posted,
    /// Waits for approval until the day.
    Pending(NaiveDate),
    Rejected,
}

/// The state a new bill gets: nearly all are posted.
pub(super) fn posting(posted_on: NaiveDate, dice: &mut Dice) -> Posting {
    match dice.between(1, 1000) {
        1..=9 => Posting::Pending(plus(posted_on, dice.between(12, 40))),
        10..=13 => Posting::Rejected,
        _ => Posting::Posted,
    }
}

/// The bills of a device just ordered; `world.assets` does not hold it yet.
pub(super) fn purchase(world: &mut World, asset: &Asset, dice: &mut Dice) {
    let index = world.assets.len();
    let class = &CLASSES[asset.class];
    if !unbilled(index) {
        let posting = posting(asset.arrives_on, dice);
        world.costs.push(of_asset(index, asset, "acquisition", class.vendor, asset.cents, asset.arrives_on, posting));
    }
    let (vendor, cents) = deployment(asset);
    let posting = Posting::Posted;
    world.costs.push(of_asset(index, asset, "deployment", vendor, cents, asset.service_on, posting));
}

/// The bills of a device on its last way, and what it still fetches.
pub(super) fn dispose(world: &mut World, index: usize, on: NaiveDate, dice: &mut Dice) {
    let asset = &world.assets[index];
    let cost = dice.between(700, 2_600);
    let fetched = whole(real_i64(asset.cents) * dice.within(0.0, 0.09));
    let currency = CLASSES[asset.class].currency;
    let mut line = of_asset(index, asset, "disposal", "Greywater Recycling", cost, on, Posting::Posted);
    line.currency = "EUR";
    world.costs.push(line);
    if fetched > 1_500 {
        let asset = &world.assets[index];
        let mut line = of_asset(index, asset, "proceeds", "Greywater Recycling", fetched, plus(on, 9), Posting::Posted);
        line.currency = currency;
        world.costs.push(line);
    }
}

/// A month of maintenance, repairs and upgrades, and of the bills of the units.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    for index in 0..world.assets.len() {
        let asset = &world.assets[index];
        if !asset.in_service() || asset.service_on >= step.first {
            continue;
        }
        let class = &CLASSES[asset.class];
        let mut bills: Vec<(&'static str, &'static str, i64)> = Vec::new();
        if class.upkeep > 0 && asset.service_on.month() == step.month() {
            bills.push(("maintenance", class.vendor, class.upkeep * 100));
        }
        if dice.chance(0.012) {
            bills.push(("support", "Harbour & Finch Services", dice.between(4_000, 22_000)));
        }
        if class.personal && dice.chance(0.003) {
            bills.push(("upgrade", class.vendor, dice.between(5_500, 14_000)));
        }
        for (cost_type, vendor, cents) in bills {
            let posted_on = step.day(dice);
            let posting = posting(posted_on, dice);
            let cents = euros_in(class.currency, cents);
            let line = of_asset(index, &world.assets[index], cost_type, vendor, cents, posted_on, posting);
            world.costs.push(line);
        }
    }
    bills::advance(world, step, dice);
}

fn of_asset(
    index: usize,
    asset: &Asset,
    cost_type: &'static str,
    vendor: &'static str,
    cents: i64,
    posted_on: NaiveDate,
    posting: Posting,
) -> Line {
    let category = match cost_type {
        "maintenance" => "maintenance",
        "support" => "support",
        _ => "hardware",
    };
    let (unit, class) = (asset.unit, Some(asset.class));
    let currency = if cost_type == "deployment" { "EUR" } else { CLASSES[asset.class].currency };
    Line { asset: Some(index), unit, class, category, cost_type, vendor, cents, currency, posted_on, posting }
}

/// A few devices came with a takeover and were never billed.
fn unbilled(index: usize) -> bool {
    index % 37 == 5
}

fn deployment(asset: &Asset) -> (&'static str, i64) {
    let class = &CLASSES[asset.class];
    ("Harbour & Finch Services", 2_200 + class.list_price * 2 + i64::from(asset.ordinal % 13) * 90)
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let stage = |line: &Line| {
        let settled = match line.posting {
            Posting::Posted | Posting::Rejected => true,
            Posting::Pending(until) => until <= step.night,
        };
        u8::from(line.posted_on <= step.night) * (1 + u8::from(settled))
    };
    night.write("costs", &HEADER, |sheet| {
        if step.opening {
            let bought_before = world.assets.iter().enumerate().filter(|(_, asset)| asset.purchased_on < world.start);
            for (index, asset) in bought_before {
                for (part, line) in history(index, asset, world.start).into_iter().enumerate() {
                    fill(sheet.row().show(format_args!("H{:07}-{part}", index + 1)), &line, step, true)?;
                }
            }
        }
        world.costs.flush(2, stage, |number, line| {
            // a few bills carry no unit
            fill(sheet.row().show(format_args!("C{number:08}")), line, step, number % 389 != 7)
        })?;
        super::awkward::write("costs", step, sheet)
    })
}

fn fill(row: Row<'_>, line: &Line, step: &Step, with_unit: bool) -> Result<(), DemoError> {
    let state = match line.posting {
        Posting::Posted => "posted",
        Posting::Pending(until) if until <= step.night => "posted",
        Posting::Pending(_) => "pending",
        Posting::Rejected => "rejected",
    };
    row.maybe(line.asset.map(asset_id))
        .text(if with_unit { UNITS[line.unit].code } else { "" })
        .maybe(line.class.map(|class| CLASSES[class].code))
        .text(line.category)
        .text(line.cost_type)
        .text(line.vendor)
        .money(line.cents)
        .text(line.currency)
        .show(line.posted_on)
        .text(state)
        .end()
}

/// What a device of the opening fleet had cost before the simulation began.
fn history(index: usize, asset: &Asset, start: NaiveDate) -> Vec<Line> {
    let class = &CLASSES[asset.class];
    let mut lines = Vec::new();
    if !unbilled(index) {
        let posted_on = asset.arrives_on;
        lines.push(of_asset(index, asset, "acquisition", class.vendor, asset.cents, posted_on, Posting::Posted));
    }
    let (vendor, cents) = deployment(asset);
    lines.push(of_asset(index, asset, "deployment", vendor, cents, asset.service_on, Posting::Posted));
    let mut posted_on = plus(asset.service_on, 365);
    while class.upkeep > 0 && posted_on < start {
        let cents = euros_in(class.currency, class.upkeep * 100);
        lines.push(of_asset(index, asset, "maintenance", class.vendor, cents, posted_on, Posting::Posted));
        posted_on = plus(posted_on, 365);
    }
    lines
}

//! What the units pay every month apart from their devices, and the budget for all of it.

use chrono::{Datelike, NaiveDate};

use super::DemoError;
use super::classes::{CLASSES, Class};
use super::company::{UNITS, Unit};
use super::dice::{Dice, plus, real, real_i64, whole};
use super::files::Night;
use super::levels;
use super::portfolio::{APPS, PRODUCTS};
use super::saas::seats_by_unit;
use super::spend::{Line, Posting, posting};
use super::world::{Step, World};

/// A service billed by headcount: category, cost type, vendor, currency, cents per head and month in the reporting currency.
const BY_HEAD: [(&str, &str, &str, &str, f64); 4] = [
    ("support", "support", "Harbour & Finch Services", "EUR", 3_900.0),
    ("cloud", "other", "Stratum Nine Cloud", "USD", 2_300.0),
    ("cloud", "other", "Kelpie Hosting", "EUR", 700.0),
    ("connectivity", "other", "Telvia Networks", "EUR", 2_400.0),
];

const CATEGORIES: [&str; 7] = ["hardware", "maintenance", "support", "software", "saas", "cloud", "connectivity"];

/// The planners' optimism: budgets leave this much of the expected cost out.
const OPTIMISM: f64 = 0.972;

/// A month of bills.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let seats = seats_by_unit(world);
    for (index, unit) in UNITS.iter().enumerate() {
        let level = levels::spending(unit, step.ago);
        for (category, cost_type, vendor, currency, per_head) in BY_HEAD {
            let cents = world.headcount[index] * per_head * levels::service_season(step.month()) * level;
            let cents = super::money::euros_in(currency, whole(cents * dice.within(0.97, 1.03)));
            bill(world, index, category, cost_type, vendor, (cents, currency), step, dice);
        }
        for number in 0..world.subscriptions.len() {
            let subscription = &world.subscriptions[number];
            let app = &APPS[subscription.app];
            let monthly = real_i64(subscription.seats * subscription.yearly) / 12.0;
            let cents = whole(monthly * share(&seats, index, subscription.app) * level);
            bill(world, index, "saas", "software", app.vendor, (cents, app.currency), step, dice);
        }
    }
    for number in 0..world.pools.len() {
        let pool = &world.pools[number];
        if step.covers(renewed_on(pool.term.ends_on, step.night.year())) {
            let product = &PRODUCTS[pool.product];
            let level = levels::spending(&UNITS[pool.owner], step.ago);
            let cents = whole(real_i64(pool.seats * pool.yearly) * level);
            let (owner, amount) = (pool.owner, (cents, product.currency));
            bill(world, owner, "software", "software", product.publisher, amount, step, dice);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a bill has that many columns")]
fn bill(
    world: &mut World,
    unit: usize,
    category: &'static str,
    cost_type: &'static str,
    vendor: &'static str,
    (cents, currency): (i64, &'static str),
    step: &Step,
    dice: &mut Dice,
) {
    if cents == 0 {
        return;
    }
    let posted_on = step.day(dice);
    let posting = posting(posted_on, dice);
    let line = |cents, posted_on, posting| Line {
        asset: None,
        unit,
        class: None,
        category,
        cost_type,
        vendor,
        cents,
        currency,
        posted_on,
        posting,
    };
    world.costs.push(line(cents, posted_on, posting));
    // a credit note for a part of it
    if dice.chance(0.012) {
        world.costs.push(line(-cents / dice.between(6, 20), step.night, Posting::Posted));
    }
}

/// The unit's share of an app's seats.
fn share(seats: &[Vec<usize>], unit: usize, app: usize) -> f64 {
    let all: usize = seats.iter().map(|unit| unit[app]).sum();
    real(seats[unit][app]) / real(all.max(1))
}

/// The day in the year on which a contract with that end renews.
fn renewed_on(ends_on: NaiveDate, year: i32) -> NaiveDate {
    let renewal = plus(ends_on, 1);
    renewal.with_year(year).unwrap_or(renewal)
}

/// Budgets come once a year, in December for the next; the opening night brings the running year and the past.
pub(super) fn write_budgets(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let year = step.night.year();
    let last = if step.month() == 12 { year + 1 } else { year };
    let years = match (step.opening, step.month()) {
        (true, _) => world.start.year()..=last,
        (false, 12) => last..=last,
        (false, _) => return Ok(()),
    };
    let seats = seats_by_unit(world);
    night.write("budgets", &["business_unit", "category", "period", "amount"], |sheet| {
        for (index, unit) in UNITS.iter().enumerate() {
            for category in CATEGORIES {
                for year in years.clone() {
                    for month in 1..=12 {
                        let cents = plan(world, &seats, (index, unit), category, month) * OPTIMISM;
                        // budgets are round
                        let cents = whole(cents / 5_000.0) * 5_000;
                        sheet
                            .row()
                            .text(unit.code)
                            .text(category)
                            .show(format_args!("{year}-{month:02}"))
                            .money(cents)
                            .end()?;
                    }
                }
            }
        }
        super::awkward::write("budgets", step, sheet)
    })
}

/// What a unit can expect to pay for new devices in a month of the year, in cents of the reporting currency.
pub(super) fn hardware_plan(world: &World, unit: usize, month: u32) -> f64 {
    let yearly = yearly_per_device(&UNITS[unit], |class| {
        real_i64(class.list_price * 104 + 5_000) / (real_i64(class.refresh_years) + 1.1)
    });
    world.fleet[unit] * yearly / 12.0 * levels::hardware_season(month)
}

/// The mean of a yearly cost over the unit's mix of devices.
fn yearly_per_device(unit: &Unit, cost: fn(&Class) -> f64) -> f64 {
    let total: f64 = CLASSES.iter().map(|class| unit.industry.of(class.mix)).sum();
    CLASSES.iter().map(|class| unit.industry.of(class.mix) / total * cost(class)).sum()
}

/// What a unit can expect to pay for a category in a month of the year, in cents of the reporting currency.
fn plan(world: &World, seats: &[Vec<usize>], (index, unit): (usize, &Unit), category: &str, month: u32) -> f64 {
    let (fleet, heads) = (world.fleet[index], world.headcount[index]);
    let by_head: f64 = BY_HEAD.iter().filter(|bill| bill.0 == category).map(|bill| bill.4).sum();
    let euros = |cents: f64, currency| cents / real_i64(super::money::euros_in(currency, 1_000_000)) * 1_000_000.0;
    match category {
        "hardware" => hardware_plan(world, index, month),
        "maintenance" => fleet * yearly_per_device(unit, |class| real_i64(class.upkeep * 100)) / 12.0 * 0.9,
        "saas" => world.subscriptions.iter().fold(0.0, |sum, subscription| {
            let yearly = euros(real_i64(subscription.seats * subscription.yearly), APPS[subscription.app].currency);
            sum + yearly / 12.0 * share(seats, index, subscription.app)
        }),
        "software" => world.pools.iter().filter(|pool| pool.owner == index).fold(0.0, |sum, pool| {
            let due = plus(pool.term.ends_on, 1).month() == month;
            let yearly = euros(real_i64(pool.seats * pool.yearly), PRODUCTS[pool.product].currency);
            sum + if due { yearly } else { 0.0 }
        }),
        "support" => heads * by_head * levels::service_season(month) + fleet * 0.012 * 13_000.0,
        _ => heads * by_head * levels::service_season(month),
    }
}

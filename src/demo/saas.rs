//! Applications in the browser: seats bought, seats handed out, seats used.

use chrono::NaiveDate;

use super::DemoError;
use super::company::{Industry, UNITS};
use super::contracts::{Term, term};
use super::dice::{Dice, Trait, luck, plus, real, whole};
use super::files::Night;
use super::levels;
use super::money::euros_in;
use super::people::person_id;
use super::portfolio::{APPS, App};
use super::world::{Step, World};

const SUBSCRIPTIONS: [&str; 8] =
    ["subscription_id", "app", "seats", "annual_seat_price", "currency", "starts_on", "ends_on", "owner_unit"];

const SEATS: [&str; 5] = ["app", "user_id", "business_unit", "assigned_on", "last_active_on"];

pub(super) struct Subscription {
    pub(super) app: usize,
    pub(super) owner: usize,
    pub(super) seats: i64,
    /// Cents per seat and year.
    pub(super) yearly: i64,
    starts_on: NaiveDate,
    pub(super) term: Term,
}

/// A seat in someone's name.
pub(super) struct Seat {
    app: usize,
    user: usize,
    /// Its number among the app's seats: the key of its luck.
    ordinal: u32,
    assigned_on: NaiveDate,
    last_active: Option<NaiveDate>,
}

/// Hands out the seats of the opening staff and buys them, with room.
pub(super) fn open(world: &mut World, dice: &mut Dice) {
    world.seated = vec![0; APPS.len()];
    for user in 0..world.people.len() {
        let assigned_on = plus(world.start, -dice.between(10, 900));
        seat(world, user, assigned_on, dice);
    }
    for (app, entry) in APPS.iter().enumerate() {
        let Some(price) = entry.price else { continue };
        let handed_out = real(world.seats.iter().filter(|seat| seat.app == app).count());
        let seats = whole((handed_out * entry.cover / 5.0).ceil()) * 5;
        let yearly = euros_in(entry.currency, price * 100);
        let starts_on = plus(world.start, -dice.between(300, 1_200));
        let term = term(world.start, entry.ends);
        world.subscriptions.push(Subscription { app, owner: owner(app, entry), seats, yearly, starts_on, term });
    }
}

/// The unit that bought the app: one of the industry that needs it most.
fn owner(app: usize, entry: &App) -> usize {
    let needs = |industry: Industry| industry.of(entry.share);
    let central = if app.is_multiple_of(2) { "HQ" } else { "SSC" };
    let best = [(Industry::Healthcare, "CLN"), (Industry::Manufacturing, "PMP"), (Industry::Education, "ACA")]
        .into_iter()
        .find(|(industry, _)| needs(*industry) > needs(Industry::Corporate) + 0.04);
    let code = best.map_or(central, |(_, code)| code);
    UNITS.iter().position(|unit| unit.code == code).unwrap_or(0)
}

fn seat(world: &mut World, user: usize, assigned_on: NaiveDate, dice: &mut Dice) {
    let industry = UNITS[world.people[user].unit].industry;
    for (app, entry) in APPS.iter().enumerate() {
        if dice.chance(industry.of(entry.share)) {
            world.seated[app] += 1;
            world.seats.push(Seat { app, user, ordinal: world.seated[app], assigned_on, last_active: None });
        }
    }
}

/// A month of seats for those who join, seats taken back from most who leave, and use.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let people = &world.people;
    // one seat in nine is forgotten when its user leaves
    world.seats.retain(|seat| people[seat.user].end_on.is_none() || seat.ordinal % 9 == 4);
    let joined = |user: &usize| world.people[*user].start_on >= step.first && world.people[*user].end_on.is_none();
    let newcomers: Vec<usize> = (0..world.people.len()).filter(joined).collect();
    for user in newcomers {
        let assigned_on = world.people[user].start_on;
        seat(world, user, assigned_on, dice);
    }
    let drift = step.drift(0.012);
    for seat in &mut world.seats {
        let usage = levels::usage(APPS[seat.app].usage, step.ago);
        let active = luck(world.seed, seat.ordinal, Trait::Use, drift) < usage;
        if active && people_has(&world.people, seat.user) {
            seat.last_active = Some(plus(step.night, -dice.skewed(0, 22)).max(seat.assigned_on));
        }
    }
}

fn people_has(people: &[super::people::Person], user: usize) -> bool {
    people[user].end_on.is_none()
}

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    night.write("saas_subscriptions", &SUBSCRIPTIONS, |sheet| {
        for (index, subscription) in world.subscriptions.iter().enumerate() {
            let app = &APPS[subscription.app];
            sheet
                .row()
                .show(format_args!("SUB-{:03}", index + 1))
                .text(app.name)
                .show(subscription.seats)
                .money(subscription.yearly)
                .text(app.currency)
                .show(subscription.starts_on)
                .show(subscription.term.ends_on)
                .text(UNITS[subscription.owner].code)
                .end()?;
        }
        super::awkward::write("saas_subscriptions", step, sheet)
    })?;
    night.write("saas_seats", &SEATS, |sheet| {
        for seat in &world.seats {
            sheet
                .row()
                .text(APPS[seat.app].name)
                .show(person_id(seat.user))
                .text(UNITS[world.people[seat.user].unit].code)
                .show(seat.assigned_on)
                .maybe(seat.last_active)
                .end()?;
        }
        super::awkward::write("saas_seats", step, sheet)
    })
}

/// Per unit, how many seats of each app it has.
pub(super) fn seats_by_unit(world: &World) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; APPS.len()]; UNITS.len()];
    for seat in &world.seats {
        counts[world.people[seat.user].unit][seat.app] += 1;
    }
    counts
}

//! Contracts that come up for renewal, and what was decided about each.

use chrono::{Datelike, Months, NaiveDate};

use super::DemoError;
use super::company::UNITS;
use super::dice::{Dice, plus, real_i64, whole};
use super::files::{Night, Outbox};
use super::portfolio::{APPS, PRODUCTS};
use super::world::{Step, World};

const HEADER: [&str; 11] = [
    "renewal_id",
    "vendor",
    "product",
    "business_unit",
    "renewal_on",
    "notice_days",
    "annual_value",
    "currency",
    "reviewed_on",
    "outcome",
    "new_annual_value",
];

/// Days ahead of a renewal that it enters the calendar.
const CALENDAR_DAYS: i64 = 200;

/// The running term of a contract.
pub(super) struct Term {
    /// The last day paid for; it renews on the next.
    pub(super) ends_on: NaiveDate,
    /// The factor on the price agreed for the next term, once it is in the calendar.
    agreed: Option<f64>,
}

/// A service contract: vendor, unit, yearly value and the day it ends.
pub(super) struct Service {
    vendor: &'static str,
    unit: usize,
    yearly: i64,
    term: Term,
    cancelled: bool,
}

pub(super) struct Renewal {
    offer: Offer,
    due_on: NaiveDate,
    notice_days: i64,
    reviewed_on: Option<NaiveDate>,
    outcome: &'static str,
    new_yearly: Option<i64>,
}

struct Offer {
    vendor: &'static str,
    product: Option<&'static str>,
    unit: usize,
    yearly: i64,
    currency: &'static str,
}

/// Vendor, unit, yearly value and end (month, day) of the service contracts.
#[rustfmt::skip]
const SERVICES: [(&str, &str, i64, (u32, u32)); 14] = [
    ("Telvia Networks", "HQ", 86_000, (12, 31)),
    ("Telvia Networks", "PMP", 52_000, (4, 30)),
    ("Stratum Nine Cloud", "SSC", 184_000, (11, 30)),
    ("Harbour & Finch Services", "SSC", 240_000, (6, 30)),
    ("Papyra Print", "CLN", 21_000, (9, 30)),
    ("Papyra Print", "ACA", 7_400, (8, 31)),
    ("Salvira Medical", "CLN", 26_000, (1, 31)),
    ("Salvira Medical", "DIA", 11_500, (2, 28)),
    ("Forgeline Automation", "PMP", 18_200, (10, 31)),
    ("Forgeline Automation", "TLG", 14_800, (12, 20)),
    ("Ironquay Computing", "HQ", 31_000, (3, 31)),
    ("Lattice & Loom Networks", "SPL", 9_800, (5, 31)),
    ("Greywater Recycling", "SPL", 6_200, (7, 31)),
    ("Orrin Escrow", "DIA", 4_900, (11, 15)),
];

/// The term that runs at the date and ends on the given day of a year.
pub(super) fn term(at: NaiveDate, (month, day): (u32, u32)) -> Term {
    let on = |year| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(at);
    let this_year = on(at.year());
    Term { ends_on: if this_year < at { on(at.year() + 1) } else { this_year }, agreed: None }
}

pub(super) fn open(world: &mut World) {
    for (vendor, unit, yearly, ends) in SERVICES {
        let unit = UNITS.iter().position(|entry| entry.code == unit).unwrap_or(0);
        let term = term(world.start, ends);
        world.services.push(Service { vendor, unit, yearly: yearly * 100, term, cancelled: false });
    }
}

/// A month of contracts entering the calendar and rolling over.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    let renewals = &mut world.renewals;
    for pool in &mut world.pools {
        let product = &PRODUCTS[pool.product];
        let offer = Offer {
            vendor: product.publisher,
            product: Some(product.name),
            unit: pool.owner,
            yearly: pool.seats * pool.yearly,
            currency: product.currency,
        };
        if let Some(factor) = turn(&mut pool.term, offer, step, renewals, dice) {
            pool.yearly = whole(real_i64(pool.yearly) * factor);
        }
    }
    for subscription in &mut world.subscriptions {
        let app = &APPS[subscription.app];
        let offer = Offer {
            vendor: app.vendor,
            product: Some(app.name),
            unit: subscription.owner,
            yearly: subscription.seats * subscription.yearly,
            currency: app.currency,
        };
        if let Some(factor) = turn(&mut subscription.term, offer, step, renewals, dice) {
            subscription.yearly = whole(real_i64(subscription.yearly) * factor);
        }
    }
    for service in world.services.iter_mut().filter(|service| !service.cancelled) {
        let (vendor, unit, yearly) = (service.vendor, service.unit, service.yearly);
        let offer = Offer { vendor, product: None, unit, yearly, currency: "EUR" };
        if let Some(factor) = turn(&mut service.term, offer, step, renewals, dice) {
            service.yearly = whole(real_i64(service.yearly) * factor);
            service.cancelled = service.yearly == 0;
        }
    }
}

/// Puts the next renewal into the calendar when it is near; when its day has come, starts the next term and gives the
/// factor on the price.
fn turn(term: &mut Term, offer: Offer, step: &Step, renewals: &mut Outbox<Renewal>, dice: &mut Dice) -> Option<f64> {
    let renewal_on = plus(term.ends_on, 1);
    if term.agreed.is_none() && renewal_on <= plus(step.night, CALENDAR_DAYS) {
        let (renewal, factor) = decide(offer, renewal_on, dice);
        renewals.push(renewal);
        term.agreed = Some(factor);
    }
    if renewal_on > step.night {
        return None;
    }
    term.ends_on = term.ends_on.checked_add_months(Months::new(12)).unwrap_or(term.ends_on);
    term.agreed.take()
}

fn decide(offer: Offer, renewal_on: NaiveDate, dice: &mut Dice) -> (Renewal, f64) {
    let notice_days = dice.pick(&[30, 60, 60, 90]).unwrap_or(30);
    let notice_on = plus(renewal_on, -notice_days);
    let reviewed_on = match dice.between(1, 100) {
        1..=68 => Some(plus(notice_on, -dice.skewed(0, 45))),
        69..=80 => Some(plus(notice_on, dice.between(2, notice_days - 5))),
        _ => None,
    };
    let (outcome, factor) = match (reviewed_on, dice.between(1, 100)) {
        (None, _) => ("auto_renewed", 1.05),
        (Some(_), 1..=10) if offer.product.is_none() => ("cancelled", 0.0),
        (Some(_), 1..=45) => ("renegotiated", dice.within(0.84, 0.96)),
        (Some(_), _) => ("renewed", dice.within(1.0, 1.04)),
    };
    let new_yearly = Some(whole(real_i64(offer.yearly) * factor)).filter(|_| outcome != "cancelled");
    (Renewal { offer, due_on: renewal_on, notice_days, reviewed_on, outcome, new_yearly }, factor)
}

pub(super) fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let reviewed = |item: &Renewal| item.reviewed_on.filter(|on| *on <= step.night);
    let stage = |item: &Renewal| match item {
        item if item.due_on <= step.night => 3,
        item if reviewed(item).is_some() => 2,
        _ => 1,
    };
    night.write("renewals", &HEADER, |sheet| {
        world.renewals.flush(3, stage, |number, item| {
            let done = item.due_on <= step.night;
            let row = sheet
                .row()
                .show(format_args!("REN{number:05}"))
                .text(item.offer.vendor)
                .maybe(item.offer.product)
                .text(UNITS[item.offer.unit].code)
                .show(item.due_on)
                .show(item.notice_days)
                .money(item.offer.yearly)
                .text(item.offer.currency)
                .maybe(reviewed(item))
                .text(if done { item.outcome } else { "" });
            match item.new_yearly.filter(|_| done) {
                Some(cents) => row.money(cents).end(),
                None => row.empty().end(),
            }
        })?;
        super::awkward::write("renewals", step, sheet)
    })
}

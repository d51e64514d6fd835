//! The state of the company between two nights, and the step of one month.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use super::assets::Asset;
use super::company::UNITS;
use super::dice::{Dice, Trait, luck};
use super::discovery::Stranger;
use super::files::Outbox;
use super::patches::{Line, Patch};
use super::people::Person;
use super::saas::{Seat, Subscription};
use super::software::{Install, Pool};
use super::{assurance, contracts, handover, incidents, lifecycle, spend};

/// One month of the simulation.
pub(super) struct Step {
    pub(super) first: NaiveDate,
    /// The snapshot night: the month's last day.
    pub(super) night: NaiveDate,
    /// Months before the newest one.
    pub(super) ago: u32,
    /// The first month whose night is delivered; it brings the history along.
    pub(super) opening: bool,
}

impl Step {
    /// The step of the month that lies `ago` months before the newest; nothing when the calendar does not reach it.
    pub(super) fn new(newest: NaiveDate, ago: u32, delivered: u32) -> Option<Self> {
        let first = newest.with_day(1)?.checked_sub_months(Months::new(ago))?;
        let night = first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?;
        Some(Self { first, night, ago, opening: ago + 1 == delivered })
    }

    /// The instant the snapshot is taken; what comes later is not known yet.
    pub(super) fn cut(&self) -> NaiveDateTime {
        self.night.and_time(NaiveTime::MIN) + chrono::TimeDelta::hours(20)
    }

    pub(super) fn covers(&self, date: NaiveDate) -> bool {
        (self.first..=self.night).contains(&date)
    }

    /// Some day of the month.
    pub(super) fn day(&self, dice: &mut Dice) -> NaiveDate {
        super::dice::plus(self.first, dice.between(0, i64::from(self.night.day()) - 1))
    }

    /// Some instant of the month, in office hours.
    pub(super) fn moment(&self, dice: &mut Dice) -> NaiveDateTime {
        let day = self.day(dice);
        dice.at(day)
    }

    pub(super) fn month(&self) -> u32 {
        self.night.month()
    }

    /// Everyone's luck moved on by `share` each month.
    pub(super) fn drift(&self, share: f64) -> f64 {
        -f64::from(self.ago) * share
    }
}

/// Everything that lasts from one night to the next.
pub(super) struct World {
    pub(super) seed: u64,
    /// Where the simulation started: what was bought before is history.
    pub(super) start: NaiveDate,
    pub(super) people: Vec<Person>,
    /// Per unit, the people who have not left.
    pub(super) staff: Vec<Vec<usize>>,
    /// Per unit, how many people it means to employ.
    pub(super) headcount: Vec<f64>,
    pub(super) assets: Vec<Asset>,
    /// Per unit, how many assets it means to have in service, and how many it has ever had.
    pub(super) fleet: Vec<f64>,
    pub(super) ordinals: Vec<u32>,
    /// Per unit, what it may still spend on replacing old devices, in cents.
    pub(super) allowance: Vec<f64>,
    pub(super) strangers: Vec<Stranger>,
    pub(super) patches: Vec<Patch>,
    pub(super) patch_lines: Vec<Line>,
    pub(super) installs: Vec<Install>,
    /// Per product, how many installations there have ever been.
    pub(super) installed: Vec<u32>,
    pub(super) pools: Vec<Pool>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) seats: Vec<Seat>,
    /// Per app, how many seats have ever been handed out.
    pub(super) seated: Vec<u32>,
    pub(super) services: Vec<contracts::Service>,
    pub(super) returns: Outbox<handover::Return>,
    pub(super) disposals: Outbox<lifecycle::Disposal>,
    pub(super) stages: Outbox<lifecycle::Stage>,
    pub(super) incidents: Outbox<incidents::Incident>,
    pub(super) costs: Outbox<spend::Line>,
    pub(super) renewals: Outbox<contracts::Renewal>,
    pub(super) audits: Outbox<assurance::Audit>,
    pub(super) findings: Outbox<assurance::Finding>,
}

impl World {
    pub(super) fn new(seed: u64, start: NaiveDate) -> Self {
        Self {
            seed,
            start,
            people: Vec::new(),
            staff: vec![Vec::new(); UNITS.len()],
            headcount: vec![0.0; UNITS.len()],
            assets: Vec::new(),
            fleet: vec![0.0; UNITS.len()],
            ordinals: vec![0; UNITS.len()],
            allowance: vec![0.0; UNITS.len()],
            strangers: Vec::new(),
            patches: Vec::new(),
            patch_lines: Vec::new(),
            installs: Vec::new(),
            installed: Vec::new(),
            pools: Vec::new(),
            subscriptions: Vec::new(),
            seats: Vec::new(),
            seated: Vec::new(),
            services: Vec::new(),
            returns: Outbox::new(),
            disposals: Outbox::new(),
            stages: Outbox::new(),
            incidents: Outbox::new(),
            costs: Outbox::new(),
            renewals: Outbox::new(),
            audits: Outbox::new(),
            findings: Outbox::new(),
        }
    }

    pub(super) fn luck(&self, member: u32, what: Trait, drift: f64) -> f64 {
        luck(self.seed, member, what, drift)
    }

    /// Whether the person is still with the company.
    pub(super) fn employed(&self, person: usize) -> bool {
        self.people.get(person).is_some_and(|person| person.end_on.is_none())
    }
}

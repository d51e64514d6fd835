//! Chance, seeded: dice for events, and an evenly spread `luck` for traits that last.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use rand::Rng;
use rand_pcg::Pcg64;

/// A stream of random draws; every subject and month has its own, so that a change in one leaves the others alone.
pub(super) struct Dice(Pcg64);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64::new(u128::from(seed), u128::from(stream)))
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A real number from `low` up to `high`.
    pub(super) fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    /// Like `between`, with small values more likely than large ones.
    pub(super) fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let u = self.0.random::<f64>();
        low + whole(u * u * real_i64(high - low))
    }

    /// One of the items, or nothing when there are none.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        if items.is_empty() {
            return None;
        }
        items.get(self.0.random_range(0..items.len())).copied()
    }

    /// A whole number whose mean is `mean` exactly: the fraction is diced.
    pub(super) fn about(&mut self, mean: f64) -> usize {
        let floor = mean.max(0.0).floor();
        count(floor) + usize::from(self.chance(mean.max(0.0) - floor))
    }

    /// A stamp in the `days` days up to the night, lately more likely than long ago.
    pub(super) fn lately(&mut self, night: NaiveDate, days: i64) -> NaiveDateTime {
        let day = plus(night, -self.skewed(0, days));
        self.at(day)
    }

    /// A stamp in office hours of the day.
    pub(super) fn at(&mut self, day: NaiveDate) -> NaiveDateTime {
        day.and_time(NaiveTime::MIN) + TimeDelta::minutes(self.between(6 * 60, 18 * 60 + 59))
    }
}

/// What luck decides; each has its own irrational step, so that traits are independent of each other.
#[derive(Clone, Copy)]
pub(super) enum Trait {
    Class,
    Age,
    Idle,
    Lapse,
    Mismatch,
    Verified,
    Unpatched,
    Unscanned,
    Use,
    Unseen,
}

impl Trait {
    fn step(self) -> f64 {
        match self {
            Self::Class => 0.618_033_988_749_895,
            Self::Age => 0.414_213_562_373_095,
            Self::Idle => 0.732_050_807_568_877,
            Self::Lapse => 0.645_751_311_064_591,
            Self::Mismatch => 0.316_624_790_355_4,
            Self::Verified => 0.605_551_275_463_989,
            Self::Unpatched => 0.123_105_625_617_661,
            Self::Unscanned => 0.358_898_943_540_674,
            Self::Use => 0.795_831_523_312_72,
            Self::Unseen => 0.567_764_362_830_022,
        }
    }
}

/// The luck of the n-th member of a group, in 0..1 and evenly spread over the group (a Kronecker sequence): a trait that
/// holds below a rate holds for very nearly that share of the members, however small the group. `drift` moves everyone
/// slowly along, so that members enter and leave the trait while its share stays.
pub(super) fn luck(seed: u64, member: u32, what: Trait, drift: f64) -> f64 {
    let offset = f64::from(u32::try_from(seed % 1_000_003).unwrap_or(0)) * 0.754_877_666_246_693;
    (f64::from(member) * what.step() + (offset + 0.17) * (1.0 + what.step()) + drift).rem_euclid(1.0)
}

/// The nearest whole number; every quantity of the demo is far inside the range.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and no quantity of the demo comes near the limits")]
pub(super) fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// The nearest count, never below zero.
pub(super) fn count(value: f64) -> usize {
    usize::try_from(whole(value)).unwrap_or(0)
}

/// A count as a real number.
pub(super) fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A whole number (an amount in cents, a number of days) as a real one.
#[expect(clippy::cast_precision_loss, reason = "amounts in cents stay far below 2^52")]
pub(super) fn real_i64(value: i64) -> f64 {
    value as f64
}

/// The day `days` after the date (before it when negative).
pub(super) fn plus(date: NaiveDate, days: i64) -> NaiveDate {
    date + TimeDelta::days(days)
}

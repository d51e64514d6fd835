//! When a mail that was surely not taken is tried again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Longest wait between two attempts.
const LONGEST: Duration = Duration::from_hours(1);

/// Each wait is this many times the one before.
const FACTOR: u32 = 5;

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Wait before the second attempt.
    pub first: Duration,
    /// From the first attempt on; after that it is given up.
    pub within: Duration,
}

/// What to do with a mail that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    At(DateTime<Utc>),
    GiveUp,
}

/// The instant of the next attempt, after `attempts` of them, the first and the last of which were made
/// and heard of at these times.
#[must_use]
pub fn next(policy: Policy, attempts: u32, first: DateTime<Utc>, last: DateTime<Utc>) -> Next {
    let wait = FACTOR
        .checked_pow(attempts.saturating_sub(1))
        .and_then(|factor| policy.first.checked_mul(factor))
        .map_or(LONGEST, |wait| wait.min(LONGEST));
    let (wait, within) = (delta(wait), delta(policy.within));
    if last + wait > first + within { Next::GiveUp } else { Next::At(last + wait) }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_end_with_the_day() {
        let policy = Policy { first: Duration::from_secs(2), within: Duration::from_hours(24) };
        let first: DateTime<Utc> = "2026-11-04T06:00:00Z".parse().unwrap();
        let (mut at, mut attempts, mut waits) = (first, 1, Vec::new());
        while let Next::At(next) = next(policy, attempts, first, at) {
            waits.push((next - at).num_seconds());
            (at, attempts) = (next, attempts + 1);
        }
        assert_eq!(waits[..7], [2, 10, 50, 250, 1250, 3600, 3600]);
        assert!(at <= first + TimeDelta::hours(24) && at > first + TimeDelta::hours(23), "{at}");
    }
}

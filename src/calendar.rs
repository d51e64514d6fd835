//! When an edition is due: working days, holidays, local times in the reporting zone.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc, Weekday};

use crate::catalogue::Edition;
use crate::period::{Calendar, Period};

/// A period an edition was due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub period: Period,
    pub at: DateTime<Utc>,
}

/// The n-th working day strictly after `date`: Monday to Friday without the holidays.
#[must_use]
pub fn working_day_after(date: NaiveDate, n: u32, holidays: &[NaiveDate]) -> NaiveDate {
    let is_working = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !holidays.contains(day);
    date.iter_days().skip(1).filter(is_working).nth(n.saturating_sub(1) as usize).unwrap_or(date)
}

/// The instant an edition is due for a period.
#[must_use]
pub fn due_at(edition: &Edition, calendar: &Calendar, holidays: &[NaiveDate], period: Period) -> DateTime<Utc> {
    let last_day = calendar.span(period).last_day;
    let day = match edition.due.working_day {
        Some(n) => working_day_after(last_day, n, holidays),
        None => last_day + Duration::days(edition.due.day.unwrap_or(1).into()),
    };
    calendar.instant(day.and_time(edition.due.at))
}

/// The periods due between two instants, both included, oldest first.
#[must_use]
pub fn owed(
    edition: &Edition,
    calendar: &Calendar,
    holidays: &[NaiveDate],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Due> {
    let mut period = calendar.newest_complete(edition.grain, now);
    let mut owed = Vec::new();
    loop {
        let at = due_at(edition, calendar, holidays, period);
        if at < since {
            break;
        }
        if at <= now {
            owed.push(Due { period, at });
        }
        period = period.prior();
    }
    owed.reverse();
    owed
}

/// The next due instants after `now`.
#[must_use]
pub fn next(
    edition: &Edition,
    calendar: &Calendar,
    holidays: &[NaiveDate],
    now: DateTime<Utc>,
    count: usize,
) -> Vec<Due> {
    let newest = calendar.newest_complete(edition.grain, now);
    (0..)
        .map(|ahead| newest.shift(ahead))
        .map(|period| Due { period, at: due_at(edition, calendar, holidays, period) })
        .filter(|due| due.at > now)
        .take(count)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn working_days_skip_weekends_and_holidays() {
        // 31 October 2026 is a Saturday.
        assert_eq!(working_day_after(day("2026-10-31"), 1, &[]), day("2026-11-02"));
        assert_eq!(working_day_after(day("2026-10-31"), 3, &[]), day("2026-11-04"));
        assert_eq!(working_day_after(day("2026-10-31"), 3, &[day("2026-11-03")]), day("2026-11-05"));
    }

    fn monthly() -> Edition {
        toml::from_str(
            "id = 'm'\ntitle = 'M'\naudience = 'finance'\nroles = []\nowner = 'o'\ngrain = 'month'\n\
             due = { working_day = 3, at = '07:00:00' }\npages = 4\nkpis = []\nsections = []",
        )
        .unwrap()
    }

    #[test]
    fn an_issue_is_owed_from_its_due_instant_in_the_reporting_zone() {
        let calendar = Calendar { zone: chrono_tz::Europe::Berlin, fiscal_start: 1 };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let periods = |now: &str| -> Vec<String> {
            let since = at(now) - chrono::Duration::days(35);
            owed(&monthly(), &calendar, &[], since, at(now)).iter().map(|due| due.period.to_string()).collect()
        };
        // 07:00 in Berlin on 4 November is 06:00 UTC.
        assert_eq!(periods("2026-11-04T05:59:59Z"), ["2026-09"]);
        assert_eq!(periods("2026-11-04T06:00:00Z"), ["2026-09", "2026-10"]);
        assert_eq!(periods("2026-11-20T06:00:00Z"), ["2026-10"]);
        let next = next(&monthly(), &calendar, &[], at("2026-11-20T06:00:00Z"), 2);
        assert_eq!(next[0].at, at("2026-12-03T06:00:00Z"));
        assert_eq!(next[1].period.to_string(), "2026-12");
    }
}

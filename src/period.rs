//! Fiscal periods in the reporting time zone: labels, spans `[start, end)`, neighbours.
//!
//! A day is written `2026-10-31`, a month `2026-10`, a fiscal quarter `2026-Q3`, a fiscal year `2026`. A
//! fiscal year is named after the calendar year it ends in. Time is always a parameter here; the clock lives in `io`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Day,
    Month,
    Quarter,
    Year,
}

/// A labelled period; what it spans depends on the [`Calendar`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    pub grain: Grain,
    /// Calendar year of a day or month, fiscal year of a quarter or year.
    pub year: i32,
    /// Day of the year from 1, 1 to 12, 1 to 4, or 1.
    pub index: u32,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a period\nhint: write a month as `2026-10`, a fiscal quarter as `2026-Q3`, a fiscal year as `2026`, a day as `2026-10-31`"
)]
pub struct PeriodError(pub String);

/// The reporting time zone and the month the fiscal year starts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub zone: Tz,
    /// 1 to 12.
    pub fiscal_start: u32,
}

/// A period placed in time: dates in the reporting zone, instants in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start_date: NaiveDate,
    pub last_day: NaiveDate,
    /// The day after the last day: the first of a month, but for days.
    pub end_date: NaiveDate,
    pub start: DateTime<Utc>,
    /// `as_of`: the instant everything is judged at.
    pub end: DateTime<Utc>,
}

impl Period {
    #[must_use]
    pub fn month(year: i32, month: u32) -> Self {
        Self { grain: Grain::Month, year, index: month }
    }

    #[must_use]
    pub fn day(date: NaiveDate) -> Self {
        Self { grain: Grain::Day, year: date.year(), index: date.ordinal() }
    }

    /// The date of a day, the first of January of anything else.
    fn date(self) -> NaiveDate {
        let ordinal = if self.grain == Grain::Day { self.index } else { 1 };
        NaiveDate::from_yo_opt(self.year, ordinal).unwrap_or(NaiveDate::MIN)
    }

    /// The period `count` periods of the same grain later (earlier when negative).
    #[must_use]
    pub fn shift(self, count: i32) -> Self {
        let Some(per_year) = self.per_year() else {
            return Self::day(self.date() + Duration::days(i64::from(count)));
        };
        let ordinal = self.year * per_year + i32::try_from(self.index).unwrap_or(1) - 1 + count;
        Self {
            grain: self.grain,
            year: ordinal.div_euclid(per_year),
            index: u32::try_from(ordinal.rem_euclid(per_year)).unwrap_or(0) + 1,
        }
    }

    #[must_use]
    pub fn prior(self) -> Self {
        self.shift(-1)
    }

    /// The same period a year before.
    #[must_use]
    pub fn last_year(self) -> Self {
        match self.grain {
            Grain::Day => Self::day(add_months(self.date(), -12)),
            Grain::Month | Grain::Quarter | Grain::Year => Self { year: self.year - 1, ..self },
        }
    }

    /// Periods in a year, where every year has as many.
    fn per_year(self) -> Option<i32> {
        match self.grain {
            Grain::Day => None,
            Grain::Month => Some(12),
            Grain::Quarter => Some(4),
            Grain::Year => Some(1),
        }
    }
}

impl Calendar {
    /// First month of the period as a calendar month, and how many months it has.
    fn first_month(self, period: Period) -> (Period, i32) {
        let fiscal_first = |year: i32| {
            let start_year = if self.fiscal_start == 1 { year } else { year - 1 };
            Period::month(start_year, self.fiscal_start)
        };
        match period.grain {
            Grain::Day => (Period::month(period.year, period.date().month()), 1),
            Grain::Month => (period, 1),
            Grain::Quarter => {
                let offset = 3 * (i32::try_from(period.index).unwrap_or(1) - 1);
                (fiscal_first(period.year).shift(offset), 3)
            }
            Grain::Year => (fiscal_first(period.year), 12),
        }
    }

    /// The calendar months of a period, oldest first; of a day the month it lies in.
    #[must_use]
    pub fn months(&self, period: Period) -> Vec<Period> {
        let (first, count) = self.first_month(period);
        (0..count).map(|n| first.shift(n)).collect()
    }

    #[must_use]
    pub fn span(&self, period: Period) -> Span {
        let (first, count) = self.first_month(period);
        let (start_date, end_date) = match period.grain {
            Grain::Day => (period.date(), period.date() + Duration::days(1)),
            Grain::Month | Grain::Quarter | Grain::Year => (first_day(first), first_day(first.shift(count))),
        };
        Span {
            start_date,
            last_day: end_date - Duration::days(1),
            end_date,
            start: self.midnight(start_date),
            end: self.midnight(end_date),
        }
    }

    /// Local midnight of a date as an instant: the first one where the hour repeats, the first instant
    /// after the gap where it is skipped.
    #[must_use]
    pub fn midnight(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(chrono::NaiveTime::MIN))
    }

    /// A local wall time as an instant, by the same rules as [`Calendar::midnight`].
    #[must_use]
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
            // No zone ever skipped more than one day (Samoa, 2011), so a minute-wise search ends.
            LocalResult::None => {
                let whole = local - Duration::seconds(local.second().into());
                (1..=26 * 60)
                    .find_map(|minutes| self.zone.from_local_datetime(&(whole + Duration::minutes(minutes))).earliest())
                    .map_or_else(|| Utc.from_utc_datetime(&local), |at| at.to_utc())
            }
        }
    }

    /// The local date of an instant.
    #[must_use]
    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The newest period of a grain that has ended at `now`.
    #[must_use]
    pub fn newest_complete(&self, grain: Grain, now: DateTime<Utc>) -> Period {
        let today = self.date(now);
        let mut period = match grain {
            Grain::Day => Period::day(today),
            Grain::Month | Grain::Quarter | Grain::Year => Period { grain, year: today.year() + 2, index: 1 },
        };
        while self.span(period).end > now {
            period = period.prior();
        }
        period
    }
}

/// First day of a calendar month.
fn first_day(month: Period) -> NaiveDate {
    NaiveDate::from_ymd_opt(month.year, month.index, 1).unwrap_or(NaiveDate::MIN)
}

/// A date moved by calendar months, clamped to the month's end.
#[must_use]
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let step = chrono::Months::new(months.unsigned_abs());
    if months < 0 { date.checked_sub_months(step) } else { date.checked_add_months(step) }.unwrap_or(date)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.grain {
            Grain::Day => write!(f, "{}", self.date()),
            Grain::Month => write!(f, "{:04}-{:02}", self.year, self.index),
            Grain::Quarter => write!(f, "{:04}-Q{}", self.year, self.index),
            Grain::Year => write!(f, "{:04}", self.year),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let fail = || PeriodError(text.to_owned());
        if text.len() == 10 {
            let date: NaiveDate = text.parse().map_err(|_| fail())?;
            let known = (1901..=8999).contains(&date.year()) && date.to_string() == text;
            return if known { Ok(Self::day(date)) } else { Err(fail()) };
        }
        let (year, rest) = text.split_at_checked(4).ok_or_else(fail)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte.eq_ignore_ascii_case(&b'q')) {
            return Err(fail());
        }
        let year: i32 = year.parse().map_err(|_| fail())?;
        if !(1901..=8999).contains(&year) {
            return Err(fail());
        }
        let (grain, index, most) = match rest.strip_prefix('-') {
            None if rest.is_empty() => (Grain::Year, "1", 1),
            None => return Err(fail()),
            Some(tail) => match tail.strip_prefix(['Q', 'q']) {
                Some(quarter) if quarter.len() == 1 => (Grain::Quarter, quarter, 4),
                None if tail.len() == 2 => (Grain::Month, tail, 12),
                Some(_) | None => return Err(fail()),
            },
        };
        let index: u32 = index.parse().map_err(|_| fail())?;
        if (1..=most).contains(&index) { Ok(Self { grain, year, index }) } else { Err(fail()) }
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: Tz, fiscal_start: u32) -> Calendar {
        Calendar { zone, fiscal_start }
    }

    #[test]
    fn a_label_reads_back_as_itself() {
        for label in ["2026-10", "2026-Q3", "2026", "2026-10-31", "2024-02-29"] {
            assert_eq!(label.parse::<Period>().unwrap().to_string(), label);
        }
        for wrong in [
            "",
            "2026-13",
            "2026-00",
            "2026-Q5",
            "26-10",
            "2026-1",
            "2026-10-32",
            "2026-02-29",
            "october",
            "2026-+5",
            "2026-Q+3",
            "2026-Q03",
        ] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fiscal_year_is_named_after_the_year_it_ends_in() {
        let october = calendar(chrono_tz::Europe::Berlin, 10);
        let span = october.span("2026".parse().unwrap());
        assert_eq!(span.start_date.to_string(), "2025-10-01");
        assert_eq!(span.last_day.to_string(), "2026-09-30");
        let first = october.span("2026-Q1".parse().unwrap());
        assert_eq!(
            (first.start_date.to_string(), first.last_day.to_string()),
            ("2025-10-01".into(), "2025-12-31".into())
        );
    }

    #[test]
    fn an_october_in_berlin_starts_in_summer_time_and_ends_in_winter_time() {
        let span = calendar(chrono_tz::Europe::Berlin, 1).span("2026-10".parse().unwrap());
        assert_eq!(span.start.to_rfc3339(), "2026-09-30T22:00:00+00:00");
        assert_eq!(span.end.to_rfc3339(), "2026-10-31T23:00:00+00:00");
    }

    #[test]
    fn a_skipped_midnight_is_the_first_instant_after_the_gap() {
        let beirut = calendar(chrono_tz::Asia::Beirut, 1);
        let date = NaiveDate::from_ymd_opt(2022, 3, 27).unwrap();
        assert_eq!(beirut.midnight(date).to_rfc3339(), "2022-03-26T22:00:00+00:00");
    }

    #[test]
    fn a_day_is_one_local_day() {
        let berlin = calendar(chrono_tz::Europe::Berlin, 10);
        let day: Period = "2026-10-25".parse().unwrap();
        let span = berlin.span(day);
        assert_eq!((span.end - span.start).num_hours(), 25, "the clocks go back");
        assert_eq!(span.last_day.to_string(), "2026-10-25");
        assert_eq!(berlin.months(day), ["2026-10".parse().unwrap()]);
        assert_eq!(day.shift(8).to_string(), "2026-11-02");
        assert_eq!("2024-02-29".parse::<Period>().unwrap().last_year().to_string(), "2023-02-28");
        let now = "2026-11-01T05:00:00Z".parse().unwrap();
        assert_eq!(berlin.newest_complete(Grain::Day, now).to_string(), "2026-10-31");
    }

    #[test]
    fn neighbours_cross_years() {
        let january: Period = "2026-01".parse().unwrap();
        assert_eq!(january.prior().to_string(), "2025-12");
        assert_eq!("2026-Q1".parse::<Period>().unwrap().prior().to_string(), "2025-Q4");
        assert_eq!("2026".parse::<Period>().unwrap().last_year().to_string(), "2025");
    }
}

//! Dates and times as systems write them. The order of day, month and year is decided once for a file, never per row.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::catalogue::{DateOrder, Dates};

/// Day 0 of Excel's calendar, as it counts since March 1900.
const EXCEL_EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);

const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "jän"],
    &["feb", "february", "februar"],
    &["mar", "march", "märz", "mär", "mrz"],
    &["apr", "april"],
    &["may", "mai"],
    &["jun", "june", "juni"],
    &["jul", "july", "juli"],
    &["aug", "august"],
    &["sep", "sept", "september"],
    &["oct", "october", "okt", "oktober"],
    &["nov", "november"],
    &["dec", "december", "dez", "dezember"],
];

/// A point in time as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Date(NaiveDate),
    /// Without a zone.
    Local(NaiveDateTime),
    Instant(DateTime<chrono::Utc>),
    /// `0000-00-00`, the nothing of some databases.
    Nothing,
}

/// Reads a cell in the given order; `None` is no date of that order.
pub fn moment(text: &str, dates: Option<&Dates>) -> Option<Moment> {
    let text = text.trim();
    match dates {
        Some(Dates::Formats(formats)) => {
            formats.iter().find_map(|format| formatted(text, format)).or_else(|| iso(text))
        }
        Some(Dates::Order(DateOrder::Excel)) => excel(text).or_else(|| iso(text)),
        Some(Dates::Order(DateOrder::Epoch)) => epoch(text, 1).or_else(|| iso(text)),
        Some(Dates::Order(DateOrder::EpochMs)) => epoch(text, 1_000).or_else(|| iso(text)),
        Some(Dates::Order(order @ (DateOrder::DayFirst | DateOrder::MonthFirst | DateOrder::YearFirst))) => {
            iso(text).or_else(|| parts(text)?.moment(*order))
        }
        None => iso(text).or_else(|| parts(text).filter(Parts::is_plain)?.moment(DateOrder::DayFirst)),
    }
}

/// What a cell says of its column's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// It reads alike in every order, or is no date at all.
    Silent,
    /// Day or month first, it does not tell which.
    Open,
    Only(DateOrder),
}

pub fn hint(text: &str) -> Hint {
    let text = text.trim();
    if moment(text, None).is_some() {
        return Hint::Silent;
    }
    if let Some(parts) = parts(text) {
        let fits = |order| parts.moment(order).is_some();
        // Two digits are never the year by elimination: `31/09/26` is a day that does not exist.
        let is_year_first = parts.year_at == Some(0) && fits(DateOrder::YearFirst);
        return match (fits(DateOrder::DayFirst), fits(DateOrder::MonthFirst), is_year_first) {
            (false, false, true) => Hint::Only(DateOrder::YearFirst),
            (true, true, _) if parts.numbers[0] != parts.numbers[1] => Hint::Open,
            (true, false, _) => Hint::Only(DateOrder::DayFirst),
            (false, true, _) => Hint::Only(DateOrder::MonthFirst),
            (true, true, _) | (false, false, false) => Hint::Silent,
        };
    }
    match excel(text) {
        Some(_) => Hint::Only(DateOrder::Excel),
        None => Hint::Silent,
    }
}

fn formatted(text: &str, format: &str) -> Option<Moment> {
    if let Ok(at) = DateTime::parse_from_str(text, format) {
        return Some(Moment::Instant(at.to_utc()));
    }
    if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
        return Some(Moment::Local(at));
    }
    NaiveDate::parse_from_str(text, format).ok().map(Moment::Date)
}

fn iso(text: &str) -> Option<Moment> {
    if text.starts_with("0000-00-00") {
        return Some(Moment::Nothing);
    }
    let bytes = text.as_bytes();
    // 20261031, and ISO in front of a time.
    if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) {
        return NaiveDate::parse_from_str(text, "%Y%m%d").ok().map(Moment::Date);
    }
    if bytes.len() < 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    with_time(date, text[10..].trim_start_matches(['T', 't', ' ']))
}

fn excel(text: &str) -> Option<Moment> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    if days.len() != 5 || !days.bytes().all(|b| b.is_ascii_digit()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let date = EXCEL_EPOCH?.checked_add_signed(chrono::Duration::days(days.parse().ok()?))?;
    let part: f64 = format!("0.{fraction}0").parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a day in seconds is below 86,400")]
    let seconds = (part * 86_400.0).round() as i64;
    Some(match seconds {
        0 => Moment::Date(date),
        _ => Moment::Local(date.and_time(NaiveTime::MIN) + chrono::Duration::seconds(seconds)),
    })
}

fn epoch(text: &str, per_second: i64) -> Option<Moment> {
    let count: i64 = text.parse().ok()?;
    if count == 0 {
        return Some(Moment::Nothing);
    }
    DateTime::from_timestamp_millis(count.checked_mul(1_000 / per_second)?).map(Moment::Instant)
}

/// A date in three parts and what follows it.
struct Parts<'a> {
    numbers: [u32; 3],
    /// Which part has four digits, if any.
    year_at: Option<usize>,
    month_is_word: bool,
    rest: &'a str,
}

/// `31.10.2026 08:15`, `10/31/26`, `31-Oct-2026`, `Oct 31, 2026 8:15 PM`.
fn parts(text: &str) -> Option<Parts<'_>> {
    // A weekday in front says nothing.
    let text = text.split_once(", ").filter(|(day, _)| day.chars().all(char::is_alphabetic)).map_or(text, |(_, t)| t);
    let mut numbers = [0; 3];
    let (mut year_at, mut word_at, mut rest) = (None, None, text);
    for (index, number) in numbers.iter_mut().enumerate() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters: usize = rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
        match (digits, letters) {
            (1 | 2, _) => *number = rest[..digits].parse().ok()?,
            (4, _) => {
                *number = rest[..4].parse().ok()?;
                year_at = Some(index);
            }
            (0, 1..) if word_at.is_none() => {
                let word = rest[..letters].to_lowercase();
                *number =
                    (1..).zip(MONTHS).find(|(_, names)| names.contains(&word.as_str())).map(|(month, _)| month)?;
                word_at = Some(index);
            }
            _ => return None,
        }
        rest = &rest[digits.max(if digits == 0 { letters } else { 0 })..];
        if index < 2 {
            let after = rest.trim_start_matches(['/', '.', '-', ',', ' ']);
            if after.len() == rest.len() {
                return None;
            }
            rest = after;
        }
    }
    // A word as the first part: put it where a day-first date has its month.
    match word_at {
        Some(0) => numbers.swap(0, 1),
        Some(2) => return None,
        Some(_) | None => {}
    }
    Some(Parts { numbers, year_at, month_is_word: word_at.is_some(), rest })
}

impl Parts<'_> {
    /// Every order with the year behind gives the same day.
    fn is_plain(&self) -> bool {
        self.month_is_word || (self.numbers[0] == self.numbers[1] && self.year_at == Some(2))
    }

    fn moment(&self, order: DateOrder) -> Option<Moment> {
        let [a, b, c] = self.numbers;
        // A month in letters leaves the day and the year, and a year of two digits stands behind.
        let order = match (order, self.month_is_word, self.year_at) {
            (DateOrder::DayFirst | DateOrder::MonthFirst | DateOrder::YearFirst, true, Some(0)) => DateOrder::YearFirst,
            (DateOrder::DayFirst | DateOrder::MonthFirst | DateOrder::YearFirst, true, _) => DateOrder::DayFirst,
            _ => order,
        };
        let (year, month, day) = match order {
            DateOrder::DayFirst => (c, b, a),
            DateOrder::MonthFirst => (c, a, b),
            DateOrder::YearFirst => (a, b, c),
            DateOrder::Excel | DateOrder::Epoch | DateOrder::EpochMs => return None,
        };
        let year_place = if order == DateOrder::YearFirst { 0 } else { 2 };
        let year = match self.year_at {
            Some(at) if at == year_place => year,
            Some(_) => return None,
            // As POSIX reads two digits.
            None if year < 69 => 2_000 + year,
            None => 1_900 + year,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        with_time(date, self.rest.trim_start_matches([' ', ',', 'T', 'à']).trim_start_matches("at "))
    }
}

/// The date with the time of day written behind it, with or without seconds, half of the day, zone.
fn with_time(date: NaiveDate, text: &str) -> Option<Moment> {
    let text = text.trim().trim_end_matches(" Uhr");
    let text = text.strip_suffix("(GMT)").or_else(|| text.strip_suffix("(UTC)")).map_or(text, str::trim);
    if text.is_empty() {
        return Some(Moment::Date(date));
    }
    let (text, utc) =
        match text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix(" UTC")).or_else(|| text.strip_suffix(" GMT"))
        {
            Some(head) => (head, true),
            None => (text, false),
        };
    let upper = text.replace('.', ":").replace('\u{202f}', " ").to_uppercase();
    // A fraction of a second keeps its point.
    let text = if text.matches(':').count() == 2 { text.replace('\u{202f}', " ").to_uppercase() } else { upper };
    let zone_at = text.rfind(['+', '-']).filter(|at| *at > 3);
    let (clock, offset) = zone_at.map_or((text.as_str(), None), |at| (text[..at].trim_end(), Some(&text[at..])));
    let formats = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S%.f %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(clock.trim(), format).ok())?;
    let local = date.and_time(time);
    match offset {
        None if utc => Some(Moment::Instant(local.and_utc())),
        None => Some(Moment::Local(local)),
        Some(offset) => {
            let digits: String = offset[1..].chars().filter(char::is_ascii_digit).collect();
            let hours: i64 = digits.get(..2)?.parse().ok()?;
            let minutes: i64 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
            let ahead = chrono::Duration::minutes(hours * 60 + minutes);
            let at = if offset.starts_with('-') { local + ahead } else { local - ahead };
            Some(Moment::Instant(at.and_utc()))
        }
    }
}

impl Moment {
    /// In the canonical spelling: `2026-10-31`, or with a time in UTC; midnight without a zone is a date.
    pub fn canonical(self, zone: Option<Tz>) -> Option<String> {
        let utc = |at: DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string();
        // The day from which machines count is the date of what never was.
        let is_epoch = |at: NaiveDateTime| at == DateTime::UNIX_EPOCH.naive_utc();
        match (self, zone) {
            (Self::Nothing, _) => None,
            (Self::Date(date), _) if is_epoch(date.and_time(NaiveTime::MIN)) => None,
            (Self::Local(at), _) if is_epoch(at) => None,
            (Self::Instant(at), _) if is_epoch(at.naive_utc()) => None,
            (Self::Date(date), _) => Some(date.to_string()),
            (Self::Local(at), None) => Some(at.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
            (Self::Local(at), Some(_)) if at.time() == NaiveTime::MIN => Some(at.date().to_string()),
            (Self::Local(at), Some(zone)) => {
                // The hour that the clocks skip does not exist; an hour later does.
                let local = zone.from_local_datetime(&at).earliest();
                let later = || zone.from_local_datetime(&(at + chrono::Duration::hours(1))).earliest();
                local.or_else(later).map(|at| utc(at.to_utc()))
            }
            (Self::Instant(at), _) => Some(utc(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dates: &str) -> Option<String> {
        let order = (!dates.is_empty()).then(|| toml::Value::from(dates).try_into::<Dates>().unwrap());
        moment(text, order.as_ref()).map(|moment| moment.canonical(None).unwrap_or_default())
    }

    #[test]
    fn the_order_decides_what_a_date_is() {
        for (text, order, date) in [
            ("31.10.2026", "dmy", Some("2026-10-31")),
            ("1/2/26", "dmy", Some("2026-02-01")),
            ("1/2/26", "mdy", Some("2026-01-02")),
            ("31/10/2026", "mdy", None),
            ("2026/10/31", "ymd", Some("2026-10-31")),
            ("2026/10/31", "dmy", None),
            ("20261031", "", Some("2026-10-31")),
            ("31-Oct-2026", "", Some("2026-10-31")),
            ("October 31, 2026", "", Some("2026-10-31")),
            ("Sat, 31 Oct 2026", "", Some("2026-10-31")),
            ("3. März 2026", "", Some("2026-03-03")),
            ("1/2/2026", "", None),
            ("0000-00-00 00:00:00", "", Some("")),
            ("1970-01-01 00:00:00", "", Some("")),
            ("1970-01-02", "", Some("1970-01-02")),
            ("3/3/2026", "", Some("2026-03-03")),
            ("1/1/0001 12:00:00 AM", "", Some("0001-01-01 00:00:00")),
            ("46326", "excel", Some("2026-10-31")),
            ("46326.5", "excel", Some("2026-10-31 12:00:00")),
            ("1793404800", "epoch", Some("2026-10-31T00:00:00Z")),
            ("1793404800000", "epoch_ms", Some("2026-10-31T00:00:00Z")),
            ("2026-W44", "", None),
            ("02/Oct/26 8:05 AM", "", Some("2026-10-02 08:05:00")),
            ("02/Oct/26", "mdy", Some("2026-10-02")),
            ("02/Oct/26", "ymd", Some("2026-10-02")),
            ("Oct 31, 2026", "mdy", Some("2026-10-31")),
            ("2026 Oct 31", "", Some("2026-10-31")),
            ("31/Sep/26", "", None),
            ("26/10/31", "ymd", Some("2026-10-31")),
        ] {
            assert_eq!(read(text, order).as_deref(), date, "{text} as {order}");
        }
    }

    #[test]
    fn times_and_zones_are_read_as_written() {
        for (text, stamp) in [
            ("10/31/2026 8:05:00 PM", "2026-10-31 20:05:00"),
            ("10/31/2026 12:05 AM", "2026-10-31 00:05:00"),
            ("10/31/2026 20:05", "2026-10-31 20:05:00"),
            ("2026-10-31T20:05:00.1234567Z", "2026-10-31T20:05:00.123456700Z"),
            ("2026-10-31 20:05:00.123456789", "2026-10-31 20:05:00.123456789"),
            ("2026-10-31 20:05:00 -0500", "2026-11-01T01:05:00Z"),
            ("2026-10-31T20:05:00+02:00", "2026-10-31T18:05:00Z"),
            ("2026-10-31 20:05:00 UTC", "2026-10-31T20:05:00Z"),
        ] {
            assert_eq!(read(text, "mdy").as_deref(), Some(stamp), "{text}");
        }
    }

    #[test]
    fn a_zone_moves_times_and_leaves_dates() {
        let berlin = Some(chrono_tz::Europe::Berlin);
        let spelt = |text: &str| moment(text, None).unwrap().canonical(berlin).unwrap();
        assert_eq!(spelt("2026-10-31 12:00:00"), "2026-10-31T11:00:00Z");
        assert_eq!(spelt("2026-07-31 12:00:00"), "2026-07-31T10:00:00Z");
        assert_eq!(spelt("2026-03-29 02:30:00"), "2026-03-29T01:30:00Z", "the hour that is skipped");
        assert_eq!(spelt("2026-10-31 00:00:00"), "2026-10-31");
        assert_eq!(spelt("2026-10-31T12:00:00Z"), "2026-10-31T12:00:00Z");
    }

    #[test]
    fn a_cell_tells_the_order_or_does_not() {
        assert_eq!(hint("31/10/2026"), Hint::Only(DateOrder::DayFirst));
        assert_eq!(hint("10/31/2026"), Hint::Only(DateOrder::MonthFirst));
        assert_eq!(hint("1/2/2026"), Hint::Open);
        assert_eq!(hint("3/3/2026"), Hint::Silent);
        assert_eq!(hint("2026/10/31"), Hint::Only(DateOrder::YearFirst));
        assert_eq!(hint("2026-10-31"), Hint::Silent);
        assert_eq!(hint("46326"), Hint::Only(DateOrder::Excel));
        assert_eq!(hint("31/Sep/26"), Hint::Silent, "a day that does not exist tells no order");
        assert_eq!(hint("31/09/26"), Hint::Silent);
        assert_eq!(hint("32.10.2026"), Hint::Silent);
        assert_eq!(hint("n/a"), Hint::Silent);
    }
}

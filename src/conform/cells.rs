//! One cell's text to one value. A text that is no such value is an error, never a guess.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use rust_decimal::Decimal;

/// Dates outside these years are sentinels and count as empty.
const FIRST_YEAR: i32 = 1901;
const LAST_YEAR: i32 = 8999;

/// A readable cell that stands for nothing, or for a value.
pub type Cell<T> = Result<Option<T>, ()>;

/// Days since 1970-01-01.
pub fn date(text: &str, zone: Tz) -> Cell<i32> {
    if let Some(date) = plain_date(text) {
        return Ok(days(date));
    }
    match moment(text).ok_or(())? {
        // Midnight without a zone is how systems export a date.
        (local, None) if local.time() == NaiveTime::MIN => Ok(days(local.date())),
        (local, offset) => {
            let instant = local - chrono::Duration::seconds(i64::from(offset.unwrap_or(0)));
            Ok(days(instant.and_utc().with_timezone(&zone).date_naive()))
        }
    }
}

/// Microseconds since 1970-01-01 00:00 UTC; a text without a zone is UTC.
pub fn stamp(text: &str) -> Cell<i64> {
    let (local, offset) = match plain_date(text) {
        Some(date) => (date.and_time(NaiveTime::MIN), None),
        None => moment(text).ok_or(())?,
    };
    Ok(in_range(local.date())
        .then(|| (local - chrono::Duration::seconds(i64::from(offset.unwrap_or(0)))).and_utc().timestamp_micros()))
}

fn days(date: NaiveDate) -> Option<i32> {
    in_range(date).then(|| date.to_epoch_days())
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// Days since 1970-01-01 that are no sentinels.
pub fn days_that_count() -> RangeInclusive<i32> {
    let first_of = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).map_or(0, |day| day.to_epoch_days());
    first_of(FIRST_YEAR)..=first_of(LAST_YEAR + 1) - 1
}

/// Microseconds since 1970-01-01 UTC that are no sentinels.
pub fn instants_that_count() -> RangeInclusive<i64> {
    let days = days_that_count();
    i64::from(*days.start()) * DAY..=(i64::from(*days.end()) + 1) * DAY - 1
}

pub fn in_range(date: NaiveDate) -> bool {
    (FIRST_YEAR..=LAST_YEAR).contains(&chrono::Datelike::year(&date))
}

fn plain_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes[range].iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)
}

/// A local time with its offset in seconds, where it has one.
type Moment = (NaiveDateTime, Option<i32>);

fn moment(text: &str) -> Option<Moment> {
    plain_moment(text).or_else(|| any_moment(text))
}

/// `2026-10-31 22:00:00`, `2026-10-31T22:00:00.000Z`, `2026-10-31T22:00:00+01:00`: nearly all are written so, and chrono's
/// formats are read anew for each.
fn plain_moment(text: &str) -> Option<Moment> {
    let (date, clock) = text.split_at_checked(10)?;
    let [b' ' | b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = clock.as_bytes() else { return None };
    let (nanos, rest) = match rest {
        [b'.', rest @ ..] => nanos(rest)?,
        _ => (0, rest),
    };
    let offset = match rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
            (hours < 24 && minutes < 60).then_some(())?;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => return None,
    };
    let clock = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
    Some((plain_date(date)?.and_hms_nano_opt(clock.0, clock.1, clock.2, nanos)?, offset))
}

/// A number of two digits.
fn two(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// Nanoseconds from the digits behind a point, and what follows them.
fn nanos(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at(digits);
    // More digits than nanoseconds have are left to the formats.
    let behind = 9_u32.checked_sub(u32::try_from(digits).ok()?).filter(|_| digits > 0)?;
    let whole = fraction.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some((whole * 10_u32.pow(behind), rest))
}

fn any_moment(text: &str) -> Option<Moment> {
    let text = text.strip_suffix(" UTC").map_or_else(|| text.to_owned(), |head| format!("{head}Z"));
    let text = text.replacen('T', " ", 1).replacen('t', " ", 1);
    for format in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"] {
        if let Ok(at) = DateTime::parse_from_str(&text.replace(['Z', 'z'], "+00:00"), format) {
            return Some((at.naive_local(), Some(at.offset().local_minus_utc())));
        }
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .map(|local| (local, None))
}

/// `2026-10`, from itself or from a date of the month.
pub fn month(text: &str, zone: Tz) -> Cell<String> {
    use chrono::Datelike;
    let of = |date: NaiveDate| crate::period::Period::month(date.year(), date.month()).to_string();
    match text.parse::<crate::period::Period>() {
        Ok(period) if period.grain == crate::period::Grain::Month => Ok(Some(period.to_string())),
        _ => Ok(date(text, zone)?.and_then(NaiveDate::from_epoch_days).map(of)),
    }
}

pub fn boolean(text: &str) -> Cell<bool> {
    let is_one_of = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["true", "t", "1", "1.0", "yes", "y"]) {
        Ok(Some(true))
    } else if is_one_of(["false", "f", "0", "0.0", "no", "n"]) {
        Ok(Some(false))
    } else {
        Err(())
    }
}

pub fn number(text: &str) -> Cell<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Some).ok_or(())
}

pub fn integer(text: &str) -> Cell<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Some(whole));
    }
    // Sheets and floats write whole numbers with an empty fraction.
    decimal(text)?.filter(Decimal::is_integer).and_then(|whole| i64::try_from(whole).ok()).map(Some).ok_or(())
}

pub fn decimal(text: &str) -> Cell<Decimal> {
    text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text)).map(Some).map_err(|_| ())
}

/// A serial as it is compared: upper case, letters and digits only; a placeholder is no serial.
pub fn serial_key<'a>(serial: &'a str, placeholders: &[String]) -> Option<Cow<'a, str>> {
    // Serials are many and most are written as they are compared.
    let key = if serial.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        Cow::Borrowed(serial)
    } else {
        Cow::Owned(serial.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect())
    };
    let first = key.bytes().next()?;
    let same = b"01XF".contains(&first) && key.bytes().all(|letter| letter == first);
    (!same && !placeholders.iter().any(|placeholder| *placeholder == key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn date_of(text: &str) -> Cell<String> {
        date(text, BERLIN).map(|day| day.and_then(NaiveDate::from_epoch_days).map(|date| date.to_string()))
    }

    fn stamp_of(text: &str) -> Cell<String> {
        stamp(text).map(|at| at.and_then(DateTime::from_timestamp_micros).map(|at| at.to_rfc3339()))
    }

    #[test]
    fn dates_are_dates_and_instants_become_local_dates() {
        assert_eq!(date_of("2026-10-31"), Ok(Some("2026-10-31".into())));
        assert_eq!(date_of("2026-10-31 00:00:00"), Ok(Some("2026-10-31".into())));
        assert_eq!(date_of("2026-10-31T23:30:00Z"), Ok(Some("2026-11-01".into())));
        assert_eq!(date_of("31.10.2026"), Err(()));
        assert_eq!(date_of("2026-02-30"), Err(()));
    }

    #[test]
    fn sentinels_are_empty() {
        for text in ["1899-12-30", "1900-12-31", "9000-01-01", "9999-12-31"] {
            assert_eq!(date_of(text), Ok(None), "{text}");
            assert_eq!(stamp_of(&format!("{text}T00:00:00Z")), Ok(None), "{text}");
        }
        assert!(matches!(date_of("1901-01-01"), Ok(Some(_))));
        assert!(matches!(date_of("8999-12-31"), Ok(Some(_))));
    }

    #[test]
    fn a_stamp_without_a_zone_is_utc() {
        for text in [
            "2026-10-31T22:00:00Z",
            "2026-10-31 22:00:00",
            "2026-11-01T00:00:00+02:00",
            "2026-10-31 22:00:00.000000000",
            "2026-11-01T00:00:00+0200",
            "2026-10-31T22:00Z",
        ] {
            assert_eq!(stamp_of(text), Ok(Some("2026-10-31T22:00:00+00:00".into())), "{text}");
        }
        assert_eq!(stamp_of("yesterday"), Err(()));
    }

    #[test]
    fn a_moment_written_plainly_is_what_it_is_by_its_format() {
        let dates = ["2026-10-31", "2026-02-30", "0001-01-01", "9999-12-31", "2026-1-31", "+026-10-31"];
        let clocks = ["00:00:00", "23:59:59", "24:00:00", "22:60:00", "22:00:60", "22:00:61", "2a:00:00", "1 :00:00"];
        let offsets = ["+01:00", "-0530", "-00:00", "+23:59", "+24:00", "+01:60", "+1:00", "+01", "+01:000", "±01:00"];
        for (date, clock) in dates.iter().flat_map(|date| clocks.map(|clock| (date, clock))) {
            let ends = [(" ", ""), ("T", "Z"), ("t", "z"), (" ", " "), ("T", "é"), ("x", "")];
            for (between, behind) in ends.into_iter().chain(offsets.map(|offset| ("T", offset))) {
                for fraction in ["", ".5", ".000000", ".123456789", ".1234567891", ".", ".x"] {
                    let text = format!("{date}{between}{clock}{fraction}{behind}");
                    let plain = plain_moment(&text);
                    assert!(plain.is_none() || plain == any_moment(&text), "{text}");
                }
            }
        }
        for clock in
            [" 22:00:00", "T22:00:00Z", "T22:00:00.000Z", " 22:00:00.000000", "T22:00:00+01:00", "T22:00:00.5-0530"]
        {
            assert!(plain_moment(&format!("2026-10-31{clock}")).is_some(), "{clock}");
        }
    }

    #[test]
    fn placeholders_are_no_serials() {
        let placeholders = ["NA".to_owned(), "TOBEFILLEDBYOEM".to_owned()];
        for serial in ["", "--", "n/a", "To be filled by O.E.M.", "0000", "xxXX", "1", "ff-ff"] {
            assert_eq!(serial_key(serial, &placeholders), None, "{serial}");
        }
        assert_eq!(serial_key("sn 12-ab", &placeholders), Some("SN12AB".into()));
        assert_eq!(serial_key("SN12AB", &placeholders), Some("SN12AB".into()));
        assert_eq!(serial_key("straße 7", &placeholders), Some("STRASSE7".into()));
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        assert_eq!(decimal("1234.56").map(|d| d.map(|d| d.to_string())), Ok(Some("1234.56".into())));
        assert_eq!(decimal("1.5e3").map(|d| d.map(|d| d.normalize().to_string())), Ok(Some("1500".into())));
        assert_eq!(integer("12.0"), Ok(Some(12)));
        for wrong in ["12.5", "twelve", "1,5", "NaN"] {
            assert_eq!(integer(wrong), Err(()), "{wrong}");
        }
        assert_eq!(number("inf"), Err(()));
    }
}

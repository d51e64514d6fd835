//! Numbers to words: one formatter, half-even, that refuses to round a miss into a hit.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::money;

/// How a value is printed and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A fraction, printed in per cent.
    Ratio,
    Money,
    /// Per 100 assets.
    Per100,
    Days,
    Hours,
    Count,
    /// Printed `1:x`.
    OneTo,
}

/// Which way is good for the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Higher,
    Lower,
    /// Best near zero.
    Zero,
    /// Best inside a band.
    Band,
}

/// Separators and signs of a reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    English,
    German,
}

/// Printed where there is nothing to print.
pub const NONE: &str = "–";
const NBSP: char = '\u{a0}';

impl Locale {
    #[must_use]
    pub fn of(language: &str) -> Self {
        if language.starts_with("de") { Self::German } else { Self::English }
    }

    fn decimal(self) -> char {
        match self {
            Self::English => '.',
            Self::German => ',',
        }
    }

    fn group(self) -> char {
        match self {
            Self::English => ',',
            Self::German => '.',
        }
    }

    fn per(self) -> &'static str {
        match self {
            Self::English => "per",
            Self::German => "je",
        }
    }

    /// The unit of a rate's change.
    fn points(self) -> &'static str {
        match self {
            Self::English => "pp",
            Self::German => "PP",
        }
    }

    /// The letter behind a change that is good for the business, or bad for it.
    #[must_use]
    pub fn mark(self, favourable: bool) -> &'static str {
        match (self, favourable) {
            (Self::English, true) => "F",
            (Self::German, true) => "G",
            (Self::English | Self::German, false) => "U",
        }
    }

    fn days(self) -> &'static str {
        match self {
            Self::English => "days",
            Self::German => "Tage",
        }
    }

    fn days_short(self) -> &'static str {
        match self {
            Self::English => "d",
            Self::German => "Tage",
        }
    }

    /// The words for thousands, millions and billions of an amount.
    #[must_use]
    pub fn steps(self) -> [&'static str; 3] {
        match self {
            Self::English => ["k", "m", "bn"],
            Self::German => ["Tsd.", "Mio.", "Mrd."],
        }
    }
}

/// A number with a fixed count of decimals and thousands separators; minus is U+2212.
#[must_use]
pub fn grouped(value: Decimal, places: u32, locale: Locale) -> String {
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
    let plain = format!("{:.*}", places as usize, rounded.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(locale.group());
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(locale.decimal());
        text.push_str(fraction);
    }
    if rounded.is_sign_negative() && !rounded.is_zero() { format!("−{text}") } else { text }
}

/// A number with so many significant digits, at least those before the separator.
#[must_use]
pub fn significant(value: Decimal, digits: u32, locale: Locale) -> String {
    let mut places = digits.saturating_sub(1);
    let mut limit = Decimal::TEN;
    // Half a last place below the power of ten already rounds up to it.
    while places > 0 && value.abs().round_dp(places) >= limit {
        places -= 1;
        limit *= Decimal::TEN;
    }
    grouped(value, places, locale)
}

/// `64.2 %`; near a limit with as many decimals as it takes to stay on its side.
#[must_use]
pub fn percent(fraction: Decimal, limits: &[Decimal], locale: Locale) -> String {
    let value = fraction * Decimal::ONE_HUNDRED;
    let side =
        |value: Decimal| limits.iter().map(|limit| value.cmp(&(*limit * Decimal::ONE_HUNDRED))).collect::<Vec<_>>();
    let truth = side(value);
    for places in 1..=6 {
        if side(value.round_dp(places)) == truth {
            return format!("{}{NBSP}%", grouped(value, places, locale));
        }
    }
    format!("{}{NBSP}%", grouped(value.trunc_with_scale(6), 6, locale))
}

/// `+1.2 pp`: rates move in percentage points.
#[must_use]
pub fn points(change: Decimal, locale: Locale) -> String {
    let value = (change * Decimal::ONE_HUNDRED).round_dp(1);
    format!("{}{NBSP}{}", with_sign(value, 1, locale), locale.points())
}

/// `+1.2 %`: a share with its sign.
#[must_use]
pub fn signed_percent(share: Decimal, locale: Locale) -> String {
    let value = (share * Decimal::ONE_HUNDRED).round_dp(1);
    format!("{}{NBSP}%", with_sign(value, 1, locale))
}

fn with_sign(value: Decimal, places: u32, locale: Locale) -> String {
    let text = grouped(value, places, locale);
    if value > Decimal::ZERO { format!("+{text}") } else { text }
}

/// A KPI's value in its unit; `limits` are the edges it must not be rounded across.
#[must_use]
pub fn value(value: Decimal, unit: Unit, limits: &[Decimal], currency: &str, locale: Locale) -> String {
    match unit {
        Unit::Ratio => percent(value, limits, locale),
        Unit::Money => money::short(value, currency, locale),
        Unit::Per100 => format!("{} {}{NBSP}100", significant(value, 3, locale), locale.per()),
        Unit::Days => format!("{}{NBSP}{}", significant(value, 3, locale), locale.days()),
        Unit::Hours => format!("{}{NBSP}h", significant(value, 3, locale)),
        Unit::Count => count(value, locale),
        Unit::OneTo => format!("1:{}", grouped(value, 2, locale)),
    }
}

/// `1,204`; shares of seats keep one decimal where they are not whole.
#[must_use]
pub fn count(value: Decimal, locale: Locale) -> String {
    grouped(value, u32::from(!value.round_dp(1).is_integer() && value.abs() < Decimal::from(100)), locale)
}

/// A change in the unit's own measure: points for rates, money for money.
#[must_use]
pub fn change(change: Decimal, unit: Unit, currency: &str, locale: Locale) -> String {
    match unit {
        Unit::Ratio => points(change, locale),
        Unit::Money => money::signed(change, currency, locale),
        Unit::Per100 | Unit::OneTo => with_sign(change.round_dp(2), 2, locale),
        Unit::Days => format!("{}{NBSP}{}", with_sign(change.round_dp(1), 1, locale), locale.days_short()),
        Unit::Hours => format!("{}{NBSP}h", with_sign(change.round_dp(1), 1, locale)),
        Unit::Count => with_sign(change.round_dp(0), 0, locale),
    }
}

/// Whether a change is good for the business; `None` when it is neither.
#[must_use]
pub fn favourable(before: Decimal, after: Decimal, direction: Direction) -> Option<bool> {
    let change = match direction {
        Direction::Higher => after - before,
        Direction::Lower => before - after,
        Direction::Zero => before.abs() - after.abs(),
        Direction::Band => Decimal::ZERO,
    };
    if change.is_zero() { None } else { Some(change > Decimal::ZERO) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn check_percent(fraction: &str, limit: &str, expect: &str) {
        assert_eq!(percent(d(fraction), &[d(limit)], Locale::English).replace(NBSP, " "), expect, "{fraction}");
    }

    #[test]
    fn a_miss_is_never_printed_as_a_hit() {
        check_percent("0.9496", "0.95", "94.96 %");
        check_percent("0.94999999", "0.95", "94.999999 %");
        check_percent("0.95", "0.95", "95.0 %");
        check_percent("0.0200", "0.02", "2.0 %");
        check_percent("0.02001", "0.02", "2.001 %");
        check_percent("0.642", "0.8", "64.2 %");
        check_percent("0.9499999999", "0.95", "94.999999 %");
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(grouped(d("0.25"), 1, Locale::English), "0.2");
        assert_eq!(grouped(d("0.35"), 1, Locale::English), "0.4");
    }

    #[test]
    fn separators_are_the_readers() {
        assert_eq!(grouped(d("1234567.891"), 2, Locale::English), "1,234,567.89");
        assert_eq!(grouped(d("-1234567.891"), 2, Locale::German), "−1.234.567,89");
        assert_eq!(grouped(d("-0.001"), 2, Locale::English), "0.00");
    }

    #[test]
    fn units_are_the_readers() {
        let text = |unit, locale| value(d("12.34"), unit, &[], "EUR", locale).replace(NBSP, " ");
        assert_eq!(text(Unit::Days, Locale::English), "12.3 days");
        assert_eq!(text(Unit::Days, Locale::German), "12,3 Tage");
        assert_eq!(text(Unit::Per100, Locale::German), "12,3 je 100");
    }

    #[test]
    fn three_significant_digits() {
        for (value, expect) in
            [("1.2345", "1.23"), ("12.345", "12.3"), ("9.996", "10.0"), ("99.96", "100"), ("1234.5", "1,234")]
        {
            assert_eq!(significant(d(value), 3, Locale::English), expect, "{value}");
        }
    }

    #[test]
    fn good_and_bad_are_for_the_business() {
        assert_eq!(favourable(d("0.9"), d("0.8"), Direction::Higher), Some(false));
        assert_eq!(favourable(d("0.9"), d("0.8"), Direction::Lower), Some(true));
        assert_eq!(favourable(d("-0.1"), d("0.05"), Direction::Zero), Some(true));
        assert_eq!(favourable(d("1"), d("1"), Direction::Lower), None);
    }
}

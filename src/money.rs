//! Money in the reporting currency, as a business reader reads it.

use rust_decimal::Decimal;

use crate::quantity::{Locale, grouped, significant};

/// `EUR 1.24 m`, `EUR 86.4 k`, `EUR 864`: three significant digits for executives. In German `1,24 Mio. EUR`.
#[must_use]
pub fn short(amount: Decimal, currency: &str, locale: Locale) -> String {
    let size = amount.abs();
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "−" } else { "" };
    let [thousands, millions, billions] = locale.steps();
    // 999,950 would print as 1,000 k: the step up happens where rounding does.
    for (unit, floor, step) in
        [(billions, 999_500_000_i64, 1_000_000_000_i64), (millions, 999_500, 1_000_000), (thousands, 9_995, 1_000)]
    {
        if size >= Decimal::from(floor) {
            let figure = format!("{}\u{a0}{unit}", significant(size / Decimal::from(step), 3, locale));
            return placed(sign, &figure, currency, locale);
        }
    }
    placed(sign, &grouped(size, 0, locale), currency, locale)
}

/// The currency where the reader's language has it: before the figure or behind it.
fn placed(sign: &str, figure: &str, currency: &str, locale: Locale) -> String {
    match locale {
        Locale::English => format!("{sign}{currency}\u{a0}{figure}"),
        Locale::German => format!("{sign}{figure}\u{a0}{currency}"),
    }
}

/// `+EUR 12.0 k`: with an explicit sign.
#[must_use]
pub fn signed(amount: Decimal, currency: &str, locale: Locale) -> String {
    let text = short(amount, currency, locale);
    if amount > Decimal::ZERO { format!("+{text}") } else { text }
}

/// `EUR 1,234,567.89`: exact to the cent.
#[must_use]
pub fn exact(amount: Decimal, currency: &str, locale: Locale) -> String {
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "−" } else { "" };
    placed(sign, &grouped(amount.abs(), 2, locale), currency, locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amount: &str, expect: &str) {
        assert_eq!(short(amount.parse().unwrap(), "EUR", Locale::English).replace('\u{a0}', " "), expect, "{amount}");
    }

    #[test]
    fn money_has_three_significant_digits() {
        check("0", "EUR 0");
        check("864.4", "EUR 864");
        check("9994", "EUR 9,994");
        check("9995", "EUR 10.0 k");
        check("86400", "EUR 86.4 k");
        check("999499", "EUR 999 k");
        check("999500", "EUR 1.00 m");
        check("1236000", "EUR 1.24 m");
        check("4100000000", "EUR 4.10 bn");
        check("-86400", "−EUR 86.4 k");
    }

    #[test]
    fn german_readers_get_their_own_steps() {
        let text = |amount: &str| short(amount.parse().unwrap(), "EUR", Locale::German).replace('\u{a0}', " ");
        assert_eq!(text("86400"), "86,4 Tsd. EUR");
        assert_eq!(text("1236000"), "1,24 Mio. EUR");
        assert_eq!(text("9994"), "9.994 EUR");
        assert_eq!(text("-1236000"), "−1,24 Mio. EUR");
    }
}

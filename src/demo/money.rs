//! Currencies: what the foreign ones are worth, month by month.

use chrono::{Datelike, Months, NaiveDate};

use super::DemoError;
use super::dice::{Dice, real_i64, whole};
use super::files::Night;

/// Months of rates delivered before the month of the night.
const HISTORY_MONTHS: u32 = 72;

/// The foreign currencies and their usual worth in the reporting currency.
const CURRENCIES: [(&str, f64); 2] = [("USD", 0.92), ("GBP", 1.16)];

/// An amount of the reporting currency in another one, at its usual worth; cents to cents.
pub(super) fn euros_in(currency: &str, cents: i64) -> i64 {
    let worth = CURRENCIES.iter().find(|(code, _)| *code == currency).map_or(1.0, |(_, worth)| *worth);
    whole(real_i64(cents) / worth)
}

/// The whole table as known at the night: average and closing rates up to its month.
pub(super) fn write(seed: u64, night: &mut Night) -> Result<(), DemoError> {
    let date = night.date;
    night.write("fx_rates", &["period", "currency", "average_rate", "closing_rate"], |sheet| {
        for ago in (0..=HISTORY_MONTHS).rev() {
            let Some(month) = date.with_day(1).and_then(|first| first.checked_sub_months(Months::new(ago))) else {
                continue;
            };
            for (index, (currency, worth)) in (0_u64..).zip(CURRENCIES) {
                let opening = closing(seed, index, worth, month - Months::new(1));
                let closing = closing(seed, index, worth, month);
                let average = f64::midpoint(opening, closing) + wobble(seed, index + 7, month, 0.002);
                sheet
                    .row()
                    .show(month.format("%Y-%m"))
                    .text(currency)
                    .show(format_args!("{average:.4}"))
                    .show(format_args!("{closing:.4}"))
                    .end()?;
            }
        }
        Ok(())
    })
}

/// The rate at a month's end: around the usual worth in slow waves, with a little noise, the same from every night.
fn closing(seed: u64, currency: u64, worth: f64, month: NaiveDate) -> f64 {
    let months = f64::from(month.year() * 12) + f64::from(month.month0());
    let shift = real_i64(i64::try_from(currency).unwrap_or(0)) * 5.0;
    // triangle waves of 19 and 47 months: no library sine, so every machine writes the same digits
    let wave = |length: f64| ((months + shift).rem_euclid(length) / length - 0.5).abs() * 4.0 - 1.0;
    worth * (1.0 + 0.022 * wave(19.0) + 0.025 * wave(47.0)) + wobble(seed, currency, month, 0.006)
}

fn wobble(seed: u64, currency: u64, month: NaiveDate, size: f64) -> f64 {
    let months = u64::try_from(month.year() * 12).unwrap_or(0) + u64::from(month.month0());
    Dice::new(seed ^ 0xF0_F0, months * 16 + currency).within(-size, size)
}

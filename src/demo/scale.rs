//! The scale estate: one night of every dataset, as large as asked for. Nothing is simulated: each cell follows from
//! the seed, the row's number and a salt, so rows of different datasets agree without any of them being kept.

mod ledgers;
mod parquet;
mod snapshots;

use std::path::Path;

use chrono::{Datelike, Months, NaiveDate};

use super::dice::{plus, real_i64};
use super::{DemoError, Estate, Generated};

/// Units at the top of the tree; the others stand below them.
const DIVISIONS: u64 = 8;
const SECONDS_PER_DAY: i64 = 86_400;
/// Months of ledger rows that the night brings.
const MONTHS: u32 = 13;
const INDUSTRIES: [&str; 4] = ["corporate", "healthcare", "manufacturing", "education"];
const FOREIGN: [&str; 2] = ["USD", "GBP"];

/// What every row follows from.
struct Scale {
    seed: u64,
    assets: u64,
    units: u64,
    night: NaiveDate,
}

impl Scale {
    /// A number of 64 bits, the same for the same row and salt (splitmix64).
    fn draw(&self, salt: u64, row: u64) -> u64 {
        let mixed = self.seed ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ row.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `low` up to `high`, both included.
    fn between(&self, salt: u64, row: u64, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low) + 1;
        low + i64::try_from(self.draw(salt, row) % span).unwrap_or(0)
    }

    /// Whether the row is one of `share` in a hundred.
    fn percent(&self, salt: u64, row: u64, share: u64) -> bool {
        self.draw(salt, row) % 100 < share
    }

    fn pick<T: Copy>(&self, salt: u64, row: u64, items: &[T]) -> Option<T> {
        let count = u64::try_from(items.len()).unwrap_or(1).max(1);
        items.get(usize::try_from(self.draw(salt, row) % count).unwrap_or(0)).copied()
    }

    /// A day of the `days` up to the night.
    fn day(&self, salt: u64, row: u64, days: i64) -> NaiveDate {
        plus(self.night, -self.between(salt, row, 0, days))
    }

    /// Seconds since 1970 of an instant in the `days` up to the night.
    fn moment(&self, salt: u64, row: u64, days: i64) -> i64 {
        self.cut() - self.between(salt, row, 60, days * SECONDS_PER_DAY)
    }

    /// The instant the night is taken; what comes later is not known yet.
    fn cut(&self) -> i64 {
        i64::from(self.night.to_epoch_days()) * SECONDS_PER_DAY + 20 * 3_600
    }

    fn is_past(&self, at: i64) -> bool {
        at <= self.cut()
    }

    /// Labels of the months that ledgers cover.
    fn months(&self) -> Vec<String> {
        let first = self.night.with_day(1).unwrap_or(self.night);
        (0..MONTHS).map(|ago| (first - Months::new(ago)).format("%Y-%m").to_string()).collect()
    }

    /// The unit of an asset's rows in all datasets; a few have one that nobody knows.
    fn unit_of(&self, asset: u64) -> Option<String> {
        match self.draw(1, asset) % 1_000 {
            0 => None,
            1 => Some("OLD".to_owned()),
            number => Some(self.leaf(number)),
        }
    }

    fn unit(&self, number: u64) -> String {
        format!("UNIT-{:02}", number % self.units)
    }

    /// A unit that has none below it.
    fn leaf(&self, number: u64) -> String {
        self.unit(DIVISIONS + number % (self.units - DIVISIONS))
    }

    fn currency_of(&self, row: u64) -> &'static str {
        self.pick(2, row, &["EUR", "EUR", "EUR", "EUR", "USD", "GBP"]).unwrap_or("EUR")
    }

    fn people(&self) -> u64 {
        self.assets / 2 + 1
    }
}

fn asset_id(number: u64) -> String {
    format!("A{number:09}")
}

fn person_id(number: u64) -> String {
    format!("P{number:08}")
}

pub(super) fn write(estate: &Estate, units: u32, out: &Path) -> Result<Generated, DemoError> {
    let first = estate.last_month.with_day(1).unwrap_or(estate.last_month);
    let night = plus(first + Months::new(1), -1);
    let scale = Scale { seed: estate.seed, assets: u64::from(estate.assets), units: u64::from(units), night };
    let written = [references(&scale, out)?, snapshots::write(&scale, out)?, ledgers::write(&scale, out)?];
    let files = written.iter().map(Vec::len).sum();
    Ok(Generated { nights: vec![night], files, rows: written.iter().flatten().sum() })
}

/// Units, classes and rates; the rows written of each.
fn references(scale: &Scale, out: &Path) -> Result<Vec<u64>, DemoError> {
    use super::classes::CLASSES;
    let write = |dataset: &str, rows: u64, fill: &dyn Fn(parquet::Columns) -> Result<parquet::Columns, DemoError>| {
        parquet::write(out, dataset, scale.night, rows, fill)
    };
    let class = |row: u64| usize::try_from(row).ok().and_then(|row| CLASSES.get(row));
    let months = scale.months();
    let month = |row: u64| usize::try_from(row / 2).ok().and_then(|row| months.get(row)).cloned();
    let worth = |salt: u64, row: u64| 0.85 + 0.30 * real_i64(scale.between(salt, row, 0, 1_000)) / 1_000.0;
    Ok(vec![
        write("business_units", scale.units, &|columns| {
            Ok(columns
                .text("business_unit", |row| Some(scale.unit(row)))
                .text("name", |row| Some(format!("Unit {row}")))
                .text("parent", |row| (row >= DIVISIONS).then(|| scale.unit(row % DIVISIONS)))
                .text("industry", |row| scale.pick(3, row, &INDUSTRIES)))
        })?,
        write("asset_classes", u64::try_from(CLASSES.len()).unwrap_or(0), &|columns| {
            Ok(columns
                .text("asset_class", |row| class(row).map(|class| class.code))
                .number("refresh_years", |row| class(row).map_or(5.0, |class| real_i64(class.refresh_years)))
                .yes("has_telemetry", |row| class(row).is_some_and(|class| class.telemetry))
                .yes("personal", |row| class(row).is_some_and(|class| class.personal))
                .yes("data_bearing", |row| class(row).is_some_and(|class| class.data_bearing))
                .money("list_price", |row| class(row).map(|class| class.list_price * 100))
                .text("currency", |_| Some("EUR")))
        })?,
        write("fx_rates", u64::from(MONTHS) * 2, &|columns| {
            Ok(columns
                .text("period", month)
                .text("currency", |row| FOREIGN.get(usize::from(row % 2 == 1)).copied())
                .number("average_rate", |row| worth(4, row))
                .number("closing_rate", |row| worth(5, row)))
        })?,
    ])
}

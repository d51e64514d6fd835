//! Drivers of a budget variance: volume, price, mix, timing, and what the budget itself set otherwise.
//!
//! Budgets have an amount and no count, so volume, price and mix are measured against the same period a year ago:
//! **volume** is more or fewer cost lines at that year's mean amount, **price** the mean amount of a line within its
//! category, **mix** the shift between categories. What is left, last year's spend less this year's budget, is the
//! budget's own part; of it **timing** is what the fiscal year to date takes back: an overspend as far as earlier
//! periods were under budget, and the other way round. Lines still pending are no part of a variance of posted lines.
//! A category without lines in one of the two periods has no mean to compare: all of it is mix.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Key, Scorecard};
use crate::period::Period;

/// Where actual, budget and cost lines stand by category.
const KPI: &str = "budget_variance";
/// Decimal places of the parts that are divided.
const PLACES: u32 = 15;

/// Cost lines of a category: how many, and their amount.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Lines {
    pub count: Decimal,
    pub amount: Decimal,
}

/// A budget variance by what caused it; amounts in the reporting currency, positive over budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Drivers {
    pub variance: Decimal,
    /// `None` without spend a year ago.
    pub year: Option<OnYear>,
    /// `None` where an earlier period of the fiscal year has no figure, or there is none.
    pub timing: Option<Decimal>,
    /// What the other parts leave of the variance.
    pub budget: Decimal,
    /// Variance of the fiscal year before the period.
    pub before: Option<Decimal>,
}

/// The change of spend on the same period a year ago.
#[derive(Debug, Clone, PartialEq)]
pub struct OnYear {
    pub volume: Decimal,
    pub price: Decimal,
    pub mix: Decimal,
    pub lines: Decimal,
    pub lines_before: Decimal,
}

impl Drivers {
    /// The parts; they add up to the variance exactly.
    #[must_use]
    pub fn sum(&self) -> Decimal {
        let year = self.year.as_ref().map_or(Decimal::ZERO, |year| year.volume + year.price + year.mix);
        year + self.timing.unwrap_or_default() + self.budget
    }
}

/// The drivers of the budget variance at a unit; `earlier` are the periods of the fiscal year before the one scored.
#[must_use]
pub fn drivers(card: &Scorecard, unit: &str, earlier: &[Period]) -> Option<Drivers> {
    let variance = |period: Period| {
        let cells = card.history.get(&period)?;
        cells.get(KPI, &Key { companion: String::new(), unit: unit.to_owned(), member: String::new() })?.numerator
    };
    let before =
        earlier.iter().map(|period| variance(*period)).sum::<Option<Decimal>>().filter(|_| !earlier.is_empty());
    let then = lines(card, unit, card.period.last_year());
    Some(split(variance(card.period)?, &lines(card, unit, card.period), &then, before))
}

/// Cost lines by category, those without any left out.
fn lines(card: &Scorecard, unit: &str, period: Period) -> BTreeMap<String, Lines> {
    let of_unit = card.history.get(&period).into_iter().flat_map(|cells| cells.members(KPI, unit));
    let lines = of_unit.map(|(key, cell)| {
        let amount = cell.numerator.unwrap_or_default() + cell.denominator.unwrap_or_default();
        (key.member.clone(), Lines { count: cell.rows.unwrap_or_default(), amount })
    });
    lines.filter(|(_, lines)| !lines.count.is_zero()).collect()
}

fn split(
    variance: Decimal,
    now: &BTreeMap<String, Lines>,
    then: &BTreeMap<String, Lines>,
    before: Option<Decimal>,
) -> Drivers {
    let year = on_year(now, then);
    let timing = before.map(|before| taken_back(variance, before));
    let named = year.as_ref().map_or(Decimal::ZERO, |year| year.volume + year.price + year.mix);
    Drivers { variance, budget: variance - named - timing.unwrap_or_default(), year, timing, before }
}

/// As much of a variance as earlier ones of the other sign cover.
fn taken_back(variance: Decimal, before: Decimal) -> Decimal {
    let covered = variance.abs().min(before.abs());
    match (variance > Decimal::ZERO, before > Decimal::ZERO) {
        (true, false) => covered,
        (false, true) => -covered,
        (true, true) | (false, false) => Decimal::ZERO,
    }
}

fn on_year(now: &BTreeMap<String, Lines>, then: &BTreeMap<String, Lines>) -> Option<OnYear> {
    let total = |lines: &BTreeMap<String, Lines>| Lines {
        count: lines.values().map(|lines| lines.count).sum(),
        amount: lines.values().map(|lines| lines.amount).sum(),
    };
    let (after, base) = (total(now), total(then));
    let mean = base.amount.checked_div(base.count)?;
    let volume = ((after.count - base.count) * mean).round_dp(PLACES);
    let both: BTreeSet<&String> = now.keys().filter(|category| then.contains_key(*category)).collect();
    let price = both.into_iter().map(|category| {
        let (new, old) = (now[category], then[category]);
        // count x (new mean - old mean), with one division.
        Some(new.amount - (new.count * old.amount).checked_div(old.count)?)
    });
    let price = price.sum::<Option<Decimal>>()?.round_dp(PLACES);
    let mix = after.amount - base.amount - volume - price;
    Some(OnYear { volume, price, mix, lines: after.count, lines_before: base.count })
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn lines(all: &[(&str, i64, i64)]) -> BTreeMap<String, Lines> {
        let line = |(category, count, amount): &(&str, i64, i64)| {
            ((*category).to_owned(), Lines { count: Decimal::from(*count), amount: Decimal::from(*amount) })
        };
        all.iter().map(line).collect()
    }

    fn check(now: &[(&str, i64, i64)], then: &[(&str, i64, i64)], volume: i64, price: i64, mix: i64) {
        let year = on_year(&lines(now), &lines(then)).unwrap();
        let expected = [volume, price, mix].map(Decimal::from);
        assert_eq!([year.volume, year.price, year.mix], expected, "{now:?} after {then:?}");
    }

    #[test]
    fn more_lines_are_volume_dearer_lines_price_and_dearer_categories_mix() {
        let then = [("hardware", 10, 1_000), ("software", 10, 3_000)];
        check(&[("hardware", 20, 2_000), ("software", 20, 6_000)], &then, 4_000, 0, 0);
        check(&[("hardware", 10, 1_500), ("software", 10, 3_000)], &then, 0, 500, 0);
        check(&[("hardware", 5, 500), ("software", 15, 4_500)], &then, 0, 0, 1_000);
        // A category that is new is mix, but for what its lines would have cost on the mean.
        check(&[("hardware", 10, 1_000), ("software", 10, 3_000), ("cloud", 10, 500)], &then, 2_000, 0, -1_500);
    }

    #[test]
    fn timing_is_what_earlier_periods_cover_and_no_more() {
        let d = Decimal::from;
        assert_eq!(taken_back(d(100), d(-40)), d(40));
        assert_eq!(taken_back(d(100), d(-400)), d(100));
        assert_eq!(taken_back(d(-100), d(40)), d(-40));
        assert_eq!(taken_back(d(100), d(40)), d(0));
        assert_eq!(taken_back(d(-100), d(0)), d(0));
        assert_eq!(taken_back(d(0), d(-40)), d(0));
    }

    #[test]
    fn without_lines_a_year_ago_only_timing_is_told_apart() {
        let drivers =
            split(Decimal::from(70), &lines(&[("hardware", 1, 170)]), &BTreeMap::new(), Some(Decimal::from(-50)));
        assert_eq!(drivers.year, None);
        assert_eq!((drivers.timing, drivers.budget), (Some(Decimal::from(50)), Decimal::from(20)));
    }

    #[test]
    fn any_split_adds_up_exactly() {
        let mut dice = Pcg64Mcg::seed_from_u64(4);
        for round in 0..2_000 {
            let mut random = || -> BTreeMap<String, Lines> {
                (0..dice.random_range(0..7))
                    .map(|index| {
                        let count = Decimal::from(dice.random_range(1..4_000));
                        // Credits may outweigh a category's lines.
                        let amount = Decimal::new(dice.random_range(-90_000_000..900_000_000), 2);
                        (format!("C{}", index * dice.random_range(1..3)), Lines { count, amount })
                    })
                    .collect()
            };
            let (now, then) = (random(), random());
            let variance = Decimal::new(dice.random_range(-90_000_000..90_000_000), 2);
            let before = dice.random_bool(0.8).then(|| Decimal::new(dice.random_range(-90_000_000..90_000_000), 2));
            let drivers = split(variance, &now, &then, before);
            assert_eq!(drivers.sum(), variance, "round {round}: {drivers:?}");
            if let Some(year) = &drivers.year {
                let spent = |lines: &BTreeMap<String, Lines>| lines.values().map(|lines| lines.amount).sum::<Decimal>();
                assert_eq!(year.volume + year.price + year.mix, spent(&now) - spent(&then), "round {round}");
            }
        }
    }
}

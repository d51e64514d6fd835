//! Variance: the change of a figure on the prior period, split into rate and mix, adding up exactly.
//!
//! A ratio is the mean of its members' ratios, weighted with their denominators. Its change is
//! **rate** where members did better or worse, and **mix** where their weight changed. With mean weights
//! and mean rates of the two periods (Marshall-Edgeworth) there is no joint remainder, and mix is taken
//! against the mean total, so that a member only gains from growing when it is better than the whole.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::{Cells, Key, Scorecard};
use crate::catalogue::Kpi;
use crate::ids::UNASSIGNED;

/// What the members of a split are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The units directly below.
    Unit,
    /// The KPI's own dimension.
    Dimension,
}

/// The change of one figure on the prior period.
#[derive(Debug, Clone, PartialEq)]
pub struct Variance {
    pub before: Decimal,
    pub after: Decimal,
    /// Largest move first; they add up to `after - before` exactly.
    pub parts: Vec<Part>,
    /// Whether weights play a part: counts and sums have none.
    pub weighted: bool,
}

/// What one member contributed, in the unit of the figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Unit or dimension member; empty for what stands at the unit itself.
    pub member: String,
    pub before: Option<Decimal>,
    pub after: Option<Decimal>,
    pub rate: Decimal,
    pub mix: Decimal,
}

/// Numerator and denominator of a member in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ratio {
    pub numerator: Decimal,
    pub denominator: Decimal,
}

/// A difference below this share of the total is rounding, not a member that is missing.
const TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 9);
/// Decimal places of every figure of a split, so that sums are exact; what is left over goes to the largest part.
const PLACES: u32 = 15;

impl Variance {
    #[must_use]
    pub fn change(&self) -> Decimal {
        self.after - self.before
    }

    /// Sum of the rate parts.
    #[must_use]
    pub fn rate(&self) -> Decimal {
        self.parts.iter().map(|part| part.rate).sum()
    }

    /// Sum of the mix parts.
    #[must_use]
    pub fn mix(&self) -> Decimal {
        self.parts.iter().map(|part| part.mix).sum()
    }
}

impl Part {
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.rate + self.mix
    }
}

/// Splits the change of a headline at a unit; `None` where a period has no value, or where the figure is
/// computed afresh at its level and its members do not add up to it.
#[must_use]
pub fn variance(card: &Scorecard, kpi: &Kpi, unit: &str, by: By) -> Option<Variance> {
    let now = card.history.get(&card.period)?;
    let then = card.history.get(&card.period.prior())?;
    let weighted = kpi.formula.denominator.is_some();
    let members = members(card, kpi, unit, by, now, then);
    let side = |cells: &Cells| -> Option<(Ratio, BTreeMap<String, Ratio>)> {
        let cell = cells.get(&kpi.id, &key(unit, "")).filter(|cell| cell.value.is_some())?;
        let total =
            Ratio { numerator: cell.numerator?, denominator: if weighted { cell.denominator? } else { Decimal::ONE } };
        let of = |member: &String| {
            let key = match by {
                By::Unit => key(member, ""),
                By::Dimension => key(unit, member),
            };
            let cell = cells.get(&kpi.id, &key);
            Ratio {
                numerator: cell.and_then(|cell| cell.numerator).unwrap_or_default(),
                denominator: cell.and_then(|cell| cell.denominator).unwrap_or_default(),
            }
        };
        Some((total, members.iter().map(|member| (member.clone(), of(member))).collect()))
    };
    let (before, after) = (side(then)?, side(now)?);
    let scale = Decimal::from_f64(kpi.formula.scale)?;
    // Rows that stand at a parent itself, not at a unit below it.
    let own_rows = by == By::Unit && card.units.contains(unit);
    if weighted { ratio(before, after, scale, own_rows) } else { sum(before, after, own_rows) }
}

fn key(unit: &str, member: &str) -> Key {
    Key { companion: String::new(), unit: unit.to_owned(), member: member.to_owned() }
}

fn members(card: &Scorecard, kpi: &Kpi, unit: &str, by: By, now: &Cells, then: &Cells) -> BTreeSet<String> {
    match by {
        By::Unit => {
            let below = card.units.below(unit).map(str::to_owned);
            // What nobody claims is part of the enterprise, and only of it.
            let unassigned = (!card.units.contains(unit) && unit != UNASSIGNED).then(|| UNASSIGNED.to_owned());
            below.chain(unassigned).collect()
        }
        By::Dimension => [now, then]
            .into_iter()
            .flat_map(|cells| cells.members(&kpi.id, unit))
            .map(|(key, _)| key.member.clone())
            .collect(),
    }
}

type Side = (Ratio, BTreeMap<String, Ratio>);

/// The members, with the total's remainder as a member of its own where that is allowed.
fn complete((total, mut members): Side, own_rows: bool, weighted: bool) -> Option<Side> {
    if members.is_empty() {
        return None;
    }
    let sum = |pick: fn(&Ratio) -> Decimal| members.values().map(pick).sum::<Decimal>();
    let rest = Ratio {
        numerator: total.numerator - sum(|ratio| ratio.numerator),
        denominator: if weighted { total.denominator - sum(|ratio| ratio.denominator) } else { Decimal::ZERO },
    };
    let small = |rest: Decimal, total: Decimal| rest.abs() <= total.abs().max(Decimal::ONE) * TOLERANCE;
    let none = small(rest.numerator, total.numerator) && small(rest.denominator, total.denominator);
    if none {
        return Some((total, members));
    }
    if !own_rows || rest.denominator < Decimal::ZERO {
        return None;
    }
    members.insert(String::new(), rest);
    Some((total, members))
}

fn ratio(before: Side, after: Side, scale: Decimal, own_rows: bool) -> Option<Variance> {
    let (whole0, members0) = complete(before, own_rows, true)?;
    let (whole1, members1) = complete(after, own_rows, true)?;
    let value = |ratio: &Ratio| ratio.numerator.checked_div(ratio.denominator)?.checked_mul(scale);
    let (before, after) = (value(&whole0)?, value(&whole1)?);
    let middle = (before + after) / Decimal::TWO;
    let names: BTreeSet<&String> = members0.keys().chain(members1.keys()).collect();
    let mut parts = Vec::with_capacity(names.len());
    for name in names {
        let (old, new) =
            (members0.get(name).copied().unwrap_or_default(), members1.get(name).copied().unwrap_or_default());
        let (weight0, weight1) =
            (old.denominator.checked_div(whole0.denominator)?, new.denominator.checked_div(whole1.denominator)?);
        let share = |part: &Ratio, whole: &Ratio| part.numerator.checked_div(whole.denominator)?.checked_mul(scale);
        let contribution = share(&new, &whole1)? - share(&old, &whole0)?;
        let (rate0, rate1) = (value(&old), value(&new));
        // Who enters or leaves has no rate of its own to compare: all of it is mix.
        let rate =
            rate0.zip(rate1).map_or(Decimal::ZERO, |(old, new)| (weight0 + weight1) / Decimal::TWO * (new - old));
        let mix = contribution - rate - middle * (weight1 - weight0);
        parts.push(Part { member: name.clone(), before: rate0, after: rate1, rate, mix });
    }
    Some(settled(before, after, parts, true))
}

fn sum(before: Side, after: Side, own_rows: bool) -> Option<Variance> {
    let (whole0, members0) = complete(before, own_rows, false)?;
    let (whole1, members1) = complete(after, own_rows, false)?;
    let names: BTreeSet<&String> = members0.keys().chain(members1.keys()).collect();
    let parts = names
        .into_iter()
        .map(|name| {
            let (old, new) = (members0.get(name).copied(), members1.get(name).copied());
            let (old, new) = (old.unwrap_or_default().numerator, new.unwrap_or_default().numerator);
            Part { member: name.clone(), before: Some(old), after: Some(new), rate: new - old, mix: Decimal::ZERO }
        })
        .collect();
    Some(settled(whole0.numerator, whole1.numerator, parts, false))
}

/// Parts rounded alike, the last digits given to the largest, members that did not move left out.
fn settled(before: Decimal, after: Decimal, mut parts: Vec<Part>, weighted: bool) -> Variance {
    let (before, after) = (before.round_dp(PLACES), after.round_dp(PLACES));
    for part in &mut parts {
        part.rate = part.rate.round_dp(PLACES);
        part.mix = part.mix.round_dp(PLACES);
    }
    parts.sort_by(|a, b| b.total().abs().cmp(&a.total().abs()).then_with(|| a.member.cmp(&b.member)));
    let rest = after - before - parts.iter().map(Part::total).sum::<Decimal>();
    if let Some(largest) = parts.first_mut() {
        if largest.rate.is_zero() { largest.mix += rest } else { largest.rate += rest }
    }
    parts.retain(|part| !part.total().is_zero() || !part.rate.is_zero());
    Variance { before, after, parts, weighted }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn side(members: &[(&str, &str, &str)]) -> Side {
        let members: BTreeMap<String, Ratio> = members
            .iter()
            .map(|(name, above, below)| ((*name).to_owned(), Ratio { numerator: d(above), denominator: d(below) }))
            .collect();
        (whole(&members), members)
    }

    fn whole(members: &BTreeMap<String, Ratio>) -> Ratio {
        Ratio {
            numerator: members.values().map(|ratio| ratio.numerator).sum(),
            denominator: members.values().map(|ratio| ratio.denominator).sum(),
        }
    }

    #[test]
    fn a_better_unit_is_rate_and_a_larger_share_is_mix() {
        // A stays at 90 %, B at 50 %; A grows from 100 to 300 of its own: all of the change is mix.
        let moved = ratio(
            side(&[("A", "90", "100"), ("B", "50", "100")]),
            side(&[("A", "270", "300"), ("B", "50", "100")]),
            Decimal::ONE,
            false,
        )
        .unwrap();
        assert_eq!((moved.rate(), moved.mix(), moved.change()), (d("0"), d("0.10"), d("0.10")));
        // Weights stay, A improves by 10 points on half of the weight: all of it is rate, and A's.
        let moved = ratio(
            side(&[("A", "80", "100"), ("B", "50", "100")]),
            side(&[("A", "90", "100"), ("B", "50", "100")]),
            Decimal::ONE,
            false,
        )
        .unwrap();
        assert_eq!((moved.rate(), moved.mix()), (d("0.05"), d("0")));
        assert_eq!(moved.parts.len(), 1);
        assert_eq!(moved.parts[0].member, "A");
    }

    #[test]
    fn a_unit_that_enters_is_mix_against_the_whole() {
        let moved =
            ratio(side(&[("A", "80", "100")]), side(&[("A", "80", "100"), ("B", "20", "100")]), Decimal::ONE, false)
                .unwrap();
        assert_eq!(moved.change(), d("-0.3"));
        assert_eq!(moved.rate(), d("0"));
    }

    #[test]
    fn members_that_do_not_add_up_are_no_split() {
        let mut before = side(&[("A", "80", "100"), ("B", "20", "100")]);
        before.0.numerator += d("5");
        let after = side(&[("A", "80", "100"), ("B", "20", "100")]);
        assert_eq!(ratio(before.clone(), after.clone(), Decimal::ONE, false), None);
        // Below a unit with rows of its own the rest is the unit's own part.
        let moved = ratio(before, after, Decimal::ONE, true).unwrap();
        assert_eq!(moved.parts.iter().map(Part::total).sum::<Decimal>(), moved.change());
    }

    #[test]
    fn any_split_adds_up_exactly() {
        let mut dice = Pcg64Mcg::seed_from_u64(26);
        for round in 0..2_000 {
            let mut random = || -> Side {
                let members: BTreeMap<String, Ratio> = (0..dice.random_range(1..12))
                    .filter_map(|index| {
                        // Some enter, some leave, some have a numerator and no denominator.
                        if dice.random_bool(0.15) {
                            return None;
                        }
                        let denominator = if dice.random_bool(0.1) { 0 } else { dice.random_range(1..2_000_000) };
                        let numerator =
                            Decimal::new(dice.random_range(-1_000_000..900_000_000), dice.random_range(0..6));
                        Some((format!("U{index}"), Ratio { numerator, denominator: Decimal::from(denominator) }))
                    })
                    .collect();
                (whole(&members), members)
            };
            let (before, after) = (random(), random());
            let scale = Decimal::from([1, 100][round % 2]);
            let Some(moved) = ratio(before.clone(), after.clone(), scale, false) else { continue };
            let sum: Decimal = moved.parts.iter().map(|part| part.rate + part.mix).sum();
            assert_eq!(sum, moved.change(), "round {round}: {moved:?}");
            assert_eq!(moved.rate() + moved.mix(), moved.change(), "round {round}");
            let plain = super::sum(before, after, false).unwrap();
            assert_eq!(plain.parts.iter().map(Part::total).sum::<Decimal>(), plain.change(), "round {round}");
        }
    }
}

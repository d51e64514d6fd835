//! Results: the gate's rules about figures, which only a scorecard can answer.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::catalogue::gate::{Check, Figure, Outcome, Rule};
use crate::catalogue::{Catalogue, Kpi, Severity};
use crate::ids::ENTERPRISE;
use crate::quality::Broken;
use crate::quantity::Unit;
use crate::score::{Cell, Key, Scorecard};

/// Units named in a line about one above them.
const MOST_NAMED: usize = 3;

/// Every rule about results that does not hold, and at which unit.
pub fn results(catalogue: &Catalogue, card: &Scorecard) -> Vec<Broken> {
    let mut broken = Vec::new();
    for rule in catalogue.gate.results.iter().filter(|rule| rule.level > Severity::Allow) {
        for kpi in rule.limits.kpis.iter().filter_map(|id| catalogue.kpi(id)) {
            let units = &rule.scope.business_units;
            let keys = keys(card, kpi, &rule.limits.companion);
            let meant = keys.iter().filter(|key| units.is_empty() || units.contains(&key.unit));
            broken.extend(folded(meant.filter_map(|key| judge(rule, kpi, key, card)).collect(), card));
        }
    }
    broken
}

/// A unit that breaks a rule together with one above it is named in that one's line.
fn folded(broken: Vec<Broken>, card: &Scorecard) -> Vec<Broken> {
    let units: Vec<String> = broken.iter().filter_map(|one| one.business_unit.clone()).collect();
    let top = |unit: &str| card.units.levels(unit).into_iter().rev().find(|level| units.contains(level));
    let below = |above: &str| -> Vec<&str> {
        let own = units.iter().filter(|unit| *unit != above && top(unit).as_deref() == Some(above));
        own.map(|unit| card.units.label(unit)).collect()
    };
    let mut kept = Vec::new();
    for mut one in broken {
        let Some(unit) = one.business_unit.clone() else { continue };
        if top(&unit).as_ref() == Some(&unit) {
            let names = below(&unit);
            if !names.is_empty() {
                let more = names.len().saturating_sub(MOST_NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let listed = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
                one.finding.message.push_str(&format!("; the same below it: {listed}{more}"));
            }
            kept.push(one);
        }
    }
    kept
}

/// The levels of now and of the prior period: a unit may have gone.
fn keys(card: &Scorecard, kpi: &Kpi, companion: &str) -> BTreeSet<Key> {
    [card.period, card.period.prior()]
        .iter()
        .filter_map(|period| card.history.get(period))
        .flat_map(|cells| cells.of(&kpi.id))
        .map(|(key, _)| key)
        .filter(|key| key.companion == companion && key.member.is_empty())
        .cloned()
        .collect()
}

fn judge(rule: &Rule<Outcome>, kpi: &Kpi, key: &Key, card: &Scorecard) -> Option<Broken> {
    let limits = &rule.limits;
    let at = |period| card.history.get(&period).and_then(|cells| cells.get(&kpi.id, key));
    let (now, before) = (at(card.period), at(card.period.prior()));
    if now.is_some_and(|cell| cell.not_measured) || before.is_some_and(|cell| cell.not_measured) {
        return None;
    }
    let enough = |cell: Option<&Cell>| {
        cell.and_then(|cell| cell.rows).is_none_or(|rows| rows >= Decimal::from(limits.least_rows))
    };
    let value = figure(limits.figure, now)?;
    let print = |value: Decimal| printed(limits.figure, kpi, &limits.companion, value);
    let outside = |limit: Option<f64>, is_beyond: fn(Decimal, Decimal) -> bool, side: &str| {
        let limit = Decimal::from_f64(limit?)?;
        (enough(now) && is_beyond(value, limit)).then(|| format!("{side} {}", print(limit)))
    };
    let moved = |limit: Option<f64>, sign: Decimal, side: &str| {
        let (limit, prior) = (Decimal::from_f64(limit?)?, figure(limits.figure, before)?);
        let (large, change) = (before.is_some() && enough(before), (value - prior) * sign);
        let percent = Decimal::ONE_HUNDRED;
        (large && prior > Decimal::ZERO && change * percent > limit * prior).then(|| {
            let change = (change * percent / prior).round_dp(1).normalize();
            format!("{change} % {side} the {} of the prior period (allowed: {limit} %)", print(prior))
        })
    };
    let wrong = outside(limits.low, |value, low| value < low, "below")
        .or_else(|| outside(limits.high, |value, high| value > high, "above"))
        .or_else(|| moved(limits.fall_percent, Decimal::NEGATIVE_ONE, "below"))
        .or_else(|| moved(limits.rise_percent, Decimal::ONE, "above"))?;
    let unit = if key.unit == ENTERPRISE { "the enterprise" } else { card.units.label(&key.unit) };
    let message = format!("{} of {unit} is {}, {wrong}", named(limits, kpi), print(value));
    let remedy = format!("check {} (muster explain {} --unit {})", kpi.needs.join(" and "), kpi.id, key.unit);
    Some(Broken::new(&rule.head(Check::Results), &kpi.id, &kpi.owner, message, &remedy).of_unit(Some(&key.unit)))
}

/// A unit without a row has none of the population, and no other figure.
fn figure(figure: Figure, cell: Option<&Cell>) -> Option<Decimal> {
    match figure {
        Figure::Value => cell?.value,
        Figure::Numerator => cell?.numerator,
        Figure::Denominator => cell?.denominator,
        Figure::Impact => cell?.impact,
        Figure::Rows => Some(cell.and_then(|cell| cell.rows).unwrap_or_default()),
    }
}

fn named(limits: &Outcome, kpi: &Kpi) -> String {
    let figure = match limits.figure {
        Figure::Value => "",
        Figure::Numerator => "numerator of ",
        Figure::Denominator => "denominator of ",
        Figure::Impact => "money of ",
        Figure::Rows => "population of ",
    };
    let companion = if limits.companion.is_empty() { String::new() } else { format!(" ({})", limits.companion) };
    format!("{figure}`{}`{companion}", kpi.id)
}

fn printed(figure: Figure, kpi: &Kpi, companion: &str, value: Decimal) -> String {
    let unit = kpi.companions.get(companion).map_or(kpi.unit, |companion| companion.unit);
    if figure == Figure::Value && unit == Unit::Ratio {
        return format!("{} %", (value * Decimal::ONE_HUNDRED).round_dp(1).normalize());
    }
    value.round_dp(2).normalize().to_string()
}

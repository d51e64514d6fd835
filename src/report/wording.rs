//! Wording: one Tera template per KPI and audience, given figures that are already words.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::words::{Words, positive_money};
use super::{Material, ReportError, behaviour, variance};
use crate::catalogue::{ImpactKind, Kpi, Side};
use crate::ids::ENTERPRISE;
use crate::measure::RowCell;
use crate::period::Period;
use crate::quantity;
use crate::score::trend::Move;
use crate::score::{Score, Status};
use crate::templates::Templates;

/// Where the named ones have less of the money than this, it is spread, and their names tell nothing (fraction).
pub const LEAST_SHARE: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// What a sentence may say; every text is empty where there is nothing to say.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question a template may ask")]
struct Context {
    state: &'static str,
    moved: &'static str,
    name: String,
    value: String,
    target: String,
    miss: String,
    change: String,
    numerator: String,
    denominator: String,
    rest: String,
    scope: String,
    period: String,
    money: String,
    money_kind: String,
    annual: bool,
    indicative: bool,
    caveat: String,
    driver: String,
    driver_money: String,
    driver_share: String,
    reason: String,
    companion: BTreeMap<String, String>,
    over: bool,
    persistent: bool,
    term: String,
    /// Who moved it most on prior, by how much, and whether by `rate` or `mix`.
    mover: String,
    mover_change: String,
    mover_kind: &'static str,
    /// `signal` or `noise`: whether the last value is outside the usual range.
    signal: &'static str,
    usual: String,
    /// Periods in which the target is reached, or lost, at the present slope.
    reached_in: String,
    lost_in: String,
}

/// The sentence and the action of a KPI.
pub struct Worded {
    pub sentence: String,
    /// Empty where nothing is to be done.
    pub action: String,
}

/// Words a headline score.
///
/// # Errors
/// The template fails.
pub fn word(
    material: &Material<'_>,
    words: &Words<'_>,
    kpi: &Kpi,
    score: &Score,
    templates: &Templates,
) -> Result<Worded, ReportError> {
    let context = context(material, words, kpi, score);
    let folder = format!(
        "words/{}/{}/{}",
        material.language.tag.split('-').next().unwrap_or("en"),
        material.edition.audience,
        kpi.id
    );
    Ok(Worded {
        sentence: templates.render(&format!("{folder}.txt"), &context)?.trim().to_owned(),
        action: templates.render(&format!("{folder}.action.txt"), &context)?.trim().to_owned(),
    })
}

fn context(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score) -> Context {
    let money = positive_money(score);
    let driver = driver(material, kpi, score);
    let (driver_money, driver_share) = match (&driver, money) {
        (Some((_, Some(amount))), Some(total)) => {
            let share = Some((*amount / total).min(Decimal::ONE)).filter(|share| *share >= LEAST_SHARE);
            let percent = |share: Decimal| {
                quantity::grouped(share.round_dp(2) * Decimal::ONE_HUNDRED, 0, words.locale) + "\u{a0}%"
            };
            (words.money(*amount), share.map_or_else(String::new, percent))
        }
        _ => (String::new(), String::new()),
    };
    let rest =
        score.denominator.zip(score.numerator).map(|(all, some)| all - some).filter(|rest| *rest > Decimal::ZERO);
    let amounts = &kpi.formula.amounts;
    let part = |value: Option<Decimal>, side: Side| {
        let text = |value: Decimal| if amounts.contains(&side) { words.money(value) } else { words.count(value) };
        value.map_or_else(String::new, text)
    };
    let behaviour = behaviour::behaviour(material.scorecard, words, kpi, score);
    let mover = variance::mover(material, words, kpi, score);
    let in_period = |period: Option<Period>| period.map_or_else(String::new, |period| words.period(period));
    let term = driver.as_ref().map_or_else(String::new, |(name, _)| term(material, words, kpi, name));
    Context {
        state: state(score),
        moved: moved(kpi, score),
        name: kpi.name.clone(),
        value: words.value(score),
        target: score.target_words.as_ref().map_or_else(String::new, |_| words.target(score)),
        miss: words.miss(score),
        change: change(words, score),
        numerator: part(score.numerator, Side::Numerator),
        denominator: part(score.denominator, Side::Denominator),
        rest: part(rest, Side::Denominator),
        scope: scope(material, words),
        period: words.period(material.scorecard.period),
        money: money.map_or_else(String::new, |amount| words.money(amount)),
        money_kind: score.impact_kind.map_or_else(String::new, |kind| words.kind(kind)),
        annual: kpi.impact.as_ref().is_some_and(|impact| impact.annual),
        indicative: score.trust.as_ref().is_some_and(|trust| !trust.withheld),
        caveat: score.trust.as_ref().map_or_else(String::new, |trust| trust_words(material, words, trust)),
        driver: driver.map_or_else(String::new, |(name, _)| words.member(&name)),
        driver_money,
        driver_share,
        reason: words.reason(material, kpi, score),
        companion: companions(material, words, kpi, score),
        over: score.numerator.is_some_and(|variance| variance > Decimal::ZERO),
        persistent: persistent(material, kpi, score),
        term,
        signal: match behaviour.judged {
            None => "",
            Some(Move::Noise) => "noise",
            Some(Move::Signal | Move::Shift) => "signal",
        },
        usual: behaviour::usual_words(words, &behaviour, kpi),
        reached_in: in_period(behaviour.reached),
        lost_in: in_period(behaviour.lost),
        mover_kind: mover.as_ref().map_or("", |mover| mover.kind),
        mover_change: mover.as_ref().map_or_else(String::new, |mover| mover.change.clone()),
        mover: mover.map_or_else(String::new, |mover| mover.name),
    }
}

/// `inventory accuracy is 91.2 %`.
pub fn trust_words(material: &Material<'_>, words: &Words<'_>, trust: &crate::score::Trust) -> String {
    let name = material.catalogue.kpi(trust.kpi).map_or(trust.kpi, |kpi| kpi.name.as_str());
    let value = quantity::percent(trust.value, &[], words.locale);
    material.language.fill("trust_is", &[("kpi", &words.inline(name)), ("value", &value)])
}

pub fn scope(material: &Material<'_>, words: &Words<'_>) -> String {
    if material.scope == ENTERPRISE {
        words.word("the_enterprise")
    } else {
        material.scorecard.units.label(material.scope).to_owned()
    }
}

fn state(score: &Score) -> &'static str {
    match score.status {
        Status::OnTarget => "met",
        Status::Watch => "watch",
        Status::OffTarget => "off_target",
        Status::NoTarget => "no_target",
        Status::Baselining => "baselining",
        Status::NotApplicable => "na",
        Status::NotMeasured => "not_measured",
        Status::Withheld => "withheld",
    }
}

fn moved(kpi: &Kpi, score: &Score) -> &'static str {
    match score.prior_value.zip(score.value) {
        None => "",
        Some((before, after)) => match quantity::favourable(before, after, kpi.direction) {
            None => "unchanged",
            Some(true) => "improved",
            Some(false) => "worsened",
        },
    }
}

fn change(words: &Words<'_>, score: &Score) -> String {
    match score.prior_value.zip(score.value) {
        Some((before, after)) => quantity::change(after - before, score.unit, words.currency, words.locale),
        None => String::new(),
    }
}

/// The dimension member, else the unit, with most money; without money, with most of the miss.
pub fn driver(material: &Material<'_>, kpi: &Kpi, score: &Score) -> Option<(String, Option<Decimal>)> {
    let card = material.scorecard;
    let members: Vec<(&str, &Score)> = if kpi.dimension.is_some() {
        card.members(&kpi.id, &score.business_unit).map(|member| (member.dimension.as_str(), member)).collect()
    } else {
        let below = |unit: &str| {
            unit != score.business_unit && card.units.is_within(unit, &score.business_unit) && card.units.is_leaf(unit)
        };
        card.units
            .names()
            .filter(|unit| below(unit))
            .filter_map(|unit| Some((card.units.label(unit), card.headline(&kpi.id, unit)?)))
            .collect()
    };
    let by_money = members
        .iter()
        .filter_map(|(name, member)| Some((*name, positive_money(member)?)))
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    if let Some((name, amount)) = by_money {
        return Some((name.to_owned(), Some(amount)));
    }
    // The part of the population that falls short, wherever more is better.
    let short = |member: &Score| match kpi.direction {
        quantity::Direction::Higher => Some(member.denominator? - member.numerator?),
        quantity::Direction::Lower | quantity::Direction::Zero | quantity::Direction::Band => member.numerator,
    };
    members
        .iter()
        .filter_map(|(name, member)| Some((*name, short(member).filter(|short| *short > Decimal::ZERO)?)))
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
        .map(|(name, _)| (name.to_owned(), None))
}

fn companions(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, companion) in &kpi.companions {
        let found = material.scorecard.find(&kpi.id, name, &score.business_unit, "");
        all.insert(name.clone(), words.figure(found.and_then(|found| found.value), companion.unit));
        if companion.impact.is_some() {
            let amount = found.and_then(positive_money);
            all.insert(format!("{name}_money"), amount.map_or_else(String::new, |amount| words.money(amount)));
        }
    }
    all
}

/// Over budget in three periods running.
fn persistent(material: &Material<'_>, kpi: &Kpi, score: &Score) -> bool {
    let key = crate::score::Key { companion: String::new(), unit: score.business_unit.clone(), member: String::new() };
    (0..3).all(|back| {
        let period = material.scorecard.period.shift(-back);
        material
            .scorecard
            .history
            .get(&period)
            .and_then(|cells| cells.get(&kpi.id, &key))
            .and_then(|cell| cell.numerator)
            .is_some_and(|variance| variance > Decimal::ZERO)
    })
}

/// The date on which the driver's money can be recovered, from the KPI's own rows.
fn term(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, driver: &str) -> String {
    if kpi.impact.as_ref().is_none_or(|impact| impact.kind != ImpactKind::Recoverable) {
        return String::new();
    }
    let Some(table) = material.exceptions.get(&kpi.id) else { return String::new() };
    let column = |name: &str| table.columns.iter().position(|column| column == name);
    let (Some(product), Some(term)) = (column("product"), column("term_ends_on")) else { return String::new() };
    let of_driver = table.rows.iter().filter(|row| row.get(product) == Some(&RowCell::Text(driver.to_owned())));
    of_driver
        .filter_map(|row| match row.get(term) {
            Some(RowCell::Date(date)) => Some(*date),
            _ => None,
        })
        .min()
        .map_or_else(String::new, |date| words.date(date).replace('\u{a0}', " "))
}

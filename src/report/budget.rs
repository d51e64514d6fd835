//! Budget and spend by category: where, how much, over or under.

use rust_decimal::Decimal;

use super::words::{Words, float};
use super::{Align, Block, Cell, Column, Datum, Material, Row, Table, Tone};
use crate::chart::{Bar, Bars, ChartSpec};
use crate::period::Grain;
use crate::quantity;
use crate::score::Score;
use crate::score::drivers::{self, Drivers};

const KPI: &str = "budget_variance";
/// Categories drawn.
const MOST_BARS: usize = 8;

/// The same figures as a table, for the workbook.
pub fn table(material: &Material<'_>, words: &Words<'_>) -> Option<Table> {
    let total = material.scorecard.headline(KPI, material.scope).filter(|score| score.numerator.is_some())?;
    Some(made(words, &categories(material), total))
}

/// Categories with a figure, most spent first.
fn categories<'a>(material: &Material<'a>) -> Vec<&'a Score> {
    let members = material.scorecard.members(KPI, material.scope);
    let mut categories: Vec<&Score> = members.filter(|score| score.numerator.is_some()).collect();
    categories.sort_by(|a, b| actual(b).cmp(&actual(a)).then_with(|| a.dimension.cmp(&b.dimension)));
    categories
}

pub fn budget(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let Some(total) = material.scorecard.headline(KPI, material.scope) else { return Vec::new() };
    let Some(variance) = total.numerator else {
        let kpi = material.catalogue.kpi(KPI);
        let reason = kpi.map_or_else(String::new, |kpi| words.reason(material, kpi, total).replace('`', ""));
        let paragraph = material.language.fill("budget_none", &[("reason", &reason)]);
        return vec![Block::Text {
            id: "budget".to_owned(),
            title: words.word("budget_category"),
            paragraphs: vec![paragraph],
        }];
    };
    let plan = total.denominator.unwrap_or_default();
    let key = match variance.cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Greater => "budget_title_over",
        std::cmp::Ordering::Less => "budget_title_under",
        std::cmp::Ordering::Equal => "budget_title_even",
    };
    let title = material.language.fill(key, &[("amount", &words.money(variance.abs()))]);
    let lead = material.language.fill(
        "budget_lead",
        &[
            ("actual", &words.money(plan + variance)),
            ("budget", &words.money(plan)),
            ("period", &words.period(material.scorecard.period)),
        ],
    );
    let categories = categories(material);
    let mut blocks = Vec::new();
    if !categories.is_empty() {
        let bars: Vec<Bar> = categories.iter().take(MOST_BARS).map(|score| bar(words, score)).collect();
        let alt =
            bars.iter().map(|bar| format!("{}: {} ({})", bar.label, bar.text, bar.note)).collect::<Vec<_>>().join("; ");
        blocks.push(Block::Chart {
            id: "budget".to_owned(),
            title,
            lead: Some(lead),
            spec: ChartSpec::Bars(Bars {
                bars,
                actual_label: words.word("budget_actual"),
                plan_label: Some(words.word("budget_plan")),
            }),
            alt,
            note: note(material, words),
        });
    }
    blocks
}

/// What the variance is made of, in words; how it is measured stands in the workbook.
fn note(material: &Material<'_>, words: &Words<'_>) -> Option<String> {
    let drivers = drivers(material)?;
    let signed = |amount: Decimal| marked(words, amount);
    let part = |key: &'static str, amount: Decimal| format!("{} {}", words.word(key), signed(amount));
    let year = drivers.year.as_ref();
    let mut parts: Vec<String> = Vec::new();
    if let Some(year) = year {
        parts.push(part("driver_volume", year.volume));
        parts.push(part("driver_price", year.price));
        parts.push(part("driver_mix", year.mix));
    }
    parts.extend(drivers.timing.map(|timing| part("driver_timing", timing)));
    if parts.is_empty() {
        return None;
    }
    parts.push(part("driver_budget", drivers.budget));
    let fill = |key: &str, values: &[(&str, &str)]| material.language.fill(key, values);
    let mut sentences = vec![fill("drivers", &[("variance", &signed(drivers.variance)), ("parts", &parts.join(", "))])];
    let pending = material.scorecard.find(KPI, "pending", material.scope, "").and_then(|score| score.value);
    let pending = pending.filter(|amount| !amount.is_zero());
    sentences.extend(pending.map(|amount| fill("drivers_pending", &[("amount", &words.money(amount))])));
    Some(sentences.join(" "))
}

/// The periods of the fiscal year before the one reported give the timing.
fn drivers(material: &Material<'_>) -> Option<Drivers> {
    let first = match material.scorecard.period.grain {
        Grain::Month => material.calendar.fiscal_start,
        Grain::Quarter | Grain::Year => 1,
        // A day has no budget of its own.
        Grain::Day => return None,
    };
    let mut earlier = Vec::new();
    let mut at = material.scorecard.period;
    while at.index != first {
        at = at.prior();
        earlier.push(at);
    }
    drivers::drivers(material.scorecard, material.scope, &earlier)
}

/// How the parts of the variance are measured.
pub fn drivers_method(material: &Material<'_>, words: &Words<'_>) -> Vec<String> {
    let Some(drivers) = drivers(material) else { return Vec::new() };
    let fill = |key: &str, values: &[(&str, &str)]| material.language.fill(key, values);
    let against = drivers.year.map(|year| {
        let period = words.period_short(material.scorecard.period.last_year());
        let (lines, before) = (words.count(year.lines), words.count(year.lines_before));
        fill("drivers_year", &[("period", &period), ("lines", &lines), ("before", &before)])
    });
    let timing = drivers.before.map(|before| fill("drivers_timing", &[("before", &marked(words, before))]));
    against.into_iter().chain(timing).collect()
}

/// The drivers as a table, for the workbook.
pub fn drivers_table(material: &Material<'_>, words: &Words<'_>) -> Option<Table> {
    let drivers = drivers(material)?;
    let year = drivers.year.as_ref();
    let parts = [
        ("driver_volume", year.map(|year| year.volume)),
        ("driver_price", year.map(|year| year.price)),
        ("driver_mix", year.map(|year| year.mix)),
        ("driver_timing", drivers.timing),
        ("driver_budget", Some(drivers.budget)),
        ("budget_variance", Some(drivers.variance)),
    ];
    let row = |(key, amount): (&'static str, Option<Decimal>)| {
        let amount = amount.map_or_else(
            || Cell::typed("", Datum::Empty),
            |amount| Cell::typed(marked(words, amount), Datum::Money(float(amount))),
        );
        Row {
            total: key == "budget_variance",
            cells: vec![Cell::text(words.word(key)), amount, Cell::text(words.word(basis(key)))],
        }
    };
    let column = |key: &'static str, align: Align| Column { head: words.word(key), align, weight: 1.0 };
    Some(Table {
        columns: vec![
            column("driver", Align::Left),
            column("amount", Align::Right),
            column("driver_basis", Align::Left),
        ],
        rows: parts.into_iter().map(row).collect(),
    })
}

/// What a part is measured by.
fn basis(key: &str) -> &'static str {
    match key {
        "driver_volume" => "basis_volume",
        "driver_price" => "basis_price",
        "driver_mix" => "basis_mix",
        "driver_timing" => "basis_timing",
        "driver_budget" => "basis_budget",
        _ => "basis_total",
    }
}

fn actual(score: &Score) -> Decimal {
    score.numerator.unwrap_or_default() + score.denominator.unwrap_or_default()
}

fn bar(words: &Words<'_>, score: &Score) -> Bar {
    let variance = score.numerator.unwrap_or_default();
    Bar {
        label: words.member(&score.dimension),
        value: float(actual(score)),
        text: words.money(actual(score)),
        plan: score.denominator.map(float),
        note: marked(words, variance),
        favourable: if variance.is_zero() { None } else { Some(variance < Decimal::ZERO) },
    }
}

/// `+EUR 12.0 k U`.
fn marked(words: &Words<'_>, variance: Decimal) -> String {
    let text = crate::money::signed(variance, words.currency, words.locale);
    if variance.is_zero() {
        return text;
    }
    format!("{text}\u{a0}{}", words.locale.mark(variance < Decimal::ZERO))
}

fn made(words: &Words<'_>, categories: &[&Score], total: &Score) -> Table {
    let column = |head: String, align: Align, weight: f32| Column { head, align, weight };
    let row = |label: String, score: &Score, total: bool| {
        let variance = score.numerator.unwrap_or_default();
        let tone = match variance.cmp(&Decimal::ZERO) {
            std::cmp::Ordering::Greater => Tone::Bad,
            std::cmp::Ordering::Less => Tone::Good,
            std::cmp::Ordering::Equal => Tone::Neutral,
        };
        let money = |amount: Decimal| Cell::typed(words.money(amount), Datum::Money(float(amount)));
        Row {
            cells: vec![
                Cell::text(label),
                money(score.denominator.unwrap_or_default()),
                money(actual(score)),
                Cell::typed(marked(words, variance), Datum::Money(float(variance))).toned(tone),
                match score.value {
                    Some(share) => {
                        Cell::typed(quantity::signed_percent(share, words.locale), Datum::Percent(float(share)))
                    }
                    None => Cell::text(words.word("n/a")),
                },
            ],
            total,
        }
    };
    let mut rows: Vec<Row> = categories.iter().map(|score| row(words.member(&score.dimension), score, false)).collect();
    rows.push(row(words.word("budget_total"), total, true));
    Table {
        columns: vec![
            column(words.word("budget_category"), Align::Left, 2.2),
            column(words.word("budget_plan"), Align::Right, 1.3),
            column(words.word("budget_actual"), Align::Right, 1.3),
            column(words.word("budget_variance"), Align::Right, 1.5),
            column(words.word("budget_percent"), Align::Right, 1.0),
        ],
        rows,
    }
}

//! Budget and spend by category: where, how much, over or under.

use rust_decimal::Decimal;

use super::words::{Words, float};
use super::{Align, Block, Cell, Column, Datum, Material, Row, Table, Tone};
use crate::chart::{Bar, Bars, ChartSpec};
use crate::quantity;
use crate::score::Score;

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
            note: None,
        });
    }
    blocks
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

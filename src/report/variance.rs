//! Variance: what moved since the prior period, how much of it is rate and how much is mix, and who moved it.

use rust_decimal::Decimal;

use super::behaviour::{self, Behaviour};
use super::words::{Words, float};
use super::{Align, Block, Cell, Column, Datum, Material, Row, Sheet, Table, Tone};
use crate::catalogue::Kpi;
use crate::chart::{Bridge, BridgeBar, ChartSpec};
use crate::quantity::{self, Unit};
use crate::score::trend::Move;
use crate::score::variance::{self, By, Part, Variance};
use crate::score::{Score, Status};

/// Steps drawn by name in a bridge; the rest is one step.
const MOST_STEPS: usize = 7;
/// Totals this many times taller than the tallest step would dwarf it.
const MOST_TIMES_TALLER: f64 = 8.0;
/// Where the table names the unit that moved a figure most.
const UNIT_COLUMN: usize = 5;
/// Bridges drawn: of the figures that moved beyond what is usual.
const MOST_BRIDGES: usize = 2;

/// Who moved a figure most.
pub struct Mover {
    /// As printed.
    pub name: String,
    /// As printed, e.g. `−1.7 pp`.
    pub change: String,
    /// `rate` or `mix`, the larger part.
    pub kind: &'static str,
}

struct Moved<'a> {
    kpi: &'a Kpi,
    score: &'a Score,
    by_unit: Option<Variance>,
    by_member: Option<Variance>,
    behaviour: Behaviour,
}

/// The part that moved a headline most: the unit, where units are below, else the dimension's member.
pub fn mover(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score) -> Option<Mover> {
    if score.status == Status::Withheld {
        return None;
    }
    let split = |by| variance::variance(material.scorecard, kpi, &score.business_unit, by);
    let named = |by, part: &Part| Mover {
        name: name(material, words, by, &part.member),
        change: quantity::change(part.total(), kpi.unit, words.currency, words.locale),
        kind: if part.mix.abs() > part.rate.abs() { "mix" } else { "rate" },
    };
    let first = |by| split(by).and_then(|moved| moved.parts.first().map(|part| named(by, part)));
    first(By::Unit).or_else(|| first(By::Dimension)).filter(|mover| is_visible(&mover.change))
}

/// The table of all KPIs of the edition, and bridges of those that moved beyond what is usual.
pub fn variance(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let moved = moved(material, words);
    let mut blocks = vec![table(material, words, &moved)];
    let signals = moved.iter().filter(|moved| {
        let change = moved.score.value.unwrap_or_default() - moved.score.prior_value.unwrap_or_default();
        matches!(moved.behaviour.judged, Some(Move::Signal | Move::Shift))
            && is_visible(&self::change(words, moved.kpi, change))
    });
    blocks.extend(signals.filter_map(|moved| bridge(material, words, moved)).take(MOST_BRIDGES));
    blocks
}

fn moved<'a>(material: &Material<'a>, words: &Words<'_>) -> Vec<Moved<'a>> {
    let (catalogue, card) = (material.catalogue, material.scorecard);
    let mut moved: Vec<Moved<'a>> = material
        .edition
        .kpis
        .iter()
        .filter_map(|id| Some((catalogue.kpi(id)?, card.headline(id, material.scope)?)))
        .filter(|(_, score)| score.status != Status::Withheld && score.value.is_some() && score.prior_value.is_some())
        .map(|(kpi, score)| Moved {
            kpi,
            score,
            by_unit: variance::variance(card, kpi, material.scope, By::Unit),
            by_member: variance::variance(card, kpi, material.scope, By::Dimension),
            behaviour: behaviour::behaviour(material.scorecard, words, kpi, score),
        })
        .collect();
    // Signals first; the sort is stable, so the edition's order stays otherwise.
    moved.sort_by_key(|moved| !matches!(moved.behaviour.judged, Some(Move::Signal | Move::Shift)));
    moved
}

fn table(material: &Material<'_>, words: &Words<'_>, moved: &[Moved<'_>]) -> Block {
    let title = words.word("variance_title");
    if moved.is_empty() {
        return Block::Text { id: "variance".to_owned(), title, paragraphs: vec![words.word("bridge_none")] };
    }
    let column = |key: &'static str, align: Align, weight: f32| Column { head: words.word(key), align, weight };
    let mut columns = vec![
        column("kpi", Align::Left, 2.3),
        column("change_prior", Align::Right, 1.2),
        column("variance_rate", Align::Right, 1.1),
        column("variance_mix", Align::Right, 1.1),
        column("variance_move", Align::Left, 1.1),
        column("variance_unit", Align::Left, 2.0),
        column("variance_member", Align::Left, 2.0),
    ];
    let mut rows: Vec<Row> = moved.iter().map(|moved| row(material, words, moved)).collect();
    // A unit with none below it has no such column.
    if moved.iter().all(|moved| moved.by_unit.is_none()) {
        columns.remove(UNIT_COLUMN);
        for row in &mut rows {
            row.cells.remove(UNIT_COLUMN);
        }
    }
    Block::Table {
        id: "variance".to_owned(),
        title,
        lead: Some(words.word("variance_lead")),
        table: Table { columns, rows },
        note: Some(words.word("variance_note")),
    }
}

fn row(material: &Material<'_>, words: &Words<'_>, moved: &Moved<'_>) -> Row {
    let (kpi, score) = (moved.kpi, moved.score);
    let delta = words.delta(score.prior_value, score.value, kpi.unit, kpi.direction);
    let split = moved.by_unit.as_ref().or(moved.by_member.as_ref()).filter(|split| split.weighted);
    let part = |pick: fn(&Variance) -> Decimal| match split {
        Some(split) => Cell::typed(change(words, kpi, pick(split)), datum(kpi, pick(split))),
        None => Cell::text(quantity::NONE),
    };
    let first = |by: By, split: Option<&Variance>| {
        let part = split.and_then(|split| split.parts.first());
        let text = part.map(|part| (change(words, kpi, part.total()), name(material, words, by, &part.member)));
        match text.filter(|(change, _)| is_visible(change)) {
            Some((change, name)) => Cell::text(format!("{name} {change}")),
            None => Cell::text(quantity::NONE),
        }
    };
    let (word, tone) = match moved.behaviour.judged {
        None => (quantity::NONE.to_owned(), Tone::Muted),
        Some(Move::Noise) => (words.word("move_noise"), Tone::Muted),
        Some(Move::Signal) => (words.word("move_signal"), Tone::Neutral),
        Some(Move::Shift) => (words.word("move_shift"), Tone::Neutral),
    };
    Row {
        total: false,
        cells: vec![
            Cell::text(kpi.name.clone()),
            Cell::typed(
                delta.text,
                datum(kpi, score.value.unwrap_or_default() - score.prior_value.unwrap_or_default()),
            )
            .toned(delta.tone),
            part(Variance::rate),
            part(Variance::mix),
            Cell::text(word).toned(tone),
            first(By::Unit, moved.by_unit.as_ref()),
            first(By::Dimension, moved.by_member.as_ref()),
        ],
    }
}

/// Prior value, who moved it, current value; "why did it move?" in the sentence above.
fn bridge(material: &Material<'_>, words: &Words<'_>, moved: &Moved<'_>) -> Option<Block> {
    let kpi = moved.kpi;
    let (by, split) = match (&moved.by_unit, &moved.by_member) {
        (Some(split), _) if split.parts.len() > 1 => (By::Unit, split),
        (_, Some(split)) => (By::Dimension, split),
        (Some(split), None) => (By::Unit, split),
        (None, None) => return None,
    };
    let better = |change: Decimal| quantity::favourable(split.before, split.before + change, kpi.direction);
    let step = |label: String, change: Decimal| BridgeBar {
        label,
        value: float(change),
        text: self::change(words, kpi, change),
        total: false,
        favourable: better(change),
    };
    let mut steps: Vec<BridgeBar> = split
        .parts
        .iter()
        .take(MOST_STEPS)
        .map(|part| step(name(material, words, by, &part.member), part.total()))
        .filter(|bar| is_visible(&bar.text))
        .collect();
    let named: Decimal = split.parts.iter().take(steps.len()).map(Part::total).sum();
    let rest = step(words.word("bridge_other"), split.change() - named);
    if is_visible(&rest.text) {
        steps.push(rest);
    }
    let level = |label: String, value: Decimal, text: String| BridgeBar {
        label,
        value: float(value),
        text,
        total: true,
        favourable: None,
    };
    let tallest = steps.iter().map(|bar| bar.value.abs()).fold(0.0, f64::max);
    let highest = float(split.before).abs().max(float(split.after).abs());
    let mut bars = Vec::new();
    // An axis is never cut: beside levels many times as tall the steps stand alone and end at the net change.
    if tallest * MOST_TIMES_TALLER < highest {
        bars.extend(steps);
        bars.push(level(words.word("bridge_net"), split.change(), change(words, kpi, split.change())));
    } else {
        let period = material.scorecard.period;
        let figure = |value: Decimal| words.figure(Some(value), kpi.unit);
        bars.push(level(words.period_short(period.prior()), split.before, figure(split.before)));
        bars.extend(steps);
        bars.push(level(words.period_short(period), split.after, figure(split.after)));
    }
    let alt = bars.iter().map(|bar| format!("{} {}", bar.label, bar.text)).collect::<Vec<_>>().join("; ");
    Some(Block::Chart {
        id: format!("why-{}", kpi.id),
        title: material.language.fill("why_title", &[("name", &kpi.name)]),
        lead: why(material, words, kpi, by, split),
        spec: ChartSpec::Bridge(Bridge { bars, unit: String::new() }),
        alt,
        note: None,
    })
}

/// One sentence that names the driver.
fn why(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, by: By, split: &Variance) -> Option<String> {
    let first = split.parts.first()?;
    let key = if first.mix.abs() > first.rate.abs() { "why_mix" } else { "why_rate" };
    let mut sentence = material.language.fill(
        key,
        &[
            ("name", &kpi.name),
            ("before", &words.figure(Some(split.before), kpi.unit)),
            ("after", &words.figure(Some(split.after), kpi.unit)),
            ("driver", &name(material, words, by, &first.member)),
            ("part", &change(words, kpi, first.total())),
            ("change", &change(words, kpi, split.change())),
        ],
    );
    if split.weighted {
        let parts = [("rate", change(words, kpi, split.rate())), ("mix", change(words, kpi, split.mix()))];
        sentence.push(' ');
        sentence.push_str(
            &material.language.fill("why_parts", &parts.each_ref().map(|(name, text)| (*name, text.as_str()))),
        );
    }
    Some(sentence)
}

/// Every part of every split, exact, for the workbook.
pub fn sheet(material: &Material<'_>, words: &Words<'_>) -> Sheet {
    let column = |key: &'static str, align: Align| Column { head: words.word(key), align, weight: 1.0 };
    let mut rows = Vec::new();
    for moved in moved(material, words) {
        for (by, split) in [(By::Unit, &moved.by_unit), (By::Dimension, &moved.by_member)] {
            for part in split.iter().flat_map(|split| &split.parts) {
                let figure = |value: Option<Decimal>| match value {
                    Some(value) => Cell::typed(words.figure(Some(value), moved.kpi.unit), datum(moved.kpi, value)),
                    None => Cell::typed("", Datum::Empty),
                };
                let delta = |value: Decimal| Cell::typed(change(words, moved.kpi, value), datum(moved.kpi, value));
                rows.push(Row {
                    total: false,
                    cells: vec![
                        Cell::text(moved.kpi.name.clone()),
                        Cell::text(match by {
                            By::Unit => words.word("variance_by_unit"),
                            By::Dimension => words.language.head(moved.kpi.dimension.as_deref().unwrap_or_default()),
                        }),
                        Cell::text(name(material, words, by, &part.member)),
                        figure(part.before),
                        figure(part.after),
                        delta(part.rate),
                        delta(part.mix),
                        delta(part.total()),
                    ],
                });
            }
        }
    }
    Sheet {
        name: words.word("sheet_variance"),
        caption: material
            .language
            .fill("sheet_variance_caption", &[("period", &words.period(material.scorecard.period))]),
        table: Table {
            columns: vec![
                column("kpi", Align::Left),
                column("variance_by", Align::Left),
                column("variance_who", Align::Left),
                column("variance_before", Align::Right),
                column("variance_after", Align::Right),
                column("variance_rate", Align::Right),
                column("variance_mix", Align::Right),
                column("variance_total", Align::Right),
            ],
            rows,
        },
    }
}

fn name(material: &Material<'_>, words: &Words<'_>, by: By, member: &str) -> String {
    match by {
        By::Unit if member.is_empty() => words.word("variance_own"),
        By::Unit => words.unit(material, member),
        By::Dimension => words.member(member),
    }
}

fn change(words: &Words<'_>, kpi: &Kpi, change: Decimal) -> String {
    quantity::change(change, kpi.unit, words.currency, words.locale)
}

/// Whether more than zeros is printed.
fn is_visible(text: &str) -> bool {
    text.contains(|letter: char| ('1'..='9').contains(&letter))
}

fn datum(kpi: &Kpi, value: Decimal) -> Datum {
    match kpi.unit {
        Unit::Ratio => Datum::Percent(float(value)),
        Unit::Money => Datum::Money(float(value)),
        Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count | Unit::OneTo => Datum::Number(float(value)),
    }
}

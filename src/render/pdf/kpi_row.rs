//! One KPI as a strip: name, value, trend, bullet, changes, status, money, and its sentence below.

use super::canvas::Canvas;
use super::chart::paint_figure;
use super::columns::Slot;
use super::heads::text_x;
use super::layout::{self, Layout};
use super::masthead::draw_chip;
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting, baseline};
use super::tone;
use crate::chart::faces::Style;
use crate::chart::scene::{Anchor, Area, Ink, Pen, Scene};
use crate::chart::shaper::width as text_width;
use crate::chart::{draw_bullet, draw_sparkline};
use crate::report::{KpiRow, Tone};

pub(super) const NAME: Setting = Setting::new(Style::strong(8.4), 10.6, Ink::Text);
const POPULATION: Setting = Setting::new(Style::regular(7.0), 9.0, Ink::Muted);
pub(super) const VALUE: Setting = Setting::new(Style::strong(9.2), 11.4, Ink::Text);
/// Sizes tried for a long value, as a share of the usual one.
const VALUE_SCALES: [f32; 3] = [1.0, 0.88, 0.78];
pub(super) const DELTA: Setting = Setting::new(Style::regular(8.0), 10.4, Ink::Text);
pub(super) const TARGET: Setting = Setting::new(Style::regular(7.2), 9.2, Ink::Muted);
pub(super) const MONEY: Setting = Setting::new(Style::strong(8.0), 10.2, Ink::Text);
pub(super) const SENTENCE: Setting = Setting::new(Style::regular(7.9), 10.3, Ink::Text);
pub(super) const STATUS: Setting = Setting::new(Style::strong(7.4), 9.2, Ink::Text);
const SPARK_HEIGHT: f32 = 17.0;
const BULLET_HEIGHT: f32 = 9.0;
const COLUMNS: usize = 8;

/// The rows' columns, from left to right.
#[derive(Clone, Copy)]
pub(super) struct Slots {
    name: Slot,
    value: Slot,
    trend: Slot,
    target: Slot,
    prior: Slot,
    year: Slot,
    status: Slot,
    money: Slot,
}

pub(super) struct PlannedRow {
    name: Lines,
    population: Lines,
    value: Lines,
    spark: Scene,
    bullet: Option<Scene>,
    target: Lines,
    prior: Lines,
    year: Lines,
    status: Lines,
    status_tone: Tone,
    money: Lines,
    sentence: Lines,
    caveat: Lines,
    main_height: f32,
    /// Space above and below.
    pad: f32,
    pub(super) height: f32,
    nodes: Nodes,
}

struct Nodes {
    cells: [NodeId; COLUMNS],
    /// The name, where it leads to a definition, with what it leads to.
    link: Option<(NodeId, String)>,
    spark: Option<NodeId>,
    bullet: Option<NodeId>,
    sentence: NodeId,
}

impl Slots {
    pub(super) fn new(slots: &[Slot]) -> Self {
        let slot = |index: usize| slots.get(index).copied().unwrap_or(Slot { x: 0.0, width: 0.0 });
        Self {
            name: slot(0),
            value: slot(1),
            trend: slot(2),
            target: slot(3),
            prior: slot(4),
            year: slot(5),
            status: slot(6),
            money: slot(7),
        }
    }
}

pub(super) fn status_text(row: &KpiRow) -> String {
    format!("{} {}", row.status.shape, row.status.word).trim().to_owned()
}

pub(super) fn plan(
    tags: &mut Tags,
    table: NodeId,
    slots: Slots,
    (row, is_defined): (&KpiRow, bool),
    layout: &Layout,
) -> PlannedRow {
    let room = |slot: Slot| slot.width - 2.0 * layout::CELL_PAD;
    let wrap = |text: &str, setting: Setting, slot: Slot| Lines::wrap(text, setting, room(slot));
    let delta = |tone: Tone| DELTA.tabular().ink(tone.ink());
    let name = wrap(&row.name, NAME, slots.name).followed();
    let population = wrap(&row.population, POPULATION, slots.name);
    let value = wrap(&row.value, value_setting(&row.value, room(slots.value)), slots.value);
    let target = wrap(&row.target, TARGET, slots.target);
    let prior = wrap(&row.change_prior.text, delta(row.change_prior.tone), slots.prior);
    let year = wrap(&row.change_year.text, delta(row.change_year.tone), slots.year);
    let status_setting = STATUS.ink(row.status.tone.ink());
    let status = Lines::wrap(&status_text(row), status_setting, room(slots.status) - 6.0);
    let money = wrap(&row.money, MONEY.tabular(), slots.money);
    let across = layout.width - 2.0 * layout::CELL_PAD;
    let sentence = Lines::wrap(&row.sentence, SENTENCE, across).followed();
    let caveat = row.caveat.as_deref().unwrap_or_default();
    let caveat = Lines::wrap(caveat, SENTENCE.ink(Ink::Watch), across - tone::MARK_ROOM);
    let bullet = row.bullet.as_ref().map(|bullet| draw_bullet(bullet, room(slots.target), BULLET_HEIGHT));
    let bullet_height = bullet.as_ref().map_or(0.0, |_| BULLET_HEIGHT + 1.5);
    let main_height = [
        name.height() + population.height(),
        value.height(),
        SPARK_HEIGHT,
        bullet_height + target.height(),
        prior.height(),
        year.height(),
        status.height() + 5.0,
        money.height(),
    ]
    .into_iter()
    .fold(0.0, f32::max);
    let pad = layout.spacing.strip;
    let height = pad + main_height + 2.0 + sentence.height() + caveat.height() + pad;
    let nodes = nodes(tags, table, row, is_defined);
    PlannedRow {
        name,
        population,
        value,
        spark: draw_sparkline(&row.sparkline, room(slots.trend), SPARK_HEIGHT),
        bullet,
        target,
        prior,
        year,
        status,
        status_tone: row.status.tone,
        money,
        sentence,
        caveat,
        main_height,
        pad,
        height,
        nodes,
    }
}

/// The largest type in which no figure of the value has to break.
fn value_setting(text: &str, room: f32) -> Setting {
    let fits = |setting: &Setting| text.split(' ').all(|word| text_width(word, setting.style) <= room);
    let settings = VALUE_SCALES.map(|scale| VALUE.scaled(scale).tabular());
    let [.., smallest] = settings;
    settings.into_iter().find(fits).unwrap_or(smallest)
}

/// A row of cells, the drawings in theirs, and a row with the sentence over all columns.
fn nodes(tags: &mut Tags, table: NodeId, row: &KpiRow, is_defined: bool) -> Nodes {
    let main = tags.add(table, Kind::TableRow);
    let mut index = 0;
    let cells = [(); COLUMNS].map(|()| {
        index += 1;
        tags.add(main, if index == 1 { Kind::RowHead } else { Kind::Cell { span: 1 } })
    });
    let link = is_defined.then(|| (tags.add(cells[0], Kind::Link), row.name.clone()));
    let mut figure = |cell: NodeId, alt: &str| (!alt.is_empty()).then(|| tags.add_figure(cell, alt));
    let spark = figure(cells[2], &row.sparkline.alt);
    let bullet = row.bullet.as_ref().and_then(|bullet| figure(cells[3], &bullet.alt));
    let below = tags.add(table, Kind::TableRow);
    let sentence = tags.add(below, Kind::Cell { span: COLUMNS });
    Nodes { cells, link, spark, bullet, sentence }
}

pub(super) fn draw(canvas: &mut Canvas, row: &PlannedRow, slots: Slots, (left, width): (f32, f32), top: f32) {
    let y = top + row.pad;
    let [name, value, _, target, prior, year, status, money] = row.nodes.cells;
    let x = |slot: Slot, anchor: Anchor| left + text_x(slot, anchor);
    let at = x(slots.name, Anchor::Start);
    if let Some((node, target)) = &row.nodes.link {
        let area = Area { x: at, y, width: row.name.width(), height: row.name.height() };
        canvas.link(*node, area, target, |canvas| {
            row.name.draw(canvas, at, y, Anchor::Start);
        });
    }
    canvas.tagged(name, "TH", |canvas| {
        if row.nodes.link.is_none() {
            row.name.draw(canvas, at, y, Anchor::Start);
        }
        row.population.draw(canvas, x(slots.name, Anchor::Start), y + row.name.height(), Anchor::Start);
    });
    // figures of different size share the baseline of the name
    let cell = |canvas: &mut Canvas, node: NodeId, lines: &Lines, slot: Slot, anchor: Anchor| {
        let y = y + baseline(0.0, NAME) - baseline(0.0, lines.setting);
        if !lines.is_empty() {
            canvas.tagged(node, "TD", |canvas| {
                lines.draw(canvas, x(slot, anchor), y, anchor);
            });
        }
    };
    cell(canvas, value, &row.value, slots.value, Anchor::End);
    paint_figure(canvas, row.nodes.spark, &row.spark, (x(slots.trend, Anchor::Start), y - 1.5));
    let mut target_y = y;
    if let Some(bullet) = &row.bullet {
        paint_figure(canvas, row.nodes.bullet, bullet, (x(slots.target, Anchor::Start), y + 0.8));
        target_y += BULLET_HEIGHT + 1.5;
    }
    canvas.tagged(target, "TD", |canvas| {
        row.target.draw(canvas, x(slots.target, Anchor::Start), target_y, Anchor::Start);
    });
    cell(canvas, prior, &row.prior, slots.prior, Anchor::End);
    cell(canvas, year, &row.year, slots.year, Anchor::End);
    draw_status(canvas, row, status, x(slots.status, Anchor::Start), y);
    cell(canvas, money, &row.money, slots.money, Anchor::End);
    draw_sentence(canvas, row, left + layout::CELL_PAD, y + row.main_height + 2.0);
    let bottom = top + row.height;
    canvas.line(&[(left, bottom), (left + width, bottom)], Pen::solid(Ink::Rule, 0.5));
}

fn draw_status(canvas: &mut Canvas, row: &PlannedRow, node: NodeId, x: f32, y: f32) {
    let widest = row.status.width();
    if row.status.is_empty() {
        return;
    }
    let text_y = y + baseline(0.0, NAME) - baseline(0.0, row.status.setting);
    let chip = Area { x, y: text_y - 1.6, width: widest + 8.0, height: row.status.height() + 3.2 };
    draw_chip(canvas, chip, row.status_tone);
    canvas.tagged(node, "TD", |canvas| {
        row.status.draw(canvas, x + 4.0, text_y, Anchor::Start);
    });
}

fn draw_sentence(canvas: &mut Canvas, row: &PlannedRow, x: f32, y: f32) {
    if row.sentence.is_empty() && row.caveat.is_empty() {
        return;
    }
    let caveat_y = y + row.sentence.height();
    if !row.caveat.is_empty() {
        let mark = baseline(caveat_y, row.caveat.setting) - 5.2;
        tone::draw_mark(canvas, Tone::Watch, (x, mark), 5.0);
    }
    canvas.tagged(row.nodes.sentence, "TD", |canvas| {
        row.sentence.draw(canvas, x, y, Anchor::Start);
        row.caveat.draw(canvas, x + tone::MARK_ROOM, caveat_y, Anchor::Start);
    });
}

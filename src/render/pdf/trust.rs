//! The trust strip: what the figures rest on.
#![expect(clippy::cast_precision_loss, reason = "a handful of columns")]

use super::canvas::Canvas;
use super::flow::Piece;
use super::layout::{self, Layout};
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting, baseline};
use super::tone;
use crate::chart::faces::Style;
use crate::chart::measure::widest_word;
use crate::chart::scene::{Anchor, Ink, Pen};
use crate::report::{Tone, TrustItem};

const TRUST_VALUE: Setting = Setting::new(Style::strong(9.2), 12.0, Ink::Text);
const GAP: f32 = 8.0;

struct PlannedItem {
    label: Lines,
    value: Lines,
    note: Lines,
    tone: Tone,
    nodes: [NodeId; 3],
}

/// What the figures rest on: feeds, accuracy, what was downgraded.
pub(super) fn trust<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    title: &'a str,
    items: &[TrustItem],
    caveats: &[String],
) -> Vec<Piece<'a>> {
    let Layout { left, width, top: page_top, .. } = *layout;
    let right = layout.right();
    let mut pieces = Vec::new();
    let heading = tags.add(section, Kind::Heading);
    let lines = Lines::wrap(title, layout::STRIP_TITLE, width);
    let piece = Piece::new(11.0, lines.height() + 4.0, move |canvas, top| {
        if top > page_top {
            canvas.line(&[(left, top), (right, top)], Pen::solid(Ink::Rule, 0.5));
        }
        canvas.tagged(heading, "H2", |canvas| {
            lines.draw(canvas, left, top + 3.0, Anchor::Start);
        });
    });
    let has_more = !items.is_empty() || !caveats.is_empty();
    pieces.push(Piece { bookmark: Some(title), keep: has_more, ..piece });

    let columns = trust_columns(items, width);
    let item_width = (width - GAP * (columns - 1) as f32) / columns as f32;
    let mut plan = |item: &TrustItem| {
        let mark = if tone::is_judgement(item.tone) { tone::MARK_ROOM } else { 0.0 };
        PlannedItem {
            label: Lines::wrap(&item.label, layout::NOTE, item_width),
            value: Lines::wrap(&item.value, TRUST_VALUE.tabular(), item_width - mark),
            note: Lines::wrap(&item.note, layout::NOTE, item_width),
            tone: item.tone,
            nodes: [(); 3].map(|()| tags.add(section, Kind::Paragraph)),
        }
    };
    let mut rest: Vec<PlannedItem> = items.iter().map(&mut plan).collect();
    while !rest.is_empty() {
        let after = rest.split_off(columns.min(rest.len()));
        let row = std::mem::replace(&mut rest, after);
        let tallest = |part: fn(&PlannedItem) -> &Lines| row.iter().map(|item| part(item).height()).fold(0.0, f32::max);
        let (label, value, note) =
            (tallest(|item| &item.label), tallest(|item| &item.value), tallest(|item| &item.note));
        let draw = move |canvas: &mut Canvas, top: f32| {
            for (index, item) in row.iter().enumerate() {
                let x = left + (item_width + GAP) * index as f32;
                draw_item(canvas, item, (x, top), label, value);
            }
        };
        pieces.push(Piece {
            keep: !rest.is_empty() || !caveats.is_empty(),
            ..Piece::new(0.0, label + value + note + 3.0, draw)
        });
    }
    for caveat in caveats {
        pieces.push(bullet(tags, section, layout, caveat));
    }
    pieces
}

fn draw_item(canvas: &mut Canvas, item: &PlannedItem, (x, top): (f32, f32), label: f32, value: f32) {
    let [label_node, value_node, note_node] = item.nodes;
    canvas.tagged(label_node, "P", |canvas| {
        item.label.draw(canvas, x, top, Anchor::Start);
    });
    let mut value_x = x;
    if tone::is_judgement(item.tone) {
        let y = baseline(top + label, item.value.setting) - 6.0;
        tone::draw_mark(canvas, item.tone, (x, y), 5.4);
        value_x += tone::MARK_ROOM;
    }
    canvas.tagged(value_node, "P", |canvas| {
        item.value.draw(canvas, value_x, top + label, Anchor::Start);
    });
    canvas.tagged(note_node, "P", |canvas| {
        item.note.draw(canvas, x, top + label + value, Anchor::Start);
    });
}

/// As many columns as there are items, while their words still fit.
fn trust_columns(items: &[TrustItem], width: f32) -> usize {
    let word = |item: &TrustItem| {
        let mark = tone::MARK_ROOM;
        let value = widest_word(&item.value, TRUST_VALUE.style) + mark;
        value.max(widest_word(&item.label, layout::NOTE.style)).max(widest_word(&item.note, layout::NOTE.style))
    };
    // one name without spaces does not turn the strip into a list
    let widest = items.iter().map(word).fold(70.0, f32::max).min(width / 4.0);
    let most = items.len().clamp(1, 6);
    (1..=most).rev().find(|columns| (width + GAP) / *columns as f32 - GAP >= widest).unwrap_or(1)
}

fn bullet<'a>(tags: &mut Tags, section: NodeId, layout: &Layout, text: &str) -> Piece<'a> {
    let node = tags.add(section, Kind::Paragraph);
    let left = layout.left;
    let lines = Lines::wrap(text, layout::NOTE.ink(Ink::Watch), layout.width - tone::MARK_ROOM);
    Piece::new(1.5, lines.height(), move |canvas, top| {
        let y = baseline(top, lines.setting) - 5.2;
        tone::draw_mark(canvas, Tone::Watch, (left, y), 5.0);
        canvas.tagged(node, "P", |canvas| {
            lines.draw(canvas, left + tone::MARK_ROOM, top, Anchor::Start);
        });
    })
}

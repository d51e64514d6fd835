//! Big figures side by side.
#![expect(clippy::cast_precision_loss, reason = "a handful of columns")]

use super::flow::Piece;
use super::layout::Layout;
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting};
use super::tone;
use crate::chart::faces::Style;
use crate::chart::scene::{Anchor, Area, Ink};
use crate::chart::shaper::width as text_width;
use crate::report::{Tile, Tone};

const TILE_LABEL: Setting = Setting::new(Style::regular(7.6), 9.8, Ink::Muted);
const TILE_NOTE: Setting = Setting::new(Style::regular(7.6), 9.8, Ink::Text);
/// Sizes tried for a tile's figure until it fits on one line.
const TILE_SIZES: [f32; 4] = [18.0, 16.0, 14.0, 12.0];
const GAP: f32 = 8.0;
const MOST_COLUMNS: usize = 4;

struct PlannedTile {
    label: Lines,
    value: Lines,
    note: Lines,
    tone: Tone,
    nodes: [NodeId; 3],
}

/// Big figures side by side, at most four in a row.
pub(super) fn tiles<'a>(tags: &mut Tags, layout: &Layout, tiles: &[Tile]) -> Vec<Piece<'a>> {
    const PAD: f32 = 9.0;
    let columns = tiles.len().clamp(1, MOST_COLUMNS);
    let tile_width = (layout.width - GAP * (columns - 1) as f32) / columns as f32;
    let room = tile_width - 2.0 * PAD;
    let left = layout.left;
    let mut plan = |tile: &Tile| PlannedTile {
        label: Lines::wrap(&tile.label, TILE_LABEL, room - 10.0),
        value: Lines::wrap(&tile.value, value_setting(&tile.value, room), room),
        note: Lines::wrap(&tile.note, TILE_NOTE, room),
        tone: tile.tone,
        nodes: [(); 3].map(|()| tags.add(Tags::root(), Kind::Paragraph)),
    };
    let planned: Vec<PlannedTile> = tiles.iter().map(&mut plan).collect();
    let mut pieces = Vec::new();
    let mut rest = planned;
    while !rest.is_empty() {
        let after = rest.split_off(columns.min(rest.len()));
        let row = std::mem::replace(&mut rest, after);
        let tallest = |part: fn(&PlannedTile) -> &Lines| row.iter().map(|tile| part(tile).height()).fold(0.0, f32::max);
        let (label, value, note) =
            (tallest(|tile| &tile.label), tallest(|tile| &tile.value), tallest(|tile| &tile.note));
        let height = 9.0 + label + 1.0 + value + 1.0 + note + 7.0;
        pieces.push(Piece::new(GAP, height, move |canvas, top| {
            for (index, tile) in row.iter().enumerate() {
                let x = left + (tile_width + GAP) * index as f32;
                canvas.fill(Area { x, y: top, width: tile_width, height }, Ink::Ground);
                let edge = if tone::is_judgement(tile.tone) { tile.tone.ink() } else { Ink::Prior };
                canvas.fill(Area { x, y: top, width: tile_width, height: 2.2 }, edge);
                if tone::is_judgement(tile.tone) {
                    tone::draw_mark(canvas, tile.tone, (x + tile_width - PAD - 6.0, top + 10.5), 6.0);
                }
                let (x, y) = (x + PAD, top + 9.0);
                let parts = [(&tile.label, y), (&tile.value, y + label + 1.0), (&tile.note, y + label + value + 2.0)];
                for ((lines, y), node) in parts.into_iter().zip(tile.nodes) {
                    canvas.tagged(node, "P", |canvas| lines.draw(canvas, x, y, Anchor::Start));
                }
            }
        }));
    }
    pieces
}

/// The largest size at which a tile's figure stays on one line.
fn value_setting(text: &str, room: f32) -> Setting {
    let fits = |size: &f32| text_width(text, Style::strong(*size)) <= room;
    let size = TILE_SIZES.into_iter().find(|size| fits(size)).unwrap_or(TILE_SIZES[TILE_SIZES.len() - 1]);
    Setting::new(Style::strong(size), size * 1.25, Ink::Text)
}

//! Column heads: the first row of a table, and the repeated head of its further pages.

use std::rc::Rc;

use super::canvas::Canvas;
use super::columns::Slot;
use super::flow::{Piece, Repeat};
use super::layout::{self, Layout};
use super::tags::{Kind, NodeId, Tags};
use super::text::Lines;
use crate::chart::scene::{Anchor, Area, Ink, Pen};

/// Space above and below the text.
const PAD: f32 = 2.9;

/// Column heads drawn as text over a rule.
pub(super) struct Heads {
    cells: Vec<(Lines, Slot, Anchor)>,
    left: f32,
    width: f32,
    pub(super) height: f32,
}

/// Wraps column heads into their columns.
pub(super) fn heads<'t>(
    titles: impl Iterator<Item = (&'t str, Anchor)>,
    slots: &[Slot],
    layout: &Layout,
    scale: f32,
) -> Heads {
    let setting = layout::COLUMN_HEAD.scaled(scale);
    let wrap = |text: &str, slot: &Slot| Lines::wrap(text, setting, slot.width - 2.0 * layout::CELL_PAD);
    let cells: Vec<_> = titles.zip(slots).map(|((title, anchor), slot)| (wrap(title, slot), *slot, anchor)).collect();
    let height = cells.iter().map(|(lines, ..)| lines.height()).fold(0.0, f32::max) + 2.0 * PAD + 1.0;
    Heads { cells, left: layout.left, width: layout.width, height }
}

/// The heads as the table's first row, and again as the repeated head of further pages.
pub(super) fn head_piece<'a>(tags: &mut Tags, table: NodeId, heads: Heads) -> (Vec<Piece<'a>>, Rc<Repeat<'a>>) {
    let row = tags.add(table, Kind::TableRow);
    let nodes: Vec<NodeId> = heads.cells.iter().map(|_| tags.add(row, Kind::ColumnHead)).collect();
    let heads = Rc::new(heads);
    let again = Rc::clone(&heads);
    let height = heads.height;
    // a row that goes on from the page before brings no space of its own
    let repeat =
        Repeat { height: height + 2.0, draw: Box::new(move |canvas, top| draw_heads(canvas, &again, None, top)) };
    let piece = Piece::new(layout::TABLE_GAP, height, move |canvas, top| {
        draw_heads(canvas, &heads, Some(&nodes), top);
    });
    (vec![piece.keep()], Rc::new(repeat))
}

fn draw_heads(canvas: &mut Canvas, heads: &Heads, nodes: Option<&[NodeId]>, top: f32) {
    let Heads { cells, left, width, height } = heads;
    canvas.fill(Area { x: *left, y: top, width: *width, height: *height }, Ink::Ground);
    let rule = top + height;
    canvas.line(&[(*left, rule), (left + width, rule)], Pen::solid(Ink::Accent, 0.8));
    for (index, (lines, slot, anchor)) in cells.iter().enumerate() {
        // heads stand on the rule, however many lines the tallest has
        let y = rule - PAD - 0.5 - lines.height();
        let x = left + text_x(*slot, *anchor);
        match nodes.and_then(|nodes| nodes.get(index)) {
            Some(node) => canvas.tagged(*node, "TH", |canvas| lines.draw(canvas, x, y, *anchor)),
            None => lines.draw(canvas, x, y, *anchor),
        }
    }
}

/// The x of a cell's text, from the table's left edge.
pub(super) fn text_x(slot: Slot, anchor: Anchor) -> f32 {
    match anchor {
        Anchor::Start => slot.x + layout::CELL_PAD,
        Anchor::Middle => slot.x + slot.width / 2.0,
        Anchor::End => slot.x + slot.width - layout::CELL_PAD,
    }
}

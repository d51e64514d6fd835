//! Tables: repeated column heads, rows that are never split, figures in columns.

use std::rc::Rc;

use super::fit::fit;
use super::flow::Piece;
use super::heads::{head_piece, heads};
use super::layout::{self, Layout};
use super::prose;
use super::rows::{PlannedRow, anchor, draw_row, plan_row, split_row};
use super::tags::{Kind, NodeId, Tags};
use crate::report::{Cell, Row, Table};

/// Stands where there are no rows.
const NOTHING: &str = "–";

/// The table, ready for the flow; the first cells of its rows may be anchors.
pub(super) fn pieces<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    table: &Table,
    is_anchored: bool,
) -> Vec<Piece<'a>> {
    if table.columns.is_empty() {
        return prose::paragraph(tags, section, layout, NOTHING, layout::BODY, layout::TABLE_GAP);
    }
    let node = tags.add(section, Kind::Table);
    let fit = fit(table, layout.width);
    let titles = table.columns.iter().map(|column| (column.head.as_str(), anchor(column.align)));
    let (mut pieces, head) = head_piece(tags, node, heads(titles, &fit.slots, layout, fit.scale));
    // a table without rows says so instead of looking forgotten
    let nothing = Row { cells: vec![Cell::text(NOTHING)], total: false };
    let shown = if table.rows.is_empty() { std::slice::from_ref(&nothing) } else { &table.rows };
    let rows: Vec<PlannedRow> = shown
        .iter()
        .map(|row| plan_row(tags, node, &table.columns, row, &fit, layout.spacing.row))
        .flat_map(|row| split_row(row, layout.room() * 0.5))
        .collect();
    let count = rows.len();
    let whole = rows.iter().map(|row| row.height).sum::<f32>() < layout.spacing.whole;
    let (left, width) = (layout.left, layout.width);
    for (index, row) in rows.into_iter().enumerate() {
        // no single row before or after a page break, and no total without a row it sums up
        let keep = index + 1 < count && (whole || index == 0 || index + 2 == count);
        let piece = Piece::new(0.0, row.height, move |canvas, top| {
            if let Some(name) = row.name.as_deref().filter(|_| is_anchored) {
                canvas.anchor(name, top);
            }
            draw_row(canvas, &row, (left, width), top);
        });
        pieces.push(Piece { keep, repeat: Some(Rc::clone(&head)), ..piece });
    }
    pieces
}

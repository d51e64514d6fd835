//! Body rows of a table: planned with measured text, drawn with bars, marks and rules.

use super::canvas::Canvas;
use super::columns::Slot;
use super::fit::Fit;
use super::heads::text_x;
use super::layout;
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting, baseline};
use super::tone;
use crate::chart::scene::{Anchor, Area, Ink, Pen};
use crate::report::{Align, Cell, Column, Row, Tone};

/// Lines of a strip of a row that no page can hold.
const STRIP_LINES: usize = 6;

/// A cell with its text wrapped into its column.
struct PlannedCell {
    lines: Lines,
    slot: Slot,
    anchor: Anchor,
    mark: Option<Tone>,
    bar: Option<f32>,
    node: NodeId,
    tag: &'static str,
}

/// A row, or a strip of one that no page can hold.
pub(super) struct PlannedRow {
    cells: Vec<PlannedCell>,
    pub(super) height: f32,
    /// Space above the text; none where the strip above belongs to the same row.
    pad: f32,
    /// Ruled off from what it sums up.
    total: bool,
    /// The strip below belongs to the same row.
    continues: bool,
    /// The text of its first cell, where the row begins.
    pub(super) name: Option<String>,
}

/// Where a column's text stands.
pub(super) const fn anchor(align: Align) -> Anchor {
    match align {
        Align::Left => Anchor::Start,
        Align::Centre => Anchor::Middle,
        Align::Right => Anchor::End,
    }
}

/// How a cell's text is set.
pub(super) fn setting(cell: &Cell, total: bool) -> Setting {
    let strong = total || cell.tone == Tone::Bad;
    let base = if strong { layout::CELL_STRONG } else { layout::CELL };
    base.ink(cell.tone.ink()).tabular()
}

/// The shape in front of a text that does not tell its direction itself.
pub(super) fn mark(cell: &Cell) -> Option<Tone> {
    let needs = tone::is_judgement(cell.tone) && !cell.text.is_empty() && !tone::speaks_for_itself(&cell.text);
    needs.then_some(cell.tone)
}

/// Wraps a row's cells, `pad` above and below, and adds its elements to the structure.
pub(super) fn plan_row(
    tags: &mut Tags,
    table: NodeId,
    columns: &[Column],
    row: &Row,
    fit: &Fit,
    pad: f32,
) -> PlannedRow {
    let node = tags.add(table, Kind::TableRow);
    let empty = Cell::text("");
    let cells: Vec<PlannedCell> = columns
        .iter()
        .zip(&fit.slots)
        .enumerate()
        .map(|(index, (column, slot))| {
            let cell = row.cells.get(index).unwrap_or(&empty);
            let mark = mark(cell);
            let room = slot.width - 2.0 * layout::CELL_PAD - if mark.is_some() { tone::MARK_ROOM } else { 0.0 };
            let kind = if index == 0 { Kind::RowHead } else { Kind::Cell { span: 1 } };
            PlannedCell {
                lines: Lines::wrap(&cell.text, setting(cell, row.total).scaled(fit.scale), room),
                slot: *slot,
                anchor: anchor(column.align),
                mark,
                bar: cell.bar.filter(|bar| bar.is_finite()).map(|bar| bar.clamp(0.0, 1.0)),
                node: tags.add(node, kind),
                tag: kind.name(),
            }
        })
        .collect();
    let height = text_height(&cells) + 2.0 * pad;
    let name = row.cells.first().map(|cell| cell.text.clone());
    PlannedRow { cells, height, pad, total: row.total, continues: false, name }
}

fn text_height(cells: &[PlannedCell]) -> f32 {
    let height = |cell: &PlannedCell| cell.lines.height();
    cells.iter().map(height).fold(layout::CELL.leading, f32::max)
}

/// A row is one strip; only one too tall for the rest of any page is cut between lines.
pub(super) fn split_row(row: PlannedRow, tallest: f32) -> Vec<PlannedRow> {
    if row.height <= tallest {
        return vec![row];
    }
    let count = row.cells.iter().map(|cell| cell.lines.lines.len()).max().unwrap_or(0);
    let strips = count.div_ceil(STRIP_LINES);
    let strip = |index: usize| {
        let part = |cell: &PlannedCell| {
            let Lines { setting, lines } = &cell.lines;
            let lines = lines.chunks(STRIP_LINES).nth(index).map(<[String]>::to_vec);
            PlannedCell {
                lines: Lines { setting: *setting, lines: lines.unwrap_or_default() },
                mark: cell.mark.filter(|_| index == 0),
                bar: cell.bar.filter(|_| index == 0),
                ..*cell
            }
        };
        let cells: Vec<PlannedCell> = row.cells.iter().map(part).collect();
        let (opens, closes) = (index == 0, index + 1 == strips);
        let pad = if opens { row.pad } else { 0.0 };
        let height = pad + text_height(&cells) + if closes { row.pad } else { 0.0 };
        let (total, continues) = (row.total && opens, !closes);
        let name = row.name.clone().filter(|_| opens);
        PlannedRow { cells, height, pad, total, continues, name }
    };
    (0..strips).map(strip).collect()
}

/// Draws a row over the table's width.
pub(super) fn draw_row(canvas: &mut Canvas, row: &PlannedRow, (left, width): (f32, f32), top: f32) {
    let bottom = top + row.height;
    if row.total {
        canvas.line(&[(left, top), (left + width, top)], Pen::solid(Ink::Text, 0.8));
    }
    if !row.continues {
        canvas.line(&[(left, bottom), (left + width, bottom)], Pen::solid(Ink::Rule, 0.5));
    }
    for cell in &row.cells {
        draw_bar(canvas, cell, left, top, row.pad);
        if cell.lines.is_empty() {
            continue;
        }
        let y = top + row.pad;
        let mut x = left + text_x(cell.slot, cell.anchor);
        if let Some(tone) = cell.mark {
            let setting = cell.lines.setting;
            let first = cell.lines.line_width(0);
            let mark_x = match cell.anchor {
                Anchor::Start => x,
                Anchor::Middle => x - first / 2.0 - tone::MARK_ROOM / 2.0,
                Anchor::End => x - first - tone::MARK_ROOM,
            };
            tone::draw_mark(canvas, tone, (mark_x, baseline(y, setting) - 5.4), 5.0);
            x += match cell.anchor {
                Anchor::Start => tone::MARK_ROOM,
                Anchor::Middle => tone::MARK_ROOM / 2.0,
                Anchor::End => 0.0,
            };
        }
        canvas.tagged(cell.node, cell.tag, |canvas| {
            cell.lines.draw(canvas, x, y, cell.anchor);
        });
    }
}

/// A bar behind the figure it stands for; solid where there is no figure.
fn draw_bar(canvas: &mut Canvas, cell: &PlannedCell, left: f32, top: f32, pad: f32) {
    let Some(share) = cell.bar.filter(|share| *share > 0.0) else {
        return;
    };
    let room = cell.slot.width - layout::CELL_PAD;
    let area = Area {
        x: left + cell.slot.x + layout::CELL_PAD / 2.0,
        y: top + 1.6,
        width: (room * share).max(0.8),
        height: layout::CELL.leading + 2.0 * pad - 3.2,
    };
    let (ink, height) =
        if cell.lines.is_empty() { (Ink::Accent, area.height - 4.0) } else { (Ink::Track, area.height) };
    canvas.fill(Area { y: area.y + (area.height - height) / 2.0, height, ..area }, ink);
}

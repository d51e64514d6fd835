//! Tables and bars for a column of 600 px.
//!
//! A wide table keeps its first column and as many figure columns as a phone can show; the other
//! cells go below the first one as `head: text`. Nothing is dropped and nothing scrolls sideways.

use serde::Serialize;

use crate::chart::Bullet;
use crate::report::{Align, Cell, Column, Row, Table};

/// Characters the figure columns may share on a phone of 375 px, beside the first column.
const FIGURE_CHARS: usize = 30;
/// Most columns shown side by side beside the first.
const FIGURE_COLUMNS: usize = 4;
/// Estimated height of one table, in px; Outlook cuts tables above 1,700.
const GRID_HEIGHT: usize = 1_200;
/// Longest text of one cell, in characters; the template cuts there, too.
const CELL_CHARS: usize = 400;

/// One table of a mail: a part of a block's table.
#[derive(Serialize)]
pub(super) struct Grid<'a> {
    first: &'a Column,
    figures: Vec<&'a Column>,
    /// Columns side by side.
    span: usize,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a Cell,
    figures: Vec<Figure<'a>>,
    /// Cells that found no column, as head and cell.
    rest: Vec<(&'a str, &'a Cell)>,
    total: bool,
}

#[derive(Serialize)]
struct Figure<'a> {
    cell: &'a Cell,
    align: Align,
    bar: Vec<Segment>,
}

/// One cell of a bar: how wide and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Segment {
    /// Per cent of the bar, 1 to 100.
    width: u32,
    ink: Ink,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ink {
    /// The value.
    Fill,
    /// The target or plan.
    Mark,
    /// What is left of the scale.
    Rest,
}

/// Lays a table out; several grids where one would be too tall, none for a table without rows.
pub(super) fn grids(table: &Table) -> Vec<Grid<'_>> {
    let Some((first, others)) = table.columns.split_first() else { return Vec::new() };
    let shown = shown(table, others);
    let line = |row| line(row, others, &shown);
    let mut grids = Vec::new();
    let mut height = usize::MAX;
    for row in &table.rows {
        let Some(line) = line(row) else { continue };
        let taller = line.height();
        if height.saturating_add(taller) > GRID_HEIGHT {
            let figures = shown.iter().map(|i| &others[*i]).collect();
            grids.push(Grid { first, figures, span: shown.len() + 1, lines: Vec::new() });
            height = 0;
        }
        height += taller;
        if let Some(grid) = grids.last_mut() {
            grid.lines.push(line);
        }
    }
    grids
}

/// Which of the columns after the first stand side by side: all if they fit, otherwise figures,
/// the last first, because money stands last.
fn shown(table: &Table, others: &[Column]) -> Vec<usize> {
    let width = |i: usize| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(i + 1));
        let widest = cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0);
        let head = others[i].head.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
        widest.max(head) + 2
    };
    let all: usize = (0..others.len()).map(width).sum();
    if others.len() <= FIGURE_COLUMNS && all <= FIGURE_CHARS {
        return (0..others.len()).collect();
    }
    let mut left = FIGURE_CHARS;
    let mut shown = Vec::new();
    for i in (0..others.len()).rev().filter(|i| others[*i].align == Align::Right) {
        let width = width(i);
        if width <= left && shown.len() < FIGURE_COLUMNS {
            left -= width;
            shown.push(i);
        }
    }
    shown.reverse();
    shown
}

fn line<'a>(row: &'a Row, others: &'a [Column], shown: &[usize]) -> Option<Line<'a>> {
    let (name, cells) = row.cells.split_first()?;
    let figure = |i: &usize| {
        let cell = cells.get(*i)?;
        let bar = cell.bar.map_or_else(Vec::new, |share| segments(f64::from(share), None));
        Some(Figure { cell, align: others[*i].align, bar })
    };
    let hidden = others.iter().zip(cells).enumerate().filter(|(i, _)| !shown.contains(i));
    let rest = hidden.map(|(_, (column, cell))| (column.head.as_str(), cell));
    Some(Line {
        name,
        figures: shown.iter().filter_map(figure).collect(),
        rest: rest.filter(|(_, cell)| !cell.text.is_empty()).collect(),
        total: row.total,
    })
}

impl Line<'_> {
    /// Estimated height in px on a phone, on the high side.
    fn height(&self) -> usize {
        let lines = |text: &str, per_line: usize| text.chars().count().min(CELL_CHARS) / per_line + 1;
        let rest = self
            .rest
            .iter()
            .map(|(head, cell)| head.chars().count().min(CELL_CHARS) + cell.text.chars().count().min(CELL_CHARS) + 4);
        let rest = rest.sum::<usize>().div_ceil(50);
        let figures = self.figures.iter().map(|figure| lines(&figure.cell.text, 8));
        let high = lines(&self.name.text, 16).max(figures.max().unwrap_or(0));
        let bars = if self.figures.iter().any(|figure| !figure.bar.is_empty()) { 10 } else { 0 };
        15 + 20 * high + bars + 17 * rest
    }
}

/// A bullet as cells: the value, the mark of the target, the rest of the scale.
pub(super) fn bullet(bullet: Option<&Bullet>) -> Vec<Segment> {
    let Some(bullet) = bullet else { return Vec::new() };
    let span = bullet.high - bullet.low;
    let place = |value: f64| (value - bullet.low) / span;
    segments(place(bullet.value), Some(place(bullet.target)))
}

/// A bar of which `share` is filled, with a mark at `mark`; shares outside 0 to 1 are cut. Nothing
/// is drawn for a share that is not a number.
pub(super) fn segments(share: f64, mark: Option<f64>) -> Vec<Segment> {
    let Some(fill) = per_cent(share) else { return Vec::new() };
    let mut cells: Vec<Ink> = (0..100).map(|i| if i < fill { Ink::Fill } else { Ink::Rest }).collect();
    if let Some(mark) = mark.and_then(per_cent) {
        let at = (mark as usize).min(99);
        cells[at] = Ink::Mark;
    }
    let mut segments: Vec<Segment> = Vec::new();
    for ink in cells {
        match segments.last_mut() {
            Some(last) if last.ink == ink => last.width += 1,
            Some(_) | None => segments.push(Segment { width: 1, ink }),
        }
    }
    segments
}

/// A share as whole per cent, 0 to 100.
fn per_cent(share: f64) -> Option<u32> {
    let cut = share.is_finite().then(|| share.clamp(0.0, 1.0) * 100.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut to 0..=100 above; a bar's length, not a figure"
    )]
    Some(cut.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::{Ink, Segment, grids, segments};
    use crate::report::{Align, Cell, Column, Row, Table};

    fn widths(share: f64, mark: Option<f64>) -> Vec<(u32, Ink)> {
        segments(share, mark).iter().map(|Segment { width, ink }| (*width, *ink)).collect()
    }

    #[test]
    fn bars_always_fill_their_cell_exactly() {
        assert_eq!(widths(0.5, None), [(50, Ink::Fill), (50, Ink::Rest)]);
        assert_eq!(widths(0.4, Some(0.7)), [(40, Ink::Fill), (30, Ink::Rest), (1, Ink::Mark), (29, Ink::Rest)]);
        assert_eq!(widths(7.5, Some(1.0)), [(99, Ink::Fill), (1, Ink::Mark)]);
        assert_eq!(widths(-1.0, Some(-1.0)), [(1, Ink::Mark), (99, Ink::Rest)]);
        assert!(segments(f64::NAN, Some(0.5)).is_empty());
    }

    fn table(columns: usize, rows: usize) -> Table {
        let column = |i| Column {
            head: format!("Head {i}"),
            align: if i == 0 { Align::Left } else { Align::Right },
            weight: 1.0,
        };
        let row = Row { cells: vec![Cell::text("EUR 1,234 k"); columns], total: false };
        Table { columns: (0..columns).map(column).collect(), rows: vec![row; rows] }
    }

    #[test]
    fn a_long_table_becomes_several_and_keeps_every_row() {
        let table = table(8, 200);
        let grids = grids(&table);
        assert!(grids.len() > 3);
        assert_eq!(grids.iter().map(|grid| grid.lines.len()).sum::<usize>(), 200);
        let line = &grids[0].lines[0];
        assert_eq!(1 + line.figures.len() + line.rest.len(), 8);
    }

    #[test]
    fn a_table_without_rows_or_columns_is_no_grid() {
        assert!(grids(&table(0, 0)).is_empty());
        assert!(grids(&table(3, 0)).is_empty());
    }
}

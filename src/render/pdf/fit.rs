//! How a table is set so that its figures stay whole: column widths, and type size as the last resort.

use super::columns::{Slot, Want, share};
use super::layout;
use super::rows::{mark, setting};
use super::tone;
use crate::chart::faces::Style;
use crate::chart::measure::widest_word;
use crate::chart::shaper::width as text_width;
use crate::report::{Align, Column, Row, Table};

/// Type sizes tried, as a share of the usual one.
const SCALES: [f32; 4] = [1.0, 0.9, 0.8, 0.7];
/// A text no wider than this is not broken for want of weight.
const SHORT_TEXT: f32 = 62.0;
/// Where columns are many, words are given no more than this.
const NARROW_WORD: f32 = 58.0;
/// Space between a column of figures and a text after it.
const GUTTER: f32 = 9.0;

/// How a table is set so that its figures stay whole.
pub(super) struct Fit {
    pub(super) slots: Vec<Slot>,
    /// Of the type size; below one only where so many columns would break their figures.
    pub(super) scale: f32,
}

/// Column widths, and smaller type before any figure or common word would have to break.
pub(super) fn fit(table: &Table, total: f32) -> Fit {
    let mut wanted = Vec::new();
    let mut scale = 1.0;
    'sizes: for size in SCALES {
        for narrow in [false, true] {
            (wanted, scale) = (wants(table, total, size, narrow), size);
            if wanted.iter().map(|want| want.least).sum::<f32>() <= total {
                break 'sizes;
            }
        }
    }
    let mut slots = share(&wanted, total);
    for (index, slot) in slots.iter_mut().enumerate() {
        let gutter = gutter(table, index);
        *slot = Slot { x: slot.x + gutter, width: slot.width - gutter };
    }
    Fit { slots, scale }
}

/// Extra space where a text would begin right after a column of figures.
fn gutter(table: &Table, index: usize) -> f32 {
    let align = |index: usize| table.columns.get(index).map(|column| column.align);
    let before = index.checked_sub(1).and_then(align);
    if before == Some(Align::Right) && align(index) == Some(Align::Left) { GUTTER } else { 0.0 }
}

fn wants(table: &Table, total: f32, scale: f32, narrow: bool) -> Vec<Want> {
    let longest = if narrow { NARROW_WORD } else { total * 0.2 };
    let word = |text: &str, style: Style| {
        let whole = text_width(text, style);
        // dates and other short texts stay on one line
        if whole <= SHORT_TEXT && !narrow { whole } else { widest_word(text, style).min(longest * scale) }
    };
    let column_want = |(index, column): (usize, &Column)| {
        let need = |row: &Row| {
            let Some(cell) = row.cells.get(index) else {
                return 0.0;
            };
            let style = setting(cell, row.total).scaled(scale).style;
            let text = match column.align {
                Align::Right => text_width(&cell.text, style).min(total * 0.24),
                Align::Left | Align::Centre => word(&cell.text, style),
            };
            text + if mark(cell).is_some() { tone::MARK_ROOM } else { 0.0 }
        };
        let head = widest_word(&column.head, layout::COLUMN_HEAD.scaled(scale).style).min(total * 0.2);
        let text = table.rows.iter().map(need).fold(head, f32::max);
        Want { weight: column.weight, least: text + 2.0 * layout::CELL_PAD + 0.2 + gutter(table, index) }
    };
    table.columns.iter().enumerate().map(column_want).collect()
}

//! How the columns share the width out, and what a cell looks like in it.
#![expect(clippy::cast_precision_loss, reason = "drawing coordinates")]

use std::ops::Range;

use super::{BETWEEN, HeatCell, HeatMap, HeatRow, LABEL, LEADING, PAD, SHAPE, SHAPE_GAP, SIZE, VALUE, WORST};
use crate::chart::Tone;
use crate::chart::faces::Style;
use crate::chart::measure::{fit, hyphenated, widest_word, wrap, wrap_to};
use crate::chart::scene::{Anchor, Area, Ink, Scene};
use crate::chart::shaper::width as text_width;

/// Largest share of the width that the rows' labels take, with the size of the heads: the pair
/// that needs the fewest panels is taken, and of several the one whose rows need the fewest lines.
const TRIED: [(f32, f32); 3] = [(0.3, 7.5), (0.22, 7.5), (0.22, 6.8)];
/// Share of the width up to which the longest word of the rows' labels stays whole.
const LABEL_WORD_SHARE: f32 = 0.28;
/// Lines of a row's label: two units must not look alike because their names are cut.
const LABEL_LINES: usize = 6;
/// Space between two heads.
const HEAD_GAP: f32 = BETWEEN + 2.2;
/// Widest cell: a map of few columns is not stretched.
const WIDEST_CELL: f32 = 96.0;
/// Lines of a head.
const HEAD_LINES: usize = 4;
/// A head's word wider than this may break.
const HEAD_WORD: f32 = 46.0;

/// Columns and their places.
pub(super) struct Plan {
    pub(super) width: f32,
    pub(super) columns: usize,
    pub(super) head: Style,
    label: f32,
    cell: f32,
    /// Columns of one panel.
    per_panel: usize,
}

impl Plan {
    pub(super) fn of(map: &HeatMap, width: f32) -> Self {
        let plans = TRIED.map(|(share, head)| Self::tried(map, width, share, Style::strong(head)));
        let lines = |plan: &Self| {
            let cells = |row: &HeatRow| row.cells.iter().map(|cell| plan.filling(cell).lines()).max().unwrap_or(0);
            map.rows.iter().map(|row| plan.label_lines(map, row).len().max(cells(row))).sum::<usize>()
        };
        let [first, others @ ..] = plans;
        others.into_iter().fold(first, |best, plan| {
            let weight = |plan: &Self| (plan.panels().count(), lines(plan));
            if weight(&plan) < weight(&best) { plan } else { best }
        })
    }

    fn tried(map: &HeatMap, width: f32, label_share: f32, head: Style) -> Self {
        let cells = || map.rows.iter().flat_map(|row| &row.cells);
        let columns = map.rows.iter().map(|row| row.cells.len()).chain([map.columns.len()]).max().unwrap_or(0);
        let labels = map.rows.iter().map(|row| text_width(&row.label, LABEL));
        let words = map.rows.iter().map(|row| widest_word(&row.label, LABEL));
        let word = words.fold(0.0, f32::max).min(width * LABEL_WORD_SHARE);
        let label = labels.fold(0.0, f32::max).min((width * label_share).max(word)) + PAD * 2.0;
        let parts = cells().flat_map(|cell| parted(&cell.text).map(|part| widest_word(part, style(cell))));
        let word = parts.fold(SIZE * 2.0, f32::max) + 2.0 * PAD + BETWEEN;
        let heads = map.columns.iter().map(|text| widest_word(text, head).min(HEAD_WORD));
        let needed = word.max(heads.fold(0.0, f32::max) + HEAD_GAP);
        let room = width - label;
        // the fewest panels in which no figure and hardly a head's word breaks
        let per_panel = (1..=columns).rev().find(|count| room / *count as f32 >= needed).unwrap_or(1);
        let panels = columns.div_ceil(per_panel.max(1));
        let per_panel = columns.div_ceil(panels.max(1)).max(1);
        let cell = (room / per_panel as f32).min(WIDEST_CELL.max(needed).min(room));
        Self { width, columns, head, label, cell, per_panel }
    }

    /// The columns of each panel.
    pub(super) fn panels(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.columns).step_by(self.per_panel).map(|from| from..(from + self.per_panel).min(self.columns))
    }

    /// Place of a panel's cell in a row of the given height.
    pub(super) fn cell(&self, index: usize, height: f32) -> Area {
        let x = self.label + self.cell * index as f32;
        Area { x, y: 0.0, width: self.cell - BETWEEN, height: (height - BETWEEN).max(0.0) }
    }

    fn inside(&self) -> f32 {
        self.cell - BETWEEN - 2.0 * PAD + 0.02
    }

    pub(super) fn head_lines(&self, map: &HeatMap, column: usize) -> Vec<String> {
        let head = map.columns.get(column).map_or("", String::as_str);
        lines(head, self.head, self.cell - HEAD_GAP + 0.1, (HEAD_LINES, &map.language))
    }

    pub(super) fn label_lines(&self, map: &HeatMap, row: &HeatRow) -> Vec<String> {
        lines(&row.label, LABEL, self.label - PAD * 2.0 + 0.1, (LABEL_LINES, &map.language))
    }

    /// The value on one line, else the currency above it, with the shape in front if there is room.
    pub(super) fn filling(&self, cell: &HeatCell) -> Filling {
        let (inside, style, shape) = (self.inside(), style(cell), shape_width(cell));
        if shape + text_width(&cell.text, style) <= inside {
            return Filling { beside: true, shape: cell.shape.clone(), values: vec![cell.text.clone()] };
        }
        let values: Vec<String> = if text_width(&cell.text, style) <= inside {
            vec![cell.text.clone()]
        } else {
            parted(&cell.text).flat_map(|part| wrap(part, style, inside)).collect()
        };
        let beside = values.first().is_some_and(|value| shape + text_width(value, style) <= inside);
        Filling { beside, shape: fit(&cell.shape, SHAPE, inside), values }
    }
}

/// Shape and value of a cell as they are printed.
pub(super) struct Filling {
    /// Whether the shape stands in front of the first line, not above it.
    beside: bool,
    shape: String,
    values: Vec<String>,
}

impl Filling {
    pub(super) fn lines(&self) -> usize {
        let above = !self.beside && !self.shape.is_empty();
        self.values.len() + usize::from(above)
    }

    /// Prints it around `middle`, with the baseline of its first line at `first`.
    pub(super) fn draw(&self, scene: &mut Scene, cell: &HeatCell, middle: f32, first: f32) {
        let (style, ink) = (style(cell), cell.tone.ink());
        let mut y = first;
        if !self.beside && !self.shape.is_empty() {
            scene.text(middle, y, Anchor::Middle, SHAPE, ink, self.shape.as_str());
            y += LEADING;
        }
        for (index, value) in self.values.iter().enumerate() {
            if index == 0 && self.beside {
                let shape = shape_width(cell);
                let x = middle - f32::midpoint(shape, text_width(value, style));
                scene.text(x, y, Anchor::Start, SHAPE, ink, self.shape.as_str());
                scene.text(x + shape, y, Anchor::Start, style, Ink::Text, value.as_str());
            } else {
                scene.text(middle, y, Anchor::Middle, style, Ink::Text, value.as_str());
            }
            y += LEADING;
        }
    }
}

/// A text in at most so many lines, broken between syllables where a word is wider than the room.
fn lines(text: &str, style: Style, room: f32, (most, language): (usize, &str)) -> Vec<String> {
    let text = hyphenated(text, style, room, language);
    // the hyphen comes to the end of its line
    let room = if text.contains('\u{AD}') { room - text_width("-", style) } else { room };
    wrap_to(&text, style, room, most)
}

/// A text before and after its first space: digits are never parted.
fn parted(text: &str) -> impl Iterator<Item = &str> {
    text.splitn(2, ['\u{a0}', ' '])
}

/// What is off target is strong.
fn style(cell: &HeatCell) -> Style {
    if cell.tone == Tone::Bad { WORST } else { VALUE }
}

fn shape_width(cell: &HeatCell) -> f32 {
    if cell.shape.is_empty() { 0.0 } else { text_width(&cell.shape, SHAPE) + SHAPE_GAP }
}

//! The heat map: units against measures, each cell a status shape and a value on tinted ground.
//!
//! The shape tells the status in grey print; a cell off target also has a frame and strong figures.
//! Where the cells do not fit side by side, the columns come in several panels, one below the other.
#![expect(clippy::cast_precision_loss, reason = "drawing coordinates")]

mod plan;

use std::ops::Range;

use serde::Serialize;

use super::Tone;
use super::faces::Style;
use super::measure::fit;
use super::scene::{Anchor, Area, Ink, Pen, Scene};
use super::shaper::width as text_width;
use plan::{Filling, Plan};

/// Units (rows) against measures (columns). Read well up to 12 columns and 40 rows.
#[derive(Debug, Clone, Serialize)]
pub struct HeatMap {
    pub columns: Vec<String>,
    pub rows: Vec<HeatRow>,
    /// BCP 47 tag: long heads break between its syllables.
    pub language: String,
    /// What the shapes mean, printed above the first panel.
    pub legend: Vec<HeatKey>,
    /// The values in words.
    pub alt: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct HeatRow {
    pub label: String,
    /// One per column; what is missing is drawn as nothing known.
    pub cells: Vec<HeatCell>,
}

#[derive(Debug, Clone, Serialize)]
pub struct HeatCell {
    /// The value as printed, e.g. `71.4 %`.
    pub text: String,
    /// Status word, e.g. `off target`; read where the map is text.
    pub word: String,
    /// One of `●`, `▲`, `■`, `○`.
    pub shape: String,
    pub tone: Tone,
}

#[derive(Debug, Clone, Serialize)]
pub struct HeatKey {
    pub shape: String,
    pub word: String,
    pub tone: Tone,
}

/// Size of all texts in points.
const SIZE: f32 = 8.0;
const LABEL: Style = Style::regular(SIZE);
const VALUE: Style = Style::regular(SIZE).tabular();
const WORST: Style = Style::strong(SIZE).tabular();
const SHAPE: Style = Style::regular(SIZE);
/// Points from one text line to the next.
const LEADING: f32 = 9.6;
/// Space between a shape and the value beside it.
const SHAPE_GAP: f32 = 2.6;
/// Space inside a cell, on each side, and between cells.
const PAD: f32 = 3.0;
const BETWEEN: f32 = 1.2;
/// Space between two panels.
const PANEL_GAP: f32 = 12.0;

/// A heat map as strips of equal width, to be stacked or to go on over pages.
#[derive(Debug)]
pub struct Strips {
    /// What the shapes mean; empty where there is nothing to say.
    pub legend: Scene,
    pub panels: Vec<Panel>,
}

/// Some of the columns for all of the rows.
#[derive(Debug)]
pub struct Panel {
    /// The column heads, to be repeated where the panel goes on.
    pub head: Scene,
    pub rows: Vec<Scene>,
}

/// Draws the whole map; the height follows.
#[must_use]
pub fn draw(map: &HeatMap, width: f32) -> Scene {
    let whole = strips(map, width).pages(f32::INFINITY).into_iter().next();
    whole.unwrap_or_else(|| Scene::new(width, 1.0))
}

/// Draws the map in strips.
#[must_use]
pub fn strips(map: &HeatMap, width: f32) -> Strips {
    let plan = Plan::of(map, width);
    if plan.columns == 0 || map.rows.is_empty() {
        let mut scene = Scene::new(width, 24.0);
        scene.text(width / 2.0, 15.0, Anchor::Middle, LABEL, Ink::Muted, "–");
        return Strips { legend: scene, panels: Vec::new() };
    }
    let panels = plan.panels().map(|columns| Panel {
        head: draw_head(&plan, map, columns.clone()),
        rows: map.rows.iter().map(|row| draw_row(&plan, map, row, columns.clone())).collect(),
    });
    Strips { legend: draw_legend(&map.legend, width), panels: panels.collect() }
}

impl Strips {
    /// Stacks the strips into drawings of at most `room` points, each opened by its column heads. A row
    /// higher than the room has a drawing of its own.
    #[must_use]
    pub fn pages(&self, room: f32) -> Vec<Scene> {
        let mut pages = vec![Scene::new(self.legend.width, 0.0)];
        pages[0].append(&self.legend, 0.0);
        for panel in &self.panels {
            for (index, row) in panel.rows.iter().enumerate() {
                let last = pages.len() - 1;
                let used = pages[last].height;
                let gap = if used > self.legend.height { PANEL_GAP } else { 0.0 };
                let opening = if index == 0 { gap + panel.head.height } else { 0.0 };
                let full = last > 0 || index > 0 || used > self.legend.height;
                if full && used + opening + row.height > room {
                    pages.push(Scene::new(row.width, 0.0));
                    let last = pages.len() - 1;
                    pages[last].append(&panel.head, 0.0);
                } else if index == 0 {
                    pages[last].append(&panel.head, gap);
                }
                let last = pages.len() - 1;
                pages[last].append(row, 0.0);
            }
        }
        pages
    }
}

/// Shapes and their words, in as many lines as they need.
fn draw_legend(keys: &[HeatKey], width: f32) -> Scene {
    let mut scene = Scene::new(width, 0.0);
    let (mut x, mut y) = (0.0, 7.5);
    for key in keys {
        let shape = text_width(&key.shape, SHAPE) + SHAPE_GAP;
        let word = fit(&key.word, LABEL, width - shape);
        let reach = shape + text_width(&word, LABEL);
        if x > 0.0 && x + reach > width {
            (x, y) = (0.0, y + LEADING + 1.5);
        }
        scene.text(x, y, Anchor::Start, SHAPE, key.tone.ink(), fit(&key.shape, SHAPE, width / 2.0));
        scene.text(x + shape, y, Anchor::Start, LABEL, Ink::Muted, word);
        x += reach + 12.0;
        scene.height = y + 7.5;
    }
    scene
}

/// Column heads standing on their rule.
fn draw_head(plan: &Plan, map: &HeatMap, columns: Range<usize>) -> Scene {
    let heads: Vec<Vec<String>> = columns.clone().map(|column| plan.head_lines(map, column)).collect();
    let lines = heads.iter().map(Vec::len).max().unwrap_or(0).max(1) as f32;
    let mut scene = Scene::new(plan.width, lines * LEADING + 5.0);
    for (column, head) in columns.clone().zip(heads) {
        let area = plan.cell(column - columns.start, 0.0);
        let first = (lines - head.len() as f32) * LEADING + 7.6;
        for (index, line) in head.into_iter().enumerate() {
            let y = first + index as f32 * LEADING;
            scene.text(area.x + area.width / 2.0, y, Anchor::Middle, plan.head, Ink::Accent, line);
        }
    }
    let right = plan.cell(columns.len() - 1, 0.0);
    let y = scene.height - 1.4;
    scene.line((0.0, y), (right.x + right.width, y), Pen::solid(Ink::Prior, 0.7));
    scene
}

fn draw_row(plan: &Plan, map: &HeatMap, row: &HeatRow, columns: Range<usize>) -> Scene {
    let label = plan.label_lines(map, row);
    let cells = columns.map(|column| row.cells.get(column).map(|cell| (cell, plan.filling(cell))));
    let cells: Vec<Option<(&HeatCell, Filling)>> = cells.collect();
    let lines = cells.iter().flatten().map(|(_, filling)| filling.lines()).chain([label.len(), 1]).max().unwrap_or(1);
    let height = lines as f32 * LEADING + 6.4;
    let mut scene = Scene::new(plan.width, height);
    // the baseline of the first of some lines around the middle
    let first = |lines: usize| height / 2.0 + 2.8 - lines.saturating_sub(1) as f32 * LEADING / 2.0;
    for (index, line) in label.iter().enumerate() {
        let y = first(label.len()) + index as f32 * LEADING;
        scene.text(0.0, y, Anchor::Start, LABEL, Ink::Text, line.as_str());
    }
    for (index, cell) in cells.iter().enumerate() {
        let area = plan.cell(index, height);
        let middle = area.x + area.width / 2.0;
        let Some((cell, filling)) = cell else {
            scene.fill(area, Ink::Ground);
            scene.text(middle, first(1), Anchor::Middle, VALUE, Ink::Muted, "–");
            continue;
        };
        scene.fill(area, cell.tone.tint());
        if cell.tone == Tone::Bad {
            let (x, y) = (area.x + 0.4, area.y + 0.4);
            let frame = Area { x, y, width: area.width - 0.8, height: area.height - 0.8 };
            scene.outline(frame, Pen::solid(Ink::Bad, 0.8));
        }
        filling.draw(&mut scene, cell, middle, first(filling.lines()));
    }
    scene
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::chart::overlap::{assert_clean, texts, words};

    const SHAPES: [(&str, &str, Tone); 4] = [
        ("●", "on target", Tone::Good),
        ("▲", "watch", Tone::Watch),
        ("■", "off target", Tone::Bad),
        ("○", "no judgement", Tone::Muted),
    ];

    fn key((shape, word, tone): (&str, &str, Tone)) -> HeatKey {
        HeatKey { shape: shape.into(), word: word.into(), tone }
    }

    fn random(random: &mut Pcg64Mcg) -> HeatMap {
        let columns = random.random_range(0..=12);
        let cell = |random: &mut Pcg64Mcg| {
            let (shape, word, tone) = SHAPES[random.random_range(0..4)];
            let text = ["71.4 %", "EUR 1.24 m", "−EUR 12,345,678 k", "–", "0", ""][random.random_range(0..6)];
            HeatCell { text: text.into(), word: word.into(), shape: shape.into(), tone }
        };
        let row = |random: &mut Pcg64Mcg| HeatRow {
            label: words(random, 6),
            cells: (0..columns.max(1) - random.random_range(0..=1)).map(|_| cell(random)).collect(),
        };
        HeatMap {
            columns: (0..columns).map(|_| words(random, 5)).collect(),
            rows: (0..random.random_range(0..=40)).map(|_| row(random)).collect(),
            legend: SHAPES.map(key).to_vec(),
            language: "en-GB".into(),
            alt: String::new(),
        }
    }

    #[test]
    fn no_text_overlaps_another_or_leaves_the_map() {
        let mut generator = Pcg64Mcg::seed_from_u64(11);
        for _ in 0..30 {
            let map = random(&mut generator);
            for width in [260.0, 280.0, 511.0, 700.0] {
                assert_clean(&draw(&map, width), &map);
                for page in strips(&map, width).pages(300.0) {
                    assert_clean(&page, &map);
                }
            }
        }
    }

    #[test]
    fn every_cell_of_every_row_is_on_one_of_the_pages_and_pages_keep_to_the_room() {
        let cell = |row: usize, column: usize| {
            let (shape, word, tone) = SHAPES[(row + column) % 4];
            HeatCell { text: format!("{row}.{column}"), word: word.into(), shape: shape.into(), tone }
        };
        let map = HeatMap {
            columns: (0..12).map(|column| format!("Measure {column}")).collect(),
            rows: (0..40)
                .map(|row| HeatRow {
                    label: format!("Unit {row}"),
                    cells: (0..12).map(|column| cell(row, column)).collect(),
                })
                .collect(),
            legend: Vec::new(),
            language: "en-GB".into(),
            alt: String::new(),
        };
        for width in [260.0, 511.0] {
            let pages = strips(&map, width).pages(400.0);
            assert!(pages.len() > 1 && pages.iter().all(|page| page.height <= 400.0));
            let mut shown: Vec<String> = pages.iter().flat_map(texts).collect();
            shown.sort();
            for (row, column) in (0..40).flat_map(|row| (0..12).map(move |column| (row, column))) {
                let text = format!("{row}.{column}");
                assert_eq!(shown.iter().filter(|shown| **shown == text).count(), 1, "{text} at {width}");
            }
        }
    }

    #[test]
    fn a_row_without_its_last_cell_shows_that_nothing_is_known() {
        let map = HeatMap {
            columns: vec!["A".into(), "B".into()],
            rows: vec![HeatRow { label: "Unit".into(), cells: Vec::new() }],
            legend: Vec::new(),
            language: "en-GB".into(),
            alt: String::new(),
        };
        assert_eq!(texts(&draw(&map, 300.0)).iter().filter(|text| *text == "–").count(), 2);
    }
}

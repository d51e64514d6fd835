//! Ranked horizontal bars: actual solid, plan outlined behind it, value and note at the right.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use std::ops::Range;

use super::faces::Style;
use super::measure::{fit, widest_word, wrap, wrap_to};
use super::scene::{Anchor, Area, Ink, Pen, Scene};
use super::shaper::width as text_width;
use super::sparkline::extent;
use super::{Bar, Bars};

const LABEL: Style = Style::regular(8.0);
const VALUE: Style = Style::strong(8.0).tabular();
const NOTE: Style = Style::regular(7.5).tabular();
const LEADING: f32 = 9.6;
const GAP: f32 = 9.0;
const KEY_HEIGHT: f32 = 15.0;
/// The bars' and the labels' least share of the width.
const LEAST_BAR: f32 = 0.15;
const LEAST_LABEL: f32 = 0.12;
/// A drawing narrower than this has its notes below the values, so that bars and figures have room.
const NARROW: f32 = 240.0;
/// Room for an amount however narrow the drawing is.
const LEAST_VALUE: f32 = 56.0;

/// Draws all bars; the height follows from their number and labels.
#[must_use]
pub fn draw(bars: &Bars, width: f32) -> Scene {
    draw_rows(bars, width, 0..bars.bars.len())
}

/// Draws some of the bars, on the scale and in the columns of all: a long chart over several pages.
/// Only the part with the first bar has the key.
#[must_use]
pub fn draw_rows(bars: &Bars, width: f32, rows: Range<usize>) -> Scene {
    let opens = rows.start == 0;
    let shown = bars.bars.get(rows).unwrap_or_default();
    if shown.is_empty() {
        let mut scene = Scene::new(width, 24.0);
        scene.text(width / 2.0, 15.0, Anchor::Middle, LABEL, Ink::Muted, "–");
        return scene;
    }
    let columns = Columns::of(bars, width);
    let heights: Vec<f32> = shown.iter().map(|bar| columns.height(bar)).collect();
    let plan_label = bars.plan_label.as_ref().filter(|_| opens);
    let key = plan_label.map_or(0.0, |_| KEY_HEIGHT);
    let mut scene = Scene::new(width, key + heights.iter().sum::<f32>());
    if let Some(plan) = plan_label {
        draw_key(&mut scene, &columns, &bars.actual_label, plan);
    }
    let mut y = key;
    let zero = columns.x(0.0);
    for (bar, height) in shown.iter().zip(heights) {
        draw_bar(&mut scene, &columns, bar, y, height);
        y += height;
    }
    scene.line((zero, key), (zero, y), Pen::solid(Ink::Text, 0.8));
    scene
}

/// Where the columns begin and end, and the common scale.
struct Columns {
    label: f32,
    from: f32,
    to: f32,
    value: f32,
    note: f32,
    end: f32,
    /// Whether the notes stand below the values.
    stacked: bool,
    low: f64,
    high: f64,
}

impl Columns {
    fn of(bars: &Bars, width: f32) -> Self {
        let widest = |width_of: &dyn Fn(&Bar) -> f32| bars.bars.iter().map(width_of).fold(0.0, f32::max);
        // Figures take the room they need, words what is left, the bars at least a share of it.
        let value = widest(&|bar| text_width(&bar.text, VALUE));
        let room = (width * 0.2).max(LEAST_VALUE);
        let note = widest(&|bar| text_width(&bar.note, NOTE)).min(room);
        let note = note.max(widest(&|bar| widest_word(&bar.note, NOTE)));
        let stacked = width < NARROW;
        let figures = match stacked {
            true => value.max(note),
            false if note > 0.0 => value + GAP + note,
            false => value,
        };
        let rest = width - figures - GAP * 2.0;
        let most = (width * 0.3).min(rest - width * LEAST_BAR).max(width * LEAST_LABEL);
        let label = widest(&|bar| text_width(&bar.label, LABEL)).min(most);
        let values = bars.bars.iter().flat_map(|bar| [Some(bar.value), bar.plan]).flatten();
        let (low, high) = extent(values.filter(|value| value.is_finite()).chain([0.0])).unwrap_or((0.0, 1.0));
        Self {
            label,
            from: label + GAP,
            to: (width - figures - GAP).max(label + GAP),
            value: if stacked { width } else { width - figures + value },
            note,
            end: width,
            stacked,
            low,
            high: if high > low { high } else { low + 1.0 },
        }
    }

    fn x(&self, value: f64) -> f32 {
        let value = if value.is_finite() { value } else { 0.0 };
        self.from + ((value - self.low) / (self.high - self.low)) as f32 * (self.to - self.from)
    }

    fn label_lines(&self, bar: &Bar) -> Vec<String> {
        wrap_to(&bar.label, LABEL, self.label + 0.1, 3)
    }

    fn note_lines(&self, bar: &Bar) -> Vec<String> {
        wrap(&bar.note, NOTE, self.note + 0.1)
    }

    fn height(&self, bar: &Bar) -> f32 {
        let figures = self.note_lines(bar).len() + usize::from(self.stacked && !bar.note.is_empty());
        let lines = self.label_lines(bar).len().max(figures).max(1);
        lines as f32 * LEADING + 6.4
    }
}

fn draw_bar(scene: &mut Scene, columns: &Columns, bar: &Bar, y: f32, height: f32) {
    let middle = y + height / 2.0;
    let span = |value: f64, thickness: f32| {
        let (a, b) = (columns.x(0.0), columns.x(value));
        Area { x: a.min(b), y: middle - thickness / 2.0, width: (b - a).abs(), height: thickness }
    };
    if bar.value.is_finite() {
        scene.fill(span(bar.value, 7.0), Ink::Accent);
    }
    if let Some(plan) = bar.plan.filter(|plan| plan.is_finite()) {
        scene.outline(span(plan, 10.5), Pen::solid(Ink::Muted, 0.8));
    }
    let lines =
        |scene: &mut Scene, x: f32, style: Style, ink: Ink, (above, below): (usize, usize), lines: &[String]| {
            let all = above + lines.len() + below;
            let first = middle + 2.8 - (all.saturating_sub(1) as f32 / 2.0 - above as f32) * LEADING;
            for (index, line) in lines.iter().enumerate() {
                scene.text(x, first + index as f32 * LEADING, Anchor::End, style, ink, line.as_str());
            }
        };
    lines(scene, columns.label, LABEL, Ink::Text, (0, 0), &columns.label_lines(bar));
    let notes = if bar.note.is_empty() { Vec::new() } else { columns.note_lines(bar) };
    let (below, above) = if columns.stacked { (notes.len(), 1) } else { (0, 0) };
    lines(scene, columns.value, VALUE, Ink::Text, (0, below), std::slice::from_ref(&bar.text));
    let ink = match bar.favourable {
        Some(true) => Ink::Good,
        Some(false) => Ink::Bad,
        None => Ink::Muted,
    };
    lines(scene, columns.end, NOTE, ink, (above, 0), &notes);
}

/// Which bar is which, above the bars themselves.
fn draw_key(scene: &mut Scene, columns: &Columns, actual: &str, plan: &str) {
    let room = (scene.width - columns.from) / 2.0 - 20.0;
    let actual = fit(actual, NOTE, room);
    let plan = fit(plan, NOTE, room);
    let x = columns.from;
    scene.fill(Area { x, y: 1.5, width: 11.0, height: 6.0 }, Ink::Accent);
    scene.text(x + 15.0, 7.3, Anchor::Start, NOTE, Ink::Muted, actual.as_str());
    let x = x + 15.0 + text_width(&actual, NOTE) + 12.0;
    scene.outline(Area { x, y: 0.8, width: 11.0, height: 7.4 }, Pen::solid(Ink::Muted, 0.8));
    scene.text(x + 15.0, 7.3, Anchor::Start, NOTE, Ink::Muted, plan);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::scene::Shape;

    fn bars(values: &[(f64, Option<f64>)]) -> Bars {
        let bar = |(value, plan): &(f64, Option<f64>)| Bar {
            label: "Donaudampfschifffahrtsgesellschaft_with_a_name_that_never_ends_anywhere_in_sight".into(),
            value: *value,
            text: format!("EUR {value:.0} k"),
            plan: *plan,
            note: "+EUR 12 k U".into(),
            favourable: Some(false),
        };
        Bars {
            bars: values.iter().map(bar).collect(),
            actual_label: "actual".into(),
            plan_label: Some("budget".into()),
        }
    }

    #[test]
    fn bars_and_texts_stay_in_their_columns() {
        let scene = draw(&bars(&[(120.0, Some(100.0)), (-40.0, None), (f64::NAN, Some(20.0)), (0.0, None)]), 480.0);
        for shape in &scene.shapes {
            match shape {
                Shape::Rect { area, .. } => {
                    assert!(area.x >= 0.0 && area.x + area.width <= 480.0, "{area:?}");
                }
                Shape::Text { x, anchor: Anchor::End, style, text, .. } => {
                    assert!(x - text_width(text, *style) >= -0.2, "{text}");
                }
                Shape::Text { .. } | Shape::Line { .. } | Shape::Polygon { .. } | Shape::Disc { .. } => {}
            }
        }
    }

    #[test]
    fn no_amount_is_cut_on_a_phone() {
        let mut wide = bars(&[(120.0, Some(100.0)), (40.0, None)]);
        wide.bars[0].text = "EUR 10.25 m".into();
        let scene = draw(&wide, 196.0);
        let has =
            |words: &str| scene.shapes.iter().any(|shape| matches!(shape, Shape::Text { text, .. } if text == words));
        assert!(has("EUR 10.25 m") && has("+EUR 12 k U"));
    }

    #[test]
    fn no_bars_and_all_zero_bars_are_drawn() {
        assert!(!draw(&bars(&[]), 480.0).shapes.is_empty());
        assert!(!draw(&bars(&[(0.0, None), (0.0, Some(0.0))]), 480.0).shapes.is_empty());
    }

    #[test]
    fn a_part_of_the_chart_keeps_the_scale_of_the_whole() {
        let all = bars(&[(200.0, None), (100.0, None)]);
        let widths = |scene: &Scene| {
            let fills = scene.shapes.iter().filter_map(|shape| match shape {
                Shape::Rect { area, fill: Some(_), .. } if area.height < 7.1 && area.height > 6.5 => Some(area.width),
                Shape::Rect { .. }
                | Shape::Line { .. }
                | Shape::Polygon { .. }
                | Shape::Disc { .. }
                | Shape::Text { .. } => None,
            });
            fills.collect::<Vec<_>>()
        };
        let whole = widths(&draw(&all, 480.0));
        assert_eq!(widths(&draw_rows(&all, 480.0, 1..2)), whole[1..]);
    }
}

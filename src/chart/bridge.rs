//! The bridge (waterfall) from a prior total to a current total.
//!
//! Totals stand on the base line, steps hang between horizontal connectors. A favourable step is
//! a light box with an outline, an unfavourable one is solid, so that grey print keeps them apart
//! beside the sign in the label. Where totals dwarf the steps, the totals are drawn broken.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use super::faces::Style;
use super::measure::{widest_word, wrap_to};
use super::scene::{Anchor, Area, Ink, Pen, Scene, Shape};
use super::{Bridge, BridgeBar};

/// Sizes tried for the labels under the bars until no word has to break.
const LABEL_SIZES: [f32; 3] = [7.5, 6.8, 6.2];
const VALUE: Style = Style::strong(8.0).tabular();
const UNIT: Style = Style::regular(7.5);
/// Points from one text line to the next.
const LEADING: f32 = 9.6;
/// Height of the drawing area for bars.
const PLOT: f32 = 112.0;
/// Steps using less of the scale than this get the room of a broken axis.
const BREAK_BELOW: f64 = 0.4;

/// Draws the bridge; its height follows from the labels.
#[must_use]
pub fn draw(bridge: &Bridge, width: f32) -> Scene {
    let count = bridge.bars.len();
    if count == 0 {
        let mut scene = Scene::new(width, 24.0);
        scene.text(width / 2.0, 15.0, Anchor::Middle, UNIT, Ink::Muted, "–");
        return scene;
    }
    let column = width / count as f32;
    let label = label_style(&bridge.bars, column - 4.0);
    let labels: Vec<_> = bridge.bars.iter().map(|bar| wrap_to(&bar.label, label, column - 4.0, 4)).collect();
    let values: Vec<_> = bridge.bars.iter().map(|bar| wrap_to(&bar.text, VALUE, column - 3.0, 3)).collect();
    let lines = |texts: &[Vec<String>]| texts.iter().map(Vec::len).max().unwrap_or(0) as f32;
    let unit = if bridge.unit.is_empty() { 0.0 } else { LEADING + 2.0 };
    let top = unit + lines(&values) * LEADING + 5.0;
    let bottom = top + PLOT;
    let mut scene = Scene::new(width, bottom + lines(&labels) * LEADING + 6.0);
    if unit > 0.0 {
        scene.text(0.0, 7.5, Anchor::Start, UNIT, Ink::Muted, bridge.unit.clone());
    }

    let spans = spans(&bridge.bars);
    let scale = Scale::of(&bridge.bars, &spans, top, bottom);
    let half = (column * 0.31).min(30.0);
    let middle = |index: usize| column * (index as f32 + 0.5);
    for (index, (bar, span)) in bridge.bars.iter().zip(&spans).enumerate() {
        if index + 1 < count {
            let level = scale.y(span.1);
            let pen = Pen::solid(Ink::Muted, 0.6);
            scene.line((middle(index) + half, level), (middle(index + 1) - half, level), pen);
        }
        let (high, low) = (scale.y(span.0.max(span.1)), scale.y(span.0.min(span.1)));
        let area = Area { x: middle(index) - half, y: high, width: half * 2.0, height: (low - high).max(0.8) };
        draw_bar(&mut scene, bar, area, index == 0);
        if bar.total && scale.broken {
            draw_break(&mut scene, area);
        }
        let room_below = bottom - low > values[index].len() as f32 * LEADING + 4.0;
        let below = !bar.total && bar.value < 0.0 && room_below;
        let first =
            if below { low + LEADING } else { high - 3.5 - (values[index].len().saturating_sub(1)) as f32 * LEADING };
        draw_lines(&mut scene, middle(index), first, VALUE, text_ink(bar), &values[index]);
        draw_lines(&mut scene, middle(index), bottom + LEADING + 1.0, label, Ink::Text, &labels[index]);
    }
    let base = scale.y(scale.base.max(0.0));
    scene.line((0.0, base), (width, base), Pen::solid(Ink::Text, 0.8));
    scene
}

fn label_style(bars: &[BridgeBar], room: f32) -> Style {
    let fits = |style: &Style| bars.iter().all(|bar| widest_word(&bar.label, *style) <= room);
    let [.., smallest] = LABEL_SIZES.map(Style::regular);
    LABEL_SIZES.into_iter().map(Style::regular).find(fits).unwrap_or(smallest)
}

/// Level at which each bar starts and ends.
fn spans(bars: &[BridgeBar]) -> Vec<(f64, f64)> {
    let mut level = 0.0;
    bars.iter()
        .map(|bar| {
            let value = if bar.value.is_finite() { bar.value } else { 0.0 };
            let start = if bar.total { 0.0 } else { level };
            level = start + value;
            (start, level)
        })
        .collect()
}

struct Scale {
    base: f64,
    top: f64,
    broken: bool,
    y_top: f32,
    y_bottom: f32,
}

impl Scale {
    fn of(bars: &[BridgeBar], spans: &[(f64, f64)], y_top: f32, y_bottom: f32) -> Self {
        let highest = spans.iter().map(|span| span.0.max(span.1)).fold(0.0, f64::max);
        let lowest = spans.iter().map(|span| span.0.min(span.1)).fold(0.0, f64::min);
        // every level a step touches, and the totals' own levels
        let floor = bars
            .iter()
            .zip(spans)
            .map(|(bar, span)| if bar.total { span.1 } else { span.0.min(span.1) })
            .fold(f64::INFINITY, f64::min);
        let used = highest - floor;
        let broken = lowest >= 0.0 && used > 0.0 && floor > 0.0 && used < highest * BREAK_BELOW;
        let base = if broken { floor - used * 0.55 } else { lowest };
        let top = if highest > base { highest } else { base + 1.0 };
        Self { base, top, broken, y_top, y_bottom }
    }

    fn y(&self, level: f64) -> f32 {
        let share = ((level - self.base) / (self.top - self.base)).clamp(0.0, 1.0);
        self.y_bottom - share as f32 * (self.y_bottom - self.y_top)
    }
}

fn draw_bar(scene: &mut Scene, bar: &BridgeBar, area: Area, first: bool) {
    match (bar.total, bar.favourable) {
        // the opening total is the prior period: lighter than the actual
        (true, _) => scene.fill(area, if first { Ink::Prior } else { Ink::Accent }),
        (false, Some(true)) => {
            let inset = 0.5_f32.min(area.height / 2.0);
            scene.fill(area, Ink::GoodTint);
            let outline = Area {
                x: area.x + inset,
                y: area.y + inset,
                width: area.width - 2.0 * inset,
                height: area.height - 2.0 * inset,
            };
            scene.outline(outline, Pen::solid(Ink::Good, 1.0));
        }
        (false, Some(false)) => scene.fill(area, Ink::Bad),
        (false, None) => scene.fill(area, Ink::Muted),
    }
}

const fn text_ink(bar: &BridgeBar) -> Ink {
    match (bar.total, bar.favourable) {
        (false, Some(true)) => Ink::Good,
        (false, Some(false)) => Ink::Bad,
        (true, _) | (false, None) => Ink::Text,
    }
}

/// A slanted gap near the foot of a total: its length is not to scale.
fn draw_break(scene: &mut Scene, area: Area) {
    let (left, right) = (area.x - 3.0, area.x + area.width + 3.0);
    let y = area.y + area.height - 13.0;
    let (gap, slant) = (4.0, 4.0);
    scene.shapes.push(Shape::Polygon {
        points: vec![(left, y + slant), (right, y), (right, y + gap), (left, y + slant + gap)],
        fill: Ink::Paper,
    });
    let pen = Pen::solid(Ink::Text, 0.7);
    scene.line((left, y + slant), (right, y), pen);
    scene.line((left, y + slant + gap), (right, y + gap), pen);
}

fn draw_lines(scene: &mut Scene, x: f32, first: f32, style: Style, ink: Ink, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        scene.text(x, first + index as f32 * LEADING, Anchor::Middle, style, ink, line.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::shaper::width as text_width;

    fn bar(label: &str, value: f64, total: bool, favourable: Option<bool>) -> BridgeBar {
        BridgeBar { label: label.into(), value, text: format!("{value:+.0} k"), total, favourable }
    }

    fn bridge(values: &[f64]) -> Bridge {
        let last = values.len() - 1;
        let bars = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let total = index == 0 || index == last;
                bar("Volume of subscriptions", *value, total, (!total).then_some(*value < 0.0))
            })
            .collect();
        Bridge { bars, unit: "EUR k".into() }
    }

    /// Horizontal and vertical extent of every text.
    fn boxes(scene: &Scene) -> Vec<(f32, f32, f32, f32)> {
        let mut boxes = Vec::new();
        for shape in &scene.shapes {
            if let Shape::Text { x, y, anchor, style, text, .. } = shape {
                let width = text_width(text, *style);
                let left = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - width / 2.0,
                    Anchor::End => x - width,
                };
                boxes.push((left, left + width, y - style.size * 0.73, *y));
            }
        }
        boxes
    }

    #[test]
    fn labels_neither_overlap_nor_leave_the_drawing() {
        let series: [&[f64]; 4] = [
            &[4210.0, 120.0, -84.0, 36.0, -210.0, 15.0, 4087.0],
            &[100.0, -60.0, -80.0, 50.0, 10.0],
            &[-20.0, 30.0, -60.0, -50.0],
            &[0.0, 0.0, 0.0],
        ];
        for values in series {
            let scene = draw(&bridge(values), 500.0);
            let boxes = boxes(&scene);
            for (index, a) in boxes.iter().enumerate() {
                assert!(a.0 >= -0.01 && a.1 <= scene.width + 0.01 && a.2 >= -0.01 && a.3 <= scene.height, "{a:?}");
                for b in &boxes[index + 1..] {
                    assert!(a.1 <= b.0 || b.1 <= a.0 || a.3 <= b.2 || b.3 <= a.2, "{a:?} overlaps {b:?}");
                }
            }
        }
    }

    #[test]
    fn totals_that_dwarf_the_steps_are_drawn_broken() {
        let breaks = |values: &[f64]| {
            let scene = draw(&bridge(values), 500.0);
            scene.shapes.iter().filter(|shape| matches!(shape, Shape::Polygon { .. })).count()
        };
        assert_eq!(breaks(&[4210.0, 20.0, -10.0, 4220.0]), 2);
        assert_eq!(breaks(&[100.0, 80.0, -90.0, 90.0]), 0);
    }

    #[test]
    fn no_bars_is_a_dash_not_a_panic() {
        assert!(!draw(&Bridge { bars: Vec::new(), unit: String::new() }, 500.0).shapes.is_empty());
    }
}

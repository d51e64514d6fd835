//! The bridge (waterfall) from a prior total to a current total.
//!
//! Totals stand on the base line, steps hang between horizontal connectors. A favourable step is
//! a light box with an outline, an unfavourable one is solid, so that grey print keeps them apart
//! beside the sign in the label. Zero is always on the scale. Where the bars are many and the drawing
//! is narrow, the same bridge lies on its side, one line for each bar.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

mod lying;

use super::faces::Style;
use super::measure::{widest_word, wrap_to};
use super::scene::{Anchor, Area, Ink, Pen, Scene};
use super::{Bridge, BridgeBar};

/// Sizes tried for the labels under the bars until no word has to break.
const LABEL_SIZES: [f32; 3] = [7.5, 6.8, 6.2];
const VALUE: Style = Style::strong(8.0).tabular();
const UNIT: Style = Style::regular(7.5);
/// Points from one text line to the next.
const LEADING: f32 = 9.6;
/// A bar with less room than this, in points, breaks the names below it: the bridge lies down instead.
const LEAST_COLUMN: f32 = 44.0;
/// Height of the drawing area for bars.
const PLOT: f32 = 112.0;

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
    if column < LEAST_COLUMN {
        return lying::draw(bridge, width);
    }
    let label = label_style(&bridge.bars, column - 4.0);
    let labels: Vec<_> = bridge.bars.iter().map(|bar| wrap_to(&bar.label, label, column - 4.0, 4)).collect();
    let values: Vec<_> = bridge.bars.iter().map(|bar| value_lines(&bar.text, column - 3.0)).collect();
    let lines = |texts: &[Vec<String>]| texts.iter().map(Vec::len).max().unwrap_or(0) as f32;
    let unit = if bridge.unit.is_empty() { 0.0 } else { LEADING + 2.0 };
    let top = unit + lines(&values) * LEADING + 5.0;
    let bottom = top + PLOT;
    let mut scene = Scene::new(width, bottom + lines(&labels) * LEADING + 6.0);
    if unit > 0.0 {
        scene.text(0.0, 7.5, Anchor::Start, UNIT, Ink::Muted, bridge.unit.clone());
    }

    let spans = spans(&bridge.bars);
    let scale = Scale::of(&spans, top, bottom);
    // Under bars and labels: nothing is struck through by it.
    let base = scale.y(0.0);
    scene.line((0.0, base), (width, base), Pen::solid(Ink::Text, 0.8));
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
        let room_below = bottom - low > values[index].len() as f32 * LEADING + 4.0;
        let below = !bar.total && bar.value < 0.0 && room_below;
        let first =
            if below { low + LEADING } else { high - 3.5 - (values[index].len().saturating_sub(1)) as f32 * LEADING };
        draw_lines(&mut scene, middle(index), first, VALUE, text_ink(bar), &values[index]);
        draw_lines(&mut scene, middle(index), bottom + LEADING + 1.0, label, Ink::Text, &labels[index]);
    }
    scene
}

/// An amount on one line, else the currency above it: digits are never parted.
fn value_lines(text: &str, room: f32) -> Vec<String> {
    if widest_word(text, VALUE) <= room {
        return vec![text.to_owned()];
    }
    text.splitn(2, ['\u{a0}', ' ']).map(str::to_owned).collect()
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
    y_top: f32,
    y_bottom: f32,
}

impl Scale {
    fn of(spans: &[(f64, f64)], y_top: f32, y_bottom: f32) -> Self {
        let highest = spans.iter().map(|span| span.0.max(span.1)).fold(0.0, f64::max);
        let lowest = spans.iter().map(|span| span.0.min(span.1)).fold(0.0, f64::min);
        // Zero is always on the scale: an axis is never cut.
        let top = if highest > lowest { highest } else { lowest + 1.0 };
        Self { base: lowest, top, y_top, y_bottom }
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

fn draw_lines(scene: &mut Scene, x: f32, first: f32, style: Style, ink: Ink, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        scene.text(x, first + index as f32 * LEADING, Anchor::Middle, style, ink, line.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::scene::Shape;
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
    fn an_amount_is_never_parted_inside_its_digits() {
        assert_eq!(value_lines("−EUR\u{a0}4,384", 200.0), ["−EUR\u{a0}4,384"]);
        assert_eq!(value_lines("−EUR\u{a0}4,384", 20.0), ["−EUR", "4,384"]);
    }

    #[test]
    fn many_bars_in_a_narrow_drawing_lie_down_and_break_no_name() {
        let mut many = bridge(&[-4384.0, -2702.0, 2267.0, -1794.0, -1527.0, 1048.0, 1525.0, -5566.0]);
        for bar in &mut many.bars {
            bar.label = "Sollenberg PLM Cloud".into();
        }
        let scene = draw(&many, 196.0);
        assert!(scene.height > 8.0 * LEADING * 2.0, "one line for each bar");
        for (left, right, ..) in boxes(&scene) {
            assert!(left >= -0.01 && right <= scene.width + 0.01);
        }
        assert!(
            scene.shapes.iter().any(|shape| matches!(shape, Shape::Text { text, .. } if text.contains("Sollenberg")))
        );
    }

    #[test]
    fn zero_is_always_on_the_scale() {
        let spans = spans(&bridge(&[4210.0, 20.0, -10.0, 4220.0]).bars);
        let scale = Scale::of(&spans, 0.0, 100.0);
        assert!((scale.y(0.0) - 100.0).abs() < 1e-3);
    }

    #[test]
    fn no_bars_is_a_dash_not_a_panic() {
        assert!(!draw(&Bridge { bars: Vec::new(), unit: String::new() }, 500.0).shapes.is_empty());
    }
}

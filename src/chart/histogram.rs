//! The histogram of ages: upright bars from zero, the unknown apart from them and only outlined.
//!
//! A bar beyond the limit has the colour and the shape of what is to be watched and strong figures, so
//! that grey print tells it from the others.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use serde::Serialize;

use super::Tone;
use super::faces::Style;
use super::measure::{fit, widest_word, wrap, wrap_to};
use super::scene::{Anchor, Area, Ink, Pen, Scene};
use super::shaper::width as text_width;

/// How many there are in each class, e.g. of age.
#[derive(Debug, Clone, Serialize)]
pub struct Histogram {
    /// The classes in their order.
    pub bars: Vec<HistogramBar>,
    /// What belongs to no class; drawn apart.
    pub unknown: Option<HistogramBar>,
    /// A limit between two classes, e.g. the age at which devices are replaced.
    pub marker: Option<Marker>,
    /// What is counted, e.g. `devices`.
    pub unit: String,
    /// The values in words.
    pub alt: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct HistogramBar {
    pub label: String,
    /// At least zero; anything else is drawn as nothing.
    pub value: f64,
    /// The value as printed above the bar.
    pub text: String,
    /// Whether the class lies beyond the limit.
    pub over: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Marker {
    /// Position of the bar that the line stands behind.
    pub after_bar: usize,
    pub text: String,
}

/// Sizes tried for the labels under the bars until no word has to break.
const LABEL_SIZES: [f32; 3] = [8.0, 7.4, 6.8];
const VALUE: Style = Style::regular(8.0).tabular();
const OVER: Style = Style::strong(8.0).tabular();
const WORDS: Style = Style::regular(8.0);
/// Shape of a bar beyond the limit, above its value.
const OVER_SHAPE: &str = "▲";
/// Points from one text line to the next.
const LEADING: f32 = 9.6;
/// Height of the highest bar.
const PLOT: f32 = 96.0;
/// Room between the classes and the unknown, in columns.
const APART: f32 = 0.35;

/// Draws the histogram; its height follows from the labels.
#[must_use]
pub fn draw(histogram: &Histogram, width: f32) -> Scene {
    let bars: Vec<&HistogramBar> = histogram.bars.iter().chain(&histogram.unknown).collect();
    if bars.is_empty() {
        let mut scene = Scene::new(width, 24.0);
        scene.text(width / 2.0, 15.0, Anchor::Middle, WORDS, Ink::Muted, "–");
        return scene;
    }
    let known = histogram.bars.len();
    let apart = if histogram.unknown.is_some() && known > 0 { APART } else { 0.0 };
    let column = width / (bars.len() as f32 + apart);
    let left = |index: usize| column * (index as f32 + if index >= known { apart } else { 0.0 });
    let label = label_style(&bars, column - 4.0);
    let labels: Vec<_> = bars.iter().map(|bar| wrap_to(&bar.label, label, column - 4.0, 3)).collect();
    let values: Vec<_> = bars.iter().map(|bar| value_lines(bar, column - 3.0)).collect();
    let lines = |texts: &[Vec<String>]| texts.iter().map(Vec::len).max().unwrap_or(0) as f32;

    let unit = if histogram.unit.trim().is_empty() { 0.0 } else { LEADING + 2.0 };
    let marker = histogram.marker.as_ref().filter(|_| known > 0);
    let marker = marker.map(|marker| Sign::of(marker, column * (marker.after_bar.min(known - 1) + 1) as f32, width));
    let sign = marker.as_ref().map_or(0.0, |sign| sign.lines.len() as f32 * LEADING + 3.0);
    let top = unit + sign + lines(&values) * LEADING + 5.0;
    let base = top + PLOT;
    let mut scene = Scene::new(width, base + lines(&labels) * LEADING + 6.0);
    if unit > 0.0 {
        scene.text(0.0, 7.5, Anchor::Start, WORDS, Ink::Muted, fit(&histogram.unit, WORDS, width));
    }
    let highest = bars.iter().map(|bar| drawn(bar)).fold(0.0, f64::max);
    for (index, bar) in bars.iter().enumerate() {
        let share = if highest > 0.0 { (drawn(bar) / highest) as f32 } else { 0.0 };
        let half = (column * 0.36).min(34.0);
        let middle = left(index) + column / 2.0;
        let area = Area { x: middle - half, y: base - share * PLOT, width: half * 2.0, height: share * PLOT };
        draw_bar(&mut scene, bar, area, index >= known);
        let first = area.y - 4.0 - values[index].len().saturating_sub(1) as f32 * LEADING;
        let (style, ink) = if bar.over { (OVER, Tone::Watch.ink()) } else { (VALUE, Ink::Text) };
        draw_lines(&mut scene, middle, first, (style, ink), &values[index]);
        draw_lines(&mut scene, middle, base + LEADING + 1.0, (label, Ink::Text), &labels[index]);
    }
    scene.line((0.0, base), (left(known.max(1) - 1) + column, base), Pen::solid(Ink::Text, 0.8));
    if apart > 0.0 {
        scene.line((left(known), base), (left(known) + column, base), Pen::solid(Ink::Text, 0.8));
    }
    if let Some(sign) = marker {
        sign.draw(&mut scene, unit, base);
    }
    scene
}

fn drawn(bar: &HistogramBar) -> f64 {
    if bar.value.is_finite() { bar.value.max(0.0) } else { 0.0 }
}

fn draw_bar(scene: &mut Scene, bar: &HistogramBar, area: Area, unknown: bool) {
    if area.height <= 0.0 {
        return;
    }
    if unknown {
        let inset = 0.5_f32.min(area.height / 2.0);
        let (x, y) = (area.x + inset, area.y + inset);
        let inside = Area { x, y, width: area.width - 2.0 * inset, height: area.height - 2.0 * inset };
        scene.outline(inside, Pen::solid(Ink::Muted, 1.0));
    } else {
        let ink = if bar.over { Tone::Watch.ink() } else { Ink::Accent };
        scene.fill(Area { height: area.height.max(0.8), y: area.y.min(area.y + area.height - 0.8), ..area }, ink);
    }
}

/// The value on one line, else the currency above it; a bar beyond the limit has its shape on top.
fn value_lines(bar: &HistogramBar, room: f32) -> Vec<String> {
    let style = if bar.over { OVER } else { VALUE };
    let mut lines = if text_width(&bar.text, style) <= room {
        vec![bar.text.clone()]
    } else {
        wrap(&bar.text.replace('\u{a0}', " "), style, room)
    };
    if bar.over {
        let shaped = format!("{OVER_SHAPE} {}", bar.text);
        if lines.len() == 1 && text_width(&shaped, style) <= room {
            return vec![shaped];
        }
        lines.insert(0, fit(OVER_SHAPE, style, room));
    }
    lines
}

fn label_style(bars: &[&HistogramBar], room: f32) -> Style {
    let fits = |style: &Style| bars.iter().all(|bar| widest_word(&bar.label, *style) <= room);
    let [.., smallest] = LABEL_SIZES.map(Style::regular);
    LABEL_SIZES.into_iter().map(Style::regular).find(fits).unwrap_or(smallest)
}

fn draw_lines(scene: &mut Scene, x: f32, first: f32, (style, ink): (Style, Ink), lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        scene.text(x, first + index as f32 * LEADING, Anchor::Middle, style, ink, line.as_str());
    }
}

/// The limit's line and its words, on the side of the line with more room.
struct Sign {
    x: f32,
    anchor: Anchor,
    lines: Vec<String>,
}

impl Sign {
    fn of(marker: &Marker, x: f32, width: f32) -> Self {
        let right = width - x >= x;
        let room = if right { width - x } else { x } - 4.0;
        let anchor = if right { Anchor::Start } else { Anchor::End };
        Self { x, anchor, lines: wrap_to(&marker.text, WORDS, room, 2) }
    }

    fn draw(&self, scene: &mut Scene, top: f32, base: f32) {
        let x = match self.anchor {
            Anchor::Start => self.x + 4.0,
            Anchor::Middle => self.x,
            Anchor::End => self.x - 4.0,
        };
        for (index, line) in self.lines.iter().enumerate() {
            let y = top + 7.5 + index as f32 * LEADING;
            scene.text(x, y, self.anchor, WORDS, Ink::Text, line.as_str());
        }
        scene.line((self.x, top), (self.x, base), Pen::dashed(Ink::Text, 0.9));
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::chart::overlap::{assert_clean, texts, words};
    use crate::chart::scene::Shape;

    fn bar(label: &str, value: f64, text: &str, over: bool) -> HistogramBar {
        HistogramBar { label: label.into(), value, text: text.into(), over }
    }

    fn ages() -> Histogram {
        Histogram {
            bars: vec![
                bar("< 1 year", 200.0, "200", false),
                bar("1–2", 50.0, "50", false),
                bar("≥ 5", 100.0, "100", true),
            ],
            unknown: Some(bar("unknown", 25.0, "25", false)),
            marker: Some(Marker { after_bar: 1, text: "refresh after 4 years".into() }),
            unit: "devices".into(),
            alt: String::new(),
        }
    }

    #[test]
    fn no_text_overlaps_another_or_leaves_the_drawing() {
        let mut random = Pcg64Mcg::seed_from_u64(7);
        for _ in 0..200 {
            let one = |random: &mut Pcg64Mcg| {
                let value = [0.0, 1.0, -3.0, f64::NAN, 1e9, 740.0][random.random_range(0..6)];
                let text = ["1", "12,345", "EUR 1.24 m", "−EUR\u{a0}1,234,567 k", "–"][random.random_range(0..5)];
                bar(&words(random, 4), value, text, random.random_bool(0.4))
            };
            let histogram = Histogram {
                bars: (0..random.random_range(0..=9)).map(|_| one(&mut random)).collect(),
                unknown: random.random_bool(0.6).then(|| one(&mut random)),
                marker: random
                    .random_bool(0.7)
                    .then(|| Marker { after_bar: random.random_range(0..10), text: words(&mut random, 8) }),
                unit: words(&mut random, 3),
                alt: String::new(),
            };
            for width in [260.0, 280.0, 511.0, 700.0] {
                assert_clean(&draw(&histogram, width), &histogram);
            }
        }
    }

    #[test]
    fn heights_are_in_proportion_from_zero_and_the_unknown_is_only_outlined() {
        let scene = draw(&ages(), 400.0);
        let (mut filled, mut outlined) = (Vec::new(), Vec::new());
        for shape in &scene.shapes {
            if let Shape::Rect { area, fill, .. } = shape {
                if fill.is_some() { &mut filled } else { &mut outlined }.push(area.height);
            }
        }
        assert_eq!(filled.len(), 3);
        assert!((filled[0] / filled[1] - 4.0).abs() < 0.01 && (filled[0] / filled[2] - 2.0).abs() < 0.01);
        assert_eq!(outlined.len(), 1);
        assert!((filled[0] / (outlined[0] + 1.0) - 8.0).abs() < 0.01, "{outlined:?}");
    }

    #[test]
    fn a_class_beyond_the_limit_has_a_shape_and_the_limit_its_words() {
        let shown = texts(&draw(&ages(), 400.0));
        for text in ["▲ 100", "200", "refresh after 4 years", "devices", "unknown"] {
            assert!(shown.iter().any(|shown| shown == text), "{text} is missing in {shown:?}");
        }
    }
}

//! The bridge on its side: name, floating bar and amount on one line, for narrow drawings.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use super::{LEADING, UNIT, VALUE, draw_bar, spans, text_ink};
use crate::chart::Bridge;
use crate::chart::faces::Style;
use crate::chart::measure::wrap_to;
use crate::chart::scene::{Anchor, Area, Ink, Pen, Scene};
use crate::chart::shaper::width as text_width;

const LABEL: Style = Style::regular(8.0);
/// Largest share of the width that the names take.
const LABEL_SHARE: f32 = 0.34;
const GAP: f32 = 7.0;
const BAR: f32 = 8.0;
const LINES: usize = 3;

pub(super) fn draw(bridge: &Bridge, width: f32) -> Scene {
    let widest = |texts: &mut dyn Iterator<Item = (&str, Style)>| {
        texts.map(|(text, style)| text_width(text, style)).fold(0.0, f32::max)
    };
    let label = widest(&mut bridge.bars.iter().map(|bar| (bar.label.as_str(), LABEL))).min(width * LABEL_SHARE);
    let value = widest(&mut bridge.bars.iter().map(|bar| (bar.text.as_str(), VALUE)));
    let (from, to) = (label + GAP, (width - value - GAP).max(label + GAP + 1.0));
    let labels: Vec<_> = bridge.bars.iter().map(|bar| wrap_to(&bar.label, LABEL, label + 0.1, LINES)).collect();
    let heights: Vec<f32> = labels.iter().map(|lines| lines.len().max(1) as f32 * LEADING + 6.4).collect();
    let top = if bridge.unit.is_empty() { 0.0 } else { LEADING + 2.0 };
    let mut scene = Scene::new(width, top + heights.iter().sum::<f32>());
    if !bridge.unit.is_empty() {
        scene.text(0.0, 7.5, Anchor::Start, UNIT, Ink::Muted, bridge.unit.clone());
    }

    let spans = spans(&bridge.bars);
    let levels = || spans.iter().flat_map(|span| [span.0, span.1]).chain([0.0]);
    let (low, high) = (levels().fold(0.0, f64::min), levels().fold(0.0, f64::max));
    let reach = if high > low { high - low } else { 1.0 };
    let x = |level: f64| from + ((level - low) / reach) as f32 * (to - from);
    scene.line((x(0.0), top), (x(0.0), scene.height), Pen::solid(Ink::Text, 0.8));
    let mut y = top;
    for (index, ((bar, span), height)) in bridge.bars.iter().zip(&spans).zip(&heights).enumerate() {
        let middle = y + height / 2.0;
        let (left, right) = (x(span.0.min(span.1)), x(span.0.max(span.1)));
        let area = Area { x: left, y: middle - BAR / 2.0, width: (right - left).max(0.8), height: BAR };
        draw_bar(&mut scene, bar, area, index == 0);
        if index + 1 < bridge.bars.len() {
            let next = y + height + heights[index + 1] / 2.0;
            let level = x(span.1);
            scene.line((level, middle + BAR / 2.0), (level, next - BAR / 2.0), Pen::solid(Ink::Muted, 0.6));
        }
        // Read in the order of a standing bridge: the amount, then whose it is.
        scene.text(width, middle + 2.8, Anchor::End, VALUE, text_ink(bar), bar.text.as_str());
        let first = middle + 2.8 - labels[index].len().saturating_sub(1) as f32 * LEADING / 2.0;
        for (line, text) in labels[index].iter().enumerate() {
            let at = first + line as f32 * LEADING;
            scene.text(label, at, Anchor::End, LABEL, Ink::Text, text.as_str());
        }
        y += height;
    }
    scene
}

//! The months under the plot: as many as have room, counted back from the last actual one.
#![expect(clippy::cast_precision_loss, reason = "drawing coordinates")]

use super::frame::Frame;
use super::{AXIS, LEADING, SMALL, Trend};
use crate::chart::measure::{fit, widest_word, wrap_to};
use crate::chart::scene::{Anchor, Ink, Scene};
use crate::chart::shaper::width as text_width;

/// Lines of one label.
const LINES: usize = 2;
/// Space between two labels.
const GAP: f32 = 4.0;

/// A label: its month's place, its left edge, its width and its lines.
struct Label {
    at: f32,
    left: f32,
    width: f32,
    lines: Vec<String>,
}

/// Labels that do not touch each other.
pub(super) struct Months {
    labels: Vec<Label>,
}

impl Months {
    pub(super) fn of(trend: &Trend, frame: &Frame) -> Self {
        let names = trend.points.iter().map(|point| &point.label);
        let names: Vec<&String> = names.chain(trend.forecast.iter().map(|point| &point.label)).collect();
        let anchor = trend.points.len().saturating_sub(1);
        let labels = |stride: usize| -> Vec<Label> {
            let shown = names.iter().enumerate().filter(|(index, _)| anchor.abs_diff(*index).is_multiple_of(stride));
            let labels = shown.map(|(index, name)| label(name, frame.x(index), frame.width));
            labels.filter(|label| !label.lines.is_empty()).collect()
        };
        let apart =
            |labels: &Vec<Label>| labels.windows(2).all(|pair| pair[0].left + pair[0].width + GAP <= pair[1].left);
        let stride = (1..names.len()).find(|stride| apart(&labels(*stride)));
        Self { labels: labels(stride.unwrap_or(names.len().max(1))) }
    }

    pub(super) fn height(&self) -> f32 {
        let lines = self.labels.iter().map(|label| label.lines.len()).max().unwrap_or(0);
        if lines == 0 { 1.0 } else { lines as f32 * LEADING + 5.0 }
    }

    pub(super) fn draw(&self, scene: &mut Scene, frame: &Frame) {
        let top = frame.below();
        for label in &self.labels {
            scene.line((label.at, top - 1.0), (label.at, top + 1.5), AXIS);
            for (index, line) in label.lines.iter().enumerate() {
                let y = top + 10.0 + index as f32 * LEADING;
                let middle = label.left + label.width / 2.0;
                scene.text(middle, y, Anchor::Middle, SMALL, Ink::Muted, line.as_str());
            }
        }
    }
}

/// A label as narrow as its longest word, centred under its month as far as the drawing's edges allow.
fn label(name: &str, at: f32, width: f32) -> Label {
    let room = widest_word(name, SMALL).min(width * 0.3) + 0.1;
    let mut lines = wrap_to(name, SMALL, room, LINES);
    if lines.len() == LINES {
        lines = lines.iter().map(|line| fit(line, SMALL, room)).collect();
    }
    let reach = lines.iter().map(|line| text_width(line, SMALL)).fold(0.0, f32::max);
    Label { at, left: (at - reach / 2.0).clamp(0.0, (width - reach).max(0.0)), width: reach, lines }
}

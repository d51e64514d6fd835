//! The key above the plot: what was, what is expected, what is a signal.

use super::{ACTUAL, DIAMOND, DOT, EXPECTED, HATCH, HATCH_SPACING, LEADING, SMALL, Trend, draw_hollow, draw_signal};
use crate::chart::measure::fit;
use crate::chart::scene::{Anchor, Area, Ink, Scene, Shape};
use crate::chart::shaper::width as text_width;

/// Width of a sample and the gaps after it and after its word.
const SAMPLE: f32 = 20.0;
const GAP: f32 = 4.0;
const BETWEEN: f32 = 14.0;
/// Height of a line and its middle.
const LINE: f32 = LEADING + 4.0;
const MIDDLE: f32 = 5.8;

enum Kind {
    Actual,
    Forecast,
    Signal,
}

/// As many lines as the words need; no height without words.
pub(super) fn draw(trend: &Trend, width: f32) -> Scene {
    let key = &trend.key;
    let entries = [
        (Kind::Actual, &key.actual, !trend.points.is_empty()),
        (Kind::Forecast, &key.forecast, !trend.forecast.is_empty()),
        (Kind::Signal, &key.signal, !trend.marks.is_empty()),
    ];
    let mut scene = Scene::new(width, 0.0);
    let (mut x, mut top) = (0.0, 0.0);
    for (kind, word, shown) in entries {
        if !shown || word.trim().is_empty() {
            continue;
        }
        let sample = if matches!(kind, Kind::Signal) { DIAMOND * 2.0 } else { SAMPLE };
        let word = fit(word, SMALL, width - sample - GAP);
        let reach = sample + GAP + text_width(&word, SMALL);
        if x > 0.0 && x + reach > width {
            (x, top) = (0.0, top + LINE);
        }
        draw_sample(&mut scene, &kind, (x, top + MIDDLE));
        scene.text(x + sample + GAP, top + MIDDLE + 2.8, Anchor::Start, SMALL, Ink::Muted, word);
        x += reach + BETWEEN;
        scene.height = top + LINE;
    }
    scene
}

fn draw_sample(scene: &mut Scene, kind: &Kind, (x, y): (f32, f32)) {
    let (end, middle) = (x + SAMPLE, x + SAMPLE / 2.0);
    match kind {
        Kind::Actual => {
            scene.line((x, y), (end, y), ACTUAL);
            scene.shapes.push(Shape::Disc { x: middle, y, radius: DOT, fill: Ink::Accent });
        }
        Kind::Forecast => {
            let area = Area { x, y: y - 4.0, width: SAMPLE, height: 8.0 };
            scene.hatch(area, HATCH_SPACING, HATCH);
            scene.line((x, y), (end, y), EXPECTED);
            draw_hollow(scene, (middle, y));
        }
        Kind::Signal => {
            draw_signal(scene, (x + DIAMOND, y));
            scene.shapes.push(Shape::Disc { x: x + DIAMOND, y, radius: DOT, fill: Ink::Accent });
        }
    }
}

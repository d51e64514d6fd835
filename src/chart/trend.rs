//! The trend over the months, for a page of its own: what was, what is aimed at, what is usual and
//! what is expected.
//!
//! Actual values are a solid line with dots and stay apart where a month is missing. The forecast is
//! dashed with hollow dots, its interval hatched; the usual range is a light band, the target a dashed
//! line; a signal has a diamond around its dot. None of them needs colour. A scale that leaves zero out
//! says so by a break in its axis and the texts at its ends.

mod frame;
mod key;
mod labels;
mod months;
mod signs;

use serde::Serialize;

use super::faces::Style;
use super::scene::{Anchor, Area, Ink, Pen, Scene, Shape};
use frame::Frame;

/// Up to 13 months and up to 3 forecast points, oldest first.
#[derive(Debug, Clone, Serialize)]
pub struct Trend {
    pub points: Vec<TrendPoint>,
    pub target: Option<TrendLine>,
    /// Control limits.
    pub limits: Option<Limits>,
    /// The months after the last point.
    pub forecast: Vec<ForecastPoint>,
    /// Positions of the points that are signals.
    pub marks: Vec<usize>,
    /// Whether the scale begins at zero. Otherwise it shows what there is and its axis is broken.
    pub zero_based: bool,
    /// Lower and upper end of the scale with their texts, e.g. from [`round_ends`]. Without them the
    /// lowest and the highest point are printed at the scale.
    pub ends: Option<[TrendLine; 2]>,
    /// Words for what is drawn; an empty one is left out.
    pub key: TrendKey,
    /// The values in words.
    pub alt: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct TrendPoint {
    /// The month, e.g. `Oct 2026`.
    pub label: String,
    /// `None` is a gap, never a zero.
    pub value: Option<f64>,
    /// The value as printed.
    pub text: String,
}

/// A level and its words.
#[derive(Debug, Clone, Serialize)]
pub struct TrendLine {
    pub value: f64,
    pub text: String,
}

/// The range that the measure usually keeps to.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    pub low: f64,
    pub high: f64,
    pub centre: f64,
    /// e.g. `usual: 68 to 75 %`.
    pub text: String,
}

/// An expected value between two bounds.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastPoint {
    pub label: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub text: String,
}

/// Words of the key above the drawing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TrendKey {
    pub actual: String,
    pub forecast: String,
    pub signal: String,
}

const ACTUAL: Pen = Pen::solid(Ink::Accent, 1.4);
const EXPECTED: Pen = Pen::dashed(Ink::Accent, 1.2);
const TARGET: Pen = Pen::dashed(Ink::Text, 0.8);
const CENTRE: Pen = Pen::solid(Ink::Prior, 0.7);
const HATCH: Pen = Pen::solid(Ink::Prior, 0.5);
const BOUND: Pen = Pen::solid(Ink::Muted, 0.6);
const AXIS: Pen = Pen::solid(Ink::Muted, 0.6);
/// Texts of the scale, the months and the key.
const SMALL: Style = Style::regular(8.0);
const VALUE: Style = Style::regular(8.0).tabular();
const LAST: Style = Style::strong(8.0).tabular();
/// Points from one text line to the next.
const LEADING: f32 = 9.6;
/// Radius of a dot.
const DOT: f32 = 1.9;
/// From the middle of a signal's diamond to its corners.
const DIAMOND: f32 = 5.2;
/// Half the width of the stroke at a bound of the interval.
const CAP: f32 = 2.2;
/// Distance of the hatching's lines.
const HATCH_SPACING: f32 = 3.4;

/// Draws the trend; its height follows from its width and its texts.
#[must_use]
pub fn draw(trend: &Trend, width: f32) -> Scene {
    let key = key::draw(trend, width);
    let Some(frame) = Frame::of(trend, width, key.height) else {
        let mut scene = Scene::new(width, 24.0);
        scene.text(width / 2.0, 15.0, Anchor::Middle, SMALL, Ink::Muted, "–");
        return scene;
    };
    let months = months::Months::of(trend, &frame);
    let mut scene = Scene::new(width, frame.below() + months.height());
    scene.put(&key, (0.0, 0.0));
    draw_usual(&mut scene, trend, &frame);
    draw_interval(&mut scene, trend, &frame);
    signs::draw_axis(&mut scene, &frame);
    if let Some(target) = trend.target.as_ref().filter(|target| target.value.is_finite()) {
        let y = frame.y(target.value);
        scene.line((frame.left, y), (frame.right, y), TARGET);
    }
    draw_lines(&mut scene, trend, &frame);
    signs::draw_signs(&mut scene, &frame);
    labels::draw(&mut scene, trend, &frame);
    months.draw(&mut scene, &frame);
    scene
}

/// Round ends of a scale that holds everything the trend shows, zero included where it is asked for:
/// for a caller to put into words.
#[must_use]
pub fn round_ends(trend: &Trend) -> Option<(f64, f64)> {
    let (low, high) = frame::extent_of(trend)?;
    let rough = (high - low).max(high.abs() * 1e-6) / 4.0;
    if rough <= 0.0 {
        return Some((0.0, 1.0));
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    Some(((low / step).floor() * step, (high / step).ceil() * step))
}

/// The usual range and its centre.
fn draw_usual(scene: &mut Scene, trend: &Trend, frame: &Frame) {
    let Some((low, high)) = trend.limits.as_ref().and_then(|limits| ordered(limits.low, limits.high)) else { return };
    let (top, bottom) = (frame.y(high), frame.y(low));
    let area = Area { x: frame.left, y: top, width: frame.right - frame.left, height: (bottom - top).max(0.6) };
    scene.fill(area, Ink::Track);
    if let Some(limits) = trend.limits.as_ref().filter(|limits| (low..=high).contains(&limits.centre)) {
        let y = frame.y(limits.centre);
        scene.line((frame.left, y), (frame.right, y), CENTRE);
    }
}

/// The hatched interval of the forecast, opening from the last point, and the bounds of each month.
fn draw_interval(scene: &mut Scene, trend: &Trend, frame: &Frame) {
    let mut before = last_point(trend, frame).map(|(x, y)| (x, y, y));
    for (index, point) in trend.forecast.iter().enumerate() {
        let bounds = ordered(point.low, point.high).map(|(low, high)| {
            let x = frame.x(trend.points.len() + index);
            (x, frame.y(high), frame.y(low))
        });
        if let (Some((ax, a_top, a_bottom)), Some((bx, b_top, b_bottom))) = (before, bounds) {
            let outline = [(ax, a_top), (bx, b_top), (bx, b_bottom), (ax, a_bottom)];
            scene.hatch_polygon(&outline, HATCH_SPACING, HATCH);
        }
        if let Some((x, top, bottom)) = bounds {
            scene.line((x, top), (x, bottom), BOUND);
            for y in [top, bottom] {
                scene.line((x - CAP, y), (x + CAP, y), BOUND);
            }
        }
        before = bounds;
    }
}

/// Lines and dots of what was and what is expected.
fn draw_lines(scene: &mut Scene, trend: &Trend, frame: &Frame) {
    let (actual, expected) = (actual(trend, frame), expected(trend, frame));
    for pair in actual.windows(2) {
        if let [Some(a), Some(b)] = *pair {
            scene.line(a, b, ACTUAL);
        }
    }
    let joined: Vec<Option<(f32, f32)>> = std::iter::once(last_point(trend, frame)).chain(expected.clone()).collect();
    for pair in joined.windows(2) {
        if let [Some(a), Some(b)] = *pair {
            scene.line(a, b, EXPECTED);
        }
    }
    for (index, point) in actual.iter().enumerate() {
        if let Some(at) = *point {
            if trend.marks.contains(&index) {
                draw_signal(scene, at);
            }
            scene.shapes.push(Shape::Disc { x: at.0, y: at.1, radius: DOT, fill: Ink::Accent });
        }
    }
    for at in expected.into_iter().flatten() {
        draw_hollow(scene, at);
    }
}

/// A framed diamond, to be put around a dot.
fn draw_signal(scene: &mut Scene, (x, y): (f32, f32)) {
    for (half, fill) in [(DIAMOND, Ink::Bad), (DIAMOND - 1.5, Ink::Paper)] {
        let points = vec![(x - half, y), (x, y - half), (x + half, y), (x, y + half)];
        scene.shapes.push(Shape::Polygon { points, fill });
    }
}

fn draw_hollow(scene: &mut Scene, (x, y): (f32, f32)) {
    scene.shapes.push(Shape::Disc { x, y, radius: DOT + 0.4, fill: Ink::Accent });
    scene.shapes.push(Shape::Disc { x, y, radius: DOT - 0.5, fill: Ink::Paper });
}

/// Place of every month's value.
fn actual(trend: &Trend, frame: &Frame) -> Vec<Option<(f32, f32)>> {
    let points = trend.points.iter().enumerate();
    points.map(|(index, point)| Some((frame.x(index), frame.y(known(point.value)?)))).collect()
}

/// Place of every expected value.
fn expected(trend: &Trend, frame: &Frame) -> Vec<Option<(f32, f32)>> {
    let points = (trend.points.len()..).zip(&trend.forecast);
    points.map(|(index, point)| Some((frame.x(index), frame.y(known(Some(point.value))?)))).collect()
}

/// The point that the forecast begins at: the last month, if it has a value.
fn last_point(trend: &Trend, frame: &Frame) -> Option<(f32, f32)> {
    actual(trend, frame).last().copied().flatten()
}

/// A value that can be drawn.
fn known(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.abs() < 1e100)
}

fn ordered(a: f64, b: f64) -> Option<(f64, f64)> {
    let (a, b) = (known(Some(a))?, known(Some(b))?);
    Some((a.min(b), a.max(b)))
}

#[cfg(test)]
mod tests;

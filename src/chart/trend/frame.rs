//! Scale and places: where the plot is, what stands beside it.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use super::{DIAMOND, DOT, LAST, LEADING, SMALL, Trend, VALUE, known, ordered};
use crate::chart::measure::{fit, widest_word, wrap_to};
use crate::chart::shaper::width as text_width;
use crate::chart::sparkline::extent;

/// Largest share of the width beside the plot: for the texts of the scale, and for target and limits, which
/// take more where a figure needs it.
const SCALE_SHARE: f32 = 0.32;
const SIGN_SHARE: f32 = 0.25;
const MOST_SIGN_SHARE: f32 = 0.32;
/// Lines of a text at the right.
const SIGN_LINES: usize = 4;
/// Height of the plot as a share of its width, and its bounds.
const PLOT_SHARE: f32 = 0.26;
const PLOT: (f32, f32) = (88.0, 132.0);
/// Room for values above and below the plot.
pub(super) const MARGIN: f32 = 14.0;
/// Between the axis and the first point, and at the other end.
const INSET: f32 = DIAMOND + 1.0;
/// Between the plot and the texts beside it.
/// Between a point and the text behind it.
pub(super) const BEHIND: f32 = 3.4;
/// Largest share of the width for the text behind the last point.
const TAIL_SHARE: f32 = 0.1;
pub(super) const SCALE_GAP: f32 = 8.0;
pub(super) const SIGN_GAP: f32 = 13.0;

/// A text beside the plot and the levels it speaks of.
pub(super) struct Sign {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) lines: Vec<String>,
}

/// The plot and its scale.
pub(super) struct Frame {
    pub(super) width: f32,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    low: f64,
    high: f64,
    step: f32,
    first: f32,
    /// Texts at the scale.
    pub(super) ticks: Vec<Sign>,
    /// Texts at the right: target, usual range.
    pub(super) signs: Vec<Sign>,
}

impl Frame {
    /// `None` if there is no value at all.
    pub(super) fn of(trend: &Trend, width: f32, above: f32) -> Option<Self> {
        let (low, high) = extent_of(trend)?;
        let ends = trend.ends.iter().flatten().filter_map(|end| known(Some(end.value)));
        let (low, high) = extent(ends.chain([low, high]))?;
        let (low, high) = if high > low { (low, high) } else { spread(low) };
        let ticks = ticks(trend, width * SCALE_SHARE);
        let signs = signs(trend, width);
        let widest = |signs: &[Sign]| {
            signs.iter().flat_map(|sign| &sign.lines).map(|line| text_width(line, VALUE)).fold(0.0, f32::max)
        };
        let left = widest(&ticks) + SCALE_GAP;
        let right = width - if signs.is_empty() { 1.0 } else { widest(&signs) + SIGN_GAP };
        let count = trend.points.len() + trend.forecast.len();
        let inner = right - left - INSET - INSET.max(tail(trend, width * TAIL_SHARE));
        let step = inner / count.saturating_sub(1).max(1) as f32;
        let first = if count == 1 { left + INSET + inner / 2.0 } else { left + INSET };
        let top = above + MARGIN;
        let bottom = top + (width * PLOT_SHARE).clamp(PLOT.0, PLOT.1);
        Some(Self { width, left, right, top, bottom, low, high, step, first, ticks, signs })
    }

    pub(super) fn x(&self, index: usize) -> f32 {
        self.first + self.step * index as f32
    }

    pub(super) fn y(&self, value: f64) -> f32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32;
        self.bottom - share * (self.bottom - self.top)
    }

    /// Where the months begin.
    pub(super) fn below(&self) -> f32 {
        self.bottom + MARGIN
    }

    /// Height of zero, if it is on the scale.
    pub(super) fn zero(&self) -> Option<f32> {
        (self.low <= 0.0 && self.high >= 0.0).then(|| self.y(0.0))
    }
}

/// Smallest and largest of all levels to be drawn; `None` without any point.
pub(super) fn extent_of(trend: &Trend) -> Option<(f64, f64)> {
    let points = trend.points.iter().filter_map(|point| known(point.value));
    let forecast = trend.forecast.iter().filter_map(|point| known(Some(point.value)));
    let (low, high) = extent(points.chain(forecast))?;
    let bounds = trend.forecast.iter().filter_map(|point| ordered(point.low, point.high));
    let limits = trend.limits.iter().filter_map(|limits| ordered(limits.low, limits.high));
    let target = trend.target.iter().filter_map(|target| known(Some(target.value)));
    let zero = trend.zero_based.then_some(0.0);
    let others = bounds.chain(limits).flat_map(|(low, high)| [low, high]).chain(target).chain(zero);
    extent(others.chain([low, high]))
}

/// Room for the text of the last value at the right of it, where that is not too much.
fn tail(trend: &Trend, most: f32) -> f32 {
    let actual = || trend.points.last().filter(|point| point.value.is_some()).map(|point| &point.text);
    let text = trend.forecast.last().map(|point| &point.text).or_else(actual);
    let room = text.map_or(0.0, |text| text_width(text, LAST) + DOT + BEHIND + 1.0);
    if room <= most { room } else { 0.0 }
}

/// A scale around a single level.
fn spread(level: f64) -> (f64, f64) {
    let half = if level == 0.0 { 1.0 } else { level.abs() / 2.0 };
    (level - half, level + half)
}

/// Texts at the scale: its ends, or the lowest and highest point; zero where the scale begins there.
fn ticks(trend: &Trend, room: f32) -> Vec<Sign> {
    let mut ticks: Vec<(f64, String)> = if let Some(ends) = &trend.ends {
        ends.iter().filter_map(|end| Some((known(Some(end.value))?, end.text.clone()))).collect()
    } else {
        let points = || trend.points.iter().filter_map(|point| Some((known(point.value)?, point.text.clone())));
        let lowest = points().min_by(|a, b| a.0.total_cmp(&b.0));
        let highest = points().max_by(|a, b| a.0.total_cmp(&b.0));
        lowest.into_iter().chain(highest).collect()
    };
    if trend.zero_based {
        ticks.push((0.0, "0".to_owned()));
    }
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    ticks.dedup_by(|a, b| (a.0 - b.0).abs() < f64::EPSILON);
    let sign = |(level, text): (f64, String)| Sign { low: level, high: level, lines: vec![fit(&text, VALUE, room)] };
    ticks.into_iter().filter(|(_, text)| !text.trim().is_empty()).map(sign).collect()
}

fn signs(trend: &Trend, width: f32) -> Vec<Sign> {
    let lines = |text: &str| {
        let room = (widest_word(text, SMALL) + 0.1).clamp(width * SIGN_SHARE, width * MOST_SIGN_SHARE);
        wrap_to(text, SMALL, room, SIGN_LINES)
    };
    let target = trend.target.iter().filter_map(|target| {
        let level = known(Some(target.value))?;
        Some(Sign { low: level, high: level, lines: lines(&target.text) })
    });
    let limits = trend.limits.iter().filter_map(|limits| {
        let (low, high) = ordered(limits.low, limits.high)?;
        Some(Sign { low, high, lines: lines(&limits.text) })
    });
    target.chain(limits).filter(|sign| !sign.lines.is_empty()).collect()
}

/// Tops of text blocks of the given middles and heights, moved as little as need be so that none lies
/// on another; in the order given.
pub(super) fn stacked(blocks: &[(f32, f32)], (top, bottom): (f32, f32)) -> Vec<f32> {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by(|a, b| blocks[*a].0.total_cmp(&blocks[*b].0));
    let mut tops = vec![0.0; blocks.len()];
    let mut free = top;
    for index in &order {
        let (middle, height) = blocks[*index];
        tops[*index] = (middle - height / 2.0).max(free);
        free = tops[*index] + height;
    }
    let mut limit = bottom;
    for index in order.iter().rev() {
        tops[*index] = tops[*index].min(limit - blocks[*index].1);
        limit = tops[*index];
    }
    tops
}

/// Height of a block of lines.
pub(super) fn height(lines: usize) -> f32 {
    lines as f32 * LEADING + 0.4
}

//! Charts: a [`ChartSpec`] says what to show, [`draw`] makes a [`Scene`] of positioned shapes, and
//! painters turn one scene into SVG (page), PDF operations (print) or PNG (mail).
//!
//! IBCS notation: actual solid, prior lighter, plan outlined, forecast hatched; favourable and
//! unfavourable are told apart by tone *and* by sign or letter, so that grey print loses nothing.

pub mod bars;
pub mod bridge;
pub mod bullet;
pub mod faces;
pub mod heat_map;
pub mod histogram;
pub mod measure;
#[cfg(test)]
mod overlap;
pub mod png;
pub mod scene;
pub mod shaper;
pub mod sparkline;
pub mod svg;
pub mod tone;
pub mod trend;
#[cfg(test)]
mod uncut;

use serde::Serialize;

pub use heat_map::{HeatCell, HeatKey, HeatMap, HeatRow};
pub use histogram::{Histogram, HistogramBar, Marker};
pub use png::ChartError;
pub use scene::Scene;
pub use tone::Tone;
pub use trend::{ForecastPoint, Limits, Trend, TrendKey, TrendLine, TrendPoint};

/// Height of a sparkline or bullet drawn on its own, as a share of its width.
const STRIP_SHARE: f32 = 0.2;

/// Draws a chart `width` points wide; its height follows from what it has to show.
#[must_use]
pub fn draw(spec: &ChartSpec, width: f32) -> Scene {
    match spec {
        ChartSpec::Sparkline(spark) => sparkline::draw(spark, width, width * STRIP_SHARE),
        ChartSpec::Bullet(bullet) => bullet::draw(bullet, width, width * STRIP_SHARE),
        ChartSpec::Bridge(bridge) => bridge::draw(bridge, width),
        ChartSpec::Bars(bars) => bars::draw(bars, width),
        ChartSpec::Trend(trend) => trend::draw(trend, width),
        ChartSpec::HeatMap(map) => heat_map::draw(map, width),
        ChartSpec::Histogram(histogram) => histogram::draw(histogram, width),
    }
}

/// Draws a chart as one or more pictures of the same width, each at most `room` points high where the
/// chart can be parted (a heat map between its rows); the parts are read one below the other.
#[must_use]
pub fn draw_parts(spec: &ChartSpec, width: f32, room: f32) -> Vec<Scene> {
    match spec {
        ChartSpec::HeatMap(map) => heat_map::strips(map, width).pages(room),
        ChartSpec::Sparkline(_)
        | ChartSpec::Bullet(_)
        | ChartSpec::Bridge(_)
        | ChartSpec::Bars(_)
        | ChartSpec::Trend(_)
        | ChartSpec::Histogram(_) => vec![draw(spec, width)],
    }
}

/// Draws the trend of a KPI row into a box of the given size in points.
#[must_use]
pub fn draw_sparkline(spark: &Sparkline, width: f32, height: f32) -> Scene {
    sparkline::draw(spark, width, height)
}

/// Draws the value-against-target bullet of a KPI row into a box of the given size in points.
#[must_use]
pub fn draw_bullet(bullet: &Bullet, width: f32, height: f32) -> Scene {
    bullet::draw(bullet, width, height)
}

/// What a chart shows. Values are for drawing; `text` fields are what is read.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "chart", rename_all = "snake_case")]
pub enum ChartSpec {
    Sparkline(Sparkline),
    Bullet(Bullet),
    Bridge(Bridge),
    Bars(Bars),
    Trend(Box<Trend>),
    HeatMap(HeatMap),
    Histogram(Histogram),
}

/// Up to 13 points, oldest first; `None` is a gap, never a zero.
#[derive(Debug, Clone, Serialize)]
pub struct Sparkline {
    pub points: Vec<Option<f64>>,
    /// Drawn as a thin dashed line when present.
    pub target: Option<f64>,
    /// Values in words: first, lowest, highest, last.
    pub alt: String,
}

/// Value against target on a scale that starts at `low`.
#[derive(Debug, Clone, Serialize)]
pub struct Bullet {
    pub value: f64,
    pub target: f64,
    pub low: f64,
    pub high: f64,
    /// Lower edge of the amber band on the same scale.
    pub amber: Option<f64>,
    pub met: bool,
    pub alt: String,
}

/// An IBCS bridge from a prior total to a current total.
#[derive(Debug, Clone, Serialize)]
pub struct Bridge {
    pub bars: Vec<BridgeBar>,
    /// e.g. `EUR k`.
    pub unit: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct BridgeBar {
    pub label: String,
    /// Total: the level; otherwise the signed step.
    pub value: f64,
    /// The value as printed beside the bar.
    pub text: String,
    pub total: bool,
    /// `Some(true)` favourable, `Some(false)` unfavourable; `None` for totals.
    pub favourable: Option<bool>,
}

/// Ranked horizontal bars, optionally against an outlined plan value.
#[derive(Debug, Clone, Serialize)]
pub struct Bars {
    pub bars: Vec<Bar>,
    /// Legend words for actual and plan, e.g. `actual`, `budget`.
    pub actual_label: String,
    pub plan_label: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    pub text: String,
    pub plan: Option<f64>,
    /// Printed right of the value, e.g. `+EUR 12 k U`.
    pub note: String,
    pub favourable: Option<bool>,
}

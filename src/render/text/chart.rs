//! Charts as lines of text.

use super::wrap::{indented, wrapped};
use super::{WIDTH, table};
use crate::chart::{ChartSpec, HeatMap, Histogram, HistogramBar, Trend};
use crate::report::Align;

/// The values of a chart; where the chart is no list, what it says in words comes first.
pub(super) fn lines(spec: &ChartSpec, alt: &str) -> Vec<String> {
    match spec {
        ChartSpec::Bars(bars) => table::bars(bars, WIDTH),
        ChartSpec::Bridge(bridge) => table::bridge(bridge, WIDTH),
        ChartSpec::Trend(trend) => below(alt, trend_lines(trend)),
        ChartSpec::HeatMap(map) => below(alt, map_lines(map)),
        ChartSpec::Histogram(histogram) => histogram_lines(histogram),
        ChartSpec::Sparkline(_) | ChartSpec::Bullet(_) => wrapped(alt, WIDTH),
    }
}

fn below(alt: &str, values: Vec<String>) -> Vec<String> {
    let mut lines = wrapped(alt, WIDTH);
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(values);
    lines
}

/// A month per line, signals and expected values with their words, then target and usual range.
fn trend_lines(trend: &Trend) -> Vec<String> {
    let points = trend.points.iter().enumerate().map(|(index, point)| {
        let note = if trend.marks.contains(&index) { format!("◆ {}", trend.key.signal) } else { String::new() };
        [point.label.clone(), point.text.clone(), note]
    });
    let forecast =
        trend.forecast.iter().map(|point| [point.label.clone(), point.text.clone(), trend.key.forecast.clone()]);
    let rows: Vec<[String; 3]> = points.chain(forecast).collect();
    let mut lines = table::columns(&rows, [Align::Left, Align::Right, Align::Left], WIDTH);
    let target = trend.target.iter().map(|target| &target.text);
    let words = target.chain(trend.limits.iter().map(|limits| &limits.text));
    lines.extend(words.flat_map(|text| wrapped(text, WIDTH)));
    lines
}

/// A unit, and below it its measures with value, shape and status word.
fn map_lines(map: &HeatMap) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &map.rows {
        lines.extend(wrapped(&row.label, WIDTH));
        for (index, cell) in row.cells.iter().enumerate() {
            let column = map.columns.get(index).map_or("", String::as_str);
            let value = format!("{} {} {}", cell.text, cell.shape, cell.word);
            lines.extend(table::pair(column, &value, WIDTH - 4).iter().map(|line| format!("    {line}")));
        }
        let missing = map.columns.iter().skip(row.cells.len());
        lines.extend(missing.flat_map(|column| indented(4, &format!("{column}: –"), WIDTH)));
    }
    lines
}

/// A class per line with its bar; the limit stands between the classes that it parts.
fn histogram_lines(histogram: &Histogram) -> Vec<String> {
    let bars = || histogram.bars.iter().chain(&histogram.unknown);
    let reach = bars().map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let row = |bar: &HistogramBar| {
        let mark = if bar.over { "▲" } else { "" };
        [bar.label.clone(), table::bar(bar.value, reach), bar.text.clone(), mark.to_owned()]
    };
    let last = histogram.bars.len().saturating_sub(1);
    let mut rows = Vec::new();
    for (index, bar) in bars().enumerate() {
        rows.push(row(bar));
        let marker = histogram.marker.iter().filter(|marker| marker.after_bar.min(last) == index);
        rows.extend(marker.map(|marker| [format!("--- {}", marker.text), String::new(), String::new(), String::new()]));
    }
    let mut lines = wrapped(&histogram.unit, WIDTH);
    lines.extend(table::columns(&rows, [Align::Left, Align::Left, Align::Right, Align::Left], WIDTH));
    lines
}

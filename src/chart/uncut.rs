//! No chart cuts a figure, however long its currency and unit: tests only.

use super::scene::{Scene, Shape};
use super::{Bar, Bars, Bridge, BridgeBar, Histogram, HistogramBar, Limits, Trend, TrendKey, TrendLine, TrendPoint};
use super::{HeatCell, HeatMap, HeatRow, Tone};

const LONG: &str = "−1.234,5\u{a0}Mio.\u{a0}EUR";
const NOTE: &str = "+1.234,5\u{a0}Mio.\u{a0}EUR\u{a0}U";
/// Points: as narrow as a mail on a telephone, a column, a page.
const WIDTHS: [f32; 3] = [280.0, 360.0, 511.0];

/// The chart's words, blanks aside: a figure may stand on two lines, but all of it stands there.
fn says(scene: &Scene) -> String {
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.as_str()),
        Shape::Rect { .. } | Shape::Line { .. } | Shape::Polygon { .. } | Shape::Disc { .. } => None,
    });
    texts.flat_map(str::chars).filter(|letter| !letter.is_whitespace()).collect()
}

fn holds(scene: &Scene, figure: &str, chart: &str) {
    let figure: String = figure.chars().filter(|letter| !letter.is_whitespace()).collect();
    let said = says(scene);
    assert!(said.contains(&figure), "{chart}, {} points wide: no `{figure}` in `{said}`", scene.width);
    assert!(!said.contains('…'), "{chart}, {} points wide: `{said}`", scene.width);
}

#[test]
fn bars_give_figures_the_room_they_need() {
    let bar = |value: f64| Bar {
        label: "Konnektivität".into(),
        value,
        text: LONG.into(),
        plan: Some(100.0),
        note: NOTE.into(),
        favourable: Some(false),
    };
    let bars =
        Bars { bars: vec![bar(120.0), bar(-40.0)], actual_label: "Ist".into(), plan_label: Some("Budget".into()) };
    for width in WIDTHS {
        let scene = super::bars::draw(&bars, width);
        holds(&scene, LONG, "bars");
        holds(&scene, NOTE, "bars");
    }
}

#[test]
fn a_bridge_of_nine_steps_prints_every_figure_whole() {
    let bar =
        |value: f64| BridgeBar { label: "Vorher".into(), value, text: LONG.into(), total: false, favourable: None };
    let bridge = Bridge { bars: (1..=9_u8).map(|value| bar(f64::from(value))).collect(), unit: String::new() };
    for width in [360.0, 511.0] {
        let scene = super::bridge::draw(&bridge, width);
        let lines = |text: &str| says(&scene).matches(text).count();
        assert_eq!((lines("−1.234,5"), lines("Mio.EUR")), (9, 9), "{width} points wide");
    }
}

#[test]
fn a_histogram_prints_every_figure_whole() {
    let bar = |label: &str| HistogramBar { label: label.into(), value: 5.0, text: LONG.into(), over: false };
    let histogram = Histogram {
        bars: ["unter 1 Jahr", "1–2 Jahre", "5 Jahre und mehr"].map(bar).to_vec(),
        unknown: Some(bar("unbekannt")),
        marker: None,
        unit: "Assets".into(),
        alt: String::new(),
    };
    for width in WIDTHS {
        holds(&super::histogram::draw(&histogram, width), LONG, "histogram");
    }
}

#[test]
fn a_trend_prints_its_figures_target_and_range_whole() {
    let (target, usual) = ("Ziel ≥\u{a0}1.234,5\u{a0}Mio.\u{a0}EUR", "üblich 1.234,5\u{a0}Mio.\u{a0}EUR");
    let point = |value: f64| TrendPoint { label: "Sept. 2026".into(), value: Some(value), text: LONG.into() };
    let trend = Trend {
        points: [61.0, 64.0, 66.0, 63.0].map(point).to_vec(),
        target: Some(TrendLine { value: 80.0, text: target.into() }),
        limits: Some(Limits { low: 60.0, high: 68.0, centre: 64.0, text: usual.into() }),
        forecast: Vec::new(),
        marks: Vec::new(),
        zero_based: false,
        ends: None,
        key: TrendKey::default(),
        alt: String::new(),
    };
    for width in WIDTHS {
        let scene = super::trend::draw(&trend, width);
        for figure in [LONG, target, usual] {
            holds(&scene, figure, "trend");
        }
    }
}

#[test]
fn a_heat_map_prints_every_figure_whole() {
    let cell = HeatCell { text: LONG.into(), word: "im Ziel".into(), shape: "●".into(), tone: Tone::Bad };
    let map = HeatMap {
        columns: ["Bestandsgenauigkeit", "Patch-Compliance", "Erfassungsgrad"].map(str::to_owned).to_vec(),
        rows: vec![HeatRow { label: "Gesamtunternehmen".into(), cells: vec![cell.clone(), cell.clone(), cell] }],
        language: "de-DE".into(),
        legend: Vec::new(),
        alt: String::new(),
    };
    for width in WIDTHS {
        holds(&super::heat_map::draw(&map, width), LONG, "heat map");
    }
}

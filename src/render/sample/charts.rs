//! The charts of the board.

use crate::chart::{
    ForecastPoint, HeatCell, HeatKey, HeatMap, HeatRow, Histogram, HistogramBar, Limits, Marker, Tone, Trend, TrendKey,
    TrendLine, TrendPoint,
};

const MONTHS: [&str; 16] = [
    "Oct 2025", "Nov 2025", "Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026", "May 2026", "Jun 2026",
    "Jul 2026", "Aug 2026", "Sep 2026", "Oct 2026", "Nov 2026", "Dec 2026", "Jan 2027",
];

/// A year with a gap and a signal, a target, the usual range and three expected months.
pub(super) fn trend(s: &impl Fn(&str) -> String) -> Trend {
    let values = [76.1, 75.2, 76.8, 77.4, 78.0, 77.1, f64::NAN, 76.4, 75.9, 76.6, 70.2, 72.2, 71.4];
    let point = |(value, label): (&f64, &&str)| TrendPoint {
        label: s(label),
        value: Some(*value).filter(|value| value.is_finite()),
        text: if value.is_finite() { s(&format!("{value:.1} %")) } else { s("–") },
    };
    let ahead = |(value, label): (f64, &&str), width: f64| ForecastPoint {
        label: s(label),
        value,
        low: value - width,
        high: value + width,
        text: s(&format!("{value:.1} %")),
    };
    let line = |value, text: &str| TrendLine { value, text: s(text) };
    Trend {
        points: values.iter().zip(&MONTHS).map(point).collect(),
        target: Some(line(85.0, "target ≥ 85 %")),
        limits: Some(Limits { low: 74.2, high: 79.0, centre: 76.6, text: s("usual range 74.2 to 79.0 %") }),
        forecast: [72.6, 74.0, 75.6]
            .into_iter()
            .zip(&MONTHS[13..])
            .zip([1.6, 2.9, 4.4])
            .map(|(point, width)| ahead(point, width))
            .collect(),
        marks: vec![10],
        zero_based: false,
        ends: Some([line(68.0, "68 %"), line(86.0, "86 %")]),
        key: TrendKey { actual: s("actual"), forecast: s("expected, 80 % interval"), signal: s("signal") },
        alt: s("Seats in use: 76.1 % a year ago, 71.4 % now."),
    }
}

/// Units against measures with every status and one cell missing.
pub(super) fn heat_map(s: &impl Fn(&str) -> String) -> HeatMap {
    let statuses = [
        ("●", "on target", Tone::Good),
        ("▲", "watch", Tone::Watch),
        ("■", "off target", Tone::Bad),
        ("○", "no judgement", Tone::Muted),
    ];
    let cell = |text: &str, status: usize| {
        let (shape, word, tone) = statuses[status];
        HeatCell { text: s(text), word: s(word), shape: shape.to_owned(), tone }
    };
    let row = |label: &str, cells: Vec<HeatCell>| HeatRow { label: s(label), cells };
    HeatMap {
        columns: ["SaaS seats in use", "Inventory accuracy", "Spend beyond budget", "Unpatched critical devices"]
            .map(s)
            .to_vec(),
        rows: vec![
            row("EMEA", vec![cell("71.4 %", 2), cell("97.2 %", 0), cell("EUR 120 k", 1), cell("14", 2)]),
            row(
                "Corporate functions and shared services",
                vec![cell("88.0 %", 0), cell("94.8 %", 1), cell("−EUR 8 k", 0), cell("–", 3)],
            ),
            row("Americas", vec![cell("83.9 %", 1), cell("91.0 %", 2), cell("EUR 1.24 m", 2)]),
        ],
        language: "en-GB".to_owned(),
        legend: statuses.map(|(shape, word, tone)| HeatKey { shape: shape.to_owned(), word: s(word), tone }).to_vec(),
        alt: s("EMEA: seats in use 71.4 %, off target."),
    }
}

/// Ages of devices.
pub(super) fn histogram(s: &impl Fn(&str) -> String) -> Histogram {
    let bar = |label: &str, value: u32, over| HistogramBar {
        label: s(label),
        value: f64::from(value),
        text: s(&value.to_string()),
        over,
    };
    Histogram {
        bars: vec![
            bar("under 1 year", 402, false),
            bar("1 to 2", 377, false),
            bar("2 to 3", 291, false),
            bar("3 to 4", 240, false),
            bar("4 to 5", 96, true),
            bar("5 years and more", 188, true),
        ],
        unknown: Some(bar("unknown", 31, false)),
        marker: Some(Marker { after_bar: 3, text: s("replaced after 4 years") }),
        unit: s("devices"),
        alt: s("Devices: 402 up to a year old, 188 of five and more."),
    }
}

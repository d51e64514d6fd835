use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::chart::overlap::{assert_clean, texts, words};

const WIDTHS: [f32; 4] = [260.0, 280.0, 511.0, 700.0];

fn trend(values: &[Option<f64>]) -> Trend {
    let point = |(index, value): (usize, &Option<f64>)| TrendPoint {
        label: format!("M{index} 2026"),
        value: *value,
        text: value.map_or_else(|| "–".to_owned(), |value| format!("{value} %")),
    };
    Trend {
        points: values.iter().enumerate().map(point).collect(),
        target: None,
        limits: None,
        forecast: Vec::new(),
        marks: Vec::new(),
        zero_based: false,
        ends: None,
        key: TrendKey::default(),
        alt: String::new(),
    }
}

fn value(random: &mut Pcg64Mcg) -> f64 {
    match random.random_range(0..12) {
        0 => 0.0,
        1 => f64::NAN,
        2 => f64::INFINITY,
        3 => -1e9,
        4 => 72.0,
        5 => f64::MAX,
        _ => random.random_range(60.0..90.0),
    }
}

fn random(random: &mut Pcg64Mcg) -> Trend {
    let text = |random: &mut Pcg64Mcg| {
        ["71.4 %", "EUR 1.24 m", "−EUR 12,345,678 k", "0", "1,204 devices without an owner"][random.random_range(0..5)]
            .to_owned()
    };
    let label = |random: &mut Pcg64Mcg, index: usize| match random.random_range(0..8) {
        0 => words(random, 4),
        _ => format!("{} {}", ["Jan", "Sep", "November"][index % 3], 2025 + index / 12),
    };
    let points = random.random_range(0..=13);
    let forecast = random.random_range(0..=3);
    let point = |random: &mut Pcg64Mcg, index| TrendPoint {
        label: label(random, index),
        value: random.random_bool(0.85).then(|| value(random)),
        text: text(random),
    };
    let ahead = |random: &mut Pcg64Mcg, index| ForecastPoint {
        label: label(random, index),
        value: value(random),
        low: value(random),
        high: value(random),
        text: text(random),
    };
    let line = |random: &mut Pcg64Mcg| TrendLine { value: value(random), text: words(random, 5) };
    Trend {
        points: (0..points).map(|index| point(random, index)).collect(),
        target: random.random_bool(0.6).then(|| line(random)),
        limits: random.random_bool(0.6).then(|| Limits {
            low: value(random),
            high: value(random),
            centre: value(random),
            text: words(random, 6),
        }),
        forecast: (points..points + forecast).map(|index| ahead(random, index)).collect(),
        marks: (0..random.random_range(0..4)).map(|_| random.random_range(0..14)).collect(),
        zero_based: random.random_bool(0.5),
        ends: random.random_bool(0.4).then(|| [line(random), line(random)]),
        key: TrendKey { actual: words(random, 3), forecast: words(random, 3), signal: words(random, 6) },
        alt: String::new(),
    }
}

#[test]
fn no_text_overlaps_another_or_leaves_the_drawing() {
    let mut generator = Pcg64Mcg::seed_from_u64(3);
    for _ in 0..250 {
        let trend = random(&mut generator);
        for width in WIDTHS {
            assert_clean(&draw(&trend, width), &trend);
        }
    }
}

#[test]
fn first_last_lowest_and_highest_are_printed_at_every_width() {
    let mut generator = Pcg64Mcg::seed_from_u64(5);
    for _ in 0..300 {
        let mut trend = random(&mut generator);
        for (index, point) in trend.points.iter_mut().enumerate() {
            point.value = Some(generator.random_range(60.0..90.0));
            point.text = format!("{index}!");
        }
        let values: Vec<f64> = trend.points.iter().filter_map(|point| point.value).collect();
        let at = |value: f64| values.iter().position(|other| (other - value).abs() < f64::EPSILON);
        let wanted = [
            Some(0),
            values.len().checked_sub(1),
            at(values.iter().copied().fold(f64::INFINITY, f64::min)),
            at(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ];
        trend.ends = Some([0.0, 1.0].map(|value| TrendLine { value, text: String::new() }));
        for width in WIDTHS {
            let shown = texts(&draw(&trend, width));
            for index in wanted.into_iter().flatten().filter(|_| !values.is_empty()) {
                assert!(shown.contains(&format!("{index}!")), "{index} at {width}: {shown:?}\n{trend:?}");
            }
        }
    }
}

#[test]
fn a_gap_breaks_the_line() {
    let scene = draw(&trend(&[Some(70.0), Some(71.0), None, Some(73.0), Some(74.0)]), 500.0);
    let lines = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { pen, .. } if *pen == ACTUAL));
    assert_eq!(lines.count(), 2);
}

#[test]
fn a_signal_has_a_shape_of_its_own() {
    let diamonds =
        |trend: &Trend| draw(trend, 500.0).shapes.iter().filter(|shape| matches!(shape, Shape::Polygon { .. })).count();
    let mut trend = trend(&[Some(70.0), Some(90.0), None]);
    assert_eq!(diamonds(&trend), 0);
    trend.marks = vec![1, 2, 40];
    assert_eq!(diamonds(&trend), 2, "frame and inside of the one signal that has a value");
}

#[test]
fn a_forecast_is_dashed_hatched_and_hollow() {
    let mut trend = trend(&[Some(70.0), Some(71.0)]);
    trend.forecast =
        vec![ForecastPoint { label: "M2".into(), value: 72.0, low: 60.0, high: 84.0, text: "72 %".into() }];
    let shapes = draw(&trend, 500.0).shapes;
    let with = |wanted: Pen| {
        let lines = shapes.iter().filter(|shape| matches!(shape, Shape::Line { pen, .. } if *pen == wanted));
        lines.count()
    };
    assert_eq!((with(ACTUAL), with(EXPECTED)), (1, 1));
    assert!(with(HATCH) > 5);
    assert!(shapes.iter().any(|shape| matches!(shape, Shape::Disc { fill: Ink::Paper, .. })));
}

#[test]
fn a_scale_without_zero_is_broken_and_prints_its_ends() {
    let mut trend = trend(&[Some(70.0), Some(75.0)]);
    trend.ends = Some([(68.0, "68 %"), (76.0, "76 %")].map(|(value, text)| TrendLine { value, text: text.into() }));
    let strokes = |scene: &Scene| {
        let stroke = |shape: &&Shape| matches!(shape, Shape::Line { points, pen } if pen.ink == Ink::Text && (points[0].0 - points[1].0).abs() < 7.0);
        scene.shapes.iter().filter(stroke).count()
    };
    let scene = draw(&trend, 500.0);
    assert_eq!(strokes(&scene), 2);
    let shown = texts(&scene);
    assert!(shown.contains(&"68 %".to_owned()) && shown.contains(&"76 %".to_owned()), "{shown:?}");
    trend.zero_based = true;
    let scene = draw(&trend, 500.0);
    assert_eq!(strokes(&scene), 0);
    assert!(texts(&scene).contains(&"0".to_owned()));
}

#[test]
fn round_ends_hold_all_levels() {
    let mut generator = Pcg64Mcg::seed_from_u64(9);
    for _ in 0..300 {
        let trend = random(&mut generator);
        let Some((low, high)) = round_ends(&trend) else { continue };
        let (least, most) = frame::extent_of(&trend).expect("levels");
        assert!(low <= least && high >= most && high > low, "{low} {least} {most} {high}");
    }
    let ends = round_ends(&trend(&[Some(68.3), Some(74.9)])).expect("levels");
    assert_eq!(ends, (68.0, 76.0));
    assert!(round_ends(&trend(&[None])).is_none());
}

#[test]
fn no_value_is_a_dash_not_a_panic() {
    assert_eq!(texts(&draw(&trend(&[None, None]), 500.0)), ["–"]);
}

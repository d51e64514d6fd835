//! The 13-point trend line of a KPI row: last point marked, target dashed, gaps left open.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "drawing coordinates")]

use super::Sparkline;
use super::faces::Style;
use super::scene::{Anchor, Ink, Pen, Scene, Shape};

const LINE: Pen = Pen::solid(Ink::Accent, 1.1);
const TARGET: Pen = Pen::dashed(Ink::Muted, 0.6);
const DOT: f32 = 1.9;

/// Draws the trend; a series without any value is a dash, so that the place is not taken for an error.
#[must_use]
pub fn draw(spark: &Sparkline, width: f32, height: f32) -> Scene {
    let mut scene = Scene::new(width, height);
    let finite = |value: &f64| value.is_finite();
    let values: Vec<Option<f64>> = spark.points.iter().map(|point| point.filter(finite)).collect();
    let target = spark.target.filter(finite);
    let Some((low, high)) = extent(values.iter().flatten().copied().chain(target)) else {
        return nothing(scene);
    };
    if values.iter().all(Option::is_none) {
        return nothing(scene);
    }
    let inset = DOT + 0.6;
    let y = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        height - inset - share as f32 * (height - 2.0 * inset)
    };
    let step = (width - 2.0 * inset) / values.len().saturating_sub(1).max(1) as f32;
    let first = if values.len() == 1 { width - inset } else { inset };
    let x = |index: usize| first + step * index as f32;
    if let Some(target) = target {
        scene.line((0.0, y(target)), (width, y(target)), TARGET);
    }
    for stretch in stretches(&values) {
        let points: Vec<(f32, f32)> = stretch.iter().map(|(index, value)| (x(*index), y(*value))).collect();
        match points.as_slice() {
            [] => {}
            // a value between two gaps has no neighbour to draw a line to
            [(x, y)] => scene.shapes.push(Shape::Disc { x: *x, y: *y, radius: 0.9, fill: Ink::Accent }),
            [..] => scene.shapes.push(Shape::Line { points, pen: LINE }),
        }
    }
    let last = values.iter().enumerate().rev().find_map(|(index, value)| value.map(|value| (index, value)));
    if let Some((index, value)) = last {
        // the last value known is marked; hollow when the current period itself is missing
        let current = index + 1 == values.len();
        scene.shapes.push(Shape::Disc { x: x(index), y: y(value), radius: DOT, fill: Ink::Accent });
        if !current {
            scene.shapes.push(Shape::Disc { x: x(index), y: y(value), radius: DOT - 0.8, fill: Ink::Paper });
        }
    }
    scene
}

fn nothing(mut scene: Scene) -> Scene {
    let (x, y) = (scene.width / 2.0, scene.height / 2.0 + 2.5);
    scene.text(x, y, Anchor::Middle, Style::regular(7.5), Ink::Muted, "–");
    scene
}

/// Smallest and largest of the values.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// Runs of neighbouring values with their positions.
fn stretches(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut stretches = vec![Vec::new()];
    for (index, value) in values.iter().enumerate() {
        match (value, stretches.last_mut()) {
            (Some(value), Some(stretch)) => stretch.push((index, *value)),
            (Some(_) | None, _) => stretches.push(Vec::new()),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spark(points: &[Option<f64>], target: Option<f64>) -> Sparkline {
        Sparkline { points: points.to_vec(), target, alt: String::new() }
    }

    fn inside(scene: &Scene) {
        let check = |x: f32, y: f32| {
            assert!((0.0..=scene.width).contains(&x) && (0.0..=scene.height).contains(&y), "{x} {y}");
        };
        for shape in &scene.shapes {
            match shape {
                Shape::Line { points, .. } | Shape::Polygon { points, .. } => {
                    for (x, y) in points {
                        check(*x, *y);
                    }
                }
                Shape::Disc { x, y, .. } | Shape::Text { x, y, .. } => check(*x, *y),
                Shape::Rect { area, .. } => check(area.x, area.y),
            }
        }
    }

    #[test]
    fn odd_series_are_drawn_inside_their_box() {
        let series: [&[Option<f64>]; 7] = [
            &[],
            &[None, None],
            &[Some(3.0)],
            &[Some(5.0), Some(5.0), Some(5.0)],
            &[Some(1.0), None, Some(4.0), None, None],
            &[Some(f64::NAN), Some(2.0)],
            &[Some(0.0), Some(f64::INFINITY)],
        ];
        for points in series {
            for target in [None, Some(4.0), Some(f64::NAN)] {
                let scene = draw(&spark(points, target), 56.0, 14.0);
                assert!(!scene.shapes.is_empty());
                inside(&scene);
            }
        }
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let points = [Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)];
        let scene = draw(&spark(&points, None), 56.0, 14.0);
        let lines = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { .. })).count();
        assert_eq!(lines, 2);
    }
}

//! Value against target on one line: bar, target tick, amber zone.
#![expect(clippy::cast_possible_truncation, reason = "drawing coordinates")]

use super::Bullet;
use super::scene::{Area, Ink, Pen, Scene, Shape};

/// Draws the bullet over the full width; a value beyond the scale ends in an arrow at the edge.
#[must_use]
pub fn draw(bullet: &Bullet, width: f32, height: f32) -> Scene {
    let mut scene = Scene::new(width, height);
    let (low, high) = scale(bullet);
    let x = |value: f64| (((value - low) / (high - low)).clamp(0.0, 1.0)) as f32 * width;
    let band = |from: f32, to: f32, share: f32| Area {
        x: from,
        y: height * (1.0 - share) / 2.0,
        width: (to - from).max(0.6),
        height: height * share,
    };
    scene.fill(band(0.0, width, 0.62), Ink::Track);
    if let Some(amber) = bullet.amber.filter(|amber| amber.is_finite())
        && bullet.target.is_finite()
    {
        let (from, to) = (x(amber.min(bullet.target)), x(amber.max(bullet.target)));
        if to > from {
            scene.fill(band(from, to, 0.62), Ink::Zone);
        }
    }
    if bullet.value.is_finite() {
        draw_value(&mut scene, bullet.value, (low, high), x(bullet.value), ink(bullet));
    }
    if bullet.target.is_finite() {
        let tick = x(bullet.target).clamp(0.8, width - 0.8);
        scene.line((tick, 0.0), (tick, height), Pen::solid(Ink::Text, 1.5));
    }
    scene
}

fn draw_value(scene: &mut Scene, value: f64, (low, high): (f64, f64), at: f32, ink: Ink) {
    let (width, height) = (scene.width, scene.height);
    let (middle, half) = (height / 2.0, height * 0.15);
    if low <= 0.0 {
        // a bar starts at zero or not at all
        let zero = ((-low / (high - low)) as f32).clamp(0.0, 1.0) * width;
        let (from, to) = (zero.min(at), zero.max(at));
        scene.fill(Area { x: from, y: middle - half, width: (to - from).max(1.0), height: 2.0 * half }, ink);
    } else {
        // on a scale that starts above zero a length would mislead: a point on a stem
        scene.line((0.0, middle), (at, middle), Pen::solid(ink, 0.6));
        let x = at.clamp(half * 1.6, width - half * 1.6);
        scene.shapes.push(Shape::Disc { x, y: middle, radius: half * 1.6, fill: ink });
    }
    if value > high || value < low {
        let (tip, back) = if value > high { (width, width - half * 2.6) } else { (0.0, half * 2.6) };
        scene.shapes.push(Shape::Polygon {
            points: vec![(back, middle - half * 2.4), (tip, middle), (back, middle + half * 2.4)],
            fill: ink,
        });
    }
}

/// On target, tolerated or missed; the place of the bar against the tick says the same.
fn ink(bullet: &Bullet) -> Ink {
    let tolerated =
        bullet.amber.is_some_and(|amber| (amber.min(bullet.target)..=amber.max(bullet.target)).contains(&bullet.value));
    match (bullet.met, tolerated) {
        (true, _) => Ink::Accent,
        (false, true) => Ink::Watch,
        (false, false) => Ink::Bad,
    }
}

/// A scale with some extent, whatever the definition says.
fn scale(bullet: &Bullet) -> (f64, f64) {
    let (low, high) = (bullet.low.min(bullet.high), bullet.low.max(bullet.high));
    if low.is_finite() && high.is_finite() && high > low {
        (low, high)
    } else {
        let top = bullet.value.max(bullet.target);
        (0.0, if top.is_finite() && top > 0.0 { top } else { 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bullet(value: f64, target: f64, low: f64, high: f64) -> Bullet {
        Bullet { value, target, low, high, amber: Some(target * 0.9), met: value >= target, alt: String::new() }
    }

    #[test]
    fn values_outside_the_scale_stay_inside_the_drawing_and_show_an_arrow() {
        for (value, low, high) in [(140.0, 0.0, 100.0), (-5.0, 0.0, 100.0), (40.0, 50.0, 100.0), (200.0, 50.0, 100.0)] {
            let scene = draw(&bullet(value, 80.0, low, high), 60.0, 9.0);
            assert!(scene.shapes.iter().any(|shape| matches!(shape, Shape::Polygon { .. })), "{value}");
            for shape in &scene.shapes {
                if let Shape::Rect { area, .. } = shape {
                    assert!(area.x >= 0.0 && area.x + area.width <= 60.01, "{area:?}");
                }
            }
        }
    }

    #[test]
    fn degenerate_scales_are_drawn() {
        for (value, target, low, high) in [
            (5.0, 5.0, 5.0, 5.0),
            (f64::NAN, 80.0, 0.0, 100.0),
            (1.0, f64::NAN, f64::NAN, f64::NAN),
            (0.0, 0.0, 0.0, 0.0),
        ] {
            assert!(!draw(&bullet(value, target, low, high), 60.0, 9.0).shapes.is_empty());
        }
    }
}

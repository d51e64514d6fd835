//! What every drawing keeps to, for the tests of the charts: no text on another, nothing outside.

use std::fmt::Debug;

use rand::Rng;
use rand_pcg::Pcg64Mcg;

use super::scene::{Anchor, Scene, Shape};
use super::shaper::width as text_width;

/// Left, top, right and bottom of every text with visible characters, and the text.
fn boxes(scene: &Scene) -> Vec<([f32; 4], &str)> {
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { x, y, anchor, style, text, .. } => {
            let width = text_width(text, *style);
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            Some(([left, y - style.size * 0.75, left + width, y + style.size * 0.2], text.as_str()))
        }
        Shape::Rect { .. } | Shape::Line { .. } | Shape::Polygon { .. } | Shape::Disc { .. } => None,
    });
    texts.filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// All texts of the drawing.
pub(super) fn texts(scene: &Scene) -> Vec<String> {
    boxes(scene).into_iter().map(|(_, text)| text.to_owned()).collect()
}

/// Fails where a text lies on another one or anything lies outside.
pub(super) fn assert_clean(scene: &Scene, of: &impl Debug) {
    let boxes = boxes(scene);
    for (index, (a, text)) in boxes.iter().enumerate() {
        assert_inside(scene, [(a[0], a[1]), (a[2], a[3])], &|| format!("{text:?} of {of:?}"));
        for (b, other) in &boxes[index + 1..] {
            let apart = a[2] <= b[0] + 0.05 || b[2] <= a[0] + 0.05 || a[3] <= b[1] + 0.05 || b[3] <= a[1] + 0.05;
            assert!(apart, "{text:?} {a:?} lies on {other:?} {b:?}\n{of:?}");
        }
    }
    for shape in &scene.shapes {
        let what = || format!("{shape:?} of {of:?}");
        match shape {
            Shape::Rect { area, .. } => {
                assert_inside(scene, [(area.x, area.y), (area.x + area.width, area.y + area.height)], &what);
            }
            Shape::Line { points, .. } | Shape::Polygon { points, .. } => {
                assert_inside(scene, points.iter().copied(), &what);
            }
            Shape::Disc { x, y, radius, .. } => {
                assert_inside(scene, [(x - radius, y - radius), (x + radius, y + radius)], &what);
            }
            Shape::Text { .. } => {}
        }
    }
}

fn assert_inside(scene: &Scene, points: impl IntoIterator<Item = (f32, f32)>, what: &dyn Fn() -> String) {
    for (x, y) in points {
        let inside = (-0.05..=scene.width + 0.05).contains(&x) && (-0.05..=scene.height + 0.05).contains(&y);
        assert!(inside, "({x}, {y}) is outside of {} x {}: {}", scene.width, scene.height, what());
    }
}

/// Up to `most` words, short, long, with joints, and of a script the faces lack.
pub(super) fn words(random: &mut Pcg64Mcg, most: usize) -> String {
    const WORDS: [&str; 9] = [
        "IT",
        "Halden",
        "EMEA",
        "of",
        "licences",
        "Donaudampfschifffahrtselektrizitätengesellschaft",
        "Unified_Support_Advanced_With_Sentinel",
        "東京",
        "R&D",
    ];
    let words: Vec<&str> =
        (0..random.random_range(0..=most)).map(|_| WORDS[random.random_range(0..WORDS.len())]).collect();
    words.join(" ")
}

mod tests {
    use super::super::faces::Style;
    use super::super::scene::Ink;
    use super::*;

    fn scene(texts: &[(f32, f32, &str)]) -> Scene {
        let mut scene = Scene::new(100.0, 40.0);
        for (x, y, text) in texts {
            scene.text(*x, *y, Anchor::Start, Style::regular(8.0), Ink::Text, *text);
        }
        scene
    }

    #[test]
    fn texts_apart_and_inside_are_clean() {
        assert_clean(&scene(&[(0.0, 10.0, "one"), (0.0, 20.0, "two"), (40.0, 10.0, "three")]), &());
    }

    #[test]
    #[should_panic(expected = "lies on")]
    fn a_text_on_another_is_found() {
        assert_clean(&scene(&[(0.0, 10.0, "one"), (8.0, 13.0, "two")]), &());
    }

    #[test]
    #[should_panic(expected = "is outside of")]
    fn a_text_beyond_the_edge_is_found() {
        assert_clean(&scene(&[(80.0, 10.0, "beyond the edge")]), &());
    }
}

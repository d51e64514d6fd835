//! A scene as inline SVG.
//!
//! No ids, no style sheet, no script: any number of drawings can share one page. Texts carry their
//! measured length, so that a reader's substitute for Inter cannot make labels collide.

use std::fmt::Write as _;

use super::scene::{Anchor, Ink, Pen, Scene, Shape};
use super::shaper::width;

/// The drawing as an `<svg>` element; `alt` is what a screen reader says.
#[must_use]
pub fn to_svg(scene: &Scene, alt: &str) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Inter, system-ui, sans-serif\"><title>{}</title>",
        escape(alt)
    );
    for shape in &scene.shapes {
        push_shape(&mut svg, shape);
    }
    svg.push_str("</svg>");
    svg
}

fn push_shape(svg: &mut String, shape: &Shape) {
    match shape {
        Shape::Rect { area, fill, outline } => {
            let _ = write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"{}/>",
                number(area.x),
                number(area.y),
                number(area.width.max(0.0)),
                number(area.height.max(0.0)),
                fill.map_or_else(|| "none".to_owned(), Ink::hex),
                outline.map(stroke).unwrap_or_default()
            );
        }
        Shape::Line { points, pen } => {
            let _ = write!(
                svg,
                "<polyline points=\"{}\" fill=\"none\"{} stroke-linejoin=\"round\"/>",
                coordinates(points),
                stroke(*pen)
            );
        }
        Shape::Polygon { points, fill } => {
            let _ = write!(svg, "<polygon points=\"{}\" fill=\"{}\"/>", coordinates(points), fill.hex());
        }
        Shape::Disc { x, y, radius, fill } => {
            let (x, y, radius) = (number(*x), number(*y), number(*radius));
            let _ = write!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{}\"/>", fill.hex());
        }
        Shape::Text { x, y, anchor, style, ink, text } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let figures = if style.tabular { " style=\"font-variant-numeric:tabular-nums\"" } else { "" };
            let _ = write!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" font-size=\"{}\" font-weight=\"{}\" fill=\"{}\" \
                 textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"{figures}>{}</text>",
                number(*x),
                number(*y),
                number(style.size),
                style.weight.css(),
                ink.hex(),
                number(width(text, *style)),
                escape(text)
            );
        }
    }
}

fn stroke(pen: Pen) -> String {
    let dash = if pen.dashed { " stroke-dasharray=\"2.4 1.8\"" } else { "" };
    format!(" stroke=\"{}\" stroke-width=\"{}\"{dash}", pen.ink.hex(), number(pen.width))
}

fn coordinates(points: &[(f32, f32)]) -> String {
    let pairs: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
    pairs.join(" ")
}

/// At most two decimals, no trailing zeros, never `-0` or `NaN`.
fn number(value: f32) -> String {
    let text = format!("{:.2}", if value.is_finite() { value } else { 0.0 });
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no place for other control characters
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::faces::Style;
    use crate::chart::scene::Area;

    #[test]
    fn a_drawing_is_self_contained_and_escaped() {
        let mut scene = Scene::new(60.0, 20.0);
        scene.fill(Area { x: 0.0, y: 1.25, width: 10.0, height: 2.0 }, Ink::Accent);
        scene.text(5.0, 9.0, Anchor::Middle, Style::strong(8.0), Ink::Text, "R&D <1 k");
        let svg = to_svg(&scene, "R&D \"spend\"");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(svg.contains("role=\"img\"") && svg.contains("<title>R&amp;D &quot;spend&quot;</title>"));
        assert!(svg.contains(">R&amp;D &lt;1 k</text>") && !svg.contains(" id="));
    }

    #[test]
    fn numbers_are_short_and_never_odd() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(12.345), "12.35");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(f32::NAN), "0");
    }
}

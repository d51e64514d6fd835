//! A drawing as positioned shapes: what SVG, PDF and PNG painters have in common.
//!
//! Units are points, the origin is the top left corner, y grows downwards. Text sits on its
//! baseline and has been measured already: painters place it, they never lay it out.

use super::faces::{Style, Weight};

/// A finished drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub width: f32,
    pub height: f32,
    /// In painting order.
    pub shapes: Vec<Shape>,
}

/// One shape of a [`Scene`].
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A rectangle, filled or outlined or both.
    Rect { area: Area, fill: Option<Ink>, outline: Option<Pen> },
    /// An open line through the points.
    Line { points: Vec<(f32, f32)>, pen: Pen },
    /// A closed filled outline.
    Polygon { points: Vec<(f32, f32)>, fill: Ink },
    /// A filled disc.
    Disc { x: f32, y: f32, radius: f32, fill: Ink },
    /// One line of text; `x` is where `anchor` says, `y` the baseline.
    Text { x: f32, y: f32, anchor: Anchor, style: Style, ink: Ink, text: String },
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pen {
    pub ink: Ink,
    pub width: f32,
    pub dashed: bool,
}

/// Which end of a text its `x` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// The palette by meaning; every text colour has a contrast of at least 4.5 to 1 on white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Running text and actual values.
    Text,
    /// Secondary text.
    Muted,
    /// Headings and the house colour.
    Accent,
    /// Hairlines.
    Rule,
    /// Light ground of tiles and table heads.
    Ground,
    /// Scale behind a bullet, data bars.
    Track,
    /// The amber zone of a bullet.
    Zone,
    /// Values of the prior period.
    Prior,
    Paper,
    Good,
    GoodTint,
    Watch,
    WatchTint,
    Bad,
    BadTint,
}

impl Ink {
    /// Red, green and blue.
    #[must_use]
    pub const fn rgb(self) -> [u8; 3] {
        match self {
            Self::Text => [0x1A, 0x26, 0x33],
            Self::Muted => [0x55, 0x65, 0x76],
            Self::Accent => [0x12, 0x3A, 0x5E],
            Self::Rule => [0xD3, 0xDB, 0xE3],
            Self::Ground => [0xF3, 0xF6, 0xF9],
            Self::Track => [0xDC, 0xE5, 0xEE],
            Self::Zone => [0xEB, 0xB8, 0x62],
            Self::Prior => [0x9F, 0xB1, 0xC3],
            Self::Paper => [0xFF, 0xFF, 0xFF],
            Self::Good => [0x17, 0x6B, 0x43],
            Self::GoodTint => [0xD9, 0xEE, 0xE2],
            Self::Watch => [0x8F, 0x52, 0x00],
            Self::WatchTint => [0xFB, 0xEB, 0xCF],
            Self::Bad => [0xB0, 0x22, 0x1C],
            Self::BadTint => [0xFA, 0xE0, 0xDD],
        }
    }

    /// e.g. `#123a5e`.
    #[must_use]
    pub fn hex(self) -> String {
        let [red, green, blue] = self.rgb();
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Pen {
    /// An unbroken line.
    #[must_use]
    pub const fn solid(ink: Ink, width: f32) -> Self {
        Self { ink, width, dashed: false }
    }

    /// A line of short dashes.
    #[must_use]
    pub const fn dashed(ink: Ink, width: f32) -> Self {
        Self { ink, width, dashed: true }
    }
}

impl Scene {
    /// An empty drawing.
    #[must_use]
    pub const fn new(width: f32, height: f32) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    /// A filled rectangle; nothing if it has no extent.
    pub fn fill(&mut self, area: Area, ink: Ink) {
        if area.width > 0.0 && area.height > 0.0 {
            self.shapes.push(Shape::Rect { area, fill: Some(ink), outline: None });
        }
    }

    /// An outlined rectangle.
    pub fn outline(&mut self, area: Area, pen: Pen) {
        self.shapes.push(Shape::Rect { area, fill: None, outline: Some(pen) });
    }

    /// A straight line.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), pen: Pen) {
        self.shapes.push(Shape::Line { points: vec![from, to], pen });
    }

    /// A text with its baseline at `y`.
    pub fn text(&mut self, x: f32, y: f32, anchor: Anchor, style: Style, ink: Ink, text: impl Into<String>) {
        self.shapes.push(Shape::Text { x, y, anchor, style, ink, text: text.into() });
    }

    /// Diagonal lines inside `area`: a fill that survives grey print.
    ///
    /// The lines are clipped by arithmetic, so painters need neither patterns nor clip paths.
    pub fn hatch(&mut self, area: Area, spacing: f32, pen: Pen) {
        let Area { x, y, width, height } = area;
        let mut offset = spacing * 0.5;
        while offset < width + height && spacing > 0.0 {
            let from = if offset < height { (x, y + offset) } else { (x + offset - height, y + height) };
            let to = if offset < width { (x + offset, y) } else { (x + width, y + offset - width) };
            self.line(from, to, pen);
            offset += spacing;
        }
    }
}

impl Weight {
    /// CSS `font-weight`.
    #[must_use]
    pub const fn css(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::Strong => 600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatching_stays_inside_its_area() {
        let area = Area { x: 3.0, y: 5.0, width: 7.0, height: 20.0 };
        let mut scene = Scene::new(20.0, 30.0);
        scene.hatch(area, 3.0, Pen::solid(Ink::Bad, 0.5));
        assert!(!scene.shapes.is_empty());
        for shape in &scene.shapes {
            let Shape::Line { points, .. } = shape else { panic!("hatching is lines") };
            for (x, y) in points {
                assert!((3.0..=10.0).contains(x) && (5.0..=25.0).contains(y), "{x} {y}");
            }
        }
    }
}

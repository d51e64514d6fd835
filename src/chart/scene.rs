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
    pub fn hatch(&mut self, area: Area, spacing: f32, pen: Pen) {
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        self.hatch_polygon(&[(area.x, area.y), (right, area.y), (right, bottom), (area.x, bottom)], spacing, pen);
    }

    /// Diagonal lines inside a convex outline; neighbouring outlines continue each other's lines.
    ///
    /// The lines are clipped by arithmetic, so painters need neither patterns nor clip paths.
    pub fn hatch_polygon(&mut self, outline: &[(f32, f32)], spacing: f32, pen: Pen) {
        // all lines have a constant x + y, a multiple of the spacing
        let sums = || outline.iter().map(|(x, y)| x + y);
        let (from, to) = (sums().fold(f32::INFINITY, f32::min), sums().fold(f32::NEG_INFINITY, f32::max));
        if spacing.is_nan() || spacing <= 0.0 || !from.is_finite() || !to.is_finite() {
            return;
        }
        let mut sum = ((from / spacing).floor() + 1.0) * spacing;
        while sum < to {
            if let Some((a, b)) = crossing(outline, sum) {
                self.line(a, b, pen);
            }
            sum += spacing;
        }
    }

    /// Drawings of one width, one below the other.
    pub fn stacked<'a>(width: f32, strips: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut whole = Self::new(width, 0.0);
        for strip in strips {
            whole.append(strip, 0.0);
        }
        whole
    }

    /// Puts another drawing below this one.
    pub fn append(&mut self, below: &Self, gap: f32) {
        self.put(below, (0.0, self.height + gap));
        self.height += gap + below.height;
    }

    /// Puts another drawing into this one, moved to the right and down.
    pub fn put(&mut self, other: &Self, (right, down): (f32, f32)) {
        self.shapes.extend(other.shapes.iter().map(|shape| shape.moved(right, down)));
    }
}

impl Shape {
    fn moved(&self, right: f32, down: f32) -> Self {
        let all = |points: &[(f32, f32)]| points.iter().map(|(x, y)| (x + right, y + down)).collect();
        match self.clone() {
            Self::Rect { area, fill, outline } => {
                Self::Rect { area: Area { x: area.x + right, y: area.y + down, ..area }, fill, outline }
            }
            Self::Line { points, pen } => Self::Line { points: all(&points), pen },
            Self::Polygon { points, fill } => Self::Polygon { points: all(&points), fill },
            Self::Disc { x, y, radius, fill } => Self::Disc { x: x + right, y: y + down, radius, fill },
            Self::Text { x, y, anchor, style, ink, text } => {
                Self::Text { x: x + right, y: y + down, anchor, style, ink, text }
            }
        }
    }
}

/// Where the line of points with the given x + y enters and leaves a convex outline.
fn crossing(outline: &[(f32, f32)], sum: f32) -> Option<((f32, f32), (f32, f32))> {
    let mut ends: Vec<(f32, f32)> = Vec::with_capacity(2);
    for (index, (ax, ay)) in outline.iter().enumerate() {
        let (bx, by) = outline[(index + 1) % outline.len()];
        let (a, b) = (ax + ay - sum, bx + by - sum);
        // half open: a corner on the line counts for one of its two sides
        if (a < 0.0) != (b < 0.0) {
            let share = (a / (a - b)).clamp(0.0, 1.0);
            ends.push((ax + (bx - ax) * share, ay + (by - ay) * share));
        }
    }
    match ends.as_slice() {
        [a, b] => Some((*a, *b)),
        [] | [_] | [..] => None,
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
    fn hatching_of_neighbours_is_continuous_and_inside_both() {
        let mut scene = Scene::new(40.0, 40.0);
        scene.hatch_polygon(&[(4.0, 20.0), (12.0, 14.0), (12.0, 26.0), (4.0, 20.0)], 3.0, Pen::solid(Ink::Muted, 0.5));
        scene.hatch_polygon(&[(12.0, 14.0), (20.0, 8.0), (20.0, 32.0), (12.0, 26.0)], 3.0, Pen::solid(Ink::Muted, 0.5));
        assert!(scene.shapes.len() > 6);
        for shape in &scene.shapes {
            let Shape::Line { points, .. } = shape else { panic!("hatching is lines") };
            for (x, y) in points {
                let half = (x - 4.0) * 0.75;
                assert!((y - 20.0).abs() <= half + 0.01, "{x} {y}");
                assert!(((x + y) / 3.0 - ((x + y) / 3.0).round()).abs() < 0.001, "{x} {y}");
            }
        }
    }

    #[test]
    fn hatching_stays_inside_its_area() {
        let area = Area { x: 3.0, y: 5.0, width: 7.0, height: 20.0 };
        let mut scene = Scene::new(20.0, 30.0);
        scene.hatch(area, 3.0, Pen::solid(Ink::Bad, 0.5));
        assert!(!scene.shapes.is_empty());
        for shape in &scene.shapes {
            let Shape::Line { points, .. } = shape else { panic!("hatching is lines") };
            for (x, y) in points {
                assert!((2.99..=10.01).contains(x) && (4.99..=25.01).contains(y), "{x} {y}");
            }
        }
    }
}

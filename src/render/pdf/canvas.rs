//! One page as drawing operations, with the origin in the top left corner and lengths in points.
//!
//! Everything drawn belongs either to a structure element ([`Canvas::tagged`]) or is marked as an
//! artifact, as tagged PDF asks for: rules and grounds need no further care by the caller.

use std::collections::BTreeMap;

use printpdf::{
    Codepoint, Color, DictItem, FontId, Line, LineDashPattern, LineJoinStyle, LinePoint, Op, PaintMode, PdfFontHandle,
    Point, Polygon, PolygonRing, Pt, Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};

use super::tags::NodeId;
use crate::chart::faces::Style;
use crate::chart::scene::{Anchor, Area, Ink, Pen};
use crate::chart::shaper::{Run, shape};

/// Control-point distance that makes a Bézier quarter look like a circle's.
const QUARTER: f32 = 0.552_3;

/// Thousandths of an em by which a glyph may stand off its place: a fiftieth of a point in text.
const VISIBLE: f32 = 2.0;

/// What the drawing operations at hand belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Artifact,
    Element,
}

/// A text that leads to an anchor.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) node: NodeId,
    /// Left, bottom, right, top in PDF coordinates.
    pub(super) area: [f32; 4],
    pub(super) target: String,
}

/// A page under construction.
#[derive(Debug)]
pub(super) struct Canvas {
    /// Height of the paper.
    height: f32,
    ops: Vec<Op>,
    owner: Owner,
    marks: Vec<NodeId>,
    figures: Vec<(NodeId, [f32; 4])>,
    links: Vec<Link>,
    anchors: Vec<(String, f32)>,
    /// Left, top, right and bottom of every text, for the tests of the layout.
    #[cfg(test)]
    texts: Vec<([f32; 4], String)>,
}

/// A finished page.
#[derive(Debug)]
pub(super) struct Painted {
    pub(super) ops: Vec<Op>,
    /// Owner of each marked content, by its number.
    pub(super) marks: Vec<NodeId>,
    /// Figures with left, bottom, right, top in PDF coordinates.
    pub(super) figures: Vec<(NodeId, [f32; 4])>,
    pub(super) links: Vec<Link>,
    /// Places that links lead to, with their height from the top of the paper.
    pub(super) anchors: Vec<(String, f32)>,
    /// Left, top, right and bottom of every text.
    #[cfg(test)]
    pub(super) texts: Vec<([f32; 4], String)>,
}

impl Canvas {
    pub(super) const fn new(height: f32) -> Self {
        Self {
            height,
            ops: Vec::new(),
            owner: Owner::Nobody,
            marks: Vec::new(),
            figures: Vec::new(),
            links: Vec::new(),
            anchors: Vec::new(),
            #[cfg(test)]
            texts: Vec::new(),
        }
    }

    /// Ends the page.
    pub(super) fn finish(mut self) -> Painted {
        self.end_artifact();
        Painted {
            ops: self.ops,
            marks: self.marks,
            figures: self.figures,
            links: self.links,
            anchors: self.anchors,
            #[cfg(test)]
            texts: self.texts,
        }
    }

    /// Draws content of a structure element. Elements are not drawn inside each other.
    pub(super) fn tagged(&mut self, node: NodeId, tag: &str, draw: impl FnOnce(&mut Self)) {
        self.end_artifact();
        let id = DictItem::Int(i64::try_from(self.marks.len()).unwrap_or(i64::MAX));
        self.marks.push(node);
        self.begin(tag, [("MCID", id)]);
        self.owner = Owner::Element;
        draw(self);
        self.owner = Owner::Nobody;
        self.ops.push(Op::EndMarkedContent);
    }

    /// Draws a figure that fills `area`.
    pub(super) fn figure(&mut self, node: NodeId, area: Area, draw: impl FnOnce(&mut Self)) {
        let (top, bottom) = (self.height - area.y, self.height - area.y - area.height);
        self.figures.push((node, [area.x, bottom, area.x + area.width, top]));
        self.tagged(node, "Figure", draw);
    }

    /// Draws a text that fills `area` and leads to the anchor `target`.
    pub(super) fn link(&mut self, node: NodeId, area: Area, target: &str, draw: impl FnOnce(&mut Self)) {
        let (top, bottom) = (self.height - area.y, self.height - area.y - area.height);
        let area = [area.x, bottom, area.x + area.width, top].map(snap);
        self.links.push(Link { node, area, target: target.to_owned() });
        self.tagged(node, "Link", draw);
    }

    /// A place that links lead to.
    pub(super) fn anchor(&mut self, name: &str, y: f32) {
        self.anchors.push((name.to_owned(), y));
    }

    /// Draws what belongs to the page instead of the text: running heads, footers.
    pub(super) fn pagination(&mut self, draw: impl FnOnce(&mut Self)) {
        self.end_artifact();
        self.begin("Artifact", [("Type", DictItem::Name(b"Pagination".to_vec()))]);
        self.owner = Owner::Element;
        draw(self);
        self.owner = Owner::Nobody;
        self.ops.push(Op::EndMarkedContent);
    }

    /// A filled rectangle.
    pub(super) fn fill(&mut self, area: Area, ink: Ink) {
        self.rectangle(area, PaintMode::Fill, Op::SetFillColor { col: colour(ink) });
    }

    /// An outlined rectangle.
    pub(super) fn outline(&mut self, area: Area, pen: Pen) {
        self.with_pen(pen, |canvas| {
            canvas.rectangle(area, PaintMode::Stroke, Op::SetOutlineColor { col: colour(pen.ink) });
        });
    }

    fn rectangle(&mut self, area: Area, mode: PaintMode, set_colour: Op) {
        self.begin_shape();
        self.ops.push(set_colour);
        let rectangle = Rect {
            x: Pt(snap(area.x)),
            y: Pt(snap(self.height - area.y - area.height)),
            width: Pt(snap(area.width)),
            height: Pt(snap(area.height)),
            mode: Some(mode),
            winding_order: None,
        };
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    /// A line through the points.
    pub(super) fn line(&mut self, points: &[(f32, f32)], pen: Pen) {
        self.with_pen(pen, |canvas| {
            let points = points.iter().map(|point| canvas.corner(*point)).collect();
            canvas.ops.push(Op::DrawLine { line: Line { points, is_closed: false } });
        });
    }

    /// A filled polygon.
    pub(super) fn polygon(&mut self, points: &[(f32, f32)], ink: Ink) {
        let points = points.iter().map(|point| self.corner(*point)).collect();
        self.path(points, ink);
    }

    /// A filled disc.
    pub(super) fn disc(&mut self, x: f32, y: f32, radius: f32, ink: Ink) {
        let side = radius * 2.0;
        self.rounded(Area { x: x - radius, y: y - radius, width: side, height: side }, radius, ink);
    }

    /// A filled rectangle with round corners.
    pub(super) fn rounded(&mut self, area: Area, radius: f32, ink: Ink) {
        let radius = radius.min(area.width / 2.0).min(area.height / 2.0);
        let (left, top) = (area.x, area.y);
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        let handle = radius * (1.0 - QUARTER);
        let mut points = vec![self.corner((left + radius, top))];
        // one quarter per corner: two handles, then the point where the next side begins
        for [(ax, ay), (bx, by), (cx, cy), (dx, dy)] in [
            [(right - radius, top), (right - handle, top), (right, top + handle), (right, top + radius)],
            [(right, bottom - radius), (right, bottom - handle), (right - handle, bottom), (right - radius, bottom)],
            [(left + radius, bottom), (left + handle, bottom), (left, bottom - handle), (left, bottom - radius)],
            [(left, top + radius), (left, top + handle), (left + handle, top), (left + radius, top)],
        ] {
            points.push(self.corner((ax, ay)));
            points.push(LinePoint { bezier: true, ..self.corner((bx, by)) });
            points.push(LinePoint { bezier: true, ..self.corner((cx, cy)) });
            points.push(self.corner((dx, dy)));
        }
        self.path(points, ink);
    }

    fn path(&mut self, points: Vec<LinePoint>, ink: Ink) {
        self.begin_shape();
        self.ops.push(Op::SetFillColor { col: colour(ink) });
        let rings = vec![PolygonRing { points }];
        let polygon = Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero };
        self.ops.push(Op::DrawPolygon { polygon });
    }

    /// One line of text with its baseline at `y`. A space at its end is drawn behind the anchor.
    pub(super) fn text(&mut self, x: f32, y: f32, anchor: Anchor, style: Style, ink: Ink, text: &str) {
        let runs = shape(text, style);
        let width: f32 = runs.iter().map(|run| run.width(style.size)).sum();
        let space = runs.last().and_then(|run| run.glyphs.last()).filter(|_| text.ends_with(' '));
        let width = width - space.map_or(0.0, |glyph| glyph.advance * style.size / 1000.0);
        let mut x = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        #[cfg(test)]
        self.texts.push(([x, y - style.size * 0.73, x + width, y], text.to_owned()));
        self.begin_shape();
        self.ops.push(Op::StartTextSection);
        self.ops.push(Op::SetFillColor { col: colour(ink) });
        for run in runs.iter() {
            let advance = run.width(style.size);
            self.show(run, x, y, style.size);
            x += advance;
        }
        self.ops.push(Op::EndTextSection);
    }

    fn show(&mut self, run: &Run, x: f32, y: f32, size: f32) {
        let font = PdfFontHandle::External(FontId(run.face.name().to_owned()));
        self.ops.push(Op::SetFont { font, size: Pt(size) });
        if let Some(text) = &run.replaces {
            // the glyphs are stand-ins: what is copied and searched is the text itself
            self.begin("Span", [("ActualText", DictItem::String { data: utf16(text), literal: false })]);
        }
        let matrix = TextMatrix::Translate(Pt(snap(x)), Pt(snap(self.height - y)));
        self.ops.push(Op::SetTextMatrix { matrix });
        self.ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(codepoints(run))] });
        if run.replaces.is_some() {
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn with_pen(&mut self, pen: Pen, draw: impl FnOnce(&mut Self)) {
        self.begin_shape();
        self.ops.push(Op::SaveGraphicsState);
        self.ops.push(Op::SetOutlineColor { col: colour(pen.ink) });
        self.ops.push(Op::SetOutlineThickness { pt: Pt(pen.width) });
        self.ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
        if pen.dashed {
            self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern::new(0.0, &[2.4, 1.8]) });
        }
        draw(self);
        self.ops.push(Op::RestoreGraphicsState);
    }

    fn corner(&self, (x, y): (f32, f32)) -> LinePoint {
        LinePoint { p: Point { x: Pt(snap(x)), y: Pt(snap(self.height - y)) }, bezier: false }
    }

    fn begin<const N: usize>(&mut self, tag: &str, properties: [(&str, DictItem); N]) {
        let map: BTreeMap<String, DictItem> =
            properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let properties = DictItem::Dict { map };
        self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
    }

    /// Whatever is drawn outside an element is an artifact.
    fn begin_shape(&mut self) {
        if self.owner == Owner::Nobody {
            self.ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
            self.owner = Owner::Artifact;
        }
    }

    fn end_artifact(&mut self) {
        if self.owner == Owner::Artifact {
            self.ops.push(Op::EndMarkedContent);
            self.owner = Owner::Nobody;
        }
    }
}

/// Glyphs with the corrections that turn the widths a viewer knows into the shaped advances.
fn codepoints(run: &Run) -> Vec<Codepoint> {
    let mut drift = 0.0_f32;
    run.glyphs
        .iter()
        .map(|glyph| {
            // printpdf writes widths as whole thousandths, rounded down; the remainders are
            // collected and given back before they can be seen
            drift += glyph.natural.floor() - glyph.advance;
            let offset = if drift.abs() < VISIBLE { 0.0 } else { drift.round() };
            drift -= offset;
            // a stand-in is nobody's glyph: its text is said around it
            let stands_in = run.replaces.is_some() && !glyph.text.is_empty();
            let text = if stands_in { char::REPLACEMENT_CHARACTER.to_string() } else { glyph.text.clone() };
            Codepoint { gid: glyph.id, offset, cid: Some(text) }
        })
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
}

fn colour(ink: Ink) -> Color {
    let [r, g, b] = ink.rgb().map(|part| (f32::from(part) / 255.0 * 1000.0).round() / 1000.0);
    Color::Rgb(Rgb { r, g, b, icc_profile: None })
}

/// Hundredths of a point are finer than any printer and keep the file small.
fn snap(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

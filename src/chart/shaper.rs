//! The one shaper: whatever is measured or drawn as text goes through here.
//!
//! Characters that Inter lacks are taken from `DejaVu` Sans; characters that neither has are shown as
//! U+FFFD and keep their original text for copying and searching. The faces are parsed once per
//! process.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "glyph ids fit u16 by the OpenType format and advances are small"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::OnceLock;

use rustybuzz::ttf_parser::{GlyphId, Tag};
use rustybuzz::{Direction, Feature, ShapePlan, UnicodeBuffer, script};

use super::faces::{Face, Style, Weight};

/// Texts remembered per weight and kind of figures, and thread.
const REMEMBERED: usize = 4_096;

/// One positioned glyph of a [`Run`].
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    pub id: u16,
    /// Shaped advance in thousandths of an em, kerning included.
    pub advance: f32,
    /// The font's own advance in thousandths of an em.
    pub natural: f32,
    /// The text this glyph stands for; empty for the later glyphs of one cluster.
    pub text: String,
    /// Byte offset of that text in the shaped string.
    pub at: usize,
}

/// Glyphs of one face in drawing order.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub face: Face,
    pub glyphs: Vec<Glyph>,
    /// The original text where the glyphs are only a replacement for it.
    pub replaces: Option<String>,
}

impl Run {
    /// Advance of the whole run in points.
    #[must_use]
    pub fn width(&self, size: f32) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * size / 1000.0
    }
}

/// Shapes one line of text, with kerning and fallback faces.
///
/// A report measures and draws the same words several times: the last few thousand are remembered,
/// in em units, so that every size shares them.
#[must_use]
pub fn shape(text: &str, style: Style) -> Rc<[Run]> {
    thread_local! {
        static SHAPED: RefCell<[HashMap<String, Rc<[Run]>>; 4]> = RefCell::default();
    }
    let kind = usize::from(style.weight == Weight::Strong) * 2 + usize::from(style.tabular);
    SHAPED.with_borrow_mut(|shaped| {
        let known = &mut shaped[kind];
        if let Some(runs) = known.get(text) {
            return Rc::clone(runs);
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let segments = segments(text, style.weight);
        let runs: Rc<[Run]> = segments.iter().map(|segment| shape_segment(text, segment, style)).collect();
        known.insert(text.to_owned(), Rc::clone(&runs));
        runs
    })
}

/// Advance of one line of text in points.
#[must_use]
pub fn width(text: &str, style: Style) -> f32 {
    shape(text, style).iter().map(|run| run.width(style.size)).sum()
}

struct Loaded {
    face: rustybuzz::Face<'static>,
    latin: ShapePlan,
    latin_tabular: ShapePlan,
    units: f32,
}

fn loaded(face: Face) -> &'static Loaded {
    static FACES: OnceLock<[Loaded; 3]> = OnceLock::new();
    let all = FACES.get_or_init(|| Face::ALL.map(load));
    match face {
        Face::Regular => &all[0],
        Face::Strong => &all[1],
        Face::Fallback => &all[2],
    }
}

fn load(face: Face) -> Loaded {
    let parsed = rustybuzz::Face::from_slice(face.data(), 0).expect("the embedded font file parses");
    let plan = |tabular| ShapePlan::new(&parsed, Direction::LeftToRight, Some(script::LATIN), None, &features(tabular));
    let (latin, latin_tabular) = (plan(false), plan(true));
    let units = parsed.units_per_em() as f32;
    Loaded { face: parsed, latin, latin_tabular, units }
}

fn features(tabular: bool) -> Vec<Feature> {
    // Inter's contextual alternates turn `->` into an arrow and `2x4` into a multiplication:
    // a report must print the names it was given.
    let mut features = vec![Feature::new(Tag::from_bytes(b"calt"), 0, ..)];
    if tabular {
        features.push(Feature::new(Tag::from_bytes(b"tnum"), 1, ..));
    }
    features
}

#[derive(Clone, Copy, PartialEq)]
enum Source {
    Has(Face),
    Missing,
}

struct Segment {
    source: Source,
    range: Range<usize>,
}

/// Splits a line into stretches that one face can show.
fn segments(text: &str, weight: Weight) -> Vec<Segment> {
    let main = match weight {
        Weight::Regular => Face::Regular,
        Weight::Strong => Face::Strong,
    };
    let mut segments: Vec<Segment> = Vec::new();
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let source = match segments.last() {
            Some(last) if is_invisible(character) => last.source,
            Some(_) | None => source_of(character, main),
        };
        match segments.last_mut() {
            Some(last) if last.source == source => last.range.end = end,
            Some(_) | None => segments.push(Segment { source, range: at..end }),
        }
    }
    segments
}

fn source_of(character: char, main: Face) -> Source {
    if character.is_ascii() || is_invisible(character) || has(main, character) {
        Source::Has(main)
    } else if has(Face::Fallback, character) {
        Source::Has(Face::Fallback)
    } else {
        Source::Missing
    }
}

fn has(face: Face, character: char) -> bool {
    loaded(face).face.glyph_index(character).is_some()
}

/// Characters that steer layout but show nothing: never sent to the shaper.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// What a character is drawn as: control characters become spaces, look-alikes share one code so
/// that a glyph always stands for the same text when it is copied out of a document.
fn drawn(character: char) -> char {
    match character {
        '\u{A0}' | '\u{2007}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        other if other.is_control() => ' ',
        other => other,
    }
}

fn shape_segment(text: &str, segment: &Segment, style: Style) -> Run {
    let (face, missing) = match segment.source {
        Source::Has(face) => (face, false),
        Source::Missing => (Face::Fallback, true),
    };
    let slice = &text[segment.range.clone()];
    let mut buffer = UnicodeBuffer::new();
    for (offset, character) in slice.char_indices() {
        if !is_invisible(character) {
            let character = if missing { char::REPLACEMENT_CHARACTER } else { drawn(character) };
            // a byte offset inside one line of a report
            buffer.add(character, (segment.range.start + offset) as u32);
        }
    }
    let shaped = run_shaper(loaded(face), buffer, style.tabular);
    Run {
        face,
        glyphs: glyphs(text, &segment.range, loaded(face), &shaped),
        replaces: missing.then(|| slice.to_owned()),
    }
}

fn run_shaper(loaded: &Loaded, mut buffer: UnicodeBuffer, tabular: bool) -> rustybuzz::GlyphBuffer {
    buffer.guess_segment_properties();
    let common = [script::LATIN, script::UNKNOWN, script::COMMON, script::INHERITED];
    if buffer.direction() == Direction::LeftToRight && common.contains(&buffer.script()) {
        buffer.set_script(script::LATIN);
        let plan = if tabular { &loaded.latin_tabular } else { &loaded.latin };
        rustybuzz::shape_with_plan(&loaded.face, plan, buffer)
    } else {
        rustybuzz::shape(&loaded.face, &features(tabular), buffer)
    }
}

fn glyphs(text: &str, range: &Range<usize>, loaded: &Loaded, shaped: &rustybuzz::GlyphBuffer) -> Vec<Glyph> {
    let thousandths = 1000.0 / loaded.units;
    let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut seen = None;
    shaped
        .glyph_infos()
        .iter()
        .zip(shaped.glyph_positions())
        .map(|(info, position)| {
            let at = info.cluster as usize;
            let id = info.glyph_id as u16;
            let natural = loaded.face.glyph_hor_advance(GlyphId(id)).unwrap_or(0);
            let first = seen.replace(at) != Some(at);
            let end = starts[starts.partition_point(|start| *start <= at)..].first().copied().unwrap_or(range.end);
            Glyph {
                id,
                advance: position.x_advance as f32 * thousandths,
                natural: f32::from(natural) * thousandths,
                text: if first { copied(&text[at..end]) } else { String::new() },
                at,
            }
        })
        .collect()
}

fn copied(cluster: &str) -> String {
    cluster.chars().filter(|character| !is_invisible(*character)).map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabular_figures_are_equally_wide() {
        let style = Style::regular(10.0).tabular();
        assert!((width("1111", style) - width("0888", style)).abs() < 0.001);
        assert!((width("1111", Style::regular(10.0)) - width("0888", Style::regular(10.0))).abs() > 0.5);
    }

    #[test]
    fn characters_no_face_has_are_replaced_visibly_and_keep_their_text() {
        let runs = shape("Büro 東京 ▲", Style::regular(9.0));
        let missing = runs.iter().find(|run| run.replaces.is_some()).expect("a replaced run");
        assert_eq!(missing.replaces.as_deref(), Some("東京"));
        assert_eq!(missing.glyphs.len(), 2);
        assert!(missing.glyphs.iter().all(|glyph| glyph.id != 0 && glyph.advance > 0.0));
    }

    #[test]
    fn names_are_printed_as_given() {
        let glyphs: usize = shape("a->b 2x4", Style::regular(9.0)).iter().map(|run| run.glyphs.len()).sum();
        assert_eq!(glyphs, 8);
    }

    #[test]
    fn soft_hyphens_and_zero_width_spaces_take_no_room() {
        let style = Style::regular(9.0);
        assert!((width("ab", style) - width("a\u{AD}\u{200B}b", style)).abs() < 0.001);
    }
}

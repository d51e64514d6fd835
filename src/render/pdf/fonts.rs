//! Embedding: each face is cut down to the glyphs used and renumbered.

use std::collections::BTreeMap;

use printpdf::{FontId, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, TextItem};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::PdfError;
use super::canvas::Painted;
use crate::chart::faces::Face;

/// Glyphs of one face, in order of first use.
#[derive(Default)]
struct Used {
    remapper: GlyphRemapper,
    texts: BTreeMap<u16, String>,
}

/// Renumbers the pages' glyphs and adds the faces they use to the document.
pub(super) fn embed(document: &mut PdfDocument, pages: &mut [Painted]) -> Result<(), PdfError> {
    for face in Face::ALL {
        let mut used = Used::default();
        each_glyph(pages, face, |glyph| used.remember(glyph));
        if used.texts.is_empty() {
            continue;
        }
        each_glyph(pages, face, |glyph| used.renumber(glyph));
        let font = cut(face, &used)?;
        document.resources.fonts.map.insert(FontId(face.name().to_owned()), PdfFont::new(font));
    }
    Ok(())
}

fn each_glyph(pages: &mut [Painted], face: Face, mut visit: impl FnMut(&mut printpdf::Codepoint)) {
    for page in pages {
        let mut current = false;
        for op in &mut page.ops {
            if let Op::SetFont { font: PdfFontHandle::External(id), .. } = op {
                current = id.0 == face.name();
            } else if let (Op::ShowText { items }, true) = (op, current) {
                for item in items {
                    if let TextItem::GlyphIds(glyphs) = item {
                        glyphs.iter_mut().for_each(&mut visit);
                    }
                }
            }
        }
    }
}

impl Used {
    fn remember(&mut self, glyph: &mut printpdf::Codepoint) {
        self.remapper.remap(glyph.gid);
        let known = self.texts.entry(glyph.gid).or_default();
        if known.is_empty() {
            *known = glyph.cid.clone().unwrap_or_default();
        }
    }

    /// One glyph stands for one text in the whole document: viewers know no other way.
    fn renumber(&self, glyph: &mut printpdf::Codepoint) {
        let text = self.texts.get(&glyph.gid);
        if glyph.cid.as_ref() != text {
            glyph.cid = text.cloned();
        }
        glyph.gid = self.remapper.get(glyph.gid).unwrap_or(0);
    }
}

fn cut(face: Face, used: &Used) -> Result<ParsedFont, PdfError> {
    let failed = |because: String| PdfError::Font { face: face.name(), because };
    let bytes = subsetter::subset(face.data(), 0, &used.remapper).map_err(|error| failed(error.to_string()))?;
    let mut warnings = Vec::new();
    let parsed = ParsedFont::from_bytes(&bytes, 0, &mut warnings);
    let mut parsed = parsed.ok_or_else(|| failed("the subset does not parse".to_owned()))?;
    parsed.font_name = Some(format!("{}+{}", subset_tag(&bytes), face.name()));
    Ok(parsed)
}

/// Six capitals that differ between subsets and are the same for the same one.
fn subset_tag(bytes: &[u8]) -> String {
    let letter = |byte: &u8| char::from(b'A' + byte % 26);
    Sha256::digest(bytes).iter().take(6).map(letter).collect()
}

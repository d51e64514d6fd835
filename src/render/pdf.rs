//! The PDF painter: one report model to one tagged, searchable, reproducible document.
//!
//! Blocks become measured pieces (`compose`), pieces fall onto pages (`flow`), pages are drawn with
//! printpdf operations (`canvas`), faces are subset (`fonts`), and lopdf adds what printpdf cannot
//! say: structure, bookmarks, metadata, identity (`finish`). There is no clock and no chance in
//! it: the same model gives the same bytes.

mod canvas;
mod chart;
mod columns;
mod compose;
mod finish;
mod fit;
mod flow;
mod fonts;
mod furniture;
mod heads;
mod kpi_row;
mod kpis;
mod layout;
mod lock;
mod masthead;
mod message;
mod objects;
mod prose;
mod rows;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod tiles;
mod tone;
mod trust;

use printpdf::{Mm, PdfDocument, PdfPage, PdfSaveOptions, Pt, Rect};

use crate::report::ReportModel;
use canvas::Painted;
use flow::{Bookmark, Frame};
use furniture::Footer;
use layout::{Layout, Spacing};
pub use lock::lock;
use tags::Tags;

/// Paper of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    A4,
    Letter,
}

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("font `{face}` cannot be embedded: {because}")]
    Font { face: &'static str, because: String },
    #[error("the document's objects are not as expected: {0}")]
    Structure(#[from] lopdf::Error),
    #[error("the document cannot be written: {0}")]
    Write(std::io::Error),
}

/// Paints the report in portrait.
///
/// # Errors
/// If a face cannot be subset or the document cannot be written; a model alone cannot cause either.
pub fn pdf(model: &ReportModel, paper: Paper) -> Result<Vec<u8>, PdfError> {
    pdf_with_pages(model, paper).map(|(bytes, _)| bytes)
}

/// As [`pdf`], with the number of pages without the appendix, for a page budget.
///
/// # Errors
/// As [`pdf`].
pub fn pdf_with_pages(model: &ReportModel, paper: Paper) -> Result<(Vec<u8>, usize), PdfError> {
    let Laid { mut tags, mut pages, bookmarks, body } = paint(model, paper);
    attach(&mut tags, &pages);
    let mut document = PdfDocument::new(&model.head.title);
    fonts::embed(&mut document, &mut pages)?;
    let (width, height) = paper.size();
    let mut sheets = Vec::with_capacity(pages.len());
    for page in &mut pages {
        let mut sheet = PdfPage::new(Mm(0.0), Mm(0.0), std::mem::take(&mut page.ops));
        // exact points instead of rounded millimetres
        sheet.media_box = Rect::from_wh(Pt(width), Pt(height));
        sheets.push(sheet);
    }
    document.with_pages(sheets);
    let mut warnings = Vec::new();
    let document = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    Ok((finish::finish(document, &model.head, &tags, &pages, &bookmarks)?, body))
}

/// Number of pages the report takes without its appendix, for a page budget.
#[must_use]
pub fn body_pages(model: &ReportModel, paper: Paper) -> usize {
    paint(model, paper).body
}

/// The report on its pages.
struct Laid {
    tags: Tags,
    pages: Vec<Painted>,
    bookmarks: Vec<Bookmark>,
    /// Pages before the appendix.
    body: usize,
}

/// Lays the report out; over its page budget rows move closer together, if that saves a page.
fn paint(model: &ReportModel, paper: Paper) -> Laid {
    let usual = laid(model, paper, Spacing::USUAL);
    if usual.body <= model.page_budget {
        return usual;
    }
    let close = laid(model, paper, Spacing::CLOSE);
    if close.body < usual.body { close } else { usual }
}

/// Lays the report out and draws its pages.
fn laid(model: &ReportModel, paper: Paper, spacing: Spacing) -> Laid {
    let size = paper.size();
    let footer = Footer::new(model, size.0);
    let layout = Layout::new(size, footer.height(), spacing);
    let mut tags = Tags::new();
    let pieces = compose::compose(model, &layout, &mut tags);
    let frame = Frame { paper_height: size.1, first_top: layout.top - 16.0, top: layout.top, bottom: layout.bottom };
    let mut pages = flow::paginate(&pieces, frame);
    let count = pages.canvases.len();
    for (index, canvas) in pages.canvases.iter_mut().enumerate() {
        if index > 0 {
            furniture::draw_running_head(canvas, &layout, model);
        }
        footer.draw(canvas, &layout, model, (index + 1, count));
    }
    let body = pages.body;
    let (pages, bookmarks) = pages.finish();
    Laid { tags, pages, bookmarks, body }
}

/// Tells the structure which content of which page belongs to which element.
fn attach(tags: &mut Tags, pages: &[Painted]) {
    for (page, painted) in pages.iter().enumerate() {
        for (id, node) in painted.marks.iter().enumerate() {
            tags.mark(*node, page, id);
        }
        for (node, area) in &painted.figures {
            tags.place(*node, page, *area);
        }
    }
}

impl Paper {
    /// Width and height in points.
    #[must_use]
    pub const fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

//! Read back: before anything is released, every figure is read from the finished documents again and compared
//! with the scorecard.
//!
//! The figures of a KPI are worked out here afresh, from numerator and denominator to words, so that a wrong model
//! is found as well as a wrong painter; of everything else the model's words are the expectation. A figure counts
//! only beside its name: in the same table row, under the same label, in the same line.

mod celled;
mod charts;
mod data;
mod expect;
mod html;
mod map;
mod names;
mod pdf;
mod plain;
mod scope;
mod text;
mod xlsx;

use std::collections::BTreeMap;

use crate::brief::Documents;
use crate::catalogue::{Catalogue, Language};
use crate::report::ReportModel;
use crate::score::Scorecard;

pub use data::{Headline, headlines};
pub use expect::{Expected, Figure, Kind, What, expected};
pub use scope::{Scope, UnitNames};

/// Mismatches told in full.
const MOST_TOLD: usize = 5;
/// Characters of a text told.
const MOST_CHARS: usize = 120;

/// What a report was made of, for its figures to be worked out again.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub model: &'a ReportModel,
    pub scorecard: &'a Scorecard,
    pub catalogue: &'a Catalogue,
    pub language: &'a Language,
    /// Reporting currency, e.g. `EUR`.
    pub currency: &'a str,
}

/// A figure that a document does not print as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// e.g. `report.pdf`.
    pub document: &'static str,
    /// Section, name and kind of figure, e.g. `Key figures / Licence utilization / value`.
    pub place: String,
    pub expected: String,
    /// What stands there instead.
    pub found: String,
}

/// What came of reading back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readback {
    /// Figures compared, by document.
    pub checked: BTreeMap<&'static str, usize>,
    pub mismatches: Vec<Mismatch>,
}

/// Reads every figure back from the documents' bytes. A document in which nothing could be compared is a mismatch.
#[must_use]
pub fn read_back(source: &Source<'_>, expected: &[Expected], documents: &Documents) -> Readback {
    compared(source, expected, documents, &Opened::of(documents))
}

/// Every place that names a unit outside the scope: neither the unit nor one below it.
#[must_use]
pub fn strangers(documents: &Documents, scope: &Scope<'_>) -> Vec<Mismatch> {
    scope::strangers(documents, &Opened::of(documents), scope)
}

/// Both, with each document opened once.
#[must_use]
pub fn check(source: &Source<'_>, expected: &[Expected], documents: &Documents, scope: &Scope<'_>) -> Readback {
    let opened = Opened::of(documents);
    let mut readback = compared(source, expected, documents, &opened);
    readback.mismatches.extend(scope::strangers(documents, &opened, scope));
    readback
}

/// The documents as they were read from their bytes.
struct Opened {
    html: html::Element,
    mail: html::Element,
    pdf: Result<pdf::Opened, String>,
    xlsx: Result<xlsx::Book, String>,
}

impl Opened {
    fn of(documents: &Documents) -> Self {
        Self {
            html: html::parsed(&documents.html),
            mail: html::parsed(&documents.mail.html),
            pdf: pdf::open(&documents.pdf),
            xlsx: xlsx::open(&documents.xlsx),
        }
    }
}

fn compared(source: &Source<'_>, expected: &[Expected], documents: &Documents, opened: &Opened) -> Readback {
    let mut readback = Readback::default();
    let labels = &source.model.labels;
    readback.add(celled::compare("report.html", &html::page(&opened.html), expected));
    readback.add(celled::compare("mail.html", &html::mail(&opened.mail), expected));
    readback.add(text::compare("mail.txt", &documents.mail.text, expected, labels));
    match opened.pdf.as_ref().map_err(Clone::clone).and_then(pdf::read) {
        Ok(parts) => readback.add(celled::compare("report.pdf", &parts, expected)),
        Err(because) => readback.add(unreadable("report.pdf", because)),
    }
    match &opened.xlsx {
        Ok(book) => readback.add(xlsx::compare("report.xlsx", book, source)),
        Err(because) => readback.add(unreadable("report.xlsx", because.clone())),
    }
    readback
}

/// Figures compared in one document, and what was wrong.
#[derive(Debug)]
struct Compared {
    document: &'static str,
    figures: usize,
    mismatches: Vec<Mismatch>,
}

fn unreadable(document: &'static str, because: String) -> Compared {
    let mismatch =
        Mismatch { document, place: String::new(), expected: "a document that can be read".to_owned(), found: because };
    Compared { document, figures: 0, mismatches: vec![mismatch] }
}

impl Compared {
    fn of(document: &'static str) -> Self {
        Self { document, figures: 0, mismatches: Vec::new() }
    }

    /// Counts one figure; `found` says what stands in its place if it is wrong.
    fn figure(&mut self, place: String, expected: &str, found: Result<(), String>) {
        self.figures += 1;
        if let Err(found) = found {
            let (expected, found) = (clipped(expected), clipped(&found));
            self.mismatches.push(Mismatch { document: self.document, place, expected, found });
        }
    }
}

impl Readback {
    fn add(&mut self, mut compared: Compared) {
        if compared.figures == 0 && compared.mismatches.is_empty() {
            compared.mismatches.push(Mismatch {
                document: compared.document,
                place: String::new(),
                expected: "figures".to_owned(),
                found: "no figure at all".to_owned(),
            });
        }
        self.checked.insert(compared.document, compared.figures);
        self.mismatches.append(&mut compared.mismatches);
    }
}

/// One paragraph for the error that stops the release: how many, and the first of them.
#[must_use]
pub fn summary(mismatches: &[Mismatch]) -> String {
    let told: Vec<String> = mismatches.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let more = mismatches.len().saturating_sub(MOST_TOLD);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    let figures = if mismatches.len() == 1 { "1 place" } else { &format!("{} places", mismatches.len()) };
    format!("the finished documents differ from the scorecard in {figures}: {}{rest}", told.join("; "))
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { document, place, expected, found } = self;
        let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
        write!(f, "{document}{place} should say `{expected}` and says `{found}`")
    }
}

fn clipped(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(MOST_CHARS).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

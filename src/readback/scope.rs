//! Burst copies: no document of a unit's report names a unit that is none of its own.
//!
//! An id or label counts as named where it stands as a whole word with its capitals. Some names are also ordinary
//! words of the report: a unit `Services` beside the column `Services`, a vendor who is called like a unit. Such
//! words prove nothing in prose and are judged only where they fill a cell of a column of units. So a unit that is
//! called like a word of the vocabulary could be named in a sentence unnoticed; to stop every report that says
//! `Support` would be worse, and rows of a stranger still bring its id in the column of units.

use std::collections::BTreeSet;

use super::names::Names;
use super::plain::plain;
use super::{Mismatch, Opened, data, html, pdf, xlsx};
use crate::brief::Documents;
use crate::ids::{ENTERPRISE, UNASSIGNED};
use crate::quality::UnitTree;

/// Column names that hold units, in data.
const UNIT_COLUMN: &str = "business_unit";

/// Whose report it is.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The unit of the report, or `ALL`.
    pub unit: &'a str,
    pub units: &'a UnitTree,
    /// Head of the column of units in printed tables, e.g. `Unit`.
    pub unit_head: &'a str,
    /// Names that every reader may see, such as that of the organisation in the title.
    pub open: BTreeSet<String>,
    /// The fixed words of the report: language, names of KPIs, titles of lists, classes, vendors, products.
    pub vocabulary: &'a [String],
}

/// Names that must not stand in this report; of ordinary ones only cells of unit columns are judged.
struct Strangers {
    names: Names,
    ordinary: BTreeSet<String>,
}

/// Every place that names a unit outside the scope: neither the unit nor one below it.
pub fn strangers(documents: &Documents, opened: &Opened, scope: &Scope<'_>) -> Vec<Mismatch> {
    if scope.unit == ENTERPRISE {
        return Vec::new();
    }
    let strangers = Strangers::of(scope);
    let mut found = Found { scope, strangers: &strangers, mismatches: Vec::new() };
    let prose = |texts: Vec<String>| texts.into_iter().map(|text| (String::new(), text)).collect::<Vec<_>>();
    let lines = |text: &str| vec![(String::new(), plain(text))];
    found.texts("report.html", Ok(html::words(&opened.html)));
    found.texts("mail.html", Ok(html::words(&opened.mail)));
    found.texts("mail.html", Ok(lines(&documents.mail.subject)));
    found.texts("mail.html", Ok(documents.mail.images.iter().flat_map(|image| lines(&image.alt)).collect()));
    found.texts("mail.txt", Ok(lines(&documents.mail.text)));
    found.texts("report.pdf", opened.pdf.as_ref().map(|pdf| prose(pdf::words(pdf))).map_err(Clone::clone));
    let cells = opened.xlsx.as_ref().map_err(Clone::clone).and_then(xlsx::words).map(|cells| {
        cells.into_iter().map(|(sheet, head, text)| (format!("{sheet} / {head}"), text)).collect::<Vec<_>>()
    });
    found.texts("report.xlsx", cells);
    found.texts("scorecard.json", data::json(&documents.json));
    found.texts("scorecard.parquet", data::parquet(&documents.parquet));
    found.mismatches
}

impl Strangers {
    fn of(scope: &Scope<'_>) -> Self {
        let own: BTreeSet<&str> = scope.units.names().filter(|unit| scope.units.is_within(unit, scope.unit)).collect();
        let mut allowed: BTreeSet<String> = scope.open.iter().map(|name| plain(name)).collect();
        for unit in own.iter().copied().chain([scope.unit]) {
            allowed.extend([plain(unit), plain(scope.units.label(unit))]);
        }
        let others = scope.units.names().filter(|unit| !own.contains(unit) && *unit != scope.unit);
        let others = others.chain((scope.unit != UNASSIGNED).then_some(UNASSIGNED));
        let names = others.flat_map(|unit| [plain(unit), plain(scope.units.label(unit))]);
        let names = Names::of(names.filter(|name| !name.is_empty() && !allowed.contains(name)));
        // What is a part of an own name, such as `North` of `North Sales`, proves nothing in prose either.
        // Findings are in the catalogue's own language in every report and say `counted as Unassigned`.
        let mut ordinary = BTreeSet::from([UNASSIGNED.to_owned()]);
        for words in scope.vocabulary.iter().map(|words| plain(words)).chain(allowed.iter().cloned()) {
            ordinary.extend(names.said_in(&words).into_iter().map(str::to_owned));
        }
        Self { names, ordinary }
    }

    /// Those that a text names, in their order.
    fn said_in(&self, text: &str, of_units: bool) -> BTreeSet<&str> {
        let mut said = self.names.said_in(text);
        said.retain(|name| !self.ordinary.contains(*name));
        if of_units {
            said.extend(self.ordinary.get(text).filter(|name| self.names.contains(name)).map(String::as_str));
        }
        said
    }
}

struct Found<'a> {
    scope: &'a Scope<'a>,
    strangers: &'a Strangers,
    mismatches: Vec<Mismatch>,
}

impl Found<'_> {
    /// Searches texts, each with the column it stands in; every name is told once by document and column.
    fn texts(&mut self, document: &'static str, texts: Result<Vec<data::Text>, String>) {
        let texts = match texts {
            Ok(texts) => texts,
            Err(because) => {
                let expected = "a document that can be read".to_owned();
                self.mismatches.push(Mismatch { document, place: String::new(), expected, found: because });
                return;
            }
        };
        let mut told: BTreeSet<(String, String)> = BTreeSet::new();
        // Data say the same few words in thousands of rows.
        let texts: BTreeSet<data::Text> = texts.into_iter().collect();
        for (column, text) in texts {
            let head = column.rsplit(" / ").next().unwrap_or_default();
            let of_units = head == UNIT_COLUMN || head == self.scope.unit_head;
            let text = plain(&text);
            for name in self.strangers.said_in(&text, of_units) {
                if told.insert((column.clone(), name.to_owned())) {
                    let expected = format!("no unit outside {}", self.scope.unit);
                    let found = super::clipped(&format!("{name}, in: {text}"));
                    self.mismatches.push(Mismatch { document, place: column.clone(), expected, found });
                }
            }
        }
    }
}

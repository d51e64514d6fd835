//! Burst copies: no document of a unit's report names a unit that is none of its own.
//!
//! An id or label counts as named where it stands as a whole word with its capitals. Some names are also ordinary
//! words of the report: a unit `Services` beside the column `Services`, a vendor who is called like a unit. Such
//! words prove nothing in prose and are judged only where they fill a cell of a column of units. So a unit that is
//! called like a word of the vocabulary could be named in a sentence unnoticed; to stop every report that says
//! `Support` would be worse, and rows of a stranger still bring its id in the column of units.

use std::collections::{BTreeMap, BTreeSet};

use super::plain::{find, plain};
use super::{Mismatch, data, html, pdf, xlsx};
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

/// Names that must not stand in this report, and whether only cells of unit columns are judged.
struct Names {
    strangers: BTreeMap<String, bool>,
}

/// Every place that names a unit outside the scope: neither the unit nor one below it.
#[must_use]
pub fn strangers(documents: &Documents, scope: &Scope<'_>) -> Vec<Mismatch> {
    if scope.unit == ENTERPRISE {
        return Vec::new();
    }
    let names = Names::of(scope);
    let mut found = Found { scope, names: &names, mismatches: Vec::new() };
    let prose = |texts: Vec<String>| texts.into_iter().map(|text| (String::new(), text)).collect::<Vec<_>>();
    let lines = |text: &str| vec![(String::new(), plain(text))];
    found.texts("report.html", Ok(html::words(&documents.html)));
    found.texts("mail.html", Ok(html::words(&documents.mail.html)));
    found.texts("mail.html", Ok(lines(&documents.mail.subject)));
    found.texts("mail.html", Ok(documents.mail.images.iter().flat_map(|image| lines(&image.alt)).collect()));
    found.texts("mail.txt", Ok(lines(&documents.mail.text)));
    found.texts("report.pdf", pdf::words(&documents.pdf).map(prose));
    let cells = xlsx::words(&documents.xlsx).map(|cells| {
        cells.into_iter().map(|(sheet, head, text)| (format!("{sheet} / {head}"), text)).collect::<Vec<_>>()
    });
    found.texts("report.xlsx", cells);
    found.texts("scorecard.json", data::json(&documents.json));
    found.texts("scorecard.parquet", data::parquet(&documents.parquet));
    found.mismatches
}

impl Names {
    fn of(scope: &Scope<'_>) -> Self {
        let own: BTreeSet<&str> = scope.units.names().filter(|unit| scope.units.is_within(unit, scope.unit)).collect();
        let mut allowed: BTreeSet<String> = scope.open.iter().map(|name| plain(name)).collect();
        for unit in own.iter().copied().chain([scope.unit]) {
            allowed.extend([plain(unit), plain(scope.units.label(unit))]);
        }
        let others = scope.units.names().filter(|unit| !own.contains(unit) && *unit != scope.unit);
        let others = others.chain((scope.unit != UNASSIGNED).then_some(UNASSIGNED));
        let vocabulary: Vec<String> = scope.vocabulary.iter().map(|words| plain(words)).collect();
        let mut strangers = BTreeMap::new();
        for name in others.flat_map(|unit| [plain(unit), plain(scope.units.label(unit))]) {
            // What is a part of an own name, such as `North` of `North Sales`, proves nothing in prose either.
            // Findings are in the catalogue's own language in every report and say `counted as Unassigned`.
            let ordinary =
                name == UNASSIGNED || vocabulary.iter().chain(&allowed).any(|words| find(words, &name, 0).is_some());
            if !name.is_empty() && !allowed.contains(&name) {
                strangers.insert(name, ordinary);
            }
        }
        Self { strangers }
    }
}

struct Found<'a> {
    scope: &'a Scope<'a>,
    names: &'a Names,
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
            for (name, ordinary) in &self.names.strangers {
                let named = if *ordinary { of_units && text == *name } else { find(&text, name, 0).is_some() };
                if named && told.insert((column.clone(), name.clone())) {
                    let expected = format!("no unit outside {}", self.scope.unit);
                    let found = super::clipped(&format!("{name}, in: {text}"));
                    self.mismatches.push(Mismatch { document, place: column.clone(), expected, found });
                }
            }
        }
    }
}

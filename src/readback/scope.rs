//! Burst copies: no document of a unit's report names a unit that is none of its own.
//!
//! An id or label counts as named where it stands as a whole word with its capitals. Some names are also ordinary
//! words of the report: a unit `Services` beside the column `Services`, a vendor who is called like a unit. Such
//! words prove nothing in prose and are judged only where they fill a cell of a column of units. So a unit that is
//! called like a word of the vocabulary could be named in a sentence unnoticed; to stop every report that says
//! `Support` would be worse, and rows of a stranger still bring its id in the column of units.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::data::Texts;
use super::names::Names;
use super::plain::plain;
use super::{Mismatch, Opened, data, html, pdf, xlsx};
use crate::brief::Documents;
use crate::ids::{ENTERPRISE, UNASSIGNED};
use crate::quality::UnitTree;

/// Column names that hold units, in data.
const UNIT_COLUMN: &str = "business_unit";

/// The units of all reports by their names, in a language; made once for all packs.
pub struct UnitNames {
    units: UnitTree,
    /// Ids and labels of all units.
    names: Names,
    /// Those that are words of every report as well.
    ordinary: BTreeSet<String>,
}

impl UnitNames {
    /// `words` are the fixed words of the report: language, names of KPIs, titles of lists.
    #[must_use]
    pub fn of<'a>(units: &UnitTree, words: impl IntoIterator<Item = &'a str>) -> Self {
        let names = units.names().chain([UNASSIGNED]).flat_map(|unit| [plain(unit), plain(units.label(unit))]);
        let names = Names::of(names.filter(|name| !name.is_empty()));
        // Findings are in the catalogue's own language in every report and say `counted as Unassigned`.
        let mut ordinary = BTreeSet::from([UNASSIGNED.to_owned()]);
        for words in words {
            ordinary.extend(names.said_in(&plain(words)).into_iter().map(str::to_owned));
        }
        Self { units: units.clone(), names, ordinary }
    }
}

/// Whose report it is.
pub struct Scope<'a> {
    /// The unit of the report, or `ALL`.
    pub unit: &'a str,
    pub units: &'a UnitNames,
    /// Head of the column of units in printed tables, e.g. `Unit`.
    pub unit_head: &'a str,
    /// Names that every reader may see, such as that of the organisation in the title.
    pub open: BTreeSet<String>,
    /// What this report's own rows say outside the columns of units: classes, vendors, products.
    pub vocabulary: &'a BTreeSet<&'a str>,
}

/// Names that must not stand in this report; of ordinary ones only cells of unit columns are judged.
struct Strangers<'a> {
    all: &'a UnitNames,
    /// Names of the unit itself and of what is below it, and those that every reader may see.
    allowed: BTreeSet<String>,
    /// Those that are words of this report.
    ordinary: BTreeSet<String>,
}

/// Every place that names a unit outside the scope: neither the unit nor one below it.
pub fn strangers(documents: &Documents, opened: &Opened, scope: &Scope<'_>) -> Vec<Mismatch> {
    if scope.unit == ENTERPRISE {
        return Vec::new();
    }
    let strangers = Strangers::of(scope);
    let mut found = Found { scope, strangers: &strangers, mismatches: Vec::new() };
    let prose = |texts: &[&str]| {
        let mut prose = Texts::default();
        for text in texts {
            prose.add("", text);
        }
        prose
    };
    found.texts("report.html", Ok(html::words(&opened.html)));
    found.texts("mail.html", Ok(html::words(&opened.mail)));
    found.texts("mail.html", Ok(prose(&[&documents.mail.subject])));
    let pictures: Vec<&str> = documents.mail.images.iter().map(|image| image.alt.as_str()).collect();
    found.texts("mail.html", Ok(prose(&pictures)));
    found.texts("mail.txt", Ok(prose(&[&documents.mail.text])));
    let pdf = |pdf| prose(&pdf::words(pdf).iter().map(String::as_str).collect::<Vec<_>>());
    found.texts("report.pdf", opened.pdf.as_ref().map(pdf).map_err(Clone::clone));
    found.texts("report.xlsx", opened.xlsx.as_ref().map_err(Clone::clone).and_then(xlsx::words));
    found.texts("scorecard.json", data::json(&documents.json));
    found.texts("scorecard.parquet", data::parquet(&documents.parquet));
    found.mismatches
}

impl<'a> Strangers<'a> {
    fn of(scope: &Scope<'a>) -> Self {
        let UnitNames { units, names, .. } = scope.units;
        let mut allowed: BTreeSet<String> = scope.open.iter().map(|name| plain(name)).collect();
        for unit in units.names().filter(|unit| units.is_within(unit, scope.unit)).chain([scope.unit]) {
            allowed.extend([plain(unit), plain(units.label(unit))]);
        }
        // What is a part of an own name, such as `North` of `North Sales`, proves nothing in prose either.
        let mut ordinary = BTreeSet::new();
        for words in scope.vocabulary.iter().map(|words| plain(words)).chain(allowed.iter().cloned()) {
            ordinary.extend(names.said_in(&words).into_iter().map(str::to_owned));
        }
        Self { all: scope.units, allowed, ordinary }
    }

    /// Those that a text names, in their order.
    fn said_in(&self, text: &str, of_units: bool) -> BTreeSet<&'a str> {
        let mut said = self.all.names.said_in(text);
        let is_ordinary = |name: &str| self.ordinary.contains(name) || self.all.ordinary.contains(name);
        let is_all = |name: &str| name == text;
        said.retain(|name| !self.allowed.contains(*name) && (!is_ordinary(name) || (of_units && is_all(name))));
        said
    }
}

struct Found<'a> {
    scope: &'a Scope<'a>,
    strangers: &'a Strangers<'a>,
    mismatches: Vec<Mismatch>,
}

impl Found<'_> {
    /// Searches texts, each with the column it stands in; every name is told once by document and column.
    fn texts(&mut self, document: &'static str, texts: Result<Texts, String>) {
        let texts = match texts {
            Ok(texts) => texts,
            Err(because) => {
                let expected = "a document that can be read".to_owned();
                self.mismatches.push(Mismatch { document, place: String::new(), expected, found: because });
                return;
            }
        };
        // The same words may stand in many columns, and be a name in one of them only.
        let mut harmless: [HashSet<&str>; 2] = [HashSet::new(), HashSet::new()];
        for (column, texts) in texts.columns() {
            let head = column.rsplit(" / ").next().unwrap_or_default();
            let of_units = head == UNIT_COLUMN || head == self.scope.unit_head;
            let known = &mut harmless[usize::from(of_units)];
            // Whoever reads the mismatches finds them in the same order each time.
            let mut naming: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
            for text in texts {
                if !known.insert(text) {
                    continue;
                }
                let words = plain(text);
                let said = self.strangers.said_in(&words, of_units);
                if !said.is_empty() {
                    known.remove(text);
                    naming.insert(words.clone(), said);
                }
            }
            let mut told: BTreeSet<&str> = BTreeSet::new();
            for (text, names) in &naming {
                for name in names.iter().filter(|name| told.insert(name)) {
                    let expected = format!("no unit outside {}", self.scope.unit);
                    let found = super::clipped(&format!("{name}, in: {text}"));
                    self.mismatches.push(Mismatch { document, place: column.to_owned(), expected, found });
                }
            }
        }
    }
}

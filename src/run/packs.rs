//! Packs: what all packs of an issue share, made once.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Rows, Wanted, rows, tables};
use super::{Computed, Progress, RunError, because, scope};
use crate::app::App;
use crate::catalogue::{self, Catalogue, Edition, ExceptionList, Language, List};
use crate::ids::ENTERPRISE;
use crate::measure::{FactRows, MeasureError, Seen, exceptions_of, lists_of};
use crate::quality::UnitTree;
use crate::readback::UnitNames;

/// What does not depend on the unit or the language of a pack.
pub struct Common {
    pub rows: Behind,
    /// Why the data gate does not let the report pass, or lets it pass only provisionally.
    pub because: Vec<String>,
    /// The units that each of the findings names.
    pub named: Vec<Vec<String>>,
}

/// The rows behind the figures of an edition.
pub struct Behind {
    exceptions: BTreeMap<String, ExceptionList>,
    lists: BTreeMap<String, List>,
    held: Held,
}

enum Held {
    /// Of the enterprise alone: no more rows are held than are shown.
    One(Rows),
    Many {
        exceptions: BTreeMap<String, Seen>,
        lists: BTreeMap<String, Seen>,
    },
}

/// An edition in a language.
pub struct Wording<'a> {
    pub language: &'a Language,
    pub catalogue: Catalogue,
    pub edition: Edition,
    pub names: UnitNames,
}

impl Common {
    /// # Errors
    /// The engine fails on a fact or a list.
    pub fn of(
        app: &App,
        computed: &Computed,
        edition: &Edition,
        units: &[&str],
        progress: Progress<'_>,
    ) -> Result<Self, RunError> {
        progress("collect the rows behind the figures");
        let figures = &computed.figures;
        let listed = |id: &String| Some((id.clone(), app.catalogue.kpi(id)?.exceptions.clone()?));
        let exceptions: BTreeMap<String, ExceptionList> = edition.kpis.iter().filter_map(listed).collect();
        let (lists, most) = (edition.lists.clone(), edition.exceptions.workbook_rows);
        let held = if units == [ENTERPRISE] {
            Held::One(rows(app, computed, ENTERPRISE, &Wanted { exceptions: &exceptions, most, lists: &lists })?)
        } else {
            let facts = exceptions.values().map(|list| &list.fact).chain(lists.values().map(|list| &list.fact));
            let facts: BTreeSet<String> = facts.cloned().collect();
            let facts: Vec<String> = facts.into_iter().collect();
            let tables = tables(app, computed, &facts)?;
            let open = FactRows::open(&app.frame(), figures.scorecard.period, &tables, &facts)?;
            Held::Many {
                exceptions: open.exceptions_by_unit(&exceptions, most, units)?,
                lists: open.listed_by_unit(&lists, units)?,
            }
        };
        // Nothing is kept from the enterprise.
        let burst = units.iter().any(|unit| *unit != ENTERPRISE);
        let named = if burst {
            scope::named(&computed.findings, &figures.scorecard.units)
        } else {
            vec![Vec::new(); computed.findings.len()]
        };
        Ok(Self { rows: Behind { exceptions, lists, held }, because: because(figures), named })
    }
}

impl Behind {
    /// The rows that a reader of one of the units sees.
    ///
    /// # Errors
    /// The engine fails on a list.
    pub fn of(&self, unit: &str) -> Result<Rows, MeasureError> {
        match &self.held {
            Held::One(rows) => Ok(rows.clone()),
            Held::Many { exceptions, lists } => Ok(Rows {
                exceptions: exceptions_of(exceptions, &self.exceptions, unit)?,
                lists: lists_of(lists, &self.lists, unit)?,
            }),
        }
    }
}

/// The edition in each of the languages, for reports about `units`.
///
/// # Errors
/// There is no such language.
pub fn wordings<'a>(
    app: &'a App,
    edition: &Edition,
    units: &UnitTree,
    languages: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<BTreeMap<String, Wording<'a>>, RunError> {
    let mut wordings = BTreeMap::new();
    for name in languages {
        let name = name.as_ref();
        if !wordings.contains_key(name) {
            let language = app.catalogue.languages.get(name).ok_or_else(|| RunError::Language(name.to_owned()))?;
            let catalogue = catalogue::translated(&app.catalogue, language);
            let edition = catalogue.editions.get(&edition.id).unwrap_or(edition).clone();
            let names = UnitNames::of(units, scope::fixed(language, &catalogue, &edition));
            wordings.insert(name.to_owned(), Wording { language, catalogue, edition, names });
        }
    }
    Ok(wordings)
}

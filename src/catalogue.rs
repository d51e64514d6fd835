//! Definitions are data: contracts, sources, facts, macros, KPIs and editions, read from `config/` and checked.
//!
//! A mistake is reported with its file, its line and a near name; all mistakes are reported at once.

mod contract;
mod edition;
mod expand;
mod fact;
pub mod gate;
mod kpi;
mod language;
mod lint;
mod source;
mod translate;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub use contract::{Column, ColumnType, Contract, Impossible, Kind as DatasetKind, Standing};
pub use edition::{Cadence, Edition, EditionKind, Format, List, ListColumn, Section, WhenLate};
pub use expand::{ExpandError, expand};
pub use fact::Fact;
pub use gate::{Gate, Severity};
pub use kpi::{
    Aggregate, Band, Companion, ExceptionList, Formula, Impact, ImpactKind, Kpi, KpiKind, Levels, Measure, Op, Over,
    Side, Target, Trend, Window,
};
pub use language::Language;
pub use source::{
    CellKind, Collapse, DateOrder, Dates, Escape, Field, Format as SourceFormat, Join, Keep, Nights, Numbers,
    PathPattern, Read, Rule, Sheet, Source, Spelling, Typing, Undated, Unknown, Unmatched, Unpivot, ValueMap,
    encoding_of, name_of, names_of,
};
pub use translate::translated;

/// Definition files by path relative to `config/`, e.g. `catalogue/kpis/tco_per_asset.toml`.
pub type Files = BTreeMap<String, String>;

/// The dataset that says who gets reports.
pub const RECIPIENTS: &str = "recipients";

/// Everything that says what the numbers mean.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Of the feeds that figures rest on.
    pub contracts: BTreeMap<String, Contract>,
    /// Of who gets reports, kept apart so that nothing measures, judges or prints it.
    pub delivery: BTreeMap<String, Contract>,
    /// Mappings of other systems' exports, by id.
    pub sources: BTreeMap<String, Source>,
    pub macros: BTreeMap<String, fact::Macro>,
    pub facts: BTreeMap<String, Fact>,
    /// In the order of their numbers.
    pub kpis: Vec<Kpi>,
    pub editions: BTreeMap<String, Edition>,
    /// By language tag.
    pub languages: BTreeMap<String, Language>,
    pub gate: Gate,
    /// First 12 hex digits of the SHA-256 over contracts, sources, facts, macros and KPIs.
    pub version: String,
}

/// One mistake in a definition file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", line.map_or_else(String::new, |line| format!(":{line}")))]
pub struct Mistake {
    pub file: String,
    pub line: Option<usize>,
    /// Lowercase fragment; may carry a `hint:` line.
    pub message: String,
}

impl Catalogue {
    /// Reads and checks all definitions.
    ///
    /// # Errors
    /// Every mistake found, in file order.
    pub fn load(files: &Files) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let (delivery, contracts) = parse_folder::<Contract>(files, "contracts/", &mut mistakes)
            .into_values()
            .map(|contract| (contract.dataset.clone(), contract))
            .partition(|(_, contract)| contract.delivery);
        let mut sources = parse_folder::<Source>(files, "sources/", &mut mistakes);
        for (id, source) in &mut sources {
            source.text = files.get(&format!("sources/{id}.toml")).cloned().unwrap_or_default();
        }
        let macros = files
            .get("catalogue/macros.toml")
            .and_then(|text| parse("catalogue/macros.toml", text, &mut mistakes))
            .unwrap_or_default();
        let mut kpis: Vec<Kpi> = parse_folder::<Kpi>(files, "catalogue/kpis/", &mut mistakes).into_values().collect();
        kpis.sort_by(|a, b| (a.number, &a.id).cmp(&(b.number, &b.id)));
        let editions = parse_folder::<Edition>(files, "editions/", &mut mistakes);
        let languages = parse_folder::<Language>(files, "languages/", &mut mistakes);
        let gate = Gate::read(files, &mut mistakes);
        let facts = files
            .iter()
            .filter_map(|(path, text)| Some((path, path.strip_prefix("catalogue/facts/")?.strip_suffix(".sql")?, text)))
            .map(|(path, name, text)| (name.to_owned(), Fact::parse(path, text)))
            .collect();
        let catalogue = Self {
            contracts,
            delivery,
            sources,
            macros,
            facts,
            kpis,
            editions,
            languages,
            gate,
            version: version(files),
        };
        lint::lint(&catalogue, files, &mut mistakes);
        gate::lint(&catalogue, &mut mistakes);
        source::lint(&catalogue.sources, &catalogue.datasets(), files, &mut mistakes);
        if mistakes.is_empty() { Ok(catalogue) } else { Err(mistakes) }
    }

    /// Reads one more source and checks it as `load` does.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn with_source(&self, id: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let path = format!("sources/{id}.toml");
        let files = Files::from([(path.clone(), text.to_owned())]);
        let mut mistakes = Vec::new();
        let Some(mut source) = parse::<Source>(&path, text, &mut mistakes) else { return Err(mistakes) };
        text.clone_into(&mut source.text);
        let one = BTreeMap::from([(id.to_owned(), source)]);
        source::lint(&one, &self.datasets(), &files, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut all = self.clone();
        all.sources.extend(one);
        Ok(all)
    }

    /// The contract of a dataset, whatever it is for.
    #[must_use]
    pub fn contract(&self, dataset: &str) -> Option<&Contract> {
        self.contracts.get(dataset).or_else(|| self.delivery.get(dataset))
    }

    /// Every contract: of all that may be delivered.
    #[must_use]
    pub fn datasets(&self) -> BTreeMap<String, Contract> {
        let all = self.contracts.iter().chain(&self.delivery);
        all.map(|(dataset, contract)| (dataset.clone(), contract.clone())).collect()
    }

    #[must_use]
    pub fn kpi(&self, id: &str) -> Option<&Kpi> {
        self.kpis.iter().find(|kpi| kpi.id == id)
    }

    /// A window's definition by name; the lint guarantees that each is defined once.
    #[must_use]
    pub fn window(&self, name: &str) -> Option<&Window> {
        self.kpis.iter().find_map(|kpi| kpi.windows.get(name))
    }

    /// The facts a KPI's measures stand on, with the facts those read, dependencies first.
    #[must_use]
    pub fn facts_in_order(&self, wanted: &[String]) -> Vec<&Fact> {
        fn visit<'a>(catalogue: &'a Catalogue, name: &str, done: &mut Vec<&'a Fact>) {
            let Some(fact) = catalogue.facts.get(name) else { return };
            if done.iter().any(|known| known.name == fact.name) {
                return;
            }
            // A fact may carry the name of a dataset it reads; the dataset is meant then.
            for table in fact.tables.iter().filter(|table| !catalogue.contracts.contains_key(*table)) {
                visit(catalogue, table, done);
            }
            done.push(fact);
        }
        let mut done = Vec::new();
        for name in wanted {
            visit(self, name, &mut done);
        }
        done
    }

    /// The datasets a fact reads, directly or through other facts.
    #[must_use]
    pub fn datasets_of(&self, fact: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .facts_in_order(&[fact.to_owned()])
            .iter()
            .flat_map(|fact| fact.tables.iter())
            .filter(|table| self.contracts.contains_key(*table))
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

fn parse<T: DeserializeOwned>(path: &str, text: &str, mistakes: &mut Vec<Mistake>) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            mistakes.push(Mistake {
                file: format!("config/{path}"),
                line: error.span().map(|span| line_of(text, span.start)),
                message: error.message().replace('\n', " "),
            });
            None
        }
    }
}

fn parse_folder<T: DeserializeOwned>(files: &Files, folder: &str, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, T> {
    files
        .iter()
        .filter_map(|(path, text)| {
            let name = path.strip_prefix(folder)?.strip_suffix(".toml")?;
            Some((name.to_owned(), parse(path, text, mistakes)?))
        })
        .collect()
}

/// 1-based line of a byte offset.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn version(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        if ["catalogue/", "contracts/", "sources/"].iter().any(|folder| path.starts_with(folder)) {
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
    }
    hex::encode(hash.finalize())[..12].to_owned()
}

//! Propose: a mapping for a file nobody has described yet, from its header and the shape of its cells.

mod shape;
mod synonyms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::decode::{self, Decoded, Reading};
use super::{ConformError, RawFile};
use crate::catalogue::{Column, ColumnType, Contract, name_of, names_of};
use crate::ids::near;
use shape::Shape;

/// A header less like a column than this is not proposed for it.
const ALIKE: f64 = 0.8;

/// A mapping to look at, and what it rests on.
#[derive(Debug)]
pub struct Proposal {
    pub dataset: String,
    /// Datasets with the number of their columns that found a header, best first.
    pub fits: Vec<(String, usize)>,
    /// By column of the dataset: the header proposed for it.
    pub columns: BTreeMap<String, String>,
    /// Required columns without a header; the mapping is not complete without them.
    pub open: Vec<String>,
    /// Headers that nothing takes, with what their cells look like.
    pub unused: Vec<(String, String)>,
    /// The source as it would be saved.
    pub toml: String,
}

/// Decodes a file without any declaration.
///
/// # Errors
/// The file is empty or in no known format.
pub fn probe(file: &RawFile) -> Result<Decoded, ConformError> {
    decode::decode(file, &Reading::default())
}

/// Proposes a source for a decoded file; for `dataset`, or the dataset whose columns it fits best.
///
/// # Errors
/// The engine refuses a column.
pub fn propose(
    id: &str,
    extension: &str,
    decoded: &Decoded,
    contracts: &BTreeMap<String, Contract>,
    dataset: Option<&str>,
) -> Result<Option<Proposal>, ConformError> {
    let names = names_of(decoded.heads.iter().map(String::as_str));
    let shapes = shape::shapes(&decoded.frame)?;
    let mut matched: Vec<(&Contract, BTreeMap<String, usize>)> = contracts
        .values()
        .filter(|contract| dataset.is_none_or(|dataset| contract.dataset == dataset))
        .map(|contract| (contract, assign(contract, &names, &shapes)))
        .collect();
    // Required columns say more of what a file is than optional ones.
    let weight = |(contract, columns): &(&Contract, BTreeMap<String, usize>)| {
        let required = contract
            .columns
            .iter()
            .filter(|(name, column)| column.required && usual(&contract.dataset, name, id).is_none());
        let all = required.clone().count().max(1);
        let found = required.filter(|(name, _)| columns.contains_key(*name)).count();
        (found * 60 / all) + columns.len() * 5
    };
    matched.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.0.dataset.cmp(&b.0.dataset)));
    let fits = matched.iter().take(4).map(|(contract, columns)| (contract.dataset.clone(), columns.len())).collect();
    let Some((contract, columns)) = matched.into_iter().next() else { return Ok(None) };
    let columns_by_header: BTreeMap<String, String> =
        columns.iter().map(|(column, at)| (column.clone(), decoded.heads[*at].trim().to_owned())).collect();
    let draft = Draft { id, extension, decoded, contract, columns: &columns, shapes: &shapes };
    let open = draft.open();
    let used: BTreeSet<usize> = columns.values().copied().collect();
    let unused = decoded
        .heads
        .iter()
        .enumerate()
        .filter(|(at, head)| !used.contains(at) && !head.trim().is_empty())
        .map(|(at, head)| (head.trim().to_owned(), shapes[at].to_string()))
        .collect();
    let toml = draft.toml(&open);
    Ok(Some(Proposal { dataset: contract.dataset.clone(), fits, columns: columns_by_header, open, unused, toml }))
}

/// Each column gets the header most like it, each header goes to one column.
fn assign(contract: &Contract, names: &[String], shapes: &[Shape]) -> BTreeMap<String, usize> {
    let mut pairs: Vec<(f64, &String, usize)> = Vec::new();
    for (column, definition) in &contract.columns {
        for (at, name) in names.iter().enumerate() {
            let likeness = likeness(column, definition, name, &contract.dataset);
            if likeness >= ALIKE && shapes[at].suits(definition.kind) {
                pairs.push((likeness, column, at));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let (mut columns, mut used) = (BTreeMap::new(), BTreeSet::new());
    for (_, column, at) in pairs {
        if !columns.contains_key(column) && used.insert(at) {
            columns.insert(column.clone(), at);
        }
    }
    columns
}

fn likeness(column: &str, definition: &Column, header: &str, dataset: &str) -> f64 {
    if column == header {
        return 1.0;
    }
    if let Some(rank) = synonyms::of(column, dataset).iter().position(|word| name_of(word) == header) {
        #[expect(clippy::cast_precision_loss, reason = "a list of some twenty words")]
        return 0.98 - rank as f64 * 0.005;
    }
    let bare = |name: &str| {
        ["_on", "_at", "_id"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).replace('_', "")
    };
    // A word of its own within a longer header: `current_cost_center`.
    let within = definition.kind != ColumnType::Text && header.split('_').any(|part| part == column);
    let alike = strsim::jaro_winkler(&bare(column), &bare(header));
    if within {
        alike.max(0.85)
    } else if alike > 0.9 {
        alike * 0.95
    } else {
        0.0
    }
}

/// A source in the making.
struct Draft<'a> {
    id: &'a str,
    extension: &'a str,
    decoded: &'a Decoded,
    contract: &'a Contract,
    columns: &'a BTreeMap<String, usize>,
    shapes: &'a [Shape],
}

impl Draft<'_> {
    /// Required columns that have neither a header nor a usual answer.
    fn open(&self) -> Vec<String> {
        let required = self.contract.columns.iter().filter(|(_, column)| column.required);
        let without = required.filter(|(name, _)| !self.columns.contains_key(*name));
        without
            .filter(|(name, _)| usual(&self.contract.dataset, name, self.id).is_none())
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn toml(&self, open: &[String]) -> String {
        let mut text = String::new();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        line(format!("id = {}", quoted(self.id)));
        line(format!("system = {}", quoted(self.id)));
        line("about = \"where the export is made\"".to_owned());
        line(format!("dataset = {}", quoted(&self.contract.dataset)));
        line(format!("path = \"sources/{}/{{date:%Y-%m-%d}}/*.{}\"", self.id, self.extension));
        let heads: Vec<String> =
            self.decoded.heads.iter().map(|head| head.trim()).filter(|head| !head.is_empty()).map(quoted).collect();
        line(format!("headers = [{}]", heads.join(", ")));
        if let Some(delimiter) = self.decoded.dialect.delimiter.filter(|delimiter| *delimiter != ',') {
            line(format!("\n[read]\ndelimiter = {}", quoted(&delimiter.to_string())));
        }
        if let Some(sheet) = &self.decoded.dialect.sheet {
            line(format!("\n[read]\nsheet = {}", quoted(sheet)));
        }
        let taken: Vec<&Shape> = self.columns.values().map(|at| &self.shapes[*at]).collect();
        let spelling = shape::spelling(&taken);
        if !spelling.is_empty() {
            line(format!("\n[spelling]\n{}", spelling.join("\n")));
        }
        line("\n[columns]".to_owned());
        let mut tables = String::new();
        for (name, column) in &self.contract.columns {
            match self.columns.get(name) {
                Some(at) if column.kind == ColumnType::Enum => self.words(&mut tables, name, column, *at),
                Some(at) => line(format!("{name} = {}", quoted(self.decoded.heads[*at].trim()))),
                None if open.contains(name) => {
                    line(format!("# {name} is required: {name} = \"<header>\" or {name} = {{ value = \"...\" }}"));
                }
                None if column.required => {
                    let value = usual(&self.contract.dataset, name, self.id).unwrap_or_default();
                    line(format!("{name} = {{ value = {} }} # nothing in the file says it: check", quoted(&value)));
                }
                None => {}
            }
        }
        text + &tables
    }

    /// The words of an enum column, each with the nearest of ours; those without one are left to be filled in.
    fn words(&self, text: &mut String, name: &str, column: &Column, at: usize) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n[columns.{name}]\nfrom = {}\nunknown = \"reject\"",
            quoted(self.decoded.heads[at].trim())
        );
        let _ = writeln!(text, "\n[columns.{name}.values] # ours: {}", column.values.join(", "));
        for word in &self.shapes[at].words {
            match synonyms::word(word, &column.values)
                .or_else(|| near(&name_of(word), column.values.iter().map(String::as_str)))
            {
                Some(ours) => _ = writeln!(text, "{} = {}", quoted(word), quoted(ours)),
                None => _ = writeln!(text, "# {} = \"...\"", quoted(word)),
            }
        }
    }
}

/// What a required column is where an export does not say it.
fn usual(dataset: &str, column: &str, id: &str) -> Option<String> {
    match column {
        "approved" | "license_required" => Some("true".to_owned()),
        "excluded" | "pending_reboot" | "exception" | "superseded" | "sanitization_verified" => {
            Some("false".to_owned())
        }
        "source" => Some(id.to_owned()),
        _ => match (dataset, column) {
            ("people", "kind") => Some("employee".to_owned()),
            ("people", "status") => Some("active".to_owned()),
            ("incidents", "kind") => Some("failure".to_owned()),
            ("entitlements", "metric") => Some("user".to_owned()),
            ("entitlements", "license_type") => Some("subscription".to_owned()),
            ("assets", "lifecycle_state") => Some("in_use".to_owned()),
            ("costs", "state") => Some("posted".to_owned()),
            ("costs", "cost_type") => Some("other".to_owned()),
            _ => None,
        },
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

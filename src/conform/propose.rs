//! Propose: a mapping for a file nobody has described yet, from its header and the shape of its cells.

mod draft;
mod keys;
mod looked_up;
mod shape;
mod synonyms;

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{Decoded, Reading};
use super::{ConformError, Decoder, RawFile, head};
use crate::catalogue::{Column, ColumnType, Contract, name_of, names_of};
use draft::Draft;
use keys::Key;
use looked_up::Join;
use shape::Shape;

/// A header less like a column than this is not proposed for it.
const ALIKE: f64 = 0.8;

/// A file to map, and others given with it.
#[derive(Debug)]
pub struct Given<'a> {
    /// The source's name to be.
    pub id: &'a str,
    /// Of the files' names, e.g. `csv`.
    pub extension: &'a str,
    pub decoded: &'a Decoded,
    /// By the beginning of their names: tables in which values may be looked up.
    pub others: &'a [(String, Decoded)],
}

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
    /// Joins with the file each looks values up in, as a place in the files given.
    pub joins: Vec<(String, usize)>,
    /// The source as it would be saved.
    pub toml: String,
}

/// Decodes a file without any declaration.
///
/// # Errors
/// The file is empty, beyond a limit or in no known format.
pub fn probe(file: &RawFile, decoder: &dyn Decoder) -> Result<Decoded, ConformError> {
    decoder.decode(file, &Reading::default())
}

/// Proposes a source for a decoded file; for `dataset`, or the dataset whose columns it fits best.
///
/// # Errors
/// The engine refuses a column.
pub fn propose(
    given: &Given<'_>,
    contracts: &BTreeMap<String, Contract>,
    dataset: Option<&str>,
) -> Result<Option<Proposal>, ConformError> {
    let decoded = given.decoded;
    let names = names_of(decoded.heads.iter().map(String::as_str));
    let total = head::total(&decoded.frame);
    let rows = decoded.frame.head(Some(decoded.frame.height() - usize::from(total.is_some())));
    let shapes = shape::shapes(&rows)?;
    let mut matched: Vec<(&Contract, BTreeMap<String, usize>)> = contracts
        .values()
        .filter(|contract| dataset.is_none_or(|dataset| contract.dataset == dataset))
        .map(|contract| (contract, assign(contract, &names, &shapes)))
        .collect();
    // Required columns say more of what a file is than optional ones, and a dataset that leaves most of the file unread is
    // hardly its own.
    let weight = |(contract, columns): &(&Contract, BTreeMap<String, usize>)| {
        let is_asked =
            |name: &str, column: &Column| column.required && draft::usual(&contract.dataset, name, given.id).is_none();
        let required = contract.columns.iter().filter(|(name, column)| is_asked(name, column));
        let all = required.clone().count().max(1);
        let found = required.filter(|(name, _)| columns.contains_key(*name)).count();
        found * 60 / all + columns.len() * 5 + columns.len() * 40 / names.len().max(1)
    };
    matched.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.0.dataset.cmp(&b.0.dataset)));
    let fits = matched.iter().take(4).map(|(contract, columns)| (contract.dataset.clone(), columns.len())).collect();
    let Some((contract, columns)) = matched.into_iter().next() else { return Ok(None) };
    let columns_by_header: BTreeMap<String, String> =
        columns.iter().map(|(column, at)| (column.clone(), decoded.heads[*at].trim().to_owned())).collect();
    let joins = looked_up::joins(given, &rows, contract, &columns)?;
    let key = keys::key(contract, &columns, &names, &rows)?;
    let draft = Draft {
        given,
        contract,
        columns: &columns,
        shapes: &shapes,
        joins: &joins,
        key: key.as_ref(),
        total: total.as_deref(),
    };
    let open = draft.open();
    let used: BTreeSet<usize> = columns
        .values()
        .copied()
        .chain(joins.iter().map(|join| join.on))
        .chain(key.iter().flat_map(Key::columns))
        .collect();
    let unused = decoded
        .heads
        .iter()
        .enumerate()
        .filter(|(at, head)| !used.contains(at) && !head.trim().is_empty())
        .map(|(at, head)| (head.trim().to_owned(), shapes[at].to_string()))
        .collect();
    let toml = draft.toml(&open);
    let joins = joins.into_iter().map(|Join { name, file, .. }| (name, file)).collect();
    Ok(Some(Proposal {
        dataset: contract.dataset.clone(),
        fits,
        columns: columns_by_header,
        open,
        unused,
        joins,
        toml,
    }))
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
    // One list of words may say two things: an account is a category and a kind of cost.
    for (column, definition) in contract.columns.iter().filter(|(_, definition)| definition.required) {
        let is_alike = |at: &usize| likeness(column, definition, &names[*at], &contract.dataset) >= ALIKE;
        let is_words = |at: &usize| {
            let words = &shapes[*at].words;
            let known = words.iter().filter(|word| synonyms::word(word, &definition.values).is_some()).count();
            known > 0 && known * 2 >= words.len()
        };
        let is_kinds = |at: &usize| {
            let takers = columns.iter().filter(|(_, other)| *other == at);
            takers.into_iter().any(|(name, _)| contract.columns[name].kind == ColumnType::Enum)
        };
        let found = match definition.kind {
            _ if columns.contains_key(column) => None,
            ColumnType::Enum => (0..names.len()).find(|at| is_alike(at) && is_words(at)),
            ColumnType::Text => (0..names.len()).find(|at| is_alike(at) && is_kinds(at)),
            _ => None,
        };
        if let Some(at) = found {
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
    if synonyms::of(column, dataset).iter().any(|word| stem(word) == stem(header)) {
        return 0.9;
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

/// A name without what people leave out or spell otherwise: `Inventarnr.` and `Inventarnummer` are one, so are `Geraet` and
/// `Gerät`.
fn stem(name: &str) -> String {
    let mut stem = String::new();
    for letter in name_of(name).chars().filter(|letter| *letter != '_') {
        match letter {
            'ä' => stem.push_str("ae"),
            'ö' => stem.push_str("oe"),
            'ü' => stem.push_str("ue"),
            'ß' => stem.push_str("ss"),
            'à' | 'â' => stem.push('a'),
            'é' | 'è' | 'ê' => stem.push('e'),
            _ => stem.push(letter),
        }
    }
    let endings = ["nummer", "number", "num", "nr", "no"];
    let bare = endings.iter().find_map(|end| stem.strip_suffix(end)).filter(|bare| bare.len() > 2);
    bare.map_or(stem.clone(), str::to_owned)
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

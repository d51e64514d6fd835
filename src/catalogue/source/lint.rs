//! What a source may name: datasets, target columns, headers, joined columns. SQL is planned in `conform`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Field, Join, Nights, Source, Unknown, Unmatched, encoding_of, name_of, names_of};
use crate::catalogue::{ColumnType, Contract, Files, Mistake, lint::at};
use crate::ids::did_you_mean;

impl Source {
    /// The columns of the export, as SQL speaks of them.
    #[must_use]
    pub fn own_columns(&self) -> Vec<String> {
        let unpivoted = self.unpivot.iter().flat_map(|unpivot| [unpivot.name.clone(), unpivot.value.clone()]);
        names_of(self.headers.iter().map(String::as_str)).into_iter().chain(unpivoted).collect()
    }

    /// Every column that `columns` may take: of the export, joined, derived, collapsed.
    #[must_use]
    pub fn all_columns(&self) -> Vec<String> {
        let joined = self.joins.iter().flat_map(|(name, join)| join.names(name));
        let collapsed = self.collapse.iter().flat_map(|collapse| collapse.columns.keys().cloned());
        self.own_columns().into_iter().chain(joined).chain(self.derive.keys().cloned()).chain(collapsed).collect()
    }
}

impl Join {
    /// The names of its columns in the joined table.
    #[must_use]
    pub fn names(&self, join: &str) -> Vec<String> {
        self.columns.iter().map(|column| format!("{join}_{}", name_of(column))).collect()
    }
}

/// Checks every source against the contracts.
pub fn lint(
    sources: &BTreeMap<String, Source>,
    contracts: &BTreeMap<String, Contract>,
    files: &Files,
    mistakes: &mut Vec<Mistake>,
) {
    for (file, source) in sources {
        let path = format!("sources/{file}.toml");
        let mut say = |needle: &str, message: String| mistakes.push(at(files, &path, needle, message));
        if source.id != *file {
            say(&source.id, format!("the source `{}` is not in a file of its name", source.id));
        }
        if source.path.has_date() == source.undated.is_some() {
            let message = "a path has either `{date:...}`, or `undated = \"modified\"` or a date says the night";
            say("path", message.to_owned());
        }
        if let Some(contract) = contracts.get(&source.dataset) {
            targets(source, contract, &mut say);
            if contract.delivery {
                strict(source, &mut say);
            }
            if contract.key.is_empty() && source.nights == Nights::All {
                let message = format!("the rows of `{}` have no key that nights could be merged by", source.dataset);
                say("nights", format!("{message}\nhint: take out `nights`; the latest night counts"));
            }
        } else {
            let hint = did_you_mean(&source.dataset, contracts.keys().map(String::as_str));
            say(&source.dataset, format!("unknown dataset `{}`{hint}", source.dataset));
        }
        origins(source, contracts, &mut say);
        reading(source, &mut say);
    }
    for circle in circles(sources) {
        let path = format!("sources/{circle}.toml");
        let message = "its dataset is joined to itself in a circle".to_owned();
        mistakes.push(at(files, &path, "joins", message));
    }
}

/// The dataset's columns: known ones only, all required ones, words the contract allows.
fn targets(source: &Source, contract: &Contract, say: &mut dyn FnMut(&str, String)) {
    for (target, field) in &source.columns {
        let Some(column) = contract.columns.get(target) else {
            let hint = did_you_mean(target, contract.columns.keys().map(String::as_str));
            say(target, format!("`{}` has no column `{target}`{hint}", contract.dataset));
            continue;
        };
        let origins = [&field.from, &field.sql, &field.value].into_iter().filter(|origin| origin.is_some()).count();
        if origins != 1 {
            say(target, format!("the column `{target}` needs one of `from`, `sql` and `value`"));
        }
        if !field.values.is_empty() && field.unknown.is_none() {
            let message = "has `values` but does not say what an unknown word becomes";
            say(
                target,
                format!(
                    "the column `{target}` {message}\nhint: add unknown = \"reject\", \"empty\", \"keep\" or a word"
                ),
            );
        }
        if column.kind == ColumnType::Enum {
            for word in words(field).filter(|word| !column.values.iter().any(|value| value == word)) {
                let hint = did_you_mean(word, column.values.iter().map(String::as_str));
                let all = column.values.join(", ");
                say(word, format!("`{word}` is no word of `{target}`{hint}: it allows {all}"));
            }
        }
    }
    for (name, _) in contract.columns.iter().filter(|(_, column)| column.required) {
        if !source.columns.contains_key(name) {
            let message = format!("`{}` requires `{name}`, which is not mapped", contract.dataset);
            say("[columns]", format!("{message}\nhint: add {name} = \"<header>\" or {name} = {{ value = \"...\" }}"));
        }
    }
}

/// Of readers nothing may turn out empty by the way: without a unit one reads all, without a last day for ever.
fn strict(source: &Source, say: &mut dyn FnMut(&str, String)) {
    for (name, _) in source.joins.iter().filter(|(_, join)| join.unmatched != Unmatched::Reject) {
        let message = format!("what the join `{name}` does not find would be empty, and without a unit one reads all");
        say(&format!("[joins.{name}]"), format!("{message}\nhint: add unmatched = \"reject\""));
    }
    for (target, _) in source.columns.iter().filter(|(_, field)| field.unknown == Some(Unknown::Empty)) {
        let message = format!("an unknown word of `{target}` must not become empty: it would open more than is meant");
        say(target, format!("{message}\nhint: write unknown = \"reject\""));
    }
}

/// The words of ours that a field can give.
fn words(field: &Field) -> impl Iterator<Item = &str> {
    let unknown = field.unknown.as_ref().and_then(|unknown| match unknown {
        Unknown::Value(word) => Some(word.as_str()),
        Unknown::Reject | Unknown::Empty | Unknown::Keep => None,
    });
    let given = field.value.as_deref().into_iter().chain(field.empty.as_deref()).chain(unknown);
    field.values.0.iter().map(|(_, ours)| ours.as_str()).chain(given)
}

/// What columns are taken from.
fn origins(source: &Source, contracts: &BTreeMap<String, Contract>, say: &mut dyn FnMut(&str, String)) {
    let (own, all) = (source.own_columns(), source.all_columns());
    let mut unknown = |name: &str, known: &[String], what: &str| {
        if !known.contains(&name_of(name)) {
            let wanted = name_of(name);
            let near = crate::ids::near(&wanted, known.iter().map(String::as_str));
            // The header as it is written helps more than the name it gets.
            let written = |near: &str| source.headers.iter().find(|header| name_of(header) == near).cloned();
            let hint = near.map_or_else(String::new, |near| {
                format!(" (did you mean `{}`?)", written(near).unwrap_or_else(|| near.to_owned()))
            });
            say(name, format!("{what}: unknown column `{name}`{hint}\nhint: it must stand in `headers`"));
        }
    };
    for (target, field) in &source.columns {
        if let Some(from) = &field.from {
            unknown(from, &all, &format!("column `{target}`"));
        }
    }
    for header in source.aliases.keys() {
        unknown(header, &own, "aliases");
    }
    for header in source.types.keys() {
        unknown(header, &own, "types");
    }
    for header in &source.read.header {
        unknown(header, &own, "read.header");
    }
    if let Some(collapse) = &source.collapse {
        for name in collapse.by.iter().chain([&collapse.order]) {
            unknown(name, &all, "collapse");
        }
    }
    for (name, join) in &source.joins {
        if join.path.is_some() == join.dataset.is_some() {
            say(&format!("[joins.{name}]"), format!("the join `{name}` needs either `path` or `dataset`"));
        }
        if join.path.as_ref().is_some_and(|path| path.has_date() == join.undated.is_some()) {
            let message = format!("the join `{name}` needs either `{{date:...}}` in its path or `undated`");
            say(&format!("[joins.{name}]"), message);
        }
        let Some(dataset) = &join.dataset else { continue };
        if let Some(contract) = contracts.get(dataset) {
            if contract.delivery {
                say(dataset, format!("`{dataset}` says who gets reports: nothing is looked up in it"));
            }
            for column in join.columns.iter().chain([&join.key]).filter(|c| !contract.columns.contains_key(*c)) {
                let hint = did_you_mean(column, contract.columns.keys().map(String::as_str));
                say(column, format!("`{dataset}` has no column `{column}`{hint}"));
            }
        } else {
            let hint = did_you_mean(dataset, contracts.keys().map(String::as_str));
            say(dataset, format!("unknown dataset `{dataset}`{hint}"));
        }
    }
}

fn reading(source: &Source, say: &mut dyn FnMut(&str, String)) {
    let reads = source.joins.values().map(|join| &join.read).chain([&source.read]);
    for label in reads.filter_map(|read| read.encoding.as_deref()) {
        if encoding_of(label).is_none() {
            say(label, format!("unknown encoding `{label}`\nhint: write utf-8, utf-16, windows-1252 or latin-1"));
        }
    }
    if !source.read.delimiter.is_none_or(|delimiter| delimiter.is_ascii()) {
        say("delimiter", "the delimiter must be one ASCII letter".to_owned());
    }
    let names = source.all_columns();
    let mut seen = BTreeSet::new();
    for name in names.iter().filter(|name| !seen.insert(*name)) {
        say(name, format!("two columns are called `{name}`: rename the derived, joined or unpivoted one"));
    }
}

/// Sources whose dataset needs itself.
fn circles(sources: &BTreeMap<String, Source>) -> Vec<&String> {
    let needs = |dataset: &str| -> BTreeSet<&str> {
        let of = sources.values().filter(|source| source.dataset == dataset);
        of.flat_map(|source| source.joins.values()).filter_map(|join| join.dataset.as_deref()).collect()
    };
    let reaches = |source: &Source| {
        let mut open: Vec<&str> = source.joins.values().filter_map(|join| join.dataset.as_deref()).collect();
        let mut seen = BTreeSet::new();
        while let Some(dataset) = open.pop() {
            if dataset == source.dataset {
                return true;
            }
            if seen.insert(dataset) {
                open.extend(needs(dataset));
            }
        }
        false
    };
    sources.iter().filter(|(_, source)| reaches(source)).map(|(id, _)| id).collect()
}

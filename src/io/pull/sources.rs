//! The files of sources: matched by path, dated by path or by rule, with the files they look values up in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Found, Inventory};
use crate::catalogue::{PathPattern, Source, Undated};
use crate::finding::{Finding, Level};
use crate::io::store::Listed;

/// The folders to list, none inside another.
pub fn folders(sources: &BTreeMap<String, Source>) -> BTreeSet<String> {
    let paths = sources
        .values()
        .flat_map(|source| source.joins.values().filter_map(|join| join.path.as_ref()).chain([&source.path]));
    let all: BTreeSet<String> = paths.map(|path| path.folder().to_owned()).collect();
    let within = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    all.iter().filter(|folder| !all.iter().any(|other| within(folder, other))).cloned().collect()
}

/// Adds the files of every source to the inventory; says which files lie there in vain.
pub fn add(inventory: &mut Inventory, listed: &[Listed], extracts: &str, sources: &BTreeMap<String, Source>) {
    let hidden = |key: &str| key.rsplit('/').next().is_some_and(|name| name.starts_with(['.', '_']));
    let listed: Vec<&Listed> = listed.iter().filter(|file| !hidden(&file.key)).collect();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for (id, source) in sources {
        let own = of(&source.path, source.undated, &listed);
        used.extend(own.iter().map(|(_, file)| file.key.as_str()));
        let joins: BTreeMap<&String, Vec<(NaiveDate, &Listed)>> = source
            .joins
            .iter()
            .filter_map(|(name, join)| Some((name, of(join.path.as_ref()?, join.undated, &listed))))
            .collect();
        used.extend(joins.values().flatten().map(|(_, file)| file.key.as_str()));
        let nights: BTreeSet<NaiveDate> = own.iter().map(|(night, _)| *night).collect();
        let dataset = inventory.nights.entry(source.dataset.clone()).or_default();
        for (night, file) in own {
            let found = Found { listed: file.clone(), source: Some(id.clone()), join: None };
            dataset.entry(night).or_default().push(found);
        }
        for (name, files) in joins {
            for night in &nights {
                // Of the same night or the latest before it; a list that only came later stands with its first.
                let before = files.iter().map(|(other, _)| *other).filter(|other| other <= night).max();
                let chosen = before.or_else(|| files.iter().map(|(other, _)| *other).min());
                for (_, file) in files.iter().filter(|(other, _)| Some(*other) == chosen) {
                    let join = Some(name.clone());
                    let found = Found { listed: (*file).clone(), source: Some(id.clone()), join };
                    dataset.entry(*night).or_default().push(found);
                }
            }
        }
    }
    inventory.nights.retain(|_, nights| !nights.is_empty());
    let inside = |key: &str| key.strip_prefix(extracts).is_some_and(|rest| rest.starts_with('/'));
    for file in listed.iter().filter(|file| !used.contains(file.key.as_str()) && !inside(&file.key)) {
        inventory.findings.push(unmatched(file, sources));
    }
}

fn of<'a>(path: &PathPattern, undated: Option<Undated>, listed: &[&'a Listed]) -> Vec<(NaiveDate, &'a Listed)> {
    let night = |file: &Listed| {
        let declared = || match undated? {
            Undated::Modified => Some(file.modified.date_naive()),
            Undated::Night(night) => Some(night),
        };
        path.matches(&file.key)?.or_else(declared)
    };
    listed.iter().filter_map(|file| Some((night(file)?, *file))).collect()
}

/// The source whose folder the file lies in says best how it should be called.
fn unmatched(file: &Listed, sources: &BTreeMap<String, Source>) -> Finding {
    let own = |source: &&Source| {
        let path = source.path.to_string();
        let folder = path.split(['{', '*']).next().unwrap_or_default().to_owned();
        file.key.starts_with(&folder)
    };
    let paths: Vec<String> =
        sources.values().filter(own).map(|source| format!("{} ({})", source.path, source.id)).collect();
    let hint = if paths.is_empty() {
        "make a source for it: muster import - FILE --write".to_owned()
    } else {
        format!("rename it to fit {}, or make a source for it: muster import - FILE --write", paths.join(" or "))
    };
    Finding::dataset(Level::Warning, "file_unmatched", "", "no source's path matches the file; it is not read", hint)
        .in_file(&file.key)
}

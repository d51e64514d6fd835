//! The declared columns of a file, whatever its header calls them.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::Work;
use crate::catalogue::{Source, name_of, names_of};
use crate::conform::ConformError;
use crate::conform::decode::{Decoded, Reading};
use crate::finding::{Level, counted};
use crate::ids::near;

/// Unknown columns named in a finding.
const MOST_NAMED: usize = 8;

/// How to read the files of a source.
#[must_use]
pub fn reading(source: &Source) -> Reading {
    let aliases = source.aliases.values().flatten();
    Reading {
        read: source.read.clone(),
        wanted: source.headers.iter().chain(aliases).map(|header| name_of(header)).collect(),
        headerless: source.headers.clone(),
        canonical: false,
    }
}

/// By every name that a header may bear: the name it is known by.
pub fn known(headers: &[String], aliases: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let own = names_of(headers.iter().map(String::as_str)).into_iter().map(|name| (name.clone(), name));
    let others = aliases
        .iter()
        .flat_map(|(header, spellings)| spellings.iter().map(move |spelling| (name_of(spelling), name_of(header))));
    others.chain(own).collect()
}

impl Work<'_> {
    /// The declared columns as text, missing ones empty, and `_row`. The header's names are gone from here on.
    pub(super) fn take(&mut self, decoded: &mut Decoded) -> Result<DataFrame, ConformError> {
        let frame = std::mem::take(&mut decoded.frame);
        self.undeclared_total(&frame, &decoded.rows);
        // Headers that repeat have names of their own here.
        decoded.findings.retain(|finding| finding.code != "repeated_header");
        let known = known(&self.source.headers, &self.source.aliases);
        let heads = names_of(decoded.heads.iter().map(String::as_str));
        let mut columns: BTreeMap<String, Column> = BTreeMap::new();
        let mut strangers: Vec<&str> = Vec::new();
        for ((head, name), column) in decoded.heads.iter().zip(&heads).zip(frame.columns()) {
            match known.get(name) {
                Some(own) if !columns.contains_key(own) => {
                    let text = column.as_materialized_series().cast(&DataType::String)?;
                    columns.insert(own.clone(), text.with_name(own.as_str().into()).into_column());
                }
                Some(_) | None if self.is_unpivoted(head) => {
                    let text = column.as_materialized_series().cast(&DataType::String)?;
                    let name = format!("_month {head}");
                    columns.insert(name.clone(), text.with_name(name.into()).into_column());
                }
                Some(_) | None if head.trim().is_empty() => {}
                Some(_) | None => strangers.push(head),
            }
        }
        let height = frame.height();
        let own = names_of(self.source.headers.iter().map(String::as_str));
        let is_nothing = decoded.heads.is_empty() && decoded.read == 0;
        if !is_nothing {
            self.missing(&own, &columns, &strangers)?;
        }
        if !strangers.is_empty() {
            let named: Vec<&str> = strangers.iter().copied().take(MOST_NAMED).collect();
            let more = if strangers.len() > MOST_NAMED { ", ..." } else { "" };
            let count = strangers.len() as u64;
            let message = format!("{} not mapped: {}{more}", counted(count, "column"), named.join(", "));
            let hint = format!("nothing to do where they are not needed; otherwise add them to {}", self.place());
            self.findings.push(self.note(Level::Note, "column_unmapped", message, &hint).times(count));
        }
        for name in own {
            columns.entry(name.clone()).or_insert_with(|| Column::full_null(name.into(), height, &DataType::String));
        }
        let mut table = DataFrame::new(height, columns.into_values().collect())?;
        table.with_column(Series::new("_row".into(), &decoded.rows).into_column())?;
        let table = self.without_null_words(&table)?;
        self.undeclared_nothing(&table)?;
        Ok(table)
    }

    /// Columns that the file lacks: an error where a required column is taken from one or where the file says who may
    /// read, else a note.
    fn missing(
        &mut self,
        own: &[String],
        found: &BTreeMap<String, Column>,
        strangers: &[&str],
    ) -> Result<(), ConformError> {
        let written = |name: &str| {
            let header = self.source.headers.iter().find(|header| name_of(header) == name);
            header.cloned().unwrap_or_else(|| name.to_owned())
        };
        let lacking: Vec<&String> = own.iter().filter(|name| !found.contains_key(*name)).collect();
        let needed = |name: &str| {
            self.contract.delivery
                || self.source.columns.iter().any(|(target, field)| {
                    let required = self.contract.columns.get(target).is_some_and(|column| column.required);
                    required && field.empty.is_none() && field.from.as_deref().is_some_and(|from| name_of(from) == name)
                })
        };
        let absent: Vec<String> = lacking.iter().filter(|name| needed(name)).map(|name| written(name)).collect();
        if !absent.is_empty() {
            let similar: Vec<String> = absent
                .iter()
                .filter_map(|name| Some((name, near(name, strangers.iter().copied())?)))
                .map(|(name, stranger)| format!("\"{name}\" = [\"{stranger}\"]"))
                .collect();
            let cure = if similar.is_empty() {
                "give the header's spelling there under [aliases]".to_owned()
            } else {
                format!("add there under [aliases]: {}", similar.join(", "))
            };
            let hint = format!("the mapping is {}; add the column to the export, or {cure}", self.place());
            return Err(ConformError::MissingColumns { file: self.file.key.clone(), columns: absent, hint });
        }
        for name in lacking {
            let header = written(name);
            let near = near(&header, strangers.iter().copied());
            let near = near.map_or_else(String::new, |near| format!(" (is it `{near}`?)"));
            let message = format!("the column `{header}` is not in the file and counts as empty{near}");
            let hint = format!("add it to the export, or its spelling to [aliases] in {}", self.place());
            self.findings.push(self.note(Level::Note, "column_missing", message, &hint).at(None, Some(&header)));
        }
        Ok(())
    }

    /// Cells trimmed; words that mean nothing are nothing.
    fn without_null_words(&self, table: &DataFrame) -> PolarsResult<DataFrame> {
        let mut words: Vec<String> = self.source.spelling.null.iter().map(|word| word.trim().to_lowercase()).collect();
        if self.source.read.escape == crate::catalogue::Escape::Backslash {
            words.push("\\n".to_owned());
        }
        let is_word = |cell: &str| {
            words.iter().any(|word| cell.len() == word.len() && cell.eq_ignore_ascii_case(word)) || {
                !cell.is_ascii() && words.contains(&cell.to_lowercase())
            }
        };
        let mut clean = table.clone();
        for column in table.columns().iter().filter(|column| column.dtype() == &DataType::String) {
            let cells: StringChunked = column
                .str()?
                .iter()
                .map(|cell| cell.map(str::trim).filter(|cell| !cell.is_empty() && !is_word(cell)))
                .collect();
            clean.with_column(cells.with_name(column.name().clone()).into_series().into_column())?;
        }
        Ok(clean)
    }
}

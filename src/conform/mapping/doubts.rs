//! What a file says that is probably meant otherwise: read as it stands, and told.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{Work, spell};
use crate::conform::head;
use crate::finding::{Level, counted};

/// Words for nothing that are no words of any language.
const NOTHING: [&str; 11] = ["?", "??", "-", "--", "---", "n/a", "#n/a", "null", "(null)", "#multivalue", "\\n"];

/// Whether a cell looks empty to whoever wrote it.
pub fn stands_for_nothing(cell: &str) -> bool {
    NOTHING.contains(&cell.trim().to_lowercase().as_str())
}

impl Work<'_> {
    /// A last row that begins like a total, where no footer is declared.
    pub(super) fn undeclared_total(&mut self, frame: &DataFrame, rows: &[u32]) {
        let Some(word) = head::total(frame) else { return };
        let message = format!("the last row begins with `{word}` and is read as data");
        let hint = format!("if it is a total, declare it in {}: [read] footer = [\"{word}\"]", self.place());
        let row = rows.last().map(|row| u64::from(*row));
        self.findings.push(self.note(Level::Warning, "total_row", message, &hint).at(row, None));
    }

    /// Texts that look like words for nothing and are not declared; in typed columns they are told as unreadable.
    pub(super) fn undeclared_nothing(&mut self, table: &DataFrame) -> PolarsResult<()> {
        let typed = spell::kinds(self.source, self.contract);
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut count = 0;
        for column in table.columns().iter().filter(|column| column.dtype() == &DataType::String) {
            let name = column.name().as_str();
            if typed.contains_key(name) {
                continue;
            }
            for cell in column.str()?.iter().flatten().filter(|cell| stands_for_nothing(cell)) {
                found.entry(name.to_owned()).or_default().insert(cell.to_owned());
                count += 1;
            }
        }
        if let Some(first) = found.keys().next().cloned() {
            let words: BTreeSet<&String> = found.values().flatten().collect();
            let list =
                |quote: &str| words.iter().map(|word| format!("{quote}{word}{quote}")).collect::<Vec<_>>().join(", ");
            let message = format!(
                "{} of {} look empty and are taken as text: {}",
                counted(count, "cell"),
                found.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
                list("`")
            );
            let hint = format!(
                "if they stand for nothing, declare it in {}: [spelling] null = [{}]",
                self.place(),
                list("\"")
            );
            let finding = self.note(Level::Warning, "null_word", message, &hint).at(None, Some(&first));
            self.findings.push(finding.times(count));
        }
        Ok(())
    }
}

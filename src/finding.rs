//! Findings: what was noticed about the input, said so that somebody can act on it.

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Rows or money were left out; the figures stand.
    Warning,
    /// Something could not be measured.
    Error,
}

/// One finding, or many alike counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// Stable machine name, e.g. `empty_required`.
    pub code: String,
    pub dataset: String,
    /// The object key, where one file is meant.
    pub file: Option<String>,
    /// First row concerned: the line number in a text file (header = 1), else the row's number from 1.
    pub row: Option<u64>,
    pub column: Option<String>,
    /// How many rows, cells or files are meant.
    pub count: u64,
    /// What was found, a fragment without full stop.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    /// A finding about a whole dataset.
    pub fn dataset(
        level: Level,
        code: &str,
        dataset: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            level,
            code: code.to_owned(),
            dataset: dataset.to_owned(),
            file: None,
            row: None,
            column: None,
            count: 1,
            message: message.into(),
            hint: hint.into(),
        }
    }

    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    #[must_use]
    pub fn at(mut self, row: Option<u64>, column: Option<&str>) -> Self {
        self.row = row;
        self.column = column.map(str::to_owned);
        self
    }

    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// The dataset with night and row, for narrow places: `assets 2026-10-31, row 17`.
    #[must_use]
    pub fn short_place(&self, row_word: &str) -> String {
        // The night is the folder the file lies in.
        let night = self.file.as_deref().and_then(|file| file.rsplit('/').nth(1)).map(|night| format!(" {night}"));
        let row = self.row.map(|row| format!(", {row_word} {row}"));
        format!("{}{}{}", self.dataset, night.unwrap_or_default(), row.unwrap_or_default())
    }

    /// `extracts/assets/.../assets.csv:17:serial` as far as it is known.
    #[must_use]
    pub fn place(&self) -> String {
        let mut place = self.file.clone().unwrap_or_else(|| self.dataset.clone());
        if let Some(row) = self.row {
            place.push_str(&format!(":{row}"));
        }
        if let Some(column) = &self.column {
            place.push_str(&format!(":{column}"));
        }
        place
    }
}

/// `1 row`, `2 rows`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

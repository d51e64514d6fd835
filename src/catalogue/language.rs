//! Languages: the fixed words of reports, one TOML file each.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `config/languages/<tag>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// BCP 47 tag of the documents, e.g. `en-GB`.
    pub tag: String,
    pub months: Vec<String>,
    pub months_short: Vec<String>,
    /// Fixed words by key; a missing key prints the key, and the catalogue's test finds it.
    pub words: BTreeMap<String, String>,
    /// Heads of exception lists' columns.
    pub columns: BTreeMap<String, String>,
    /// The catalogue's English texts (names, titles, definitions) by themselves; absent ones stay English.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
}

impl Language {
    /// A fixed word.
    #[must_use]
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or(key, String::as_str)
    }

    /// A text of the catalogue in this language.
    #[must_use]
    pub fn text<'a>(&'a self, source: &'a str) -> &'a str {
        self.texts.get(source).map_or(source, String::as_str)
    }

    /// A fixed sentence with `{name}` placeholders filled in.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.word(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// A column's head; an unknown one is made of its name.
    #[must_use]
    pub fn head(&self, column: &str) -> String {
        self.columns.get(column).cloned().unwrap_or_else(|| {
            let text = column.replace('_', " ");
            text[..1].to_uppercase() + &text[1..]
        })
    }
}

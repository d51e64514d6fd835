//! Value maps: the source's words and ours, in the order they are written.

use serde::{Deserialize, Deserializer};

/// Words of the source with ours. An exact word goes before a pattern, and of patterns the first written one counts;
/// `*` stands for any letters, case does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueMap(pub Vec<(String, String)>);

impl ValueMap {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Our word for one of the source.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&str> {
        let word = word.trim().to_lowercase();
        let exact = self.0.iter().find(|(theirs, _)| theirs.to_lowercase() == word);
        let pattern = || self.0.iter().find(|(pattern, _)| matches(&pattern.to_lowercase(), &word));
        exact.or_else(pattern).map(|(_, ours)| ours.as_str())
    }
}

/// Whether the word is of the pattern; `*` stands for any letters.
fn matches(pattern: &str, word: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == word,
        Some((head, tail)) => word.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(tail, &rest[at..]))
        }),
    }
}

impl<'de> Deserialize<'de> for ValueMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> serde::de::Visitor<'de> for Pairs {
            type Value = ValueMap;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a table of words")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<ValueMap, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(ValueMap(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// What becomes of a word that `values` does not know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Unknown {
    Reject,
    Empty,
    /// As it stands.
    Keep,
    Value(String),
}

impl From<String> for Unknown {
    fn from(word: String) -> Self {
        match word.as_str() {
            "reject" => Self::Reject,
            "empty" => Self::Empty,
            "keep" => Self::Keep,
            _ => Self::Value(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_word_goes_before_a_pattern_and_the_first_pattern_before_later_ones() {
        let map: ValueMap =
            toml::from_str("'*(deployed)' = 'in_use'\n'ready*' = 'in_stock'\n'Ready soon' = 'ordered'").unwrap();
        assert_eq!(map.find("Ready to Deploy (deployed)"), Some("in_use"));
        assert_eq!(map.find("ready to deploy"), Some("in_stock"));
        assert_eq!(map.find(" READY SOON "), Some("ordered"));
        assert_eq!(map.find("not ready"), None);
    }
}

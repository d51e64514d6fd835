//! Where a source's files lie: literal text, `*` within a folder's or file's name, `{one|other}`, one `{date:<strftime>}`.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::period::add_months;

/// A pattern over object keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PathPattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Any letters but `/`.
    Any,
    OneOf(Vec<String>),
    Date(String),
}

impl TryFrom<String> for PathPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('*') {
                parts.push(Part::Any);
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('{') {
                let (inner, tail) = tail.split_once('}').ok_or_else(|| format!("`{text}`: a `{{` is not closed"))?;
                parts.push(match inner.split_once(':') {
                    Some(("date", format)) if format.contains('%') => Part::Date(format.to_owned()),
                    None if inner == "date" => Part::Date("%Y-%m-%d".to_owned()),
                    None if inner.contains('|') => Part::OneOf(inner.split('|').map(str::to_owned).collect()),
                    _ => return Err(format!("`{{{inner}}}` is no part of a path: write {{date:%Y-%m-%d}} or {{a|b}}")),
                });
                rest = tail;
            } else {
                let end = rest.find(['*', '{']).unwrap_or(rest.len());
                parts.push(Part::Text(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        if parts.iter().filter(|part| matches!(part, Part::Date(_))).count() > 1 {
            return Err(format!("`{text}` has more than one {{date}}"));
        }
        match parts.first() {
            Some(Part::Text(first)) if first.contains('/') && !first.starts_with('/') => Ok(Self { text, parts }),
            _ => Err(format!("the path `{text}` must begin with the name of a folder")),
        }
    }
}

impl std::fmt::Display for PathPattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PathPattern {
    /// The folder to list for it; everything below `sources/` is listed at once.
    #[must_use]
    pub fn folder(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(first)) if first.starts_with("sources/") => "sources",
            Some(Part::Text(first)) => first.rsplit_once('/').map_or("", |(folder, _)| folder),
            Some(Part::Any | Part::OneOf(_) | Part::Date(_)) | None => "",
        }
    }

    #[must_use]
    pub fn has_date(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Date(_)))
    }

    /// Whether the key is one of its files, and of which night where the path says it.
    #[must_use]
    pub fn matches(&self, key: &str) -> Option<Option<NaiveDate>> {
        matches(&self.parts, key)
    }
}

#[expect(clippy::option_option, reason = "no match, a match, a match with its night")]
fn matches(parts: &[Part], key: &str) -> Option<Option<NaiveDate>> {
    let ends = || key.char_indices().map(|(at, letter)| at + letter.len_utf8());
    match parts.split_first() {
        None => key.is_empty().then_some(None),
        Some((Part::Text(text), rest)) => matches(rest, key.strip_prefix(text.as_str())?),
        Some((Part::OneOf(words), rest)) => {
            words.iter().find_map(|word| matches(rest, key.strip_prefix(word.as_str())?))
        }
        Some((Part::Any, rest)) => {
            let most = key.find('/').unwrap_or(key.len());
            std::iter::once(0).chain(ends()).take_while(|end| *end <= most).find_map(|end| matches(rest, &key[end..]))
        }
        Some((Part::Date(format), rest)) => ends().find_map(|end| {
            let night = night(&key[..end], format)?;
            matches(rest, &key[end..])?;
            Some(Some(night))
        }),
    }
}

/// A date; a month alone stands for its last day.
fn night(text: &str, format: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, format).ok().or_else(|| {
        let first = NaiveDate::parse_from_str(&format!("{text} 1"), &format!("{format} %d")).ok()?;
        add_months(first, 1).pred_opt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::option_option, reason = "as `matches`")]
    fn night_in(pattern: &str, key: &str) -> Option<Option<String>> {
        let pattern = PathPattern::try_from(pattern.to_owned()).unwrap();
        pattern.matches(key).map(|night| night.map(|night| night.to_string()))
    }

    #[test]
    fn a_path_says_the_night() {
        let dated = |night: &str| Some(Some(night.to_owned()));
        let pattern = "sources/snipeit/{date:%Y-%m-%d}/custom-asset-report*.csv";
        assert_eq!(night_in(pattern, "sources/snipeit/2026-10-31/custom-asset-report (1).csv"), dated("2026-10-31"));
        assert_eq!(night_in(pattern, "sources/snipeit/2026-10-31/licences.csv"), None);
        assert_eq!(night_in(pattern, "sources/snipeit/2026-10-31/a/custom-asset-report.csv"), None);
        assert_eq!(night_in("a/{date:%Y/%m/%d}/x_*.csv", "a/2026/10/31/x_1.csv"), dated("2026-10-31"));
        assert_eq!(night_in("a/*_{date:%d%m%Y}.csv", "a/export_31102026.csv"), dated("2026-10-31"));
        assert_eq!(night_in("a/cost {date:%b %Y}.xlsx", "a/cost Feb 2026.xlsx"), dated("2026-02-28"));
        let either = "a/{date}/{alm_license|samp_entitlement}*.{csv|json}";
        assert_eq!(night_in(either, "a/2026-10-31/alm_license (1).json"), dated("2026-10-31"));
        assert_eq!(night_in(either, "a/2026-10-31/samp_entitlement.csv"), dated("2026-10-31"));
        assert_eq!(night_in(either, "a/2026-10-31/alm_license.xlsx"), None);
        assert_eq!(night_in("a/costs.xlsx", "a/costs.xlsx"), Some(None));
    }

    #[test]
    fn a_path_that_is_none_is_refused() {
        for (pattern, why) in [
            ("*.csv", "must begin with the name of a folder"),
            ("a/{day}.csv", "is no part of a path"),
            ("a/{date", "is not closed"),
            ("a/{date}/{date:%H}.csv", "more than one"),
        ] {
            let error = PathPattern::try_from(pattern.to_owned()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}

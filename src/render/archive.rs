//! The archive's index: one page over everything published, with relative links only, so that it works from a
//! folder and from a bucket. The layout is `templates/page/archive.html`.

use std::fmt::Write as _;

use serde::Serialize;

use super::RenderError;
use super::html::without_blank_lines;
use crate::templates::Templates;

/// What `page/archive.html` sees; every text is in `language`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Archive {
    /// BCP 47 tag.
    pub language: String,
    pub organisation: String,
    pub title: String,
    pub lead: String,
    /// Said where nothing has been published.
    pub empty: String,
    pub skip: String,
    pub contents: String,
    pub columns: Columns,
    pub shelves: Vec<Shelf>,
}

/// Heads of the tables' columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Columns {
    pub period: String,
    pub unit: String,
    pub revision: String,
    pub state: String,
    pub documents: String,
}

/// All issues of one edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shelf {
    pub anchor: String,
    pub title: String,
    /// Newest first; the first is open.
    pub years: Vec<Year>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Year {
    pub year: String,
    /// e.g. `12 issues`.
    pub count: String,
    pub issues: Vec<Issue>,
}

/// One revision for one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    pub period: String,
    pub unit: String,
    /// Units above it that have an issue of the same period: how far it is indented.
    pub depth: usize,
    /// e.g. `r2`.
    pub revision: String,
    pub state: String,
    /// Needs to be told from a final one.
    pub marked: bool,
    /// e.g. `replaced by r2`; empty for the newest revision.
    pub replaced: String,
    pub languages: Vec<Edition>,
}

/// The documents of an issue in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Name of the catalogue's file, e.g. `de`.
    pub tag: String,
    /// The language's own name.
    pub name: String,
    pub links: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// e.g. `PDF`.
    pub text: String,
    /// What it is about, for those who hear links out of their place.
    pub about: String,
    /// Relative to the page; see [`href`].
    pub href: String,
}

/// Paints the index.
///
/// # Errors
/// The template fails.
pub fn archive(page: &Archive, templates: &Templates) -> Result<String, RenderError> {
    Ok(without_blank_lines(&templates.render("page/archive.html", page)?))
}

/// A key below the index's folder as a relative link. A `%` of the key is part of its name and is encoded itself.
#[must_use]
pub fn href(key: &str) -> String {
    let mut href = String::with_capacity(key.len() + 8);
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            href.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(href, "%{byte:02X}");
        }
    }
    href
}

#[cfg(test)]
mod tests {
    use super::href;

    #[test]
    fn a_link_leads_to_the_very_key() {
        assert_eq!(href("cfo-monthly/2026-10/ALL/r1/report.html"), "cfo-monthly/2026-10/ALL/r1/report.html");
        assert_eq!(href("e/2026-10/R%26D%20x/r1/report.pdf"), "e/2026-10/R%2526D%2520x/r1/report.pdf");
        assert_eq!(href("e/a+b@c=d:e\"f#?/ü"), "e/a%2Bb%40c%3Dd%3Ae%22f%23%3F/%C3%BC");
    }
}

//! Where the table begins and ends: the header below a preamble, totals at the foot.

use polars::prelude::*;

use super::{RawFile, decode::Reading, note};
use crate::catalogue::name_of;
use crate::finding::{Finding, Level, counted};

/// Rows in which a header is looked for.
pub const MOST_PREAMBLE: usize = 60;

/// Words that totals begin with.
const TOTALS: [&str; 10] =
    ["summe", "gesamt", "total", "grand total", "somme", "sum", "subtotal", "zwischensumme", "anzahl", "insgesamt"];

/// How well a row would do as the header: the declared columns found, `None` where it cannot be the header.
pub fn likeness<'a>(cells: impl Iterator<Item = &'a str>, reading: &Reading) -> Option<usize> {
    let names: Vec<String> = cells.map(name_of).filter(|name| !name.is_empty()).collect();
    let has = |header: &str| names.contains(&name_of(header));
    if !reading.read.header.is_empty() {
        return reading.read.header.iter().all(|header| has(header)).then_some(usize::MAX);
    }
    Some(reading.wanted.iter().filter(|wanted| names.contains(wanted)).count()).filter(|count| *count > 0)
}

/// The header's place among the rows of a sheet; the first filled row where nothing tells.
pub fn row(table: &[Vec<Option<String>>], reading: &Reading) -> usize {
    if let Some(skip) = reading.read.skip {
        return skip;
    }
    let filled = |cells: &[Option<String>]| cells.iter().filter(|cell| cell.is_some()).count();
    let looked = table.iter().take(MOST_PREAMBLE).enumerate();
    let best = looked
        .filter_map(|(at, cells)| Some((likeness(cells.iter().flatten().map(String::as_str), reading)?, at)))
        .max_by_key(|(likeness, at)| (*likeness, std::cmp::Reverse(*at)));
    let first = table.iter().position(|cells| filled(cells) > 0).unwrap_or(0);
    if reading.canonical {
        return 0;
    }
    if let Some((_, at)) = best {
        return at;
    }
    // Nothing is known: a table is wider than what stands above it.
    let widest = table.iter().take(MOST_PREAMBLE).map(|cells| filled(cells)).max().unwrap_or(0);
    table.iter().position(|cells| filled(cells) * 10 >= widest * 8).unwrap_or(first)
}

pub fn preamble(file: &RawFile, lines: u64) -> Option<Finding> {
    let message = || format!("{} above the header not read", counted(lines, "line"));
    let hint = "nothing to do where these lines are titles; otherwise declare `read.skip` in the source";
    (lines > 0).then(|| note("", Level::Note, "preamble", &file.key, message(), hint).times(lines))
}

/// Whether the row is a total: its first filled cell begins with one of the words.
pub fn is_footer<'a>(mut cells: impl Iterator<Item = &'a str>, words: &[String]) -> bool {
    let Some(first) = cells.find(|cell| !cell.trim().is_empty()) else { return false };
    let first = first.trim().to_lowercase();
    words.iter().any(|word| first.starts_with(&word.to_lowercase()))
}

/// The word that the last row begins with, where it is a total: that word alone, or in a row that is half empty.
pub fn total(frame: &DataFrame) -> Option<String> {
    let last = frame.height().checked_sub(1)?;
    let cell = |column: &Column| {
        let cell = column.get(last).ok()?;
        let text = cell.get_str()?.trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    };
    let filled: Vec<String> = frame.columns().iter().filter_map(cell).collect();
    let first = filled.first()?;
    let lower = first.to_lowercase();
    let bare = lower.trim_end_matches([':', ' ']);
    let is_sparse = filled.len() * 2 <= frame.width();
    let is_total = |word: &str| {
        let rest = lower.strip_prefix(word);
        bare == word || (is_sparse && rest.is_some_and(|rest| !rest.starts_with(char::is_alphabetic)))
    };
    TOTALS.iter().any(|word| is_total(word)).then(|| first.split([' ', ':']).next().unwrap_or(first).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_known_by_its_word_and_its_empty_cells() {
        let last = |cells: &[&str]| {
            let columns = cells.iter().enumerate().map(|(at, cell)| Column::new(format!("c{at}").into(), [*cell]));
            total(&DataFrame::new(1, columns.collect()).expect("a table"))
        };
        assert_eq!(last(&["Summe", "1", "2", "3"]).as_deref(), Some("Summe"));
        assert_eq!(last(&["", "Total:", "", "3"]).as_deref(), Some("Total"));
        assert_eq!(last(&["Gesamt 2026", "", "", "3"]).as_deref(), Some("Gesamt"));
        assert_eq!(last(&["Total Commander", "Ghisler", "10", "3"]), None);
        assert_eq!(last(&["Totalausfall", "", "", "3"]), None);
    }
}

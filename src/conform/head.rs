//! Where the table begins and ends: the header below a preamble, totals at the foot.

use super::{RawFile, decode::Reading, note};
use crate::catalogue::name_of;
use crate::finding::{Finding, Level, counted};

/// Rows in which a header is looked for.
pub const MOST_PREAMBLE: usize = 60;

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

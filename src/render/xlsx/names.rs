//! Names and dates by Excel's rules.

use std::collections::HashSet;

use crate::render::layout::clean_line;

/// Name of a sheet that has none.
pub(super) const FALLBACK: &str = "Sheet";

/// Longest sheet name, in UTF-16 units.
const MAX_NAME: usize = 31;

/// Sheet names by Excel's rules: at most 31 characters, none of `[]:*?/\`, no apostrophe at either
/// end, not `History`, and different from each other without regard to case.
pub(super) fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    names.map(|name| distinct(&cleaned(name), &mut taken)).collect()
}

fn cleaned(name: &str) -> String {
    let allowed = |c: char| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') { ' ' } else { c };
    let name = clean_line(&name.chars().map(allowed).collect::<String>());
    let name = cut(&name, MAX_NAME);
    let name = name.trim_matches(|c: char| c == '\'' || c == ' ');
    match name {
        "" => FALLBACK.to_owned(),
        // Excel keeps this name for itself.
        name if name.eq_ignore_ascii_case("history") => format!("{name} 1"),
        name => name.to_owned(),
    }
}

fn distinct(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.to_lowercase()) {
        number += 1;
        let suffix = format!(" ({number})");
        candidate = format!("{}{suffix}", cut(name, MAX_NAME - suffix.len()).trim_end());
    }
    candidate
}

fn cut(name: &str, units: usize) -> &str {
    let mut used = 0;
    let end = name.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > units
    });
    end.map_or(name, |(end, _)| &name[..end])
}

/// Year and last month of a period such as `2026-10`, `2026-Q3` or `2026`; a fixed date for any
/// other text. For the creation date of a file, which must not come from a clock.
pub(super) fn year_month(period: &str) -> (u16, u8) {
    let (year, rest) = period.split_once('-').unwrap_or((period, "12"));
    let month = match rest {
        "Q1" => Some(3),
        "Q2" => Some(6),
        "Q3" => Some(9),
        "Q4" => Some(12),
        month => month.parse().ok().filter(|month| (1..=12).contains(month)),
    };
    let year = year.parse().ok().filter(|year| (1900..=9999).contains(year));
    year.zip(month).unwrap_or((2000, 1))
}

#[cfg(test)]
mod tests {
    use super::{unique, year_month};

    #[test]
    fn sheet_names_follow_the_rules_of_excel() {
        let long = "A sheet name that is much longer than thirty-one";
        let names = ["a/b:c*d?[e]\\f", "'quoted'", "", "History", long, long, "KPIs", "kpis"];
        let expect = [
            "a b c d e f",
            "quoted",
            "Sheet",
            "History 1",
            "A sheet name that is much longe",
            "A sheet name that is much l (2)",
            "KPIs",
            "kpis (2)",
        ];
        assert_eq!(unique(names.into_iter()), expect);
    }

    #[test]
    fn periods_give_a_fixed_date() {
        assert_eq!(year_month("2026-10"), (2026, 10));
        assert_eq!(year_month("2026-Q3"), (2026, 9));
        assert_eq!(year_month("2026"), (2026, 12));
        assert_eq!(year_month("none"), (2000, 1));
    }
}

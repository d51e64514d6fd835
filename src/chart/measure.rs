//! Fitting text into a measured width: wrapping, balancing and, last, an ellipsis.
//!
//! Lines break where Unicode (UAX 14) allows it, but not between a number and its unit while that
//! can be avoided; a word wider than the column breaks inside, never past the edge.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::faces::Style;
use super::shaper::{shape, width};

/// Lines of `text` that each fit `max` points. Never empty for a text with visible characters.
#[must_use]
pub fn wrap(text: &str, style: Style, max: f32) -> Vec<String> {
    let widths = Prefix::new(text, style);
    let mut lines = Vec::new();
    let mut start = 0;
    let (mut best, mut tied) = (None, None);
    for (at, kind) in linebreaks(text) {
        while widths.of(text, start, at) > max {
            // a figure is parted from its unit only where nothing else helps
            let end = best.take().or(tied.take());
            let end = end.unwrap_or_else(|| widths.break_inside(text, start, at, max));
            push_line(&mut lines, &text[start..end]);
            start = end;
            tied = tied.filter(|at| *at > start);
        }
        if kind == BreakOpportunity::Mandatory {
            push_line(&mut lines, &text[start..at]);
            (start, best, tied) = (at, None, None);
        } else if is_tied(text, at) {
            tied = Some(at);
        } else if at > start {
            best = Some(at);
        }
    }
    lines
}

/// Like [`wrap`], with at most `max_lines` lines; the last one ends in an ellipsis if text is left.
#[must_use]
pub fn wrap_to(text: &str, style: Style, max: f32, max_lines: usize) -> Vec<String> {
    let mut lines = wrap(text, style, max);
    if lines.len() > max_lines && max_lines > 0 {
        let rest = lines.split_off(max_lines - 1).join(" ");
        lines.push(fit(&rest, style, max));
    }
    lines
}

/// Lines of about equal length: no more lines than [`wrap`] needs, without a single word at the end.
#[must_use]
pub fn wrap_balanced(text: &str, style: Style, max: f32) -> Vec<String> {
    let lines = wrap(text, style, max);
    if lines.len() < 2 {
        return lines;
    }
    let (mut low, mut high) = (max * 0.5, max);
    for _ in 0..6 {
        let middle = f32::midpoint(low, high);
        if wrap(text, style, middle).len() > lines.len() {
            low = middle;
        } else {
            high = middle;
        }
    }
    wrap(text, style, high)
}

/// `text` itself if it fits `max` points, else its beginning and an ellipsis.
#[must_use]
pub fn fit(text: &str, style: Style, max: f32) -> String {
    if width(text, style) <= max {
        return text.to_owned();
    }
    let room = max - width("…", style);
    let widths = Prefix::new(text, style);
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| widths.until(*at) <= room).last();
    format!("{}…", text[..end.unwrap_or(0)].trim_end())
}

/// Width of the widest stretch of `text` that [`wrap`] would rather not break.
#[must_use]
pub fn widest_word(text: &str, style: Style) -> f32 {
    let widths = Prefix::new(text, style);
    let mut start = 0;
    let mut widest = 0.0_f32;
    for (at, _) in linebreaks(text) {
        if !is_tied(text, at) {
            widest = widest.max(widths.of(text, start, at));
            start = at;
        }
    }
    widest
}

/// `text` with soft hyphens in the words wider than `max` points, between the syllables of `language` (a BCP 47
/// tag); as it is where nobody knows them.
#[must_use]
pub fn hyphenated(text: &str, style: Style, max: f32, language: &str) -> String {
    let code = language.get(..2).and_then(|code| <[u8; 2]>::try_from(code.as_bytes()).ok());
    let Some(language) = code.and_then(hypher::Lang::from_iso) else {
        return text.to_owned();
    };
    let mut start = 0;
    let words = linebreaks(text).map(|(at, _)| &text[std::mem::replace(&mut start, at)..at]);
    let fits = |word: &str| width(word.trim_end(), style) <= max;
    words
        .map(|word| if fits(word) { word.to_owned() } else { hypher::hyphenate(word, language).join("\u{AD}") })
        .collect()
}

fn push_line(lines: &mut Vec<String>, line: &str) {
    let line = line.trim();
    let hyphen = if line.ends_with('\u{AD}') { "-" } else { "" };
    let shown = line.replace('\u{AD}', "");
    if !shown.is_empty() {
        lines.push(shown + hyphen);
    }
}

/// Whether a line break at `at` would part a figure from what it belongs to.
fn is_tied(text: &str, at: usize) -> bool {
    let Some(before) = text[..at].strip_suffix(' ') else {
        return false;
    };
    let last = before.rsplit(' ').next().unwrap_or_default();
    let next = text[at..].split(' ').next().unwrap_or_default();
    let bare = next.trim_end_matches(['.', ',', ';', ':', ')']);
    let figure_before = last.ends_with(|c: char| c.is_ascii_digit());
    let figure_next = next.trim_start_matches(['+', '-', '−']).starts_with(|c: char| c.is_ascii_digit());
    let short_unit =
        matches!(bare, "%" | "pp" | "PP" | "k" | "m" | "bn" | "d" | "h" | "Mio" | "Mrd" | "Tsd" | "€" | "EUR");
    let direction = matches!(bare, "F" | "G" | "U") && !last.is_empty();
    let prefix = matches!(last.trim_start_matches(['+', '-', '−', '(']), "≥" | "≤" | "=" | "<" | ">" | "n");
    let currency = last.trim_start_matches(['+', '-', '−', '(']);
    let currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let behind = bare.len() == 3 && bare.bytes().all(|byte| byte.is_ascii_uppercase());
    let step_before = matches!(last.trim_end_matches('.'), "Tsd" | "Mio" | "Mrd");
    (figure_before && short_unit)
        || direction
        || prefix
        || (currency && figure_next)
        || ((figure_before || step_before) && behind)
}

/// Running widths of one text by byte offset.
struct Prefix {
    sums: Vec<f32>,
}

impl Prefix {
    fn new(text: &str, style: Style) -> Self {
        let mut sums = vec![0.0; text.len() + 1];
        for run in shape(text, style).iter() {
            for glyph in &run.glyphs {
                sums[glyph.at + 1] += glyph.advance * style.size / 1000.0;
            }
        }
        let mut total = 0.0;
        for sum in &mut sums {
            total += *sum;
            *sum = total;
        }
        Self { sums }
    }

    fn until(&self, end: usize) -> f32 {
        self.sums[end]
    }

    /// Width of a line, without the blanks at its ends.
    fn of(&self, text: &str, start: usize, end: usize) -> f32 {
        let line = &text[start..end];
        let start = start + (line.len() - line.trim_start().len());
        let end = start + line.trim().len();
        self.until(end) - self.until(start)
    }

    /// Where to break a word that is wider than the column: after a joint if there is one.
    fn break_inside(&self, text: &str, start: usize, end: usize, max: f32) -> usize {
        let mut fits = None;
        let mut joint = None;
        for (at, character) in text[start..end].char_indices() {
            let next = start + at + character.len_utf8();
            if fits.is_some() && self.of(text, start, next) > max {
                break;
            }
            fits = Some(next);
            if !character.is_alphanumeric() && self.of(text, start, next) > max * 0.4 {
                joint = Some(next);
            }
        }
        joint.or(fits).unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style::regular(9.0);

    #[test]
    fn no_line_is_wider_than_the_column() {
        let long = "Microsoft_Enterprise_Agreement_Unified_Support_Advanced_With_Sentinel_And_Purview";
        for text in ["Cancel 120 idle seats of Orbit CRM before 12 Jan 2027", long, "東京東京東京東京東京東京"]
        {
            for max in [30.0, 60.0, 120.0] {
                for line in wrap(text, STYLE, max) {
                    assert!(width(&line, STYLE) <= max + 0.01, "{line:?} is wider than {max}");
                }
            }
        }
    }

    #[test]
    fn only_a_word_wider_than_the_column_breaks_between_its_syllables() {
        let text = "Kritische Bestandsgenauigkeit";
        let parts = hyphenated(text, STYLE, 50.0, "de-DE");
        assert_eq!(parts.replace('\u{AD}', "|"), "Kritische Be|stands|ge|nau|ig|keit");
        let lines = wrap(&parts, STYLE, 50.0);
        assert_eq!(lines, ["Kritische", "Bestands-", "genauigkeit"]);
        assert_eq!(hyphenated(text, STYLE, 500.0, "de-DE"), text);
        assert_eq!(hyphenated(text, STYLE, 50.0, "xx"), text);
    }

    #[test]
    fn wrapping_loses_no_character() {
        let text = "SaaS seats nobody uses cost EUR 1.24 m a year; 61 % sits with three vendors.";
        assert_eq!(wrap(text, STYLE, 80.0).join(" "), text);
        let word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
        assert_eq!(wrap(word, STYLE, 50.0).concat(), word);
    }

    #[test]
    fn a_figure_stays_with_its_currency_and_unit() {
        for max in 60_u8..140 {
            for line in wrap("seats nobody uses cost EUR 1.24 m a year", STYLE, f32::from(max)) {
                assert!(!line.ends_with("EUR") && !line.starts_with("m a"), "{line:?}");
            }
            for line in wrap("ungenutzte Lizenzen kosten 1,24 Mio. EUR pro Jahr", STYLE, f32::from(max)) {
                assert!(!line.starts_with("Mio.") && !line.starts_with("EUR"), "{line:?}");
            }
        }
    }

    #[test]
    fn an_ellipsis_ends_what_does_not_fit() {
        let lines = wrap_to("one two three four five six seven", STYLE, 45.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…') && width(&lines[1], STYLE) <= 45.0);
        assert_eq!(fit("short", STYLE, 200.0), "short");
    }

    #[test]
    fn empty_text_has_no_lines() {
        assert!(wrap("", STYLE, 50.0).is_empty());
        assert!(wrap(" \n ", STYLE, 50.0).is_empty());
    }
}

//! Comparing words as a reader does: spaces, line breaks and spellings of one letter are no difference.

use unicode_normalization::UnicodeNormalization;

/// Shapes that stand in front of a judged figure.
const SHAPES: [char; 4] = ['●', '▲', '■', '○'];
/// Letters of a text after which an ellipsis may stand for the rest of it.
const LEAST_BEFORE_ELLIPSIS: usize = 5;

/// One spelling of every text: single spaces, no invisible characters, look-alikes as one.
pub fn plain(text: &str) -> String {
    // Most texts are in one spelling already.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let bare = text.trim_matches(' ');
        return if bare.contains("  ") { single(bare) } else { bare.to_owned() };
    }
    if text.chars().all(is_composed) { spelled(text.chars()) } else { spelled(text.nfc()) }
}

/// Letters and signs that no composition changes: the common ones, that is nearly all texts.
fn is_composed(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{2002}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}' | '≤' | '≥' | '−' | '\u{25a0}'..='\u{25ff}')
}

fn spelled(letters: impl Iterator<Item = char>) -> String {
    let letters = letters.filter(|c| !is_invisible(*c)).map(|c| match c {
        '\u{2010}' | '\u{2011}' => '-',
        'µ' => 'μ',
        // Pairs that the report's faces draw alike: on paper nobody can tell them apart.
        '∆' => 'Δ',
        'ɩ' => 'ι',
        '►' => '▶',
        '▻' => '▷',
        '◄' => '◀',
        '◅' => '◁',
        '➀'..='➈' => char::from_u32(u32::from(c) - 0x2780 + 0x2460).unwrap_or(c),
        c if c.is_control() || c.is_whitespace() => ' ',
        c => c,
    });
    single(&letters.collect::<String>())
}

fn single(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Where a word may be parted; at the end of a line it is shown as a hyphen.
pub const SOFT_HYPHEN: char = '\u{ad}';

/// Characters that steer layout and show nothing; painters drop them or not.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A cell without the shape of its tone.
pub fn bare(cell: &str) -> &str {
    cell.trim_start_matches(SHAPES).trim_start()
}

/// Whether a plain cell says the words, but for spaces, which line breaks add and take.
pub fn same(cell: &str, words: &str) -> bool {
    matched(cell, words).is_some_and(|end| letters(&cell[end..]).next().is_none())
}

/// Whether `cell` is `words`, or their beginning with an ellipsis.
pub fn same_or_cut(cell: &str, words: &str) -> bool {
    same(cell, words)
        || cell.strip_suffix('…').is_some_and(|start| {
            let start: Vec<char> = letters(start).collect();
            start.len() >= LEAST_BEFORE_ELLIPSIS && letters(words).take(start.len()).eq(start)
        })
}

fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().filter(|c| !matches!(*c, ' ' | SOFT_HYPHEN))
}

/// Where `words` stand in `text` at or after byte `from`, as bytes from and to: as whole words, a figure never as
/// part of a longer one.
pub fn find(text: &str, words: &str, from: usize) -> Option<(usize, usize)> {
    let first = letters(words).next()?;
    let last = letters(words).next_back()?;
    let rest = text.get(from..)?;
    rest.match_indices(first).find_map(|(at, _)| {
        let start = from + at;
        let end = matched(&text[start..], words)? + start;
        (opens(&text[..start], first) && closes(&text[end..], last)).then_some((start, end))
    })
}

/// Bytes of `text` that spell `words`, spaces and soft hyphens aside.
fn matched(text: &str, words: &str) -> Option<usize> {
    let mut wanted = words.chars().filter(|c| *c != ' ').peekable();
    for (at, c) in text.char_indices() {
        let mut parted = false;
        while wanted.next_if_eq(&SOFT_HYPHEN).is_some() {
            parted = true;
        }
        match wanted.peek() {
            None => return Some(at),
            Some(next) if c == *next => _ = wanted.next(),
            Some(_) if matches!(c, ' ' | SOFT_HYPHEN) || (parted && c == '-') => {}
            Some(_) => return None,
        }
    }
    wanted.all(|c| c == SOFT_HYPHEN).then_some(text.len())
}

/// Whether a word that begins with `first` may begin behind `before`.
pub fn opens(before: &str, first: char) -> bool {
    let mut back = before.chars().rev();
    match back.next() {
        Some(c) if first.is_alphanumeric() && c.is_alphanumeric() => false,
        Some('−' | '+' | '-') if first.is_ascii_digit() => false,
        Some('.' | ',') if first.is_ascii_digit() => !back.next().is_some_and(|c| c.is_ascii_digit()),
        None | Some(_) => true,
    }
}

/// Whether a word that ends with `last` may end before `after`.
pub fn closes(after: &str, last: char) -> bool {
    if !last.is_alphanumeric() {
        return true;
    }
    let mut ahead = after.chars();
    let next = ahead.next();
    if next.is_some_and(char::is_alphanumeric) {
        return false;
    }
    if !last.is_ascii_digit() {
        return true;
    }
    if matches!(next, Some('.' | ',')) && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
        return false;
    }
    // `EUR 58` is not found in `EUR 58 k`.
    let word = after.trim_start().split(' ').next().unwrap_or_default();
    !matches!(
        word.trim_end_matches(['.', ',', ';', ':', ')']),
        "%" | "k" | "m" | "bn" | "pp" | "PP" | "Tsd" | "Mio" | "Mrd"
    )
}

#[cfg(test)]
mod tests {
    use super::{find, plain, same, same_or_cut};

    fn check(text: &str, words: &str, found: bool) {
        assert_eq!(find(text, words, 0).is_some(), found, "`{words}` in `{text}`");
    }

    #[test]
    fn a_figure_is_not_found_in_a_longer_one() {
        check("use is 60.7 % now", "60.7 %", true);
        check("use is 160.7 % now", "60.7 %", false);
        check("use is −0.7 %", "0.7 %", false);
        check("1,060.7 %", "060.7 %", false);
        check("EUR 58 k exposed", "EUR 58", false);
        check("EUR 58 exposed", "EUR 58", true);
        check("EUR 195 k/yr", "EUR 195 k", true);
        check("58 Tsd. EUR", "58", false);
        check("1.058 EUR", "58 EUR", false);
        check("−58 EUR", "58 EUR", false);
        check("7,499", "7", false);
        check("ends 7.", "7", true);
    }

    #[test]
    fn spaces_and_look_alikes_are_no_difference() {
        check("EUR 1.24 m", "EUR1.24m", true);
        assert_eq!(plain("a\u{a0}b\u{200b}c \n u\u{308}"), "a bc ü");
        assert!(same("co-operation", "co\u{ad}oper\u{ad}ation") && !same("co-operation", "cooperation"));
        assert!(same_or_cut("A long na…", "A long name") && !same_or_cut("A…", "A long name"));
    }
}

//! Breaking text into lines of a width counted in characters.

use crate::render::layout::clean_line;
use crate::templates::glue;

/// Lines of at most `width` characters; amounts such as `EUR 1.24 m` stay on one line, and a word
/// longer than a line is cut. No line for an empty text.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let text = glue(&clean_line(text));
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word: Vec<char> = word.chars().map(|c| if c == '\u{a0}' { ' ' } else { c }).collect();
        match lines.last_mut() {
            Some(line) if word.len() < room => {
                line.push(' ');
                line.extend(&word);
                room -= word.len() + 1;
                continue;
            }
            Some(_) | None => {}
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        room = width - word.len();
        lines.push(word.into_iter().collect());
    }
    lines
}

/// Wrapped lines, each after `indent` spaces.
pub(super) fn indented(indent: usize, text: &str, width: usize) -> Vec<String> {
    hanging(&" ".repeat(indent), text, width)
}

/// Wrapped lines; the first follows `mark`, the others stand below it.
pub(super) fn hanging(mark: &str, text: &str, width: usize) -> Vec<String> {
    let indent = mark.chars().count();
    let lines = wrapped(text, width.saturating_sub(indent)).into_iter().enumerate();
    lines
        .map(|(i, line)| if i == 0 { format!("{mark}{line}") } else { format!("{}{line}", " ".repeat(indent)) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{hanging, wrapped};

    #[test]
    fn words_wrap_and_amounts_stay_together() {
        assert_eq!(wrapped("seats cost EUR 1.24 m a year", 18), ["seats cost", "EUR 1.24 m a year"]);
        assert_eq!(wrapped("", 10), Vec::<String>::new());
    }

    #[test]
    fn a_word_longer_than_the_line_is_cut() {
        assert_eq!(wrapped("ab abcdefghij k", 4), ["ab", "abcd", "efgh", "ij k"]);
    }

    #[test]
    fn later_lines_stand_below_the_first() {
        assert_eq!(hanging("1. ", "one two three", 10), ["1. one two", "   three"]);
    }
}

//! Amounts that stay on one line.

/// Keeps an amount on one line: the spaces inside `EUR 1.24 m`, `61 %` or `−0.8 pp U` become
/// no-break spaces. Figures are words by now, so this looks at letters, not at values.
#[must_use]
pub fn glue(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (i, word) in words.iter().enumerate() {
        out.push_str(word);
        let Some(next) = words.get(i + 1) else { continue };
        let before = i.checked_sub(1).map_or("", |j| words[j]);
        out.push(if belongs(before, word, next) { '\u{a0}' } else { ' ' });
    }
    out
}

/// Whether `next` continues the amount that `word` is part of; `before` is the word before it.
fn belongs(before: &str, word: &str, next: &str) -> bool {
    const SIGNS: [char; 7] = ['+', '-', '−', '±', '≥', '≤', '('];
    let digit_first = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let figure = |word: &str| digit_first(word.trim_start_matches('(').trim_start_matches(SIGNS));
    let unit = |word: &str| {
        let word = word.trim_end_matches(['.', ',', ';', ':', ')']);
        matches!(word, "%" | "k" | "m" | "bn" | "pp" | "PP" | "F" | "G" | "U" | "€" | "Tsd" | "Mio" | "Mrd" | "Tage")
    };
    let currency = word.trim_start_matches(SIGNS);
    let code = is_code(currency);
    let symbol = matches!(currency, "€" | "£" | "$" | "≥" | "≤" | "");
    // `1,24 Mio. EUR U`: the currency may stand behind the figure.
    let behind = |word: &str| unit(word) || is_code(word.trim_end_matches(['.', ',', ';', ':', ')']));
    (figure(next) && (code || symbol && !word.is_empty()))
        || (figure(word) && behind(next))
        || (figure(before) && unit(word) && behind(next))
        || ((figure(before) || unit(before))
            && code
            && matches!(next.trim_end_matches(['.', ',', ';', ':', ')']), "F" | "G" | "U"))
}

fn is_code(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::glue;

    fn check(text: &str, expect: &str) {
        assert_eq!(glue(text).replace('\u{a0}', "~"), expect);
    }

    #[test]
    fn amounts_stay_on_one_line() {
        check("cost EUR 1.24 m a year; 61 % sits", "cost EUR~1.24~m a year; 61~% sits");
        check("−0.8 pp U on prior", "−0.8~pp~U on prior");
        check("+EUR 423 k U, ≥ 85 %.", "+EUR~423~k~U, ≥~85~%.");
        check("−EUR 84 k F", "−EUR~84~k~F");
        check("1.6 % of 435 (1 % is allowed)", "1.6~% of 435 (1~% is allowed)");
        check("kosten 1,24 Mio. EUR pro Jahr", "kosten 1,24~Mio.~EUR pro Jahr");
        check("9.994 EUR pro Jahr, +423 Tsd. EUR U, −1,2 PP G", "9.994~EUR pro Jahr, +423~Tsd.~EUR~U, −1,2~PP~G");
    }

    #[test]
    fn other_spaces_stay_as_they_are() {
        check("12 months to Oct 2026", "12 months to Oct 2026");
        check("a  b ", "a  b ");
        check("", "");
    }
}

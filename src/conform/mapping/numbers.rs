//! Numbers as people and systems write them: `$12.58`, `52 267`, `1.234,56`, `$2.7B`, `(1,234.00)`, `12-`, `3 h 20 m`.

use rust_decimal::Decimal;

use crate::catalogue::Numbers;

/// The plain spelling: dot for the fraction, nothing between thousands.
pub const PLAIN: Numbers = Numbers { thousands: None, decimal: '.' };

/// What a cell says of its file's notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It reads alike in every notation, or is no number.
    Silent,
    /// `3,665`, `3.665`: thousands or a fraction.
    Open,
    /// `12.5`: a point before a fraction. It says what the points of open cells are, and nothing where none is open.
    Point,
    Only(Numbers),
}

/// Reads a number in a notation; `None` is none.
pub fn number(text: &str, notation: Numbers) -> Option<Decimal> {
    let bare = bare(text)?;
    let (whole, fraction) = match bare.digits.rsplit_once(notation.decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (bare.digits.as_str(), None),
    };
    let is_group =
        |letter: char| letter.is_whitespace() || letter == '\'' || letter == '’' || notation.thousands == Some(letter);
    let groups: Vec<&str> = whole.split(is_group).collect();
    // 1,2,3 is a list and no number; India groups by two.
    let sound = groups.iter().skip(1).all(|group| matches!(group.len(), 2 | 3))
        && groups.last().is_some_and(|g| groups.len() == 1 || g.len() == 3);
    if !sound {
        return None;
    }
    let mut plain = groups.concat();
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    if plain.is_empty() || !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = plain.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&plain)).ok()?;
    let value = value.checked_mul(bare.factor)?;
    Some(if bare.negative { -value } else { value })
}

/// What the separators of a cell tell.
pub fn hint(text: &str) -> Hint {
    let Some(bare) = bare(text) else { return Hint::Silent };
    let (dot, comma) = (bare.digits.rfind('.'), bare.digits.rfind(','));
    let english = Numbers { thousands: Some(','), decimal: '.' };
    let continental = Numbers { thousands: Some('.'), decimal: ',' };
    let try_as = |notation: Numbers| match number(text, notation) {
        Some(_) => Hint::Only(notation),
        None => Hint::Silent,
    };
    // Up to three digits, the separator, three digits.
    let is_open = |at: usize| {
        (1..=3).contains(&at)
            && bare.digits.len() == at + 4
            && bare.digits[at + 1..].bytes().all(|b| b.is_ascii_digit())
    };
    match (dot, comma) {
        (Some(dot), Some(comma)) => try_as(if dot > comma { english } else { continental }),
        (Some(_), None) if bare.digits.matches('.').count() > 1 => try_as(continental),
        // 0.125 is no number of thousands.
        (Some(dot), None) if is_open(dot) && !bare.digits.starts_with('0') => Hint::Open,
        (Some(_), None) => Hint::Point,
        (None, None) => Hint::Silent,
        (None, Some(_)) if bare.digits.matches(',').count() > 1 => try_as(english),
        (None, Some(comma)) if is_open(comma) => Hint::Open,
        (None, Some(_)) => try_as(continental),
    }
}

/// Whether the amount names a currency: its code, or a sign that many currencies have.
pub fn currency_of(text: &str) -> Option<&str> {
    let outer =
        |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | '+' | '(' | ')' | '−' | '\'');
    let sign = text.trim().trim_matches(|letter: char| outer(letter) || letter.is_whitespace());
    let code = sign.len() == 3 && sign.bytes().all(|byte| byte.is_ascii_uppercase());
    match sign {
        "€" => Some("EUR"),
        "£" => Some("GBP"),
        "US$" => Some("USD"),
        "$" | "¥" => Some(sign),
        _ => code.then_some(sign),
    }
}

struct Bare {
    /// Digits and separators.
    digits: String,
    negative: bool,
    factor: Decimal,
}

/// The digits without sign, brackets, currency and scale.
fn bare(text: &str) -> Option<Bare> {
    let mut text = text.trim();
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        (text, negative) = (inner.trim(), true);
    }
    let mut factor = Decimal::ONE;
    loop {
        let before = text;
        text = text.trim().trim_start_matches(['$', '€', '£', '¥']).trim_end_matches(['$', '€', '£', '¥']).trim();
        for sign in ['-', '−'] {
            if let Some(inner) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
                (text, negative) = (inner, !negative);
            }
        }
        text = text.strip_prefix('+').unwrap_or(text);
        text = without_code(text);
        let scales = [('K', 1_000_i64), ('k', 1_000), ('M', 1_000_000), ('B', 1_000_000_000)];
        if let Some((sign, scale)) =
            scales.into_iter().find(|(sign, _)| factor == Decimal::ONE && text.ends_with(*sign))
        {
            text = &text[..text.len() - sign.len_utf8()];
            factor = scale.into();
        }
        if text == before {
            break;
        }
    }
    let fits = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || ".,'’eE+-".contains(letter);
    let starts = text.starts_with(|first: char| first.is_ascii_digit() || first == '.' || first == ',');
    (starts && text.chars().all(fits)).then(|| Bare { digits: text.to_owned(), negative, factor })
}

/// `EUR 12` and `12 EUR` without the code.
fn without_code(text: &str) -> &str {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if text.len() > 3 && text.is_char_boundary(3) && is_code(&text[..3]) {
        return text[3..].trim_start();
    }
    match text.len().checked_sub(3) {
        Some(at) if at > 0 && text.is_char_boundary(at) && is_code(&text[at..]) => text[..at].trim_end(),
        Some(_) | None => text,
    }
}

/// Seconds of `2 days 03:04:05`, `3h 20m`, `1 Hour 5 Minutes`, `PT1H30M`, `45`.
pub fn duration(text: &str) -> Option<Decimal> {
    let lower = text.trim().to_lowercase().replace([',', '_'], " ");
    let lower = lower.strip_prefix('p').map_or(lower.clone(), |iso| iso.replace('t', " "));
    let mut seconds = Decimal::ZERO;
    let mut rest = lower.trim();
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.len()
            - rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == ':').len();
        let (count, tail) = rest.split_at(digits);
        if count.contains(':') {
            let parts: Option<Vec<Decimal>> = count.split(':').map(|part| part.parse().ok()).collect();
            let parts = parts.filter(|parts| matches!(parts.len(), 2 | 3))?;
            let units = [3_600, 60, 1];
            seconds += parts.iter().zip(units).map(|(part, unit)| *part * Decimal::from(unit)).sum::<Decimal>();
            rest = tail.trim_start();
        } else {
            let count: Decimal = count.parse().ok()?;
            let tail = tail.trim_start();
            let letters: usize = tail.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
            let unit = match &tail[..letters] {
                "" if letters == 0 && !any && tail.is_empty() => 1,
                "s" | "sec" | "secs" | "second" | "seconds" | "sekunden" => 1,
                "m" | "min" | "mins" | "minute" | "minutes" | "minuten" => 60,
                "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" => 3_600,
                "d" | "day" | "days" | "tag" | "tage" | "tagen" => 86_400,
                "w" | "week" | "weeks" | "woche" | "wochen" => 604_800,
                _ => return None,
            };
            seconds += count * Decimal::from(unit);
            rest = tail[letters..].trim_start();
        }
        any = true;
    }
    any.then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, example: &str) -> Option<String> {
        let notation = if example.is_empty() { PLAIN } else { toml::Value::from(example).try_into().unwrap() };
        number(text, notation).map(|number| number.normalize().to_string())
    }

    #[test]
    fn numbers_are_read_in_their_notation() {
        for (text, notation, value) in [
            ("3,665", "1,234.56", Some("3665")),
            ("3,665", "1.234,56", Some("3.665")),
            ("$12.58", "1,234.56", Some("12.58")),
            ("52 267", "", Some("52267")),
            ("52\u{a0}267,5", "1 234,56", Some("52267.5")),
            ("1.234,56", "1.234,56", Some("1234.56")),
            ("1'234.50", "", Some("1234.5")),
            ("$2.7B", "1,234.56", Some("2700000000")),
            ("(1,234.00)", "1,234.56", Some("-1234")),
            ("($1,234.00)", "1,234.56", Some("-1234")),
            ("12.50-", "", Some("-12.5")),
            ("−3", "", Some("-3")),
            ("-$5.00", "", Some("-5")),
            ("EUR 12.00", "", Some("12")),
            ("12,00 €", "1.234,56", Some("12")),
            ("12,34,567.00", "1,234.56", Some("1234567")),
            ("1,2,3", "1,234.56", None),
            ("1.5e3", "", Some("1500")),
            ("twelve", "", None),
            ("", "", None),
            ("12 apples", "", None),
        ] {
            assert_eq!(read(text, notation).as_deref(), value, "`{text}` as `{notation}`");
        }
    }

    #[test]
    fn a_cell_tells_its_notation_or_does_not() {
        let continental = Hint::Only(Numbers { thousands: Some('.'), decimal: ',' });
        let english = Hint::Only(Numbers { thousands: Some(','), decimal: '.' });
        for (text, says) in [
            ("3,665", Hint::Open),
            ("3,66", continental),
            ("1.234,56", continental),
            ("1.234.567", continental),
            ("1,234.56", english),
            ("1,234,567", english),
            ("3.665", Hint::Open),
            ("$12.345", Hint::Open),
            ("0.125", Hint::Point),
            ("12.5", Hint::Point),
            ("1.5e3", Hint::Point),
            ("1234.567", Hint::Point),
            ("1234.56", Hint::Point),
            ("1234", Hint::Silent),
            ("Smith, John", Hint::Silent),
        ] {
            assert_eq!(hint(text), says, "{text}");
        }
    }

    #[test]
    fn durations_are_seconds() {
        for (text, seconds) in [
            ("2 days 03:04:05", Some(183_845)),
            ("3h 20m", Some(12_000)),
            ("1 Hour 5 Minutes", Some(3_900)),
            ("PT1H30M", Some(5_400)),
            ("P2D", Some(172_800)),
            ("45", Some(45)),
            ("soon", None),
        ] {
            assert_eq!(duration(text), seconds.map(Decimal::from), "{text}");
        }
    }

    #[test]
    fn a_currency_is_noticed() {
        assert_eq!(currency_of("$12.58"), Some("$"));
        assert_eq!(currency_of("12,00 €"), Some("EUR"));
        assert_eq!(currency_of("CHF 12"), Some("CHF"));
        assert_eq!(currency_of("12"), None);
    }
}

//! Names of files: as a source's id, and as they can be typed.

use std::path::PathBuf;

/// `HR leavers 365 2026-10-31.xlsx` -> `hr-leavers-365` and `xlsx`: a date in a name is the night's, other numbers stay.
pub fn id_of(name: &str) -> (String, String) {
    let (stem, extension) = name.split_once('.').unwrap_or((name, "csv"));
    let (stem, extension) = match extension.rsplit_once('.') {
        // 31.10.2026.csv
        Some((more, last)) if more.chars().all(|letter| letter.is_ascii_digit() || letter == '.') => {
            (format!("{stem}.{more}"), last)
        }
        Some(_) | None => (stem.to_owned(), extension),
    };
    let mut plain = String::new();
    for letter in stem.to_lowercase().chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            _ => plain.push(letter),
        }
    }
    // A browser numbers what it downloads twice.
    let plain = match plain.trim_end().strip_suffix(')').and_then(|head| head.rsplit_once('(')) {
        Some((head, number)) if number.chars().all(|letter| letter.is_ascii_digit()) => head.to_owned(),
        Some(_) | None => plain,
    };
    let words: Vec<&str> =
        plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let lengths: Vec<usize> = words[at..].iter().map_while(|word| digits(word)).take(3).collect();
        at += match lengths.as_slice() {
            [4, 2, 2] | [2, 2, 4] => 3,
            [4, 2] => 2,
            [8, ..] => 1,
            _ => {
                kept.push(words[at]);
                1
            }
        };
    }
    (if kept.is_empty() { "new-source".to_owned() } else { kept.join("-") }, extension.to_owned())
}

/// How many digits a word of digits has.
fn digits(word: &str) -> Option<usize> {
    word.chars().all(|letter| letter.is_ascii_digit()).then_some(word.len())
}

/// Paths as they can be typed.
pub fn in_shell(files: &[PathBuf]) -> String {
    let typed = |path: &PathBuf| {
        let text = path.display().to_string();
        let is_plain = text.chars().all(|letter| letter.is_alphanumeric() || "/._-".contains(letter));
        if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    files.iter().map(typed).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_numbers_and_leaves_the_night_out() {
        for (name, id, extension) in [
            ("office365 users.csv", "office365-users", "csv"),
            ("Windows 11 devices (1).csv", "windows-11-devices", "csv"),
            ("Staff list 2026.csv", "staff-list-2026", "csv"),
            ("HR leavers 2026-10.xlsx", "hr-leavers", "xlsx"),
            ("export_20261031.csv.gz", "export", "csv.gz"),
            ("assets 31.10.2026.csv", "assets", "csv"),
            ("Geräteübersicht.csv", "geraeteuebersicht", "csv"),
            ("2026-10-31.csv", "new-source", "csv"),
        ] {
            assert_eq!(id_of(name), (id.to_owned(), extension.to_owned()), "{name}");
        }
    }

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(in_shell(&["a/b-1.csv".into(), "my file's.csv".into()]), r"a/b-1.csv 'my file'\''s.csv'");
    }
}

//! Names of an export's columns as SQL speaks of them.

/// `Asset Tag` -> `asset_tag`, `Last check-in` -> `last_check_in`, `model.u_form_factor` -> `model_u_form_factor`.
#[must_use]
pub fn name_of(header: &str) -> String {
    let mut name = String::with_capacity(header.len());
    for letter in header.trim().chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// The names of a whole header: blank ones are `column_<n>`, a name that comes again is `<name>_2`.
#[must_use]
pub fn names_of<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, header) in headers.into_iter().enumerate() {
        let plain = name_of(header);
        let plain = if plain.is_empty() { format!("column_{}", index + 1) } else { plain };
        let later = (2_usize..).map(|count| format!("{plain}_{count}"));
        let name = std::iter::once(plain.clone()).chain(later).find(|name| !names.contains(name)).unwrap_or(plain);
        names.push(name);
    }
    names
}

/// The encoding of a label as people write it: `latin-1` beside `latin1`, `cp-1252` beside `cp1252`.
#[must_use]
pub fn encoding_of(label: &str) -> Option<&'static encoding_rs::Encoding> {
    let by = |label: &str| encoding_rs::Encoding::for_label(label.as_bytes());
    let bare = label.trim().to_lowercase().replace(['-', '_', ' '], "");
    by(label).or_else(|| by(&bare)).or_else(|| (bare == "ansi").then_some(encoding_rs::WINDOWS_1252))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_names_that_need_no_quotes() {
        let headers =
            ["Asset Tag", " Model No. ", "Last check-in", "model.u_form_factor", "", "Address", "address", "№"];
        let names =
            ["asset_tag", "model_no", "last_check_in", "model_u_form_factor", "column_5", "address", "address_2"];
        assert_eq!(names_of(headers)[..7], names);
        assert_eq!(name_of("Preis (€)"), "preis");
    }

    #[test]
    fn encodings_are_known_by_the_names_people_give_them() {
        for (label, name) in [
            ("latin-1", "windows-1252"),
            ("ISO-8859-1", "windows-1252"),
            ("Windows-1252", "windows-1252"),
            ("cp-1252", "windows-1252"),
            ("ANSI", "windows-1252"),
            ("utf8", "UTF-8"),
            ("utf-16", "UTF-16LE"),
        ] {
            assert_eq!(encoding_of(label).map(encoding_rs::Encoding::name), Some(name), "{label}");
        }
        assert_eq!(encoding_of("klingon"), None);
    }
}

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
}

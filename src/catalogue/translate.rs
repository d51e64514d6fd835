//! Translation: the catalogue's own texts in a reader's language. What a number means never changes.

use super::{Catalogue, Edition, Kpi, Language};

/// The catalogue with every text that readers see in `language`.
#[must_use]
pub fn translated(catalogue: &Catalogue, language: &Language) -> Catalogue {
    let mut catalogue = catalogue.clone();
    if !language.texts.is_empty() {
        for kpi in &mut catalogue.kpis {
            translate_kpi(kpi, language);
        }
        for edition in catalogue.editions.values_mut() {
            translate_edition(edition, language);
        }
    }
    catalogue
}

fn put(text: &mut String, language: &Language) {
    *text = language.text(text).to_owned();
}

fn translate_kpi(kpi: &mut Kpi, language: &Language) {
    put(&mut kpi.name, language);
    put(&mut kpi.question, language);
    put(&mut kpi.definition, language);
    if let Some(reason) = &mut kpi.formula.absent_because {
        put(reason, language);
    }
    if let Some(list) = &mut kpi.exceptions {
        put(&mut list.title, language);
    }
    for companion in kpi.companions.values_mut() {
        put(&mut companion.about, language);
    }
}

fn translate_edition(edition: &mut Edition, language: &Language) {
    put(&mut edition.title, language);
    for list in edition.lists.values_mut() {
        put(&mut list.title, language);
        put(&mut list.sheet, language);
        put(&mut list.empty, language);
        if let Some(lead) = &mut list.lead {
            put(lead, language);
        }
        for column in &mut list.columns {
            put(&mut column.head, language);
        }
    }
}

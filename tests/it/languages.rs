//! Languages: each says everything that the others say, and translates what the definitions say in English.

use std::collections::BTreeSet;

use muster::catalogue::{Catalogue, ColumnType, Language};
use muster::io::definitions;

use crate::desk::Desk;
use crate::muster::{muster_with, said};

/// Keys that the catalogue's own language does without: there the reason itself is printed.
const OPTIONAL: [&str; 1] = ["reason_feed_missing"];

#[test]
fn every_language_has_the_words_of_english_with_the_same_placeholders() {
    let catalogue = loaded();
    let english = &catalogue.languages["en"];
    for (tag, language) in &catalogue.languages {
        assert_eq!((language.months.len(), language.months_short.len()), (12, 12), "{tag}: months");
        let required = |key: &&String| !OPTIONAL.contains(&key.as_str());
        let keys = |language: &Language| language.words.keys().filter(required).cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(language), keys(english), "{tag}: words");
        for key in OPTIONAL {
            assert_eq!(language.words.contains_key(key), tag != "en", "{tag}: `{key}`");
        }
        assert!(language.columns.keys().eq(english.columns.keys()), "{tag}: column heads");
        for (key, text) in &language.words {
            let same = english.words.get(key).is_none_or(|own| placeholders(text) == placeholders(own));
            assert!(same, "{tag}: placeholders of `{key}`");
            assert!(!text.trim().is_empty(), "{tag}: `{key}` is empty");
        }
        assert!(language.columns.values().all(|head| !head.trim().is_empty()), "{tag}: an empty column head");
    }
}

#[test]
fn every_text_of_the_definitions_is_translated() {
    let catalogue = loaded();
    let sources = sources(&catalogue);
    assert!(sources.len() > 150, "only {} texts were found", sources.len());
    for (tag, language) in catalogue.languages.iter().filter(|(tag, _)| *tag != "en") {
        let missing: Vec<&String> = sources.iter().filter(|text| !language.texts.contains_key(*text)).collect();
        assert!(missing.is_empty(), "{tag}: no translation of {missing:#?}");
        assert!(language.texts.values().all(|text| !text.trim().is_empty()), "{tag}: an empty translation");
    }
}

/// Nothing is released that was not read back: a drawing or a table that says something else stops the run.
#[test]
fn every_edition_can_be_issued_in_every_language() {
    let desk = Desk::demo(300);
    for tag in loaded().languages.keys() {
        for (edition, period, unit) in [
            ("cfo-monthly", "2026-10", "ALL"),
            ("board-quarterly", "2026-Q3", "ALL"),
            ("it-variance-monthly", "2026-10", "HQ"),
            ("exceptions-nightly", "2026-10-31", "ALL"),
            ("data-notice", "2026-10", "ALL"),
        ] {
            let arguments = ["run", edition, "--period", period, "--unit", unit, "--dry-run"];
            let run = muster_with(desk.root(), &arguments, &[("MUSTER__REPORTING__LANGUAGE", tag)]);
            assert!(run.status.success(), "{edition} in {tag}: {}", said(&run));
        }
    }
}

#[test]
fn a_text_without_a_translation_stays_as_it_is() {
    let catalogue = loaded();
    let german = &catalogue.languages["de"];
    assert_eq!(german.text("Inventory accuracy"), "Bestandsgenauigkeit");
    assert_eq!(german.text("Spend on parrots"), "Spend on parrots");
    assert_eq!(catalogue.languages["en"].text("Inventory accuracy"), "Inventory accuracy");
}

/// All English texts that definitions hand to readers.
fn sources(catalogue: &Catalogue) -> BTreeSet<String> {
    let mut all: Vec<String> = Vec::new();
    for kpi in &catalogue.kpis {
        all.extend([kpi.name.clone(), kpi.question.clone(), kpi.definition.clone()]);
        all.extend(kpi.notes.iter().cloned());
        all.extend(kpi.formula.absent_because.clone());
        all.extend(kpi.impact.iter().map(|impact| impact.words.clone()));
        all.extend(kpi.exceptions.iter().map(|list| list.title.clone()));
        all.extend(kpi.targets.iter().filter_map(|target| target.source.clone()));
        for companion in kpi.companions.values() {
            all.push(companion.about.clone());
            all.extend(companion.absent_because.clone());
        }
    }
    for edition in catalogue.editions.values() {
        all.push(edition.title.clone());
        for list in edition.lists.values() {
            all.extend([list.title.clone(), list.sheet.clone(), list.empty.clone()]);
            all.extend(list.lead.clone());
            all.extend(list.columns.iter().map(|column| column.head.clone()));
        }
    }
    // The members of the dimensions that have a fixed vocabulary.
    let dimensions: BTreeSet<&String> = catalogue.kpis.iter().filter_map(|kpi| kpi.dimension.as_ref()).collect();
    for contract in catalogue.contracts.values() {
        for (_, column) in contract.columns.iter().filter(|(name, _)| dimensions.contains(name)) {
            if column.kind == ColumnType::Enum {
                all.extend(column.values.iter().cloned());
            }
        }
    }
    all.into_iter().collect()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn loaded() -> Catalogue {
    Catalogue::load(&definitions::read(None).expect("definitions")).expect("a catalogue")
}

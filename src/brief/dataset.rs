//! One dataset as of a day, apart from any figures.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Extracts, Feeds, Known, Question};
use crate::catalogue::Catalogue;
use crate::quality::Feed;

/// A dataset as of a day, read as it is for figures; [`needed`] says what has to be pulled for it.
#[must_use]
pub fn dataset(question: &Question<'_>, extracts: &Extracts, dataset: &str, on: NaiveDate) -> Feed {
    Feeds::new(question, extracts, Known::default()).feed(dataset, on)
}

/// The dataset, and those that its sources look values up in, however far.
#[must_use]
pub fn needed(catalogue: &Catalogue, dataset: &str) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut open = vec![dataset.to_owned()];
    while let Some(dataset) = open.pop() {
        if needed.insert(dataset.clone()) {
            open.extend(joined(catalogue, &dataset));
        }
    }
    needed
}

/// Datasets in which the sources of a dataset look values up.
fn joined(catalogue: &Catalogue, dataset: &str) -> BTreeSet<String> {
    let sources = catalogue.sources.values().filter(|source| source.dataset == dataset);
    sources.flat_map(|source| source.joins.values()).filter_map(|join| join.dataset.clone()).collect()
}

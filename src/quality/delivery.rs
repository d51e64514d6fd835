//! Deliveries: what came of a dataset for one period, and before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Evening;
use crate::catalogue::{Contract, DatasetKind};
use crate::conform::FileShape;

/// The files that came together: one night of a snapshot or reference, one period's nights of a ledger.
#[derive(Debug, Clone, Default)]
pub struct Delivery<'a> {
    pub files: Vec<&'a FileShape>,
}

/// All deliveries of a dataset.
#[derive(Debug)]
pub struct Deliveries<'a> {
    /// What the period rests on.
    pub own: Delivery<'a>,
    /// What came before, the newest first.
    pub earlier: Vec<Delivery<'a>>,
}

impl Delivery<'_> {
    pub fn read(&self) -> u64 {
        self.files.iter().map(|file| file.read).sum()
    }

    pub fn headers(&self) -> BTreeSet<&str> {
        self.files.iter().flat_map(|file| &file.headers).map(String::as_str).collect()
    }

    /// Empty cells of a column, and the rows of the files that have it.
    pub fn nulls(&self, column: &str) -> Option<(u64, u64)> {
        let (nulls, rows) = self
            .files
            .iter()
            .filter_map(|file| Some((*file.nulls.get(column)?, file.rows)))
            .fold((0, 0), |(nulls, rows), (more, of)| (nulls + more, rows + of));
        (rows > 0).then_some((nulls, rows))
    }

    /// Where to look first.
    pub fn file(&self) -> Option<&str> {
        self.files.first().map(|file| file.file.as_str())
    }
}

/// The deliveries of a dataset up to the period's end; none where nothing came for the period.
pub fn deliveries<'a>(evening: &'a Evening<'_>, contract: &Contract) -> Option<Deliveries<'a>> {
    let mut groups: BTreeMap<NaiveDate, Delivery<'a>> = BTreeMap::new();
    let night = *evening.cleared.nights.get(&contract.dataset)?;
    let own = match contract.kind {
        DatasetKind::Snapshot | DatasetKind::Reference => night,
        DatasetKind::Ledger => evening.spans.last()?.0,
    };
    for ((_, of), conformed) in evening.of(&contract.dataset).filter(|((_, of), _)| *of <= night) {
        for shape in &conformed.shapes {
            let group = match contract.kind {
                DatasetKind::Snapshot | DatasetKind::Reference => Some(*of),
                DatasetKind::Ledger => {
                    let spans = evening.spans.iter();
                    spans
                        .filter(|(first, last)| (*first..=*last).contains(&shape.night))
                        .map(|(first, _)| *first)
                        .next()
                }
            };
            if let Some(group) = group {
                groups.entry(group).or_default().files.push(shape);
            }
        }
    }
    let own = groups.remove(&own)?;
    Some(Deliveries { own, earlier: groups.into_values().rev().collect() })
}

//! The close of a period: which feeds came, whose units there are, and the tables, once anybody asks for rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::NaiveDate;

use super::feeds::{Feeds, Known};
use super::{BriefError, Extracts, Question};
use crate::period::Period;
use crate::quality::{Cleared, UnitTree};

/// A period's end.
#[derive(Debug)]
pub struct Closing {
    /// Missing datasets and why.
    pub missing: BTreeMap<String, String>,
    /// The newest night of each present dataset.
    pub nights: BTreeMap<String, NaiveDate>,
    pub units: UnitTree,
    /// Fingerprints of the facts' rows, by fact.
    pub rows: BTreeMap<String, String>,
    month: Period,
    extracts: Extracts,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Read {
    known: Known,
    tables: Option<Arc<Cleared>>,
}

impl Closing {
    /// Keeps of the extracts what stands for the period's end, and lets go of the others' bytes.
    pub(super) fn new(
        month: Period,
        outline: &Cleared,
        rows: BTreeMap<String, String>,
        tables: Option<Cleared>,
        extracts: &Extracts,
        mut known: Known,
        last_day: NaiveDate,
    ) -> Self {
        known.forget_but(last_day);
        let mut extracts = extracts.clone();
        for (dataset, nights) in &mut extracts {
            let stands = known.nights(dataset, last_day);
            for (_, files) in nights.iter_mut().filter(|(night, _)| !stands.contains(night)) {
                for file in files {
                    file.bytes = Bytes::new();
                }
            }
        }
        let Cleared { missing, nights, units, .. } = outline.clone();
        let read = Mutex::new(Read { known, tables: tables.map(Arc::new) });
        Self { missing, nights, units, rows, month, extracts, read }
    }

    /// The tables of some datasets, conformed and cleared unless they have been.
    ///
    /// # Errors
    /// The engine refuses a table, or a delivery that an earlier run has read cannot be read.
    pub fn tables(&self, question: &Question<'_>, datasets: &BTreeSet<String>) -> Result<Arc<Cleared>, BriefError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tables) = &read.tables
            && datasets.iter().all(|dataset| tables.tables.contains_key(dataset))
        {
            return Ok(Arc::clone(tables));
        }
        let held = read.tables.take();
        let had = held.iter().flat_map(|tables| tables.tables.keys());
        let wanted: BTreeSet<String> = datasets.iter().chain(had).cloned().collect();
        let mut feeds = Feeds::new(question, &self.extracts, std::mem::take(&mut read.known));
        let tables = feeds.tables(self.month, &wanted, held.as_deref());
        read.known = feeds.into_known();
        let tables = Arc::new(tables?);
        read.tables = Some(Arc::clone(&tables));
        Ok(tables)
    }
}

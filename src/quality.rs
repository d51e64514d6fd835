//! Quality: what has to hold between datasets before anything is measured, and what is said where it
//! does not: feeds that are missing, units that nobody knows, a unit tree that is none. And the gate: the
//! rules that decide whether the figures of a period may go out.

mod check;
mod clear;
mod compare;
mod delivery;
mod footprint;
mod gate;
mod known;
mod rows;
mod units;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::conform::{Conformed, Table};
use crate::finding::Finding;

pub use check::check;
pub use clear::{clear, cleared_by, outline};
pub use footprint::footprints;
pub use gate::{Evening, about_deliveries, about_rows, gate, referred};
pub use units::{Unit, UnitTree};
pub use verdict::{Broken, Judgement, Verdict, judge};

/// A dataset as of one evening, or why there is none.
#[derive(Debug, Clone)]
pub enum Feed {
    Present {
        conformed: Arc<Conformed>,
        /// The newest night in it.
        night: NaiveDate,
    },
    Missing {
        because: String,
        /// What to do.
        hint: String,
    },
}

/// What to do about a feed that did not come.
const UNDELIVERED: &str = "deliver it in the canonical layout, or map another system's export (muster import); the KPIs \
                           that need it are not measured until then";

impl Feed {
    /// A feed that did not come.
    #[must_use]
    pub fn missing(because: String) -> Self {
        Self::Missing { because, hint: UNDELIVERED.to_owned() }
    }
}

/// Tables fit to be measured as of the close of one month.
#[derive(Debug, Clone)]
pub struct Cleared {
    /// By dataset; a missing feed stands as an empty table.
    pub tables: BTreeMap<String, Table>,
    /// Missing datasets and why.
    pub missing: BTreeMap<String, String>,
    /// The newest night of each present dataset.
    pub nights: BTreeMap<String, NaiveDate>,
    pub units: UnitTree,
    /// About each feed and about the tree of units.
    pub findings: Vec<Finding>,
    /// What putting the feeds together showed: units and classes that nobody described.
    pub noticed: Vec<Finding>,
    /// What each present dataset was before its units were mapped.
    origins: BTreeMap<String, Arc<Conformed>>,
}

impl Cleared {
    /// Whether a dataset's table is the other's: of the same delivery, mapped onto the same units.
    #[must_use]
    pub fn shares(&self, dataset: &str, other: &Self) -> bool {
        let (own, others) = (self.origins.get(dataset), other.origins.get(dataset));
        own.zip(others).is_some_and(|(own, other)| Arc::ptr_eq(own, other)) && self.units == other.units
    }

    /// Datasets without a row, for planning.
    #[must_use]
    pub fn of_empty(tables: BTreeMap<String, Table>) -> Self {
        let (missing, nights, origins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (units, findings, noticed) = (UnitTree::default(), Vec::new(), Vec::new());
        Self { tables, missing, nights, units, findings, noticed, origins }
    }
}

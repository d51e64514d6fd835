//! Quality: what has to hold between datasets before anything is measured, and what is said where it
//! does not: feeds that are missing, units that nobody knows, a unit tree that is none.

mod footprint;
mod gate;
mod units;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use polars::prelude::DataFrame;

use crate::conform::Conformed;
use crate::finding::Finding;

pub use footprint::footprint;
pub use gate::gate;
pub use units::{Unit, UnitTree};

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

impl Feed {
    /// A feed that did not come.
    #[must_use]
    pub fn missing(because: String) -> Self {
        Self::Missing { because, hint: "deliver it; the KPIs that need it are not measured until then".to_owned() }
    }
}

/// Tables fit to be measured as of the close of one month.
#[derive(Debug, Clone)]
pub struct Cleared {
    /// By dataset; a missing feed stands as an empty table.
    pub tables: BTreeMap<String, DataFrame>,
    /// Missing datasets and why.
    pub missing: BTreeMap<String, String>,
    /// The newest night of each present dataset.
    pub nights: BTreeMap<String, NaiveDate>,
    pub units: UnitTree,
    pub findings: Vec<Finding>,
}

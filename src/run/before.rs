//! Before: what was published and told before a run, which it is compared with.

use crate::app::App;
use crate::brief;
use crate::catalogue::{Edition, EditionKind};
use crate::io::ledger::RunKey;
use crate::io::published::{self, Issues};
use crate::io::store::{Store, StoreError};
use crate::period::Period;
use crate::score::crossing::Open;
use crate::score::restate::Published;

/// What was published and told before a run.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// The issues compared with: the newest revision of each period.
    pub issues: Issues,
    pub published: Vec<Published>,
    /// Crossings that readers know of.
    pub open: Open,
}

/// Which earlier issues count: those of measured periods; of crossings the last one before the period.
///
/// # Errors
/// The store does not answer.
pub async fn issues(
    app: &App,
    store: &Store,
    edition: &Edition,
    unit: &str,
    period: Period,
) -> Result<Issues, StoreError> {
    let mut issues = published::issues(store, &edition.id, unit).await?;
    match edition.kind {
        EditionKind::Report => {
            let measured = brief::periods(period, app.settings.reporting.history);
            issues.retain(|period, _| measured.contains(period));
        }
        EditionKind::Crossings => {
            let mut last = Issues::new();
            for (period, revision) in issues.range(..period).rev() {
                let run = RunKey {
                    edition: edition.id.clone(),
                    period: *period,
                    scope: unit.to_owned(),
                    revision: *revision,
                };
                // What did not reach its readers they do not know.
                if store.find(&run.key("settled.json")).await?.is_some() {
                    last.insert(*period, *revision);
                    break;
                }
            }
            issues = last;
        }
        EditionKind::Notice => issues.clear(),
    }
    Ok(issues)
}

/// Reads those issues.
///
/// # Errors
/// The store does not answer.
pub async fn before(store: &Store, edition: &Edition, unit: &str, issues: Issues) -> Result<Before, StoreError> {
    let mut before = Before { issues, ..Before::default() };
    match edition.kind {
        EditionKind::Report => {
            before.published = published::scorecards(store, &edition.id, unit, &before.issues).await?;
        }
        EditionKind::Crossings => before.open = published::told(store, &edition.id, unit, &before.issues).await?,
        EditionKind::Notice => {}
    }
    Ok(before)
}

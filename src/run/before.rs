//! Before: what was published and told before a run, which it is compared with.

use futures::{StreamExt, TryStreamExt};

use crate::app::App;
use crate::brief;
use crate::catalogue::{Edition, EditionKind};
use crate::deliver::safe_name;
use crate::io::ledger::RunKey;
use crate::io::published::{self, Issues};
use crate::io::store::{Store, StoreError};
use crate::period::Period;
use crate::score::crossing::Open;
use crate::score::restate::Published;

/// Units whose earlier issues are read at once.
const CONCURRENCY: usize = 8;

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
    let issues = published::issues(store, &edition.id, unit).await?;
    counted(app, store, edition, (unit, period), issues).await
}

/// What was published and told before a run of each of the units: what lies in the store is listed once for all.
///
/// # Errors
/// The store does not answer.
pub async fn before_each(
    app: &App,
    store: &Store,
    edition: &Edition,
    units: &[&str],
    period: Period,
) -> Result<Vec<Before>, StoreError> {
    let published = &published::issues_by_folder(store, &edition.id).await?;
    let before = |unit: &'_ &str| {
        let unit = (*unit).to_owned();
        async move {
            let issues = published.get(&safe_name(&unit)).cloned().unwrap_or_default();
            let issues = counted(app, store, edition, (&unit, period), issues).await?;
            before(store, edition, &unit, issues).await
        }
    };
    futures::stream::iter(units.iter().map(before).collect::<Vec<_>>()).buffered(CONCURRENCY).try_collect().await
}

async fn counted(
    app: &App,
    store: &Store,
    edition: &Edition,
    (unit, period): (&str, Period),
    mut issues: Issues,
) -> Result<Issues, StoreError> {
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

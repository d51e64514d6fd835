//! What has been published before: scorecards and footprints of earlier periods, and what readers were told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::store::{Store, StoreError};
use crate::deliver::safe_name;
use crate::period::Period;
use crate::score::crossing::Open;
use crate::score::restate::{Figure, Footprint, Published, Retold};

/// The document that says what the feeds of a period said.
pub const EVIDENCE: &str = "evidence.json";
/// The document that says which crossings readers know of.
pub const CROSSINGS: &str = "crossings.json";
const SCORECARD: &str = "scorecard.json";

/// Published issues of an edition for a scope: the revision by period.
pub type Issues = BTreeMap<Period, u32>;

/// `evidence.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedEvidence {
    pub period: Period,
    pub feeds: BTreeMap<String, Footprint>,
    /// Earlier periods that the issue restates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retold: BTreeMap<Period, Retold>,
}

/// The part of `scorecard.json` that is compared.
#[derive(Deserialize)]
struct Card {
    rows: Vec<CardRow>,
}

#[derive(Deserialize)]
struct CardRow {
    kpi: String,
    companion: String,
    business_unit: String,
    dimension: String,
    #[serde(flatten)]
    figure: Figure,
}

/// The newest revision of each period published of an edition for a scope.
///
/// # Errors
/// The store does not answer.
pub async fn issues(store: &Store, edition: &str, scope: &str) -> Result<Issues, StoreError> {
    let root = format!("published/{}", safe_name(edition));
    let mut newest = Issues::new();
    for listed in store.list(&root).await? {
        let rest = listed.key.strip_prefix(&root).unwrap_or_default().trim_start_matches('/');
        let parts: Vec<&str> = rest.split('/').collect();
        let [period, unit, revision, document] = parts.as_slice() else { continue };
        let (Ok(period), Some(Ok(revision))) = (period.parse(), revision.strip_prefix('r').map(str::parse::<u32>))
        else {
            continue;
        };
        if *unit == safe_name(scope) && matches!(*document, SCORECARD | CROSSINGS) {
            newest.entry(period).and_modify(|known| *known = revision.max(*known)).or_insert(revision);
        }
    }
    Ok(newest)
}

fn key(edition: &str, scope: &str, (period, revision): (Period, u32), name: &str) -> String {
    format!("published/{}/{period}/{}/r{revision}/{name}", safe_name(edition), safe_name(scope))
}

/// Reads the published figures of the given issues, oldest first; one that cannot be read is left out with a word
/// in the log. A figure that a later issue has restated stands as that one told it.
///
/// # Errors
/// The store does not answer.
pub async fn scorecards(
    store: &Store,
    edition: &str,
    scope: &str,
    issues: &Issues,
) -> Result<Vec<Published>, StoreError> {
    let mut published: Vec<Published> = Vec::new();
    for issue in issues.iter().map(|(period, revision)| (*period, *revision)) {
        let Some(card) = read::<Card>(store, &key(edition, scope, issue, SCORECARD)).await? else { continue };
        let evidence = read::<FeedEvidence>(store, &key(edition, scope, issue, EVIDENCE)).await?;
        let headline =
            |row: &CardRow| row.companion.is_empty() && row.dimension.is_empty() && row.business_unit == scope;
        let (feeds, retold) = evidence.map(|evidence| (evidence.feeds, evidence.retold)).unwrap_or_default();
        for (period, retold) in retold {
            if let Some(earlier) = published.iter_mut().find(|earlier| earlier.period == period) {
                earlier.figures.extend(retold.figures);
                earlier.feeds = retold.feeds;
            }
        }
        published.push(Published {
            period: issue.0,
            revision: issue.1,
            figures: card.rows.into_iter().filter(headline).map(|row| (row.kpi, row.figure)).collect(),
            feeds,
        });
    }
    Ok(published)
}

/// What readers know of since the last of the issues.
///
/// # Errors
/// The store does not answer.
pub async fn told(store: &Store, edition: &str, scope: &str, issues: &Issues) -> Result<Open, StoreError> {
    let Some((period, revision)) = issues.last_key_value() else { return Ok(Open::new()) };
    Ok(read(store, &key(edition, scope, (*period, *revision), CROSSINGS)).await?.unwrap_or_default())
}

async fn read<T: serde::de::DeserializeOwned>(store: &Store, key: &str) -> Result<Option<T>, StoreError> {
    if store.find(key).await?.is_none() {
        return Ok(None);
    }
    let bytes = store.get(key).await?;
    match serde_json::from_slice(&bytes) {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            tracing::warn!(key, error = %error, "a published document cannot be read and is not compared");
            Ok(None)
        }
    }
}

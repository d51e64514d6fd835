//! What has been published before: scorecards and footprints of earlier periods, and what readers were told.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::store::{Store, StoreError};
use crate::conform::Account;
use crate::deliver::safe_name;
use crate::period::Period;
use crate::readback::{self, Headline};
use crate::score::crossing::Open;
use crate::score::restate::{Figure, Footprint, Published, Retold};

/// The document that says what the feeds of a period said.
pub const EVIDENCE: &str = "evidence.json";
/// The document that says which crossings readers know of.
pub const CROSSINGS: &str = "crossings.json";
/// The document that says what an issue is.
pub const ISSUE: &str = "issue.json";
const SCORECARD: &str = "scorecard.parquet";

/// The folder of everything published.
pub const ROOT: &str = "published";
/// The one object that is written again and again: what lies in [`ROOT`], as a page.
pub const INDEX: &str = "published/index.html";

/// Objects read at once.
const CONCURRENCY: usize = 16;

/// `issue.json`: what an issue is, as its readers were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRecord {
    pub edition: String,
    /// The edition's title in the issue's language.
    pub title: String,
    pub period: Period,
    /// `ALL` or a business unit.
    pub unit: String,
    /// The unit's name.
    pub label: String,
    /// The units above it, topmost first.
    pub above: Vec<NamedUnit>,
    pub revision: u32,
    pub language: String,
    /// `Final`, `PROVISIONAL` or `RESTATED`.
    pub state: String,
    /// What qualified its figures, by unit and what was wrong.
    pub caveats: BTreeSet<String>,
    /// What had been noticed in its data, by dataset, kind and column.
    pub findings: BTreeSet<String>,
}

/// A business unit and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedUnit {
    pub unit: String,
    pub label: String,
}

/// An issue as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// Name of the edition's folder.
    pub edition: String,
    pub period: Period,
    /// Name of the unit's folder.
    pub unit: String,
    pub revision: u32,
    /// Names below the revision's folder, e.g. `report.pdf`, `de/report.pdf`.
    pub files: Vec<String>,
    /// Absent in issues of earlier versions.
    pub record: Option<IssueRecord>,
}

/// Everything below [`ROOT`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelves {
    /// By edition, period, unit and revision.
    pub issues: Vec<Shelved>,
    /// Keys that belong to no issue.
    pub strangers: Vec<String>,
}

/// Published issues of an edition for a scope: the revision by period.
pub type Issues = BTreeMap<Period, u32>;

/// `evidence.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedEvidence {
    pub period: Period,
    pub feeds: BTreeMap<String, Footprint>,
    /// Where the rows of each feed went, a feed of which none could be used included; absent in earlier versions.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// Earlier periods that the issue restates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retold: BTreeMap<Period, Retold>,
}

/// The newest revision of each period published of an edition for a scope.
///
/// # Errors
/// The store does not answer.
pub async fn issues(store: &Store, edition: &str, scope: &str) -> Result<Issues, StoreError> {
    Ok(issues_by_folder(store, edition).await?.remove(&safe_name(scope)).unwrap_or_default())
}

/// The same for every scope, by the [`safe_name`] of the scope.
///
/// # Errors
/// The store does not answer.
pub async fn issues_by_folder(store: &Store, edition: &str) -> Result<BTreeMap<String, Issues>, StoreError> {
    let root = format!("published/{}", safe_name(edition));
    let mut newest: BTreeMap<String, Issues> = BTreeMap::new();
    for listed in store.list(&root).await? {
        let rest = listed.key.strip_prefix(&root).unwrap_or_default().trim_start_matches('/');
        let parts: Vec<&str> = rest.split('/').collect();
        let [period, unit, revision, document] = parts.as_slice() else { continue };
        let (Ok(period), Some(Ok(revision))) = (period.parse(), revision.strip_prefix('r').map(str::parse::<u32>))
        else {
            continue;
        };
        if matches!(*document, SCORECARD | CROSSINGS) {
            let of_unit = newest.entry((*unit).to_owned()).or_default();
            of_unit.entry(period).and_modify(|known| *known = revision.max(*known)).or_insert(revision);
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
        let headlines = |bytes: &[u8]| readback::headlines(bytes, scope);
        let Some(card) = read_as(store, &key(edition, scope, issue, SCORECARD), headlines).await? else { continue };
        let evidence = read::<FeedEvidence>(store, &key(edition, scope, issue, EVIDENCE)).await?;
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
            figures: card.iter().map(|(kpi, headline)| (kpi.clone(), figure(headline))).collect(),
            statuses: card.into_iter().map(|(kpi, headline)| (kpi, headline.status)).collect(),
            feeds,
        });
    }
    Ok(published)
}

fn figure(headline: &Headline) -> Figure {
    Figure { value: headline.value, numerator: headline.numerator, denominator: headline.denominator }
}

/// What readers know of since the last of the issues.
///
/// # Errors
/// The store does not answer.
pub async fn told(store: &Store, edition: &str, scope: &str, issues: &Issues) -> Result<Open, StoreError> {
    let Some((period, revision)) = issues.last_key_value() else { return Ok(Open::new()) };
    Ok(read(store, &key(edition, scope, (*period, *revision), CROSSINGS)).await?.unwrap_or_default())
}

/// What an issue said of itself; `None` for one of an earlier version.
///
/// # Errors
/// The store does not answer.
pub async fn issue(
    store: &Store,
    edition: &str,
    scope: &str,
    issue: (Period, u32),
) -> Result<Option<IssueRecord>, StoreError> {
    read(store, &key(edition, scope, issue, ISSUE)).await
}

/// Every issue of every edition.
///
/// # Errors
/// The store does not answer.
pub async fn shelves(store: &Store) -> Result<Shelves, StoreError> {
    let mut issues: BTreeMap<(String, Period, String, u32), Vec<String>> = BTreeMap::new();
    let mut strangers = Vec::new();
    for listed in store.list(ROOT).await?.into_iter().filter(|listed| listed.key != INDEX) {
        match place(&listed.key) {
            Some((place, file)) => issues.entry(place).or_default().push(file),
            None => strangers.push(listed.key),
        }
    }
    let issues = futures::stream::iter(issues)
        .map(|((edition, period, unit, revision), files)| async move {
            let record = if files.iter().any(|file| file == ISSUE) {
                read(store, &format!("{ROOT}/{edition}/{period}/{unit}/r{revision}/{ISSUE}")).await?
            } else {
                None
            };
            Ok::<_, StoreError>(Shelved { edition, period, unit, revision, files, record })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(Shelves { issues, strangers })
}

/// Edition, period, unit and revision of an object, and its name below them.
fn place(key: &str) -> Option<((String, Period, String, u32), String)> {
    let mut parts = key.strip_prefix(ROOT)?.strip_prefix('/')?.splitn(5, '/');
    let (edition, period, unit) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let revision = parts.next()?.strip_prefix('r')?.parse().ok()?;
    Some(((edition.to_owned(), period, unit.to_owned(), revision), parts.next()?.to_owned()))
}

async fn read<T: serde::de::DeserializeOwned>(store: &Store, key: &str) -> Result<Option<T>, StoreError> {
    read_as(store, key, |bytes| serde_json::from_slice(bytes).map_err(|error| error.to_string())).await
}

/// A document, where it is there and can be read.
async fn read_as<T>(
    store: &Store,
    key: &str,
    read: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<Option<T>, StoreError> {
    let Some(bytes) = store.find(key).await? else { return Ok(None) };
    match read(&bytes) {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            tracing::warn!(key, error, "a published document cannot be read and is not compared");
            Ok(None)
        }
    }
}

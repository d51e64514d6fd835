//! Pull: which nights of which dataset are needed, and their bytes with checksums.

mod sources;
mod spool;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::store::{Listed, Store, StoreError};
use crate::catalogue::{Catalogue, Contract};
use crate::conform::{Evidence, RawFile};
use crate::finding::{Finding, Level};
use crate::ids::did_you_mean;

/// Requests under way at once.
const CONCURRENCY: usize = 8;

/// What lies in the store, by dataset and night.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub nights: BTreeMap<String, BTreeMap<NaiveDate, Vec<Found>>>,
    pub findings: Vec<Finding>,
}

/// A file of a dataset.
#[derive(Debug, Clone)]
pub struct Found {
    pub listed: Listed,
    /// The source that maps it; canonical without.
    pub source: Option<String>,
    /// The join of the source that looks values up in it.
    pub join: Option<String>,
}

/// Which nights stand for which dates.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// By dataset: the nights whose files are read, oldest first.
    pub nights: BTreeMap<String, BTreeSet<NaiveDate>>,
}

/// A fetched file with its evidence.
#[derive(Debug, Clone)]
pub struct Extract {
    pub file: RawFile,
    pub evidence: Evidence,
}

/// Lists `<extracts>/<dataset>/<YYYY-MM-DD>/<file>` and the files of every source.
///
/// # Errors
/// The store does not answer.
pub async fn inventory(store: &Store, extracts: &str, catalogue: &Catalogue) -> Result<Inventory, StoreError> {
    let mut inventory = Inventory::default();
    canonical(&mut inventory, store.list(extracts).await?, extracts, &catalogue.datasets());
    let mut listed = Vec::new();
    for folder in sources::folders(&catalogue.sources) {
        listed.extend(store.list(&folder).await?);
    }
    sources::add(&mut inventory, &listed, extracts, &catalogue.sources);
    Ok(inventory)
}

fn canonical(inventory: &mut Inventory, all: Vec<Listed>, extracts: &str, contracts: &BTreeMap<String, Contract>) {
    let mut strangers = BTreeSet::new();
    for listed in all {
        let rest = listed.key.strip_prefix(extracts).unwrap_or(&listed.key).trim_start_matches('/');
        let parts: Vec<&str> = rest.split('/').collect();
        let [dataset, night, file] = parts.as_slice() else {
            if parts.first().is_some_and(|first| contracts.contains_key(*first)) {
                inventory.findings.push(stray(&listed, "lies outside a night's folder"));
            }
            continue;
        };
        if !contracts.contains_key(*dataset) {
            strangers.insert((*dataset).to_owned());
            continue;
        }
        let Ok(night) = night.parse::<NaiveDate>() else {
            inventory.findings.push(stray(&listed, &format!("lies in `{night}`, which is no date")));
            continue;
        };
        // Hidden files are what editors and upload tools leave behind.
        if !file.starts_with(['.', '_']) {
            let nights = inventory.nights.entry((*dataset).to_owned()).or_default();
            nights.entry(night).or_default().push(Found { listed, source: None, join: None });
        }
    }
    for stranger in strangers {
        let hint = did_you_mean(&stranger, contracts.keys().map(String::as_str));
        inventory.findings.push(Finding::dataset(
            Level::Warning,
            "dataset_unknown",
            &stranger,
            format!("the folder `{stranger}` is no dataset of any contract{hint} and is not read"),
            "rename the folder, or remove it",
        ));
    }
}

fn stray(listed: &Listed, why: &str) -> Finding {
    Finding::dataset(
        Level::Warning,
        "file_misplaced",
        "",
        format!("the file {why} and is not read"),
        "deliver it as <dataset>/<YYYY-MM-DD>/<file>",
    )
    .in_file(&listed.key)
}

impl Inventory {
    /// First night of each dataset.
    #[must_use]
    pub fn first_nights(&self) -> BTreeMap<String, NaiveDate> {
        self.nights.iter().filter_map(|(dataset, nights)| Some((dataset.clone(), *nights.keys().next()?))).collect()
    }

    /// The nights needed to judge at each of `dates`.
    #[must_use]
    pub fn choose(&self, catalogue: &Catalogue, dates: &[NaiveDate]) -> Choice {
        self.choose_of(catalogue, &catalogue.contracts.keys().cloned().collect(), dates)
    }

    /// The same of some datasets only.
    #[must_use]
    pub fn choose_of(&self, catalogue: &Catalogue, datasets: &BTreeSet<String>, dates: &[NaiveDate]) -> Choice {
        let mut choice = Choice::default();
        for dataset in datasets {
            let Some(contract) = catalogue.contract(dataset) else { continue };
            let chosen = choice.nights.entry(dataset.clone()).or_default();
            let Some(nights) = self.nights.get(dataset) else { continue };
            for date in dates {
                let source_of = |found: &Found| found.source.clone().unwrap_or_default();
                let standing = contract.standing(nights, *date, &catalogue.sources, source_of);
                chosen.extend(standing.into_iter().flat_map(|standing| standing.nights.into_values()).flatten());
            }
        }
        choice
    }
}

/// Bytes whose sum is taken while the others are fetched; that of fewer is taken sooner than handed over.
const MANY_BYTES: usize = 1 << 20;

/// SHA-256 in hexadecimal digits.
async fn checksum(bytes: &Bytes) -> Result<String, String> {
    if bytes.len() < MANY_BYTES {
        return Ok(hex::encode(Sha256::digest(bytes)));
    }
    let bytes = bytes.clone();
    let sum = tokio::task::spawn_blocking(move || hex::encode(Sha256::digest(&bytes))).await;
    sum.map_err(|error| error.to_string())
}

/// Fetches the chosen nights' files, a few at a time, in the order of dataset, night and name. One of more than
/// `most_bytes` is not fetched: whoever decodes it says so.
///
/// # Errors
/// The store does not answer, or an object's size is not what was listed (truncated: worth a retry).
pub async fn pull(
    store: &Store,
    inventory: &Inventory,
    choice: &Choice,
    most_bytes: u64,
    fetched: &(dyn Fn(&Evidence) + Sync),
) -> Result<Vec<Extract>, StoreError> {
    let wanted: Vec<(String, NaiveDate, Found)> = choice
        .nights
        .iter()
        .flat_map(|(dataset, nights)| {
            nights.iter().flat_map(move |night| {
                let files = inventory.nights.get(dataset).and_then(|all| all.get(night));
                files.into_iter().flatten().map(move |found| (dataset.clone(), *night, found.clone()))
            })
        })
        .collect();
    futures::stream::iter(wanted)
        .map(|(dataset, night, found)| async move {
            let Found { listed, source, join } = found;
            let withheld = (listed.bytes > most_bytes).then_some(listed.bytes);
            let (bytes, sha256) = if withheld.is_some() {
                (Bytes::new(), String::new())
            } else if listed.bytes > spool::SPOOLED {
                spool::spool(store, &listed).await?
            } else {
                let bytes = store.get(&listed.key).await?;
                let sha256 =
                    checksum(&bytes).await.map_err(|why| StoreError::Request { key: listed.key.clone(), why })?;
                (bytes, sha256)
            };
            if withheld.is_none() && bytes.len() as u64 != listed.bytes {
                return Err(StoreError::Request {
                    why: format!(
                        "{} bytes came, {} were listed: it is being written, or was cut short",
                        bytes.len(),
                        listed.bytes
                    ),
                    key: listed.key,
                });
            }
            let evidence = Evidence {
                dataset,
                night,
                key: listed.key.clone(),
                bytes: listed.bytes,
                sha256,
                source: source.clone(),
                join: join.clone(),
            };
            fetched(&evidence);
            let sha256 = evidence.sha256.clone();
            Ok(Extract { file: RawFile { key: listed.key, night, bytes, sha256, source, join, withheld }, evidence })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

//! Pull: which nights of which dataset are needed, and their bytes with checksums.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::store::{Listed, Store, StoreError};
use crate::catalogue::{Contract, DatasetKind};
use crate::conform::{Evidence, RawFile};
use crate::finding::{Finding, Level};
use crate::ids::did_you_mean;

/// Requests under way at once.
const CONCURRENCY: usize = 8;

/// What lies in the store, by dataset and night.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub nights: BTreeMap<String, BTreeMap<NaiveDate, Vec<Listed>>>,
    pub findings: Vec<Finding>,
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

/// Lists `<extracts>/<dataset>/<YYYY-MM-DD>/<file>`.
///
/// # Errors
/// The store does not answer.
pub async fn inventory(
    store: &Store,
    extracts: &str,
    contracts: &BTreeMap<String, Contract>,
) -> Result<Inventory, StoreError> {
    let mut inventory = Inventory::default();
    let mut strangers = BTreeSet::new();
    for listed in store.list(extracts).await? {
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
            inventory.nights.entry((*dataset).to_owned()).or_default().entry(night).or_default().push(listed);
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
    Ok(inventory)
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
    pub fn choose(&self, contracts: &BTreeMap<String, Contract>, dates: &[NaiveDate]) -> Choice {
        let mut choice = Choice::default();
        for (dataset, contract) in contracts {
            let chosen = choice.nights.entry(dataset.clone()).or_default();
            match contract.kind {
                // The whole history: rows that arrive late restate what they belong to.
                DatasetKind::Ledger => chosen.extend(self.nights.get(dataset).into_iter().flat_map(BTreeMap::keys)),
                DatasetKind::Snapshot | DatasetKind::Reference => {
                    if let Some(nights) = self.nights.get(dataset) {
                        chosen.extend(dates.iter().filter_map(|date| contract.night_for(nights, *date)));
                    }
                }
            }
        }
        choice
    }
}

/// Fetches the chosen nights' files, a few at a time, in the order of dataset, night and name.
///
/// # Errors
/// The store does not answer, or an object's size is not what was listed (truncated: worth a retry).
pub async fn pull(
    store: &Store,
    inventory: &Inventory,
    choice: &Choice,
    fetched: &(dyn Fn(&Evidence) + Sync),
) -> Result<Vec<Extract>, StoreError> {
    let wanted: Vec<(String, NaiveDate, Listed)> = choice
        .nights
        .iter()
        .flat_map(|(dataset, nights)| {
            nights.iter().flat_map(move |night| {
                let files = inventory.nights.get(dataset).and_then(|all| all.get(night));
                files.into_iter().flatten().map(move |listed| (dataset.clone(), *night, listed.clone()))
            })
        })
        .collect();
    futures::stream::iter(wanted)
        .map(|(dataset, night, listed)| async move {
            let bytes = store.get(&listed.key).await?;
            if bytes.len() as u64 != listed.bytes {
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
                sha256: hex::encode(Sha256::digest(&bytes)),
            };
            fetched(&evidence);
            Ok(Extract { file: RawFile { key: listed.key, night, bytes }, evidence })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

//! What runs keep for one another: objects under `cache/` in the store, each under its fingerprint, created once.
//!
//! Nothing depends on them: one that is gone, damaged or cannot be read is computed again, and the folder may be
//! emptied at any time.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use tokio::runtime::Handle;

use super::store::{Store, StoreError};
use crate::kept::{Kept, opened, sealed};

/// Where they lie.
const FOLDER: &str = "cache";

/// Requests under way at once: the objects are many and small, and each would wait for the store.
const CONCURRENCY: usize = 32;

/// The objects of a store, for whoever computes within a runtime of several threads.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Store,
    runtime: Handle,
    /// Whether anything is added.
    adds: bool,
}

impl Objects {
    /// The objects in a store; `adds` is false for whoever only looks.
    #[must_use]
    pub fn of(store: &Store, adds: bool) -> Self {
        Self { store: store.clone(), runtime: Handle::current(), adds }
    }

    /// Whoever computes waits on a thread of the runtime: its other tasks are handed over to another.
    fn wait<T>(&self, requests: impl Future<Output = T>) -> T {
        tokio::task::block_in_place(|| self.runtime.block_on(requests))
    }

    async fn find(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = format!("{FOLDER}/{name}");
        let Some(object) = self.store.find(&key).await? else { return Ok(None) };
        let value = opened(name, &object);
        if value.is_none() {
            tracing::warn!(key, "damaged: it is computed again each time until it is removed");
        }
        Ok(value)
    }

    async fn put(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let Some(object) = sealed(name, value) else { return Ok(()) };
        self.store.deposit(&format!("{FOLDER}/{name}"), object.into()).await
    }
}

impl Kept for Objects {
    fn recall(&self, names: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
        let found = futures::stream::iter(names).map(async |name| (name, self.find(name).await));
        let found: Vec<_> = self.wait(found.buffer_unordered(CONCURRENCY).collect());
        told("what earlier runs have kept cannot be read", found.iter().filter_map(|(_, found)| found.as_ref().err()));
        found.into_iter().filter_map(|(name, found)| Some((name.clone(), found.ok()??))).collect()
    }

    fn keep(&self, values: BTreeMap<String, Vec<u8>>) {
        if self.adds {
            let put = futures::stream::iter(&values).map(async |(name, value)| self.put(name, value).await);
            let put: Vec<_> = self.wait(put.buffer_unordered(CONCURRENCY).collect());
            told("nothing can be kept for later runs", put.iter().filter_map(|put| put.as_ref().err()));
        }
    }
}

/// Says once what went wrong with many objects: the run goes on without them.
fn told<'a>(what: &str, mut errors: impl Iterator<Item = &'a StoreError>) {
    if let Some(error) = errors.next() {
        tracing::warn!(objects = 1 + errors.count(), %error, "{what}: it is computed");
    }
}

//! What runs keep for one another: objects under `cache/` in the store, each under its fingerprint, created once.
//!
//! Nothing depends on them: one that is gone, damaged or cannot be read is computed again, and the folder may be
//! emptied at any time.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use tokio::runtime::Handle;

use super::store::Store;
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

    async fn find(&self, name: String) -> Option<(String, Vec<u8>)> {
        let key = format!("{FOLDER}/{name}");
        match self.store.find(&key).await {
            Ok(Some(object)) => {
                let value = opened(&name, &object);
                if value.is_none() {
                    tracing::warn!(key, "what was kept is damaged and is computed again");
                }
                Some((name, value?))
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(key, %error, "what was kept cannot be read and is computed again");
                None
            }
        }
    }

    async fn put(&self, name: String, value: Vec<u8>) {
        let key = format!("{FOLDER}/{name}");
        let Some(object) = sealed(&name, &value) else { return };
        if let Err(error) = self.store.deposit(&key, object.into()).await {
            tracing::debug!(key, %error, "it is not kept");
        }
    }
}

impl Kept for Objects {
    fn recall(&self, names: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
        let found = futures::stream::iter(names.iter().cloned()).map(|name| self.find(name));
        let found = found.buffer_unordered(CONCURRENCY).filter_map(std::future::ready);
        self.wait(found.collect())
    }

    fn keep(&self, values: BTreeMap<String, Vec<u8>>) {
        if self.adds {
            let put = futures::stream::iter(values).map(|(name, value)| self.put(name, value));
            self.wait(put.buffer_unordered(CONCURRENCY).collect::<()>());
        }
    }
}

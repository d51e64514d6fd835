//! Create-only writes: what has been written is never overwritten, and a retried write knows its own.

use std::time::Duration;

use bytes::Bytes;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions};

use super::{Store, StoreError, path, request};

/// Writes of one object before giving up, beyond the client's own retries.
const MOST_TRIES: u32 = 5;

/// Wait before the second write; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(50);

impl Store {
    /// Writes an object that must not exist yet.
    ///
    /// Whatever the store answers, the object itself says what happened: the same bytes are our own
    /// write (a retried request meets itself), other bytes are somebody else's, and where there is
    /// nothing the write is repeated (some stores report a conflict that wrote nothing).
    ///
    /// # Errors
    /// It exists with other bytes, or the store does not answer.
    pub async fn create(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..MOST_TRIES {
            match self.put(key, &bytes).await {
                Ok(()) => return Ok(()),
                Err(error @ (Error::NotImplemented { .. } | Error::NotSupported { .. })) => {
                    return Err(request(key, &error));
                }
                Err(_) => {}
            }
            if self.is_ours(key, &bytes).await? {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        match self.put(key, &bytes).await {
            Ok(()) => Ok(()),
            Err(error) => {
                if self.is_ours(key, &bytes).await? {
                    return Ok(());
                }
                Err(request(key, &error))
            }
        }
    }

    /// Writes an object that nothing depends on, unless there is one: whether it is there later does not matter.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn deposit(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        match self.put(key, &bytes).await {
            Ok(()) | Err(Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(request(key, &error)),
        }
    }

    /// Removes an object of the start-up probe; a leftover does no harm.
    pub(super) async fn remove(&self, key: &str) {
        if let Ok(path) = path(key) {
            self.inner.delete(&path).await.ok();
        }
    }

    pub(super) async fn put(&self, key: &str, bytes: &Bytes) -> Result<(), Error> {
        let path = path(key).map_err(|error| Error::Generic { store: "store", source: Box::new(error) })?;
        if self.single_worker {
            // Nobody else writes: looking first is enough.
            return match self.inner.head(&path).await {
                Ok(_) => Err(Error::AlreadyExists { path: key.to_owned(), source: "it is there".into() }),
                Err(Error::NotFound { .. }) => self.inner.put(&path, bytes.clone().into()).await.map(drop),
                Err(error) => Err(error),
            };
        }
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        self.inner.put_opts(&path, bytes.clone().into(), options).await.map(drop)
    }

    async fn is_ours(&self, key: &str, bytes: &Bytes) -> Result<bool, StoreError> {
        match self.find(key).await? {
            Some(found) if found == bytes => Ok(true),
            Some(_) => Err(StoreError::Exists { key: key.to_owned() }),
            None => Ok(false),
        }
    }
}

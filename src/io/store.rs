//! The store: a folder, S3-compatible, Azure or GCS, chosen by the URL in the settings.

mod create;
mod probe;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, GetOptions, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};
use url::Url;

use crate::settings;

/// What a bucket says a document is, so that a browser shows it; a folder goes by the suffix itself.
const CONTENT_TYPES: [(&str, &str); 6] = [
    ("html", "text/html; charset=utf-8"),
    ("txt", "text/plain; charset=utf-8"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("parquet", "application/vnd.apache.parquet"),
];

/// An opened store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    /// Nobody else writes here: create-only need not be the store's promise.
    single_worker: bool,
}

/// An object with the time at which the store says it was written.
#[derive(Debug, Clone)]
pub struct Stamped {
    pub bytes: Bytes,
    pub modified: DateTime<Utc>,
}

/// An object as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub bytes: u64,
    /// When it was last written.
    pub modified: chrono::DateTime<chrono::Utc>,
    /// What tells this writing of the object from another, where the store says so.
    pub tag: Option<String>,
}

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "`store.url` is `{url}`: {why}\nhint: use file:///path, s3://bucket/prefix, az://container/prefix or gs://bucket/prefix"
    )]
    Url { url: String, why: String },
    #[error("the folder `{path}` of `store.url` cannot be opened: {why}\nhint: make it, or correct `store.url`")]
    Folder { path: PathBuf, why: String },
    #[error("`{key}` exists already and is never overwritten")]
    Exists { key: String },
    #[error(
        "the store `{url}` does not keep create-only writes apart: {why}\nhint: use a store with conditional writes (S3's `If-None-Match`), or set `store.single_worker = true` and never start a second worker"
    )]
    Probe { url: String, why: String },
    #[error("`{key}` cannot be kept in `{folder}` while it is read: {why}\nhint: make room there, or set TMPDIR")]
    Spool { key: String, folder: PathBuf, why: String },
    #[error("`{key}`: {why}\nhint: check the store and its credentials; the request was retried")]
    Request { key: String, why: String },
}

/// Opens the store the settings name. Credentials come from the environment's usual chains.
///
/// # Errors
/// The URL is none, or the store refuses its configuration.
pub fn open(settings: &settings::Store) -> Result<Store, StoreError> {
    let failed = |why: String| StoreError::Url { url: display_url(&settings.url), why };
    let (scheme, rest) = settings.url.split_once("://").unwrap_or(("file", settings.url.as_str()));
    if scheme == "file" {
        let path = PathBuf::from(if rest.is_empty() { "." } else { rest });
        let open = || -> Result<LocalFileSystem, String> {
            LocalFileSystem::new_with_prefix(&path).map_err(|error| error.to_string())
        };
        let local = open().map_err(|why| StoreError::Folder { path: path.clone(), why })?;
        return Ok(Store { inner: Arc::new(local.with_fsync(true)), single_worker: settings.single_worker });
    }
    let url = Url::parse(&settings.url).map_err(|error| failed(error.to_string()))?;
    let client = CONTENT_TYPES
        .iter()
        .fold(ClientOptions::new(), |client, (suffix, kind)| client.with_content_type_for_suffix(*suffix, *kind))
        .with_timeout(settings.timeout)
        .with_connect_timeout(settings.connect_timeout)
        .with_allow_http(settings.allow_http);
    let retry = RetryConfig { max_retries: settings.retries, ..RetryConfig::default() };
    let built = match scheme {
        "s3" | "s3a" => {
            let mut builder =
                AmazonS3Builder::from_env().with_url(&settings.url).with_client_options(client).with_retry(retry);
            if let Some(endpoint) = &settings.endpoint {
                builder = builder.with_endpoint(endpoint).with_allow_http(settings.allow_http);
            }
            builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        "az" | "azure" | "abfs" | "abfss" => {
            let mut builder =
                MicrosoftAzureBuilder::from_env().with_url(&settings.url).with_client_options(client).with_retry(retry);
            if let Some(endpoint) = &settings.endpoint {
                builder = builder.with_endpoint(endpoint.clone()).with_allow_http(settings.allow_http);
            }
            builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        "gs" => GoogleCloudStorageBuilder::from_env()
            .with_url(&settings.url)
            .with_client_options(client)
            .with_retry(retry)
            .build()
            .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        _ => return Err(failed(format!("there is no store `{scheme}`"))),
    };
    let store = built.map_err(|error| failed(error.to_string()))?;
    let prefix = Path::from_url_path(url.path()).map_err(|error| failed(error.to_string()))?;
    let inner = if prefix.as_ref().is_empty() { store } else { Arc::new(PrefixStore::new(store, prefix)) };
    Ok(Store { inner, single_worker: settings.single_worker })
}

impl Store {
    /// A store over any object store, for tests.
    #[must_use]
    pub fn over(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, single_worker: false }
    }

    /// All objects below a folder, by key.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self, folder: &str) -> Result<Vec<Listed>, StoreError> {
        let mut listed: Vec<Listed> = self
            .inner
            .list(Some(&Path::from(folder)))
            .map_ok(|meta| Listed {
                key: meta.location.to_string(),
                bytes: meta.size,
                modified: meta.last_modified,
                tag: meta.e_tag,
            })
            .try_collect()
            .await
            .map_err(|error| request(folder, &error))?;
        listed.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(listed)
    }

    /// The folders right below a folder.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let listed = self.inner.list_with_delimiter(Some(&path(folder)?)).await.map_err(|e| request(folder, &e))?;
        let mut folders: Vec<String> = listed.common_prefixes.iter().map(ToString::to_string).collect();
        folders.sort();
        Ok(folders)
    }

    /// The whole object.
    ///
    /// # Errors
    /// The store does not answer, or there is no such object.
    pub async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let failed = |error: object_store::Error| request(key, &error);
        self.inner.get(&path(key)?).await.map_err(failed)?.bytes().await.map_err(failed)
    }

    /// Some bytes of an object as it was listed.
    ///
    /// # Errors
    /// The store does not answer, or the object was written anew since.
    pub async fn range(&self, listed: &Listed, range: Range<u64>) -> Result<Bytes, StoreError> {
        let failed = |error: object_store::Error| request(&listed.key, &error);
        let wanted = range.end - range.start;
        let options = GetOptions::new().with_range(Some(range)).with_if_match(listed.tag.clone());
        let found = self.inner.get_opts(&path(&listed.key)?, options).await.map_err(failed)?;
        let bytes = found.bytes().await.map_err(failed)?;
        if bytes.len() as u64 == wanted {
            return Ok(bytes);
        }
        let why = format!("{} bytes came of {wanted}: it is being written, or was cut short", bytes.len());
        Err(StoreError::Request { key: listed.key.clone(), why })
    }

    /// The object, or `None` where there is none.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn find(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(self.find_stamped(key).await?.map(|found| found.bytes))
    }

    /// The object with the store's own time of its writing, or `None` where there is none.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn find_stamped(&self, key: &str) -> Result<Option<Stamped>, StoreError> {
        match self.inner.get(&path(key)?).await {
            Ok(found) => {
                let modified = found.meta.last_modified;
                let bytes = found.bytes().await.map_err(|error| request(key, &error))?;
                Ok(Some(Stamped { bytes, modified }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(request(key, &error)),
        }
    }

    /// Writes an object whether it exists or not: only for what is derived from other objects and kept nowhere
    /// else, such as the archive's index. A reader sees the old object or the new one, never a part.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn replace(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let put = self.inner.put_opts(&path(key)?, bytes.into(), PutMode::Overwrite.into()).await;
        put.map(drop).map_err(|error| request(key, &error))
    }
}

/// A key as it was listed: it is a path already and must not be encoded again.
fn path(key: &str) -> Result<Path, StoreError> {
    Path::parse(key).map_err(|error| StoreError::Request { key: key.to_owned(), why: error.to_string() })
}

/// The address without what may be secret in it: user, password, query.
#[must_use]
pub fn display_url(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    match bare.split_once("://") {
        Some((scheme, rest)) => {
            let (host, tail) = rest.split_once('/').map_or((rest, None), |(host, tail)| (host, Some(tail)));
            let host = host.rsplit('@').next().unwrap_or(host);
            format!("{scheme}://{host}{}", tail.map_or_else(String::new, |tail| format!("/{tail}")))
        }
        None => bare.to_owned(),
    }
}

fn request(key: &str, error: &object_store::Error) -> StoreError {
    StoreError::Request { key: key.to_owned(), why: error.to_string().lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        assert_eq!(display_url("az://container/prefix?sig=canary"), "az://container/prefix");
        assert_eq!(display_url("ftp://user:canary@host/x"), "ftp://host/x");
        assert_eq!(display_url("file:///data/a@b"), "file:///data/a@b");
    }

    #[test]
    fn a_listed_key_is_read_under_the_very_name_it_was_listed_with() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/assets 100% ü.csv"), "x").unwrap();
        let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let store = Store::over(Arc::new(local));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let listed = store.list("in").await.unwrap();
            assert_eq!(store.get(&listed[0].key).await.unwrap().as_ref(), b"x");
        });
    }
}

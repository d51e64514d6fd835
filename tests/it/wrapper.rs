//! A store that fails, lies or stops the world at a chosen operation.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What happens to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// An error, and nothing was done.
    FailBefore,
    /// It was done, and an error was answered.
    FailAfter,
    /// A create overwrites.
    Overwrite,
    /// A create is unknown.
    NotSupported,
    /// Never answers, and nothing was done: the process dies before.
    DieBefore,
    /// It was done, and never answers: the process dies after.
    DieAfter,
}

type Plan = dyn Fn(usize) -> Fault + Send + Sync;

/// A store whose operations are counted from 1 and go wrong as planned. Reads fail before only.
pub struct Faulty {
    inner: Arc<dyn ObjectStore>,
    count: Arc<AtomicUsize>,
    plan: Arc<Plan>,
    listed: Arc<dyn Fn() + Send + Sync>,
    died: Arc<dyn Fn() + Send + Sync>,
}

impl Faulty {
    pub fn new(inner: Arc<dyn ObjectStore>, plan: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        Self {
            inner,
            count: Arc::new(AtomicUsize::new(0)),
            plan: Arc::new(plan),
            listed: Arc::new(|| {}),
            died: Arc::new(|| {}),
        }
    }

    pub fn on_list(mut self, listed: impl Fn() + Send + Sync + 'static) -> Self {
        self.listed = Arc::new(listed);
        self
    }

    pub fn on_death(mut self, died: impl Fn() + Send + Sync + 'static) -> Self {
        self.died = Arc::new(died);
        self
    }

    /// Dead, as far as the caller can tell.
    async fn die<T>(&self) -> T {
        (self.died)();
        std::future::pending().await
    }

    /// Operations so far.
    pub fn counter(&self) -> Arc<AtomicUsize> {
        self.count.clone()
    }

    fn next(&self) -> Fault {
        (self.plan)(self.count.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

fn failed() -> Error {
    Error::Generic { store: "faulty", source: "503 try later".into() }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        match self.next() {
            Fault::None => self.inner.put_opts(location, payload, options).await,
            Fault::FailBefore => Err(failed()),
            Fault::FailAfter => {
                self.inner.put_opts(location, payload, options).await?;
                Err(failed())
            }
            Fault::Overwrite => self.inner.put_opts(location, payload, PutOptions::default()).await,
            Fault::NotSupported => Err(Error::NotSupported { source: "no conditional writes".into() }),
            Fault::DieBefore => self.die().await,
            Fault::DieAfter => {
                // What the store answers is not heard any more.
                drop(self.inner.put_opts(location, payload, options).await);
                self.die().await
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.next() {
            Fault::DieBefore | Fault::DieAfter => self.die().await,
            // The client's own retries stand between a store's errors and us on reads.
            Fault::None | Fault::FailBefore | Fault::FailAfter | Fault::Overwrite | Fault::NotSupported => {
                self.inner.get_opts(location, options).await
            }
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        (self.listed)();
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

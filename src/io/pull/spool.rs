//! Spool: an object that is too large for memory comes in ranges, a few under way at once, into a file without a name.
//! The system gives it back when nobody reads it any longer, even where the process is killed.

use std::fs::File;
use std::io::{self, Write};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use polars::io::mmap::ReaderBytes;
use sha2::{Digest, Sha256};

use crate::io::store::{Listed, Store, StoreError};

/// Objects beyond so many bytes are spooled.
pub const SPOOLED: u64 = 32 << 20;
/// Bytes of one request.
const RANGE: u64 = 8 << 20;
/// Requests of one object under way at once.
const CONCURRENCY: usize = 4;

/// The object's bytes, mapped from the file, and their SHA-256 in hexadecimal digits.
///
/// # Errors
/// The store does not answer, the object is written anew meanwhile, or the folder for temporary files (`TMPDIR`) has no
/// room.
pub async fn spool(store: &Store, listed: &Listed) -> Result<(Bytes, String), StoreError> {
    let failed = |error: io::Error| StoreError::Spool {
        key: listed.key.clone(),
        folder: std::env::temp_dir(),
        why: error.to_string(),
    };
    let file = tempfile::tempfile().map_err(failed)?;
    let begins = (0..listed.bytes).step_by(usize::try_from(RANGE).unwrap_or(usize::MAX));
    let ranges = begins.map(|begin| store.range(listed, begin..listed.bytes.min(begin + RANGE)));
    let parts = futures::stream::iter(ranges).buffered(CONCURRENCY);
    let (file, hash) = parts
        .try_fold((file, Sha256::new()), |(file, hash), part: Bytes| async move {
            // Neither the disk nor the hash may hold up the runtime's other tasks.
            let written = tokio::task::spawn_blocking(move || append(file, hash, &part)).await;
            written.unwrap_or_else(|error| Err(error.into())).map_err(failed)
        })
        .await?;
    Ok((mapped(file), hex::encode(hash.finalize())))
}

fn append(mut file: File, mut hash: Sha256, part: &[u8]) -> io::Result<(File, Sha256)> {
    hash.update(part);
    file.write_all(part)?;
    Ok((file, hash))
}

/// The file's bytes, read from the disk when they are looked at. Nobody else can write it: it has no name.
fn mapped(mut file: File) -> Bytes {
    match ReaderBytes::from(&mut file) {
        ReaderBytes::Owned(bytes) => Bytes::from_owner(bytes),
        ReaderBytes::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::local::LocalFileSystem;

    use super::*;

    #[test]
    fn a_spooled_object_is_the_object() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..20_000_000_u32).map(|number| (number % 251).to_le_bytes()[0]).collect();
        std::fs::write(folder.path().join("large.parquet"), &bytes).unwrap();
        let store = Store::over(Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap()));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listed = store.list("").await.unwrap().remove(0);
            let (spooled, sha256) = spool(&store, &listed).await.unwrap();
            assert!(spooled == bytes);
            assert_eq!(sha256, hex::encode(Sha256::digest(&bytes)));
            std::fs::write(folder.path().join("large.parquet"), &bytes[1..]).unwrap();
            let error = spool(&store, &listed).await.unwrap_err().to_string();
            assert!(error.contains("large.parquet"), "{error}");
            // What was spooled before is its own copy.
            assert!(spooled == bytes);
        });
    }
}

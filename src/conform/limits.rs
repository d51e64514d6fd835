//! Limits: how large a file may be, packed, unpacked and as a table, before it is refused with a word on what to do.

use serde::{Deserialize, Serialize};

use super::decode::{self, Decoded, Reading};
use super::{ConformError, Decoder, RawFile};

/// What a small file may expand to whatever the ratio: a few kilobytes of one repeated row are no bomb.
const ALWAYS_EXPANDED: u64 = 64 << 20;

/// What a file may have; see `limits` in `config/default.toml`. As a [`Decoder`] it decodes in this process, where the
/// memory is estimated from the table's size and the time is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes as it lies in the store.
    pub bytes: u64,
    /// Bytes it is unpacked to.
    pub expanded: u64,
    /// Unpacked bytes for each packed one.
    pub ratio: u64,
    pub rows: u64,
    pub columns: usize,
    /// Bytes of memory that decoding may take.
    pub memory: u64,
    pub seconds: u64,
    /// Bytes of Parquet that a dataset may have to be held in memory as a table; larger ones are scanned.
    pub held: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2048 << 20,
            expanded: 2048 << 20,
            ratio: 300,
            rows: 200_000_000,
            columns: 2000,
            memory: 4096 << 20,
            seconds: 600,
            held: 4 << 20,
        }
    }
}

impl Decoder for Limits {
    fn decode(&self, file: &RawFile, reading: &Reading) -> Result<Decoded, ConformError> {
        decode::decode(file, reading, self)
    }

    fn limits(&self) -> &Limits {
        self
    }
}

impl Limits {
    /// # Errors
    /// The file as it lies in the store is too large.
    pub fn check_bytes(&self, file: &RawFile) -> Result<(), ConformError> {
        let bytes = file.withheld.unwrap_or(file.bytes.len() as u64);
        if bytes <= self.bytes && file.withheld.is_none() {
            return Ok(());
        }
        Err(beyond(file, format!("it has {bytes} bytes, {} are allowed", self.bytes), "file_mib"))
    }

    /// Bytes that a packed file may be unpacked to.
    pub fn most_expanded(&self, file: &RawFile) -> u64 {
        let by_ratio = (file.bytes.len() as u64).saturating_mul(self.ratio);
        self.expanded.min(by_ratio.max(ALWAYS_EXPANDED))
    }

    /// # Errors
    /// So many unpacked bytes are too many, or too many for the packed ones.
    pub fn check_expanded(&self, file: &RawFile, bytes: u64) -> Result<(), ConformError> {
        if bytes <= self.most_expanded(file) {
            return Ok(());
        }
        if bytes > self.expanded {
            return Err(beyond(file, format!("it expands beyond {} MiB", self.expanded >> 20), "expanded_mib"));
        }
        Err(beyond(file, format!("it expands to more than {} times its size", self.ratio), "ratio"))
    }

    /// # Errors
    /// So many rows are too many.
    pub fn check_rows(&self, file: &RawFile, rows: u64) -> Result<(), ConformError> {
        if rows <= self.rows {
            return Ok(());
        }
        Err(beyond(file, format!("it has more than {} rows", self.rows), "rows"))
    }

    /// # Errors
    /// So many columns are too many.
    pub fn check_columns(&self, file: &RawFile, columns: usize) -> Result<(), ConformError> {
        if columns <= self.columns {
            return Ok(());
        }
        Err(beyond(file, format!("it has {columns} columns, {} are allowed", self.columns), "columns"))
    }

    /// # Errors
    /// So many bytes of memory are too many.
    pub fn check_memory(&self, file: &RawFile, bytes: u64) -> Result<(), ConformError> {
        if bytes <= self.memory {
            return Ok(());
        }
        let allowed = self.memory >> 20;
        Err(beyond(file, format!("as a table it takes more than {allowed} MiB of memory"), "memory_mib"))
    }
}

/// A file beyond the limit of that name.
#[must_use]
pub fn beyond(file: &RawFile, what: String, limit: &'static str) -> ConformError {
    ConformError::Beyond { file: file.key.clone(), what, limit: limit.into() }
}

//! Packed: a file on its way to a decoder in another process, and its table on the way back.

use std::io::Cursor;

use bytes::Bytes;
use chrono::NaiveDate;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::decode::{self, Decoded, Dialect, Reading, undecodable};
use super::{ConformError, Limits, RawFile, Reject};
use crate::finding::Finding;

/// What is asked: the file's bytes follow apart.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    key: String,
    night: NaiveDate,
    reading: Reading,
}

/// What came of it: a head in JSON, the columns in Arrow's IPC format, and the row numbers.
#[derive(Debug, Default)]
pub struct Answer {
    pub head: Vec<u8>,
    pub frame: Vec<u8>,
    /// Four bytes each, the lowest first.
    pub rows: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Head {
    Table {
        heads: Vec<String>,
        rejects: Vec<Reject>,
        findings: Vec<Finding>,
        read: u64,
        filtered: u64,
        dialect: Dialect,
    },
    Undecodable {
        cause: String,
        hint: String,
    },
    Beyond {
        what: String,
        limit: String,
    },
    Empty,
}

impl Asked {
    #[must_use]
    pub fn new(file: &RawFile, reading: &Reading) -> Self {
        Self { key: file.key.clone(), night: file.night, reading: reading.clone() }
    }

    /// Decodes and packs.
    ///
    /// # Errors
    /// The answer cannot be written: the fault is not the file's.
    pub fn answer(self, bytes: Bytes, limits: &Limits) -> Result<Answer, serde_json::Error> {
        let (key, night, sha256) = (self.key, self.night, String::new());
        let file = RawFile { key, night, bytes, sha256, source: None, join: None, withheld: None };
        let decoded = decode::decode(&file, &self.reading, limits);
        // The table has to be packed yet: what it was made of is not needed any more.
        let file = RawFile { bytes: Bytes::new(), ..file };
        let packed = decoded.and_then(|decoded| pack(&file, decoded));
        let (head, frame, rows) = packed.unwrap_or_else(|error| (head_of(error), Vec::new(), Vec::new()));
        Ok(Answer { head: serde_json::to_vec(&head)?, frame, rows })
    }
}

fn pack(file: &RawFile, decoded: Decoded) -> Result<(Head, Vec<u8>, Vec<u8>), ConformError> {
    let Decoded { mut frame, heads, rows, rejects, findings, read, filtered, dialect } = decoded;
    let rows = rows.iter().flat_map(|row| row.to_le_bytes()).collect();
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).finish(&mut frame).map_err(|error| undecodable(file, &error))?;
    Ok((Head::Table { heads, rejects, findings, read, filtered, dialect }, bytes, rows))
}

fn head_of(error: ConformError) -> Head {
    match error {
        ConformError::Undecodable { cause, hint, .. } => Head::Undecodable { cause, hint },
        ConformError::Beyond { what, limit, .. } => Head::Beyond { what, limit },
        ConformError::Empty { .. } => Head::Empty,
        error @ (ConformError::MissingColumns { .. } | ConformError::Engine(_)) => {
            Head::Undecodable { cause: error.to_string(), hint: "deliver it again whole".to_owned() }
        }
    }
}

impl Answer {
    /// The table, or why there is none.
    ///
    /// # Errors
    /// As the decoder's own, or the answer cannot be read.
    pub fn read(self, file: &RawFile) -> Result<Decoded, ConformError> {
        let key = || file.key.clone();
        match serde_json::from_slice(&self.head).map_err(|error| undecodable(file, &error))? {
            Head::Table { heads, rejects, findings, read, filtered, dialect } => {
                let frame = IpcReader::new(Cursor::new(self.frame)).finish();
                let frame = frame.map_err(|error| undecodable(file, &error))?;
                let rows = self.rows.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
                Ok(Decoded { frame, heads, rows, rejects, findings, read, filtered, dialect })
            }
            Head::Undecodable { cause, hint } => Err(ConformError::Undecodable { file: key(), cause, hint }),
            Head::Beyond { what, limit } => Err(ConformError::Beyond { file: key(), what, limit }),
            Head::Empty => Err(ConformError::Empty { file: key() }),
        }
    }
}

//! Bytes to columns: csv (plain, gz, zst), parquet, json, ndjson, xlsx; text cells stay text until typed.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};
use std::panic::AssertUnwindSafe;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ConformError, Limits, RawFile, Reject, delimited, json, text, workbook};
use crate::catalogue::{Read, SourceFormat};
use crate::finding::{Finding, Level};

/// Columns as delivered, with the row number of each row.
#[derive(Debug, Default)]
pub struct Decoded {
    pub frame: DataFrame,
    /// The header as it is written.
    pub heads: Vec<String>,
    /// Per row of `frame`.
    pub rows: Vec<u32>,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
    /// Rows in the file, rejected and filtered ones included.
    pub read: u64,
    /// Blank rows and totals.
    pub filtered: u64,
    pub dialect: Dialect,
}

/// How the file turned out to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    pub format: Cow<'static, str>,
    pub encoding: Option<Cow<'static, str>>,
    pub delimiter: Option<char>,
    /// Line of the header, from 1.
    pub header: Option<u64>,
    pub sheet: Option<String>,
}

/// How to read a file: what a source declares, and the columns it waits for (by `name_of`, aliases included).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reading {
    pub read: Read,
    pub wanted: Vec<String>,
    /// Names of the columns of a file without a header.
    pub headerless: Vec<String>,
    /// The canonical layout: header first, nothing declared.
    pub canonical: bool,
}

/// The format a file is declared to have, or its name says; `None` where neither does.
#[must_use]
pub fn format(file: &RawFile, reading: &Reading) -> Option<SourceFormat> {
    let name = file.key.to_lowercase();
    let (inner, _) = packing(&name);
    let is = |suffix: &str| inner.ends_with(suffix);
    let text = is(".csv") || (!reading.canonical && (is(".tsv") || is(".txt")));
    let kinds = [
        (text, SourceFormat::Csv),
        (is(".ndjson") || is(".jsonl"), SourceFormat::Ndjson),
        (is(".json") && !reading.canonical, SourceFormat::Json),
        (is(".xlsx"), SourceFormat::Xlsx),
        (is(".parquet"), SourceFormat::Parquet),
    ];
    reading.read.format.or_else(|| kinds.into_iter().find(|(yes, _)| *yes).map(|(_, kind)| kind))
}

/// The name without the ending of a packed file, and that ending.
fn packing(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((inner, packing @ ("gz" | "zst"))) => (inner, packing),
        Some(_) | None => (name, ""),
    }
}

/// # Errors
/// The file is empty, truncated, beyond a limit, or not in the format its name says.
pub fn decode(file: &RawFile, reading: &Reading, limits: &Limits) -> Result<Decoded, ConformError> {
    limits.check_bytes(file)?;
    if file.bytes.is_empty() {
        return Err(ConformError::Empty { file: file.key.clone() });
    }
    let Some(format) = format(file, reading) else {
        return Err(ConformError::Undecodable {
            file: file.key.clone(),
            cause: "the file name ends in no known format".to_owned(),
            hint: "deliver .parquet, .csv, .csv.gz, .csv.zst, .ndjson or .xlsx".to_owned(),
        });
    };
    let packed = Cursor::new(&file.bytes);
    let expanded = match packing(&file.key.to_lowercase()).1 {
        "gz" => expand(file, flate2::read::MultiGzDecoder::new(packed), limits)?.into(),
        "zst" => {
            let reader = zstd::stream::read::Decoder::new(packed).map_err(|error| undecodable(file, &error))?;
            expand(file, reader, limits)?.into()
        }
        _ => file.bytes.clone(),
    };
    match format {
        SourceFormat::Csv => delimited::delimited(file, &expanded, reading, limits),
        SourceFormat::Json => json::document(file, &expanded, reading, limits),
        SourceFormat::Ndjson => json::lines(file, &expanded, reading, limits),
        SourceFormat::Xlsx => workbook::workbook(file, &expanded, reading, limits),
        SourceFormat::Parquet => parquet(file, expanded, limits),
    }
}

pub fn undecodable(file: &RawFile, cause: &dyn std::fmt::Display) -> ConformError {
    ConformError::Undecodable {
        file: file.key.clone(),
        cause: cause.to_string().lines().next().unwrap_or_default().to_owned(),
        hint: "the file may be truncated or still being written: deliver it again whole".to_owned(),
    }
}

fn expand(file: &RawFile, reader: impl std::io::Read, limits: &Limits) -> Result<Vec<u8>, ConformError> {
    let mut bytes = Vec::new();
    let most = limits.most_expanded(file);
    reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| undecodable(file, &error))?;
    limits.check_expanded(file, bytes.len() as u64)?;
    Ok(bytes)
}

/// Bytes that a text cell takes beside its letters.
const CELL_BYTES: u64 = 16;

/// Text columns under construction.
pub struct Columns<'a> {
    file: &'a RawFile,
    limits: &'a Limits,
    builders: Vec<StringChunkedBuilder>,
    rows: Vec<u32>,
    /// Bytes held by all columns.
    held: u64,
}

impl<'a> Columns<'a> {
    /// # Errors
    /// There are more columns than a file may have.
    pub fn new(names: &[String], file: &'a RawFile, limits: &'a Limits) -> Result<Self, ConformError> {
        limits.check_columns(file, names.len())?;
        let builders = names.iter().map(|name| StringChunkedBuilder::new(name.as_str().into(), 0)).collect();
        Ok(Self { file, limits, builders, rows: Vec::new(), held: 0 })
    }

    /// # Errors
    /// The table is larger than it may be.
    pub fn push<'c>(&mut self, row: u32, cells: impl Iterator<Item = Option<&'c str>>) -> Result<(), ConformError> {
        for (builder, cell) in self.builders.iter_mut().zip(cells.chain(std::iter::repeat(None))) {
            self.held += CELL_BYTES + cell.map_or(0, |cell| cell.len() as u64);
            builder.append_option(cell);
        }
        self.rows.push(row);
        self.limits.check_rows(self.file, self.rows.len() as u64)?;
        self.limits.check_memory(self.file, self.held)
    }

    /// Puts the columns and their row numbers into `decoded`.
    pub fn finish(self, decoded: Decoded) -> Result<Decoded, ConformError> {
        let height = self.rows.len();
        let columns = self.builders.into_iter().map(|builder| builder.finish().into_series().into_column()).collect();
        let frame = DataFrame::new(height, columns).map_err(|error| undecodable(self.file, &error))?;
        Ok(Decoded { frame, rows: self.rows, ..decoded })
    }
}

/// Said where the bytes are no UTF-8 and carry no mark.
pub fn guessed(decoded: &text::Utf8<'_>, file: &RawFile) -> Vec<Finding> {
    let message = || {
        if decoded.encoding == "UTF-8" {
            "some bytes are no UTF-8; their rows are left out".to_owned()
        } else {
            format!("the file is not UTF-8; read as {}", decoded.encoding)
        }
    };
    let hint = "export it as UTF-8, or declare `encoding` in its source";
    let finding = || super::note("", Level::Warning, "encoding_guessed", &file.key, message(), hint);
    decoded.guessed.then(finding).into_iter().collect()
}

/// Parquet is decoded in this process whoever asks: what its footer claims is held to the limits first.
fn parquet(file: &RawFile, bytes: bytes::Bytes, limits: &Limits) -> Result<Decoded, ConformError> {
    // A malformed file makes some readers panic: that is the file's fault, and no reason to end.
    let frame = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let footer = reader.get_metadata().map_err(|error| undecodable(file, &error))?.clone();
        limits.check_rows(file, footer.num_rows as u64)?;
        limits.check_columns(file, footer.schema_descr.columns().len())?;
        let claimed = footer.row_groups.iter().map(|group| group.total_byte_size() as u64);
        limits.check_memory(file, claimed.fold(0, u64::saturating_add))?;
        reader.finish().map_err(|error| undecodable(file, &error))
    }));
    let frame = frame.unwrap_or_else(|_| Err(undecodable(file, &"the reader failed on it")))?;
    let height = u32::try_from(frame.height()).map_err(|_| undecodable(file, &"it has more than 4 billion rows"))?;
    Ok(Decoded {
        heads: frame.get_column_names().iter().map(ToString::to_string).collect(),
        frame,
        rows: (1..=height).collect(),
        read: u64::from(height),
        dialect: Dialect { format: "parquet".into(), ..Dialect::default() },
        ..Decoded::default()
    })
}

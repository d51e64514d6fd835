//! Bytes to columns: csv (plain, gz, zst), parquet, json, ndjson, xlsx; text cells stay text until typed.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _};
use polars::prelude::*;

use super::{ConformError, RawFile, Reject, delimited, head, json, text};
use crate::catalogue::{Read, Sheet, SourceFormat};
use crate::finding::{Finding, Level};

/// Expanded bytes a compressed file may have: a bomb becomes an error, not an outage.
const MOST_EXPANDED_BYTES: u64 = 8 << 30;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    pub format: &'static str,
    pub encoding: Option<&'static str>,
    pub delimiter: Option<char>,
    /// Line of the header, from 1.
    pub header: Option<u64>,
    pub sheet: Option<String>,
}

/// How to read a file: what a source declares, and the columns it waits for (by `name_of`, aliases included).
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub read: Read,
    pub wanted: Vec<String>,
    /// Names of the columns of a file without a header.
    pub headerless: Vec<String>,
    /// The canonical layout: header first, nothing declared.
    pub canonical: bool,
}

/// # Errors
/// The file is empty, truncated, or not in the format its name says.
pub fn decode(file: &RawFile, reading: &Reading) -> Result<Decoded, ConformError> {
    if file.bytes.is_empty() {
        return Err(ConformError::Empty { file: file.key.clone() });
    }
    let name = file.key.to_lowercase();
    let (inner, packing) = match name.rsplit_once('.') {
        Some((inner, packing @ ("gz" | "zst"))) => (inner, packing),
        Some(_) | None => (name.as_str(), ""),
    };
    let is = |suffix: &str| inner.ends_with(suffix);
    let by_name = || {
        let text = is(".csv") || (!reading.canonical && (is(".tsv") || is(".txt")));
        let kinds = [
            (text, SourceFormat::Csv),
            (is(".ndjson") || is(".jsonl"), SourceFormat::Ndjson),
            (is(".json") && !reading.canonical, SourceFormat::Json),
            (is(".xlsx"), SourceFormat::Xlsx),
            (is(".parquet"), SourceFormat::Parquet),
        ];
        kinds.into_iter().find(|(yes, _)| *yes).map(|(_, kind)| kind)
    };
    let Some(format) = reading.read.format.or_else(by_name) else {
        return Err(ConformError::Undecodable {
            file: file.key.clone(),
            cause: "the file name ends in no known format".to_owned(),
            hint: "deliver .parquet, .csv, .csv.gz, .csv.zst, .ndjson or .xlsx".to_owned(),
        });
    };
    let packed = Cursor::new(&file.bytes);
    let expanded = match packing {
        "gz" => expand(file, flate2::read::MultiGzDecoder::new(packed))?.into(),
        "zst" => {
            let reader = zstd::stream::read::Decoder::new(packed).map_err(|error| undecodable(file, &error))?;
            expand(file, reader)?.into()
        }
        _ => file.bytes.clone(),
    };
    match format {
        SourceFormat::Csv => delimited::delimited(file, &expanded, reading),
        SourceFormat::Json => json::document(file, &expanded, reading),
        SourceFormat::Ndjson => json::lines(file, &expanded, reading),
        SourceFormat::Xlsx => xlsx(file, expanded, reading),
        SourceFormat::Parquet => parquet(file, expanded),
    }
}

pub fn undecodable(file: &RawFile, cause: &dyn std::fmt::Display) -> ConformError {
    ConformError::Undecodable {
        file: file.key.clone(),
        cause: cause.to_string().lines().next().unwrap_or_default().to_owned(),
        hint: "the file may be truncated or still being written: deliver it again whole".to_owned(),
    }
}

fn expand(file: &RawFile, reader: impl std::io::Read) -> Result<Vec<u8>, ConformError> {
    let mut bytes = Vec::new();
    reader.take(MOST_EXPANDED_BYTES + 1).read_to_end(&mut bytes).map_err(|error| undecodable(file, &error))?;
    if bytes.len() as u64 > MOST_EXPANDED_BYTES {
        return Err(undecodable(file, &"it expands beyond 8 GiB"));
    }
    Ok(bytes)
}

/// Text columns under construction.
pub struct Columns {
    builders: Vec<StringChunkedBuilder>,
    rows: Vec<u32>,
}

impl Columns {
    pub fn new(names: &[String]) -> Self {
        let builders = names.iter().map(|name| StringChunkedBuilder::new(name.as_str().into(), 0)).collect();
        Self { builders, rows: Vec::new() }
    }

    pub fn push<'a>(&mut self, row: u32, cells: impl Iterator<Item = Option<&'a str>>) {
        for (builder, cell) in self.builders.iter_mut().zip(cells.chain(std::iter::repeat(None))) {
            builder.append_option(cell);
        }
        self.rows.push(row);
    }

    /// Puts the columns and their row numbers into `decoded`.
    pub fn finish(self, file: &RawFile, decoded: Decoded) -> Result<Decoded, ConformError> {
        let height = self.rows.len();
        let columns = self.builders.into_iter().map(|builder| builder.finish().into_series().into_column()).collect();
        let frame = DataFrame::new(height, columns).map_err(|error| undecodable(file, &error))?;
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

fn parquet(file: &RawFile, bytes: bytes::Bytes) -> Result<Decoded, ConformError> {
    let frame = ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| undecodable(file, &error))?;
    let height = u32::try_from(frame.height()).map_err(|_| undecodable(file, &"it has more than 4 billion rows"))?;
    Ok(Decoded {
        heads: frame.get_column_names().iter().map(ToString::to_string).collect(),
        frame,
        rows: (1..=height).collect(),
        read: u64::from(height),
        dialect: Dialect { format: "parquet", ..Dialect::default() },
        ..Decoded::default()
    })
}

fn xlsx(file: &RawFile, bytes: bytes::Bytes, reading: &Reading) -> Result<Decoded, ConformError> {
    let mut book: calamine::Xlsx<_> =
        calamine::Xlsx::new(Cursor::new(bytes)).map_err(|error| undecodable(file, &error))?;
    let sheets = book.sheet_names();
    let index = match &reading.read.sheet {
        None => 0,
        Some(Sheet::Number(number)) => number.saturating_sub(1),
        Some(Sheet::Name(name)) => {
            let same = |sheet: &String| sheet.trim().eq_ignore_ascii_case(name.trim());
            sheets.iter().position(same).unwrap_or(usize::MAX)
        }
    };
    let sheet = book
        .worksheet_range_at(index)
        .ok_or_else(|| ConformError::Undecodable {
            file: file.key.clone(),
            cause: "the workbook has no such sheet".to_owned(),
            hint: format!("it has {}: correct `read.sheet` in the source", sheets.join(", ")),
        })?
        .map_err(|error| undecodable(file, &error))?;
    let mut findings = Vec::new();
    let table: Vec<Vec<Option<String>>> =
        sheet.rows().map(|cells| cells.iter().map(text::sheet_text).collect()).collect();
    let at = head::row(&table, reading);
    let Some(head) = table.get(at) else { return Err(ConformError::Empty { file: file.key.clone() }) };
    let heads: Vec<String> = head.iter().map(|cell| cell.clone().unwrap_or_default()).collect();
    let names = text::header_names(heads.iter().map(String::as_str), file, &mut findings);
    let first = sheet.start().map_or(0, |(row, _)| row) + u32::try_from(at).unwrap_or(0);
    findings.extend(head::preamble(file, u64::from(first)));
    let dialect = Dialect {
        format: "xlsx",
        header: Some(u64::from(first) + 1),
        sheet: sheets.get(index).cloned(),
        ..Dialect::default()
    };
    let mut decoded = Decoded { heads, findings, dialect, ..Decoded::default() };
    let mut columns = Columns::new(&names);
    for (index, (cells, raw)) in table.iter().zip(sheet.rows()).enumerate().skip(at + 1) {
        if raw.iter().all(|cell| matches!(cell, Data::Empty)) {
            continue;
        }
        decoded.read += 1;
        if head::is_footer(cells.iter().map(|cell| cell.as_deref().unwrap_or_default()), &reading.read.footer) {
            decoded.filtered += 1;
            continue;
        }
        let row = first + u32::try_from(index - at).unwrap_or(u32::MAX - first - 2) + 1;
        columns.push(row, cells.iter().map(Option::as_deref));
    }
    columns.finish(file, decoded)
}

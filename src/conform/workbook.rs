//! Workbooks: a sheet cell by cell, so that an empty sheet which claims a billion cells costs nothing.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx, XlsxError};

use super::decode::{Columns, Decoded, Dialect, Reading, undecodable};
use super::{ConformError, Limits, RawFile, head, text};
use crate::catalogue::Sheet;

/// Rows and columns of the largest sheet that there can be.
const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;

/// Bytes a cell takes while the sheet is put together.
const CELL_BYTES: u64 = 24;

/// The declared sheet, or the first.
pub fn workbook(
    file: &RawFile,
    bytes: &bytes::Bytes,
    reading: &Reading,
    limits: &Limits,
) -> Result<Decoded, ConformError> {
    unpack(file, bytes, limits)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| undecodable(file, &error))?;
    let sheets = book.sheet_names();
    let index = match &reading.read.sheet {
        None => 0,
        Some(Sheet::Number(number)) => number.saturating_sub(1),
        Some(Sheet::Name(name)) => {
            let same = |sheet: &String| sheet.trim().eq_ignore_ascii_case(name.trim());
            sheets.iter().position(same).unwrap_or(usize::MAX)
        }
    };
    let name = sheets.get(index).ok_or_else(|| ConformError::Undecodable {
        file: file.key.clone(),
        cause: "the workbook has no such sheet".to_owned(),
        hint: format!("it has {}: correct `read.sheet` in the source", sheets.join(", ")),
    })?;
    let Some((first, table)) = cells(file, &mut book, name, limits)? else {
        return Err(ConformError::Empty { file: file.key.clone() });
    };
    let mut findings = Vec::new();
    let at = head::row(&table, reading);
    let Some(head) = table.get(at) else { return Err(ConformError::Empty { file: file.key.clone() }) };
    // A row ends with its last filled cell; the header is as wide as the table.
    let width = table.iter().map(Vec::len).max().unwrap_or(0);
    limits.check_columns(file, width)?;
    let heads: Vec<String> = (0..width).map(|column| head.get(column).cloned().flatten().unwrap_or_default()).collect();
    let names = text::header_names(heads.iter().map(String::as_str), file, &mut findings);
    let first = first + u32::try_from(at).unwrap_or(0);
    findings.extend(head::preamble(file, u64::from(first)));
    let dialect = Dialect {
        format: "xlsx".into(),
        header: Some(u64::from(first) + 1),
        sheet: Some(name.clone()),
        ..Dialect::default()
    };
    let mut decoded = Decoded { heads, findings, dialect, ..Decoded::default() };
    let mut columns = Columns::new(&names, file, limits)?;
    for (index, cells) in table.iter().enumerate().skip(at + 1) {
        if cells.is_empty() {
            continue;
        }
        decoded.read += 1;
        if head::is_footer(cells.iter().map(|cell| cell.as_deref().unwrap_or_default()), &reading.read.footer) {
            decoded.filtered += 1;
            continue;
        }
        let row = first + u32::try_from(index - at).unwrap_or(u32::MAX - first - 2) + 1;
        columns.push(row, cells.iter().map(Option::as_deref))?;
    }
    columns.finish(decoded)
}

/// Unpacks everything once and keeps nothing: what the parts' heads claim of their size may be a lie.
fn unpack(file: &RawFile, bytes: &bytes::Bytes, limits: &Limits) -> Result<(), ConformError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| undecodable(file, &error))?;
    let (most, mut all) = (limits.most_expanded(file), 0);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| undecodable(file, &error))?;
        let read = std::io::copy(&mut part.take(most + 1 - all), &mut std::io::sink());
        all += read.map_err(|error| undecodable(file, &error))?;
        limits.check_expanded(file, all)?;
    }
    Ok(())
}

/// Rows of a sheet, each up to its last filled cell.
type Rows = Vec<Vec<Option<String>>>;

/// The rows from the first filled one on, with its index; `None` where no cell is filled.
fn cells(
    file: &RawFile,
    book: &mut Xlsx<Cursor<&bytes::Bytes>>,
    sheet: &str,
    limits: &Limits,
) -> Result<Option<(u32, Rows)>, ConformError> {
    let mut reader = match book.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        // A sheet of charts has no cells.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(None),
        Err(error) => return Err(undecodable(file, &error)),
    };
    let mut held = 0;
    let mut filled: BTreeMap<u32, Vec<(u32, Option<String>)>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(|error| undecodable(file, &error))? {
        let (row, column) = cell.get_position();
        let value = Data::from(cell.get_value().clone());
        if value == Data::Empty {
            continue;
        }
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(undecodable(file, &"a cell lies outside the largest sheet there can be"));
        }
        let value = text::sheet_text(&value);
        held += CELL_BYTES * 2 + value.as_ref().map_or(0, |text| text.len() as u64);
        limits.check_memory(file, held)?;
        filled.entry(row).or_default().push((column, value));
    }
    let (Some(first), Some(last)) = (filled.keys().next().copied(), filled.keys().next_back().copied()) else {
        return Ok(None);
    };
    limits.check_rows(file, u64::from(last - first))?;
    let left = filled.values().flatten().map(|(column, _)| *column).min().unwrap_or(0);
    let mut rows = Rows::new();
    for row in first..=last {
        let cells = filled.remove(&row).unwrap_or_default();
        let width = cells.iter().map(|(column, _)| column - left + 1).max().unwrap_or(0);
        held += CELL_BYTES * (u64::from(width) + 1);
        limits.check_memory(file, held)?;
        let mut texts = vec![None; width as usize];
        for (column, value) in cells {
            texts[(column - left) as usize] = value;
        }
        rows.push(texts);
    }
    Ok(Some((first, rows)))
}

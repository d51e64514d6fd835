//! The files of a night: `extracts/<dataset>/<YYYY-MM-DD>/<dataset>.csv`, written row by row.

use std::fmt::{Display, Write};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};
use csv::ByteRecord;

use super::DemoError;

/// One night's folder tree, and the tally of what was written into it.
pub(super) struct Night {
    root: PathBuf,
    pub(super) date: NaiveDate,
    pub(super) files: usize,
    pub(super) rows: u64,
}

impl Night {
    pub(super) fn new(out: &Path, date: NaiveDate) -> Self {
        Self { root: out.join("extracts"), date, files: 0, rows: 0 }
    }

    /// Writes one dataset: the header, then whatever `rows` adds.
    pub(super) fn write(
        &mut self,
        dataset: &str,
        header: &[&str],
        rows: impl FnOnce(&mut Sheet) -> Result<(), DemoError>,
    ) -> Result<(), DemoError> {
        let path = path(&self.root, dataset, self.date, "csv");
        let writer = csv::Writer::from_writer(create(&path)?);
        let mut sheet = Sheet { path, writer, record: ByteRecord::new(), text: String::new(), rows: 0 };
        sheet.writer.write_record(header).map_err(|source| failed(&sheet.path, source))?;
        rows(&mut sheet)?;
        sheet.writer.flush().map_err(|source| failed(&sheet.path, source.into()))?;
        self.files += 1;
        self.rows += sheet.rows;
        Ok(())
    }
}

/// Creates the file of a dataset's night in the canonical layout.
pub(super) fn open(out: &Path, dataset: &str, date: NaiveDate, suffix: &str) -> Result<File, DemoError> {
    create(&path(&out.join("extracts"), dataset, date, suffix))
}

fn path(root: &Path, dataset: &str, date: NaiveDate, suffix: &str) -> PathBuf {
    root.join(dataset).join(date.to_string()).join(dataset).with_extension(suffix)
}

fn create(path: &Path) -> Result<File, DemoError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|source| DemoError::Folder { path: folder.to_owned(), source })?;
    File::create(path).map_err(|source| DemoError::Create { path: path.to_owned(), source })
}

/// An open file of one dataset.
pub(super) struct Sheet {
    path: PathBuf,
    writer: csv::Writer<File>,
    record: ByteRecord,
    text: String,
    rows: u64,
}

impl Sheet {
    /// Starts a row; nothing is written before `Row::end`.
    pub(super) fn row(&mut self) -> Row<'_> {
        self.record.clear();
        Row(self)
    }
}

/// A row being filled, field after field in the order of the header.
pub(super) struct Row<'a>(&'a mut Sheet);

impl Row<'_> {
    pub(super) fn text(self, value: &str) -> Self {
        self.0.record.push_field(value.as_bytes());
        self
    }

    pub(super) fn show(self, value: impl Display) -> Self {
        self.0.text.clear();
        // writing to a String cannot fail
        let _ = write!(self.0.text, "{value}");
        self.0.record.push_field(self.0.text.as_bytes());
        self
    }

    pub(super) fn empty(self) -> Self {
        self.text("")
    }

    pub(super) fn maybe(self, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.show(value),
            None => self.empty(),
        }
    }

    pub(super) fn stamp(self, value: Option<NaiveDateTime>) -> Self {
        self.maybe(value.map(|stamp| stamp.format("%Y-%m-%dT%H:%M:%SZ")))
    }

    /// An amount in cents, written with two decimals.
    pub(super) fn money(self, cents: i64) -> Self {
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        self.show(format_args!("{sign}{}.{:02}", cents / 100, cents % 100))
    }

    pub(super) fn end(self) -> Result<(), DemoError> {
        self.0.rows += 1;
        self.0.writer.write_byte_record(&self.0.record).map_err(|source| failed(&self.0.path, source))
    }
}

fn failed(path: &Path, source: csv::Error) -> DemoError {
    DemoError::Write { path: path.to_owned(), source }
}

/// Ledger rows on their way out. A row is written when it first becomes visible and again each time it has moved on
/// since the night it was last written; that is what an increment of a ledger holds.
pub(super) struct Outbox<T> {
    made: u64,
    items: Vec<Item<T>>,
}

struct Item<T> {
    number: u64,
    shown: u8,
    what: T,
}

impl<T> Outbox<T> {
    pub(super) fn new() -> Self {
        Self { made: 0, items: Vec::new() }
    }

    /// Adds a row and says its number, counted from 1.
    pub(super) fn push(&mut self, what: T) -> u64 {
        self.made += 1;
        self.items.push(Item { number: self.made, shown: 0, what });
        self.made
    }

    /// Hands every item whose stage (0 = not visible yet) has moved to `write`, and forgets those that reached `last`.
    pub(super) fn flush(
        &mut self,
        last: u8,
        stage: impl Fn(&T) -> u8,
        mut write: impl FnMut(u64, &T) -> Result<(), DemoError>,
    ) -> Result<(), DemoError> {
        for item in &mut self.items {
            let now = stage(&item.what);
            if now > item.shown {
                write(item.number, &item.what)?;
                item.shown = now;
            }
        }
        self.items.retain(|item| item.shown < last);
        Ok(())
    }
}

//! Parquet of the scale estate: typed columns of one stretch of rows after the other.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use chrono::NaiveDate;
use polars::prelude::*;

use super::super::DemoError;
use super::super::files;

/// Rows generated and written at once, a row group each: what bounds the memory.
const STRETCH: u64 = 1 << 18;

impl From<PolarsError> for DemoError {
    fn from(error: PolarsError) -> Self {
        Self::Parquet { why: error.to_string() }
    }
}

/// A stretch of rows under construction, column by column.
pub(super) struct Columns {
    rows: Range<u64>,
    columns: Vec<Column>,
}

impl Columns {
    pub(super) fn text<T: Into<Cow<'static, str>>>(self, name: &str, cell: impl Fn(u64) -> Option<T>) -> Self {
        let cells: StringChunked = self.rows.clone().map(|row| cell(row).map(Into::into)).collect();
        self.with(name, cells.into_series())
    }

    pub(super) fn yes(self, name: &str, cell: impl Fn(u64) -> bool) -> Self {
        let cells: BooleanChunked = self.rows.clone().map(|row| Some(cell(row))).collect();
        self.with(name, cells.into_series())
    }

    pub(super) fn number(self, name: &str, cell: impl Fn(u64) -> f64) -> Self {
        let cells: Float64Chunked = self.rows.clone().map(|row| Some(cell(row))).collect();
        self.with(name, cells.into_series())
    }

    pub(super) fn whole(self, name: &str, cell: impl Fn(u64) -> i64) -> Self {
        let cells: Int64Chunked = self.rows.clone().map(|row| Some(cell(row))).collect();
        self.with(name, cells.into_series())
    }

    /// Cents, as a decimal of two places.
    pub(super) fn money(self, name: &str, cell: impl Fn(u64) -> Option<i64>) -> Self {
        let cells = self.rows.clone().map(|row| cell(row).map(i128::from));
        let cells = Int128Chunked::from_iter_options(name.into(), cells);
        self.with(name, cells.into_decimal_unchecked(18, 2).into_series())
    }

    pub(super) fn date(self, name: &str, cell: impl Fn(u64) -> Option<NaiveDate>) -> Result<Self, DemoError> {
        let days: Int32Chunked = self.rows.clone().map(|row| cell(row).map(|date| date.to_epoch_days())).collect();
        let dates = days.into_series().cast(&DataType::Date)?;
        Ok(self.with(name, dates))
    }

    /// Seconds since 1970, UTC.
    pub(super) fn stamp(self, name: &str, cell: impl Fn(u64) -> Option<i64>) -> Result<Self, DemoError> {
        let micros: Int64Chunked = self.rows.clone().map(|row| cell(row).map(|at| at * 1_000_000)).collect();
        let stamps = micros.into_series().cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
        Ok(self.with(name, stamps))
    }

    fn with(mut self, name: &str, series: Series) -> Self {
        self.columns.push(series.with_name(name.into()).into_column());
        self
    }

    fn frame(self) -> Result<DataFrame, DemoError> {
        let height = self.columns.first().map_or(0, Column::len);
        Ok(DataFrame::new(height, self.columns)?)
    }
}

/// Writes a dataset's night stretch by stretch.
pub(super) fn write(
    out: &Path,
    dataset: &str,
    night: NaiveDate,
    rows: u64,
    fill: impl Fn(Columns) -> Result<Columns, DemoError>,
) -> Result<u64, DemoError> {
    let stretch = |rows: Range<u64>| fill(Columns { rows, columns: Vec::new() })?.frame();
    let opened = files::open(out, dataset, night, "parquet")?;
    let first = stretch(0..rows.min(STRETCH))?;
    let mut writer =
        ParquetWriter::new(opened).with_compression(ParquetCompression::Zstd(None)).batched(first.schema())?;
    writer.write_batch(&first)?;
    let mut done = rows.min(STRETCH);
    while done < rows {
        let end = rows.min(done + STRETCH);
        writer.write_batch(&stretch(done..end)?)?;
        done = end;
    }
    writer.finish()?;
    Ok(rows)
}

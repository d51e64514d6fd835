//! A typed table: its rows in memory, or in files that are read anew by whoever asks.

use polars::prelude::*;

/// The contract's columns, typed, plus `_file` (index into the files), `_row` and `_night` (days since 1970).
#[derive(Clone)]
pub struct Table {
    rows: LazyFrame,
    height: usize,
    is_held: bool,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Table").field("height", &self.height).finish_non_exhaustive()
    }
}

impl From<DataFrame> for Table {
    fn from(frame: DataFrame) -> Self {
        Self { height: frame.height(), rows: frame.lazy(), is_held: true }
    }
}

impl Table {
    /// Rows that a plan reads, `height` in all.
    pub(super) fn planned(rows: LazyFrame, height: usize) -> Self {
        Self { rows, height, is_held: false }
    }

    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The rows, of which only the columns and row groups are read that the plan made of it needs.
    pub fn lazy(&self) -> LazyFrame {
        self.rows.clone()
    }

    /// The same rows with columns added or replaced: in memory at once, in files whenever they are read.
    ///
    /// # Errors
    /// The engine refuses a column.
    pub fn with_columns(self, columns: Vec<Expr>) -> PolarsResult<Self> {
        let rows = self.rows.with_columns(columns);
        if self.is_held { Ok(rows.collect()?.into()) } else { Ok(Self { rows, ..self }) }
    }

    /// Some columns, in memory.
    ///
    /// # Errors
    /// There is no such column, or a file cannot be read again.
    pub fn columns(&self, names: &[&str]) -> PolarsResult<DataFrame> {
        let names: Vec<Expr> = names.iter().map(|name| col(*name)).collect();
        collect(self.lazy().select(names))
    }

    /// All columns, in memory.
    ///
    /// # Errors
    /// A file cannot be read again.
    pub fn frame(&self) -> PolarsResult<DataFrame> {
        collect(self.lazy())
    }
}

/// The rows of a query, worked through in batches: memory grows with the answer, not with what is read.
///
/// # Errors
/// The engine fails.
pub fn collect(lazy: LazyFrame) -> PolarsResult<DataFrame> {
    // A query with one end has one answer.
    Ok(lazy.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// Hands the rows of a query over in batches, in any order, without holding them.
///
/// # Errors
/// The engine fails, or the work.
pub fn each_batch(
    lazy: LazyFrame,
    work: impl Fn(&DataFrame) -> PolarsResult<()> + Send + Sync + 'static,
) -> PolarsResult<()> {
    let go_on = PlanCallback::new(move |batch: DataFrame| work(&batch).map(|()| false));
    lazy.sink_batches(go_on, false, None)?.collect_with_engine(Engine::Streaming).map(drop)
}

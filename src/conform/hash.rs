//! Hashes of rows: what has a hash of its own stands once, without a look at what it is.

use polars::prelude::*;

/// A hash of each row over some columns of one length: equal where the rows are, and hardly ever elsewhere. Nothing where
/// there is no column.
///
/// # Errors
/// The engine hashes no such type.
pub fn hashes(columns: &[Column]) -> PolarsResult<Vec<u64>> {
    let Some(height) = columns.first().map(Column::len) else { return Ok(Vec::new()) };
    let numbered = |(index, column): (usize, &Column)| column.clone().with_name(index.to_string().into());
    let frame = DataFrame::new(height, columns.iter().enumerate().map(numbered).collect())?;
    let hashed = (0..columns.len()).map(|index| col(index.to_string()).hash(1, 2, 3, 4));
    let mut all: Vec<u64> = vec![0; height];
    for column in frame.lazy().select(hashed.collect::<Vec<_>>()).collect()?.columns() {
        for (so_far, more) in all.iter_mut().zip(column.u64()?.into_no_null_iter()) {
            *so_far = so_far.rotate_left(23).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ more;
        }
    }
    Ok(all)
}

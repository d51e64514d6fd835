//! Hashes of rows: what has a hash of its own stands once, without a look at what it is.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use polars::prelude::*;

use crate::abreast::abreast;

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

/// The hashes that stand more than once among many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeated {
    /// In their order.
    hashes: Vec<u64>,
    /// Where in `hashes` those of each heap begin, and where the last ends.
    begins: Vec<usize>,
}

/// Hashes that begin with the same bits are a heap: small enough to be sorted in a core's own memory, and looked through
/// in no time.
const HEAP_BITS: u32 = 12;
const HEAPS: usize = 1 << HEAP_BITS;
/// Heaps sorted by one worker at a time.
const STRIDE: usize = 64;

impl Repeated {
    /// Looks through hashes in whatever parts they come; of each part they are taken in turn, and no second copy of all is
    /// made.
    pub fn of(parts: impl IntoIterator<Item = Vec<u64>>) -> Self {
        let mut heaps: Vec<Vec<u64>> = vec![Vec::new(); HEAPS];
        for part in parts {
            for hash in part {
                heaps[heap(hash)].push(hash);
            }
        }
        let strides: Vec<Mutex<&mut [Vec<u64>]>> = heaps.chunks_mut(STRIDE).map(Mutex::new).collect();
        let Ok(_) = abreast(strides.len(), |stride| {
            let mut heaps = strides[stride].lock().unwrap_or_else(PoisonError::into_inner);
            heaps.iter_mut().for_each(keep_repeated);
            Ok::<_, Infallible>(())
        });
        drop(strides);
        let mut repeated = Self { hashes: Vec::new(), begins: Vec::with_capacity(HEAPS + 1) };
        for heap in heaps {
            repeated.begins.push(repeated.hashes.len());
            repeated.hashes.extend(heap);
        }
        repeated.begins.push(repeated.hashes.len());
        repeated
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        let heap = heap(hash);
        self.hashes[self.begins[heap]..self.begins[heap + 1]].binary_search(&hash).is_ok()
    }
}

fn heap(hash: u64) -> usize {
    (hash >> (u64::BITS - HEAP_BITS)) as usize
}

/// Of a heap each hash that stands in it more than once.
fn keep_repeated(heap: &mut Vec<u64>) {
    let mut all = std::mem::take(heap);
    all.sort_unstable();
    heap.extend(all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]));
    heap.dedup();
}

#[cfg(test)]
mod tests {
    use super::Repeated;

    #[test]
    fn what_stands_twice_is_found_in_whatever_parts_it_comes() {
        let spread = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let parts = [(0..10_000).map(spread).collect(), vec![spread(7), spread(12_000)], vec![spread(7), spread(42)]];
        let repeated = Repeated::of(parts);
        let found: Vec<u64> = (0..20_000).filter(|number| repeated.contains(spread(*number))).collect();
        assert_eq!(found, [7, 42]);
        assert!(!repeated.is_empty() && Repeated::of([vec![1, 2], vec![3]]).is_empty());
        assert!(!Repeated::of([]).contains(0), "nothing stands twice among none");
    }
}

//! Hashes of rows: what has a hash of its own stands once, without a look at what it is.

use std::convert::Infallible;

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

/// Hashes of some rows, those of a heap beside each other.
#[derive(Debug, Clone)]
pub struct Heaped {
    hashes: Vec<u64>,
    /// Where in `hashes` those of each heap end.
    ends: Vec<u32>,
}

/// Hashes that begin with the same bits are a heap: small enough to be looked through in a core's own memory.
const HEAP_BITS: u32 = 12;
const HEAPS: usize = 1 << HEAP_BITS;
/// Heaps looked through by one worker at a time.
const STRIDE: usize = 64;

impl Heaped {
    /// Of at most 4 billion hashes.
    #[must_use]
    pub fn of(hashes: &[u64]) -> Self {
        let mut ends = vec![0_u32; HEAPS];
        for hash in hashes {
            ends[heap(*hash)] += 1;
        }
        let mut begin = 0;
        for end in &mut ends {
            (*end, begin) = (begin, begin + *end);
        }
        let mut heaped = vec![0; hashes.len()];
        for hash in hashes {
            let end = &mut ends[heap(*hash)];
            heaped[*end as usize] = *hash;
            *end += 1;
        }
        Self { hashes: heaped, ends }
    }

    fn heap(&self, number: usize) -> &[u64] {
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.hashes[begin as usize..self.ends[number] as usize]
    }
}

/// The hashes that stand more than once among many.
#[derive(Debug, Clone)]
pub struct Repeated(Marks);

impl Repeated {
    pub fn of(parts: &[Heaped]) -> Self {
        let stride = |number: usize| {
            let mut found = Vec::new();
            for heap in number * STRIDE..(number + 1) * STRIDE {
                find_repeated(parts.iter().flat_map(|part| part.heap(heap)).copied().collect(), &mut found);
            }
            Ok::<_, Infallible>(found)
        };
        let Ok(found) = abreast(HEAPS / STRIDE, stride);
        let mut marks = Marks::for_so_many(found.iter().map(Vec::len).sum());
        for hash in found.into_iter().flatten() {
            marks.set(hash);
        }
        Self(marks)
    }

    /// Whether every hash stands once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// Whether a hash stands more than once; of those that stand once up to one in sixteen may be taken for one that does.
    #[must_use]
    pub fn may_contain(&self, hash: u64) -> bool {
        self.0.is_set(hash)
    }
}

/// A set of hashes that may hold more than was put in.
#[derive(Debug, Clone)]
struct Marks(Vec<u64>);

impl Marks {
    /// Bits for each hash, or more.
    const EACH: usize = 16;

    fn for_so_many(count: usize) -> Self {
        let bits = if count == 0 { 0 } else { (count * Self::EACH).next_power_of_two().max(u64::BITS as usize) };
        Self(vec![0; bits / u64::BITS as usize])
    }

    fn set(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        self.0[word] |= bit;
    }

    fn is_set(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// By the bits at the end: those at the beginning are the same throughout a heap.
    fn place(&self, hash: u64) -> (usize, u64) {
        let word = (hash >> 6) & (self.0.len() as u64).wrapping_sub(1);
        (usize::try_from(word).unwrap_or(usize::MAX), 1 << (hash & 63))
    }
}

fn heap(hash: u64) -> usize {
    (hash >> (u64::BITS - HEAP_BITS)) as usize
}

/// Of a heap each hash that stands in it more than once: few are sorted, those that share a mark.
fn find_repeated(mut heap: Vec<u64>, found: &mut Vec<u64>) {
    let (mut once, mut again) = (Marks::for_so_many(heap.len()), Marks::for_so_many(heap.len()));
    for hash in &heap {
        if once.is_set(*hash) {
            again.set(*hash);
        }
        once.set(*hash);
    }
    heap.retain(|hash| again.is_set(*hash));
    heap.sort_unstable();
    let twins = heap.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    found.extend(twins);
}

#[cfg(test)]
mod tests {
    use super::{Heaped, Repeated};

    #[test]
    fn what_stands_twice_is_found_in_whatever_parts_it_comes() {
        let spread = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let parts = [(0..10_000).map(spread).collect(), vec![spread(7), spread(12_000)], vec![spread(7), spread(42)]];
        let repeated = Repeated::of(&parts.map(|part| Heaped::of(&part)));
        assert!(!repeated.is_empty() && repeated.may_contain(spread(7)) && repeated.may_contain(spread(42)));
        let taken = (0..20_000).filter(|number| repeated.may_contain(spread(*number))).count();
        assert!(taken < 20_000 / 10, "{taken} of 20,000 are taken for two that stand twice");
        assert!(Repeated::of(&[Heaped::of(&[1, 2]), Heaped::of(&[3])]).is_empty());
        assert!(!Repeated::of(&[]).may_contain(0), "nothing stands twice among none");
    }
}

//! The parts of a task as bytes, and read from them again: many places, each named once.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Part, Parts, Place};

const ABSENT: u8 = 0;
const UNKNOWN: u8 = 1;
const KNOWN: u8 = 2;

/// The parts of a task's measures as bytes; none where there are more of them than can be counted.
#[must_use]
pub fn written(measures: &[Parts]) -> Option<Vec<u8>> {
    let places: BTreeSet<&Place> = measures.iter().flat_map(BTreeMap::keys).collect();
    let index: BTreeMap<&Place, u32> = places.iter().copied().zip(0..).collect();
    let mut bytes = Vec::new();
    count(&mut bytes, places.len())?;
    for (unit, member) in places {
        for text in [unit, member] {
            count(&mut bytes, text.len())?;
            bytes.extend(text.as_bytes());
        }
    }
    count(&mut bytes, measures.len())?;
    for parts in measures {
        count(&mut bytes, parts.len())?;
        for (place, part) in parts {
            bytes.extend(index.get(place)?.to_le_bytes());
            match part {
                Part::Absent => bytes.push(ABSENT),
                Part::Unknown => bytes.push(UNKNOWN),
                Part::Known(value) => {
                    bytes.push(KNOWN);
                    bytes.extend(value.serialize());
                }
            }
        }
    }
    Some(bytes)
}

/// The parts of that many measures; none where the bytes are not what [`written`] gives.
#[must_use]
pub fn read(mut bytes: &[u8], measures: usize) -> Option<Vec<Parts>> {
    let rest = &mut bytes;
    let mut places = Vec::new();
    for _ in 0..whole(rest)? {
        places.push((text(rest)?, text(rest)?));
    }
    if usize::try_from(whole(rest)?).ok()? != measures {
        return None;
    }
    let mut all = Vec::with_capacity(measures);
    for _ in 0..measures {
        let mut parts = Vec::new();
        for _ in 0..whole(rest)? {
            let place = places.get(usize::try_from(whole(rest)?).ok()?)?;
            let part = match *rest.split_off_first()? {
                ABSENT => Part::Absent,
                UNKNOWN => Part::Unknown,
                KNOWN => {
                    let (value, after) = rest.split_first_chunk::<16>()?;
                    *rest = after;
                    Part::Known(Decimal::deserialize(*value))
                }
                _ => return None,
            };
            parts.push((place.clone(), part));
        }
        all.push(parts.into_iter().collect());
    }
    rest.is_empty().then_some(all)
}

fn count(bytes: &mut Vec<u8>, count: usize) -> Option<()> {
    bytes.extend(u32::try_from(count).ok()?.to_le_bytes());
    Some(())
}

fn whole(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(whole(rest)?).ok()?;
    String::from_utf8(rest.split_off(..length)?.to_vec()).ok()
}

/// A number to the last bit, which digits would not keep.
pub mod bits {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(value.to_bits())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        u64::deserialize(from).map(f64::from_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[(&str, &str, Part)]) -> Parts {
        parts.iter().map(|(unit, member, part)| (((*unit).to_owned(), (*member).to_owned()), *part)).collect()
    }

    #[test]
    fn parts_are_read_as_they_were_written_to_the_last_place() {
        let exact = Decimal::from_str_exact("-12345678901234567890.123400").unwrap();
        let measures = [
            parts(&[("ALL", "", Part::Known(exact)), ("BER", "laptop", Part::Unknown)]),
            Parts::new(),
            parts(&[("BER", "laptop", Part::Absent), ("Zürich", "", Part::Known(Decimal::ZERO))]),
        ];
        let bytes = written(&measures).unwrap();
        let again = read(&bytes, 3).unwrap();
        assert_eq!(again, measures);
        let Part::Known(value) = again[0][&("ALL".to_owned(), String::new())] else { panic!("it is known") };
        assert_eq!(value.to_string(), exact.to_string());
    }

    #[test]
    fn bytes_that_are_cut_short_or_too_long_or_of_other_measures_are_no_parts() {
        let bytes = written(&[parts(&[("ALL", "", Part::Known(Decimal::ONE))])]).unwrap();
        for at in 0..bytes.len() {
            assert_eq!(read(&bytes[..at], 1), None, "cut at {at}");
        }
        assert_eq!(read(&[bytes.clone(), vec![0]].concat(), 1), None);
        assert_eq!(read(&bytes, 2), None);
    }
}

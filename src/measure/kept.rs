//! The parts of a task as bytes, and read from them again: places that measures share are written once.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::places::Places;
use super::{Part, Parts};

const ABSENT: u8 = 0;
const UNKNOWN: u8 = 1;
const KNOWN: u8 = 2;

/// The parts of a task's measures as bytes; none where there are more of them than can be counted.
#[must_use]
pub fn written(measures: &[Parts]) -> Option<Vec<u8>> {
    let mut shared: Vec<&Arc<Places>> = Vec::new();
    for parts in measures {
        if !shared.iter().any(|places| Arc::ptr_eq(places, parts.places())) {
            shared.push(parts.places());
        }
    }
    let mut bytes = Vec::new();
    count(&mut bytes, shared.len())?;
    for places in &shared {
        for names in [places.units(), places.members()] {
            count(&mut bytes, names.len())?;
            for name in names {
                count(&mut bytes, name.len())?;
                bytes.extend(name.as_bytes());
            }
        }
        count(&mut bytes, places.pairs().len())?;
        for (unit, member) in places.pairs() {
            count(&mut bytes, *unit)?;
            count(&mut bytes, *member)?;
        }
    }
    count(&mut bytes, measures.len())?;
    for parts in measures {
        count(&mut bytes, shared.iter().position(|places| Arc::ptr_eq(places, parts.places()))?)?;
        for part in parts.parts() {
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
    let mut shared = Vec::new();
    for _ in 0..whole(rest)? {
        let names = |rest: &mut &[u8]| (0..whole(rest)?).map(|_| text(rest)).collect::<Option<Vec<_>>>();
        let (units, members) = (names(rest)?, names(rest)?);
        let pairs = (0..whole(rest)?).map(|_| Some((whole(rest)?, whole(rest)?))).collect::<Option<Vec<_>>>()?;
        shared.push(Arc::new(Places::new(units, members, pairs)?));
    }
    if whole(rest)? != measures {
        return None;
    }
    let mut all = Vec::with_capacity(measures);
    for _ in 0..measures {
        let places = shared.get(whole(rest)?)?;
        let parts = places.pairs().iter().map(|_| part(rest)).collect::<Option<Vec<_>>>()?;
        all.push(Parts::new(Arc::clone(places), parts));
    }
    rest.is_empty().then_some(all)
}

fn part(rest: &mut &[u8]) -> Option<Part> {
    Some(match *rest.split_off_first()? {
        ABSENT => Part::Absent,
        UNKNOWN => Part::Unknown,
        KNOWN => {
            let (value, after) = rest.split_first_chunk::<16>()?;
            *rest = after;
            Part::Known(Decimal::deserialize(*value))
        }
        _ => return None,
    })
}

fn count(bytes: &mut Vec<u8>, count: usize) -> Option<()> {
    bytes.extend(u32::try_from(count).ok()?.to_le_bytes());
    Some(())
}

fn whole(rest: &mut &[u8]) -> Option<usize> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = whole(rest)?;
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

    #[test]
    fn parts_are_read_as_they_were_written_to_the_last_place() {
        let exact = Decimal::from_str_exact("-12345678901234567890.123400").unwrap();
        let one = Parts::of(&[(("ALL", ""), Part::Known(exact)), (("BER", "laptop"), Part::Unknown)]);
        let same_places = Parts::new(Arc::clone(one.places()), vec![Part::Absent, Part::Known(Decimal::ZERO)]);
        let other = Parts::of(&[(("BER", "laptop"), Part::Absent), (("Zürich", ""), Part::Known(Decimal::ZERO))]);
        let measures = [one, Parts::default(), same_places, other];
        let bytes = written(&measures).unwrap();
        let again = read(&bytes, 4).unwrap();
        assert_eq!(again, measures);
        assert!(Arc::ptr_eq(again[0].places(), again[2].places()));
        let Part::Known(value) = again[0].at("ALL", "") else { panic!("it is known") };
        assert_eq!(value.to_string(), exact.to_string());
    }

    #[test]
    fn bytes_that_are_cut_short_or_too_long_or_of_other_measures_are_no_parts() {
        let bytes = written(&[Parts::of(&[(("ALL", ""), Part::Known(Decimal::ONE))])]).unwrap();
        for at in 0..bytes.len() {
            assert_eq!(read(&bytes[..at], 1), None, "cut at {at}");
        }
        assert_eq!(read(&[bytes.clone(), vec![0]].concat(), 1), None);
        assert_eq!(read(&bytes, 2), None);
    }
}

//! Kept: what one run has computed, for a later one that would compute it from the same.
//!
//! A value's name is the fingerprint of all it was computed from, so that nothing kept is ever out of date: what has
//! changed has another name. Values may be thrown away at any time; they are then computed again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// What is kept from run to run, wherever that is.
pub trait Kept: fmt::Debug + Send + Sync {
    /// The values kept under these names; one that is not there, or not as it was kept, is left out.
    fn recall(&self, names: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>>;

    /// Keeps values under names that had none.
    fn keep(&self, values: BTreeMap<String, Vec<u8>>);
}

/// Keeps nothing: everything is computed anew.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Kept for Nothing {
    fn recall(&self, _: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
        BTreeMap::new()
    }

    fn keep(&self, _: BTreeMap<String, Vec<u8>>) {}
}

/// The program and its libraries, to the last line: another one may compute or write down a value otherwise.
const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("MUSTER_SOURCES"));

/// A fingerprint in the making: SHA-256 over parts, each with its length, so that no two lists of parts are alike.
#[derive(Debug, Clone)]
pub struct Print {
    kind: &'static str,
    hash: Sha256,
}

impl Print {
    /// The fingerprint of a value of a kind, as this very program computes it.
    #[must_use]
    pub fn of(kind: &'static str) -> Self {
        let print = Self { kind, hash: Sha256::new() };
        print.with(kind).with(PROGRAM)
    }

    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.hash.update((part.len() as u64).to_le_bytes());
        self.hash.update(part);
        self
    }

    /// A definition as the program holds it, whatever of it matters.
    #[must_use]
    pub fn with_definition(self, definition: &impl fmt::Debug) -> Self {
        self.with(format!("{definition:?}"))
    }

    /// `<kind>/<64 hex digits>`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}/{}", self.kind, hex::encode(self.hash.finalize()))
    }
}

/// A value that is kept under a name, once it is known.
#[derive(Debug)]
pub struct Slot<K, V> {
    pub key: K,
    pub name: String,
    pub value: Option<V>,
}

impl<K, V> Slot<K, V> {
    #[must_use]
    pub fn new(key: K, name: String) -> Self {
        Self { key, name, value: None }
    }
}

/// What was recalled for one step of a run, and what that step adds.
#[derive(Debug)]
pub struct Stock<'a> {
    kept: &'a dyn Kept,
    recalled: BTreeMap<String, Vec<u8>>,
    made: BTreeMap<String, Vec<u8>>,
}

impl<'a> Stock<'a> {
    /// Recalls all names at once: each alone would wait for the store.
    #[must_use]
    pub fn open<'n>(kept: &'a dyn Kept, names: impl IntoIterator<Item = &'n String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().cloned().collect();
        let recalled = if names.is_empty() { BTreeMap::new() } else { kept.recall(&names) };
        Self { kept, recalled, made: BTreeMap::new() }
    }

    /// Fills in what was recalled; a value that cannot be read is computed again.
    pub fn fill<K, V>(&self, slots: &mut [Slot<K, V>], read: impl Fn(&K, &[u8]) -> Option<V>) {
        for slot in slots {
            slot.value = self.recalled.get(&slot.name).and_then(|bytes| read(&slot.key, bytes));
        }
    }

    /// Fills in small values that were not recalled, and takes them down.
    pub fn settle<K, V: Serialize>(&mut self, slots: &mut [Slot<K, V>], mut value: impl FnMut(&K) -> V) {
        for slot in slots.iter_mut().filter(|slot| slot.value.is_none()) {
            let value = value(&slot.key);
            self.add(&slot.name, written(&value));
            slot.value = Some(value);
        }
    }

    /// Takes down a value that was computed.
    pub fn add(&mut self, name: &str, bytes: Option<Vec<u8>>) {
        self.made.extend(bytes.map(|bytes| (name.to_owned(), bytes)));
    }

    /// Hands over what was added.
    pub fn close(self) {
        if !self.made.is_empty() {
            self.kept.keep(self.made);
        }
    }
}

/// A small value as it is kept.
#[must_use]
pub fn written<V: Serialize>(value: &V) -> Option<Vec<u8>> {
    serde_json::to_vec(value).ok()
}

/// A small value as it was kept.
#[must_use]
pub fn read<V: DeserializeOwned>(bytes: &[u8]) -> Option<V> {
    serde_json::from_slice(bytes).ok()
}

/// Bytes of the checksum that a sealed value begins with.
const SEAL: usize = 32;
/// Far beyond any value; a damaged length must not take the memory.
const MOST_BYTES: usize = 1 << 30;

/// A value as an object: packed, with a checksum that knows its name.
#[must_use]
pub fn sealed(name: &str, value: &[u8]) -> Option<Vec<u8>> {
    let packed = zstd::bulk::compress(value, 1).ok()?;
    let mut object = seal(name, value.len(), &packed).to_vec();
    object.extend((value.len() as u64).to_le_bytes());
    object.extend(packed);
    Some(object)
}

/// The value of an object; none where it is not, to the last bit, what was sealed under this name.
#[must_use]
pub fn opened(name: &str, object: &[u8]) -> Option<Vec<u8>> {
    let (checksum, rest) = object.split_at_checked(SEAL)?;
    let (length, packed) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= MOST_BYTES)?;
    (seal(name, length, packed).as_slice() == checksum).then(|| zstd::bulk::decompress(packed, length).ok())?
}

fn seal(name: &str, length: usize, packed: &[u8]) -> [u8; SEAL] {
    let mut hash = Sha256::new();
    hash.update((name.len() as u64).to_le_bytes());
    hash.update(name);
    hash.update((length as u64).to_le_bytes());
    hash.update(packed);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_under_its_name_alone() {
        let object = sealed("parts/1", b"twelve point five").unwrap();
        assert_eq!(opened("parts/1", &object).unwrap(), b"twelve point five");
        assert_eq!(opened("parts/2", &object), None);
    }

    #[test]
    fn an_object_with_any_bit_changed_or_cut_short_is_not_opened() {
        let object = sealed("parts/1", b"twelve point five").unwrap();
        for at in 0..object.len() {
            let mut damaged = object.clone();
            damaged[at] ^= 1;
            assert_eq!(opened("parts/1", &damaged), None, "byte {at}");
            assert_eq!(opened("parts/1", &object[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn parts_that_are_divided_otherwise_have_another_fingerprint() {
        assert_ne!(Print::of("parts").with("ab").with("c").name(), Print::of("parts").with("a").with("bc").name());
    }
}

//! A copy of a finished document that opens with a password only (AES-256, ISO 32000-2).

use std::collections::BTreeMap;
use std::sync::Arc;

use hmac::{Hmac, Mac};
use lopdf::encryption::crypt_filters::{Aes256CryptFilter, CryptFilter};
use lopdf::{Document, EncryptionState, EncryptionVersion, Permissions};
use sha2::Sha256;

use super::PdfError;

/// The one filter, for strings and streams alike.
const FILTER: &[u8] = b"StdCF";

/// Encrypts a finished document. Reading, printing and copying are allowed to whoever has the password. The
/// standard's salts are drawn by lot: two copies of one document have different bytes.
///
/// # Errors
/// The bytes are no document of ours, or the cipher refuses.
#[expect(clippy::missing_panics_doc, reason = "HMAC takes keys of any length")]
pub fn lock(pdf: &[u8], password: &str) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::load_mem(pdf)?;
    let mut key = Hmac::<Sha256>::new_from_slice(password.as_bytes()).expect("HMAC takes keys of any length");
    key.update(pdf);
    let key = key.finalize().into_bytes();
    let filter: Arc<dyn CryptFilter> = Arc::new(Aes256CryptFilter);
    let state = EncryptionState::try_from(EncryptionVersion::V5 {
        encrypt_metadata: true,
        crypt_filters: BTreeMap::from([(FILTER.to_vec(), filter)]),
        file_encryption_key: &key,
        stream_filter: FILTER.to_vec(),
        string_filter: FILTER.to_vec(),
        owner_password: password,
        user_password: password,
        permissions: Permissions::all(),
    })?;
    "2.0".clone_into(&mut document.version);
    document.encrypt(&state)?;
    say_lengths(&mut document)?;
    let mut bytes = Vec::new();
    // Strings inside object streams would be encrypted twice.
    document.save_to(&mut bytes).map_err(PdfError::Write)?;
    Ok(bytes)
}

/// The lengths of the key, in bits and in bytes: some readers take 40 bits where nothing is said.
fn say_lengths(document: &mut Document) -> Result<(), PdfError> {
    let encryption = document.trailer.get(b"Encrypt")?.as_reference()?;
    let encryption = document.get_object_mut(encryption)?.as_dict_mut()?;
    encryption.set("Length", 256);
    let filter = encryption.get_mut(b"CF")?.as_dict_mut()?.get_mut(FILTER)?.as_dict_mut()?;
    filter.set("Length", 32);
    filter.set("AuthEvent", "DocOpen");
    Ok(())
}

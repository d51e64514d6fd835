//! DKIM (RFC 6376, RFC 8463): a signature over a mail's body and the headers a reader sees, `relaxed/relaxed`.
//!
//! It carries no time, so that a mail made again is the same mail.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest, Sha256};

use super::address::Address;
use crate::secret::Secret;

/// Headers that are signed where a mail has them; all of ours stand once.
const SIGNED: [&str; 11] = [
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "auto-submitted",
    "list-id",
    "list-unsubscribe",
];

/// Letters of a signature in one line.
const LINE_LENGTH: usize = 70;

/// Signs mails for one domain.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// Why mails cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    #[error("`mail.dkim.domain` is `{domain}`, and mails are from `{from}`\nhint: it is that domain or one above it")]
    Domain { domain: String, from: String },
    #[error("`mail.dkim.selector` is no name in the DNS: `{0}`")]
    Selector(String),
    #[error("`mail.dkim.key` cannot be used: {0}\nhint: a private key in PEM, RSA of 2048 bits or more, or Ed25519")]
    Key(String),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.selector, self.domain)
    }
}

impl Signer {
    /// For mails from an address of the domain or below it, with a key in PEM (PKCS #8, or PKCS #1 for RSA).
    ///
    /// # Errors
    /// The domain is not the sender's, the selector no name, or the key none that can be used.
    pub fn new(domain: &str, selector: &str, key: &Secret, from: &Address) -> Result<Self, DkimError> {
        let domain = domain.to_ascii_lowercase();
        let own = from.domain().to_ascii_lowercase();
        if own != domain && !own.ends_with(&format!(".{domain}")) {
            return Err(DkimError::Domain { domain, from: own });
        }
        let is_label = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if !selector.split('.').all(is_label) {
            return Err(DkimError::Selector(selector.to_owned()));
        }
        Ok(Self { domain, selector: selector.to_owned(), key: read(key.expose())? })
    }

    /// The header with the signature of a mail, to stand above its headers.
    #[must_use]
    pub fn signature(&self, mail: &[u8]) -> String {
        let (head, body) = split(mail);
        let headers = relaxed_headers(&String::from_utf8_lossy(head));
        let signed: Vec<&(String, String)> =
            SIGNED.iter().filter_map(|name| headers.iter().find(|(own, _)| own == name)).collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={};\r\n\th={};\r\n\tbh={};\r\n\tb=",
            self.domain,
            self.selector,
            names.join(":\r\n\t "),
            BASE64.encode(Sha256::digest(relaxed_body(body)))
        );
        let own = relaxed_headers(&unsigned);
        let lines: Vec<String> =
            signed.into_iter().chain(&own).map(|(name, value)| format!("{name}:{value}")).collect();
        let signature = BASE64.encode(self.key.sign(lines.join("\r\n").as_bytes()));
        let mut out = unsigned;
        // Base64 is ASCII: any byte ends a letter.
        for (index, start) in (0..signature.len()).step_by(LINE_LENGTH).enumerate() {
            out.push_str(if index > 0 { "\r\n\t " } else { "" });
            out.push_str(&signature[start..signature.len().min(start + LINE_LENGTH)]);
        }
        out.push_str("\r\n");
        out
    }
}

impl Key {
    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // The random numbers hide the key from whoever measures time; the signature is always the same.
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .expect("the system gives random numbers, and the length is the key's");
                signature
            }
            Self::Ed25519(key) => key.sign(&Sha256::digest(text)).as_ref().to_vec(),
        }
    }
}

fn read(pem: &str) -> Result<Key, DkimError> {
    let wrong = |why: &str| DkimError::Key(why.to_owned());
    let begin = pem.lines().find_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    let kind = begin.ok_or_else(|| wrong("it is no PEM"))?;
    let lines = pem.lines().map(str::trim);
    let lines = lines.skip_while(|line| !line.starts_with("-----BEGIN ")).skip(1);
    let text: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    let der = BASE64.decode(text).map_err(|_| wrong("its text is no base64"))?;
    let rsa = |key: Result<RsaKeyPair, ring::error::KeyRejected>| {
        key.map(|key| Key::Rsa(Box::new(key))).map_err(|error| DkimError::Key(error.to_string()))
    };
    match kind {
        "RSA PRIVATE KEY" => rsa(RsaKeyPair::from_der(&der)),
        "PRIVATE KEY" => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            Ok(key) => Ok(Key::Ed25519(Box::new(key))),
            Err(_) => rsa(RsaKeyPair::from_pkcs8(&der)),
        },
        "ENCRYPTED PRIVATE KEY" => Err(wrong("it needs a password")),
        _ => Err(wrong("it is no private key")),
    }
}

/// Head and body; the empty line belongs to neither.
fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or((mail, &[][..]), |end| (&mail[..end + 2], &mail[end + 4..]))
}

/// Names in lower case, values unfolded, white space one space (RFC 6376, 3.4.2).
fn relaxed_headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n\t", "\t").replace("\r\n ", " ");
    let relaxed = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let words: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        Some((name.trim_end().to_ascii_lowercase(), words.join(" ")))
    };
    unfolded.split("\r\n").filter_map(relaxed).collect()
}

/// White space one space, none at a line's end, no empty lines at the end (RFC 6376, 3.4.4).
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut filled = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() && !line.contains(&b' ') && !line.contains(&b'\t') {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
            filled = out.len();
            continue;
        }
        let mut space = false;
        for byte in line {
            if matches!(byte, b' ' | b'\t') {
                space = true;
                continue;
            }
            if std::mem::take(&mut space) {
                out.push(b' ');
            }
            out.push(*byte);
            filled = out.len() + 2;
        }
        out.extend_from_slice(b"\r\n");
    }
    out.truncate(filled);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_headers_are_those_of_the_standard() {
        // RFC 6376, 3.4.5.
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"\r\n\r\n"), b"");
        assert_eq!(relaxed_body(b"no end"), b"no end\r\n");
        let head = relaxed_headers("A: X\r\nB : Y\t\r\n\tZ  \r\n");
        assert_eq!(head, [("a".to_owned(), "X".to_owned()), ("b".to_owned(), "Y Z".to_owned())]);
    }

    #[test]
    fn a_wrong_key_domain_or_selector_is_told_and_no_key_is_shown() {
        let from: Address = "muster@reports.corp.test".parse().unwrap();
        let new = |domain, selector, key: &str| Signer::new(domain, selector, &Secret::new(key), &from);
        let pem = |kind: &str, text: &str| format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n");
        let said = |result: Result<Signer, DkimError>| result.unwrap_err().to_string();
        assert!(said(new("other.test", "s", "")).contains("mails are from `reports.corp.test`"));
        assert!(said(new("corp.test", "a b", "")).contains("`a b`"));
        for (key, why) in [
            (String::new(), "no PEM"),
            (pem("PRIVATE KEY", "canary!"), "no base64"),
            (pem("PRIVATE KEY", "Y2FuYXJ5"), "InvalidEncoding"),
            (pem("PUBLIC KEY", "Y2FuYXJ5"), "no private key"),
            (pem("ENCRYPTED PRIVATE KEY", "Y2FuYXJ5"), "a password"),
        ] {
            let said = said(new("corp.test", "muster", &key));
            assert!(said.contains(why) && !said.contains("anary") && !said.contains("Y2Fu"), "{said}");
        }
    }
}

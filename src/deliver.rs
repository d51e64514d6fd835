//! Delivery: who gets which mail, and the exact bytes of each.
//!
//! Pure: `recipients` reads the distribution lists and the extract of more readers, `plan` decides who gets what, `message` makes the
//! bytes; `io::mail` hands them to a server or an outbox. One mail per reader, addressed to nobody
//! else. The same delivery gives the same bytes and the same Message-ID, so that a mail whose
//! acceptance is in doubt can be looked for, or sent again as the same mail.

mod address;
mod dkim;
mod matrix;
mod message;
mod mime;
mod plan;
mod recipients;
pub mod retry;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use address::{Address, AddressError, Mailbox, Refused, masked, permit};
pub use dkim::{DkimError, Signer};
pub use matrix::{Matrix, Seat, matrix};
pub use message::{
    Attachment, Content, Envelope, MAX_ATTACHMENTS_BYTES, MessageError, message, message_id, message_id_of, own_lines,
};
pub use mime::Mime;
pub use plan::{Delivery, DeliveryKey, Issue, Plan, Spread, attachment_name, plan, safe_name};
pub use recipients::{Allowed, Distribution, DistributionError, Entry, Fault, Reader, Units, owner, readers, withheld};

/// A mail as it was frozen: whatever happens, these bytes and no others are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Where an outbox files it, `/` between folders; see [`DeliveryKey::folder`].
    pub folder: String,
    /// Envelope sender: where bounces go.
    pub from: Address,
    /// Envelope recipient.
    pub to: Address,
    /// With angle brackets, as in the header.
    pub message_id: String,
    pub bytes: Mime,
}

/// What became of one attempt to deliver one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server said 250 after the final dot.
    Sent,
    /// It lies in the outbox.
    Written,
    /// It will not be taken, now or later.
    Refused,
    /// It was surely not taken; try again.
    Deferred,
    /// The final dot was sent and nothing was heard: it may have been taken.
    InDoubt,
}

/// The record of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// In full, for the ledger; its `Debug` and the detail show it masked.
    pub address: Address,
    pub outcome: Outcome,
    /// The server's reply or the cause, fit for logs: addresses masked, no secrets.
    pub detail: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "sent",
            Self::Written => "written",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::InDoubt => "in doubt",
        })
    }
}

/// Longest line of a mail in bytes, without its line end (RFC 5322, 2.1.1).
const MAX_LINE_BYTES: usize = 998;

/// Why these bytes must not go over SMTP, if anything.
///
/// A lone CR or LF is read as a line end by some servers and not by others, which lets a text smuggle
/// in a second mail.
pub(crate) fn unfit_for_smtp(bytes: &[u8]) -> Option<&'static str> {
    if !bytes.is_ascii() {
        return Some("it has bytes outside ASCII");
    }
    if bytes.contains(&0) {
        return Some("it has a NUL byte");
    }
    let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let text = line.strip_suffix(b"\r");
        match (text, lines.peek()) {
            (Some(_), None) => return Some("it ends with a lone CR"),
            (None, Some(_)) => return Some("it has a lone LF"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        let text = text.unwrap_or(line);
        if text.contains(&b'\r') {
            return Some("it has a lone CR");
        }
        if text.len() > MAX_LINE_BYTES {
            return Some("it has a line over 998 bytes");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascii_lines_ended_by_crlf_go_over_smtp() {
        assert_eq!(unfit_for_smtp(b"A: b\r\n\r\ntext\r\n.\r\n"), None);
        assert_eq!(unfit_for_smtp(b"no line end"), None);
        for smuggled in ["a\n.\nMAIL FROM:<x>", "a\r.\rb\r\n", "a\r\n.\r", "a\n.\r\n", "\u{e4}\r\n", "a\0\r\n"] {
            assert!(unfit_for_smtp(smuggled.as_bytes()).is_some(), "{smuggled:?}");
        }
        assert!(unfit_for_smtp(&[b'x'; 999]).is_some());
    }

    #[test]
    fn a_receipt_shows_no_address_in_logs_but_keeps_it_for_the_ledger() {
        let address: Address = "jane.doe@example.com".parse().unwrap();
        let receipt = Receipt { address, outcome: Outcome::InDoubt, detail: String::new() };
        assert!(!format!("{receipt:?}").contains("jane.doe"));
        let json = serde_json::to_string(&receipt).unwrap();
        assert_eq!(json, r#"{"address":"jane.doe@example.com","outcome":"in_doubt","detail":""}"#);
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), receipt);
    }
}

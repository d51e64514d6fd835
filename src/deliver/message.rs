//! The bytes of a mail: RFC 5322 with every part of it fixed by its inputs.
//!
//! Shape: `mixed( alternative( text, related( html, pictures ) ), attachments )`. lettre draws MIME
//! boundaries by lot and takes the date from the clock; here both are given, so that a mail made again
//! is the same mail. All parts are quoted-printable or base64, hence the boundaries, which begin with
//! `=_`, occur in no part whatever the data says. The parts are the same for all readers of a report and are encoded
//! once; a reader's own are the headers and the boundaries.

mod content;

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use lettre::Address as LettreAddress;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as LettreMailbox, MultiPart, MultiPartBuilder};
use sha2::{Digest, Sha256};

use super::address::{Address, Mailbox, hides};
use super::dkim::Signer;
use super::mime::Mime;
use super::plan::DeliveryKey;
use super::unfit_for_smtp;
use crate::render::mail::MailBody;
use crate::secret::Secret;
pub use content::Content;

/// Largest attachments of one mail together, in bytes before encoding.
pub const MAX_ATTACHMENTS_BYTES: usize = 10_000_000;

const MAX_SUBJECT_CHARS: usize = 250;
const MAX_HEADER_CHARS: usize = 500;

/// Hex digits of a Message-ID: 128 bits of the HMAC.
const ID_DIGITS: usize = 32;

/// Everything about a mail but its content.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub from: Mailbox,
    pub to: Mailbox,
    /// The report's owner: Reply-To, and whom to ask to be taken off the list.
    pub owner: Mailbox,
    /// When the issue was made; a parameter, so that a mail made again is the same.
    pub date: DateTime<Utc>,
    pub key: DeliveryKey,
    /// The run that made it, e.g. `cfo-monthly/2026-10/r1`.
    pub run: String,
    /// Key of the Message-IDs, `mail.message_id_key`.
    pub secret: Secret,
    /// Signs the mail, where mails are signed.
    pub signer: Option<Arc<Signer>>,
}

/// A document that goes with the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// A plain file name; see [`super::attachment_name`].
    pub name: String,
    /// e.g. `application/pdf`
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Why there is no mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the attachments have {} together, the limit is {}: {sizes}\nhint: leave out a format of the edition, or shorten its exception lists", megabytes(*total), megabytes(MAX_ATTACHMENTS_BYTES))]
    TooLarge {
        total: usize,
        /// e.g. "`a.pdf` 4.1 MB, `a.xlsx` 8.0 MB"
        sizes: String,
    },
    #[error("the header `{header}` {why}")]
    Header { header: &'static str, why: &'static str },
    #[error("`{name}` is no plain file name for an attachment")]
    Name {
        /// Escaped.
        name: String,
    },
    #[error("`{content_type}` of `{name}` is no content type")]
    Type { name: String, content_type: String },
    #[error("`{cid}` is no content id for a picture")]
    Picture {
        /// Escaped.
        cid: String,
    },
    #[error("the mail cannot be put together: {0}")]
    Build(String),
    #[error("the mail is not fit for SMTP: {0}")]
    Unfit(&'static str),
}

/// `<32 hex digits@domain>`, the same for the same delivery and unguessable without the key.
#[must_use]
pub fn message_id(key: &DeliveryKey, secret: &Secret, from: &Address) -> String {
    format!("<{}@{}>", &mac(secret, &key.to_string())[..ID_DIGITS], from.domain())
}

/// The Message-ID in the head of a mail, with its angle brackets.
#[must_use]
pub fn message_id_of(bytes: &[u8]) -> Option<String> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    head.split("\r\n").find_map(|line| line.strip_prefix("Message-ID: ")).map(str::to_owned)
}

/// Makes the mail.
///
/// # Errors
/// Attachments that are too large together, and any name or header value that could break out of its
/// header.
pub fn message(envelope: &Envelope, body: &MailBody, attachments: &[Attachment]) -> Result<Mime, MessageError> {
    let content = Content::of(body, attachments)?;
    let own = own_lines(envelope, &content)?;
    content.around(own).ok_or_else(|| MessageError::Build("its parts are not those of a mail".to_owned()))
}

/// What a reader's mail has for itself, before, between and behind the parts of the content: headers and boundaries.
///
/// # Errors
/// Any header value that could break out of its header.
pub fn own_lines(envelope: &Envelope, content: &Content) -> Result<Vec<String>, MessageError> {
    let id = message_id(&envelope.key, &envelope.secret, &envelope.from.address);
    let boundary = |part: &str| format!("=_{}_{part}", &hex::encode(Sha256::digest(&id))[..ID_DIGITS]);
    let [mixed, alternative, related] = ["m", "a", "r"].map(boundary);
    // lettre writes the heads; the parts were encoded before.
    let begun =
        |multi: MultiPartBuilder, boundary: &str| opening(multi.boundary(boundary).build().formatted(), boundary);

    let head = opening(headers(envelope, &content.subject, &id, &mixed)?, &mixed)?;
    let mut own = vec![
        format!("{head}--{mixed}\r\n{}--{alternative}\r\n", begun(MultiPart::alternative(), &alternative)?),
        format!("--{alternative}\r\n{}--{related}\r\n", begun(MultiPart::related(), &related)?),
    ];
    own.extend(std::iter::repeat_n(format!("--{related}\r\n"), content.pictures()));
    let inner_end = format!("--{related}--\r\n--{alternative}--\r\n");
    let attachments = content.ends().len().saturating_sub(own.len());
    own.extend((0..attachments).map(|index| format!("{}--{mixed}\r\n", if index == 0 { &inner_end } else { "" })));
    own.push(format!("{}--{mixed}--\r\n", if attachments == 0 { &inner_end } else { "" }));

    if let Some(signer) = &envelope.signer {
        let plain = content.around(own.clone()).map(|mail| mail.whole()).unwrap_or_default();
        own[0].insert_str(0, &signer.signature(&plain));
    }
    own.iter().find_map(|lines| unfit_for_smtp(lines.as_bytes())).map_or(Ok(own), |why| Err(MessageError::Unfit(why)))
}

/// The headers, and the end of a mail without parts.
fn headers(envelope: &Envelope, subject: &str, id: &str, boundary: &str) -> Result<Vec<u8>, MessageError> {
    let owner = &envelope.owner.address;
    let list = format!("<{}.{}>", envelope.key.edition, envelope.from.address.domain());
    let leave = format!(
        "<mailto:{}@{}?subject=unsubscribe%20{}>",
        escaped(owner.local()),
        owner.domain(),
        envelope.key.edition
    );
    let built = lettre::Message::builder()
        .from(mailbox(&envelope.from)?)
        .to(mailbox(&envelope.to)?)
        .reply_to(mailbox(&envelope.owner)?)
        .subject(one_line(subject, MAX_SUBJECT_CHARS))
        .date(envelope.date.into())
        .message_id(Some(id.to_owned()))
        .raw_header(header("Auto-Submitted", "auto-generated")?)
        .raw_header(header("List-Id", &list)?)
        .raw_header(header("List-Unsubscribe", &leave)?)
        .raw_header(header("X-Muster-Run", &graphic(&envelope.run))?)
        .multipart(MultiPart::mixed().boundary(boundary).build())
        .map_err(|error| MessageError::Build(error.to_string()))?;
    Ok(built.formatted())
}

/// The head of parts that are still to come.
fn opening(without_parts: Vec<u8>, boundary: &str) -> Result<String, MessageError> {
    let wrong = || MessageError::Build("its head is not as expected".to_owned());
    let mut text = String::from_utf8(without_parts).map_err(|_| wrong())?;
    let head = text.strip_suffix(&format!("--{boundary}--\r\n")).ok_or_else(wrong)?.len();
    text.truncate(head);
    Ok(text)
}

/// Rounded up, so that what is over the limit never reads as the limit.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn mac(secret: &Secret, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, MessageError> {
    let address = &mailbox.address;
    let email = LettreAddress::new(address.local(), address.domain())
        .map_err(|_| MessageError::Build(format!("`{}` is no address", address.masked())))?;
    Ok(LettreMailbox::new(mailbox.name.as_ref().map(|name| one_line(name, MAX_SUBJECT_CHARS)), email))
}

/// A header whose value is plain ASCII without spaces and thus stands in one line as it is.
fn header(name: &'static str, value: &str) -> Result<HeaderValue, MessageError> {
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(MessageError::Header { header: name, why: "is not plain ASCII without spaces" });
    }
    if value.len() > MAX_HEADER_CHARS {
        return Err(MessageError::Header { header: name, why: "is longer than 500 characters" });
    }
    Ok(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}

/// The text without spaces and outside ASCII nothing: a unit may be called `Zürich West`. Control characters stay, to be
/// refused.
fn graphic(text: &str) -> String {
    let strange = |byte: u8| byte == b' ' || byte == b'%' || !byte.is_ascii();
    text.bytes().map(|byte| if strange(byte) { format!("%{byte:02X}") } else { char::from(byte).to_string() }).collect()
}

/// The text on one line: every run of white space, NBSP and its kin included, is one space; control
/// and invisible characters are left out; what looks like an encoded word is broken up, since a mail
/// program would decode it.
fn one_line(text: &str, max_chars: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !hides(*c)).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    line.chars().take(max_chars).collect()
}

/// The part before the `@` inside a `mailto:` URL.
fn escaped(local: &str) -> String {
    local.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests;

//! The bytes of a mail: RFC 5322 with every part of it fixed by its inputs.
//!
//! Shape: `mixed( alternative( text, related( html, pictures ) ), attachments )`. lettre draws MIME
//! boundaries by lot and takes the date from the clock; here both are given, so that a mail made again
//! is the same mail. All parts are quoted-printable or base64, hence the boundaries, which begin with
//! `=_`, occur in no part whatever the data says.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use lettre::Address as LettreAddress;
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Mailbox as LettreMailbox, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::address::{Address, Mailbox, hides};
use super::dkim::Signer;
use super::plan::DeliveryKey;
use super::unfit_for_smtp;
use crate::render::mail::{InlineImage, MailBody};
use crate::secret::Secret;

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
    let text = std::str::from_utf8(bytes).ok()?;
    let head = text.split("\r\n\r\n").next()?;
    head.split("\r\n").find_map(|line| line.strip_prefix("Message-ID: ")).map(str::to_owned)
}

/// Makes the mail.
///
/// # Errors
/// Attachments that are too large together, and any name or header value that could break out of its
/// header.
pub fn message(envelope: &Envelope, body: &MailBody, attachments: &[Attachment]) -> Result<Vec<u8>, MessageError> {
    check_size(attachments)?;
    let id = message_id(&envelope.key, &envelope.secret, &envelope.from.address);
    let boundary = |part: &str| format!("=_{}_{part}", &hex::encode(Sha256::digest(&id))[..ID_DIGITS]);

    let mut related = MultiPart::related().boundary(boundary("r")).singlepart(text(ContentType::TEXT_HTML, &body.html));
    for (index, image) in body.images.iter().enumerate() {
        related = related.singlepart(picture(index, image)?);
    }
    let alternative = MultiPart::alternative()
        .boundary(boundary("a"))
        .singlepart(text(ContentType::TEXT_PLAIN, &body.text))
        .multipart(related);
    let mut mixed = MultiPart::mixed().boundary(boundary("m")).multipart(alternative);
    for attachment in attachments {
        mixed = mixed.singlepart(attached(attachment)?);
    }

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
        .subject(one_line(&body.subject, MAX_SUBJECT_CHARS))
        .date(envelope.date.into())
        .message_id(Some(id))
        .raw_header(header("Auto-Submitted", "auto-generated")?)
        .raw_header(header("List-Id", &list)?)
        .raw_header(header("List-Unsubscribe", &leave)?)
        .raw_header(header("X-Muster-Run", &graphic(&envelope.run))?)
        .multipart(mixed)
        .map_err(|error| MessageError::Build(error.to_string()))?;
    let plain = built.formatted();
    let bytes = match &envelope.signer {
        Some(signer) => signer.sign(&plain),
        None => plain,
    };
    unfit_for_smtp(&bytes).map_or(Ok(bytes), |why| Err(MessageError::Unfit(why)))
}

fn check_size(attachments: &[Attachment]) -> Result<(), MessageError> {
    let total = attachments.iter().map(|attachment| attachment.bytes.len()).sum();
    if total <= MAX_ATTACHMENTS_BYTES {
        return Ok(());
    }
    let size =
        |attachment: &Attachment| format!("`{}` {}", attachment.name.escape_debug(), megabytes(attachment.bytes.len()));
    Err(MessageError::TooLarge { total, sizes: attachments.iter().map(size).collect::<Vec<_>>().join(", ") })
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

fn text(content_type: ContentType, text: &str) -> SinglePart {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    SinglePart::builder().header(content_type).header(ContentTransferEncoding::QuotedPrintable).body(text)
}

fn picture(index: usize, image: &InlineImage) -> Result<SinglePart, MessageError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    if image.cid.is_empty() || image.cid.len() > MAX_HEADER_CHARS || !image.cid.bytes().all(plain) {
        return Err(MessageError::Picture { cid: image.cid.escape_debug().to_string() });
    }
    let png = ContentType::parse("image/png").map_err(|error| MessageError::Build(error.to_string()))?;
    Ok(SinglePart::builder()
        .header(png)
        .header(ContentId::from(format!("<{}>", image.cid)))
        .header(ContentDisposition::inline_with_name(&format!("picture-{}.png", index + 1)))
        .header(ContentTransferEncoding::Base64)
        .body(image.png.clone()))
}

fn attached(attachment: &Attachment) -> Result<SinglePart, MessageError> {
    let Attachment { name, content_type, bytes } = attachment;
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"/\\\"<>|:*?;".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(plain) {
        return Err(MessageError::Name { name: name.escape_debug().to_string() });
    }
    let no_type = |_| MessageError::Type { name: name.clone(), content_type: content_type.escape_debug().to_string() };
    Ok(SinglePart::builder()
        .header(ContentType::parse(content_type).map_err(no_type)?)
        .header(ContentDisposition::attachment(name))
        .header(ContentTransferEncoding::Base64)
        .body(bytes.clone()))
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

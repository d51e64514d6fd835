//! What all readers of a report find in their mail, encoded once.

use bytes::Bytes;
use lettre::message::SinglePart;
use lettre::message::header::{ContentDisposition, ContentId, ContentTransferEncoding, ContentType};

use super::{Attachment, MAX_ATTACHMENTS_BYTES, MAX_HEADER_CHARS, MessageError, megabytes};
use crate::deliver::mime::Mime;
use crate::deliver::unfit_for_smtp;
use crate::render::mail::{InlineImage, MailBody};

/// The parts before the pictures: text and HTML.
pub(super) const TEXTS: usize = 2;

/// Subject and encoded parts of a mail: text, HTML, pictures, attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub subject: String,
    /// The parts with their headers, one behind the other.
    bytes: Bytes,
    /// Where each of them ends.
    ends: Vec<usize>,
    pictures: usize,
}

impl Content {
    /// Encodes the parts.
    ///
    /// # Errors
    /// Attachments that are too large together, and names that could break out of a header.
    pub fn of(body: &MailBody, attachments: &[Attachment]) -> Result<Self, MessageError> {
        check_size(attachments)?;
        let mut parts = vec![text(ContentType::TEXT_PLAIN, &body.text), text(ContentType::TEXT_HTML, &body.html)];
        for (index, image) in body.images.iter().enumerate() {
            parts.push(picture(index, image)?);
        }
        for attachment in attachments {
            parts.push(attached(attachment)?);
        }
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(parts.len()));
        for part in parts {
            bytes.extend_from_slice(&part.formatted());
            ends.push(bytes.len());
        }
        let content = Self { subject: body.subject.clone(), bytes: bytes.into(), ends, pictures: body.images.len() };
        content.unfit().map_or(Ok(content), |why| Err(MessageError::Unfit(why)))
    }

    /// As it was encoded before; `None` where the parts are not those of a mail.
    #[must_use]
    pub fn again(subject: String, bytes: Bytes, ends: Vec<usize>, pictures: usize) -> Option<Self> {
        let whole = ends.is_sorted() && ends.last() == Some(&bytes.len()) && ends.len() >= TEXTS + pictures;
        let content = Self { subject, bytes, ends, pictures };
        (whole && content.unfit().is_none()).then_some(content)
    }

    /// The encoded parts, one behind the other.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where each part ends.
    #[must_use]
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// How many of the parts are pictures.
    #[must_use]
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// The mail with a reader's own lines before, between and behind the parts; `None` where they do not fit.
    #[must_use]
    pub fn around(&self, own: Vec<String>) -> Option<Mime> {
        let fits = own.len() == self.ends.len() + 1;
        fits.then(|| Mime::around(own.into_iter().map(Bytes::from).collect(), self.parts().collect()))
    }

    fn unfit(&self) -> Option<&'static str> {
        self.parts().find_map(|part| unfit_for_smtp(&part))
    }

    fn parts(&self) -> impl Iterator<Item = Bytes> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| self.bytes.slice(*start..*end))
    }
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

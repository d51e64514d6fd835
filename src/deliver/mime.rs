//! The bytes of a mail in pieces, so that what all its readers get is held once.

use bytes::Bytes;

use super::unfit_for_smtp;

/// Pieces that make a mail, one behind the other. All headers stand in the first, and each begins with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mime(Vec<Bytes>);

impl Mime {
    #[must_use]
    pub fn new(pieces: Vec<Bytes>) -> Self {
        Self(pieces)
    }

    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.0
    }

    /// The piece with the headers.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.0.first().map(Bytes::as_ref).unwrap_or_default()
    }

    /// In bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// All bytes in one.
    #[must_use]
    pub fn whole(&self) -> Bytes {
        match self.0.as_slice() {
            [one] => one.clone(),
            pieces => pieces.concat().into(),
        }
    }

    /// Whether it is those bytes.
    #[must_use]
    pub fn is(&self, mut bytes: &[u8]) -> bool {
        let in_front = |piece: &Bytes| bytes.strip_prefix(piece.as_ref()).map(|rest| bytes = rest).is_some();
        self.0.iter().all(in_front) && bytes.is_empty()
    }

    /// Why it must not go over SMTP, if anything.
    #[must_use]
    pub fn unfit(&self) -> Option<&'static str> {
        let parted = self.0.windows(2).any(|pair| !pair[0].ends_with(b"\r\n"));
        let unfit = || self.0.iter().find_map(|piece| unfit_for_smtp(piece));
        parted.then_some("one of its pieces does not end with a line").or_else(unfit)
    }
}

impl From<Vec<u8>> for Mime {
    fn from(bytes: Vec<u8>) -> Self {
        Self(vec![bytes.into()])
    }
}

impl From<Bytes> for Mime {
    fn from(bytes: Bytes) -> Self {
        Self(vec![bytes])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mime(pieces: &[&'static str]) -> Mime {
        Mime::new(pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect())
    }

    #[test]
    fn pieces_are_the_mail_they_make() {
        let mail = mime(&["A: b\r\n", "\r\n", "text\r\n"]);
        assert_eq!(mail.whole(), "A: b\r\n\r\ntext\r\n");
        assert_eq!(mail.size(), mail.whole().len());
        assert!(mail.is(b"A: b\r\n\r\ntext\r\n") && mail.unfit().is_none());
        for other in ["A: b\r\n\r\ntext\r\nmore", "A: b\r\n\r\ntext", "A: c\r\n\r\ntext\r\n", ""] {
            assert!(!mail.is(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn no_line_is_hidden_where_two_pieces_meet() {
        for pieces in [["A: b\r", "\ntext"], ["A: b", ".\r\n"], ["A: b\r\n", "x\n.\r\n"], ["A: b\n", ".\r\n"]] {
            assert!(mime(&pieces).unfit().is_some(), "{pieces:?}");
        }
    }
}

//! The bytes of a mail in pieces, so that what all its readers get is held once.

use bytes::Bytes;

use super::unfit_for_smtp;

/// Lines that are one reader's own, and between them parts that others get as well. All headers stand in the first lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mime {
    own: Vec<Bytes>,
    /// Each stands behind the lines of the same number. Whoever encoded or fetched it has seen that it is fit for SMTP.
    shared: Vec<Bytes>,
}

impl Mime {
    /// `shared` are parts that [`Content`](super::Content) has found fit.
    pub(super) fn around(own: Vec<Bytes>, shared: Vec<Bytes>) -> Self {
        Self { own, shared }
    }

    /// Pieces that make the mail, one behind the other.
    pub fn pieces(&self) -> impl Iterator<Item = &Bytes> + Clone {
        (0..self.own.len()).flat_map(|at| self.own.get(at).into_iter().chain(self.shared.get(at)))
    }

    /// The piece with the headers.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.own.first().map(Bytes::as_ref).unwrap_or_default()
    }

    /// In bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.pieces().map(Bytes::len).sum()
    }

    /// All bytes in one.
    #[must_use]
    pub fn whole(&self) -> Bytes {
        if let ([one], true) = (self.own.as_slice(), self.shared.is_empty()) {
            return one.clone();
        }
        let mut whole = Vec::with_capacity(self.size());
        self.pieces().for_each(|piece| whole.extend_from_slice(piece));
        whole.into()
    }

    /// Whether it is those bytes.
    #[must_use]
    pub fn is(&self, mut bytes: &[u8]) -> bool {
        let in_front = |piece: &Bytes| bytes.strip_prefix(piece.as_ref()).map(|rest| bytes = rest).is_some();
        self.pieces().all(in_front) && bytes.is_empty()
    }

    /// Why it must not go over SMTP, if anything.
    #[must_use]
    pub fn unfit(&self) -> Option<&'static str> {
        let before = self.pieces().take((self.own.len() + self.shared.len()).saturating_sub(1));
        let parted = before.into_iter().any(|piece| !piece.ends_with(b"\r\n"));
        let unfit = || self.own.iter().find_map(|piece| unfit_for_smtp(piece));
        parted.then_some("one of its pieces does not end with a line").or_else(unfit)
    }
}

impl From<Vec<u8>> for Mime {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<Bytes> for Mime {
    fn from(bytes: Bytes) -> Self {
        Self { own: vec![bytes], shared: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mime(own: &[&'static str], shared: &[&'static str]) -> Mime {
        let bytes = |texts: &[&'static str]| texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
        Mime::around(bytes(own), bytes(shared))
    }

    #[test]
    fn pieces_are_the_mail_they_make() {
        let mail = mime(&["A: b\r\n", "--\r\n", "--\r\n"], &["\r\n", "text\r\n"]);
        assert_eq!(mail.whole(), "A: b\r\n\r\n--\r\ntext\r\n--\r\n");
        assert_eq!(mail.size(), mail.whole().len());
        assert!(mail.is(&mail.whole()) && mail.unfit().is_none());
        assert_eq!(Mime::from(mail.whole()).whole(), mail.whole());
        for other in ["A: b\r\n\r\n--\r\ntext\r\n--\r\nmore", "A: b\r\n\r\n--\r\ntext\r\n--", "A: c\r\n", ""] {
            assert!(!mail.is(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn no_line_is_hidden_where_two_pieces_meet() {
        for (first, part, last) in [
            ("A: b\r", "\ntext\r\n", ""),
            ("A: b", ".\r\n", ""),
            ("A: b\r\n", "x", ".\r\n"),
            ("a\n.\r\n", "b\r\n", "c"),
        ] {
            assert!(mime(&[first, last], &[part]).unfit().is_some(), "{first:?} {part:?} {last:?}");
        }
    }
}

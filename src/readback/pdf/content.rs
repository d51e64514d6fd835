//! A page's content as a viewer reads it (ISO 32000-2, 7.8.2): operands, then the operator that takes them.

/// What an operator is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand<'a> {
    Number(f32),
    Name(&'a [u8]),
    Text(Vec<u8>),
    Array(Vec<Operand<'a>>),
    Dictionary(Vec<(&'a [u8], Operand<'a>)>),
    /// `true`, `false`, `null`.
    Word,
}

/// Arrays and dictionaries inside each other.
const DEEPEST: usize = 16;

/// Reads the content, one operator after the other.
///
/// # Errors
/// What makes it unreadable, in words.
pub fn operations<'a>(content: &'a [u8], mut each: impl FnMut(&[u8], &[Operand<'a>])) -> Result<(), String> {
    let mut reader = Reader { content, at: 0 };
    let mut operands = Vec::new();
    while let Some(byte) = reader.next_byte() {
        if byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'"') {
            let word = reader.regular();
            match word {
                b"true" | b"false" | b"null" => operands.push(Operand::Word),
                b"BI" => return Err("a page has an inline image".to_owned()),
                operator => {
                    each(operator, &operands);
                    operands.clear();
                }
            }
        } else {
            operands.push(reader.operand(0)?);
        }
    }
    Ok(())
}

struct Reader<'a> {
    content: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space and in no comment.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            let byte = *self.content.get(self.at)?;
            match byte {
                b'%' => self.at += self.rest().iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count(),
                byte if is_space(byte) => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.content.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self) -> String {
        format!("the content of a page cannot be read at byte {}", self.at)
    }

    /// Bytes as far as the next space or delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_space(*byte) || is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn operand(&mut self, depth: usize) -> Result<Operand<'a>, String> {
        let byte = self.next_byte().filter(|_| depth < DEEPEST).ok_or_else(|| self.wrong())?;
        match byte {
            b'/' => {
                self.at += 1;
                Ok(Operand::Name(self.regular()))
            }
            b'(' => self.literal().map(Operand::Text),
            b'<' if self.rest().starts_with(b"<<") => self.dictionary(depth),
            b'<' => self.hexadecimal().map(Operand::Text),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.next_byte().ok_or_else(|| self.wrong())? != b']' {
                    items.push(self.operand(depth + 1)?);
                }
                self.at += 1;
                Ok(Operand::Array(items))
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => {
                let word = std::str::from_utf8(self.regular()).map_err(|_| self.wrong())?;
                word.parse().map(Operand::Number).map_err(|_| self.wrong())
            }
            _ => match self.regular() {
                b"true" | b"false" | b"null" => Ok(Operand::Word),
                _ => Err(self.wrong()),
            },
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Operand<'a>, String> {
        self.at += 2;
        let mut entries = Vec::new();
        while self.next_byte().ok_or_else(|| self.wrong())? != b'>' {
            let Operand::Name(name) = self.operand(depth + 1)? else { return Err(self.wrong()) };
            entries.push((name, self.operand(depth + 1)?));
        }
        if !self.rest().starts_with(b">>") {
            return Err(self.wrong());
        }
        self.at += 2;
        Ok(Operand::Dictionary(entries))
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, String> {
        self.at += 1;
        let length = self.rest().iter().position(|byte| *byte == b'>').ok_or_else(|| self.wrong())?;
        let digits = self.rest()[..length].iter().filter(|byte| !is_space(**byte));
        let digits = digits.map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
        let digits = digits.collect::<Option<Vec<u8>>>().ok_or_else(|| self.wrong())?;
        self.at += length + 1;
        // A missing last digit is 0.
        Ok(digits.chunks(2).map(|pair| (pair[0] << 4) | pair.get(1).copied().unwrap_or_default()).collect())
    }

    /// A string in brackets, which may hold brackets in pairs and escaped bytes.
    fn literal(&mut self) -> Result<Vec<u8>, String> {
        let (mut text, mut open) = (Vec::new(), 0_usize);
        loop {
            let byte = *self.content.get(self.at).ok_or_else(|| self.wrong())?;
            self.at += 1;
            match byte {
                b'(' => {
                    open += 1;
                    if open > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(text);
                    }
                    text.push(byte);
                }
                b'\\' => self.escaped(&mut text),
                b'\r' => {
                    // Every line end in a string is a line feed.
                    self.at += usize::from(self.rest().first() == Some(&b'\n'));
                    text.push(b'\n');
                }
                byte => text.push(byte),
            }
        }
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.rest().first().copied() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\n' => {}
            b'\r' => self.at += usize::from(self.rest().first() == Some(&b'\n')),
            b'0'..=b'7' => {
                let more = self.rest().iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let digits = &self.content[self.at - 1..self.at + more];
                self.at += more;
                let code = digits.iter().fold(0_u32, |code, digit| code * 8 + u32::from(digit - b'0'));
                // What does not fit into a byte is cut off.
                text.push(u8::try_from(code & 0xFF).unwrap_or_default());
            }
            other => text.push(other),
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Vec<(String, Vec<Operand<'_>>)>, String> {
        let mut read = Vec::new();
        operations(content.as_bytes(), |operator, operands| {
            read.push((String::from_utf8_lossy(operator).into_owned(), operands.to_vec()));
        })?;
        Ok(read)
    }

    #[test]
    fn operators_have_the_operands_before_them() {
        let content = "q % a comment Tj\n/Span <</MCID 3/ActualText (a\\(b\\051(c)\\\nd)>> BDC\n/F1 9.5 Tf 1 0 0 -1 +.5 -2. Tm\n[<00 4a1>-12(x\\101)]TJ T* null EMC";
        let read = read(content).expect("content");
        let operators: Vec<&str> = read.iter().map(|(operator, _)| operator.as_str()).collect();
        assert_eq!(operators, ["q", "BDC", "Tf", "Tm", "TJ", "T*", "EMC"]);
        let text = |text: &[u8]| Operand::Text(text.to_vec());
        let entries = vec![(b"MCID".as_slice(), Operand::Number(3.0)), (b"ActualText", text(b"a(b)(c)d"))];
        assert_eq!(read[1].1, [Operand::Name(b"Span"), Operand::Dictionary(entries)]);
        assert_eq!(read[2].1, [Operand::Name(b"F1"), Operand::Number(9.5)]);
        assert_eq!(read[3].1[3..], [Operand::Number(-1.0), Operand::Number(0.5), Operand::Number(-2.0)]);
        assert_eq!(read[4].1, [Operand::Array(vec![text(&[0, 0x4a, 0x10]), Operand::Number(-12.0), text(b"xA")])]);
    }

    #[test]
    fn what_is_no_content_is_an_error() {
        for wrong in ["(a", "<4", "[1 2", "<</A 1>", "<<1 2>>", "<zz> Tj", ") Tj", "1..2 w", "BI /W 1 ID x EI"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let deep = "[".repeat(100);
        assert!(read(&deep).is_err());
    }
}

//! A PDF taken apart, to be tampered with.

use std::collections::BTreeMap;

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, ObjectId};

/// A PDF taken apart into its operations.
pub struct Paper {
    document: Document,
    pub pages: BTreeMap<ObjectId, Content>,
}

impl Paper {
    pub fn open(bytes: &[u8]) -> Self {
        let document = Document::load_mem(bytes).expect("a PDF");
        let content = |id| Content::decode(&document.get_page_content(id)).expect("content");
        let pages = document.get_pages().into_values().map(|id| (id, content(id))).collect();
        Self { document, pages }
    }

    /// Where a text is shown: page and operation.
    pub fn place(&self, text: &str) -> (ObjectId, usize) {
        let found = self.pages.iter().find_map(|(page, content)| {
            let shown = |at: &usize| self.shown(*page, *at).is_some_and(|shown| shown.trim() == text);
            (0..content.operations.len()).find(shown).map(|at| (*page, at))
        });
        found.unwrap_or_else(|| panic!("`{text}` is on no page"))
    }

    fn shown(&self, page: ObjectId, at: usize) -> Option<String> {
        let operations = &self.pages[&page].operations;
        (operations[at].operator == "TJ")
            .then(|| codes(&operations[at]).iter().filter_map(|code| self.letter(page, at, code)).collect::<String>())
    }

    fn letter(&self, page: ObjectId, at: usize, code: &[u8]) -> Option<String> {
        let mut before = self.pages[&page].operations[..at].iter().rev();
        let font = before.find(|operation| operation.operator == "Tf")?.operands[0].as_name().ok()?.to_owned();
        let fonts = self.document.get_page_fonts(page).expect("fonts");
        let stream = fonts.get(&font)?.get_deref(b"ToUnicode", &self.document).ok()?.as_stream().ok()?;
        let map = String::from_utf8_lossy(&stream.decompressed_content().expect("a map")).into_owned();
        let code = format!("<{:02X}{:02X}> <", code[0], code[1]);
        let hex = map.split(&code).nth(1)?.split('>').next()?;
        char::from_u32(u32::from_str_radix(hex, 16).ok()?).map(String::from)
    }

    /// Shows the digit of another place instead of the first one there.
    pub fn change_digit(&mut self, page: ObjectId, at: usize) {
        let is_digit = |letter: &String| letter.chars().all(|c| c.is_ascii_digit());
        let digits: Vec<(usize, Vec<u8>, String)> = codes(&self.pages[&page].operations[at])
            .into_iter()
            .enumerate()
            .filter_map(|(index, code)| Some((index, code.clone(), self.letter(page, at, &code).filter(is_digit)?)))
            .collect();
        let (index, _, digit) = digits.first().expect("a digit").clone();
        let another = digits.iter().find(|(_, _, other)| *other != digit).expect("another digit").1.clone();
        let operation = &mut self.pages.get_mut(&page).expect("the page").operations[at];
        let mut seen = 0;
        for item in operation.operands[0].as_array_mut().expect("an array") {
            if let Object::String(bytes, _) = item {
                for code in bytes.chunks_exact_mut(2) {
                    if seen == index {
                        code.copy_from_slice(&another);
                    }
                    seen += 1;
                }
            }
        }
    }

    pub fn bytes(mut self) -> Vec<u8> {
        for (page, content) in &self.pages {
            self.document.change_page_content(*page, content.encode().expect("bytes")).expect("a page");
        }
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).expect("a file");
        bytes
    }
}

fn codes(operation: &Operation) -> Vec<Vec<u8>> {
    let items = operation.operands[0].as_array().expect("an array").iter();
    items.filter_map(|item| item.as_str().ok()).flat_map(|bytes| bytes.chunks_exact(2).map(<[u8]>::to_vec)).collect()
}

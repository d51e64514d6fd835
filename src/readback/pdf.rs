//! The PDF as strips of cells, read from what its pages show: glyphs through their fonts' own maps, rows by the
//! document's structure, places by its coordinates.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::celled::{At, Cell, Part, Reading, Strip};
use super::plain::plain;

/// Texts of one marked content, each with the place of its beginning.
type Shown = Vec<(String, At)>;

/// What stands on the pages: marked content by page and number, and the rest.
#[derive(Default)]
struct Pages {
    marked: BTreeMap<(ObjectId, i64), Shown>,
    unmarked: Vec<String>,
}

/// A document with what its pages show.
pub struct Opened {
    document: Document,
    pages: Pages,
}

/// Opens a document.
///
/// # Errors
/// What makes it unreadable, in words.
pub fn open(bytes: &[u8]) -> Result<Opened, String> {
    let document = Document::load_mem(bytes).map_err(|error| error.to_string())?;
    let pages = shown(&document)?;
    Ok(Opened { document, pages })
}

/// Reads the document.
///
/// # Errors
/// What makes it unreadable, in words.
pub fn read(Opened { document, pages }: &Opened) -> Result<Reading, String> {
    let root = document.catalog().and_then(|catalog| catalog.get_deref(b"StructTreeRoot", document)?.as_dict());
    let root = root.map_err(|_| "the document has no structure".to_owned())?;
    let mut reader = Reader { document, pages, parts: vec![Part::default()] };
    reader.kids(root);
    Ok(Reading { parts: reader.parts, is_mail: false, is_shortened: false })
}

/// Every text of the document for the search for strangers: pages, heads and feet, metadata, bookmarks, and what
/// is said for drawings.
pub fn words(Opened { document, pages }: &Opened) -> Vec<String> {
    let whole = |shown: &Shown| shown.iter().map(|(text, _)| text.as_str()).collect::<String>();
    let mut words: Vec<String> = pages.marked.values().map(whole).collect();
    words.extend(pages.unmarked.iter().cloned());
    for object in document.objects.values() {
        match object {
            Object::Stream(stream) if stream.dict.has_type(b"Metadata") => {
                words.push(String::from_utf8_lossy(&stream.content).into_owned());
            }
            Object::Dictionary(dictionary) => {
                let said = [b"Title".as_slice(), b"Author", b"Subject", b"Keywords", b"Alt", b"ActualText"];
                words.extend(said.iter().filter_map(|key| string(dictionary.get(key).ok()?)));
            }
            _ => {}
        }
    }
    words.iter().map(|text| plain(text)).filter(|text| !text.is_empty()).collect()
}

/// What a font's codes stand for.
type Letters = HashMap<u16, String>;

fn shown(document: &Document) -> Result<Pages, String> {
    let mut pages = Pages::default();
    // Pages share their fonts.
    let mut known: HashMap<ObjectId, Rc<Letters>> = HashMap::new();
    for (number, page) in document.get_pages() {
        let mut fonts: HashMap<Vec<u8>, Rc<Letters>> = HashMap::new();
        for (name, font) in document.get_page_fonts(page).map_err(|error| error.to_string())? {
            let letters = match font.get(b"ToUnicode").and_then(Object::as_reference) {
                Ok(map) => Rc::clone(known.entry(map).or_insert_with(|| Rc::new(letters(document, font)))),
                Err(_) => Rc::new(letters(document, font)),
            };
            fonts.insert(name, letters);
        }
        let mut show = Show::new((number, page), &fonts, &mut pages);
        let content = Content::decode(&document.get_page_content(page)).map_err(|error| error.to_string())?;
        for operation in &content.operations {
            show.operation(&operation.operator, &operation.operands);
        }
    }
    Ok(pages)
}

/// From a font's `ToUnicode` map.
fn letters(document: &Document, font: &Dictionary) -> Letters {
    let stream = font.get_deref(b"ToUnicode", document).and_then(Object::as_stream);
    let Ok(map) = stream.and_then(lopdf::Stream::decompressed_content) else { return Letters::new() };
    let map = String::from_utf8_lossy(&map).into_owned();
    let mut letters = Letters::new();
    for (section, step) in [("bfchar", 2), ("bfrange", 3)] {
        for body in map.split(&format!("begin{section}")).skip(1) {
            let body = body.split(&format!("end{section}")).next().unwrap_or_default();
            let codes: Vec<Vec<u16>> =
                body.split('<').skip(1).map(|code| units(code.split('>').next().unwrap_or_default())).collect();
            for entry in codes.chunks_exact(step) {
                let (Some(from), Some(to), text) = (entry[0].first(), entry[step - 2].first(), &entry[step - 1]) else {
                    continue;
                };
                for code in *from..=*to {
                    let mut text = text.clone();
                    if let Some(last) = text.last_mut() {
                        *last += code - from;
                    }
                    letters.insert(code, String::from_utf16_lossy(&text));
                }
            }
        }
    }
    letters
}

/// UTF-16 units of hexadecimal digits.
fn units(digits: &str) -> Vec<u16> {
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_hexdigit).collect();
    digits.chunks(4).filter_map(|unit| u16::from_str_radix(&unit.iter().collect::<String>(), 16).ok()).collect()
}

/// A page while it is read.
struct Show<'a> {
    page: (u32, ObjectId),
    fonts: &'a HashMap<Vec<u8>, Rc<Letters>>,
    pages: &'a mut Pages,
    /// Marked content around it: number, and what is said instead.
    open: Vec<(Option<i64>, Option<String>)>,
    font: Option<&'a Letters>,
    at: At,
    /// Glyph runs between BT and ET are one text.
    text: Option<(String, At)>,
}

impl<'a> Show<'a> {
    fn new(page: (u32, ObjectId), fonts: &'a HashMap<Vec<u8>, Rc<Letters>>, pages: &'a mut Pages) -> Self {
        let at = At { page: page.0, x: 0.0, y: 0.0 };
        Self { page, fonts, pages, open: Vec::new(), font: None, at, text: None }
    }

    fn operation(&mut self, operator: &str, operands: &[Object]) {
        match operator {
            "BMC" => self.open.push((None, None)),
            "BDC" => {
                let properties = operands.get(1).and_then(|object| object.as_dict().ok());
                let mark = properties.and_then(|own| own.get(b"MCID").ok()?.as_i64().ok());
                let instead = properties.and_then(|own| string(own.get(b"ActualText").ok()?));
                if let (Some(instead), Some((said, _))) = (&instead, &mut self.text) {
                    said.push_str(instead);
                }
                self.open.push((mark, instead));
            }
            "EMC" => _ = self.open.pop(),
            "Tf" => {
                let letters = operands.first().and_then(|name| self.fonts.get(name.as_name().ok()?));
                self.font = letters.map(Rc::as_ref);
            }
            "BT" => self.text = Some((String::new(), At { page: 0, ..self.at })),
            "Tm" => {
                let number =
                    |index: usize| operands.get(index).and_then(|object| object.as_float().ok()).unwrap_or(0.0);
                (self.at.x, self.at.y) = (number(4), number(5));
                if let Some((_, start)) = self.text.as_mut().filter(|(_, start)| start.page == 0) {
                    *start = self.at;
                }
            }
            "TJ" | "Tj" if self.open.iter().all(|(_, instead)| instead.is_none()) => {
                for operand in operands {
                    match operand {
                        Object::Array(items) => items.iter().for_each(|item| self.say(item)),
                        other => self.say(other),
                    }
                }
            }
            "ET" => {
                let mark = self.open.iter().rev().find_map(|(mark, _)| *mark);
                match (mark, self.text.take()) {
                    (Some(mark), Some(shown)) => self.pages.marked.entry((self.page.1, mark)).or_default().push(shown),
                    (None, Some((said, _))) => self.pages.unmarked.push(said),
                    (_, None) => {}
                }
            }
            _ => {}
        }
    }

    /// The letters of a string of codes.
    fn say(&mut self, operand: &Object) {
        if let (Ok(codes), Some((said, _)), Some(letters)) = (operand.as_str(), &mut self.text, self.font) {
            let codes = codes.chunks_exact(2).map(|code| u16::from_be_bytes([code[0], code[1]]));
            codes.for_each(|code| said.push_str(letters.get(&code).map_or("", String::as_str)));
        }
    }
}

/// A text string, in UTF-16 or ASCII.
fn string(object: &Object) -> Option<String> {
    let bytes = object.as_str().ok()?;
    Some(match bytes.strip_prefix(&[0xFE, 0xFF]) {
        Some(units) => {
            let units: Vec<u16> = units.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// Walks the structure.
struct Reader<'a> {
    document: &'a Document,
    pages: &'a Pages,
    parts: Vec<Part>,
}

impl<'a> Reader<'a> {
    fn elements(&self, element: &'a Dictionary) -> Vec<&'a Dictionary> {
        let kids = match element.get(b"K").and_then(|kids| self.document.dereference(kids)) {
            Ok((_, Object::Array(kids))) => kids.iter().collect(),
            Ok((_, one)) => vec![one],
            Err(_) => Vec::new(),
        };
        kids.into_iter().filter_map(|kid| self.document.dereference(kid).ok()?.1.as_dict().ok()).collect()
    }

    fn kids(&mut self, element: &'a Dictionary) {
        for kid in self.elements(element) {
            self.element(kid);
        }
    }

    fn element(&mut self, element: &'a Dictionary) {
        match kind(element) {
            b"Sect" => {
                let heading = self.elements(element).into_iter().find(|kid| kind(kid) == b"H2");
                let title = heading.and_then(|heading| self.cell(heading)).map_or_else(String::new, |cell| cell.text);
                self.parts.push(Part { title, ..Part::default() });
                self.kids(element);
                self.parts.push(Part::default());
            }
            b"Table" => self.table(element),
            b"Figure" => {
                let cells = self.shown(element).into_iter().map(|(text, at)| Cell { text: plain(&text), at: Some(at) });
                let cells: Vec<Cell> = cells.collect();
                // A long drawing goes on on the next page.
                match self.last(|strip| strip.is_drawing) {
                    Some(strip) => strip.cells.extend(cells),
                    None => self.push(Strip { cells, is_drawing: true, ..Strip::default() }),
                }
            }
            b"P" | b"H1" | b"H2" => {
                if let Some(cell) = self.cell(element) {
                    match self.last(|strip| !strip.is_drawing && !strip.is_row) {
                        Some(strip) => strip.cells.push(cell),
                        None => self.push(Strip { cells: vec![cell], ..Strip::default() }),
                    }
                }
            }
            _ => self.kids(element),
        }
    }

    fn table(&mut self, table: &'a Dictionary) {
        for (index, row) in self.elements(table).into_iter().enumerate() {
            let own = self.elements(row);
            let cells: Vec<Cell> = own.iter().filter_map(|cell| self.cell(cell)).collect();
            let spans = |cell: &&Dictionary| {
                let attributes = cell.get_deref(b"A", self.document).and_then(Object::as_dict);
                attributes.is_ok_and(|attributes| attributes.has(b"ColSpan"))
            };
            let goes_on = own.first().is_some_and(spans);
            match self.last(|strip| strip.is_row).filter(|_| goes_on) {
                Some(strip) => strip.cells.extend(cells),
                None => self.push(Strip { cells, is_row: index > 0, is_drawing: false }),
            }
        }
        // What follows the table is no row of it.
        self.push(Strip::default());
    }

    fn push(&mut self, strip: Strip) {
        if let Some(part) = self.parts.last_mut() {
            part.strips.push(strip);
        }
    }

    fn last(&mut self, wanted: impl Fn(&Strip) -> bool) -> Option<&mut Strip> {
        self.parts.last_mut()?.strips.last_mut().filter(|strip| wanted(strip))
    }

    /// An element's own text, wherever a page break parts it; none where it shows nothing.
    fn cell(&self, element: &'a Dictionary) -> Option<Cell> {
        let shown = self.shown(element);
        let text = plain(&shown.iter().map(|(text, _)| text.as_str()).collect::<String>());
        let at = shown.first().map(|(_, at)| *at);
        (!text.is_empty()).then_some(Cell { text, at })
    }

    fn shown(&self, element: &'a Dictionary) -> Shown {
        let shown = self.elements(element).into_iter().flat_map(|kid| {
            if kind(kid) == b"Link" {
                return self.shown(kid);
            }
            let page = kid.get(b"Pg").and_then(Object::as_reference);
            let mark = kid.get(b"MCID").and_then(Object::as_i64);
            page.and_then(|page| Ok((page, mark?)))
                .ok()
                .and_then(|mark| self.pages.marked.get(&mark).cloned())
                .unwrap_or_default()
        });
        shown.collect()
    }
}

fn kind(element: &Dictionary) -> &[u8] {
    element.get(b"S").and_then(Object::as_name).unwrap_or_default()
}

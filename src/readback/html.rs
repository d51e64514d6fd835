//! Page and mail as strips of cells: every stretch of text between two tags is a cell.

use html5gum::{DefaultEmitter, Token, Tokenizer};

use super::celled::{Cell, Part, Reading, Strip};
use super::data::Texts;
use super::plain::{bare, plain, same};

/// What a mail says that leaves something out; words of `templates/parts/words.html`.
const SHORTENED: [&str; 2] = [
    "This mail is shortened; the full report is attached.",
    "Diese Mail ist gekürzt; der vollständige Bericht ist angehängt.",
];
/// What it says in a section without its detail.
const DETAIL: [&str; 2] = [
    "The detail of this section is in the attached report.",
    "Die Einzelheiten dieses Abschnitts stehen im angehängten Bericht.",
];
/// Elements without an end.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "input", "link", "meta"];

/// Attributes that say something, or say how an element is read; drawings have many others.
const ATTRIBUTES: [&str; 8] = ["alt", "aria-label", "class", "colspan", "content", "data-head", "style", "title"];

enum Node {
    Text(String),
    Element(Element),
}

/// An element of a document, with what is in it.
#[derive(Default)]
pub struct Element {
    tag: String,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

/// The page: a section is what `<section>` or `<aside>` holds.
pub fn page(html: &Element) -> Reading {
    let mut walker = Walker { parts: vec![Part::default()], is_mail: false };
    walker.walk(html, None);
    Reading { parts: walker.parts, is_mail: false, is_shortened: false }
}

/// The mail: a section begins at each `<h2>`.
pub fn mail(html: &Element) -> Reading {
    let mut walker = Walker { parts: vec![Part::default()], is_mail: true };
    walker.walk(html, None);
    let mut parts = walker.parts;
    let [shortened, detail] = [SHORTENED, DETAIL].map(|words| words.map(plain));
    let says = |part: &Part, words: &[String]| {
        let cells = part.strips.iter().flat_map(|strip| &strip.cells);
        cells.into_iter().any(|cell| words.iter().any(|words| same(&cell.text, words)))
    };
    let is_shortened = parts.iter().any(|part| says(part, &shortened));
    for part in &mut parts {
        part.is_brief = says(part, &detail);
    }
    Reading { parts, is_mail: true, is_shortened }
}

/// Every text and every attribute that says something, with the head of its column where it has one: for the
/// search for strangers.
pub fn words(html: &Element) -> Texts {
    fn collect(element: &Element, head: &str, texts: &mut Texts) {
        let own = element.attribute("data-head").unwrap_or(head);
        let said = ["alt", "title", "content", "data-head", "aria-label"];
        said.iter().filter_map(|name| element.attribute(name)).for_each(|text| texts.add("", text));
        for child in &element.children {
            match child {
                Node::Text(text) if element.tag != "style" => texts.add(own, text),
                Node::Text(_) => {}
                Node::Element(inner) => collect(inner, own, texts),
            }
        }
    }
    let mut texts = Texts::default();
    collect(html, "", &mut texts);
    texts
}

/// The page as a tree. What is not closed ends with what holds it.
pub fn parsed(html: &str) -> Element {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut open = vec![Element::default()];
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(start) => {
                let tag = text(&start.name);
                let known = |name: &[u8]| ATTRIBUTES.iter().find(|known| known.as_bytes() == name).copied();
                let attributes = start.attributes.iter();
                let attributes = attributes.filter_map(|(name, value)| Some((known(name)?, text(value)))).collect();
                let ends = start.self_closing || VOID.contains(&tag.as_str());
                open.push(Element { tag, attributes, children: Vec::new() });
                if ends {
                    close(&mut open);
                }
            }
            Token::EndTag(end) => {
                let tag = text(&end.name);
                if open.iter().skip(1).any(|element| element.tag == tag) {
                    while open.last().is_some_and(|element| element.tag != tag) {
                        close(&mut open);
                    }
                    close(&mut open);
                }
            }
            Token::String(string) => {
                if let Some(top) = open.last_mut() {
                    top.children.push(Node::Text(text(&string)));
                }
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().unwrap_or_default()
}

fn close(open: &mut Vec<Element>) {
    if open.len() > 1
        && let (Some(done), Some(parent)) = (open.pop(), open.last_mut())
    {
        parent.children.push(Node::Element(done));
    }
}

impl Element {
    /// One of [`ATTRIBUTES`].
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|own| own == class))
    }

    fn inner(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(inner) => Some(inner),
            Node::Text(_) => None,
        })
    }

    fn is_hidden(&self) -> bool {
        let unseen = self.attribute("style").is_some_and(|style| style.contains("display:none"));
        unseen
            || matches!(self.tag.as_str(), "head" | "style" | "script" | "nav" | "caption")
            || self.has_class("spark")
    }

    fn text(&self) -> String {
        let texts = self.children.iter().map(|child| match child {
            Node::Text(text) => text.clone(),
            Node::Element(inner) => inner.text(),
        });
        texts.collect()
    }

    /// A row that belongs to the one above it: a sentence over all columns.
    fn continues(&self) -> bool {
        let cell = self.inner().find(|inner| matches!(inner.tag.as_str(), "td" | "th"));
        self.has_class("say") || cell.is_some_and(|cell| cell.attribute("colspan").is_some())
    }

    fn find(&self, tag: &str) -> Option<&Element> {
        self.inner().find_map(|inner| if inner.tag == tag { Some(inner) } else { inner.find(tag) })
    }
}

/// A strip by section and number.
type Place = (usize, usize);

struct Walker {
    parts: Vec<Part>,
    is_mail: bool,
}

impl Walker {
    fn open(&mut self, is_row: bool, is_drawing: bool) -> Place {
        let part = self.parts.len() - 1;
        self.parts[part].strips.push(Strip { cells: Vec::new(), is_row, is_drawing });
        (part, self.parts[part].strips.len() - 1)
    }

    fn begin(&mut self, title: &str) {
        self.parts.push(Part { title: plain(title), ..Part::default() });
    }

    fn text(&mut self, text: &str, strip: Option<Place>) {
        let text = plain(text);
        if bare(&text).trim_matches(['·', ' ']).is_empty() {
            return;
        }
        // A strip of an earlier section is none of this one.
        let place = strip.filter(|(part, _)| part + 1 == self.parts.len()).unwrap_or_else(|| self.open(false, false));
        self.parts[place.0].strips[place.1].cells.push(Cell { text, at: None });
    }

    fn walk(&mut self, element: &Element, strip: Option<Place>) {
        let mut last_row = None;
        for child in &element.children {
            let inner = match child {
                Node::Text(text) => {
                    self.text(text, strip);
                    continue;
                }
                Node::Element(inner) if inner.is_hidden() => continue,
                Node::Element(inner) => inner,
            };
            match inner.tag.as_str() {
                "section" | "aside" if !self.is_mail => {
                    let title = inner.find("h2").map(Element::text).unwrap_or_default();
                    self.begin(&title);
                    self.walk(inner, None);
                    self.begin("");
                }
                "h2" if self.is_mail => {
                    self.begin(&inner.text());
                    self.walk(inner, None);
                }
                "tr" => {
                    let above = last_row.filter(|_| inner.continues());
                    let is_row = element.tag == "tbody" && !self.is_mail;
                    let row = above.unwrap_or_else(|| self.open(is_row, false));
                    last_row = Some(row);
                    self.walk(inner, Some(row));
                }
                "svg" if strip.is_some() => {}
                "svg" => {
                    let drawing = self.open(false, true);
                    self.drawing(inner, drawing);
                }
                "img" => {
                    if let Some(alt) = inner.attribute("alt") {
                        self.text(alt, strip);
                    }
                }
                "div" if element.tag == "dl" => {
                    let pair = self.open(false, false);
                    self.walk(inner, Some(pair));
                }
                _ => self.walk(inner, strip),
            }
        }
    }

    fn drawing(&mut self, element: &Element, drawing: Place) {
        for inner in element.inner() {
            if inner.tag == "text" {
                // A shape alone tells a status.
                let text = plain(&inner.text());
                if !text.is_empty() {
                    self.parts[drawing.0].strips[drawing.1].cells.push(Cell { text, at: None });
                }
            } else {
                self.drawing(inner, drawing);
            }
        }
    }
}

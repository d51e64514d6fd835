//! The finished file: language, titles, bookmarks, structure and a reproducible identity.
#![expect(clippy::cast_possible_wrap, reason = "page and element counts are small")]

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest, Sha256};

use super::PdfError;
use super::canvas::Painted;
use super::flow::Bookmark;
use super::objects;
use super::tags::{Kid, Kind, Node, NodeId, Tags};
use crate::report::Head;

/// Name under which the documents are made.
const PRODUCER: &str = concat!("muster ", env!("CARGO_PKG_VERSION"));

/// Adds everything printpdf cannot express and writes the bytes.
///
/// # Errors
/// If the document lacks what every PDF has, or cannot be written.
pub(super) fn finish(
    mut document: Document,
    head: &Head,
    tags: &Tags,
    pages: &[Painted],
    bookmarks: &[Bookmark],
) -> Result<Vec<u8>, PdfError> {
    let ids: Vec<ObjectId> = document.get_pages().into_values().collect();
    "1.7".clone_into(&mut document.version);
    tidy_pages(&mut document, &ids)?;
    let links = add_links(&mut document, pages, &ids)?;
    let structure = add_structure(&mut document, tags, pages, (&ids, &links));
    let outlines = add_outlines(&mut document, bookmarks, &ids)?;
    let metadata = add_metadata(&mut document, head);
    let info = document.add_object(info(head));
    document.trailer.set("Info", info);

    let catalog = document.catalog_mut()?;
    catalog.set("Lang", text(&head.language));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", structure);
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    let decimal = Object::Dictionary(dictionary! { "S" => "D" });
    catalog.set("PageLabels", dictionary! { "Nums" => vec![0.into(), decimal] });
    catalog.set("Metadata", metadata);
    catalog.set("PageLayout", "OneColumn");
    catalog.set("PageMode", if outlines.is_some() { "UseOutlines" } else { "UseNone" });
    if let Some(outlines) = outlines {
        catalog.set("Outlines", outlines);
    }
    objects::tidy(&mut document);
    objects::pack(&mut document).map_err(PdfError::Write)?;
    identify(&mut document)?;
    let mut bytes = Vec::new();
    // object streams halve the size of a tagged document
    document.save_modern(&mut bytes).map_err(PdfError::Write)?;
    Ok(bytes)
}

/// The identity is a hash of everything else in the file: the same report is the same file.
fn identify(document: &mut Document) -> Result<(), PdfError> {
    document.trailer.remove(b"ID");
    let mut content = Vec::new();
    document.save_to(&mut content).map_err(PdfError::Write)?;
    let identity = Object::String(Sha256::digest(&content)[..16].to_vec(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![identity.clone(), identity]);
    Ok(())
}

fn tidy_pages(document: &mut Document, ids: &[ObjectId]) -> Result<(), PdfError> {
    for (index, id) in ids.iter().enumerate() {
        let page = document.get_object_mut(*id)?.as_dict_mut()?;
        page.set("StructParents", index as i64);
        // tab order follows the structure
        page.set("Tabs", "S");
        for empty in [b"Annots".as_slice(), b"TrimBox", b"CropBox"] {
            page.remove(empty);
        }
    }
    Ok(())
}

/// A link's annotation and the element that it belongs to.
struct Linked {
    node: NodeId,
    page: ObjectId,
    annotation: ObjectId,
}

/// Makes a text that leads to an anchor lead there; their keys in the structure follow those of the pages.
fn add_links(document: &mut Document, pages: &[Painted], ids: &[ObjectId]) -> Result<Vec<Linked>, PdfError> {
    let mut anchors = BTreeMap::new();
    for (page, painted) in ids.iter().zip(pages) {
        let height = paper_height(document, *page)?;
        for (name, y) in &painted.anchors {
            anchors.insert(name.as_str(), (*page, height - y + 6.0));
        }
    }
    let mut links = Vec::new();
    for (page, painted) in ids.iter().zip(pages) {
        let mut annotations = Vec::new();
        for link in &painted.links {
            let Some((target, top)) = anchors.get(link.target.as_str()) else { continue };
            let annotation = document.add_object(dictionary! {
                "Type" => "Annot",
                "Subtype" => "Link",
                "Rect" => link.area.map(Object::Real).to_vec(),
                "Border" => vec![0.into(), 0.into(), 0.into()],
                "Dest" => vec![(*target).into(), "XYZ".into(), Object::Null, Object::Real(*top), Object::Null],
                "Contents" => text(&link.target),
                "F" => 4,
                "StructParent" => (pages.len() + links.len()) as i64,
            });
            annotations.push(Object::Reference(annotation));
            links.push(Linked { node: link.node, page: *page, annotation });
        }
        if !annotations.is_empty() {
            document.get_object_mut(*page)?.as_dict_mut()?.set("Annots", annotations);
        }
    }
    Ok(links)
}

fn add_structure(
    document: &mut Document,
    tags: &Tags,
    pages: &[Painted],
    (ids, links): (&[ObjectId], &[Linked]),
) -> ObjectId {
    let root = document.new_object_id();
    let elements: Vec<ObjectId> = tags.iter().map(|_| document.new_object_id()).collect();
    for (id, node) in tags.iter() {
        let mut element = element(node, root, &elements, ids);
        for link in links.iter().filter(|link| link.node == id) {
            add_annotation(&mut element, link);
        }
        document.set_object(elements[id.index()], element);
    }
    let owners = |page: &Painted| {
        page.marks.iter().map(|node| Object::Reference(elements[node.index()])).collect::<Vec<Object>>()
    };
    let numbers: Vec<Object> = pages
        .iter()
        .enumerate()
        .flat_map(|(index, page)| [Object::Integer(index as i64), Object::Array(owners(page))])
        .chain(links.iter().enumerate().flat_map(|(index, link)| {
            let owner = elements[link.node.index()];
            [Object::Integer((pages.len() + index) as i64), Object::Reference(owner)]
        }))
        .collect();
    let parents = document.add_object(dictionary! { "Nums" => numbers });
    let tree = dictionary! {
        "Type" => "StructTreeRoot",
        "K" => elements.first().copied().map_or(Object::Null, Object::Reference),
        "ParentTree" => parents,
        "ParentTreeNextKey" => (pages.len() + links.len()) as i64,
    };
    document.set_object(root, tree);
    root
}

/// The annotation is a part of the element, beside the text.
fn add_annotation(element: &mut Dictionary, link: &Linked) {
    if let Ok(kids) = element.get_mut(b"K").and_then(Object::as_array_mut) {
        kids.push(Object::Dictionary(dictionary! { "Type" => "OBJR", "Pg" => link.page, "Obj" => link.annotation }));
    }
}

fn element(node: &Node, root: ObjectId, elements: &[ObjectId], pages: &[ObjectId]) -> Dictionary {
    let kid = |kid: &Kid| match kid {
        Kid::Node(node) => Object::Reference(elements[node.index()]),
        Kid::Mark { page, id } => Object::Dictionary(dictionary! {
            "Type" => "MCR",
            "Pg" => pages[*page],
            "MCID" => *id as i64,
        }),
    };
    let kids: Vec<Object> = node.kids.iter().map(kid).collect();
    let mut element = dictionary! {
        "Type" => "StructElem",
        "S" => node.kind.name(),
        "P" => node.parent.map_or(root, |parent| elements[parent.index()]),
        "K" => kids,
    };
    if let Some(alt) = &node.alt {
        element.set("Alt", text(alt));
    }
    if let Some(attributes) = attributes(node) {
        element.set("A", attributes);
    }
    if let Some((page, _)) = node.place {
        element.set("Pg", pages[page]);
    }
    element
}

/// Scope of head cells, span of wide cells, place of figures.
fn attributes(node: &Node) -> Option<Dictionary> {
    match node.kind {
        Kind::ColumnHead => Some(dictionary! { "O" => "Table", "Scope" => "Column" }),
        Kind::RowHead => Some(dictionary! { "O" => "Table", "Scope" => "Row" }),
        Kind::Cell { span } if span > 1 => Some(dictionary! { "O" => "Table", "ColSpan" => span as i64 }),
        Kind::Figure => node.place.map(|(_, area)| {
            let area = area.map(|edge| Object::Real((edge * 100.0).round() / 100.0)).to_vec();
            dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => area }
        }),
        Kind::Document
        | Kind::Section
        | Kind::Title
        | Kind::Heading
        | Kind::Paragraph
        | Kind::Table
        | Kind::TableRow
        | Kind::Cell { .. }
        | Kind::Link => None,
    }
}

/// Bookmarks in reading order, each leading to its heading.
fn add_outlines(
    document: &mut Document,
    bookmarks: &[Bookmark],
    pages: &[ObjectId],
) -> Result<Option<ObjectId>, PdfError> {
    let bookmarks: Vec<&Bookmark> = bookmarks.iter().filter(|mark| !mark.title.trim().is_empty()).collect();
    let items: Vec<ObjectId> = bookmarks.iter().map(|_| document.new_object_id()).collect();
    let (Some(first), Some(last)) = (items.first().copied(), items.last().copied()) else {
        return Ok(None);
    };
    let root = document.new_object_id();
    for (index, bookmark) in bookmarks.iter().enumerate() {
        let page = pages[bookmark.page];
        let height = paper_height(document, page)?;
        let target =
            vec![page.into(), "XYZ".into(), Object::Null, Object::Real(height - bookmark.y + 6.0), Object::Null];
        let mut item = dictionary! { "Parent" => root, "Title" => text(&bookmark.title), "Dest" => target };
        if index > 0 {
            item.set("Prev", items[index - 1]);
        }
        if let Some(next) = items.get(index + 1) {
            item.set("Next", *next);
        }
        document.set_object(items[index], item);
    }
    let outlines =
        dictionary! { "Type" => "Outlines", "Count" => items.len() as i64, "First" => first, "Last" => last };
    document.set_object(root, outlines);
    Ok(Some(root))
}

fn paper_height(document: &Document, page: ObjectId) -> Result<f32, PdfError> {
    let media = document.get_object(page)?.as_dict()?.get(b"MediaBox")?.as_array()?;
    Ok(media.get(3).and_then(|top| top.as_float().ok()).unwrap_or_default())
}

/// No dates: when a file was made does not change what it says.
fn info(head: &Head) -> Dictionary {
    dictionary! {
        "Title" => text(&title(head)),
        "Author" => text(&head.owner),
        "Subject" => text(&head.subject),
        "Creator" => text(PRODUCER),
        "Producer" => text(PRODUCER),
    }
}

fn title(head: &Head) -> String {
    format!("{} – {} – {}", head.title, head.period_label, head.scope_label)
}

/// The same metadata as XMP, for archives and search engines.
fn add_metadata(document: &mut Document, head: &Head) -> ObjectId {
    let [title, author, subject, language] =
        [&title(head), &head.owner, &head.subject, &head.language].map(|text| xml(text));
    let xmp = format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n\
         <dc:format>application/pdf</dc:format>\n\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n\
         <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\n\
         <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\n\
         <pdf:Producer>{PRODUCER}</pdf:Producer>\n\
         </rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>"
    );
    let stream = Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp.into_bytes());
    // plain text, so that tools find it without unpacking
    document.add_object(stream.with_compression(false))
}

fn xml(text: &str) -> String {
    let legal = |character: &char| !character.is_control();
    let text: String = text.chars().filter(legal).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text string: ASCII as it is, everything else in UTF-16.
fn text(text: &str) -> Object {
    if text.is_ascii() {
        Object::string_literal(text)
    } else {
        let units = text.encode_utf16().flat_map(u16::to_be_bytes);
        Object::String([0xFE, 0xFF].into_iter().chain(units).collect(), StringFormat::Hexadecimal)
    }
}

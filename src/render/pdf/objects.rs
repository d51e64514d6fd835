//! The objects of a document: what nothing leads to is left out, the rest is numbered from 1 without gaps.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Document, Object, ObjectId};

/// As lopdf's `prune_objects` and `renumber_objects`, whose time grows with the square of the objects.
pub(super) fn tidy(document: &mut Document) {
    let reached = reached(document);
    document.objects.retain(|id, _| reached.contains(id));
    if !document.page_iter().is_sorted() {
        // Pages are numbered in the order they are read in.
        document.renumber_objects();
        return;
    }
    let old = document.objects.keys().copied().zip(1..);
    let numbers: HashMap<ObjectId, ObjectId> = old.map(|(id, number)| (id, (number, id.1))).collect();
    let mut renumber = |id: &mut ObjectId| *id = numbers.get(id).copied().unwrap_or(*id);
    in_dictionary(&mut document.trailer, &mut renumber);
    for (mut id, mut object) in std::mem::take(&mut document.objects) {
        renumber(&mut id);
        in_object(&mut object, &mut renumber);
        document.objects.insert(id, object);
    }
    document.max_id = document.objects.last_key_value().map_or(0, |(id, _)| id.0);
}

/// Packs the streams that may be packed. lopdf's `compress` looks for the smallest file: twice the time for a hundredth
/// of the size.
pub(super) fn pack(document: &mut Document) -> io::Result<()> {
    for object in document.objects.values_mut() {
        let Object::Stream(stream) = object else { continue };
        if !stream.allows_compression || stream.dict.has(b"Filter") {
            continue;
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&stream.content)?;
        let packed = encoder.finish()?;
        if packed.len() < stream.content.len() {
            stream.dict.set("Filter", "FlateDecode");
            stream.set_content(packed);
        }
    }
    Ok(())
}

/// Everything that the trailer leads to.
fn reached(document: &mut Document) -> HashSet<ObjectId> {
    let (mut reached, mut ahead) = (HashSet::new(), Vec::new());
    in_dictionary(&mut document.trailer, &mut |id| ahead.push(*id));
    while let Some(id) = ahead.pop() {
        if reached.insert(id)
            && let Some(object) = document.objects.get_mut(&id)
        {
            in_object(object, &mut |id| ahead.push(*id));
        }
    }
    reached
}

fn in_object(object: &mut Object, each: &mut impl FnMut(&mut ObjectId)) {
    match object {
        Object::Reference(id) => each(id),
        Object::Array(items) => items.iter_mut().for_each(|item| in_object(item, each)),
        Object::Dictionary(dictionary) => in_dictionary(dictionary, each),
        Object::Stream(stream) => in_dictionary(&mut stream.dict, each),
        _ => {}
    }
}

fn in_dictionary(dictionary: &mut Dictionary, each: &mut impl FnMut(&mut ObjectId)) {
    dictionary.iter_mut().for_each(|(_, value)| in_object(value, each));
}

#[cfg(test)]
mod tests {
    use lopdf::{Document, Object, dictionary};

    use super::tidy;

    /// A document with gaps, an object that nothing leads to, and circles.
    fn document(second_page_first: bool) -> Document {
        let mut document = Document::with_version("1.7");
        let ids: Vec<_> = (0..5).map(|_| document.new_object_id()).collect();
        let (first, second) = if second_page_first { (ids[3], ids[2]) } else { (ids[2], ids[3]) };
        document.add_object(dictionary! { "Lonely" => ids[0] });
        let kids: Vec<Object> = vec![first.into(), second.into()];
        document.set_object(ids[1], dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 2 });
        for page in [first, second] {
            document.set_object(page, dictionary! { "Type" => "Page", "Parent" => ids[1], "Gone" => ids[4] });
        }
        document.set_object((20, 0), dictionary! { "Type" => "Catalog", "Pages" => ids[1] });
        document.max_id = 20;
        document.trailer.set("Root", Object::Reference((20, 0)));
        document
    }

    #[test]
    fn objects_are_numbered_as_lopdf_numbers_them() {
        for second_page_first in [false, true] {
            let (mut ours, mut theirs) = (document(second_page_first), document(second_page_first));
            tidy(&mut ours);
            theirs.prune_objects();
            theirs.renumber_objects();
            assert_eq!(ours.objects, theirs.objects);
            assert_eq!(ours.trailer, theirs.trailer);
            assert_eq!((ours.max_id, ours.objects.len()), (theirs.max_id, 4));
        }
    }
}

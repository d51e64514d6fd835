//! Headings, paragraphs and lists of actions.

use super::flow::Piece;
use super::layout::{self, Layout};
use super::table;
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting};
use crate::chart::scene::{Anchor, Ink, Pen};
use crate::report::{Action, Align, Cell, Column, Labels, Row, Table, Tone};

/// The heading of a section with its bookmark, and the sentence under it; both stay with what follows.
pub(super) fn heading<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    title: &'a str,
    lead: Option<&str>,
) -> Vec<Piece<'a>> {
    if title.trim().is_empty() {
        return Vec::new();
    }
    let node = tags.add(section, Kind::Heading);
    let (left, right, page_top) = (layout.left, layout.right(), layout.top);
    let lines = Lines::balanced(title, layout::HEADING, layout.width);
    let piece = Piece::new(layout.spacing.section, lines.height() + 3.5, move |canvas, top| {
        if top > page_top {
            // at the top of a page the running head has ruled already
            canvas.line(&[(left, top), (right, top)], Pen::solid(Ink::Rule, 0.5));
        }
        canvas.tagged(node, "H2", |canvas| {
            lines.draw(canvas, left, top + 3.5, Anchor::Start);
        });
    });
    let mut pieces = vec![Piece { bookmark: Some(title), ..piece.keep() }];
    if let Some(lead) = lead.filter(|lead| !lead.trim().is_empty()) {
        pieces.extend(paragraph(tags, section, layout, lead, layout::BODY, 1.5).into_iter().map(Piece::keep));
    }
    pieces
}

/// A paragraph over the text width; breaks over pages without single lines.
pub(super) fn paragraph<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    text: &str,
    setting: Setting,
    before: f32,
) -> Vec<Piece<'a>> {
    let node = tags.add(section, Kind::Paragraph);
    let left = layout.left;
    Lines::wrap(text, setting, layout.width)
        .breakable()
        .into_iter()
        .enumerate()
        .map(|(index, lines)| {
            let before = if index == 0 { before } else { 0.0 };
            Piece::new(before, lines.height(), move |canvas, top| {
                canvas.tagged(node, "P", |canvas| {
                    lines.draw(canvas, left, top, Anchor::Start);
                });
            })
        })
        .collect()
}

/// A small remark under a table or chart, kept with the piece above it.
pub(super) fn note<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    above: &mut [Piece<'a>],
    text: &str,
) -> Vec<Piece<'a>> {
    let pieces = paragraph(tags, section, layout, text, layout::NOTE, 3.5);
    if let (Some(last), false) = (above.last_mut(), pieces.is_empty()) {
        last.keep = true;
    }
    pieces
}

/// Headed paragraphs.
pub(super) fn paragraphs<'a>(tags: &mut Tags, section: NodeId, layout: &Layout, texts: &[String]) -> Vec<Piece<'a>> {
    let texts = texts.iter().filter(|text| !text.trim().is_empty()).enumerate();
    texts
        .flat_map(|(index, text)| {
            let before = if index == 0 { 1.5 } else { 5.0 };
            paragraph(tags, section, layout, text, layout::BODY, before)
        })
        .collect()
}

/// Numbered actions with owner and amount.
pub(super) fn actions<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    items: &[Action],
    labels: &Labels,
) -> Vec<Piece<'a>> {
    let column = |head: &str, align, weight| Column { head: head.to_owned(), align, weight };
    let rows = items.iter().enumerate().map(|(index, action)| Row {
        cells: vec![
            Cell::text((index + 1).to_string()).toned(Tone::Muted),
            Cell::text(&action.text),
            Cell::text(&action.owner),
            Cell::text(&action.amount),
        ],
        total: false,
    });
    let columns = vec![
        column("", Align::Right, 0.3),
        column(&labels.action, Align::Left, 6.4),
        column(&labels.owner, Align::Left, 1.9),
        column(&labels.amount, Align::Right, 1.9),
    ];
    table::pieces(tags, section, layout, &Table { columns, rows: rows.collect() }, false)
}

//! The blocks of the model as pieces, in reading order.

use std::collections::BTreeSet;

use super::flow::Piece;
use super::layout::Layout;
use super::tags::{Kind, NodeId, Tags};
use super::{chart, kpis, masthead, message, prose, table, tiles, trust};
use crate::report::{Block, ReportModel};

/// All pieces of the report; adds their structure elements to `tags`.
pub(super) fn compose<'a>(model: &'a ReportModel, layout: &Layout, tags: &mut Tags) -> Vec<Piece<'a>> {
    let mut pieces = vec![masthead::masthead(tags, layout, &model.head)];
    for (index, block) in model.blocks.iter().enumerate() {
        let mut made = block_pieces(block, model, layout, tags);
        if let Some(first) = made.first_mut() {
            first.opens_page = model.appendix == Some(index);
        }
        pieces.extend(made);
    }
    pieces
}

/// The table that says what figures mean, by the names in its first column.
const DEFINITIONS: &str = "definitions";

/// The names that the definitions begin with: where the rows of KPIs lead to.
fn defined(model: &ReportModel) -> BTreeSet<&str> {
    let tables = model.blocks.iter().filter_map(|block| match block {
        Block::Table { id, table, .. } if id == DEFINITIONS => Some(table),
        _ => None,
    });
    tables.flat_map(|table| &table.rows).filter_map(|row| Some(row.cells.first()?.text.as_str())).collect()
}

fn block_pieces<'a>(block: &'a Block, model: &'a ReportModel, layout: &Layout, tags: &mut Tags) -> Vec<Piece<'a>> {
    match block {
        Block::Message { headline, sentences } => message::message(tags, layout, headline, sentences),
        Block::Tiles { tiles } => tiles::tiles(tags, layout, tiles),
        Block::Trust { title, items, caveats } => {
            let section = tags.add(Tags::root(), Kind::Section);
            trust::trust(tags, section, layout, title, items, caveats)
        }
        Block::Kpis { id: _, title, lead, rows, collapsed } => {
            headed(tags, layout, title, Some(lead), None, |tags, section| {
                let defined = defined(model);
                kpis::pieces(tags, section, layout, (rows, &defined), collapsed.as_deref(), &model.labels)
            })
        }
        Block::Table { id, title, lead, table, note } => {
            headed(tags, layout, title, lead.as_deref(), note.as_deref(), |tags, section| {
                table::pieces(tags, section, layout, table, id == DEFINITIONS)
            })
        }
        Block::Chart { id: _, title, lead, spec, alt, note } => {
            headed(tags, layout, title, lead.as_deref(), note.as_deref(), |tags, section| {
                chart::pieces(tags, section, layout, spec, alt)
            })
        }
        Block::Text { id: _, title, paragraphs } => headed(tags, layout, title, None, None, |tags, section| {
            prose::paragraphs(tags, section, layout, paragraphs)
        }),
        Block::Actions { id: _, title, items } => headed(tags, layout, title, None, None, |tags, section| {
            prose::actions(tags, section, layout, items, &model.labels)
        }),
    }
}

/// A section: heading, lead, content, note.
fn headed<'a>(
    tags: &mut Tags,
    layout: &Layout,
    title: &'a str,
    lead: Option<&str>,
    note: Option<&str>,
    content: impl FnOnce(&mut Tags, NodeId) -> Vec<Piece<'a>>,
) -> Vec<Piece<'a>> {
    let section = tags.add(Tags::root(), Kind::Section);
    let mut pieces = prose::heading(tags, section, layout, title, lead);
    pieces.extend(content(tags, section));
    if let Some(text) = note.filter(|text| !text.trim().is_empty()) {
        let note = prose::note(tags, section, layout, &mut pieces, text);
        pieces.extend(note);
    } else if let Some(last) = pieces.last_mut() {
        // a section without content does not drag the next one along
        last.keep = false;
    }
    pieces
}

//! Small layout rules that several painters share: square tables, anchors, clean lines.

use crate::report::{Align, Block, Cell, Column, ReportModel, Table};

/// The same report with every table square: short rows are filled with empty cells, and columns
/// without a head are added for long ones, so that no painter drops a cell or fails on a row. The workbook's sheets,
/// which are most of it, are left out.
#[must_use]
pub(super) fn squared(model: &ReportModel) -> ReportModel {
    let ReportModel { head, blocks, appendix, page_budget, footer, sheets: _, labels } = model;
    let mut model = ReportModel {
        head: head.clone(),
        blocks: blocks.clone(),
        appendix: *appendix,
        page_budget: *page_budget,
        footer: footer.clone(),
        sheets: Vec::new(),
        labels: labels.clone(),
    };
    for block in &mut model.blocks {
        match block {
            Block::Table { table, .. } => square(table),
            Block::Message { .. }
            | Block::Tiles { .. }
            | Block::Trust { .. }
            | Block::Kpis { .. }
            | Block::Chart { .. }
            | Block::Text { .. }
            | Block::Actions { .. } => {}
        }
    }
    model
}

fn square(table: &mut Table) {
    let widest = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    while table.columns.len() < widest {
        table.columns.push(Column { head: String::new(), align: Align::Left, weight: 1.0 });
    }
    for row in &mut table.rows {
        row.cells.resize_with(table.columns.len(), || Cell::text(""));
    }
}

/// Title of a block, where it has one.
#[must_use]
pub(super) fn title(block: &Block) -> Option<&str> {
    match block {
        Block::Message { .. } | Block::Tiles { .. } => None,
        Block::Trust { title, .. }
        | Block::Kpis { title, .. }
        | Block::Table { title, .. }
        | Block::Chart { title, .. }
        | Block::Text { title, .. }
        | Block::Actions { title, .. } => Some(title),
    }
}

/// A name for links and content ids: `<position>-<id>`, lower-case ASCII letters, digits and `-`.
/// The position keeps it unique, the id keeps it readable.
#[must_use]
pub(super) fn anchor(position: usize, block: &Block) -> String {
    let id = match block {
        Block::Message { .. } => "message",
        Block::Tiles { .. } => "figures",
        Block::Trust { .. } => "trust",
        Block::Kpis { id, .. }
        | Block::Table { id, .. }
        | Block::Chart { id, .. }
        | Block::Text { id, .. }
        | Block::Actions { id, .. } => id,
    };
    format!("s{}{}", position + 1, slug(id))
}

/// `-` and the letters and digits of `text`; empty if there are none.
#[must_use]
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for part in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        out.push('-');
        out.push_str(&part.to_ascii_lowercase());
        if out.len() > 40 {
            break;
        }
    }
    out
}

/// One line without control characters and without characters that turn the reading direction
/// round: for subjects, plain text and names. Runs of white space become one space.
#[must_use]
pub(super) fn clean_line(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c });
    let visible: String = visible.filter(|c| !turns_direction(*c)).collect();
    visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Bidirectional controls, which can make `fdp.exe` read as `exe.pdf`, and invisible separators.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{clean_line, slug};

    #[test]
    fn lines_lose_control_and_direction_characters() {
        assert_eq!(clean_line("a\r\nBcc: b\u{202e}c\t d\u{2028}e"), "a Bcc: bc d e");
        assert_eq!(clean_line(" \n "), "");
    }

    #[test]
    fn slugs_hold_letters_digits_and_dashes_only() {
        assert_eq!(slug("x\" onload=\"alert(1)"), "-x-onload-alert-1");
        assert_eq!(slug("  "), "");
    }
}

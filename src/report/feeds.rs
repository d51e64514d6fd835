//! Feeds: what came, how old it is, what was left out, and what has to be put right.

use super::words::{Words, float};
use super::{Align, Block, Cell, Column, Datum, Material, Row, Table, Tone};
use crate::quantity;

/// Why the report is held, and every feed with its rows.
pub fn feeds(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !material.because.is_empty() {
        blocks.push(Block::Text {
            id: "because".to_owned(),
            title: words.word("because_title"),
            paragraphs: material.because.to_vec(),
        });
    }
    blocks.push(Block::Table {
        id: "feeds".to_owned(),
        title: words.word("feeds_title"),
        lead: None,
        table: table(material, words),
        note: None,
    });
    blocks
}

/// Every feed with the account of its rows.
pub fn table(material: &Material<'_>, words: &Words<'_>) -> Table {
    let column = |key: &'static str, align: Align, weight: f32| Column { head: words.word(key), align, weight };
    Table {
        columns: vec![
            column("feed", Align::Left, 1.8),
            column("feed_night", Align::Right, 1.2),
            column("feed_read", Align::Right, 1.0),
            column("feed_kept", Align::Right, 1.0),
            column("feed_left_out", Align::Right, 1.0),
            column("feed_filtered", Align::Right, 1.0),
            column("feed_merged", Align::Right, 1.0),
            column("feed_state", Align::Left, 2.6),
        ],
        rows: material.catalogue.contracts.keys().map(|dataset| row(material, words, dataset)).collect(),
    }
}

fn row(material: &Material<'_>, words: &Words<'_>, dataset: &str) -> Row {
    let count = |value: u64| {
        let value = rust_decimal::Decimal::from(value);
        Cell::typed(quantity::grouped(value, 0, words.locale), Datum::Number(float(value)))
    };
    let none = || Cell::typed(quantity::NONE, Datum::Empty);
    let account = material.accounts.get(dataset);
    let counted = |pick: fn(&crate::conform::Account) -> u64| account.map_or_else(none, |account| count(pick(account)));
    let (state, tone) = match (material.missing.get(dataset), material.stale.get(dataset)) {
        (Some(reason), _) => (words.missing(dataset, reason), Tone::Bad),
        (None, Some(days)) => (material.language.fill("feed_stale", &[("days", &days.to_string())]), Tone::Bad),
        (None, None) => (words.word("feed_received"), Tone::Good),
    };
    Row {
        total: false,
        cells: vec![
            Cell::text(dataset),
            material
                .nights
                .get(dataset)
                .map_or_else(none, |night| Cell::typed(words.date(*night), Datum::Date(*night))),
            counted(|account| account.read),
            counted(|account| account.kept),
            counted(|account| account.rejected),
            counted(|account| account.filtered),
            counted(|account| account.merged),
            Cell::text(state).toned(tone),
        ],
    }
}

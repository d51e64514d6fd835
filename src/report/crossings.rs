//! Crossings: which figures have left their target, which got worse, which are open or clear again.

use super::words::{Words, positive_money};
use super::{Align, Block, Cell, Column, Material, Row, Table, Tone, wording};
use crate::quantity::NONE;
use crate::score::crossing::{Change, Crossing};

pub fn crossings(material: &Material<'_>, words: &Words<'_>) -> Block {
    let title = words.word("crossings_title");
    let rows: Vec<Row> = material.crossings.iter().filter_map(|crossing| row(material, words, crossing)).collect();
    if rows.is_empty() {
        return Block::Text { id: "crossings".to_owned(), title, paragraphs: vec![words.word("crossings_none")] };
    }
    let column = |key: &'static str, align: Align, weight: f32| Column { head: words.word(key), align, weight };
    Block::Table {
        id: "crossings".to_owned(),
        title,
        lead: Some(words.word("crossings_lead")),
        table: Table {
            columns: vec![
                column("crossing_change", Align::Left, 1.1),
                column("kpi", Align::Left, 2.2),
                column("crossing_unit", Align::Left, 1.6),
                column("value", Align::Right, 1.0),
                column("target", Align::Right, 1.0),
                column("crossing_told", Align::Right, 1.2),
                column("crossing_since", Align::Right, 1.2),
                column("money", Align::Right, 1.6),
                column("crossing_driver", Align::Left, 1.8),
            ],
            rows,
        },
        note: None,
    }
}

/// How many of a kind there are.
pub fn count(material: &Material<'_>, kinds: &[Change]) -> usize {
    material.crossings.iter().filter(|crossing| kinds.contains(&crossing.change)).count()
}

fn row(material: &Material<'_>, words: &Words<'_>, crossing: &Crossing) -> Option<Row> {
    let kpi = material.catalogue.kpi(&crossing.kpi)?;
    let score = material.scorecard.headline(&crossing.kpi, &crossing.business_unit)?;
    let (key, tone) = match crossing.change {
        Change::New => ("crossing_new", Tone::Bad),
        Change::Worse => ("crossing_worse", Tone::Bad),
        Change::Open => ("crossing_open", Tone::Watch),
        Change::Cleared => ("crossing_cleared", Tone::Good),
    };
    let unit = words.unit(material, &crossing.business_unit);
    let driver = wording::driver(material, kpi, score).map_or_else(|| NONE.to_owned(), |(name, _)| words.member(&name));
    let money = positive_money(score).map_or_else(|| NONE.to_owned(), |amount| words.money(amount));
    Some(Row {
        total: false,
        cells: vec![
            Cell::text(words.word(key)).toned(tone),
            Cell::text(kpi.name.clone()),
            Cell::text(unit),
            Cell::text(words.value(score)),
            Cell::text(words.target(score)),
            Cell::text(words.figure(crossing.told, kpi.unit)),
            Cell::text(words.period(crossing.since)),
            Cell::text(money),
            Cell::text(driver),
        ],
    })
}

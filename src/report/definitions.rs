//! Definitions: what every figure of the edition means, for the appendix.

use super::words::Words;
use super::{Align, Block, Cell, Column, Material, Row, Table};
use crate::quantity::NONE;

pub fn definitions(material: &Material<'_>, words: &Words<'_>) -> Block {
    let column = |key: &'static str, weight: f32| Column { head: words.word(key), align: Align::Left, weight };
    let kpis = material.edition.kpis.iter().filter_map(|id| material.catalogue.kpi(id));
    let rows = kpis
        .map(|kpi| {
            let target = material.scorecard.headline(&kpi.id, material.scope).map(|score| words.target(score));
            Row {
                total: false,
                cells: vec![
                    Cell::text(kpi.name.clone()),
                    Cell::text(kpi.definition.clone()),
                    Cell::text(target.unwrap_or_else(|| NONE.to_owned())),
                    Cell::text(material.language.word(&kpi.owner)),
                ],
            }
        })
        .collect();
    Block::Table {
        id: "definitions".to_owned(),
        title: words.word("definitions_title"),
        lead: Some(words.word("definitions_lead")),
        table: Table {
            columns: vec![column("kpi", 1.8), column("definition", 5.0), column("target", 1.3), column("owner", 1.4)],
            rows,
        },
        note: None,
    }
}

//! Actions: what to do now, ranked by money, each with its owner.

use super::words::Words;
use super::{Action, Block, Material, ReportError, kpi_rows};
use crate::templates::Templates;

/// Actions printed.
const MOST_ACTIONS: usize = 5;

pub fn actions(material: &Material<'_>, words: &Words<'_>, templates: &Templates) -> Result<Block, ReportError> {
    let items: Vec<Action> = kpi_rows::rows(material, words, templates)?
        .into_iter()
        .filter(|ranked| !ranked.action.is_empty())
        .take(MOST_ACTIONS)
        .map(|ranked| Action {
            text: ranked.action,
            owner: material.language.word(&ranked.owner).to_owned(),
            amount: if ranked.money.is_zero() { String::new() } else { words.money(ranked.money) },
        })
        .collect();
    if items.is_empty() {
        return Ok(Block::Text {
            id: "actions".to_owned(),
            title: words.word("actions_title"),
            paragraphs: vec![words.word("actions_none")],
        });
    }
    Ok(Block::Actions { id: "actions".to_owned(), title: words.word("actions_title"), items })
}

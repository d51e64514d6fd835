//! Actions and decisions: what to do now, ranked by money, each with its owner.

use super::kpi_rows::Ranked;
use super::words::Words;
use super::{Action, Block, Material};

/// Actions printed.
const MOST_ACTIONS: usize = 5;

pub fn actions(material: &Material<'_>, words: &Words<'_>, rows: &[Ranked]) -> Block {
    asked(material, words, rows, "actions", ["actions_title", "actions_none"])
}

/// The same as what the readers are asked to decide.
pub fn decisions(material: &Material<'_>, words: &Words<'_>, rows: &[Ranked]) -> Block {
    asked(material, words, rows, "decisions", ["decisions_title", "decisions_none"])
}

/// How many there are.
pub fn count(rows: &[Ranked]) -> usize {
    rows.iter().filter(|ranked| !ranked.action.is_empty()).take(MOST_ACTIONS).count()
}

fn asked(
    material: &Material<'_>,
    words: &Words<'_>,
    rows: &[Ranked],
    id: &str,
    [title, none]: [&'static str; 2],
) -> Block {
    let items: Vec<Action> = rows
        .iter()
        .filter(|ranked| !ranked.action.is_empty())
        .take(MOST_ACTIONS)
        .map(|ranked| Action {
            text: ranked.action.clone(),
            owner: material.language.word(&ranked.owner).to_owned(),
            amount: if ranked.money.is_zero() { String::new() } else { words.money(ranked.money) },
        })
        .collect();
    let (id, title) = (id.to_owned(), words.word(title));
    if items.is_empty() {
        return Block::Text { id, title, paragraphs: vec![words.word(none)] };
    }
    Block::Actions { id, title, items }
}

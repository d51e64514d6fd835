//! Restatements: what was published, what it is now, and the feed that moved it.

use rust_decimal::Decimal;

use super::words::Words;
use super::{Align, Block, Cell, Column, Material, Row, Table};
use crate::quantity;
use crate::score::restate::{MovedFeed, Restatement};

/// Restatements printed; the workbook's table has all of them.
const MOST_ROWS: usize = 8;

/// Nothing where nothing that is printed has changed.
pub fn restated(material: &Material<'_>, words: &Words<'_>) -> Option<Block> {
    let mut table = table(material, words)?;
    let total = table.rows.len();
    table.rows.truncate(MOST_ROWS);
    let count = total.to_string();
    let key = if total == 1 { "restated_lead_one" } else { "restated_lead" };
    let mut lead = material.language.fill(key, &[("count", &count)]);
    if total > MOST_ROWS {
        let shown = [("shown", MOST_ROWS.to_string()), ("total", count)];
        lead = format!(
            "{lead} {}",
            material.language.fill("list_shown", &shown.each_ref().map(|(name, text)| (*name, text.as_str())))
        );
    }
    Some(Block::Table {
        id: "restatements".to_owned(),
        title: words.word("restated_title"),
        lead: Some(lead),
        table,
        note: None,
    })
}

/// Every restatement that can be seen in print; `None` without any.
pub fn table(material: &Material<'_>, words: &Words<'_>) -> Option<Table> {
    let rows: Vec<Row> = material.restatements.iter().filter_map(|restated| row(material, words, restated)).collect();
    let column = |key: &'static str, align: Align, weight: f32| Column { head: words.word(key), align, weight };
    (!rows.is_empty()).then(|| Table {
        columns: vec![
            column("kpi", Align::Left, 2.0),
            column("restated_period", Align::Left, 1.0),
            column("restated_published", Align::Right, 1.2),
            column("restated_now", Align::Right, 1.2),
            column("restated_change", Align::Right, 1.2),
            column("restated_feeds", Align::Left, 3.0),
        ],
        rows,
    })
}

fn row(material: &Material<'_>, words: &Words<'_>, restated: &Restatement) -> Option<Row> {
    let kpi = material.catalogue.kpi(&restated.kpi)?;
    let figure = |value: Option<Decimal>| match value {
        Some(_) => words.figure(value, kpi.unit),
        None => words.word("n/a"),
    };
    let (published, now) = (figure(restated.published), figure(restated.restated));
    let delta = words.delta(restated.published, restated.restated, kpi.unit, kpi.direction);
    let visible = published != now || delta.text.contains(|letter: char| ('1'..='9').contains(&letter));
    visible.then(|| Row {
        total: false,
        cells: vec![
            Cell::text(kpi.name.clone()),
            Cell::text(words.period_short(restated.period)),
            Cell::text(published),
            Cell::text(now),
            Cell::text(delta.text).toned(delta.tone),
            Cell::text(feeds(material, words, &restated.feeds)),
        ],
    })
}

/// `incidents (+12 rows), costs (rows changed)`.
fn feeds(material: &Material<'_>, words: &Words<'_>, feeds: &[MovedFeed]) -> String {
    if feeds.is_empty() {
        return words.word("restated_definition");
    }
    let moved = |feed: &MovedFeed| {
        let rows = Decimal::from(feed.rows_now) - Decimal::from(feed.rows_before);
        let change = if rows.is_zero() {
            words.word("restated_changed")
        } else {
            let sign = if rows > Decimal::ZERO { "+" } else { "" };
            let count = format!("{sign}{}", quantity::grouped(rows, 0, words.locale));
            let key = if rows.abs() == Decimal::ONE { "restated_row" } else { "restated_rows" };
            material.language.fill(key, &[("count", &count)])
        };
        format!("{} ({change})", feed.dataset)
    };
    feeds.iter().map(moved).collect::<Vec<_>>().join(", ")
}

//! Tables: an edition's lists, the exception rows behind the worst figures, the findings.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::words::{Words, float, positive_money};
use super::{Align, Block, Cell, Column, Datum, Material, Row, Table, Tone};
use crate::catalogue::{Format, ListColumn};
use crate::finding::{Finding, Level};
use crate::measure::{RowCell, RowTable};
use crate::quantity::{self, NONE};
use crate::score::Status;

/// Findings printed.
const MOST_FINDINGS: usize = 3;

/// Columns of exception rows that hold money.
const MONEY_COLUMNS: [&str; 9] = [
    "cost",
    "amount",
    "price",
    "book_value",
    "shortfall_value",
    "exposure",
    "idle_value",
    "annual_value",
    "new_annual_value",
];

/// Columns of exception rows whose words are members of a fixed vocabulary, not names.
const MEMBER_COLUMNS: [&str; 6] = ["asset_class", "category", "stage", "trigger", "severity", "verification_outcome"];

pub fn list(material: &Material<'_>, words: &Words<'_>, name: &str) -> Option<Block> {
    let list = material.edition.lists.get(name)?;
    let found = material.lists.get(name)?;
    // Nothing found in a feed that did not come is no all-clear.
    let feeds = material.catalogue.datasets_of(&list.fact);
    let missing = feeds.iter().find_map(|feed| Some(words.missing(feed, material.missing.get(feed)?)));
    let text =
        |paragraph: String| Block::Text { id: name.to_owned(), title: list.title.clone(), paragraphs: vec![paragraph] };
    if let Some(reason) = missing {
        return Some(text(material.language.fill("list_unmeasured", &[("reason", &reason)])));
    }
    if found.rows.is_empty() {
        return Some(text(list.empty.clone()));
    }
    let mut table = list_table(words, &list.columns, found);
    let total = table.rows.len();
    table.rows.truncate(list.rows);
    let shown = (total > list.rows).then(|| {
        material.language.fill("list_shown", &[("shown", &list.rows.to_string()), ("total", &total.to_string())])
    });
    let lead: Vec<String> = list.lead.iter().cloned().chain(shown).collect();
    Some(Block::Table {
        id: name.to_owned(),
        title: list.title.clone(),
        lead: (!lead.is_empty()).then(|| lead.join(" ")),
        table,
        note: None,
    })
}

/// A list's rows as words and typed values.
pub fn list_table(words: &Words<'_>, columns: &[ListColumn], found: &RowTable) -> Table {
    let largest: Vec<f64> = (0..columns.len())
        .map(|index| found.rows.iter().filter_map(|row| number(&row[index])).fold(0.0, f64::max))
        .collect();
    let rows = found
        .rows
        .iter()
        .map(|row| Row {
            total: false,
            cells: columns
                .iter()
                .zip(row)
                .zip(&largest)
                .map(|((column, cell), largest)| {
                    let mut made = cell_of(words, cell, column.format);
                    if column.bar && *largest > 0.0 {
                        #[expect(clippy::cast_possible_truncation, reason = "a bar's length needs no more")]
                        let share = number(cell).map(|value| (value / largest).clamp(0.0, 1.0) as f32);
                        made.bar = share;
                    }
                    made
                })
                .collect(),
        })
        .collect();
    let columns = columns
        .iter()
        .map(|column| Column {
            head: column.head.clone(),
            align: match column.format {
                Format::Text | Format::Word => Align::Left,
                Format::Count | Format::Number | Format::Money | Format::Percent | Format::Date => Align::Right,
            },
            weight: column.weight,
        })
        .collect();
    Table { columns, rows }
}

fn number(cell: &RowCell) -> Option<f64> {
    match cell {
        RowCell::Number(value) => Some(*value),
        RowCell::Empty | RowCell::Text(_) | RowCell::Date(_) | RowCell::Stamp(_) => None,
    }
}

fn cell_of(words: &Words<'_>, cell: &RowCell, format: Format) -> Cell {
    match (cell, format) {
        (RowCell::Empty, _) => Cell::typed(NONE, Datum::Empty),
        (RowCell::Number(value), format) => {
            let decimal = Decimal::from_f64(*value).unwrap_or_default();
            match format {
                Format::Money => Cell::typed(words.money(decimal), Datum::Money(*value)),
                Format::Percent => Cell::typed(quantity::percent(decimal, &[], words.locale), Datum::Percent(*value)),
                Format::Text | Format::Count | Format::Word | Format::Date => {
                    Cell::typed(words.count(decimal), Datum::Number(*value))
                }
                // Things that are counted have no decimals; shares of seats and hours do.
                Format::Number if decimal.is_integer() => Cell::typed(words.count(decimal), Datum::Number(*value)),
                Format::Number => Cell::typed(quantity::significant(decimal, 3, words.locale), Datum::Number(*value)),
            }
        }
        (RowCell::Date(date), _) => Cell::typed(words.date(*date), Datum::Date(*date)),
        (RowCell::Stamp(at), _) => Cell::typed(words.date(at.date_naive()), Datum::Date(at.date_naive())),
        (RowCell::Text(text), Format::Word) => Cell::text(words.language.word(text)),
        (RowCell::Text(text), _) => Cell::text(text.clone()),
    }
}

fn exception_cell(words: &Words<'_>, cell: &RowCell, column: &str) -> Cell {
    match cell {
        RowCell::Text(text) if MEMBER_COLUMNS.contains(&column) => Cell::text(words.language.text(text)),
        RowCell::Empty | RowCell::Text(_) | RowCell::Number(_) | RowCell::Date(_) | RowCell::Stamp(_) => {
            cell_of(words, cell, if MONEY_COLUMNS.contains(&column) { Format::Money } else { Format::Number })
        }
    }
}

/// Exception rows as a table, at most `most` of them.
pub fn exception_table(words: &Words<'_>, found: &RowTable, most: usize) -> Table {
    let numeric: Vec<bool> = (0..found.columns.len())
        .map(|index| found.rows.iter().any(|row| !matches!(row[index], RowCell::Text(_) | RowCell::Empty)))
        .collect();
    let columns = found
        .columns
        .iter()
        .zip(&numeric)
        .map(|(name, numeric)| Column {
            head: words.language.head(name),
            align: if *numeric { Align::Right } else { Align::Left },
            weight: if *numeric { 1.0 } else { 1.3 },
        })
        .collect();
    let rows = found
        .rows
        .iter()
        .take(most)
        .map(|row| Row {
            total: false,
            cells: row.iter().zip(&found.columns).map(|(cell, name)| exception_cell(words, cell, name)).collect(),
        })
        .collect();
    Table { columns, rows }
}

/// The rows behind the off-target figures with most money.
pub fn exceptions(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let mut worst: Vec<_> = material
        .edition
        .kpis
        .iter()
        .filter_map(|id| Some((material.catalogue.kpi(id)?, material.scorecard.headline(id, material.scope)?)))
        .filter(|(_, score)| matches!(score.status, Status::OffTarget | Status::Watch))
        // The waste lists print these rows already.
        .filter(|(kpi, _)| {
            !material
                .edition
                .lists
                .values()
                .any(|list| kpi.exceptions.as_ref().is_some_and(|own| own.fact == list.fact))
        })
        .filter_map(|(kpi, score)| {
            Some((kpi, score, material.exceptions.get(&kpi.id).filter(|table| !table.rows.is_empty())?))
        })
        .collect();
    worst.sort_by_key(|(_, score, _)| {
        std::cmp::Reverse((score.status == Status::OffTarget, positive_money(score).unwrap_or_default()))
    });
    worst
        .into_iter()
        .take(material.edition.exceptions.lists as usize)
        .filter_map(|(kpi, _, found)| {
            let rows = material.edition.exceptions.rows as usize;
            let lead = material.language.fill(
                "exceptions_lead",
                &[
                    ("shown", &found.rows.len().min(rows).to_string()),
                    ("total", &quantity::grouped(Decimal::from(found.total), 0, words.locale)),
                ],
            );
            Some(Block::Table {
                id: format!("exceptions-{}", kpi.id),
                title: kpi.exceptions.as_ref()?.title.clone(),
                lead: Some(lead),
                table: exception_table(words, found, rows),
                note: None,
            })
        })
        .collect()
}

pub fn findings(material: &Material<'_>, words: &Words<'_>) -> Block {
    let title = words.word("findings_title");
    if material.findings.is_empty() {
        return Block::Text { id: "findings".to_owned(), title, paragraphs: vec![words.word("findings_none")] };
    }
    let alike = alike(material.findings);
    let lead = material.language.fill("findings_lead", &[("count", &material.findings.len().to_string())]);
    Block::Table {
        id: "findings".to_owned(),
        title,
        lead: Some(lead),
        table: Table {
            columns: finding_columns(words),
            rows: alike.iter().take(MOST_FINDINGS).map(|finding| finding_row(words, finding)).collect(),
        },
        note: None,
    }
}

/// Findings of one kind about one dataset as one, at the first place; the gravest and largest first.
fn alike(findings: &[Finding]) -> Vec<Finding> {
    let mut kinds: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |kind: &&mut Finding| {
            (kind.level, &kind.dataset, &kind.code) == (finding.level, &finding.dataset, &finding.code)
        };
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.count += finding.count,
            None => kinds.push(finding.clone()),
        }
    }
    // What changes money before what changes counts.
    let money =
        |finding: &Finding| matches!(finding.code.as_str(), "rate_missing" | "amount_too_large" | "not_a_number");
    kinds.sort_by(|a, b| (b.level, money(b), b.count, &a.dataset).cmp(&(a.level, money(a), a.count, &b.dataset)));
    kinds
}

fn finding_columns(words: &Words<'_>) -> Vec<Column> {
    let column = |key: &'static str, weight: f32| Column { head: words.word(key), align: Align::Left, weight };
    vec![
        column("finding_level", 0.7),
        column("finding_place", 1.6),
        column("finding_message", 3.0),
        column("finding_hint", 2.4),
    ]
}

/// All findings, for the workbook.
pub fn findings_table(material: &Material<'_>, words: &Words<'_>) -> Table {
    let rows = material.findings.iter().map(|finding| {
        let mut row = finding_row(words, finding);
        row.cells[1] = Cell::text(finding.place());
        row
    });
    Table { columns: finding_columns(words), rows: rows.collect() }
}

fn finding_row(words: &Words<'_>, finding: &Finding) -> Row {
    let (level, tone) = match finding.level {
        Level::Error => ("error", Tone::Bad),
        Level::Warning => ("warning", Tone::Watch),
        Level::Note => ("note", Tone::Muted),
    };
    Row {
        total: false,
        cells: vec![
            Cell::text(words.word(level)).toned(tone),
            Cell::text(finding.short_place(words.language.word("finding_row"))),
            Cell::text(finding.message.clone()),
            Cell::text(finding.hint.clone()),
        ],
    }
}

/// A number for a sheet, or nothing.
pub fn number_cell(value: Option<Decimal>) -> Cell {
    value.map_or_else(
        || Cell::typed("", Datum::Empty),
        |value| Cell::typed(value.round_dp(6).normalize().to_string(), Datum::Number(float(value))),
    )
}

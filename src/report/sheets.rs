//! The workbook: every figure typed, the rows behind it, the evidence.

use super::tables::{exception_table, findings_table, list_table, number_cell};
use super::words::{Words, float};
use super::{Align, Cell, Column, Datum, Material, Row, Sheet, Table, budget, feeds, restated, variance};
use crate::ids::ENTERPRISE;
use crate::quantity::{self, Unit};
use crate::score::Score;

/// Rejected rows listed.
const MOST_REJECTS: usize = 5_000;

pub fn sheets(material: &Material<'_>, words: &Words<'_>) -> Vec<Sheet> {
    let period = words.period(material.scorecard.period);
    let caption = |key: &str| material.language.fill(key, &[("period", &period), ("currency", material.currency)]);
    let mut sheets = vec![Sheet {
        name: words.word("sheet_scorecard"),
        caption: caption("sheet_scorecard_caption"),
        table: scorecard(material),
    }];
    if let Some(table) = budget::table(material, words) {
        sheets.push(Sheet { name: words.word("sheet_budget"), caption: caption("sheet_budget_caption"), table });
    }
    if let Some(table) = budget::drivers_table(material, words) {
        let mut lines = vec![caption("sheet_drivers_caption")];
        lines.extend(budget::drivers_method(material, words));
        sheets.push(Sheet { name: words.word("sheet_drivers"), caption: lines.join(". "), table });
    }
    if let Some(table) = restated::table(material, words) {
        sheets.push(Sheet { name: words.word("sheet_restated"), caption: words.word("restated_title"), table });
    }
    if !material.edition.kpis.is_empty() {
        sheets.push(variance::sheet(material, words));
    }
    for (name, list) in &material.edition.lists {
        if let Some(found) = material.lists.get(name).filter(|found| !found.rows.is_empty()) {
            let table = list_table(words, &list.columns, found);
            let lead = list.lead.clone().unwrap_or_default();
            sheets.push(Sheet { name: list.sheet.clone(), caption: format!("{} {lead}", list.title), table });
        }
    }
    for id in &material.edition.kpis {
        let (Some(kpi), Some(found)) =
            (material.catalogue.kpi(id), material.exceptions.get(id).filter(|found| !found.rows.is_empty()))
        else {
            continue;
        };
        let lead = material.language.fill(
            "exceptions_lead",
            &[
                ("shown", &found.rows.len().to_string()),
                ("total", &quantity::grouped(found.total.into(), 0, words.locale)),
            ],
        );
        let title = kpi.exceptions.as_ref().map_or(kpi.name.as_str(), |list| list.title.as_str());
        sheets.push(Sheet {
            name: kpi.name.clone(),
            caption: format!("{title} · {lead}"),
            table: exception_table(words, found, usize::MAX),
        });
    }
    sheets.push(Sheet {
        name: words.word("sheet_findings"),
        caption: caption("sheet_findings_caption"),
        table: findings_table(material, words),
    });
    sheets.push(Sheet {
        name: words.word("sheet_rejects"),
        caption: caption("sheet_rejects_caption"),
        table: rejects(material, words),
    });
    sheets.push(Sheet {
        name: words.word("sheet_feeds"),
        caption: caption("sheet_feeds_caption"),
        table: feeds::table(material, words),
    });
    sheets.push(Sheet {
        name: words.word("sheet_evidence"),
        caption: caption("sheet_evidence_caption"),
        table: evidence(material, words),
    });
    sheets
}

fn columns(heads: &[(&str, Align)]) -> Vec<Column> {
    heads.iter().map(|(head, align)| Column { head: (*head).to_owned(), align: *align, weight: 1.0 }).collect()
}

/// Columns whose heads are fixed words.
fn heads(words: &Words<'_>, keys: &[(&'static str, Align)]) -> Vec<Column> {
    let column = |(key, align): &(&'static str, Align)| Column { head: words.word(key), align: *align, weight: 1.0 };
    keys.iter().map(column).collect()
}

fn scorecard(material: &Material<'_>) -> Table {
    use Align::{Left, Right};
    let seen = |score: &&Score| {
        material.scope == ENTERPRISE || material.scorecard.units.is_within(&score.business_unit, material.scope)
    };
    let rows = material.scorecard.scores.iter().filter(seen).map(|score| {
        let value = match (score.unit, score.value) {
            (_, None) => Cell::typed("", Datum::Empty),
            (Unit::Ratio, Some(value)) => Cell::typed(value.to_string(), Datum::Percent(float(value))),
            (Unit::Money, Some(value)) => Cell::typed(value.to_string(), Datum::Money(float(value))),
            (Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count | Unit::OneTo, Some(value)) => {
                Cell::typed(value.to_string(), Datum::Number(float(value)))
            }
        };
        let impact = score.impact.map_or_else(
            || Cell::typed("", Datum::Empty),
            |amount| Cell::typed(amount.to_string(), Datum::Money(float(amount))),
        );
        Row {
            total: false,
            cells: vec![
                Cell::text(score.kpi.clone()),
                Cell::text(score.companion.clone()),
                Cell::text(score.business_unit.clone()),
                Cell::text(score.dimension.clone()),
                value,
                number_cell(score.numerator),
                number_cell(score.denominator),
                Cell::text(score.status.word()),
                number_cell(score.target),
                number_cell(score.prior_value),
                number_cell(score.last_year_value),
                impact,
                Cell::text(score.impact_kind.map_or_else(String::new, |kind| format!("{kind:?}").to_lowercase())),
                Cell::text(score.reason.clone().unwrap_or_default()),
            ],
        }
    });
    Table {
        columns: columns(&[
            ("kpi", Left),
            ("companion", Left),
            ("business_unit", Left),
            ("dimension", Left),
            ("value", Right),
            ("numerator", Right),
            ("denominator", Right),
            ("status", Left),
            ("target", Right),
            ("prior_value", Right),
            ("last_year_value", Right),
            ("impact", Right),
            ("impact_kind", Left),
            ("reason", Left),
        ]),
        rows: rows.collect(),
    }
}

fn rejects(material: &Material<'_>, words: &Words<'_>) -> Table {
    use Align::{Left, Right};
    let rows = material.rejects.iter().take(MOST_REJECTS).map(|(dataset, reject)| Row {
        total: false,
        cells: vec![
            Cell::text(dataset.clone()),
            Cell::text(reject.file.clone()),
            Cell::typed(reject.row.to_string(), Datum::Number(whole(reject.row))),
            Cell::text(reject.column.clone()),
            Cell::text(reject.code.clone()),
            Cell::text(reject.message.clone()),
        ],
    });
    Table {
        columns: heads(
            words,
            &[
                ("head_dataset", Left),
                ("head_file", Left),
                ("head_row", Right),
                ("head_column", Left),
                ("head_code", Left),
                ("head_reason", Left),
            ],
        ),
        rows: rows.collect(),
    }
}

fn evidence(material: &Material<'_>, words: &Words<'_>) -> Table {
    use Align::{Left, Right};
    let rows = material.evidence.iter().map(|file| Row {
        total: false,
        cells: vec![
            Cell::text(file.dataset.clone()),
            Cell::typed(file.night.to_string(), Datum::Date(file.night)),
            Cell::text(file.key.clone()),
            Cell::typed(file.bytes.to_string(), Datum::Number(whole(file.bytes))),
            Cell::text(file.sha256.clone()),
        ],
    });
    Table {
        columns: heads(
            words,
            &[
                ("head_dataset", Left),
                ("head_night", Right),
                ("head_file", Left),
                ("head_bytes", Right),
                ("head_sha256", Left),
            ],
        ),
        rows: rows.collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet holds whole numbers as floats too")]
fn whole(number: u64) -> f64 {
    number as f64
}

//! The workbook: every figure typed, the rows behind it, the evidence.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::tables::{exception_table, findings_table, list_table, number_cell};
use super::words::{Words, float};
use super::{Align, Cell, Column, Datum, Material, Row, Sheet, Table, budget, feeds, restated, variance};
use crate::ids::ENTERPRISE;
use crate::quantity::{self, Unit};
use crate::score::Score;

/// Rejected rows listed.
const MOST_REJECTS: usize = 5_000;
/// Figures of single members listed: some three of the ten megabytes that the attachments of a mail may have.
const MOST_MEMBERS: usize = 50_000;

/// The figures that the workbook for a reader of a unit lists, and how many others that reader sees. Those of all members
/// together are always listed. Where those of single members are more than `most`, they are left out KPI by KPI, that with
/// most of them first; and those at the units below before the reader's own.
fn listed<'a>(seen: Vec<&'a Score>, scope: &str, most: usize) -> (Vec<&'a Score>, usize) {
    let group = |score: &'a Score| (score.business_unit == scope, score.kpi.as_str());
    let mut groups: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for score in seen.iter().filter(|score| !score.dimension.is_empty()) {
        *groups.entry(group(score)).or_default() += 1;
    }
    let mut members: usize = groups.values().sum();
    let mut groups: Vec<((bool, &str), usize)> = groups.into_iter().collect();
    groups.sort_by_key(|((is_own, kpi), count)| (*is_own, Reverse(*count), *kpi));
    let mut left_out = BTreeSet::new();
    for (group, count) in groups {
        if members <= most {
            break;
        }
        left_out.insert(group);
        members -= count;
    }
    let all = seen.len();
    let is_listed = |score: &&'a Score| score.dimension.is_empty() || !left_out.contains(&group(score));
    let listed: Vec<&Score> = seen.into_iter().filter(is_listed).collect();
    let others = all - listed.len();
    (listed, others)
}

pub fn sheets(material: &Material<'_>, words: &Words<'_>) -> Vec<Sheet> {
    let period = words.period(material.scorecard.period);
    let caption = |key: &str| material.language.fill(key, &[("period", &period), ("currency", material.currency)]);
    let card = material.scorecard;
    let seen =
        |score: &&Score| material.scope == ENTERPRISE || card.units.is_within(&score.business_unit, material.scope);
    let (figures, left_out) = listed(card.scores.iter().filter(seen).collect(), material.scope, MOST_MEMBERS);
    let mut lines = vec![caption("sheet_scorecard_caption")];
    if left_out > 0 {
        let count = quantity::grouped(left_out.into(), 0, words.locale);
        lines.push(material.language.fill("sheet_scorecard_left_out", &[("count", &count)]));
    }
    let mut sheets =
        vec![Sheet { name: words.word("sheet_scorecard"), caption: lines.join(". "), table: scorecard(&figures) }];
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

fn scorecard(figures: &[&Score]) -> Table {
    use Align::{Left, Right};
    let rows = figures.iter().map(|score| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::Period;
    use crate::score::Status;

    fn score(kpi: &str, business_unit: &str, dimension: &str) -> Score {
        Score {
            kpi: kpi.to_owned(),
            companion: String::new(),
            business_unit: business_unit.to_owned(),
            period: Period::month(2026, 10),
            dimension: dimension.to_owned(),
            numerator: None,
            denominator: None,
            value: None,
            is_amount: false,
            rows: None,
            unit: Unit::Ratio,
            target: None,
            target_words: None,
            status: Status::NotApplicable,
            coverage: None,
            impact: None,
            impact_kind: None,
            prior_value: None,
            prior_impact: None,
            last_year_value: None,
            reason: None,
            trust: None,
        }
    }

    #[test]
    fn members_of_the_largest_kpi_below_are_left_out_first_and_totals_never() {
        let of = |kpi: &'static str, members: &'static [&'static str]| {
            let places =
                ["ALL", "BER", "HAM"].into_iter().flat_map(move |unit| members.iter().map(move |own| (unit, *own)));
            places.map(move |(unit, member)| score(kpi, unit, member))
        };
        let all: Vec<Score> =
            of("age", &["", "laptop"]).chain(of("licences", &["", "cad", "mail", "office"])).collect();
        let rows = |most: usize| {
            let (figures, left_out) = listed(all.iter().collect(), "ALL", most);
            let count = |kpi: &str, is_own: bool| {
                let members = figures.iter().filter(|score| !score.dimension.is_empty());
                members.filter(|score| score.kpi == kpi && (score.business_unit == "ALL") == is_own).count()
            };
            assert_eq!(figures.iter().filter(|score| score.dimension.is_empty()).count(), 6);
            assert_eq!(figures.len() + left_out, all.len());
            [count("licences", false), count("age", false), count("licences", true), count("age", true)]
        };
        assert_eq!(rows(12), [6, 2, 3, 1]);
        assert_eq!(rows(11), [0, 2, 3, 1]);
        assert_eq!(rows(6), [0, 2, 3, 1]);
        assert_eq!(rows(5), [0, 0, 3, 1]);
        assert_eq!(rows(3), [0, 0, 0, 1]);
        assert_eq!(rows(0), [0, 0, 0, 0]);
    }
}

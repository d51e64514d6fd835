//! The heat map: every business unit below the scope by the edition's chosen figures.

use super::words::Words;
use super::{Block, Material};
use crate::chart::{ChartSpec, HeatCell, HeatKey, HeatMap, HeatRow, Tone};
use crate::ids::{ENTERPRISE, UNASSIGNED};
use crate::quantity::NONE;
use crate::score::Status;

/// Nothing where the edition names no columns, or where there is only one row.
pub fn heat_map(material: &Material<'_>, words: &Words<'_>) -> Option<Block> {
    let kpis: Vec<_> = material.edition.heat.iter().filter_map(|id| material.catalogue.kpi(id)).collect();
    if kpis.is_empty() {
        return None;
    }
    let units = units(material);
    // A unit with none below it has nothing to be compared with.
    if units.len() < 2 {
        return None;
    }
    let rows: Vec<HeatRow> = units
        .iter()
        .map(|unit| HeatRow {
            label: words.unit(material, unit),
            cells: kpis.iter().map(|kpi| cell(material, words, &kpi.id, unit)).collect(),
        })
        .collect();
    let off = |row: &HeatRow| row.cells.iter().filter(|cell| cell.tone == Tone::Bad).count();
    // The worst branch is spoken of, not the whole that contains it.
    let worst = rows.iter().skip(1).max_by_key(|row| off(row)).filter(|row| off(row) > 0);
    let lead = match worst {
        Some(row) => material.language.fill(
            "heat_lead",
            &[("unit", &row.label), ("off", &off(row).to_string()), ("all", &kpis.len().to_string())],
        ),
        None => words.word("heat_calm"),
    };
    let said = rows.iter().map(|row| {
        let cells =
            row.cells.iter().zip(&kpis).map(|(cell, kpi)| format!("{} {} ({})", kpi.name, cell.text, cell.word));
        format!("{}: {}", row.label, cells.collect::<Vec<_>>().join(", "))
    });
    let alt = said.collect::<Vec<_>>().join("; ");
    let key = |status: Status| {
        let status = words.status(status);
        HeatKey { shape: status.shape, word: status.word, tone: status.tone }
    };
    Some(Block::Chart {
        id: "heat-map".to_owned(),
        title: words.word("heat_title"),
        lead: Some(lead),
        spec: ChartSpec::HeatMap(HeatMap {
            columns: kpis.iter().map(|kpi| kpi.name.clone()).collect(),
            rows,
            language: material.language.tag.clone(),
            legend: vec![
                key(Status::OnTarget),
                key(Status::Watch),
                key(Status::OffTarget),
                HeatKey { word: words.word("heat_unjudged"), ..key(Status::NotMeasured) },
            ],
            alt: alt.clone(),
        }),
        alt,
        note: None,
    })
}

/// The scope, then the units below it, each behind its parent.
fn units(material: &Material<'_>) -> Vec<String> {
    fn below(material: &Material<'_>, unit: &str, units: &mut Vec<String>) {
        units.push(unit.to_owned());
        for child in material.scorecard.units.below(unit) {
            below(material, child, units);
        }
    }
    let mut units = Vec::new();
    below(material, material.scope, &mut units);
    let counted =
        |kpi: &String| material.scorecard.headline(kpi, UNASSIGNED).is_some_and(|score| score.value.is_some());
    if material.scope == ENTERPRISE && material.edition.heat.iter().any(counted) {
        units.push(UNASSIGNED.to_owned());
    }
    units
}

fn cell(material: &Material<'_>, words: &Words<'_>, kpi: &str, unit: &str) -> HeatCell {
    let Some(score) = material.scorecard.headline(kpi, unit) else {
        return HeatCell { text: NONE.to_owned(), word: words.word("n/a"), shape: String::new(), tone: Tone::Muted };
    };
    let status = words.status(score.status);
    let text = match score.status {
        Status::NotMeasured | Status::NotApplicable => NONE.to_owned(),
        Status::Withheld => status.word.clone(),
        Status::OnTarget | Status::Watch | Status::OffTarget | Status::NoTarget | Status::Baselining => {
            words.value(score)
        }
    };
    HeatCell { text, word: status.word, shape: status.shape, tone: status.tone }
}

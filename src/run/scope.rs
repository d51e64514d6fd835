//! Scope: what a reader of one unit may see of what was noticed in everybody's data.

use crate::finding::Finding;
use crate::ids::ENTERPRISE;
use crate::measure::{RowCell, RowTable};
use crate::quality::UnitTree;
use crate::report::Material;

/// The findings without those that name a unit outside the scope.
#[must_use]
pub fn findings(findings: &[Finding], units: &UnitTree, scope: &str) -> Vec<Finding> {
    if scope == ENTERPRISE {
        return findings.to_vec();
    }
    seen(findings, &named(findings, units), units, scope)
}

/// The units that each finding names.
pub fn named(findings: &[Finding], units: &UnitTree) -> Vec<Vec<String>> {
    let names = |finding: &Finding| {
        let text = format!("{} {} {}", finding.place(), finding.message, finding.hint);
        let named = units.names().filter(|unit| text.contains(unit) || text.contains(units.label(unit)));
        named.map(str::to_owned).collect()
    };
    findings.iter().map(names).collect()
}

/// As [`findings`], where it is known which units each one names.
pub fn seen(findings: &[Finding], named: &[Vec<String>], units: &UnitTree, scope: &str) -> Vec<Finding> {
    let own = |named: &[String]| scope == ENTERPRISE || named.iter().all(|unit| units.is_within(unit, scope));
    findings.iter().zip(named).filter(|(_, named)| own(named)).map(|(finding, _)| finding.clone()).collect()
}

/// Words that a report says whatever units there are: fixed words, names of figures and lists, and what its own
/// rows say outside the columns of units.
pub fn vocabulary(material: &Material<'_>) -> Vec<String> {
    let language = material.language;
    let fixed = language.words.values().chain(language.columns.values()).chain(language.texts.values()).cloned();
    let kpis = material.catalogue.kpis.iter().flat_map(|kpi| [kpi.name.clone(), kpi.definition.clone()]);
    let lists = material.edition.lists.values().flat_map(|list| {
        let heads = list.columns.iter().map(|column| column.head.clone());
        [list.title.clone(), list.sheet.clone()].into_iter().chain(heads)
    });
    let members = material.scorecard.scores.iter().map(|score| score.dimension.clone());
    let rows = material.lists.values().chain(material.exceptions.values()).flat_map(texts);
    let mut words: Vec<String> = fixed.chain(kpis).chain(lists).chain(members).chain(rows).collect();
    words.sort();
    words.dedup();
    words
}

/// The texts of a table but for its units.
fn texts(table: &RowTable) -> impl Iterator<Item = String> {
    let is_unit = |index: usize| table.columns.get(index).is_some_and(|name| name == "business_unit");
    table.rows.iter().flat_map(move |row| {
        row.iter().enumerate().filter(move |(index, _)| !is_unit(*index)).filter_map(|(_, cell)| match cell {
            RowCell::Text(text) => Some(text.clone()),
            RowCell::Empty | RowCell::Number(_) | RowCell::Date(_) | RowCell::Stamp(_) => None,
        })
    })
}

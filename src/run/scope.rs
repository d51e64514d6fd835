//! Scope: what a reader of one unit may see of what was noticed in everybody's data.

use std::collections::BTreeSet;

use crate::catalogue::{Catalogue, Edition, Language};
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

/// Words that every report of an edition says whatever units there are: fixed words, names of figures and of lists.
pub fn fixed<'a>(
    language: &'a Language,
    catalogue: &'a Catalogue,
    edition: &'a Edition,
) -> impl Iterator<Item = &'a str> {
    let fixed = language.words.values().chain(language.columns.values()).chain(language.texts.values());
    let kpis = catalogue.kpis.iter().flat_map(|kpi| [&kpi.name, &kpi.definition]);
    let lists = edition.lists.values().flat_map(|list| {
        let heads = list.columns.iter().map(|column| &column.head);
        [&list.title, &list.sheet].into_iter().chain(heads)
    });
    fixed.chain(kpis).chain(lists).map(String::as_str)
}

/// What a report's own rows say outside the columns of units.
pub fn vocabulary<'a>(material: &Material<'a>) -> BTreeSet<&'a str> {
    let members = material.scorecard.scores.iter().map(|score| score.dimension.as_str());
    let rows = material.lists.values().chain(material.exceptions.values()).flat_map(texts);
    members.chain(rows).collect()
}

/// The texts of a table but for its units.
fn texts(table: &RowTable) -> impl Iterator<Item = &str> {
    let is_unit = |index: usize| table.columns.get(index).is_some_and(|name| name == "business_unit");
    table.rows.iter().flat_map(move |row| {
        row.iter().enumerate().filter(move |(index, _)| !is_unit(*index)).filter_map(|(_, cell)| match cell {
            RowCell::Text(text) => Some(text.as_str()),
            RowCell::Empty | RowCell::Number(_) | RowCell::Date(_) | RowCell::Stamp(_) => None,
        })
    })
}

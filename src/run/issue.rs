//! Issue: what is kept beside the documents, so that the next issue and the archive know what this one said.

use std::collections::BTreeMap;

use super::RunError;
use crate::brief::Figures;
use crate::catalogue::EditionKind;
use crate::finding::Finding;
use crate::ids::ENTERPRISE;
use crate::io::published::{CROSSINGS, EVIDENCE, FeedEvidence, ISSUE, IssueRecord, NamedUnit};
use crate::quality::UnitTree;
use crate::report::Material;
use crate::score::Scorecard;
use crate::score::crossing::Open;
use crate::score::restate;

/// The records of an issue, by name.
///
/// # Errors
/// A record cannot be written as JSON.
pub fn records(
    material: &Material<'_>,
    figures: &Figures,
    open: &Open,
    issue: &IssueRecord,
) -> Result<BTreeMap<&'static str, Vec<u8>>, RunError> {
    let period = figures.scorecard.period;
    let feeds = figures.footprints.get(&period).cloned().unwrap_or_default();
    let retold = restate::retold(&figures.scorecard, material.scope, material.restatements, &figures.footprints);
    let evidence = FeedEvidence { period, feeds, accounts: figures.accounts.clone(), retold };
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| RunError::Record(error.to_string()));
    let mut records = BTreeMap::from([
        (EVIDENCE, json(serde_json::to_vec_pretty(&evidence))?),
        (ISSUE, json(serde_json::to_vec_pretty(issue))?),
    ]);
    if material.edition.kind == EditionKind::Crossings {
        records.insert(CROSSINGS, json(serde_json::to_vec_pretty(open))?);
    }
    Ok(records)
}

/// What an issue is; `language` by its name in the catalogue.
pub fn issue(material: &Material<'_>, revision: u32, language: &str) -> IssueRecord {
    let (edition, units, unit) = (material.edition, &material.scorecard.units, material.scope);
    IssueRecord {
        edition: edition.id.clone(),
        title: edition.title.clone(),
        period: material.scorecard.period,
        unit: unit.to_owned(),
        label: if unit == ENTERPRISE {
            material.language.word("enterprise").to_owned()
        } else {
            units.label(unit).to_owned()
        },
        above: above(units, unit),
        revision,
        language: language.to_owned(),
        state: material.state.to_owned(),
        caveats: caveats(material.scorecard, unit).into_keys().collect(),
        findings: material.findings.iter().map(kind_of).collect(),
    }
}

/// The units above a unit, topmost first.
fn above(units: &UnitTree, unit: &str) -> Vec<NamedUnit> {
    let named = |id: &String| NamedUnit { unit: id.clone(), label: units.label(id).to_owned() };
    let levels = units.levels(unit);
    levels.iter().filter(|id| *id != unit && *id != ENTERPRISE).rev().map(named).collect()
}

/// What qualifies figures at a unit or below: by a key that stays the same while it lasts, in words.
#[must_use]
pub fn caveats(card: &Scorecard, scope: &str) -> BTreeMap<String, String> {
    let seen = |unit: &str| scope == ENTERPRISE || card.units.is_within(unit, scope);
    let headlines = card.scores.iter().filter(|score| score.companion.is_empty() && score.dimension.is_empty());
    headlines
        .filter(|score| seen(&score.business_unit))
        .filter_map(|score| {
            let trust = score.trust.as_ref()?;
            let effect = if trust.withheld { "withheld" } else { "indicative" };
            let label = card.units.label(&score.business_unit);
            let words = format!("{label}: {}; its asset figures are {effect}", trust.because());
            Some((format!("{}: {} ({effect})", score.business_unit, trust.kpi), words))
        })
        .collect()
}

/// What kind of thing a finding says, without its figures: the same while it lasts.
#[must_use]
pub fn kind_of(finding: &Finding) -> String {
    let column = finding.column.as_ref().map_or_else(String::new, |column| format!(".{column}"));
    format!("{}{column}: {}", finding.dataset, finding.code)
}

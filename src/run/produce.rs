//! Produce: figures become the finished documents of an edition, every figure read back from them.

use std::collections::{BTreeMap, BTreeSet};

use super::before::{Before, before, issues};
use super::named::check_unit;
use super::rows::{Wanted, rows};
use super::{Computed, Produced, Progress, RunError, because, issue, scope};
use crate::app::App;
use crate::brief::{self, Documents, Figures};
use crate::catalogue::{self, Catalogue, Edition, EditionKind, ExceptionList};
use crate::finding::{Finding, Level};
use crate::ids::ENTERPRISE;
use crate::io::store::Store;
use crate::period::Period;
use crate::quality::Verdict;
use crate::readback::{self, Scope, Source};
use crate::render;
use crate::report::{self, Material, ReportModel};
use crate::score::Scorecard;
use crate::score::crossing::{self, Crossing, Open};
use crate::score::restate;

/// Which report to make of the computed figures.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub edition: &'a Edition,
    /// `ALL` or a business unit.
    pub unit: &'a str,
    pub revision: u32,
    /// Language of `config/languages`.
    pub language: &'a str,
}

/// A unit of an issue and the languages its readers have, the reports' own first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub unit: String,
    pub languages: Vec<String>,
}

/// Produces an edition for every share of it, each in every language of its readers.
///
/// # Errors
/// The store does not answer, or as [`produce`].
pub async fn produce_all(
    app: &App,
    store: &Store,
    computed: &Computed,
    (edition, revision): (&Edition, u32),
    shares: &[Share],
    progress: Progress<'_>,
) -> Result<Vec<Produced>, RunError> {
    let mut all = Vec::new();
    for Share { unit, languages } in shares {
        let issues = issues(app, store, edition, unit, computed.figures.scorecard.period).await?;
        let before = before(store, edition, unit, issues).await?;
        for language in languages {
            let order = Order { edition, unit, revision, language };
            all.push(tokio::task::block_in_place(|| produce(app, computed, &order, &before, progress))?);
        }
    }
    Ok(all)
}

/// Composes and paints an edition for `ALL` or a business unit.
///
/// # Errors
/// The unit is none, a template or a painter fails.
pub fn produce(
    app: &App,
    computed: &Computed,
    order: &Order<'_>,
    before: &Before,
    progress: Progress<'_>,
) -> Result<Produced, RunError> {
    let Order { edition, unit, revision, .. } = *order;
    let figures = &computed.figures;
    let period = figures.scorecard.period;
    check_unit(figures, unit, period)?;
    progress("collect the rows behind the figures");
    let language = app.catalogue.languages.get(order.language);
    let language = language.ok_or_else(|| RunError::Language(order.language.to_owned()))?;
    let catalogue = catalogue::translated(&app.catalogue, language);
    let edition = catalogue.editions.get(&edition.id).unwrap_or(edition);
    let lists: BTreeMap<String, ExceptionList> =
        edition.kpis.iter().filter_map(|id| Some((id.clone(), catalogue.kpi(id)?.exceptions.clone()?))).collect();
    let wanted = Wanted { exceptions: &lists, most: edition.exceptions.workbook_rows, lists: &edition.lists };
    let rows = rows(app, computed, unit, &wanted)?;
    let run_id = run_id(&edition.id, period, unit, revision);
    let scorecard = figures.scorecard.within(unit);
    let findings = scope::findings(&computed.findings, &scorecard.units, unit);
    let restatements =
        restate::restate(&catalogue, &scorecard, unit, &edition.kpis, &before.published, &figures.footprints);
    // A correction of something that nobody has seen corrects nothing, nor does a look at what was issued.
    let restates = match edition.kind {
        EditionKind::Report => revision > 1 && before.issues.contains_key(&period),
        EditionKind::Crossings | EditionKind::Notice => revision > 1,
    };
    let (crossings, open) = crossings(&catalogue, edition, &scorecard, unit, &before.open);
    let material = Material {
        catalogue: &catalogue,
        edition,
        language,
        scorecard: &scorecard,
        lists: &rows.lists,
        exceptions: &rows.exceptions,
        findings: &findings,
        rejects: if unit == ENTERPRISE { &figures.rejects } else { &[] },
        accounts: &figures.accounts,
        evidence: &computed.evidence,
        nights: &figures.closing.nights,
        stale: &figures.stale,
        missing: &figures.closing.missing,
        calendar: app.settings.reporting.calendar,
        currency: &app.settings.reporting.currency,
        organisation: &app.settings.reporting.organisation,
        scope: unit,
        run_id: &run_id,
        state: state(figures, restates),
        restatements: &restatements,
        crossings: &crossings,
        because: &because(figures),
    };
    progress("compose");
    let model = report::report(&material, &app.templates)?;
    let over_budget = over_budget(&model, edition, app.settings.reporting.paper);
    progress("paint HTML, mail, PDF and workbook");
    let mut documents = brief::paint(&model, &scorecard, &app.templates, app.settings.reporting.paper)?;
    documents.records = issue::records(&material, figures, &open, &issue::issue(&material, revision, order.language))?;
    progress("read every figure back");
    check_figures(&material, &model, &documents)?;
    let silent = edition.kind == EditionKind::Crossings && !crossing::is_news(&crossings);
    Ok(Produced {
        unit: unit.to_owned(),
        language: order.language.to_owned(),
        issues: before.issues.clone(),
        model,
        documents,
        over_budget,
        silent,
    })
}

/// Reads every figure back from the finished documents, and looks for units the readers may not see.
fn check_figures(material: &Material<'_>, model: &ReportModel, documents: &Documents) -> Result<(), RunError> {
    let source = Source {
        model,
        scorecard: material.scorecard,
        catalogue: material.catalogue,
        language: material.language,
        currency: material.currency,
    };
    let read = readback::read_back(&source, &readback::expected(&source), documents);
    let mut mismatches = read.mismatches;
    if material.scope != ENTERPRISE {
        let vocabulary = scope::vocabulary(material);
        mismatches.extend(readback::strangers(
            documents,
            &Scope {
                unit: material.scope,
                units: &material.scorecard.units,
                unit_head: &material.language.head("business_unit"),
                open: BTreeSet::from([material.organisation.to_owned()]),
                vocabulary: &vocabulary,
            },
        ));
    }
    if mismatches.is_empty() { Ok(()) } else { Err(RunError::Readback(readback::summary(&mismatches))) }
}

/// The crossings of an edition that tells them, at the scope and at the units that have none below.
fn crossings(
    catalogue: &Catalogue,
    edition: &Edition,
    card: &Scorecard,
    unit: &str,
    open: &Open,
) -> (Vec<Crossing>, Open) {
    if edition.kind != EditionKind::Crossings {
        return (Vec::new(), Open::new());
    }
    let kpis: Vec<_> = edition.kpis.iter().filter_map(|id| catalogue.kpi(id)).collect();
    let leaves = card.units.names().filter(|name| *name != unit && card.units.is_leaf(name));
    let units: Vec<String> = std::iter::once(unit)
        .chain(leaves.filter(|name| card.units.is_within(name, unit)))
        .map(str::to_owned)
        .collect();
    crossing::crossings(card, &kpis, &units, open)
}

/// A finding when the report, without its appendix, has more pages than its edition allows.
fn over_budget(model: &ReportModel, edition: &Edition, paper: render::pdf::Paper) -> Option<Finding> {
    let pages = render::pdf::body_pages(model, paper);
    (pages > edition.pages as usize).then(|| {
        Finding::dataset(
            Level::Warning,
            "page_budget",
            &edition.id,
            format!("the report has {pages} pages, its budget is {}", edition.pages),
            "shorten the edition's lists or sections; type is never shrunk to fit",
        )
    })
}

/// A report that the gate would rather not have sent is not the last word on its period.
fn state(figures: &Figures, restates: bool) -> &'static str {
    match figures.verdict {
        Verdict::Provisional { .. } | Verdict::Hold { .. } => "PROVISIONAL",
        Verdict::Send if restates => "RESTATED",
        Verdict::Send => "Final",
    }
}

/// `cfo-monthly/2026-10/ALL/r1`.
fn run_id(edition: &str, period: Period, unit: &str, revision: u32) -> String {
    format!("{edition}/{period}/{}/r{revision}", if unit.is_empty() { ENTERPRISE } else { unit })
}

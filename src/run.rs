//! Run: pull -> figures -> report -> documents, the imperative story of one edition for one period.

use std::collections::BTreeMap;

use crate::app::App;
use crate::brief::{self, BriefError, Documents, Extracts, Figures, Question};
use crate::catalogue::{Edition, ExceptionList};
use crate::conform::Evidence;
use crate::finding::{Finding, Level};
use crate::ids::{ENTERPRISE, did_you_mean};
use crate::io::pull;
use crate::io::store::{Store, StoreError};
use crate::measure::{FactRows, MeasureError};
use crate::period::Period;
use crate::render::{self, RenderError};
use crate::report::{self, Material, ReportError, ReportModel};

/// What is told while a run goes on; quiet in a pipe.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Why a run ends without documents.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there is no edition `{name}`{hint}")]
    Edition { name: String, hint: String },
    #[error("there is no business unit `{name}` in {period}{hint}")]
    Unit { name: String, period: Period, hint: String },
    #[error(
        "there are no extracts under `{folder}/` in the store `{url}`\nhint: deliver {folder}/<dataset>/<YYYY-MM-DD>/<file>, or correct `store.url`"
    )]
    NoExtracts { folder: String, url: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Brief(#[from] BriefError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("the language `{0}` has no file in config/languages")]
    Language(String),
}

/// The figures of a period and what they were computed from.
#[derive(Debug)]
pub struct Computed {
    pub figures: Figures,
    pub evidence: Vec<Evidence>,
    pub findings: Vec<Finding>,
}

/// One report, painted.
#[derive(Debug)]
pub struct Produced {
    pub model: ReportModel,
    pub documents: Documents,
    /// Set when the PDF has more pages than the edition allows.
    pub over_budget: Option<Finding>,
}

/// Pulls the extracts a period needs and computes its figures.
///
/// # Errors
/// The store does not answer, or the engine fails. Bad input is a finding, not an error.
pub async fn compute(app: &App, store: &Store, period: Period, progress: Progress<'_>) -> Result<Computed, RunError> {
    let reporting = &app.settings.reporting;
    progress("look what lies in the store");
    let inventory = pull::inventory(store, &app.settings.store.extracts, &app.catalogue).await?;
    if inventory.nights.is_empty() {
        return Err(RunError::NoExtracts {
            folder: app.settings.store.extracts.clone(),
            url: crate::io::store::display_url(&app.settings.store.url),
        });
    }
    let periods = brief::periods(period, reporting.history);
    let closings = brief::closings(&reporting.calendar, &periods);
    let dates: Vec<_> = closings.iter().map(|month| reporting.calendar.span(*month).last_day).collect();
    let choice = inventory.choose(&app.catalogue, &dates);
    let pulled =
        pull::pull(store, &inventory, &choice, &|evidence| progress(&format!("pull {}", evidence.key))).await?;
    let mut extracts = Extracts::new();
    let mut evidence = Vec::with_capacity(pulled.len());
    for extract in pulled {
        let nights = extracts.entry(extract.evidence.dataset.clone()).or_default();
        nights.entry(extract.file.night).or_default().push(extract.file);
        evidence.push(extract.evidence);
    }
    let first_nights = inventory.first_nights();
    let question = Question {
        catalogue: &app.catalogue,
        calendar: reporting.calendar,
        currency: &reporting.currency,
        constants: &app.settings.constants,
        period,
        history: reporting.history,
        first_nights: &first_nights,
    };
    // The engine must not hold up the runtime's other tasks.
    let figures = tokio::task::block_in_place(|| brief::figures(&question, &extracts, progress))?;
    let findings = inventory.findings.into_iter().chain(figures.findings.iter().cloned()).collect();
    Ok(Computed { figures, evidence, findings })
}

/// The edition of a name.
///
/// # Errors
/// There is none.
pub fn edition<'a>(app: &'a App, name: &str) -> Result<&'a Edition, RunError> {
    app.catalogue.editions.get(name).ok_or_else(|| RunError::Edition {
        name: name.to_owned(),
        hint: did_you_mean(name, app.catalogue.editions.keys().map(String::as_str)),
    })
}

/// Composes and paints an edition for `ALL` or a business unit.
///
/// # Errors
/// The unit is none, a template or a painter fails.
pub fn produce(
    app: &App,
    computed: &Computed,
    edition: &Edition,
    unit: &str,
    revision: u32,
    progress: Progress<'_>,
) -> Result<Produced, RunError> {
    let figures = &computed.figures;
    let period = figures.scorecard.period;
    let levels = figures.scorecard.units.all_levels();
    if !levels.iter().any(|level| level == unit) {
        let hint = did_you_mean(unit, levels.iter().map(String::as_str));
        return Err(RunError::Unit { name: unit.to_owned(), period, hint });
    }
    let frame = app.frame();
    progress("collect the rows behind the figures");
    let lists: BTreeMap<String, ExceptionList> =
        edition.kpis.iter().filter_map(|id| Some((id.clone(), app.catalogue.kpi(id)?.exceptions.clone()?))).collect();
    let rows = FactRows::open(&frame, period, &figures.closing, unit)?;
    let exceptions = rows.exceptions(&lists, edition.exceptions.workbook_rows)?;
    let listed = rows.lists(&edition.lists)?;
    let language = &app.settings.reporting.language;
    let run_id = run_id(&edition.id, period, unit, revision);
    let material = Material {
        catalogue: &app.catalogue,
        edition,
        language: app.catalogue.languages.get(language).ok_or_else(|| RunError::Language(language.clone()))?,
        scorecard: &figures.scorecard,
        lists: &listed,
        exceptions: &exceptions,
        findings: &computed.findings,
        rejects: &figures.rejects,
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
        state: state(figures, revision),
    };
    progress("compose");
    let model = report::report(&material, &app.templates)?;
    let pages = render::pdf::page_count(&model, app.settings.reporting.paper);
    let over_budget = (pages > edition.pages as usize).then(|| {
        Finding::dataset(
            Level::Warning,
            "page_budget",
            &edition.id,
            format!("the report has {pages} pages, its budget is {}", edition.pages),
            "shorten the edition's lists or sections; type is never shrunk to fit",
        )
    });
    progress("paint HTML, mail, PDF and workbook");
    let documents = brief::paint(&model, &figures.scorecard, &app.templates, app.settings.reporting.paper)?;
    Ok(Produced { model, documents, over_budget })
}

/// A report on snapshots older than the period is not the last word on it.
fn state(figures: &Figures, revision: u32) -> &'static str {
    if figures.is_stale() {
        "PROVISIONAL"
    } else if revision > 1 {
        "RESTATED"
    } else {
        "Final"
    }
}

/// `cfo-monthly/2026-10/ALL/r1`.
fn run_id(edition: &str, period: Period, unit: &str, revision: u32) -> String {
    format!("{edition}/{period}/{}/r{revision}", if unit.is_empty() { ENTERPRISE } else { unit })
}

//! Run: pull -> figures -> report -> documents, the imperative story of one edition for one period.

mod issue;
mod named;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::brief::{self, BriefError, Documents, Extracts, Figures, Question};
use crate::catalogue::{self, Catalogue, Edition, EditionKind, ExceptionList};
use crate::conform::Evidence;
use crate::finding::{Finding, Level};
use crate::ids::ENTERPRISE;
use crate::io::published;
use crate::io::pull;
use crate::io::store::{Store, StoreError};
use crate::measure::{FactRows, MeasureError};
use crate::period::Period;
use crate::quality::Verdict;
use crate::readback::{self, Scope, Source};
use crate::render::{self, RenderError};
use crate::report::{self, Material, ReportError, ReportModel};
use crate::score::Scorecard;
use crate::score::crossing::{self, Crossing, Open};
use crate::score::restate::{self, Published};

pub use issue::{caveats, kind_of};
pub use named::{check_unit, edition, kpi};
pub use scope::findings as seen_by;

/// What is told while a run goes on; quiet in a pipe.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Why a run ends without documents.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there is no edition `{name}`{hint}")]
    Edition { name: String, hint: String },
    #[error("there is no KPI `{name}`{hint}")]
    Kpi { name: String, hint: String },
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
    #[error("the data gate holds the report, and no edition is a notice:\n{0}")]
    Held(String),
    #[error("a record cannot be written: {0}")]
    Record(String),
    #[error(
        "{0}\nhint: nothing was released; keep this message and the extracts, and report it as a fault of the program"
    )]
    Readback(String),
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
    /// Of `config/languages`.
    pub language: String,
    pub model: ReportModel,
    pub documents: Documents,
    /// Set when the PDF has more pages than the edition allows.
    pub over_budget: Option<Finding>,
    /// There is nothing readers do not know yet: it is kept and not sent.
    pub silent: bool,
}

/// Pulls the extracts a period needs and computes its figures.
///
/// # Errors
/// The store does not answer, or the engine fails. Bad input is a finding, not an error.
pub async fn compute(app: &App, store: &Store, period: Period, progress: Progress<'_>) -> Result<Computed, RunError> {
    let reporting = &app.settings.reporting;
    progress("look what lies in the store");
    let inventory = pull::inventory(store, &app.settings.store.extracts, &app.catalogue.contracts).await?;
    if inventory.nights.is_empty() {
        return Err(RunError::NoExtracts {
            folder: app.settings.store.extracts.clone(),
            url: crate::io::store::display_url(&app.settings.store.url),
        });
    }
    let periods = brief::periods(period, reporting.history);
    let closings = brief::closings(&reporting.calendar, &periods);
    let dates: Vec<_> = closings.iter().map(|month| reporting.calendar.span(*month).last_day).collect();
    let choice = inventory.choose(&app.catalogue.contracts, &dates);
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

/// What was published and told before a run.
#[derive(Debug, Clone, Default)]
pub struct Before {
    pub published: Vec<Published>,
    /// Crossings that readers know of.
    pub open: Open,
}

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

/// Reads what was published of an edition's earlier periods, as far as it is measured again.
///
/// # Errors
/// The store does not answer.
pub async fn before(
    app: &App,
    store: &Store,
    edition: &Edition,
    unit: &str,
    period: Period,
) -> Result<Before, StoreError> {
    let measured = brief::periods(period, app.settings.reporting.history);
    let issues = published::issues(store, &edition.id, unit).await?;
    let again = issues.into_iter().filter(|(period, _)| measured.contains(period));
    Ok(match edition.kind {
        EditionKind::Report => {
            Before { published: published::scorecards(store, &edition.id, unit, again).await?, open: Open::new() }
        }
        EditionKind::Crossings => {
            Before { published: Vec::new(), open: published::told(store, &edition.id, unit, period).await? }
        }
        EditionKind::Notice => Before::default(),
    })
}

/// Produces a report in every language its readers have, the reports' own first.
///
/// # Errors
/// As [`produce`].
pub fn produce_all(
    app: &App,
    computed: &Computed,
    order: &Order<'_>,
    before: &Before,
    languages: &[String],
    progress: Progress<'_>,
) -> Result<Vec<Produced>, RunError> {
    languages.iter().map(|language| produce(app, computed, &Order { language, ..*order }, before, progress)).collect()
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
    let rows = FactRows::open(&app.frame(), period, &figures.closing, unit)?;
    let exceptions = rows.exceptions(&lists, edition.exceptions.workbook_rows)?;
    let listed = rows.lists(&edition.lists)?;
    let run_id = run_id(&edition.id, period, unit, revision);
    let scorecard = figures.scorecard.within(unit);
    let findings = scope::findings(&computed.findings, &scorecard.units, unit);
    let restatements =
        restate::restate(&catalogue, &scorecard, unit, &edition.kpis, &before.published, &figures.footprints);
    let (crossings, open) = crossings(&catalogue, edition, &scorecard, unit, &before.open);
    let material = Material {
        catalogue: &catalogue,
        edition,
        language,
        scorecard: &scorecard,
        lists: &listed,
        exceptions: &exceptions,
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
        state: state(figures, revision),
        restatements: &restatements,
        crossings: &crossings,
        because: &because(figures),
    };
    progress("compose");
    let model = report::report(&material, &app.templates)?;
    let over_budget = over_budget(&model, edition, app.settings.reporting.paper);
    progress("paint HTML, mail, PDF and workbook");
    let mut documents = brief::paint(&model, &scorecard, &app.templates, app.settings.reporting.paper)?;
    let record = issue::issue(&material, revision, order.language);
    documents.records = issue::records(figures, edition, &open, &record)?;
    progress("read every figure back");
    check_figures(&material, &model, &documents)?;
    let silent = edition.kind == EditionKind::Crossings && !crossing::is_news(&crossings);
    Ok(Produced { language: order.language.to_owned(), model, documents, over_budget, silent })
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
    let body =
        model.appendix.map(|at| ReportModel { blocks: model.blocks[..at].to_vec(), appendix: None, ..model.clone() });
    let pages = render::pdf::page_count(body.as_ref().unwrap_or(model), paper);
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

/// Why the gate holds the report, or lets it pass only provisionally: what is wrong, where, and what to do.
fn because(figures: &Figures) -> Vec<String> {
    match &figures.verdict {
        Verdict::Send => Vec::new(),
        Verdict::Provisional { because } | Verdict::Hold { because } => because
            .iter()
            .map(|broken| {
                let finding = &broken.finding;
                format!("{}: {}; {} ({})", finding.place(), finding.message, finding.hint, broken.owner)
            })
            .collect(),
    }
}

/// The edition that goes out: a notice to the data's owners where the gate holds the report.
///
/// # Errors
/// The report is held and no edition is a notice.
pub fn issued<'a>(app: &'a App, computed: &Computed, edition: &'a Edition) -> Result<&'a Edition, RunError> {
    if edition.kind != EditionKind::Report || !matches!(computed.figures.verdict, Verdict::Hold { .. }) {
        return Ok(edition);
    }
    let notice = app.catalogue.editions.values().find(|edition| edition.kind == EditionKind::Notice);
    notice.ok_or_else(|| RunError::Held(because(&computed.figures).join("\n")))
}

/// A report that the gate would rather not have sent is not the last word on its period.
fn state(figures: &Figures, revision: u32) -> &'static str {
    match figures.verdict {
        Verdict::Provisional { .. } | Verdict::Hold { .. } => "PROVISIONAL",
        Verdict::Send if revision > 1 => "RESTATED",
        Verdict::Send => "Final",
    }
}

/// `cfo-monthly/2026-10/ALL/r1`.
fn run_id(edition: &str, period: Period, unit: &str, revision: u32) -> String {
    format!("{edition}/{period}/{}/r{revision}", if unit.is_empty() { ENTERPRISE } else { unit })
}

//! Run: pull -> figures -> report -> documents, the imperative story of one edition for one period.

mod before;
mod hand_over;
mod issue;
mod lists;
mod named;
mod packs;
mod produce;
mod rows;
mod scope;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::app::App;
use crate::brief::{self, BriefError, Documents, Extracts, Figures, Question};
use crate::catalogue::{Edition, EditionKind};
use crate::conform::{Decoder, Evidence, RawFile};
use crate::finding::Finding;
use crate::io::kept::Objects;
use crate::io::published::Issues;
use crate::io::pull;
use crate::io::store::{Store, StoreError};
use crate::kept::{self, Kept};
use crate::measure::MeasureError;
use crate::period::Period;
use crate::quality::Verdict;
use crate::render::RenderError;
use crate::report::{ReportError, ReportModel};

pub use before::{Before, before, issues};
pub use issue::{caveats, kind_of};
pub use lists::{Lists, lists};
pub use named::{check_unit, edition, kpi};
pub use produce::{Order, Share, produce, produce_all, produce_each};
pub use rows::{Rows, Wanted, rows};
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
    /// First night of each dataset in the store, and what was odd there: with the evidence, all that the
    /// figures depend on.
    pub first_nights: BTreeMap<String, NaiveDate>,
    pub listing: Vec<Finding>,
    /// What runs keep for one another.
    pub kept: Arc<dyn Kept>,
}

/// One report, painted.
#[derive(Debug)]
pub struct Produced {
    /// `ALL` or a business unit.
    pub unit: String,
    /// Of `config/languages`.
    pub language: String,
    /// The earlier issues it was compared with.
    pub issues: Issues,
    pub model: ReportModel,
    pub documents: Documents,
    /// Set when the PDF has more pages than the edition allows.
    pub over_budget: Option<Finding>,
    /// There is nothing readers do not know yet: it is kept and not sent.
    pub silent: bool,
}

/// Pulls the extracts a period needs and computes its figures, as far as earlier runs have not; whoever only looks
/// keeps nothing for later ones.
///
/// # Errors
/// The store does not answer, or the engine fails. Bad input is a finding, not an error.
pub async fn compute(app: &App, store: &Store, period: Period, progress: Progress<'_>) -> Result<Computed, RunError> {
    computed(app, store, period, false, progress).await
}

/// The same, and keeps for later runs what was computed.
///
/// # Errors
/// As [`compute`].
pub async fn compute_and_keep(
    app: &App,
    store: &Store,
    period: Period,
    progress: Progress<'_>,
) -> Result<Computed, RunError> {
    computed(app, store, period, true, progress).await
}

async fn computed(
    app: &App,
    store: &Store,
    period: Period,
    keeps: bool,
    progress: Progress<'_>,
) -> Result<Computed, RunError> {
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
    let most = app.settings.limits.bytes;
    let pulled =
        pull::pull(store, &inventory, &choice, most, &|evidence| progress(&format!("pull {}", evidence.key))).await?;
    let files = pulled.into_iter().map(|extract| (extract.evidence, extract.file)).collect();
    let first_nights = inventory.first_nights();
    let kept: Arc<dyn Kept> =
        if app.settings.store.keep { Arc::new(Objects::of(store, keeps)) } else { Arc::new(kept::Nothing) };
    figures(app, period, Given { files, first_nights, listing: inventory.findings }, kept, progress)
}

/// What figures are computed from.
#[derive(Debug)]
pub struct Given {
    pub files: Vec<(Evidence, RawFile)>,
    /// First night of each dataset in the store.
    pub first_nights: BTreeMap<String, NaiveDate>,
    /// What was odd in the store.
    pub listing: Vec<Finding>,
}

/// Computes the figures of a period from files at hand.
///
/// # Errors
/// The engine fails.
pub fn figures(
    app: &App,
    period: Period,
    given: Given,
    kept: Arc<dyn Kept>,
    progress: Progress<'_>,
) -> Result<Computed, RunError> {
    let Given { files, first_nights, listing } = given;
    let (extracts, evidence) = by_night(files);
    let decoders = app.decoders();
    let question = question(app, period, &first_nights, &decoders, kept.as_ref());
    // The engine must not hold up the runtime's other tasks.
    let figures = tokio::task::block_in_place(|| brief::figures(&question, &extracts, progress))?;
    let findings = listing.iter().chain(&figures.findings).cloned().collect();
    Ok(Computed { figures, evidence, findings, first_nights, listing, kept })
}

fn question<'a>(
    app: &'a App,
    period: Period,
    first_nights: &'a BTreeMap<String, NaiveDate>,
    decoder: &'a dyn Decoder,
    kept: &'a dyn Kept,
) -> Question<'a> {
    let reporting = &app.settings.reporting;
    Question {
        catalogue: &app.catalogue,
        calendar: reporting.calendar,
        currency: &reporting.currency,
        constants: &app.settings.constants,
        period,
        history: reporting.history,
        first_nights,
        decoder,
        limits: &app.settings.limits,
        kept,
    }
}

fn by_night(files: Vec<(Evidence, RawFile)>) -> (Extracts, Vec<Evidence>) {
    let mut extracts = Extracts::new();
    let mut evidence = Vec::with_capacity(files.len());
    for (of, file) in files {
        let nights = extracts.entry(of.dataset.clone()).or_default();
        nights.entry(file.night).or_default().push(file);
        evidence.push(of);
    }
    (extracts, evidence)
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

/// Whether the data gate holds the edition.
#[must_use]
pub fn is_held(computed: &Computed, edition: &Edition) -> bool {
    edition.kind == EditionKind::Report && matches!(computed.figures.verdict, Verdict::Hold { .. })
}

/// The edition that goes out: a notice to the data's owners where the gate holds the report.
///
/// # Errors
/// The report is held and no edition is a notice.
pub fn issued<'a>(app: &'a App, computed: &Computed, edition: &'a Edition) -> Result<&'a Edition, RunError> {
    if !is_held(computed, edition) {
        return Ok(edition);
    }
    let notice = app.catalogue.editions.values().find(|edition| edition.kind == EditionKind::Notice);
    notice.ok_or_else(|| RunError::Held(because(&computed.figures).join("\n")))
}

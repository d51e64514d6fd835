//! Produce: figures become the finished documents of an edition, every figure read back from them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::before::{Before, before_each};
use super::hand_over::hand_over;
use super::named::check_unit;
use super::packs::{Common, Wording, wordings};
use super::{Computed, Produced, Progress, RunError, issue, scope};
use crate::app::App;
use crate::brief::{self, Documents, Figures};
use crate::catalogue::{Catalogue, Edition, EditionKind};
use crate::finding::{Finding, Level};
use crate::ids::ENTERPRISE;
use crate::io::store::Store;
use crate::period::Period;
use crate::quality::Verdict;
use crate::readback::{self, Scope, Source, UnitNames};
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

/// Produces an edition for every share of it, each in every language of its readers: what all packs have in common is
/// done once, then as many are made at a time as there are cores. Each is given to `take` as soon as it is made, a few at
/// once, so that a thousand of them need no more memory than a dozen; what `take` makes of them stands in their order.
///
/// # Errors
/// The store does not answer, as [`produce`], or what `take` says.
pub async fn produce_all<T, E: From<RunError>>(
    app: &App,
    store: &Store,
    computed: &Computed,
    (edition, revision): (&Edition, u32),
    shares: &[Share],
    take: impl AsyncFn(Produced) -> Result<T, E>,
    progress: Progress<'_>,
) -> Result<Vec<T>, E> {
    let period = computed.figures.scorecard.period;
    let units: Vec<&str> = shares.iter().map(|share| share.unit.as_str()).collect();
    let before = before_each(app, store, edition, &units, period).await.map_err(RunError::from)?;
    let orders: Vec<(Order<'_>, &Before)> = shares
        .iter()
        .zip(&before)
        .flat_map(|(share, before)| {
            let order = |language| Order { edition, unit: &share.unit, revision, language };
            share.languages.iter().map(move |language| (order(language), before))
        })
        .collect();
    tokio::task::block_in_place(|| produce_each(app, computed, edition, &orders, take, progress))
}

/// Produces the ordered packs of one edition, each compared with what was before it, and gives them to `take`. The rows
/// behind the figures are read in one pass for several units: packs made together are made together again, or a last
/// digit may differ. Blocks.
///
/// # Errors
/// As [`produce`], or what `take` says.
pub fn produce_each<T, E: From<RunError>>(
    app: &App,
    computed: &Computed,
    edition: &Edition,
    orders: &[(Order<'_>, &Before)],
    take: impl AsyncFn(Produced) -> Result<T, E>,
    progress: Progress<'_>,
) -> Result<Vec<T>, E> {
    let mut units: Vec<&str> = orders.iter().map(|(order, _)| order.unit).collect();
    units.sort_unstable();
    units.dedup();
    for unit in &units {
        check_unit(&computed.figures, unit, computed.figures.scorecard.period)?;
    }
    let common = Common::of(app, computed, edition, &units, progress)?;
    let units = &computed.figures.scorecard.units;
    let wordings = wordings(app, edition, units, orders.iter().map(|(order, _)| order.language))?;
    let begun = AtomicUsize::new(0);
    let make = |number: usize| {
        let (order, before) = &orders[number];
        let shared = (&common, &wordings[order.language]);
        let mut made = if orders.len() == 1 {
            pack(app, computed, order, before, shared, progress)?
        } else {
            progress(&format!("make pack {} of {}", begun.fetch_add(1, Ordering::Relaxed) + 1, orders.len()));
            pack(app, computed, order, before, shared, &|_| ())?
        };
        // They are in the workbook now. Freed by the thread that made them: another would wait for its arena.
        made.model.sheets = Vec::new();
        Ok(made)
    };
    hand_over(orders.len(), make, take)
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
    check_unit(&computed.figures, order.unit, computed.figures.scorecard.period)?;
    let units = &computed.figures.scorecard.units;
    let wordings = wordings(app, order.edition, units, std::iter::once(order.language))?;
    let common = Common::of(app, computed, order.edition, &[order.unit], progress)?;
    pack(app, computed, order, before, (&common, &wordings[order.language]), progress)
}

fn pack(
    app: &App,
    computed: &Computed,
    order: &Order<'_>,
    before: &Before,
    (common, wording): (&Common, &Wording<'_>),
    progress: Progress<'_>,
) -> Result<Produced, RunError> {
    let Order { unit, revision, .. } = *order;
    let figures = &computed.figures;
    let period = figures.scorecard.period;
    let Wording { language, catalogue, edition, names } = wording;
    let rows = common.rows.of(unit)?;
    let run_id = run_id(&edition.id, period, unit, revision);
    let scorecard = figures.scorecard.within(unit);
    let findings = scope::seen(&computed.findings, &common.named, &scorecard.units, unit);
    let restatements =
        restate::restate(catalogue, &scorecard, unit, &edition.kpis, &before.published, &figures.footprints);
    // A correction of something that nobody has seen corrects nothing, nor does a look at what was issued.
    let restates = match edition.kind {
        EditionKind::Report => revision > 1 && before.issues.contains_key(&period),
        EditionKind::Crossings | EditionKind::Notice => revision > 1,
    };
    let (crossings, open) = crossings(catalogue, edition, &scorecard, unit, &before.open);
    let material = Material {
        catalogue,
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
        because: &common.because,
    };
    progress("compose");
    let model = report::report(&material, &app.templates)?;
    progress("paint HTML, mail, PDF and workbook");
    let (mut documents, pages) = brief::paint(&model, &scorecard, &app.templates, app.settings.reporting.paper)?;
    documents.records = issue::records(&material, figures, &open, &issue::issue(&material, revision, order.language))?;
    progress("read every figure back");
    check_figures(&material, names, &model, &documents)?;
    let silent = edition.kind == EditionKind::Crossings && !crossing::is_news(&crossings);
    Ok(Produced {
        unit: unit.to_owned(),
        language: order.language.to_owned(),
        issues: before.issues.clone(),
        over_budget: over_budget(pages, edition),
        model,
        documents,
        silent,
    })
}

/// Reads every figure back from the finished documents, and looks for units the readers may not see.
fn check_figures(
    material: &Material<'_>,
    names: &UnitNames,
    model: &ReportModel,
    documents: &Documents,
) -> Result<(), RunError> {
    let source = Source {
        model,
        scorecard: material.scorecard,
        catalogue: material.catalogue,
        language: material.language,
        currency: material.currency,
    };
    let expected = readback::expected(&source);
    let read = if material.scope == ENTERPRISE {
        readback::read_back(&source, &expected, documents)
    } else {
        let vocabulary = scope::vocabulary(material);
        let scope = Scope {
            unit: material.scope,
            units: names,
            unit_head: &material.language.head("business_unit"),
            open: BTreeSet::from([material.organisation.to_owned()]),
            vocabulary: &vocabulary,
        };
        readback::check(&source, &expected, documents, &scope)
    };
    let mismatches = read.mismatches;
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
fn over_budget(pages: usize, edition: &Edition) -> Option<Finding> {
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

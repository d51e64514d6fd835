//! `muster run`: one edition, one period, one scope.

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Utc};
use muster::app::App;
use muster::finding::{Finding, Level};
use muster::io::clock;
use muster::io::ledger::{Ending, Ledger, Plan, RunKey};
use muster::io::store::Store;
use muster::period::Period;
use muster::release::{self, Desk, Opened, Pack, Released, State, Stop, Target};
use muster::run::{self, Computed, Produced, Progress};

use super::progress::Show;
use crate::exit::Exit;

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub edition: &'a str,
    pub period: Option<Period>,
    pub unit: &'a str,
    pub dry_run: bool,
    pub out: Option<&'a Path>,
    pub to: Option<&'a str>,
    pub force_revision: bool,
}

/// Findings printed.
const MOST_FINDINGS: usize = 12;

pub async fn run(app: &App, order: &Order<'_>, show: &Show) -> anyhow::Result<Exit> {
    let edition = run::edition(app, order.edition)?;
    let now = clock::now();
    let period = order.period.unwrap_or_else(|| app.newest(edition.grain, now));
    release::check_readers(app, &Target { edition, period, unit: order.unit, to: order.to }, now)?;
    show.step("plan every definition against empty tables");
    tokio::task::block_in_place(|| app.plan(period))?;
    let store = app.store()?;
    let target = Target { edition, period, unit: order.unit, to: order.to };
    let progress = |what: &str| show.step(what);
    if order.dry_run || order.to.is_some() {
        // Settles nothing, and may be repeated for ever.
        let (computed, produced) = make(app, &store, &target, 1, order.out, &progress).await?;
        if order.dry_run {
            show.finish();
            say!("{}", produced.model.head.subject);
            print_findings(produced.over_budget.iter().chain(&computed.findings));
            return Ok(Exit::Done);
        }
        let pack = Pack::of(app, &produced, order.unit);
        let released = release::aside(app, &target, &computed, &pack, now).await?;
        show.finish();
        return Ok(report(&produced.model.head.subject, produced.over_budget.iter(), &released));
    }
    let ledger = app.ledger(&store)?;
    ledger.probe(&app.settings.store.url).await?;
    let opened = release::open(&ledger, &target, order.force_revision, now).await?;
    let outcome = carry_out(app, &ledger, &target, &opened, order.out, &progress).await;
    opened.claim.release().await;
    let (subject, over_budget, released) = outcome?;
    show.finish();
    Ok(report(&subject, over_budget.iter(), &released))
}

/// Produces and freezes what has no plan yet, then publishes and sends.
async fn carry_out(
    app: &App,
    ledger: &Ledger,
    target: &Target<'_>,
    opened: &Opened,
    out: Option<&Path>,
    progress: Progress<'_>,
) -> anyhow::Result<(String, Option<Finding>, Released)> {
    let mut over_budget = None;
    let plan = if let Some(plan) = &opened.plan {
        if let Some(folder) = out {
            write_frozen(folder, ledger, &opened.run, plan).await?;
        }
        plan.clone()
    } else {
        let (computed, produced) = make(app, ledger.store(), target, opened.run.revision, out, progress).await?;
        let packs = [Pack::of(app, &produced, target.unit)];
        let plan = release::freeze(app, ledger, &opened.claim, target, &computed, &packs, clock::now()).await?;
        over_budget = produced.over_budget;
        plan
    };
    let desk = Desk { app, ledger, claim: &opened.claim, stop: &Stop::never(), progress };
    let released = release::finish(&desk, &plan).await?;
    let subject = plan.sets.first().map(|set| set.subject.clone()).unwrap_or_default();
    Ok((subject, over_budget, released))
}

async fn make(
    app: &App,
    store: &Store,
    target: &Target<'_>,
    revision: u32,
    out: Option<&Path>,
    progress: Progress<'_>,
) -> anyhow::Result<(Computed, Produced)> {
    let computed = run::compute(app, store, target.period, progress).await?;
    let produced =
        tokio::task::block_in_place(|| run::produce(app, &computed, target.edition, target.unit, revision, progress))?;
    if let Some(folder) = out {
        write(folder, &produced)?;
    }
    Ok((computed, produced))
}

/// Prints what became of it.
pub fn report<'a>(subject: &str, first: impl Iterator<Item = &'a Finding> + Clone, released: &'a Released) -> Exit {
    say!("{subject}");
    print_findings(first.chain(&released.findings));
    for receipt in &released.receipts {
        say!("{} {}: {}", receipt.address.masked(), receipt.outcome, receipt.detail);
    }
    match &released.state {
        State::Settled(Ending::Sent) if !released.receipts.is_empty() => Exit::Done,
        State::Settled(_) => Exit::NotAllSent,
        State::Sending { next } => {
            say!("the next attempt may be made at {}: run it again then, or leave it to `muster serve`", at(next));
            Exit::NotAllSent
        }
        State::Waiting { until } => {
            say!("it waits for `muster approve` until {}", at(until));
            Exit::Waiting
        }
    }
}

fn at(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Writes every document under its plain name.
pub fn write(folder: &Path, produced: &Produced) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    for (name, bytes) in produced.documents.files() {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    Ok(())
}

/// Writes the documents an earlier attempt has frozen.
async fn write_frozen(folder: &Path, ledger: &Ledger, run: &RunKey, plan: &Plan) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    for file in plan.sets.iter().take(1).flat_map(|set| &set.files) {
        let path = folder.join(&file.name);
        let bytes = ledger.store().get(&run.key(&format!("artefacts/{}", file.sha256))).await?;
        std::fs::write(&path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    Ok(())
}

/// The gravest findings, each with what to do.
pub fn print_findings<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) {
    let grave = findings.filter(|finding| finding.level != Level::Note);
    for finding in grave.clone().take(MOST_FINDINGS) {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        say!("{level}: {}: {}\n  hint: {}", finding.place(), finding.message, finding.hint);
    }
    let more = grave.count().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        say!("and {more} more findings, in the workbook");
    }
}

//! `muster run`: one edition, one period, one scope.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use muster::app::App;
use muster::deliver::safe_name;
use muster::finding::{Finding, Level};
use muster::ids::ENTERPRISE;
use muster::io::clock;
use muster::io::ledger::{Ending, Ledger, Plan, RunKey};
use muster::io::store::Store;
use muster::period::Period;
use muster::release::{self, Desk, Freezing, Opened, ReleaseError, Released, State, Stop, Target};
use muster::run::{self, Computed, Produced, Progress, Share};

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
    /// Prints no findings: somebody has read them just now.
    pub brief: bool,
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
        return aside(app, &store, &target, order, show).await;
    }
    let ledger = app.ledger(&store)?;
    ledger.probe(&app.settings.store.url).await?;
    let opened = release::open(&ledger, &target, order.force_revision, now).await?;
    let outcome = carry_out(app, &ledger, &target, &opened, order.out, &progress).await;
    opened.claim.release().await;
    let (plan, over_budget, released) = match outcome? {
        Outcome::Released(plan, over_budget, released) => (plan, over_budget, released),
        Outcome::Held(computed) => return hold(app, &ledger, &target, &computed, order.out, show).await,
    };
    show.finish();
    if order.brief {
        return Ok(report(&plan, [].iter(), &Released { findings: Vec::new(), ..released }));
    }
    Ok(report(&plan, over_budget.iter(), &released))
}

/// Makes the documents and settles nothing: they may be looked at, or sent to one address, for ever.
async fn aside(app: &App, store: &Store, target: &Target<'_>, order: &Order<'_>, show: &Show) -> anyhow::Result<Exit> {
    let (now, progress) = (clock::now(), |what: &str| show.step(what));
    let computed = run::compute(app, store, target.period, &progress).await?;
    let seen = (target.edition, &computed.figures.scorecard.units);
    let lists = run::lists(app, store, Some(seen), now).await?;
    let mut shares = release::shares(app, target, &computed.figures.scorecard.units, &lists)?;
    if order.dry_run && target.edition.burst && target.unit == ENTERPRISE {
        // Nobody is written to: every unit's report is looked at.
        let languages = vec![app.settings.reporting.language.clone()];
        let units = std::iter::once(ENTERPRISE).chain(computed.figures.scorecard.units.names());
        shares = units.map(|unit| Share { unit: unit.to_owned(), languages: languages.clone() }).collect();
    }
    let issue = (target.edition, 1);
    if order.dry_run {
        let look = async |report: Produced| {
            write_if_asked(order.out, &report, &shares)?;
            anyhow::Ok((report.model.head.subject, report.silent, report.over_budget))
        };
        let looked = run::produce_all(app, store, &computed, issue, &shares, look, &progress).await?;
        show.finish();
        for (subject, ..) in &looked {
            say!("{subject}");
        }
        if looked.iter().all(|(_, silent, _)| *silent) {
            say!("nothing that readers do not know already: it would not be sent");
        }
        let over_budget = looked.iter().filter_map(|(.., over_budget)| over_budget.as_ref());
        print_findings(over_budget.chain(&lists.findings).chain(&computed.findings));
        let held = run::is_held(&computed, target.edition);
        if held {
            say!("the data gate holds this report: a notice to the owners of the data would be sent instead");
        }
        return Ok(if held { Exit::Held } else { Exit::Done });
    }
    let keep = async |report: Produced| {
        write_if_asked(order.out, &report, &shares)?;
        anyhow::Ok(report)
    };
    let produced = run::produce_all(app, store, &computed, issue, &shares, keep, &progress).await?;
    let first = produced.first().context("nothing was made")?;
    let released = release::aside(app, target, &computed, first, &lists).await?;
    show.finish();
    say!("{}", first.model.head.subject);
    Ok(told(first.over_budget.iter(), &released))
}

/// How far a run came.
enum Outcome {
    Released(Box<Plan>, Vec<Finding>, Released),
    Held(Box<Computed>),
}

/// Produces and freezes what has no plan yet, then publishes and sends.
async fn carry_out(
    app: &App,
    ledger: &Ledger,
    target: &Target<'_>,
    opened: &Opened,
    out: Option<&Path>,
    progress: Progress<'_>,
) -> anyhow::Result<Outcome> {
    let mut over_budget = Vec::new();
    let plan = if let Some(plan) = &opened.plan {
        if let Some(folder) = out {
            write_frozen(folder, ledger, &opened.run, plan).await?;
        }
        plan.clone()
    } else {
        let computed = run::compute_and_keep(app, ledger.store(), target.period, progress).await?;
        if run::is_held(&computed, target.edition) {
            return Ok(Outcome::Held(Box::new(computed)));
        }
        let (plan, found) = freeze(app, ledger, target, opened, &computed, out, progress).await?;
        over_budget = found;
        plan
    };
    let desk = Desk { app, ledger, claim: &opened.claim, stop: &Stop::never(), progress };
    let released = release::finish(&desk, &plan).await?;
    Ok(Outcome::Released(Box::new(plan), over_budget, released))
}

/// Tells the owners of the data instead, once for the period.
async fn hold(
    app: &App,
    ledger: &Ledger,
    target: &Target<'_>,
    computed: &Computed,
    out: Option<&Path>,
    show: &Show,
) -> anyhow::Result<Exit> {
    let progress = |what: &str| show.step(what);
    let edition = run::issued(app, computed, target.edition)?;
    let notice = Target { edition, unit: ENTERPRISE, ..*target };
    match release::open(ledger, &notice, false, clock::now()).await {
        Ok(opened) => {
            let outcome = async {
                let plan = match &opened.plan {
                    Some(plan) => plan.clone(),
                    None => freeze(app, ledger, &notice, &opened, computed, out, &progress).await?.0,
                };
                let desk = Desk { app, ledger, claim: &opened.claim, stop: &Stop::never(), progress: &progress };
                let released = release::finish(&desk, &plan).await?;
                anyhow::Ok((plan, released))
            };
            let outcome = outcome.await;
            opened.claim.release().await;
            let (plan, released) = outcome?;
            show.finish();
            report(&plan, [].iter(), &released);
        }
        Err(ReleaseError::Settled { .. } | ReleaseError::Ended { .. }) => {
            show.finish();
            say!("the data gate holds the report; the owners of the data were told before");
            print_findings(computed.findings.iter());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Held)
}

async fn freeze(
    app: &App,
    ledger: &Ledger,
    target: &Target<'_>,
    opened: &Opened,
    computed: &Computed,
    out: Option<&Path>,
    progress: Progress<'_>,
) -> anyhow::Result<(Plan, Vec<Finding>)> {
    let seen = (target.edition, &computed.figures.scorecard.units);
    let lists = run::lists(app, ledger.store(), Some(seen), clock::now()).await?;
    let shares = release::shares(app, target, &computed.figures.scorecard.units, &lists)?;
    let issue = (target.edition, opened.run.revision);
    let freezing = Freezing::of(app, ledger, &opened.claim, target, &shares, &lists)?;
    let stage = async |report: Produced| {
        write_if_asked(out, &report, &shares)?;
        anyhow::Ok((freezing.stage(&report).await?, report.over_budget))
    };
    let staged = run::produce_all(app, ledger.store(), computed, issue, &shares, stage, progress).await?;
    let (staged, over_budget): (Vec<_>, Vec<_>) = staged.into_iter().unzip();
    Ok((freezing.freeze(computed, staged).await?, over_budget.into_iter().flatten().collect()))
}

/// Prints what became of a planned run.
pub fn report<'a>(plan: &Plan, first: impl Iterator<Item = &'a Finding> + Clone, released: &'a Released) -> Exit {
    for set in &plan.sets {
        say!("{}", set.subject);
    }
    if plan.mails.is_empty() {
        say!("nothing that readers do not know already: nothing is sent");
    }
    let exit = told(first, released);
    // Nobody had to be told anything: that is what was asked for.
    if plan.mails.is_empty() && released.state == State::Settled(Ending::Sent) { Exit::Done } else { exit }
}

fn told<'a>(first: impl Iterator<Item = &'a Finding> + Clone, released: &'a Released) -> Exit {
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

fn write_if_asked(out: Option<&Path>, report: &Produced, shares: &[Share]) -> anyhow::Result<()> {
    out.map_or(Ok(()), |folder| write(folder, report, shares))
}

/// Writes every document of a report under its plain name: of several units each into a folder of its own, languages
/// other than the first of a unit into folders below.
pub fn write(folder: &Path, report: &Produced, shares: &[Share]) -> anyhow::Result<()> {
    let places: Vec<_> = shares.iter().flat_map(places).collect();
    let folder = place_of(folder, (&report.unit, &report.language), &places);
    std::fs::create_dir_all(&folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    for (name, bytes) in report.documents.files() {
        put(&folder.join(name), &bytes)?;
    }
    Ok(())
}

fn places(share: &Share) -> impl Iterator<Item = (&str, &str)> {
    share.languages.iter().map(|language| (share.unit.as_str(), language.as_str()))
}

/// Writes the documents an earlier attempt has frozen.
async fn write_frozen(folder: &Path, ledger: &Ledger, run: &RunKey, plan: &Plan) -> anyhow::Result<()> {
    let places: Vec<_> = plan.sets.iter().map(|set| (set.scope.as_str(), set.language.as_str())).collect();
    for (set, place) in plan.sets.iter().zip(&places) {
        let folder = place_of(folder, *place, &places);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
        for file in &set.files {
            let bytes = ledger.store().get(&run.key(&format!("artefacts/{}", file.sha256))).await?;
            put(&folder.join(&file.name), &bytes)?;
        }
    }
    Ok(())
}

fn place_of(folder: &Path, (unit, language): (&str, &str), places: &[(&str, &str)]) -> PathBuf {
    let mut folder = folder.to_owned();
    if places.iter().any(|(other, _)| *other != unit) {
        folder.push(safe_name(unit));
    }
    if places.iter().find(|(other, _)| *other == unit).is_some_and(|(_, first)| *first != language) {
        folder.push(language);
    }
    folder
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
}

/// The gravest findings, each with what to do.
pub fn print_findings<'a>(findings: impl Iterator<Item = &'a Finding>) {
    let mut grave: Vec<&Finding> = findings.filter(|finding| finding.level != Level::Note).collect();
    grave.sort_by_key(|finding| Reverse(finding.level));
    for finding in grave.iter().take(MOST_FINDINGS) {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        say!("{level}: {}: {}\n  hint: {}", finding.place(), finding.message, finding.hint);
    }
    let more = grave.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        say!("and {more} more findings; those of the data are in the workbook");
    }
}

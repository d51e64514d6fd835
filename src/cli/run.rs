//! `muster run`: one edition, one period, one scope.

use std::path::Path;

use anyhow::Context;
use muster::app::App;
use muster::deliver::Outcome;
use muster::finding::{Finding, Level};
use muster::io::clock;
use muster::period::Period;
use muster::release::{self, Target};
use muster::run::{self, Produced};

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
    // A dry run settles nothing and may be repeated for ever.
    let revision =
        if order.dry_run { 1 } else { release::next_revision(&store, &target, order.force_revision).await? };
    let progress = |what: &str| show.step(what);
    let computed = run::compute(app, &store, period, &progress).await?;
    let produced =
        tokio::task::block_in_place(|| run::produce(app, &computed, edition, order.unit, revision, &progress))?;
    if let Some(folder) = order.out {
        write(folder, &produced)?;
    }
    if order.dry_run {
        show.finish();
        say!("{}", produced.model.head.subject);
        print_findings(produced.over_budget.iter().chain(&computed.findings));
        return Ok(Exit::Done);
    }
    let released = release::release(app, &store, &target, revision, &computed, &produced, now, &progress).await?;
    show.finish();
    say!("{}", produced.model.head.subject);
    print_findings(produced.over_budget.iter().chain(&released.findings));
    for receipt in &released.receipts {
        say!("{} {}: {}", receipt.address.masked(), receipt.outcome, receipt.detail);
    }
    let everybody = released.receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Sent | Outcome::Written));
    Ok(if everybody && !released.receipts.is_empty() { Exit::Done } else { Exit::NotAllSent })
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

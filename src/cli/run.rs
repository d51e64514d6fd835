//! `muster run`: one edition, one period, one scope.

use std::path::Path;

use anyhow::Context;
use muster::app::App;
use muster::catalogue::Edition;
use muster::deliver::{Outcome, Receipt};
use muster::finding::{Finding, Level};
use muster::ids::ENTERPRISE;
use muster::io::clock;
use muster::io::store::Store;
use muster::period::Period;
use muster::release::{self, ReleaseError, Target};
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
    let progress = |what: &str| show.step(what);
    let whole = order.unit == ENTERPRISE && edition.burst && order.to.is_none();
    let mut units = if whole { release::units(app, edition, now) } else { vec![order.unit.to_owned()] };
    let mut open = Vec::new();
    if !order.dry_run {
        open = to_do(&store, edition, period, &units, order).await?;
    }
    let computed = run::compute(app, &store, period, &progress).await?;
    if order.dry_run {
        // Nobody is written to: every unit's report is looked at.
        if whole {
            units = std::iter::once(ENTERPRISE)
                .chain(computed.figures.scorecard.units.names())
                .map(str::to_owned)
                .collect();
        }
        // A dry run settles nothing and may be repeated for ever.
        open = units.iter().map(|unit| (unit.clone(), 1)).collect();
    }
    let mut everybody = true;
    let mut told = Vec::new();
    for (unit, revision) in &open {
        let target = Target { edition, period, unit, to: order.to };
        let languages = release::languages(app, &target, now);
        let make = run::Order { edition, unit, revision: *revision, language: &languages[0] };
        let before = run::before(app, &store, edition, unit, period).await?;
        let produced =
            tokio::task::block_in_place(|| run::produce_all(app, &computed, &make, &before, &languages, &progress))?;
        if let Some(folder) = order.out {
            let folder = if whole { folder.join(unit) } else { folder.to_owned() };
            write_all(&folder, &produced)?;
        }
        let mut receipts = Vec::new();
        let mut findings = Vec::new();
        if !order.dry_run {
            let released =
                release::release(app, &store, &target, *revision, &computed, &produced, now, &progress).await?;
            let reached = |receipt: &Receipt| matches!(receipt.outcome, Outcome::Sent | Outcome::Written);
            everybody &= released.receipts.iter().all(reached);
            everybody &= !released.receipts.is_empty() || produced.iter().all(|produced| produced.silent);
            (receipts, findings) = (released.receipts, released.findings);
        }
        told.push((produced, receipts, findings));
    }
    show.finish();
    for (produced, receipts, findings) in &told {
        for report in produced {
            say!("{}", report.model.head.subject);
            print_findings(report.over_budget.iter().chain(findings));
        }
        if produced.iter().all(|produced| produced.silent) {
            say!("nothing that readers do not know already: nothing is sent");
        }
        for receipt in receipts {
            say!("{} {}: {}", receipt.address.masked(), receipt.outcome, receipt.detail);
        }
    }
    print_findings(computed.findings.iter());
    Ok(if everybody { Exit::Done } else { Exit::NotAllSent })
}

/// The units whose report is not settled, each with its revision.
async fn to_do(
    store: &Store,
    edition: &Edition,
    period: Period,
    units: &[String],
    order: &Order<'_>,
) -> anyhow::Result<Vec<(String, u32)>> {
    let mut open = Vec::new();
    let mut settled = None;
    for unit in units {
        let target = Target { edition, period, unit, to: order.to };
        match release::next_revision(store, &target, order.force_revision).await {
            Ok(revision) => open.push((unit.clone(), revision)),
            Err(error @ ReleaseError::Settled { .. }) => settled = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    match settled {
        Some(error) if open.is_empty() => Err(error.into()),
        Some(_) | None => Ok(open),
    }
}

/// Writes the reports' own language into the folder, each other one into a folder of its own below.
pub fn write_all(folder: &Path, produced: &[Produced]) -> anyhow::Result<()> {
    for (index, produced) in produced.iter().enumerate() {
        let folder = if index == 0 { folder.to_owned() } else { folder.join(&produced.language) };
        write(&folder, produced)?;
    }
    Ok(())
}

/// Writes every document under its plain name.
fn write(folder: &Path, produced: &Produced) -> anyhow::Result<()> {
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

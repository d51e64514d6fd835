//! One edition of one period: ready? claim, produce, freeze, send, settle.

use chrono::{DateTime, TimeDelta, Utc};

use super::tick::Worker;
use crate::calendar::Due;
use crate::catalogue::WhenLate;
use crate::ids::ENTERPRISE;
use crate::io::clock;
use crate::io::ledger::Plan;
use crate::io::ledger::{LedgerError, Missed};
use crate::io::pull;
use crate::io::store::StoreError;
use crate::release::{self, Freezing, Notice, Opened, ReleaseError, Released, Target};
use crate::run::{self, Computed, Produced, RunError};

/// How far an owed issue came.
#[derive(Debug)]
pub enum Progressed {
    /// It is settled.
    Nothing,
    /// Its feeds have not come yet.
    NotReady {
        because: String,
    },
    Released(Released),
    /// The data gate holds it; the notice to the data's owners, where it was not sent before.
    Held(Option<Released>),
    Missed,
}

/// Why an owed issue was not produced this time.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

impl From<LedgerError> for IssueError {
    fn from(error: LedgerError) -> Self {
        Self::Release(error.into())
    }
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        Self::Run(error.into())
    }
}

/// A run to work on, or `None` where it has ended.
async fn open(worker: &Worker, target: &Target<'_>, now: DateTime<Utc>) -> Result<Option<Opened>, IssueError> {
    match release::open(&worker.ledger, target, false, now).await {
        Ok(opened) => Ok(Some(opened)),
        Err(ReleaseError::Settled { .. } | ReleaseError::Ended { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Brings an owed issue as far as it goes now.
pub async fn issue(
    worker: &Worker,
    target: &Target<'_>,
    due: Due,
    now: DateTime<Utc>,
) -> Result<Progressed, IssueError> {
    let Some(opened) = open(worker, target, now).await? else { return Ok(Progressed::Nothing) };
    let is_late = now >= due.at + TimeDelta::hours(i64::from(target.edition.latest_hours));
    let outcome = work(worker, target, &opened, is_late).await;
    if is_late {
        let because = match &outcome {
            Ok(Progressed::NotReady { because }) => Some(because.clone()),
            Err(IssueError::Release(ReleaseError::Ledger(LedgerError::Lost { .. }))) | Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(because) = because {
            tell(worker, &opened, &Notice::Late { because: &because }).await;
        }
    }
    opened.claim.release().await;
    outcome
}

async fn work(worker: &Worker, target: &Target<'_>, opened: &Opened, is_late: bool) -> Result<Progressed, IssueError> {
    if let Some(plan) = &opened.plan {
        return Ok(Progressed::Released(finish(worker, opened, plan).await?));
    }
    let app = &*worker.app;
    let goes_anyway = is_late && target.edition.when_late == WhenLate::Provisional;
    if !goes_anyway && let Some(because) = late_feeds(worker, target).await? {
        return Ok(Progressed::NotReady { because });
    }
    let computed = run::compute_and_keep(app, worker.ledger.store(), target.period, &|_| {}).await?;
    if !goes_anyway && !computed.figures.stale.is_empty() {
        let late: Vec<&str> = computed.figures.stale.keys().map(String::as_str).collect();
        return Ok(Progressed::NotReady { because: format!("stale at the gate: {}", late.join(", ")) });
    }
    let edition = run::issued(app, &computed, target.edition)?;
    if edition.id != target.edition.id {
        // Wrong figures never go out, however late: their owners are told, once.
        let notice = Target { edition, unit: ENTERPRISE, ..*target };
        return Ok(Progressed::Held(Box::pin(release_notice(worker, &notice, &computed)).await?));
    }
    Ok(Progressed::Released(release_computed(worker, target, opened, &computed).await?))
}

/// Produces and freezes what has no plan yet, and releases it.
async fn release_computed(
    worker: &Worker,
    target: &Target<'_>,
    opened: &Opened,
    computed: &Computed,
) -> Result<Released, IssueError> {
    if let Some(plan) = &opened.plan {
        return finish(worker, opened, plan).await;
    }
    let (app, ledger, now) = (&*worker.app, &worker.ledger, clock::now());
    let seen = (target.edition, &computed.figures.scorecard.units);
    let lists = run::lists(app, ledger.store(), Some(seen), now).await?;
    for finding in &lists.findings {
        tracing::warn!(run = %opened.run, place = finding.place(), "{}", finding.message);
    }
    let shares = release::shares(app, target, &computed.figures.scorecard.units, &lists)?;
    let issue = (target.edition, opened.run.revision);
    let freezing = Freezing::of(app, ledger, &opened.claim, target, &shares, &lists)?;
    let stage = async |pack: Produced| Ok::<_, IssueError>(freezing.stage(&pack).await?);
    let staged = run::produce_all(app, ledger.store(), computed, issue, &shares, stage, &|_| {}).await?;
    finish(worker, opened, &freezing.freeze(computed, staged).await?).await
}

async fn finish(worker: &Worker, opened: &Opened, plan: &Plan) -> Result<Released, IssueError> {
    Ok(release::finish(&worker.desk(&opened.claim), plan).await?)
}

/// Sends the data's owners the notice instead of a held report; what was sent for the period stays sent.
async fn release_notice(
    worker: &Worker,
    notice: &Target<'_>,
    computed: &Computed,
) -> Result<Option<Released>, IssueError> {
    let opened = match open(worker, notice, clock::now()).await {
        Ok(Some(opened)) => opened,
        Ok(None) | Err(IssueError::Release(ReleaseError::Busy { .. })) => return Ok(None),
        Err(error) => return Err(error),
    };
    let released = release_computed(worker, notice, &opened, computed).await;
    opened.claim.release().await;
    released.map(Some)
}

/// Feeds that have come before, and not for this period as the gate sees it; one that never came is none of ours.
async fn late_feeds(worker: &Worker, target: &Target<'_>) -> Result<Option<String>, IssueError> {
    let app = &worker.app;
    let contracts = &app.catalogue.contracts;
    let inventory = pull::inventory(worker.ledger.store(), &app.settings.store.extracts, &app.catalogue).await?;
    let last_day = app.settings.reporting.calendar.span(target.period).last_day;
    let needed: std::collections::BTreeSet<&String> =
        target.edition.kpis.iter().filter_map(|id| app.catalogue.kpi(id)).flat_map(|kpi| &kpi.needs).collect();
    let late: Vec<String> = inventory
        .nights
        .iter()
        .filter(|(dataset, _)| needed.contains(dataset))
        .filter_map(|(dataset, nights)| {
            let days = app.catalogue.gate.stale_after(&contracts[dataset], last_day)?;
            let newest = nights.range(..=last_day).next_back().map(|(night, _)| *night);
            match newest {
                Some(night) if (last_day - night).num_days() <= days => None,
                Some(night) => Some(format!("`{dataset}` (newest night {night})")),
                None => Some(format!("`{dataset}` (no night by {last_day})")),
            }
        })
        .collect();
    Ok((!late.is_empty()).then(|| format!("feeds are late: {}", late.join(", "))))
}

/// Records a period that was due too long ago, and tells the owner; one that was begun is finished instead.
pub async fn miss(
    worker: &Worker,
    target: &Target<'_>,
    due: Due,
    now: DateTime<Utc>,
) -> Result<Progressed, IssueError> {
    let Some(opened) = open(worker, target, now).await? else { return Ok(Progressed::Nothing) };
    let outcome = if opened.plan.is_some() {
        work(worker, target, &opened, true).await
    } else {
        record(worker, &opened, due, now).await
    };
    opened.claim.release().await;
    outcome
}

async fn record(worker: &Worker, opened: &Opened, due: Due, now: DateTime<Utc>) -> Result<Progressed, IssueError> {
    let missed = Missed { due: due.at, recorded_at: now };
    let missed = worker.ledger.settle_on(&opened.run.key("missed.json"), missed).await?;
    let days = worker.app.settings.worker.catch_up_days;
    let told = tell(worker, opened, &Notice::Missed { due: missed.due, days }).await;
    Ok(if told { Progressed::Missed } else { Progressed::NotReady { because: "the owner is to be told".to_owned() } })
}

/// Tells the owner; `false` when it has to be tried again.
async fn tell(worker: &Worker, opened: &Opened, notice: &Notice<'_>) -> bool {
    match release::tell(&worker.desk(&opened.claim), notice).await {
        Ok(later) => later.is_none(),
        Err(error) => {
            tracing::error!(run = %opened.run, error = %error, "the owner was not told");
            false
        }
    }
}

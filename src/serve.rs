//! Serve: a heartbeat once a minute that asks which edition is owed and not settled.
//!
//! tokio-cron-scheduler is the heartbeat only: it freezes a zone's offset when a job is made, loses runs
//! on a clock jump and never stops overlap. So one UTC tick a minute asks the editions' own calendars.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::calendar;
use crate::catalogue::{Edition, EditionKind};
use crate::io::clock;
use crate::io::store::{Store, StoreError};
use crate::period::Period;
use crate::release::{self, ReleaseError, Target};
use crate::run::{self, Order, RunError};

/// Second 0 of every minute.
const HEARTBEAT: &str = "0 * * * * *";

/// Why the worker stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the heartbeat cannot start: {0}")]
    Heartbeat(#[from] JobSchedulerError),
    #[error("signals cannot be listened to: {0}")]
    Signals(#[from] std::io::Error),
}

/// Why an owed issue was not produced this time.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs until SIGTERM or SIGINT: no new issue is begun then, the one under way is finished.
///
/// # Errors
/// The scheduler or the signal handlers cannot start.
pub async fn serve(app: Arc<App>, store: Store) -> Result<(), ServeError> {
    let busy = Arc::new(Mutex::new(()));
    let mut heartbeat = JobScheduler::new().await?;
    let beat = {
        let busy = busy.clone();
        Job::new_async(HEARTBEAT, move |_, _| {
            let (app, store, busy) = (app.clone(), store.clone(), busy.clone());
            Box::pin(async move {
                // A tick that meets a run under way passes: the next one asks again.
                if let Ok(_running) = busy.try_lock() {
                    tick(&app, &store, clock::now()).await;
                }
            })
        })?
    };
    heartbeat.add(beat).await?;
    heartbeat.start().await?;
    tracing::info!("serving");
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tracing::info!("stopping: finishing what is under way");
    heartbeat.shutdown().await?;
    drop(busy.lock().await);
    Ok(())
}

/// Produces everything owed at `now`, oldest first; what fails stays owed and is told.
async fn tick(app: &App, store: &Store, now: DateTime<Utc>) {
    // A notice is made when a report is held; what needs approval is issued by the one who approves.
    let issued = |edition: &&Edition| edition.kind != EditionKind::Notice && !edition.approval;
    for edition in app.catalogue.editions.values().filter(issued) {
        let calendar = app.settings.reporting.calendar;
        for due in calendar::owed(edition, &calendar, &app.settings.holidays, now) {
            match issue(app, store, edition, due.period, now).await {
                Ok(true) => tracing::info!(edition = edition.id, period = %due.period, "issued"),
                Ok(false) => {}
                Err(error) => tracing::error!(edition = edition.id, period = %due.period, error = %error, "not issued"),
            }
        }
    }
}

/// Issues an edition once for each of its units; `false` when all are settled already.
async fn issue(
    app: &App,
    store: &Store,
    edition: &Edition,
    period: Period,
    now: DateTime<Utc>,
) -> Result<bool, IssueError> {
    let mut open = Vec::new();
    let units = release::units(app, edition, now);
    for unit in &units {
        let target = Target { edition, period, unit, to: None };
        match release::next_revision(store, &target, false).await {
            Ok(revision) => open.push((target, revision)),
            Err(ReleaseError::Settled { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if open.is_empty() {
        return Ok(false);
    }
    let quiet = |_: &str| {};
    let computed = run::compute(app, store, period, &quiet).await?;
    for (target, revision) in open {
        let before = run::before(app, store, edition, target.unit, period).await?;
        let order = Order { edition, unit: target.unit, revision, language: &app.settings.reporting.language };
        let languages = release::languages(app, &target, now);
        let produced =
            tokio::task::block_in_place(|| run::produce_all(app, &computed, &order, &before, &languages, &quiet))?;
        release::release(app, store, &target, revision, &computed, &produced, now, &quiet).await?;
    }
    Ok(true)
}

//! Serve: a heartbeat that asks which edition is owed and not settled, and works it off.
//!
//! tokio-cron-scheduler is the heartbeat only: it freezes a zone's offset when a job is made, loses runs
//! on a clock jump and never stops overlap. So one UTC tick a minute asks the editions' own calendars.
//! Any number of workers may serve one store: the ledger's claims keep them apart.

mod health;
mod issue;
mod leftovers;
mod tick;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::io::clock;
use crate::io::ledger::{Ledger, LedgerError};
use crate::release::Stop;
use health::Health;
use tick::Worker;

/// How long what is under way may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(30);

/// Why the worker stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the heartbeat cannot start: {0}")]
    Heartbeat(#[from] JobSchedulerError),
    #[error("signals cannot be listened to: {0}")]
    Signals(#[from] std::io::Error),
    #[error(
        "`worker.listen` is `{address}`, and that cannot be listened on: {why}\nhint: choose another port, or leave it empty"
    )]
    Listen { address: std::net::SocketAddr, why: String },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// SIGTERM and SIGINT, heard from the start: one that comes while settings are read is not lost.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Runs until SIGTERM or SIGINT: then no run is claimed and no mail begun; what is under way has 30 seconds,
/// or until the next signal.
///
/// # Errors
/// The store does not keep create-only writes apart; scheduler, signals or port cannot be had.
pub async fn serve(app: Arc<App>, ledger: Ledger, mut signals: Signals) -> Result<(), ServeError> {
    ledger.probe(&app.settings.store.url).await?;
    let health = Arc::new(Health::default());
    if let Some(address) = app.settings.worker.listen {
        health::listen(address, health.clone())?;
    }
    let (ask, asked) = watch::channel(false);
    let tick_seconds = app.settings.worker.tick_seconds;
    let worker = Arc::new(Mutex::new(Worker::new(app, ledger, health.clone(), Stop::from(asked))));
    let mut heartbeat = start(worker.clone(), tick_seconds).await?;
    tracing::info!("serving");
    health::say_ready(health.clone());
    signals.next().await;
    tracing::info!("stopping: no run is claimed, what is under way has {} s", DRAIN.as_secs());
    health.stop();
    ask.send_replace(true);
    tokio::select! {
        _ = worker.lock() => tracing::info!("stopped: nothing was under way any more"),
        () = tokio::time::sleep(DRAIN) => tracing::warn!("stopped: what was under way is left to the next worker"),
        () = signals.next() => tracing::warn!("stopped at once: what was under way is left to the next worker"),
    }
    heartbeat.shutdown().await?;
    Ok(())
}

/// The first tick at once, the others by the clock.
async fn start(worker: Arc<Mutex<Worker>>, seconds: u32) -> Result<JobScheduler, JobSchedulerError> {
    let first = worker.clone();
    tokio::spawn(async move { first.lock().await.tick(clock::now()).await });
    let heartbeat = JobScheduler::new().await?;
    let every = if seconds == 60 { "0 * * * * *".to_owned() } else { format!("*/{seconds} * * * * *") };
    let beat = Job::new_async(every.as_str(), move |_, _| {
        let worker = worker.clone();
        Box::pin(async move {
            // A tick that meets a run under way passes: the next one asks again.
            if let Ok(mut worker) = worker.try_lock() {
                worker.tick(clock::now()).await;
            }
        })
    })?;
    heartbeat.add(beat).await?;
    heartbeat.start().await?;
    Ok(heartbeat)
}

impl Signals {
    /// # Errors
    /// The signals cannot be listened to.
    pub fn listen() -> Result<Self, ServeError> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

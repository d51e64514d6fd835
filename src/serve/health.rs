//! Health and metrics of the worker, on a local port.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sd_notify::NotifyState;
use tiny_http::{Header, Method, Response, Server};

use super::ServeError;
use crate::deliver::Receipt;
use crate::io::clock;

/// A tick that takes longer is not healthy: the lease on a run cannot be longer than this either.
const LONGEST_TICK: Duration = Duration::from_hours(12);

/// Without a tick for so long the heartbeat is dead.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What is known of the worker.
#[derive(Debug, Default)]
pub struct Health(Mutex<Figures>);

#[derive(Debug, Default, Clone)]
struct Figures {
    began: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    ticks: u64,
    failures: u64,
    owed: usize,
    stopping: bool,
    runs: BTreeMap<&'static str, u64>,
    mails: BTreeMap<String, u64>,
}

impl Health {
    fn with<T>(&self, change: impl FnOnce(&mut Figures) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn begin(&self, now: DateTime<Utc>) {
        self.with(|figures| figures.began = Some(now));
    }

    pub fn end(&self, now: DateTime<Utc>) {
        self.with(|figures| {
            figures.ended = Some(now);
            figures.ticks += 1;
        });
    }

    pub fn owed(&self, count: usize) {
        self.with(|figures| figures.owed = count);
    }

    pub fn failed(&self) {
        self.with(|figures| figures.failures += 1);
    }

    pub fn state(&self, state: &'static str) {
        self.with(|figures| *figures.runs.entry(state).or_default() += 1);
    }

    pub fn mails(&self, receipts: &[Receipt]) {
        self.with(|figures| {
            for receipt in receipts {
                *figures.mails.entry(receipt.outcome.to_string().replace(' ', "_")).or_default() += 1;
            }
        });
    }

    pub fn stop(&self) {
        self.with(|figures| figures.stopping = true);
        notify(&[NotifyState::Stopping]);
    }

    /// Whether ticks come, and come to an end.
    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        let since = |time: DateTime<Utc>| (now - time).to_std().unwrap_or_default();
        self.with(|figures| match (figures.began, figures.ended) {
            (None, _) => true,
            (Some(began), Some(ended)) if ended >= began => since(ended) < LONGEST_PAUSE,
            (Some(began), _) => since(began) < LONGEST_TICK,
        })
    }

    fn is_ready(&self, now: DateTime<Utc>) -> bool {
        self.is_alive(now) && self.with(|figures| figures.began.is_some() && !figures.stopping)
    }

    /// In the Prometheus text format.
    fn metrics(&self) -> String {
        let figures = self.with(|figures| figures.clone());
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, i64)]| {
            text.push_str(&format!("# HELP muster_{name} {help}\n# TYPE muster_{name} {kind}\n"));
            for (labels, value) in values {
                text.push_str(&format!("muster_{name}{labels} {value}\n"));
            }
        };
        let one = |value: i64| vec![(String::new(), value)];
        let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        metric("ticks_total", "counter", "Looks at what is owed.", &one(count(figures.ticks)));
        metric("failures_total", "counter", "Runs that could not go on.", &one(count(figures.failures)));
        metric("owed", "gauge", "Periods due at the last look.", &one(i64::try_from(figures.owed).unwrap_or(i64::MAX)));
        if let Some(ended) = figures.ended {
            metric("last_tick_timestamp_seconds", "gauge", "End of the last look.", &one(ended.timestamp()));
        }
        let runs: Vec<_> =
            figures.runs.iter().map(|(state, runs)| (format!("{{state=\"{state}\"}}"), count(*runs))).collect();
        metric("runs_total", "counter", "Runs that came to an end.", &runs);
        let mails: Vec<_> = figures
            .mails
            .iter()
            .map(|(outcome, mails)| (format!("{{outcome=\"{outcome}\"}}"), count(*mails)))
            .collect();
        metric("mails_total", "counter", "Outcomes of mails, one for each look at a run.", &mails);
        text
    }
}

/// Serves `/healthz`, `/readyz` and `/metrics` on a thread of its own.
pub fn listen(address: SocketAddr, health: Arc<Health>) -> Result<(), ServeError> {
    let server = Server::http(address).map_err(|error| ServeError::Listen { address, why: error.to_string() })?;
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let now = clock::now();
            let yes_or_no = |yes: bool| if yes { (200, "ok\n".to_owned()) } else { (503, "no\n".to_owned()) };
            let (status, body) = match (request.method(), request.url()) {
                (Method::Get, "/healthz") => yes_or_no(health.is_alive(now)),
                (Method::Get, "/readyz") => yes_or_no(health.is_ready(now)),
                (Method::Get, "/metrics") => (200, health.metrics()),
                _ => (404, "/healthz, /readyz, /metrics\n".to_owned()),
            };
            let mut response = Response::from_string(body).with_status_code(status);
            if let Ok(header) = Header::from_bytes("Content-Type", "text/plain; version=0.0.4; charset=utf-8") {
                response = response.with_header(header);
            }
            // A reader that has gone away is no error.
            request.respond(response).ok();
        }
    });
    Ok(())
}

/// Tells systemd that the worker serves, and goes on telling it where it watches.
pub fn say_ready(health: Arc<Health>) {
    notify(&[NotifyState::Ready]);
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    tokio::spawn(async move {
        loop {
            if health.is_alive(clock::now()) {
                notify(&[NotifyState::Watchdog]);
            }
            tokio::time::sleep(limit / 2).await;
        }
    });
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(error = %error, "systemd was not told");
    }
}

//! One tick: everything owed now, oldest first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::health::Health;
use super::issue::{self, IssueError, Progressed};
use super::leftovers::{self, Leftovers};
use crate::app::App;
use crate::calendar::Due;
use crate::catalogue::Edition;
use crate::ids::ENTERPRISE;
use crate::io::ledger::{Claim, Ledger, LedgerError, RunKey};
use crate::release::{Desk, ReleaseError, State, Stop, Target};

/// Ticks that a run which cannot go on is left alone.
const REST_TICKS: u32 = 5;

/// What a worker knows between two ticks; the ledger knows everything that matters.
pub struct Worker {
    pub app: Arc<App>,
    pub ledger: Ledger,
    pub health: Arc<Health>,
    pub stop: Stop,
    /// Not looked at before.
    rests: BTreeMap<RunKey, DateTime<Utc>>,
    /// Wait for somebody's answer.
    waiting: BTreeSet<RunKey>,
    /// Due too long ago: ended, or recorded as missed and told.
    past: BTreeSet<RunKey>,
    pub leftovers: Leftovers,
}

/// When the first worker looked at this ledger: nothing due before was missed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Since {
    since: DateTime<Utc>,
}

impl Worker {
    pub fn new(app: Arc<App>, ledger: Ledger, health: Arc<Health>, stop: Stop) -> Self {
        let (rests, waiting, past) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { app, ledger, health, stop, rests, waiting, past, leftovers: Leftovers::default() }
    }

    /// What it releases a claimed run with.
    pub fn desk<'a>(&'a self, claim: &'a Claim) -> Desk<'a> {
        Desk { app: &self.app, ledger: &self.ledger, claim, stop: &self.stop, progress: &|_| {} }
    }

    /// Works off what is owed; what fails stays owed and is told.
    pub async fn tick(&mut self, now: DateTime<Utc>) {
        self.health.begin(now);
        match self.owed(now).await {
            Ok(owed) => {
                self.health.owed(owed.len());
                for (edition, due) in owed {
                    if self.stop.is_asked() {
                        break;
                    }
                    self.turn(&edition, due, now).await;
                }
                leftovers::leftovers(self, now).await;
            }
            Err(error) => {
                self.health.failed();
                tracing::error!(error = %error, "the ledger cannot be read");
            }
        }
        self.health.end(crate::io::clock::now());
    }

    /// Everything due since the first look, or inside the catch-up window; oldest first.
    async fn owed(&self, now: DateTime<Utc>) -> Result<Vec<(String, Due)>, LedgerError> {
        let since = self.ledger.settle_on("ledger/since.json", Since { since: now }).await?.since;
        let since = since.min(self.window(now));
        let owed = self.app.owed(since, now).into_iter();
        let mut owed: Vec<(String, Due)> = owed.map(|(edition, due)| (edition.id.clone(), due)).collect();
        owed.retain(|(edition, due)| !self.past.contains(&key(edition, due)));
        Ok(owed)
    }

    /// The oldest due instant that is still caught up with.
    fn window(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::days(i64::from(self.app.settings.worker.catch_up_days))
    }

    async fn turn(&mut self, edition: &str, due: Due, now: DateTime<Utc>) {
        let key = key(edition, &due);
        if self.rests.get(&key).is_some_and(|until| now < *until) {
            return;
        }
        let app = self.app.clone();
        let Some(edition) = app.catalogue.editions.get(edition) else { return };
        let target = Target { edition, period: due.period, unit: ENTERPRISE, to: None };
        let worked = if due.at < self.window(now) {
            let worked = issue::miss(self, &target, due, now).await;
            if matches!(worked, Ok(Progressed::Nothing)) {
                self.past.insert(key.clone());
            }
            worked
        } else if self.is_unanswered(&key, edition).await {
            return;
        } else {
            issue::issue(self, &target, due, now).await
        };
        self.note(key, worked, now);
    }

    /// Whether a run is known to wait, and still nobody has answered.
    async fn is_unanswered(&self, key: &RunKey, edition: &Edition) -> bool {
        if !edition.approval || !self.waiting.contains(key) {
            return false;
        }
        let Ok((run, _)) = self.ledger.open_revision(key).await else { return false };
        matches!(self.ledger.approval(&run).await, Ok(None))
    }

    fn note(&mut self, key: RunKey, worked: Result<Progressed, IssueError>, now: DateTime<Utc>) {
        let rest = now + TimeDelta::seconds(i64::from(self.app.settings.worker.tick_seconds * REST_TICKS));
        self.waiting.remove(&key);
        self.rests.remove(&key);
        let text = format!("{}/{}", key.edition, key.period);
        match worked {
            Ok(Progressed::Nothing) => {}
            Ok(Progressed::Missed) => {
                tracing::warn!(run = text, "missed: it was due longer ago than is caught up with");
                self.health.state("missed");
                self.past.insert(key);
            }
            Ok(Progressed::NotReady { because }) => {
                tracing::info!(run = text, because, "not ready");
                self.rests.insert(key, rest);
            }
            Ok(Progressed::Held(notice)) => {
                tracing::warn!(run = text, told = notice.is_some(), "held by the data gate");
                if let Some(notice) = notice {
                    self.health.mails(&notice.receipts);
                }
                self.rests.insert(key, rest);
            }
            Ok(Progressed::Released(released)) => {
                self.health.mails(&released.receipts);
                match released.state {
                    State::Settled(ending) => {
                        tracing::info!(run = text, %ending, readers = released.receipts.len(), "settled");
                        self.health.state("settled");
                    }
                    State::Sending { next } => {
                        tracing::info!(run = text, %next, "not everybody was reached yet");
                        self.rests.insert(key, next);
                    }
                    State::Waiting { until } => {
                        tracing::info!(run = text, %until, "waits for approval");
                        self.rests.insert(key.clone(), now);
                        self.waiting.insert(key);
                    }
                }
            }
            Err(IssueError::Release(ReleaseError::Busy { worker, until, .. })) => {
                tracing::debug!(run = text, worker, %until, "somebody else is at work");
            }
            Err(error) => {
                tracing::error!(run = text, error = %error, "not issued");
                self.health.failed();
                self.rests.insert(key, rest);
            }
        }
    }
}

fn key(edition: &str, due: &Due) -> RunKey {
    RunKey { edition: edition.to_owned(), period: due.period, scope: ENTERPRISE.to_owned(), revision: 1 }
}

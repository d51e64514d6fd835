//! Claims: who is at work on a run, judged by the store's own clock.
//!
//! Claims are numbered objects. The first holds the run for its lease; a later one takes over if its
//! own time in the store lies past the holder's lease, if the holder has let go, or if it renews under
//! the same token. Any other is void, and everybody who reads the chain sees the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::{Ledger, LedgerError, RunKey, parse, token};
use crate::io::clock;
use crate::io::store::StoreError;

/// No run is held longer than this, even by a worker that keeps renewing: it hangs.
const LONGEST_HOLD: Duration = Duration::from_hours(12);

/// The answer to a request for a run.
#[derive(Debug)]
pub enum Claiming {
    Ours(Claim),
    /// Somebody else is at work.
    Busy {
        worker: String,
        /// By the store's clock.
        until: DateTime<Utc>,
    },
}

/// The right to work on a run. It renews itself until it is let go or dropped.
#[derive(Debug)]
pub struct Claim {
    held: Arc<Held>,
    keeper: JoinHandle<()>,
}

#[derive(Debug)]
struct Held {
    ledger: Ledger,
    run: RunKey,
    token: String,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Of the claim that holds the run for us.
    number: u32,
    /// When the store says that it was written.
    modified: DateTime<Utc>,
    /// Taken before it was written, by both clocks: a suspended machine stops one of them.
    since: (clock::Moment, DateTime<Utc>),
    lost: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    token: String,
    worker: String,
    lease_ms: u64,
}

/// The claim in force.
#[derive(Debug, Clone)]
struct Holder {
    number: u32,
    record: Record,
    modified: DateTime<Utc>,
}

impl Holder {
    fn until(&self) -> DateTime<Utc> {
        self.modified + TimeDelta::milliseconds(i64::try_from(self.record.lease_ms).unwrap_or(i64::MAX / 2))
    }
}

impl Ledger {
    /// Asks for a run.
    ///
    /// # Errors
    /// The store does not answer, or a claim cannot be read.
    pub async fn claim(&self, run: &RunKey) -> Result<Claiming, LedgerError> {
        let token = token()?;
        let mut chain = Chain::default();
        loop {
            chain.follow(self, run).await?;
            if let Some(holder) = &chain.holder
                && self.released(run, holder.number).await?.is_none()
                && self.skew.store_time() < holder.until()
            {
                return Ok(Claiming::Busy { worker: holder.record.worker.clone(), until: holder.until() });
            }
            let since = (clock::Moment::now(), clock::now());
            let number = chain.last + 1;
            if !self.bid(run, number, &token).await? {
                continue;
            }
            // By our reckoning the lease was over; by the store's it may not be.
            chain.follow(self, run).await?;
            if let Some(modified) = chain.modified {
                self.skew.learn(modified, since.1);
            }
            return Ok(match chain.holder {
                Some(Holder { record, modified, number, .. }) if record.token == token => {
                    let state = State { number, modified, since, lost: false };
                    Claiming::Ours(Claim::keep(self.clone(), run.clone(), token, state))
                }
                Some(holder) => Claiming::Busy { until: holder.until(), worker: holder.record.worker },
                None => continue,
            });
        }
    }

    /// The worker at work on a run and the end of its lease, if there is one.
    ///
    /// # Errors
    /// The store does not answer, or a claim cannot be read.
    pub async fn holder(&self, run: &RunKey) -> Result<Option<(String, DateTime<Utc>)>, LedgerError> {
        let mut chain = Chain::default();
        chain.follow(self, run).await?;
        Ok(match chain.holder {
            Some(holder)
                if self.released(run, holder.number).await?.is_none() && self.skew.store_time() < holder.until() =>
            {
                Some((holder.record.worker.clone(), holder.until()))
            }
            Some(_) | None => None,
        })
    }

    /// Writes the claim of a number; `false` when somebody else has that number.
    async fn bid(&self, run: &RunKey, number: u32, token: &str) -> Result<bool, LedgerError> {
        let lease_ms = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
        let record = Record { token: token.to_owned(), worker: self.worker.clone(), lease_ms };
        match self.write(&claim_key(run, number), &record).await {
            Ok(()) => Ok(true),
            Err(LedgerError::Store(StoreError::Exists { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// When the holder of that number let the run go.
    async fn released(&self, run: &RunKey, number: u32) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let found = self.store.find_stamped(&release_key(run, number)).await?;
        Ok(found.map(|found| found.modified))
    }
}

/// How far the store's clock is ahead of ours, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Skew(Arc<AtomicI64>);

impl Skew {
    fn learn(&self, theirs: DateTime<Utc>, ours: DateTime<Utc>) {
        self.0.store((theirs - ours).num_milliseconds(), Ordering::Relaxed);
    }

    fn store_time(&self) -> DateTime<Utc> {
        clock::now() + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }
}

/// The claims of a run as far as they were read.
#[derive(Debug, Default)]
struct Chain {
    last: u32,
    /// When the last one was written.
    modified: Option<DateTime<Utc>>,
    holder: Option<Holder>,
}

impl Chain {
    /// Reads on to the end.
    async fn follow(&mut self, ledger: &Ledger, run: &RunKey) -> Result<(), LedgerError> {
        loop {
            let key = claim_key(run, self.last + 1);
            let Some(found) = ledger.store.find_stamped(&key).await? else { return Ok(()) };
            self.last += 1;
            self.modified = Some(found.modified);
            let next = Holder { number: self.last, record: parse(&key, &found.bytes)?, modified: found.modified };
            let takes_over = match &self.holder {
                None => true,
                Some(holder) if holder.record.token == next.record.token || next.modified >= holder.until() => true,
                // One that came before the release was void when it came, and its writer knows.
                Some(holder) => {
                    ledger.released(run, holder.number).await?.is_some_and(|released| released <= next.modified)
                }
            };
            if takes_over {
                self.holder = Some(next);
            }
        }
    }
}

impl Claim {
    fn keep(ledger: Ledger, run: RunKey, token: String, state: State) -> Self {
        let lease = ledger.lease;
        let held = Arc::new(Held { ledger, run, token, state: Mutex::new(state) });
        let ours = held.clone();
        let keeper = tokio::spawn(async move {
            let began = clock::Moment::now();
            while began.elapsed() < LONGEST_HOLD {
                tokio::time::sleep(lease / 3).await;
                if let Err(error) = ours.renew().await {
                    tracing::warn!(run = %ours.run, error = %error, "the claim was not renewed");
                    if matches!(error, LedgerError::Lost { .. }) {
                        return;
                    }
                }
            }
        });
        Self { held, keeper }
    }

    #[must_use]
    pub fn run(&self) -> &RunKey {
        &self.held.run
    }

    #[must_use]
    pub fn token(&self) -> &str {
        &self.held.token
    }

    /// Makes sure that the run is still ours, and for at least `needed` from now on.
    ///
    /// # Errors
    /// Another worker has taken it over, or the store does not answer.
    pub async fn check(&self, needed: Duration) -> Result<(), LedgerError> {
        if self.held.left().await < needed {
            self.held.renew().await?;
        }
        self.held.look().await
    }

    /// How long the run is ours at least, if nothing is renewed.
    pub async fn left(&self) -> Duration {
        self.held.left().await
    }

    /// Renews no more, as if the worker had died.
    pub fn stop_keeping(&self) {
        self.keeper.abort();
    }

    /// Lets the run go, so that the next worker need not wait for the lease to end.
    pub async fn release(self) {
        self.keeper.abort();
        let state = *self.held.state.lock().await;
        if state.lost {
            return;
        }
        // A renewal that was cut off just now may have been written.
        let mut number = state.number;
        while self.held.is_renewal(number + 1).await {
            number += 1;
        }
        let key = release_key(&self.held.run, number);
        // Not being able to costs the next worker a wait, nothing else.
        if let Err(error) = self.held.ledger.store.create(&key, self.held.token.clone().into()).await {
            tracing::warn!(run = %self.held.run, error = %error, "the claim was not released");
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Held {
    /// What is left of the lease; a quarter is kept as a margin for clocks and seconds cut off.
    async fn left(&self) -> Duration {
        let state = self.state.lock().await;
        let (moment, wall) = state.since;
        let elapsed = moment.elapsed().max((clock::now() - wall).to_std().unwrap_or_default());
        (self.ledger.lease * 3 / 4).saturating_sub(elapsed)
    }

    async fn renew(&self) -> Result<(), LedgerError> {
        let mut state = self.state.lock().await;
        if state.lost {
            return Err(self.lost());
        }
        let mut number = state.number;
        loop {
            let since = (clock::Moment::now(), clock::now());
            number += 1;
            if self.ledger.bid(&self.run, number, &self.token).await? {
                let key = claim_key(&self.run, number);
                let stamped = self.ledger.store.find_stamped(&key).await?;
                let modified = stamped.map_or(state.modified, |stamped| stamped.modified);
                *state = State { number, modified, since, lost: false };
                return Ok(());
            }
            if self.is_taken(&state, number).await? {
                state.lost = true;
                return Err(self.lost());
            }
        }
    }

    /// Whether anybody has taken over since the last look.
    async fn look(&self) -> Result<(), LedgerError> {
        // Mails under way at once look at once: as long as there is no later claim, nothing has to be decided.
        let state = *self.state.lock().await;
        let next = claim_key(&self.run, state.number + 1);
        if !state.lost && self.ledger.store.find(&next).await?.is_none() {
            return Ok(());
        }
        let mut state = self.state.lock().await;
        let mut number = state.number;
        while !state.lost {
            number += 1;
            if self.ledger.store.find(&claim_key(&self.run, number)).await?.is_none() {
                return Ok(());
            }
            state.lost = self.is_taken(&state, number).await?;
        }
        Err(self.lost())
    }

    /// Whether the claim of that number takes the run from us; one that came too early is void.
    async fn is_taken(&self, state: &State, number: u32) -> Result<bool, LedgerError> {
        let key = claim_key(&self.run, number);
        let Some(found) = self.ledger.store.find_stamped(&key).await? else { return Ok(false) };
        let record: Record = parse(&key, &found.bytes)?;
        let lease = TimeDelta::from_std(self.ledger.lease).unwrap_or(TimeDelta::MAX);
        Ok(record.token != self.token && found.modified >= state.modified + lease)
    }

    /// Whether the claim of that number is one of ours.
    async fn is_renewal(&self, number: u32) -> bool {
        let found: Result<Option<Record>, LedgerError> = self.ledger.read(&claim_key(&self.run, number)).await;
        matches!(found, Ok(Some(record)) if record.token == self.token)
    }

    fn lost(&self) -> LedgerError {
        LedgerError::Lost { run: self.run.clone() }
    }
}

fn claim_key(run: &RunKey, number: u32) -> String {
    run.key(&format!("claims/{number:03}.json"))
}

fn release_key(run: &RunKey, number: u32) -> String {
    run.key(&format!("claims/{number:03}.released"))
}

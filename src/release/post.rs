//! One mail on its way: announce, send, record; and what to do where nobody knows whether it was taken.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Desk, ReleaseError};
use crate::deliver::retry::{self, Next, Policy};
use crate::deliver::{Frozen, Outcome};
use crate::io::ledger::{Attempt, Done, Heard, LedgerError, Slot, Standing, Tried, Why};
use crate::io::mail::Patience;
use crate::io::{audit, clock, mail};
use crate::settings::{OnDoubt, Transport};

/// Longest wait for the next attempt in one go; later ones are left to the next tick.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(15);

/// The server's answer to the final dot may take this long (RFC 5321, 4.5.3.2.6).
const LONGEST_PHASE: Duration = Duration::from_mins(10);

/// What became of a mail for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    Done(Done),
    /// It is tried again then.
    Later {
        detail: String,
        outcome: Outcome,
        at: DateTime<Utc>,
    },
}

/// What to do next.
enum Step {
    Send(Why),
    Wait { last: Heard, at: DateTime<Utc> },
    End { outcome: Outcome, detail: String },
}

/// Brings a mail as far as it goes now. As many are handed over at once as there are `lanes`.
pub async fn post(desk: &Desk<'_>, slot: &Slot, frozen: &Frozen, lanes: &Semaphore) -> Result<Posted, ReleaseError> {
    let (mut tried, round, mut number) = match desk.ledger.standing(slot).await? {
        Standing::Done(done) => return Ok(Posted::Done(done)),
        Standing::Open { tried, round, next } => (tried, round, next),
    };
    loop {
        let why = match next_step(desk, slot, frozen, &mut tried).await? {
            Step::Send(why) => why,
            Step::Wait { last, at } => {
                let wait = at - clock::now();
                let slept = wait <= LONGEST_WAIT && desk.stop.sleep(wait.to_std().unwrap_or_default()).await;
                if slept {
                    continue;
                }
                return Ok(Posted::Later { detail: last.detail, outcome: last.outcome, at });
            }
            Step::End { outcome, detail } => {
                let duplicate_possible = tried.iter().any(|tried| tried.attempt.why == Why::Doubt);
                let done = Done { outcome, detail, attempts: number - 1, duplicate_possible, at: clock::now() };
                return Ok(Posted::Done(desk.ledger.done(slot, round, done).await?));
            }
        };
        // Nobody closes them.
        let lane = lanes.acquire().await.ok();
        if desk.stop.is_asked() {
            let detail = "the worker was asked to stop before sending".to_owned();
            return Ok(Posted::Later { detail, outcome: Outcome::Deferred, at: clock::now() });
        }
        tried.push(send(desk, slot, frozen, (number, why), lane).await?);
        number += 1;
    }
}

/// One attempt, announced before and recorded after.
async fn send(
    desk: &Desk<'_>,
    slot: &Slot,
    frozen: &Frozen,
    (number, why): (u32, Why),
    lane: Option<SemaphorePermit<'_>>,
) -> Result<Tried, ReleaseError> {
    let phase = LONGEST_PHASE.min(desk.ledger.lease() / 3);
    desk.claim.check(phase * 2).await?;
    let attempt = Attempt { token: desk.claim.token().to_owned(), at: clock::now(), why };
    if !desk.ledger.attempt(slot, number, &attempt).await? {
        return Err(LedgerError::Lost { run: desk.claim.run().clone() }.into());
    }
    (desk.progress)(&format!("deliver to {}", frozen.to.masked()));
    // The announcement may have taken its time: what is left of the lease must hold the answer, too.
    let handover = desk.claim.left().await.saturating_sub(phase).min(phase);
    let patience = Patience { handover, answer: phase };
    let receipt = mail::deliver(&desk.app.settings.mail, patience, frozen).await;
    drop(lane);
    tracing::info!(
        to = frozen.to.masked(),
        message_id = frozen.message_id,
        outcome = %receipt.outcome,
        detail = receipt.detail,
        "attempt"
    );
    let heard = Heard { outcome: receipt.outcome, detail: receipt.detail, at: clock::now() };
    let heard = desk.ledger.heard(slot, number, heard).await?;
    Ok(Tried { number, attempt, heard: Some(heard) })
}

async fn next_step(desk: &Desk<'_>, slot: &Slot, frozen: &Frozen, tried: &mut [Tried]) -> Result<Step, ReleaseError> {
    let first = tried.first().map(|tried| tried.attempt.at);
    let resent = tried.iter().any(|tried| tried.attempt.why == Why::Doubt);
    let attempts = u32::try_from(tried.len()).unwrap_or(u32::MAX);
    let (Some(last), Some(first)) = (tried.last_mut(), first) else { return Ok(Step::Send(Why::First)) };
    let heard = if let Some(heard) = &last.heard {
        heard.clone()
    } else {
        // Whoever announced it has died, or lost its claim: nobody knows how far it came, nor when. So the
        // wait for its copy in the audit mailbox begins now.
        let detail = "the worker was stopped before an answer was heard".to_owned();
        let heard = Heard { outcome: Outcome::InDoubt, detail, at: clock::now() };
        desk.ledger.heard(slot, last.number, heard).await?
    };
    last.heard = Some(heard.clone());
    match heard.outcome {
        Outcome::Sent | Outcome::Written | Outcome::Refused => {
            Ok(Step::End { outcome: heard.outcome, detail: heard.detail })
        }
        Outcome::Deferred => Ok(again(desk, attempts, first, heard)),
        Outcome::InDoubt => resolve(desk, frozen, (attempts, first, resent), heard).await,
    }
}

fn again(desk: &Desk<'_>, attempts: u32, first: DateTime<Utc>, heard: Heard) -> Step {
    let settings = &desk.app.settings.mail;
    let policy = Policy { first: settings.retry_first, within: settings.retry_for };
    match retry::next(policy, attempts, first, heard.at) {
        Next::At(at) if at <= clock::now() => Step::Send(Why::Retry),
        Next::At(at) => Step::Wait { last: heard, at },
        Next::GiveUp => {
            let detail = format!("given up after {attempts} attempts: {}", heard.detail);
            Step::End { outcome: Outcome::Deferred, detail }
        }
    }
}

/// The final dot may have been sent, and no answer was heard.
async fn resolve(
    desk: &Desk<'_>,
    frozen: &Frozen,
    (attempts, first, resent): (u32, DateTime<Utc>, bool),
    heard: Heard,
) -> Result<Step, ReleaseError> {
    let settings = &desk.app.settings.mail;
    if matches!(settings.transport, Transport::Outbox(_)) {
        return Ok(Step::Send(Why::Harmless));
    }
    let Some(mailbox) = &settings.audit else {
        return Ok(match settings.on_doubt {
            OnDoubt::ResendOnce if !resent => Step::Send(Why::Doubt),
            OnDoubt::ResendOnce => held(&heard, "sent twice already"),
            OnDoubt::Hold => held(&heard, "held for somebody to decide"),
        });
    };
    let until = heard.at + TimeDelta::from_std(mailbox.wait).unwrap_or(TimeDelta::MAX);
    loop {
        // Looked at after the wait was over, the answer is final.
        let is_last = clock::now() >= until;
        match audit::holds(mailbox, &frozen.message_id).await {
            Ok(true) => {
                let detail = format!("found in the audit mailbox; {}", heard.detail);
                return Ok(Step::End { outcome: Outcome::Sent, detail });
            }
            Ok(false) if is_last => return Ok(Step::Send(Why::Absent)),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(error = %error, "nobody can look into the audit mailbox");
                let detail = format!("{}; {error}", heard.detail);
                return Ok(match again(desk, attempts, first, Heard { at: clock::now(), ..heard.clone() }) {
                    Step::End { .. } => held(&heard, "the audit mailbox could not be looked into"),
                    Step::Send(_) => {
                        Step::Wait { last: Heard { detail, ..heard }, at: clock::now() + LONGEST_WAIT * 2 }
                    }
                    Step::Wait { at, .. } => {
                        Step::Wait { last: Heard { detail, ..heard }, at: at.max(clock::now() + LONGEST_WAIT * 2) }
                    }
                });
            }
        }
        let wait = (until - clock::now()).min(LONGEST_WAIT / 5).max(TimeDelta::milliseconds(100));
        if !desk.stop.sleep(wait.to_std().unwrap_or_default()).await {
            return Ok(Step::Wait { last: heard, at: until.max(clock::now() + LONGEST_WAIT * 2) });
        }
    }
}

fn held(heard: &Heard, why: &str) -> Step {
    Step::End { outcome: Outcome::InDoubt, detail: format!("{why}: {}", heard.detail) }
}

//! Release: freeze a produced report, publish it, deliver it, settle the run; each step once, whatever breaks.
//!
//! A run is opened under a claim. Where it has no plan yet, the caller produces the documents and freezes
//! them with everybody who gets them; from then on the plan alone says what is published and sent, by
//! whichever worker holds the claim.

mod approval;
mod aside;
mod letter;
mod notice;
mod plan;
mod post;
mod replay;
mod resend;
mod settle;
mod stop;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::catalogue::Edition;
use crate::deliver::{MessageError, Receipt};
use crate::finding::Finding;
use crate::io::ledger::{Claim, Claiming, Ending, Ledger, LedgerError, Plan, RunKey, Settled};
use crate::io::store::StoreError;
use crate::period::Period;
use crate::render::RenderError;
use crate::run::{Progress, RunError};
pub use approval::{answer, delta};
pub use aside::aside;
pub use notice::{Notice, tell};
pub use plan::{Freezing, Staged, check_readers, settings_fingerprint, shares};
pub use replay::{Replayed, replay};
pub use resend::{Resent, go_on, put_off, resend};
pub use settle::finish;
pub use stop::Stop;

/// Which report, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub edition: &'a Edition,
    pub period: Period,
    /// `ALL` or a business unit.
    pub unit: &'a str,
    /// Instead of the edition's lists.
    pub to: Option<&'a str>,
}

/// A run that is ours to work on.
#[derive(Debug)]
pub struct Opened {
    pub run: RunKey,
    pub claim: Claim,
    /// Frozen by an earlier attempt.
    pub plan: Option<Plan>,
}

/// What a release works with.
pub struct Desk<'a> {
    pub app: &'a App,
    pub ledger: &'a Ledger,
    pub claim: &'a Claim,
    pub stop: &'a Stop,
    pub progress: Progress<'a>,
}

/// What became of a released report.
#[derive(Debug)]
pub struct Released {
    pub receipts: Vec<Receipt>,
    pub findings: Vec<Finding>,
    pub state: State,
}

/// Where a run stands after a worker was at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Settled(Ending),
    /// Somebody is still to be reached; the next attempt may be made then.
    Sending {
        next: DateTime<Utc>,
    },
    /// Nothing is published or sent before somebody has said yes.
    Waiting {
        until: DateTime<Utc>,
    },
}

/// Why a report is not released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error(
        "`{run}` is published already, as r{revision}\nhint: nothing was sent; --force-revision publishes a new revision that says RESTATED"
    )]
    Settled { run: String, revision: u32 },
    #[error(
        "`{run}` was ended as r{revision}: {ending}\nhint: nothing was sent; --force-revision makes a new revision"
    )]
    Ended { run: String, revision: u32, ending: Ending },
    #[error(
        "`{run}` is being worked on by `{worker}` until {}\nhint: wait; a worker that died is taken over then", until.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    Busy { run: RunKey, worker: String, until: DateTime<Utc> },
    #[error("`--to` is no address: {0}")]
    Address(String),
    #[error("{0}\nhint: add the domain to `mail.domains`, or correct the address; nothing was sent or published")]
    Refused(String),
    #[error(
        "the edition's owner role `{0}` has no member to answer replies\nhint: add one to distribution.toml or to the `recipients` extract"
    )]
    NoOwner(String),
    #[error(
        "who gets `{edition}` is not known: {why}\nhint: deliver the `recipients` extract again, or take the file out of the store; nothing was sent"
    )]
    Unread { edition: String, why: String },
    #[error("`mail.from` is no address: {0}")]
    From(String),
    #[error("the plan of `{run}` cannot be followed: {why}")]
    Plan { run: String, why: String },
    #[error("there is no run `{0}` in the ledger\nhint: `muster history` lists them")]
    NoRun(String),
    #[error("`{run}` is not settled yet\nhint: `muster run {}` goes on with it, or `muster serve` does", run.edition)]
    Unsettled { run: RunKey },
    #[error("the evidence of `{run}` is not there any more:\n{}\nhint: bring the files back; without them nothing can be computed again", faults.join("\n"))]
    Evidence { run: RunKey, faults: Vec<String> },
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("`{run}` does not wait for approval: {why}")]
    NotWaiting { run: String, why: String },
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The run a target stands for, in its first revision.
#[must_use]
pub fn first_run(target: &Target<'_>) -> RunKey {
    RunKey { edition: target.edition.id.clone(), period: target.period, scope: target.unit.to_owned(), revision: 1 }
}

/// The run a name stands for; without a revision the newest that was begun.
///
/// # Errors
/// There is none, or the store does not answer.
pub async fn find(ledger: &Ledger, named: &RunKey) -> Result<(RunKey, Plan), ReleaseError> {
    let unknown = || ReleaseError::NoRun(named.to_string());
    if named.revision > 0 {
        let plan = ledger.plan(named).await?.ok_or_else(unknown)?;
        return Ok((named.clone(), plan));
    }
    let (mut run, _) = ledger.open_revision(named).await?;
    loop {
        if let Some(plan) = ledger.plan(&run).await? {
            return Ok((run, plan));
        }
        run.revision = run.revision.checked_sub(1).filter(|revision| *revision > 0).ok_or_else(unknown)?;
    }
}

/// Claims the revision to work on: the first that is not settled.
///
/// A period that is settled is opened again only by `force`, or where a new revision was begun. By `force` a
/// revision that is still being sent ends as superseded.
///
/// # Errors
/// The period is settled, somebody else is at work on it, or the store does not answer.
pub async fn open(
    ledger: &Ledger,
    target: &Target<'_>,
    force: bool,
    now: DateTime<Utc>,
) -> Result<Opened, ReleaseError> {
    loop {
        let (run, last) = ledger.open_revision(&first_run(target)).await?;
        let begun = ledger.plan(&run).await?.is_some();
        if let Some(last) = last.filter(|_| !force && !begun) {
            return Err(settled(&run, &last));
        }
        let claim = match ledger.claim(&run).await? {
            Claiming::Ours(claim) => claim,
            Claiming::Busy { worker, until } => return Err(ReleaseError::Busy { run, worker, until }),
        };
        // Somebody may have settled it between our look and our claim.
        if ledger.settled(&run).await?.is_some() {
            claim.release().await;
            continue;
        }
        let plan = ledger.plan(&run).await?;
        match plan {
            Some(plan) if force => {
                settle::supersede(ledger, &claim, &plan, now).await?;
                claim.release().await;
            }
            plan => return Ok(Opened { run, claim, plan }),
        }
    }
}

fn settled(run: &RunKey, last: &Settled) -> ReleaseError {
    let revision = run.revision - 1;
    let run = format!("{}/{}/{}", run.edition, run.period, run.scope);
    match last.ending {
        Ending::Sent | Ending::Incomplete | Ending::Superseded => ReleaseError::Settled { run, revision },
        ending @ (Ending::Rejected | Ending::Lapsed) => ReleaseError::Ended { run, revision, ending },
    }
}

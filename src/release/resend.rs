//! Sending again what did not reach its reader, after somebody has removed the cause.

use tokio::sync::Semaphore;

use super::letter::{Source, frozen};
use super::post::{Posted, post};
use super::{Desk, ReleaseError, Released, State};
use crate::deliver::{Outcome, Receipt};
use crate::io::clock;
use crate::io::ledger::{Ending, Ledger, Plan, PlannedMail, RunKey, Settled, Slot, Standing};

/// What came of sending again.
#[derive(Debug)]
pub struct Resent {
    /// Readers who had not been reached, and were tried once more.
    pub missed: usize,
    /// Where every mail of the run stands now.
    pub released: Released,
}

/// Opens every mail that was not delivered again and sends its frozen bytes; nobody gets a second copy of
/// a mail that arrived.
///
/// # Errors
/// The run is not settled or was never sent, or the store does not answer.
pub async fn resend(desk: &Desk<'_>, plan: &Plan, by: &str) -> Result<Resent, ReleaseError> {
    let run = desk.claim.run();
    match desk.ledger.settled(run).await?.map(|settled| settled.ending) {
        Some(Ending::Sent | Ending::Incomplete) => {}
        Some(ending @ (Ending::Rejected | Ending::Lapsed | Ending::Superseded)) => {
            return Err(ReleaseError::Ended { run: run.to_string(), revision: run.revision, ending });
        }
        None => return Err(ReleaseError::Unsettled { run: run.clone() }),
    }
    let mut missed = 0;
    for mail in &plan.mails {
        let slot = Slot::mail(run, &mail.key.recipient_hash());
        desk.ledger.reopen(&slot, by, clock::now()).await?;
        // Also what somebody opened before, and nobody brought to an end.
        missed += usize::from(matches!(desk.ledger.standing(&slot).await?, Standing::Open { .. }));
    }
    Ok(Resent { missed, released: go_on(desk, plan, &plan.mails).await? })
}

/// The mails of a settled run that somebody asked to be sent again, and that nobody has brought to an end.
///
/// # Errors
/// The store does not answer, or the plan names no run.
pub async fn put_off(ledger: &Ledger, plan: &Plan, settled: &Settled) -> Result<Vec<PlannedMail>, ReleaseError> {
    let unfit = || ReleaseError::Plan { run: plan.run.clone(), why: "it names no run".to_owned() };
    let run: RunKey = plan.run.parse().map_err(|_| unfit())?;
    let was_reached = |mail: &PlannedMail| {
        let receipt = settled.receipts.iter().find(|receipt| receipt.address == mail.address);
        receipt.is_some_and(|receipt| matches!(receipt.outcome, Outcome::Sent | Outcome::Written))
    };
    let mut open = Vec::new();
    for mail in &plan.mails {
        let several = plan.mails.iter().filter(|other| other.address == mail.address).count() > 1;
        if was_reached(mail) && !several {
            continue;
        }
        if let Standing::Open { .. } = ledger.standing(&Slot::mail(&run, &mail.key.recipient_hash())).await? {
            open.push(mail.clone());
        }
    }
    Ok(open)
}

/// Brings mails of a settled run as far as they go now.
///
/// # Errors
/// The store does not answer, or a mail was never frozen.
pub async fn go_on(desk: &Desk<'_>, plan: &Plan, mails: &[PlannedMail]) -> Result<Released, ReleaseError> {
    let run = desk.claim.run();
    let (mut receipts, mut later) = (Vec::new(), None);
    let sources: Vec<Source<'_>> = plan.sets.iter().map(|set| Source::new(run, set)).collect();
    let lane = Semaphore::new(1);
    for mail in mails {
        let slot = Slot::mail(run, &mail.key.recipient_hash());
        let source = sources.iter().find(|source| source.is_of(mail));
        let frozen_before = match source {
            Some(source) => source.frozen(desk.ledger, mail).await?,
            None => None,
        };
        let bytes = frozen_before.ok_or_else(|| ReleaseError::Plan {
            run: run.to_string(),
            why: format!("the mail to {} was never frozen", mail.address.masked()),
        })?;
        let (outcome, detail) = match post(desk, &slot, &frozen(run, plan, mail, bytes)?, &lane).await? {
            Posted::Done(done) => (done.outcome, done.detail),
            Posted::Later { outcome, detail, at } => {
                later = Some(later.map_or(at, |earlier: chrono::DateTime<_>| earlier.min(at)));
                (outcome, detail)
            }
        };
        receipts.push(Receipt { address: mail.address.clone(), outcome, detail });
    }
    let reached = receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Sent | Outcome::Written));
    let state = match later {
        Some(next) => State::Sending { next },
        None => State::Settled(if reached { Ending::Sent } else { Ending::Incomplete }),
    };
    Ok(Released { receipts, findings: Vec::new(), state })
}

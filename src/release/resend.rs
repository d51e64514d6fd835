//! Sending again what did not reach its reader, after somebody has removed the cause.

use super::letter::frozen;
use super::post::{Posted, post};
use super::{Desk, ReleaseError, Released, State};
use crate::deliver::{Outcome, Receipt};
use crate::io::clock;
use crate::io::ledger::{Ending, Plan, Slot};

/// Opens every mail that was not delivered again and sends its frozen bytes; nobody gets a second copy of
/// a mail that arrived.
///
/// # Errors
/// The run is not settled or was never sent, or the store does not answer.
pub async fn resend(desk: &Desk<'_>, plan: &Plan, by: &str) -> Result<Released, ReleaseError> {
    let run = desk.claim.run();
    match desk.ledger.settled(run).await?.map(|settled| settled.ending) {
        Some(Ending::Sent | Ending::Incomplete) => {}
        Some(ending @ (Ending::Rejected | Ending::Lapsed | Ending::Superseded)) => {
            return Err(ReleaseError::Ended { run: run.to_string(), revision: run.revision, ending });
        }
        None => return Err(ReleaseError::Unsettled { run: run.clone() }),
    }
    let (mut receipts, mut later) = (Vec::new(), None);
    for mail in &plan.mails {
        let slot = Slot::mail(run, &mail.key.recipient_hash());
        desk.ledger.reopen(&slot, by, clock::now()).await?;
        let bytes = desk.ledger.frozen(&slot).await?.ok_or_else(|| ReleaseError::Plan {
            run: run.to_string(),
            why: format!("the mail to {} was never frozen", mail.address.masked()),
        })?;
        let (outcome, detail) = match post(desk, &slot, &frozen(run, plan, mail, &bytes)?).await? {
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

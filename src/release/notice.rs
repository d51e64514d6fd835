//! Notices to the owner: one of each kind for a run, delivered by the same rules as a report.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use super::letter::sealed;
use super::plan::correspondents;
use super::post::{Posted, post};
use super::{Desk, ReleaseError, Target};
use crate::deliver::{self, DeliveryKey, Envelope, Outcome, Receipt};
use crate::io::clock;
use crate::io::ledger::{RunKey, Slot};
use crate::render::mail::MailBody;
use crate::run::{self, Lists};

/// What the owner is told.
#[derive(Debug)]
pub enum Notice<'a> {
    /// Somebody could not be reached, and nothing more is tried.
    Incomplete { receipts: &'a [Receipt], subject: &'a str },
    /// A report waits for a yes.
    Approval { run: &'a RunKey, until: DateTime<Utc>, delta: &'a str },
    /// It was ended without being sent.
    Ended { because: &'a str },
    /// The latest time has passed, and the report is not out.
    Late { because: &'a str },
    /// It was due longer ago than is caught up with.
    Missed { due: DateTime<Utc>, days: u32 },
}

/// Tells the owner, once; gives the time of the next attempt where the mail was not taken yet.
///
/// # Errors
/// The edition has no owner, or the store does not answer.
pub async fn tell(desk: &Desk<'_>, notice: &Notice<'_>) -> Result<Option<DateTime<Utc>>, ReleaseError> {
    let (app, run) = (desk.app, desk.claim.run());
    let slot = Slot::notice(run, notice.kind());
    let edition = app.catalogue.editions.get(&run.edition).ok_or_else(|| ReleaseError::Plan {
        run: run.to_string(),
        why: "there is no such edition any more".to_owned(),
    })?;
    let target = Target { edition, period: run.period, unit: &run.scope, to: None };
    let now = clock::now();
    let mut lists = Lists::built_in(app, now);
    if deliver::owner(&lists.distribution, &edition.owner, lists.on).is_none() {
        lists = run::lists(app, desk.ledger.store(), None, now).await?;
    }
    let (from, owner) = correspondents(app, &target, &lists)?;
    let key = DeliveryKey {
        edition: run.edition.clone(),
        period: run.period.to_string(),
        scope: format!("{} notice {}", run.scope, notice.kind()),
        revision: run.revision,
        address: owner.address.key(),
    };
    let bytes = if let Some(bytes) = desk.ledger.frozen(&slot).await? {
        bytes
    } else {
        let envelope = Envelope {
            from: from.clone(),
            to: owner.clone(),
            owner: owner.clone(),
            date: now,
            key: key.clone(),
            run: run.to_string(),
            secret: app.settings.mail.message_id_key.clone(),
            signer: app.signer.clone(),
        };
        let bytes = deliver::message(&envelope, &body(run, notice), &[])?;
        desk.ledger.freeze(&slot, bytes.whole()).await?
    };
    let frozen = sealed(from, key.folder(), &owner, bytes.into()).ok_or_else(|| ReleaseError::Plan {
        run: run.to_string(),
        why: "a frozen notice has no Message-ID".to_owned(),
    })?;
    Ok(match post(desk, &slot, &frozen, &Semaphore::new(1)).await? {
        Posted::Done(done) => {
            if !matches!(done.outcome, Outcome::Sent | Outcome::Written) {
                tracing::error!(run = %run, notice = notice.kind(), detail = done.detail, "the owner was not reached");
            }
            None
        }
        Posted::Later { at, .. } => Some(at),
    })
}

impl Notice<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "incomplete",
            Self::Approval { .. } => "approval",
            Self::Ended { .. } => "ended",
            Self::Late { .. } => "late",
            Self::Missed { .. } => "missed",
        }
    }
}

fn body(run: &RunKey, notice: &Notice<'_>) -> MailBody {
    let at = |time: &DateTime<Utc>| time.format("%Y-%m-%d %H:%M UTC").to_string();
    let (headline, mut text) = match notice {
        Notice::Incomplete { receipts, subject } => {
            let mut text = format!("The report \"{subject}\" is published. These readers did not get their mail:\n\n");
            for receipt in
                receipts.iter().filter(|receipt| !matches!(receipt.outcome, Outcome::Sent | Outcome::Written))
            {
                // Writing to a `String` cannot fail.
                let _ = writeln!(text, "  {} {}: {}", receipt.address, receipt.outcome, receipt.detail);
            }
            text.push_str(&format!("\nAfter the cause is gone: muster resend {run} --failed-only\n"));
            ("not everybody was reached".to_owned(), text)
        }
        Notice::Approval { run, until, delta } => (
            format!("waits for approval until {}", at(until)),
            format!(
                "Nothing is published or sent before somebody says yes.\n\n{delta}\n\
                 To send it:      muster approve {run}\nNot to send it:  muster reject {run} --because \"...\"\n\n\
                 Without an answer until {} it is not sent.\n",
                at(until)
            ),
        ),
        Notice::Ended { because } => ("was not sent".to_owned(), format!("The report was not sent: {because}.\n")),
        Notice::Late { because } => (
            "is late".to_owned(),
            format!("The latest time has passed and the report is not out: {because}\n\nThe worker keeps trying.\n"),
        ),
        Notice::Missed { due, days } => (
            "was missed".to_owned(),
            format!(
                "The report was due at {} and was not produced within {days} days. It is recorded as missed.\n\n\
                 To produce it now: muster run {} --period {}\n",
                at(due),
                run.edition,
                run.period
            ),
        ),
    };
    text.push_str(&format!("\n{run}\n"));
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    MailBody {
        subject: format!("Muster: {} of {} {headline}", run.edition, run.period),
        html: format!("<!doctype html><html lang=\"en\"><body><pre>{escaped}</pre></body></html>"),
        text,
        images: Vec::new(),
    }
}

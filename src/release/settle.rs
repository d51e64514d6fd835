//! Publishing, sending to everybody, and the last word on a run.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;

use super::letter::{Source, frozen};
use super::notice::{Notice, tell};
use super::post::{Posted, post};
use super::{Desk, ReleaseError, Released, State};
use crate::archive;
use crate::deliver::{Outcome, Receipt};
use crate::finding::Finding;
use crate::io::clock;
use crate::io::ledger::{Claim, Ending, Ledger, Plan, PlannedMail, Settled, Slot, Verdict};

/// Letters under way for each that may be handed over at once: the others are made, frozen and recorded meanwhile.
const AHEAD: usize = 8;

/// Documents published at once.
const PUBLISHED_AT_ONCE: usize = 8;

/// Brings a planned run as far as it goes now: publishes, sends, settles.
///
/// # Errors
/// The store does not answer, the claim was lost, or a mail cannot be made. A reader who cannot be reached
/// is a receipt.
pub async fn finish(desk: &Desk<'_>, plan: &Plan) -> Result<Released, ReleaseError> {
    if plan.needs_approval
        && let Some(released) = wait_for_approval(desk, plan).await?
    {
        return Ok(released);
    }
    let unarchived = publish(desk, plan).await?;
    let mut posted = Vec::with_capacity(plan.mails.len());
    let polite = desk.app.settings.mail.concurrency;
    let lanes = Semaphore::new(polite);
    for set in &plan.sets {
        let source = Source::new(desk.claim.run(), set);
        let letters: Vec<&PlannedMail> = plan.mails.iter().filter(|mail| source.is_of(mail)).collect();
        // A letter is begun when there is room for it: of those that wait nothing is held.
        let (mut next, mut under_way) = (letters.iter(), FuturesOrdered::new());
        loop {
            while under_way.len() < polite * AHEAD
                && let Some(mail) = next.next()
            {
                under_way.push_back(deliver(desk, plan, mail, &source, &lanes).boxed());
            }
            let Some(done) = under_way.try_next().await? else { break };
            posted.push(done);
        }
    }
    let later = posted.iter().filter_map(|(_, later)| *later).min();
    let receipts: Vec<Receipt> = posted.into_iter().map(|(receipt, _)| receipt).collect();
    let findings: Vec<Finding> = plan.findings.iter().cloned().chain(unarchived).collect();
    if let Some(next) = later {
        return Ok(Released { receipts, findings, state: State::Sending { next } });
    }
    let unreached = receipts.iter().filter(|receipt| !is_reached(receipt)).count();
    if unreached > 0 {
        let notice = Notice::Incomplete { receipts: &receipts, subject: subject(plan) };
        if let Some(next) = tell(desk, &notice).await? {
            return Ok(Released { receipts, findings, state: State::Sending { next } });
        }
    }
    let (ending, because) = match unreached {
        0 => (Ending::Sent, None),
        count => (Ending::Incomplete, Some(format!("{count} of {} readers were not reached", receipts.len()))),
    };
    let settled = settle(desk.ledger, desk.claim, plan, (ending, because), receipts, clock::now()).await?;
    Ok(Released { receipts: settled.receipts, findings, state: State::Settled(settled.ending) })
}

fn is_reached(receipt: &Receipt) -> bool {
    matches!(receipt.outcome, Outcome::Sent | Outcome::Written)
}

/// The subject of the enterprise's report, or of the only one.
fn subject(plan: &Plan) -> &str {
    plan.sets.first().map_or("", |set| set.subject.as_str())
}

/// What there is to say as long as nobody has said yes.
async fn wait_for_approval(desk: &Desk<'_>, plan: &Plan) -> Result<Option<Released>, ReleaseError> {
    let run = desk.claim.run();
    let until = plan.planned_at + TimeDelta::from_std(desk.app.settings.worker.approval).unwrap_or(TimeDelta::MAX);
    let approval = desk.ledger.approval(run).await?;
    let (ending, because) = match approval {
        Some(approval) => match approval.verdict {
            Verdict::Approved => return Ok(None),
            Verdict::Rejected => (Ending::Rejected, format!("{} said no: {}", approval.by, approval.comment)),
        },
        None if clock::now() < until => {
            let delta = super::delta(desk.ledger, run, plan).await?;
            // That the notice could not be sent yet is no reason to say anything else.
            tell(desk, &Notice::Approval { run, until, delta: &delta }).await?;
            let state = State::Waiting { until };
            return Ok(Some(Released { receipts: Vec::new(), findings: plan.findings.clone(), state }));
        }
        None => (Ending::Lapsed, format!("nobody approved it until {}", until.format("%Y-%m-%d %H:%M UTC"))),
    };
    if let Some(next) = tell(desk, &Notice::Ended { because: &because }).await? {
        let state = State::Sending { next };
        return Ok(Some(Released { receipts: Vec::new(), findings: plan.findings.clone(), state }));
    }
    let settled = settle(desk.ledger, desk.claim, plan, (ending, Some(because)), Vec::new(), clock::now()).await?;
    let state = State::Settled(settled.ending);
    Ok(Some(Released { receipts: Vec::new(), findings: plan.findings.clone(), state }))
}

/// Copies the frozen documents to where readers look for them, once; a finding where the archive's page lacks them.
async fn publish(desk: &Desk<'_>, plan: &Plan) -> Result<Option<Finding>, ReleaseError> {
    let (ledger, run) = (desk.ledger, desk.claim.run());
    let mark = run.key("published.json");
    if ledger.store().find(&mark).await?.is_some() {
        return Ok(None);
    }
    let default = &desk.app.settings.reporting.language;
    let mut puts = Vec::new();
    for set in &plan.sets {
        for file in &set.files {
            // Other languages lie beside the reports' own, in a folder named after them.
            let name =
                if set.language == *default { file.name.clone() } else { format!("{}/{}", set.language, file.name) };
            let (from, to) = (run.key(&format!("artefacts/{}", file.sha256)), run.published(&set.scope, &name));
            puts.push(put(desk, from, to).boxed());
        }
    }
    futures::stream::iter(puts).buffer_unordered(PUBLISHED_AT_ONCE).try_collect::<Vec<()>>().await?;
    // Before the mark: a worker that dies in between writes the page again.
    let unarchived = archive::after_release(desk.app, ledger.store()).await;
    ledger.store().create(&mark, Bytes::from_static(b"{}\n")).await?;
    Ok(unarchived)
}

async fn put(desk: &Desk<'_>, from: String, to: String) -> Result<(), ReleaseError> {
    (desk.progress)(&format!("publish {}", to.rsplit('/').next().unwrap_or(&to)));
    let bytes = desk.ledger.store().get(&from).await?;
    Ok(desk.ledger.store().create(&to, bytes).await?)
}

async fn deliver(
    desk: &Desk<'_>,
    plan: &Plan,
    mail: &PlannedMail,
    source: &Source<'_>,
    lanes: &Semaphore,
) -> Result<(Receipt, Option<DateTime<Utc>>), ReleaseError> {
    let run = desk.claim.run();
    let slot = Slot::mail(run, &mail.key.recipient_hash());
    let bytes = match source.frozen(desk.ledger, mail).await? {
        Some(bytes) => bytes,
        None => source.freeze(desk.app, desk.ledger, plan, mail).await?,
    };
    let posted = post(desk, &slot, &frozen(run, plan, mail, bytes)?, lanes).await?;
    let receipt = |outcome: Outcome, detail: String| Receipt { address: mail.address.clone(), outcome, detail };
    Ok(match posted {
        Posted::Done(done) if done.duplicate_possible => {
            (receipt(done.outcome, format!("{} (the reader may have two copies)", done.detail)), None)
        }
        Posted::Done(done) => (receipt(done.outcome, done.detail), None),
        Posted::Later { outcome, detail, at } => (receipt(outcome, detail), Some(at)),
    })
}

/// Ends a revision whose place a newer one takes; what was not sent yet is never sent.
pub(super) async fn supersede(
    ledger: &Ledger,
    claim: &Claim,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), ReleaseError> {
    let because = Some("a new revision was asked for".to_owned());
    settle(ledger, claim, plan, (Ending::Superseded, because), Vec::new(), now).await.map(drop)
}

async fn settle(
    ledger: &Ledger,
    claim: &Claim,
    plan: &Plan,
    (ending, because): (Ending, Option<String>),
    receipts: Vec<Receipt>,
    now: DateTime<Utc>,
) -> Result<Settled, ReleaseError> {
    let settled = Settled {
        run: plan.run.clone(),
        token: claim.token().to_owned(),
        ending,
        because,
        settled_at: now,
        seconds: (now - plan.planned_at).num_seconds(),
        receipts,
        findings: plan.findings.clone(),
    };
    Ok(ledger.settle_on(&claim.run().key("settled.json"), settled).await?)
}

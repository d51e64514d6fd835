//! Leftovers: what was begun by hand and not finished. No calendar owes a run of one unit, one of a period long past,
//! or a resend; where whoever began it has died, or left it for later, the ledger alone knows.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::issue::IssueError;
use super::tick::Worker;
use crate::io::ledger::{Claiming, Ending, Plan, RunKey, Settled};
use crate::release::{self, Released, State};

/// Between two looks: folders are listed for it.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

/// What one worker knows of them; the ledger knows everything that matters.
#[derive(Debug, Default)]
pub struct Leftovers {
    next: Option<DateTime<Utc>>,
    /// Folders of runs of which nothing is left to do.
    over: BTreeSet<String>,
}

/// Goes on with every run that has a plan and no end, and with every resend that was put off.
pub async fn leftovers(worker: &mut Worker, now: DateTime<Utc>) {
    if worker.leftovers.next.is_some_and(|next| now < next) {
        return;
    }
    worker.leftovers.next = Some(now + PAUSE);
    let app = worker.app.clone();
    for edition in app.scheduled() {
        let folders = match worker.ledger.folders(&edition.id).await {
            Ok(folders) => folders,
            Err(error) => {
                tracing::error!(edition = edition.id, error = %error, "what was begun cannot be listed");
                continue;
            }
        };
        for folder in folders {
            if worker.stop.is_asked() {
                return;
            }
            if worker.leftovers.over.contains(&folder) {
                continue;
            }
            match go_on(worker, &folder).await {
                Ok(Left::Nothing) => _ = worker.leftovers.over.insert(folder),
                Ok(Left::Something) => {}
                Ok(Left::Released(released)) => {
                    worker.health.mails(&released.receipts);
                    if let State::Sending { next } = released.state {
                        worker.leftovers.next = worker.leftovers.next.map(|planned| planned.min(next));
                    }
                    tracing::info!(run = folder, state = ?released.state, "gone on with");
                }
                Err(error) => {
                    worker.health.failed();
                    tracing::error!(run = folder, error = %error, "not gone on with");
                }
            }
        }
    }
}

/// What is left of a run.
enum Left {
    /// And never will be.
    Nothing,
    /// It is nobody's turn now.
    Something,
    Released(Released),
}

async fn go_on(worker: &Worker, folder: &str) -> Result<Left, IssueError> {
    // Without a plan nobody was promised anything yet.
    let Some(plan) = worker.ledger.read::<Plan>(&format!("{folder}/plan.json")).await? else {
        return Ok(Left::Something);
    };
    let Ok(run) = plan.run.parse::<RunKey>() else { return Ok(Left::Nothing) };
    match worker.ledger.settled(&run).await? {
        Some(settled) if !may_be_resent(&settled) => Ok(Left::Nothing),
        Some(settled) => resend(worker, &run, &plan, &settled).await,
        None => finish(worker, &run, &plan).await,
    }
}

fn may_be_resent(settled: &Settled) -> bool {
    match settled.ending {
        Ending::Incomplete => true,
        Ending::Sent | Ending::Rejected | Ending::Lapsed | Ending::Superseded => false,
    }
}

async fn finish(worker: &Worker, run: &RunKey, plan: &Plan) -> Result<Left, IssueError> {
    let Claiming::Ours(claim) = worker.ledger.claim(run).await? else { return Ok(Left::Something) };
    let released = release::finish(&worker.desk(&claim), plan).await;
    claim.release().await;
    Ok(Left::Released(released?))
}

async fn resend(worker: &Worker, run: &RunKey, plan: &Plan, settled: &Settled) -> Result<Left, IssueError> {
    let open = release::put_off(&worker.ledger, plan, settled).await?;
    if open.is_empty() {
        return Ok(Left::Something);
    }
    let Claiming::Ours(claim) = worker.ledger.claim(run).await? else { return Ok(Left::Something) };
    let released = release::go_on(&worker.desk(&claim), plan, &open).await;
    claim.release().await;
    Ok(Left::Released(released?))
}

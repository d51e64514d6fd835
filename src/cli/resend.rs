//! `muster resend`: once more to those who were not reached.

use muster::app::App;
use muster::io::ledger::{Claiming, RunKey};
use muster::release::{self, Desk, ReleaseError, Stop};

use super::progress::Show;
use super::run::report;
use crate::exit::Exit;

pub async fn resend(app: &App, named: &RunKey, by: &str, show: &Show) -> anyhow::Result<Exit> {
    let ledger = app.ledger(&app.store()?)?;
    ledger.probe(&app.settings.store.url).await?;
    let (run, plan) = release::find(&ledger, named).await?;
    let claim = match ledger.claim(&run).await? {
        Claiming::Ours(claim) => claim,
        Claiming::Busy { worker, until } => return Err(ReleaseError::Busy { run, worker, until }.into()),
    };
    let stop = Stop::never();
    let progress = |what: &str| show.step(what);
    let desk = Desk { app, ledger: &ledger, claim: &claim, stop: &stop, progress: &progress };
    let released = release::resend(&desk, &plan, by).await;
    claim.release().await;
    show.finish();
    Ok(report(&plan, [].iter(), &released?))
}

//! `muster resend`: once more to those who were not reached.

use muster::app::App;
use muster::finding::counted;
use muster::io::ledger::{Claiming, RunKey};
use muster::release::{self, Desk, ReleaseError, Resent, Stop};

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
    let resent = release::resend(&desk, &plan, by).await;
    claim.release().await;
    show.finish();
    let Resent { missed, released } = resent?;
    if missed == 0 {
        say!("every reader was reached before: nothing is sent again");
    } else {
        say!("{} tried once more", counted(missed as u64, "reader"));
    }
    Ok(report(&plan, [].iter(), &released))
}

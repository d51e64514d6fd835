//! `muster replay`: the same run once more, compared with what was frozen.

use muster::app::App;
use muster::io::ledger::RunKey;
use muster::release;

use super::progress::Show;
use crate::exit::Exit;

pub async fn replay(app: &App, named: &RunKey, show: &Show) -> anyhow::Result<Exit> {
    let ledger = app.ledger(&app.store()?)?;
    let (run, plan) = release::find(&ledger, named).await?;
    let replayed = release::replay(app, &ledger, (&run, &plan), &|what| show.step(what)).await?;
    show.finish();
    say!("{run}, planned {}, from {} files", plan.planned_at.format("%Y-%m-%d %H:%M UTC"), plan.inputs.evidence.len());
    for changed in &replayed.changed {
        say!("changed: {changed}");
    }
    for different in &replayed.different {
        say!("differs: {different}");
    }
    for locked in &replayed.locked {
        say!("not compared: {locked}, whose PDF carries a password; its documents are");
    }
    if replayed.different.is_empty() {
        say!("byte-identical: {} documents and mails", replayed.same.len());
        return Ok(Exit::Done);
    }
    say!("{} differ, {} are byte-identical", replayed.different.len(), replayed.same.len());
    Ok(Exit::Differs)
}

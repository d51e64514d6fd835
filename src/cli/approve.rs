//! `muster approve` and `muster reject`: somebody's answer to a report that waits for one.

use muster::app::App;
use muster::io::clock;
use muster::io::ledger::{Approval, RunKey, Verdict};
use muster::release;

use crate::exit::Exit;

/// An answer, or only a look.
pub struct Answer<'a> {
    pub run: &'a RunKey,
    pub verdict: Verdict,
    pub by: &'a str,
    pub comment: &'a str,
    pub look: bool,
}

pub async fn answer(app: &App, answer: &Answer<'_>) -> anyhow::Result<Exit> {
    let ledger = app.ledger(&app.store()?)?;
    let (run, plan) = release::find(&ledger, answer.run).await?;
    for set in &plan.sets {
        say!("{}: {}", set.scope, set.subject);
    }
    say!("\n{}", release::delta(&ledger, &run, &plan).await?);
    if answer.look {
        return Ok(Exit::Done);
    }
    let approval = Approval {
        verdict: answer.verdict,
        by: answer.by.to_owned(),
        at: clock::now(),
        comment: answer.comment.to_owned(),
    };
    let stands = release::answer(&ledger, &run, approval).await?;
    match stands.verdict {
        Verdict::Approved => {
            say!("{run} is approved by {}: the worker sends it at its next look, or `muster run` does", stands.by);
        }
        Verdict::Rejected => say!("{run} is rejected by {}: it is not sent", stands.by),
    }
    Ok(Exit::Done)
}

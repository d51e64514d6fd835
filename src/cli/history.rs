//! `muster history`: what was sent, when, to how many; or to one reader.

use std::collections::BTreeSet;

use muster::app::App;
use muster::deliver::{Address, Outcome};
use muster::io::ledger::{Ledger, Plan, RunKey, Slot, Standing};

use super::status::sent;
use crate::exit::Exit;

pub async fn history(app: &App, recipient: Option<&Address>) -> anyhow::Result<Exit> {
    let store = app.store()?;
    let ledger = app.ledger(&store)?;
    // Listed to be shown; nothing is decided by it.
    let mut runs = BTreeSet::new();
    for listed in store.list("ledger").await? {
        if listed.key.ends_with("/plan.json")
            && let Some(plan) = ledger.read::<Plan>(&listed.key).await?
            && let Ok(run) = plan.run.parse::<RunKey>()
        {
            runs.insert((plan.planned_at, run));
        }
    }
    let mut shown = 0;
    for (_, run) in &runs {
        let Some(plan) = ledger.plan(run).await? else { continue };
        shown += match recipient {
            None => one_run(&ledger, run, &plan).await?,
            Some(address) => one_reader(&ledger, run, &plan, address).await?,
        };
    }
    if shown == 0 {
        say!("nothing was sent yet{}", if recipient.is_some() { " to this address" } else { "" });
    }
    Ok(Exit::Done)
}

async fn one_run(ledger: &Ledger, run: &RunKey, plan: &Plan) -> anyhow::Result<usize> {
    let ending = match ledger.settled(run).await? {
        Some(settled) => settled.ending.to_string(),
        None => "not settled".to_owned(),
    };
    let (sent, all) = (sent(ledger, run, plan).await?, plan.mails.len());
    say!("{}  {run}  {sent} of {all} sent  {ending}", plan.planned_at.format("%Y-%m-%d %H:%M"));
    Ok(1)
}

async fn one_reader(ledger: &Ledger, run: &RunKey, plan: &Plan, address: &Address) -> anyhow::Result<usize> {
    let mut shown = 0;
    for mail in plan.mails.iter().filter(|mail| mail.address.key() == address.key()) {
        let slot = Slot::mail(run, &mail.key.recipient_hash());
        let how = match ledger.standing(&slot).await? {
            Standing::Done(done) => {
                let twice = if done.duplicate_possible { ", two copies are possible" } else { "" };
                format!(
                    "{}  {} after {} attempts{twice}: {}",
                    done.at.format("%Y-%m-%d %H:%M"),
                    done.outcome,
                    done.attempts,
                    done.detail
                )
            }
            Standing::Open { tried, .. } => match tried.last().and_then(|tried| tried.heard.as_ref()) {
                Some(heard) => format!("{}  {}: {}", heard.at.format("%Y-%m-%d %H:%M"), heard.outcome, heard.detail),
                None if tried.is_empty() => "not tried yet".to_owned(),
                None => Outcome::InDoubt.to_string(),
            },
        };
        say!("{run}  {}  {how}", mail.key.scope);
        shown += 1;
    }
    Ok(shown)
}

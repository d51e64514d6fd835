//! `muster status`: what is owed, where it stands, what comes next.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use muster::app::App;
use muster::calendar;
use muster::deliver::Outcome;
use muster::deliver::retry::{self, Next, Policy};
use muster::ids::ENTERPRISE;
use muster::io::clock;
use muster::io::ledger::{Ending, Ledger, LedgerError, Missed, Plan, RunKey, Slot, Standing};

use crate::exit::Exit;

pub async fn status(app: &App) -> anyhow::Result<Exit> {
    let ledger = app.ledger(&app.store()?)?;
    let (now, calendar) = (clock::now(), app.settings.reporting.calendar);
    let since = now - TimeDelta::days(i64::from(app.settings.worker.catch_up_days));
    let (mut unfinished, mut shown) = (0, BTreeSet::new());
    for (edition, due) in app.owed(since, now) {
        let first =
            RunKey { edition: edition.id.clone(), period: due.period, scope: ENTERPRISE.to_owned(), revision: 1 };
        let (line, finished) = stands(app, &ledger, &first, now).await?;
        say!("{}  due {}  {line}", first_two(&first), time(due.at));
        unfinished += usize::from(!finished);
        shown.insert(first.folder());
    }
    // What no calendar owes any more, or ever did: a period long past, a run of one unit.
    for edition in app.scheduled() {
        for folder in ledger.folders(&edition.id).await? {
            let Some(plan) = ledger.read::<Plan>(&format!("{folder}/plan.json")).await? else { continue };
            let Ok(run) = plan.run.parse::<RunKey>() else { continue };
            let first = RunKey { revision: 1, ..run.clone() };
            if !shown.contains(&first.folder()) && ledger.settled(&run).await?.is_none() {
                let stands = under_way(app, &ledger, &run, &plan, now).await?;
                say!("{}/{}  {stands}", first_two(&run), run.scope);
                unfinished += 1;
            }
        }
    }
    for edition in app.scheduled() {
        for due in calendar::next(edition, &calendar, &app.settings.holidays, now, 1) {
            say!("{}/{}  due {}  next", edition.id, due.period, time(due.at));
        }
    }
    Ok(if unfinished == 0 { Exit::Done } else { Exit::NotAllSent })
}

/// Where the newest revision stands, and whether nothing is left to do.
async fn stands(app: &App, ledger: &Ledger, first: &RunKey, now: DateTime<Utc>) -> anyhow::Result<(String, bool)> {
    let (run, last) = ledger.open_revision(first).await?;
    let plan = ledger.plan(&run).await?;
    let Some(plan) = plan else {
        if let Some(settled) = last {
            let because = settled.because.map_or_else(String::new, |because| format!(": {because}"));
            let text = format!("r{} {}{because}", run.revision - 1, settled.ending);
            return Ok((text, settled.ending != Ending::Incomplete));
        }
        if let Some(missed) = ledger.read::<Missed>(&run.key("missed.json")).await? {
            return Ok((format!("missed, recorded {}", time(missed.recorded_at)), true));
        }
        let holder = ledger.holder(&run).await?;
        let text = holder.map_or_else(
            || "owed, not begun".to_owned(),
            |(worker, until)| format!("being made by {worker}, lease until {}", time(until)),
        );
        return Ok((text, false));
    };
    Ok((under_way(app, ledger, &run, &plan, now).await?, false))
}

/// Where a planned run stands that is not settled.
async fn under_way(
    app: &App,
    ledger: &Ledger,
    run: &RunKey,
    plan: &Plan,
    now: DateTime<Utc>,
) -> anyhow::Result<String> {
    let until = plan.planned_at + TimeDelta::from_std(app.settings.worker.approval)?;
    if plan.needs_approval && ledger.approval(run).await?.is_none() {
        let text = if now < until { "waits for approval until" } else { "was not approved until" };
        return Ok(format!("r{} {text} {}", run.revision, time(until)));
    }
    let sent = sent(ledger, run, plan).await?;
    let more = if let Some((worker, _)) = ledger.holder(run).await? {
        format!(", {worker} is at it")
    } else {
        let next = next_attempt(app, ledger, run, plan).await?.filter(|at| *at > now);
        next.map_or_else(String::new, |at| format!(", next attempt {}", time(at)))
    };
    Ok(format!("r{} is being sent: {sent} of {}{more}", run.revision, plan.mails.len()))
}

/// When the first of those who have not taken their mail is tried again.
async fn next_attempt(
    app: &App,
    ledger: &Ledger,
    run: &RunKey,
    plan: &Plan,
) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let settings = &app.settings.mail;
    let policy = Policy { first: settings.retry_first, within: settings.retry_for };
    let mut soonest = None;
    for mail in &plan.mails {
        let standing = ledger.standing(&Slot::mail(run, &mail.key.recipient_hash())).await?;
        let Standing::Open { tried, .. } = standing else { continue };
        let (Some(first), Some(heard)) = (tried.first(), tried.last().and_then(|last| last.heard.as_ref())) else {
            continue;
        };
        let attempts = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        if let Next::At(at) = retry::next(policy, attempts, first.attempt.at, heard.at) {
            soonest = Some(soonest.map_or(at, |known: DateTime<Utc>| known.min(at)));
        }
    }
    Ok(soonest)
}

/// Readers who have it.
pub async fn sent(ledger: &Ledger, run: &RunKey, plan: &Plan) -> Result<usize, LedgerError> {
    let mut sent = 0;
    for mail in &plan.mails {
        let standing = ledger.standing(&Slot::mail(run, &mail.key.recipient_hash())).await?;
        let has_it =
            matches!(standing, Standing::Done(done) if matches!(done.outcome, Outcome::Sent | Outcome::Written));
        sent += usize::from(has_it);
    }
    Ok(sent)
}

fn first_two(run: &RunKey) -> String {
    format!("{}/{}", run.edition, run.period)
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

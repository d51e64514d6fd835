//! Approval: what is different from last time, and somebody's yes or no.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::ReleaseError;
use crate::finding::{Finding, Level};
use crate::io::ledger::{Approval, Ledger, LedgerError, Plan, RunKey};
use crate::readback::{self, Headline};

/// Periods looked back for one that was published.
const LOOK_BACK: u32 = 13;

/// Figures listed.
const MOST_MOVED: usize = 15;

/// Records the answer; the first one stands.
///
/// # Errors
/// The run has no plan, needs no approval, is settled, or was answered differently before.
pub async fn answer(ledger: &Ledger, run: &RunKey, approval: Approval) -> Result<Approval, ReleaseError> {
    let not_waiting = |why: String| ReleaseError::NotWaiting { run: run.to_string(), why };
    let plan = ledger.plan(run).await?.ok_or_else(|| ReleaseError::NoRun(run.to_string()))?;
    if !plan.needs_approval {
        return Err(not_waiting("its edition needs none".to_owned()));
    }
    if let Some(settled) = ledger.settled(run).await? {
        return Err(not_waiting(format!("it ended already: {}", settled.ending)));
    }
    let verdict = approval.verdict;
    let stands = ledger.settle_on(&run.key("approval.json"), approval).await?;
    if stands.verdict == verdict {
        return Ok(stands);
    }
    Err(not_waiting(format!("{} answered otherwise at {}", stands.by, stands.at.format("%Y-%m-%d %H:%M UTC"))))
}

/// What moved, who is new or gone, and which caveats are new, against what was published before.
///
/// # Errors
/// The store does not answer, or a record cannot be read.
pub async fn delta(ledger: &Ledger, run: &RunKey, plan: &Plan) -> Result<String, ReleaseError> {
    let Some((before_run, before)) = published_before(ledger, run).await? else {
        let readers = addresses(plan).into_iter().collect::<Vec<_>>().join(", ");
        return Ok(format!("Nothing was published before it to compare with.\nReaders: {readers}\n"));
    };
    let mut text = format!("Compared with {before_run}\n\nWhat moved\n");
    let moved = moved(&figures(ledger, run, plan).await?, &figures(ledger, &before_run, &before).await?);
    for line in moved.iter().take(MOST_MOVED) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    match moved.len() {
        0 => text.push_str("  nothing\n"),
        count if count > MOST_MOVED => text.push_str(&format!("  and {} more\n", count - MOST_MOVED)),
        _ => {}
    }
    let (now, then) = (addresses(plan), addresses(&before));
    text.push_str(&section("Readers added", now.difference(&then)));
    text.push_str(&section("Readers removed", then.difference(&now)));
    let known: BTreeSet<_> = before.findings.iter().map(identity).collect();
    let new =
        plan.findings.iter().filter(|finding| finding.level != Level::Note && !known.contains(&identity(finding)));
    let new: BTreeSet<String> = new.map(|finding| format!("{}: {}", finding.place(), finding.message)).collect();
    text.push_str(&section("New caveats", new.iter()));
    Ok(text)
}

fn section<'a>(title: &str, lines: impl Iterator<Item = &'a String>) -> String {
    let lines: Vec<String> = lines.map(|line| format!("  {line}\n")).collect();
    format!("\n{title}\n{}", if lines.is_empty() { "  none\n".to_owned() } else { lines.concat() })
}

fn identity(finding: &Finding) -> (&str, &str, Option<&str>) {
    (&finding.code, &finding.dataset, finding.column.as_deref())
}

fn addresses(plan: &Plan) -> BTreeSet<String> {
    plan.mails.iter().map(|mail| format!("{} ({})", mail.address, mail.key.scope)).collect()
}

/// The revision before it, or the newest one of an earlier period.
async fn published_before(ledger: &Ledger, run: &RunKey) -> Result<Option<(RunKey, Plan)>, LedgerError> {
    let mut candidate = run.clone();
    for _ in 0..LOOK_BACK {
        while candidate.revision > 1 {
            candidate.revision -= 1;
            if ledger.store().find(&candidate.key("published.json")).await?.is_some()
                && let Some(plan) = ledger.plan(&candidate).await?
            {
                return Ok(Some((candidate, plan)));
            }
        }
        candidate = RunKey { period: candidate.period.prior(), ..candidate };
        candidate = ledger.open_revision(&candidate).await?.0;
        // The one that is open may be out as well.
        candidate.revision += 1;
    }
    Ok(None)
}

/// The headline figures of a run's own scope, by KPI.
async fn figures(ledger: &Ledger, run: &RunKey, plan: &Plan) -> Result<BTreeMap<String, Headline>, ReleaseError> {
    let unreadable = |why: &str| ReleaseError::Plan { run: run.to_string(), why: why.to_owned() };
    let file = plan
        .sets
        .iter()
        .find(|set| set.scope == run.scope)
        .and_then(|set| set.files.iter().find(|file| file.name == "scorecard.parquet"))
        .ok_or_else(|| unreadable("it has no scorecard"))?;
    let bytes = ledger.store().get(&run.key(&format!("artefacts/{}", file.sha256))).await?;
    readback::headlines(&bytes, &run.scope).map_err(|why| unreadable(&format!("its scorecard cannot be read: {why}")))
}

/// Figures that changed: another status first, then the largest relative change.
fn moved(now: &BTreeMap<String, Headline>, then: &BTreeMap<String, Headline>) -> Vec<String> {
    let mut moved: Vec<(bool, f64, String)> = Vec::new();
    for kpi in now.keys().chain(then.keys()).collect::<BTreeSet<_>>() {
        let (new, old) = (now.get(kpi), then.get(kpi));
        let told = |figure: &Headline| (figure.value, figure.unit.clone(), figure.status.clone());
        if new.map(told) == old.map(told) {
            continue;
        }
        let word = |figure: Option<&Headline>| match figure {
            Some(Headline { value: Some(value), unit, status, .. }) => format!("{} {unit}, {status}", rounded(*value)),
            Some(Headline { value: None, status, .. }) => status.clone(),
            None => "not there".to_owned(),
        };
        let values = (new.and_then(|figure| figure.value), old.and_then(|figure| figure.value));
        let change = match values {
            (Some(new), Some(old)) if old.abs() > f64::EPSILON => ((new - old) / old).abs(),
            (Some(_), Some(_)) => 1.0,
            (None, _) | (_, None) => f64::INFINITY,
        };
        let turned = new.map(|figure| &figure.status) != old.map(|figure| &figure.status);
        moved.push((turned, change, format!("{kpi}: {} -> {}", word(old), word(new))));
    }
    moved.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
    moved.into_iter().map(|(_, _, line)| line).collect()
}

/// Four digits say what moved.
fn rounded(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

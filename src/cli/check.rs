//! `muster check`: every definition, template and setting, before anything is due.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use muster::app::{App, AppError};
use muster::calendar;
use muster::catalogue::Severity;
use muster::deliver::{Distribution, DistributionError, Fault};
use muster::finding::Level;
use muster::io::{audit, clock, pull};
use muster::period::{Grain, Period};
use muster::run;

use crate::exit::Exit;

pub async fn check(app: &App, connect: bool) -> anyhow::Result<Exit> {
    let period = app.newest(Grain::Month, clock::now());
    tokio::task::block_in_place(|| app.plan(period))?;
    let catalogue = &app.catalogue;
    say!(
        "settings     ok   {} · {} · fiscal year starts in month {}",
        app.settings.reporting.calendar.zone,
        app.settings.reporting.currency,
        app.settings.reporting.calendar.fiscal_start
    );
    say!(
        "definitions  ok   {} contracts, {} sources, {} facts, {} KPIs, {} editions, version {}",
        catalogue.contracts.len() + catalogue.delivery.len(),
        catalogue.sources.len(),
        catalogue.facts.len(),
        catalogue.kpis.len(),
        catalogue.editions.len(),
        catalogue.version
    );
    gate(app, period);
    say!("templates    ok   {} templates", app.templates.names().len());
    let now = clock::now();
    for edition in app.scheduled() {
        let calendar = app.settings.reporting.calendar;
        for due in calendar::next(edition, &calendar, &app.settings.holidays, now, 3) {
            let at = due.at.with_timezone(&calendar.zone).format("%Y-%m-%d %H:%M");
            say!("due               {} of {} at {at} {}", edition.id, due.period, calendar.zone);
        }
    }
    if connect {
        let store = app.store()?;
        let inventory = pull::inventory(&store, &app.settings.store.extracts, catalogue).await?;
        say!("store        ok   {}", muster::io::store::display_url(&app.settings.store.url));
        app.ledger(&store)?.probe(&app.settings.store.url).await?;
        say!("ledger       ok   create-only writes are kept apart");
        if let Some(mailbox) = &app.settings.mail.audit {
            audit::holds(mailbox, "<check@muster.invalid>").await?;
            say!("audit        ok   the audit mailbox can be looked into");
        }
        for (dataset, contract) in &catalogue.datasets() {
            let Some(nights) = inventory.nights.get(dataset) else {
                let state = if contract.delivery { "not delivered, and need not be" } else { "not delivered" };
                say!("  {dataset:<22}   - {state}");
                continue;
            };
            let newest = nights.keys().next_back().map(NaiveDate::to_string).unwrap_or_default();
            say!("  {dataset:<22}{:>4} nights, newest {newest}", nights.len());
        }
        let lists = run::lists(app, &store, None, now).await?;
        let noted = lists.findings.iter().filter(|finding| finding.level != Level::Note);
        for finding in inventory.findings.iter().chain(noted) {
            say!("  {}: {}\n    hint: {}", finding.place(), finding.message, finding.hint);
        }
        owners(app, &lists.distribution);
        let faults = undefined(app, &lists.distribution);
        if !faults.is_empty() {
            return Err(AppError::from(DistributionError { faults }).into());
        }
        return Ok(Exit::Done);
    }
    owners(app, &app.distribution);
    for fault in undefined(app, &app.distribution) {
        say!(
            "  distribution.toml: {fault}\n    hint: add it, unless the `recipients` extract has it: `check --connect` looks there"
        );
    }
    Ok(Exit::Done)
}

/// Roles that editions name and no list has: mail to them would reach nobody.
fn undefined(app: &App, distribution: &Distribution) -> Vec<Fault> {
    let editions = app.catalogue.editions.values();
    let roles: BTreeSet<String> =
        editions.flat_map(|edition| edition.roles.iter().chain([&edition.owner])).cloned().collect();
    distribution.undefined(&roles.into_iter().collect::<Vec<_>>())
}

fn owners(app: &App, distribution: &Distribution) {
    let owners: BTreeSet<&String> = app.catalogue.contracts.values().map(|contract| &contract.owner).collect();
    for owner in owners {
        if !distribution.undefined(std::slice::from_ref(owner)).is_empty() {
            say!(
                "  nobody has the role {owner}, the owner of a feed\n    hint: add [[roles.{owner}]] to config/distribution.toml, or rows to the `recipients` extract"
            );
        }
    }
}

/// The gate's rules, and what has to be decided anew about them.
fn gate(app: &App, newest: Period) {
    let gate = &app.catalogue.gate;
    let rules = gate.heads();
    let on = rules.iter().filter(|rule| rule.level > Severity::Allow).count();
    let last_day = app.settings.reporting.calendar.span(newest).last_day;
    let (counting, expired): (Vec<_>, Vec<_>) = gate.waivers.iter().partition(|waiver| waiver.counts_on(last_day));
    say!(
        "gate         ok   {} rules, {} switched off, {} waivers, {} expired",
        rules.len(),
        rules.len() - on,
        counting.len(),
        expired.len()
    );
    for waiver in expired {
        let place = [&waiver.dataset, &waiver.column, &waiver.business_unit];
        let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
        say!(
            "  the waiver of {} {} counted until {}: {}\n    hint: take it out, or decide anew and give another day",
            waiver.rule,
            place.join(" "),
            waiver.until,
            waiver.reason.trim()
        );
    }
}

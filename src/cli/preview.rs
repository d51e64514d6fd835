//! `muster preview`: what an issue would be, who would see it, and what is new in it. Nothing is sent or published.

mod changes;

pub use changes::feeds;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use muster::app::App;
use muster::calendar;
use muster::catalogue::{Edition, EditionKind};
use muster::deliver::{self, Matrix, Seat, safe_name};
use muster::finding::{Finding, Level};
use muster::ids::ENTERPRISE;
use muster::io::clock;
use muster::period::{Grain, Period};
use muster::quality::Verdict;
use muster::release::{self, Target};
use muster::run::{self, Before, Computed, Lists, Produced, Share};

use super::progress::Show;
use super::run::{print_findings, write};
use super::table;
use crate::exit::Exit;

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub edition: &'a str,
    pub period: Option<Period>,
    pub unit: Option<&'a str>,
    pub out: &'a Path,
}

pub async fn preview(app: &App, order: &Order<'_>, show: &Show) -> anyhow::Result<Exit> {
    let edition = run::edition(app, order.edition)?;
    let now = clock::now();
    let period = order.period.unwrap_or_else(|| app.newest(edition.grain, now));
    show.step("plan every definition against empty tables");
    tokio::task::block_in_place(|| app.plan(period))?;
    let store = app.store()?;
    let progress = |what: &str| show.step(what);
    let computed = run::compute(app, &store, period, &progress).await?;
    let tree = &computed.figures.scorecard.units;
    if let Some(unit) = order.unit {
        run::check_unit(&computed.figures, unit, period)?;
    }
    let lists = run::lists(app, &store, Some((edition, tree)), now).await?;
    let mut matrix = deliver::matrix(&lists.distribution, edition, tree, order.unit, lists.on);
    matrix.problems.splice(0..0, around(app, edition, period, &computed, &lists));
    let target = Target { edition, period, unit: order.unit.unwrap_or(ENTERPRISE), to: None };
    let ledger = app.ledger(&store)?;
    let (run, last) = ledger.open_revision(&release::first_run(&target)).await?;
    let begun = ledger.plan(&run).await?.is_some();
    let shares = release::shares(app, &target, tree, &lists)?;
    let look = async |report: Produced| {
        // Each unit's folder is its own already.
        let of_unit: Vec<Share> = shares.iter().filter(|share| share.unit == report.unit).cloned().collect();
        write(&folder(edition, order, &report.unit), &report, &of_unit)?;
        anyhow::Ok((report.model.head.subject, report.silent, report.over_budget))
    };
    let issue = (edition, run.revision);
    let mut looked = run::produce_all(app, &store, &computed, issue, &shares, look, &progress).await?.into_iter();
    let mut parts = Vec::with_capacity(shares.len());
    for share in &shares {
        let unit = share.unit.as_str();
        let issues = run::issues(app, &store, edition, unit, period).await?;
        let before = run::before(&store, edition, unit, issues).await?;
        let last = changes::last(&store, edition, unit, period).await?;
        let of_unit: Vec<_> = looked.by_ref().take(share.languages.len()).collect();
        let subject = of_unit.first().map(|(subject, ..)| subject.clone()).unwrap_or_default();
        let silent = of_unit.iter().all(|(_, silent, _)| *silent);
        matrix.problems.extend(of_unit.into_iter().filter_map(|(.., over_budget)| over_budget));
        parts.push(Part { share, folder: folder(edition, order, unit), subject, silent, before, last });
    }
    show.finish();
    let due = calendar::due_at(edition, &app.settings.reporting.calendar, &app.settings.holidays, period);
    let zone = app.settings.reporting.calendar.zone;
    say!(
        "{} ({}) of {period}, due {}\n",
        edition.title,
        edition.id,
        due.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z")
    );
    if begun {
        say!(
            "{run} is on its way: `muster run` goes on with it, with --force-revision it makes r{}\n",
            run.revision + 1
        );
    } else if let Some(last) = last {
        let before = run.revision - 1;
        say!(
            "{period} is settled as r{before} ({}): `muster run` does nothing, with --force-revision it makes r{}\n",
            last.ending,
            run.revision
        );
    }
    print_matrix(app, &matrix);
    for Part { share, folder, subject, silent, before, last } in &parts {
        let unit = share.unit.as_str();
        say!("\n{} · {subject}", tree.label(unit));
        say!("  rendered into {} ({})", folder.display(), share.languages.join(", "));
        if *silent {
            say!("  nothing that readers do not know already: nothing would be sent");
        }
        changes::print(app, edition, unit, &computed, before, last.as_ref());
    }
    say!("\nnothing was sent or published");
    Ok(Exit::Done)
}

/// One unit's report.
struct Part<'a> {
    share: &'a Share,
    folder: PathBuf,
    subject: String,
    silent: bool,
    before: Before,
    last: Option<changes::Last>,
}

/// One unit's report lies in the folder itself, those of a burst each in a folder of its own.
fn folder(edition: &Edition, order: &Order<'_>, unit: &str) -> PathBuf {
    if edition.burst && order.unit.is_none() { order.out.join(safe_name(unit)) } else { order.out.to_owned() }
}

/// What keeps this issue from going out as it is, beside its readers.
fn around(app: &App, edition: &Edition, period: Period, computed: &Computed, lists: &Lists) -> Vec<Finding> {
    let finding =
        |level, code: &str, message: String, hint: &str| Finding::dataset(level, code, &edition.id, message, hint);
    let mut findings = Vec::new();
    if period.grain != edition.grain {
        let message = format!("it is issued by {}, and {period} is a {}", noun(edition.grain), noun(period.grain));
        findings.push(finding(
            Level::Warning,
            "grain",
            message,
            "ask for a period of its own kind; this one is never due",
        ));
    }
    if app.settings.reporting.calendar.span(period).last_day >= lists.on {
        let message = format!("{period} has not ended: its figures are those of today");
        findings.push(finding(Level::Warning, "open_period", message, "look again when it has ended"));
    }
    if deliver::owner(&lists.distribution, &edition.owner, lists.on).is_none() {
        let message = format!("its owner role `{}` has no member to answer replies", edition.owner);
        findings.push(finding(
            Level::Error,
            "no_owner",
            message,
            "add one to distribution.toml or to the `recipients` extract",
        ));
    }
    if edition.approval {
        let message = "it is sent only after a person has approved it".to_owned();
        findings.push(finding(Level::Warning, "approval", message, "nothing to do now"));
    }
    if edition.kind == EditionKind::Report && matches!(computed.figures.verdict, Verdict::Hold { .. }) {
        let message = "the data gate holds it: its readers get nothing, the data's owners get a notice".to_owned();
        findings.push(finding(Level::Error, "held", message, "mend the data named in the findings, then look again"));
    }
    findings.extend(lists.undefined(edition));
    findings.extend(lists.findings.iter().cloned());
    findings
}

fn noun(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "day",
        Grain::Month => "month",
        Grain::Quarter => "fiscal quarter",
        Grain::Year => "fiscal year",
    }
}

fn print_matrix(app: &App, matrix: &Matrix) {
    say!("Who would see what");
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
    let row = |seat: &Seat| {
        vec![
            seat.mailbox.address.to_string(),
            seat.mailbox.name.clone().unwrap_or_else(|| "–".to_owned()),
            seat.unit.clone(),
            app.language(seat.language.as_deref()).to_owned(),
            seat.roles.join(", "),
            day(seat.from),
            day(seat.until),
        ]
    };
    let rows: Vec<Vec<String>> = matrix.seats.iter().map(row).collect();
    if rows.is_empty() {
        say!("  nobody");
    } else {
        table::print(&["address", "name", "unit", "language", "role", "from", "until"], &rows);
    }
    // Notes stand in the workbook.
    if matrix.problems.iter().any(|problem| problem.level != Level::Note) {
        say!("\nProblems");
        print_findings(matrix.problems.iter());
    }
}

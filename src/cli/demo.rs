//! `muster demo`: a made-up company from nothing to the mail in the outbox.

use std::path::Path;

use muster::app::{self, App};
use muster::demo::{self, Estate};
use muster::finding::counted;
use muster::period::{Grain, Period};
use muster::release::ReleaseError;

use super::progress::Show;
use super::run::{self, run};
use crate::exit::Exit;

/// Nights generated: a year to compare with, and one month more.
const MONTHS: u32 = 14;

/// Units of a company of any size.
const UNITS: u32 = 40;

/// How the extracts are written, and with that which company it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Csv,
    Parquet,
}

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub folder: &'a Path,
    pub assets: u32,
    pub seed: u64,
    pub month: Period,
    pub editions: &'a [String],
    pub format: Format,
}

pub async fn demo(order: &Order<'_>, show: &Show) -> anyhow::Result<Exit> {
    let Order { folder, assets, seed, month, editions, format } = *order;
    std::fs::create_dir_all(folder)?;
    let root = folder.canonicalize()?;
    let fixed = [
        ("store", "url", format!("file://{}", root.display())),
        ("mail", "transport", "outbox".to_owned()),
        ("mail", "outbox", root.join("outbox").display().to_string()),
        ("reporting", "organisation", "Varnholm Group".to_owned()),
    ];
    // In the environment, too: a demo never writes to a store, or mails to people, that somebody has set there.
    let environment =
        fixed.iter().map(|(section, key, value)| (format!("MUSTER__{section}__{key}").to_uppercase(), value.clone()));
    let app = app::load(None, std::env::vars().chain(environment))?;
    let last_month = app.settings.reporting.calendar.span(month).last_day;
    show.step("make up a company and its nights");
    let estate = Estate { assets, seed, last_month, months: MONTHS };
    if format == Format::Parquet {
        let generated = demo::generate_scale(&estate, UNITS, &root)?;
        told(&generated, folder);
        return Ok(Exit::Done);
    }
    let generated = demo::generate(&estate, &root)?;
    let settings = folder.join("muster.toml");
    std::fs::write(&settings, written(&fixed))?;
    let mut waiting = Vec::new();
    for (index, edition) in editions.iter().enumerate() {
        if index > 0 {
            say!();
        }
        let period = issued(&app, edition, month)?;
        let out = root.join("reports").join(edition);
        let wanted = run::Order {
            edition,
            period: Some(period),
            unit: muster::ids::ENTERPRISE,
            dry_run: false,
            out: Some(&out),
            to: None,
            force_revision: false,
            brief: index > 0,
        };
        let exit = match run(&app, &wanted, show).await {
            // The same demo again: the mails lie in the outbox, the documents are written anew.
            Err(error) if matches!(error.downcast_ref(), Some(ReleaseError::Settled { .. })) => {
                run(&app, &run::Order { dry_run: true, ..wanted }, show).await?
            }
            outcome => outcome?,
        };
        match exit {
            Exit::Done => {}
            Exit::Waiting => waiting.push((edition, period)),
            exit => return Ok(exit),
        }
    }
    say!();
    told(&generated, folder);
    for edition in editions {
        say!("Open the report:   {}", folder.join("reports").join(edition).join("report.html").display());
    }
    say!("Beside each:       report.pdf for print, report.xlsx, mail.html, scorecard.parquet");
    say!("The mails:         {}", folder.join("outbox").display());
    say!("The archive:       {}", folder.join("published/index.html").display());
    let program = std::env::current_exe().map_or_else(|_| "muster".to_owned(), |path| path.display().to_string());
    let muster = format!("{program} --config {}", settings.display());
    for (edition, period) in waiting {
        say!("Send what waits for a person's word (a worker would do the second by itself):");
        say!("  {muster} approve {edition}/{period}");
        say!("  {muster} run {edition} --period {period}");
    }
    say!("Ask where a figure comes from:");
    say!("  {muster} explain saas_license_utilization_rate --period {month}");
    Ok(Exit::Done)
}

/// The settings of a demo as a file, for whoever asks about what it issued.
fn written(settings: &[(&str, &str, String)]) -> String {
    let mut file = toml::Table::new();
    for (section, key, value) in settings {
        let section = file.entry(*section).or_insert_with(|| toml::Table::new().into());
        if let Some(section) = section.as_table_mut() {
            section.insert((*key).to_owned(), value.clone().into());
        }
    }
    file.to_string()
}

/// The edition's newest period that ends with or before the month.
fn issued(app: &App, edition: &str, month: Period) -> anyhow::Result<Period> {
    let calendar = &app.settings.reporting.calendar;
    let grain = muster::run::edition(app, edition)?.grain;
    Ok(if grain == Grain::Month { month } else { calendar.newest_complete(grain, calendar.span(month).end) })
}

fn told(generated: &demo::Generated, folder: &Path) {
    say!(
        "{}, {} files, {} rows of extracts in {}",
        counted(generated.nights.len() as u64, "night"),
        generated.files,
        generated.rows,
        folder.join("extracts").display()
    );
}

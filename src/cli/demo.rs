//! `muster demo`: a made-up company from nothing to the mail in the outbox.

use std::path::Path;

use muster::app;
use muster::demo::{self, Estate};
use muster::period::Period;
use muster::release::ReleaseError;

use super::progress::Show;
use super::run::{Order, run};
use crate::exit::Exit;

/// Nights generated: a year to compare with, and one month more.
const MONTHS: u32 = 14;
const EDITION: &str = "cfo-monthly";

pub async fn demo(folder: &Path, assets: u32, seed: u64, month: Period, show: &Show) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(folder)?;
    let root = folder.canonicalize()?;
    let fixed = [
        ("MUSTER__STORE__URL", format!("file://{}", root.display())),
        ("MUSTER__MAIL__TRANSPORT", "outbox".to_owned()),
        ("MUSTER__MAIL__OUTBOX", root.join("outbox").display().to_string()),
        ("MUSTER__REPORTING__ORGANISATION", "Varnholm Group".to_owned()),
    ];
    let app = app::load(None, std::env::vars().chain(fixed.map(|(key, value)| (key.to_owned(), value))))?;
    let last_month = app.settings.reporting.calendar.span(month).last_day;
    show.step("make up a company and its nights");
    let estate = Estate { assets, seed, last_month, months: MONTHS };
    let generated = demo::generate(&estate, &root)?;
    let report = root.join("report");
    let order = Order {
        edition: EDITION,
        period: Some(month),
        unit: muster::ids::ENTERPRISE,
        dry_run: false,
        out: Some(&report),
        to: None,
        force_revision: false,
    };
    let exit = match run(&app, &order, show).await {
        // The same demo again: the mails lie in the outbox, the documents are written anew.
        Err(error) if matches!(error.downcast_ref(), Some(ReleaseError::Settled { .. })) => {
            run(&app, &Order { dry_run: true, ..order }, show).await?
        }
        outcome => outcome?,
    };
    let program = std::env::current_exe().map_or_else(|_| "muster".to_owned(), |path| path.display().to_string());
    say!();
    say!(
        "{} nights, {} files, {} rows of extracts in {}",
        generated.nights.len(),
        generated.files,
        generated.rows,
        folder.join("extracts").display()
    );
    say!("Open the report:     {}", folder.join("report/report.html").display());
    say!("       for print:    {}", folder.join("report/report.pdf").display());
    say!("       the workbook: {}", folder.join("report/report.xlsx").display());
    say!("       the mails:    {}", folder.join("outbox").display());
    say!("       the archive:  {}", folder.join("published/index.html").display());
    say!("Ask where a figure comes from:");
    say!(
        "  MUSTER__STORE__URL=file://{} {program} explain saas_license_utilization_rate --period {month}",
        root.display()
    );
    Ok(exit)
}

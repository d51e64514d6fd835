//! The command line.

/// Prints a line; a reader that has gone away (`muster kpis | head`) is no error.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($line)*).ok();
    }};
}

mod archive;
mod check;
mod demo;
mod explain;
mod kpis;
mod preview;
mod progress;
mod run;
mod table;

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use muster::app::{self, App, AppError};
use muster::archive::ArchiveError;
use muster::io::clock;
use muster::io::store::StoreError;
use muster::period::{Grain, Period};
use muster::release::ReleaseError;
use muster::run::RunError;

use crate::exit::Exit;
use progress::Show;

/// Numbers that carry their evidence, words that carry their formula: scheduled IT asset reporting.
#[derive(Debug, Parser)]
#[command(name = "muster", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// Settings file; without it ./muster.toml where there is one, else the built-in defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What is logged to standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// Progress on a terminal, quiet in a pipe.
    Text,
    /// One JSON object per step.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a whole company up and report on it: no server, no set-up.
    Demo {
        /// Where everything is written.
        #[arg(default_value = "muster-demo")]
        folder: PathBuf,
        /// Assets of the company.
        #[arg(long, default_value_t = 2_000)]
        assets: u32,
        /// The same seed makes the same company.
        #[arg(long, default_value_t = 42)]
        seed: u64,
        /// The month reported.
        #[arg(long, default_value = "2026-10")]
        month: Period,
    },
    /// Compute, render and deliver an edition for a period.
    Run {
        /// Edition, e.g. cfo-monthly.
        edition: String,
        /// Month 2026-10, fiscal quarter 2026-Q3 or fiscal year 2026; default: the newest complete one.
        #[arg(long)]
        period: Option<Period>,
        /// Business unit; default: the whole enterprise.
        #[arg(long, default_value = muster::ids::ENTERPRISE)]
        unit: String,
        /// Compute and write to --out, but send, publish and record nothing.
        #[arg(long)]
        dry_run: bool,
        /// Also write every document of the run into this folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Send to this address instead of the edition's lists.
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// Publish a new revision although the period is published.
        #[arg(long)]
        force_revision: bool,
    },
    /// Render an issue and say who would see what and what is new in it; nothing is sent or published.
    Preview {
        /// Edition, e.g. cfo-monthly.
        edition: String,
        /// Month 2026-10, fiscal quarter 2026-Q3 or fiscal year 2026; default: the newest complete one.
        #[arg(long)]
        period: Option<Period>,
        /// Business unit; default: all units the edition is issued for.
        #[arg(long)]
        unit: Option<String>,
        /// Where the documents are written.
        #[arg(long, value_name = "DIR", default_value = "muster-preview")]
        out: PathBuf,
    },
    /// Write the page over everything published anew: published/index.html in the store.
    Archive,
    /// The worker: produce and deliver every edition when it is due.
    Serve,
    /// Check settings, definitions and templates; with --connect also the store.
    Check {
        /// Also open the store and look for extracts.
        #[arg(long)]
        connect: bool,
    },
    /// Say where a figure comes from: value, formula, measures, SQL, worst rows, files.
    Explain {
        /// KPI, e.g. `saas_license_utilization_rate`.
        kpi: String,
        /// Business unit; default: the whole enterprise.
        #[arg(long, default_value = muster::ids::ENTERPRISE)]
        unit: String,
        /// Month, fiscal quarter or fiscal year; default: the newest complete month.
        #[arg(long)]
        period: Option<Period>,
    },
    /// Print the KPI book: what every number means.
    Kpis {
        /// One KPI only.
        kpi: Option<String>,
    },
    /// Print shell completions.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page.
    Man,
}

/// Parses the command line, runs the command, reports its error.
pub async fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nothing is left to do where not even the help can be printed.
            error.print().ok();
            return if wrong { Exit::Usage } else { Exit::Done };
        }
    };
    let show = Show::new(cli.log == LogFormat::Json);
    match run(&cli, &show).await {
        Ok(exit) => exit,
        Err(error) => {
            show.finish();
            if let Some(settled @ ReleaseError::Settled { .. }) = error.downcast_ref::<ReleaseError>() {
                say!("nothing to do: {settled}");
                return Exit::Settled;
            }
            eprintln!("error: {error:#}");
            exit_of(&error)
        }
    }
}

async fn run(cli: &Cli, show: &Show) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Demo { folder, assets, seed, month } => demo::demo(folder, *assets, *seed, *month, show).await,
        Command::Run { edition, period, unit, dry_run, out, to, force_revision } => {
            let app = load(cli, [])?;
            let order = run::Order {
                edition,
                period: *period,
                unit,
                dry_run: *dry_run,
                out: out.as_deref(),
                to: to.as_deref(),
                force_revision: *force_revision,
            };
            run::run(&app, &order, show).await
        }
        Command::Preview { edition, period, unit, out } => {
            let order = preview::Order { edition, period: *period, unit: unit.as_deref(), out };
            preview::preview(&load(cli, [])?, &order, show).await
        }
        Command::Archive => archive::archive(&load(cli, [])?, show).await,
        Command::Serve => {
            let app = load(cli, [])?;
            tokio::task::block_in_place(|| app.plan(app.newest(Grain::Month, clock::now())))?;
            let store = app.store()?;
            muster::serve::serve(std::sync::Arc::new(app), store).await?;
            Ok(Exit::Done)
        }
        Command::Check { connect } => check::check(&load(cli, [])?, *connect).await,
        Command::Explain { kpi, unit, period } => explain::explain(&load(cli, [])?, kpi, unit, *period, show).await,
        Command::Kpis { kpi } => kpis::kpis(&load(cli, [])?, kpi.as_deref()),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "muster", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(Exit::Done)
        }
    }
}

/// Settings file < environment < what the command itself fixes.
fn load(cli: &Cli, fixed: impl IntoIterator<Item = (String, String)>) -> Result<App, AppError> {
    let here = PathBuf::from("muster.toml");
    let file = cli.config.clone().or_else(|| here.exists().then_some(here));
    app::load(file.as_deref(), std::env::vars().chain(fixed))
}

fn exit_of(error: &anyhow::Error) -> Exit {
    match (error.downcast_ref::<AppError>(), error.downcast_ref::<RunError>()) {
        _ if error.downcast_ref::<StoreError>().is_some() => Exit::Unreachable,
        (Some(AppError::Store(_)), _) | (_, Some(RunError::Store(_))) => Exit::Unreachable,
        (Some(_), _) => Exit::Misconfigured,
        (None, Some(RunError::Edition { .. } | RunError::Kpi { .. } | RunError::Unit { .. })) => Exit::Usage,
        _ if matches!(error.downcast_ref(), Some(ArchiveError::Store(_))) => Exit::Unreachable,
        (None, _) => Exit::Failed,
    }
}

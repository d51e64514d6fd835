//! The command line.

/// Prints a line; a reader that has gone away (`muster kpis | head`) is no error.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($line)*).ok();
    }};
}

mod approve;
mod archive;
mod check;
mod demo;
mod explain;
mod history;
mod import;
mod kpis;
mod preview;
mod progress;
mod replay;
mod resend;
mod run;
mod status;
mod table;

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use muster::app::{self, App, AppError};
use muster::archive::ArchiveError;
use muster::deliver::Address;
use muster::io::ledger::{LedgerError, RunKey, Verdict};
use muster::io::store::StoreError;
use muster::io::{clock, decoder};
use muster::period::{Grain, Period};
use muster::release::ReleaseError;
use muster::run::RunError;
use muster::serve::ServeError;

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
        /// What is issued: for the month, or the newest quarter that ends with or before it.
        #[arg(long = "edition", default_values = ["cfo-monthly", "board-quarterly", "it-variance-monthly"])]
        editions: Vec<String>,
        /// `csv`: a company month by month, and its report. `parquet`: one night of a company of any size, extracts only.
        #[arg(long, value_enum, default_value_t = demo::Format::Csv)]
        format: demo::Format,
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
    /// What is owed, where it stands, what comes next.
    Status,
    /// What was sent, when, to how many.
    History {
        /// What this address got.
        #[arg(long, value_name = "ADDRESS")]
        recipient: Option<Address>,
    },
    /// Send a settled run once more to those who were not reached.
    Resend {
        /// Run, e.g. cfo-monthly/2026-10 or cfo-monthly/2026-10/r2.
        run: RunKey,
        /// Only to those: everybody else has their copy.
        #[arg(long, required = true)]
        failed_only: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Compute and paint a run again from its evidence; say what differs from what was published.
    Replay {
        /// Run, e.g. cfo-monthly/2026-10.
        run: RunKey,
    },
    /// Say yes to a report that waits for approval.
    Approve {
        /// Run, e.g. cfo-monthly/2026-10.
        run: RunKey,
        /// Only show what moved, who is new or gone, which caveats are new.
        #[arg(long)]
        look: bool,
        /// Kept with the answer.
        #[arg(long, default_value = "")]
        comment: String,
        #[command(flatten)]
        who: Who,
    },
    /// Say no to a report that waits for approval: it is not sent.
    Reject {
        /// Run, e.g. cfo-monthly/2026-10.
        run: RunKey,
        /// Told to the owner.
        #[arg(long)]
        because: String,
        #[command(flatten)]
        who: Who,
    },
    /// Check settings, definitions and templates; with --connect also store, ledger and audit mailbox.
    Check {
        /// Also open the store, try create-only writes, look for extracts and into the audit mailbox.
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
    /// Try a source on files of another system, or make one: dialect, mapping, rows, rejects, findings.
    Import {
        /// Source, e.g. `snipeit-assets`; `-` proposes a mapping for a file nobody has described yet.
        source: String,
        /// Files as the system exports them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// A file that the source looks values up in.
        #[arg(long = "join", value_name = "JOIN=FILE")]
        joins: Vec<String>,
        /// Dataset the rows belong to; default: the one that fits best.
        #[arg(long)]
        dataset: Option<String>,
        /// Save the proposed mapping to the definitions' folder.
        #[arg(long)]
        write: bool,
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

/// Who answers or asks, for the ledger.
#[derive(Debug, clap::Args)]
struct Who {
    /// Who says so.
    #[arg(long, env = "USER", default_value = "somebody")]
    by: String,
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
    let show = Show::new(cli.log == LogFormat::Json, matches!(cli.command, Command::Serve));
    match Box::pin(run(&cli, &show)).await {
        Ok(exit) => exit,
        Err(error) => {
            show.finish();
            match error.downcast_ref::<ReleaseError>() {
                Some(settled @ (ReleaseError::Settled { .. } | ReleaseError::Ended { .. })) => {
                    say!("nothing to do: {settled}");
                    return Exit::Settled;
                }
                Some(busy @ ReleaseError::Busy { .. }) => {
                    say!("nothing to do: {busy}");
                    return Exit::Busy;
                }
                Some(_) | None => {}
            }
            eprintln!("error: {error:#}");
            exit_of(&error)
        }
    }
}

async fn run(cli: &Cli, show: &Show) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Demo { folder, assets, seed, month, editions, format } => {
            let order = demo::Order { folder, assets: *assets, seed: *seed, month: *month, editions, format: *format };
            Box::pin(demo::demo(&order, show)).await
        }
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
                brief: false,
            };
            run::run(&app, &order, show).await
        }
        Command::Preview { edition, period, unit, out } => {
            let order = preview::Order { edition, period: *period, unit: unit.as_deref(), out };
            preview::preview(&load(cli, [])?, &order, show).await
        }
        Command::Archive => archive::archive(&load(cli, [])?, show).await,
        Command::Serve => {
            let signals = muster::serve::Signals::listen()?;
            let app = load(cli, [])?;
            tokio::task::block_in_place(|| app.plan(app.newest(Grain::Month, clock::now())))?;
            let ledger = app.ledger(&app.store()?)?;
            muster::serve::serve(std::sync::Arc::new(app), ledger, signals).await?;
            // What is still under way after the drain is not waited for: the ledger has what is needed.
            std::process::exit(Exit::Done as i32)
        }
        Command::Status => status::status(&load(cli, [])?).await,
        Command::History { recipient } => history::history(&load(cli, [])?, recipient.as_ref()).await,
        Command::Resend { run, who, .. } => resend::resend(&load(cli, [])?, run, &who.by, show).await,
        Command::Replay { run } => replay::replay(&load(cli, [])?, run, show).await,
        Command::Approve { run, look, comment, who } => {
            let answer = approve::Answer { run, verdict: Verdict::Approved, by: &who.by, comment, look: *look };
            approve::answer(&load(cli, [])?, &answer).await
        }
        Command::Reject { run, because, who } => {
            let answer =
                approve::Answer { run, verdict: Verdict::Rejected, by: &who.by, comment: because, look: false };
            approve::answer(&load(cli, [])?, &answer).await
        }
        Command::Check { connect } => check::check(&load(cli, [])?, *connect).await,
        Command::Explain { kpi, unit, period } => explain::explain(&load(cli, [])?, kpi, unit, *period, show).await,
        Command::Import { source, files, joins, dataset, write } => {
            let dataset = dataset.as_deref();
            import::import(&load(cli, [])?, &import::Order { source, files, joins, dataset, write: *write })
        }
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
    let mut app = app::load(file.as_deref(), std::env::vars().chain(fixed))?;
    app.decoder = decoder::own_program();
    Ok(app)
}

fn exit_of(error: &anyhow::Error) -> Exit {
    let run = match error.downcast_ref::<ReleaseError>() {
        Some(ReleaseError::Run(error)) => Some(error),
        Some(_) | None => error.downcast_ref::<RunError>(),
    };
    match (error.downcast_ref::<AppError>(), run, store_error(error)) {
        (Some(_), _, None) | (_, _, Some(StoreError::Probe { .. })) => Exit::Misconfigured,
        (_, _, Some(_)) => Exit::Unreachable,
        (None, Some(RunError::Edition { .. } | RunError::Kpi { .. } | RunError::Unit { .. }), None) => Exit::Usage,
        (None, _, None) => Exit::Failed,
    }
}

/// The store's error, whichever stage met it.
fn store_error(error: &anyhow::Error) -> Option<&StoreError> {
    fn of_ledger(error: &LedgerError) -> Option<&StoreError> {
        match error {
            LedgerError::Store(error) => Some(error),
            LedgerError::Record { .. } | LedgerError::Lost { .. } | LedgerError::Token(_) => None,
        }
    }
    if let Some(AppError::Store(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(RunError::Store(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(ArchiveError::Store(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(ServeError::Ledger(error)) = error.downcast_ref() {
        return of_ledger(error);
    }
    match (error.downcast_ref::<ReleaseError>(), error.downcast_ref::<LedgerError>()) {
        (Some(ReleaseError::Store(error) | ReleaseError::Run(RunError::Store(error))), _) => Some(error),
        (Some(ReleaseError::Ledger(error)), _) | (_, Some(error)) => of_ledger(error),
        (Some(_) | None, None) => error.downcast_ref(),
    }
}

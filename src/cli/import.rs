//! `muster import`: try a source on a file, or make one for a file nobody has described yet.

mod names;
mod proposal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use muster::app::App;
use muster::catalogue::{Catalogue, Contract};
use muster::conform::{self, Conformed, Context, RawFile};
use muster::finding::{Level, counted};
use muster::ids::did_you_mean;
use muster::io::clock;

use crate::exit::Exit;

/// Rows of the sample, and letters of its cells.
const SAMPLE_ROWS: usize = 5;
const SAMPLE_WIDTH: usize = 20;
/// Rejects and findings listed.
const MOST_LISTED: usize = 15;

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// A source, or `-` for none.
    pub source: &'a str,
    pub files: &'a [PathBuf],
    /// `<join>=<file>`.
    pub joins: &'a [String],
    pub dataset: Option<&'a str>,
    pub write: bool,
}

pub fn import(app: &App, order: &Order<'_>) -> anyhow::Result<Exit> {
    if order.source == "-" {
        return proposal::propose(app, order);
    }
    let catalogue = &app.catalogue;
    if !catalogue.sources.contains_key(order.source) {
        let hint = did_you_mean(order.source, catalogue.sources.keys().map(String::as_str));
        let known = catalogue.sources.keys().cloned().collect::<Vec<_>>().join(", ");
        bail!("there is no source `{}`{hint}\nhint: `-` makes one; there are {known}", order.source);
    }
    if order.write {
        bail!(
            "`--write` saves a new mapping: `muster import - FILE --write`\nhint: copy the built-in source into definitions.path to change it"
        );
    }
    let files = read(order, Some(order.source))?;
    try_on(app, catalogue, order.source, &files)?;
    Ok(Exit::Done)
}

/// The files with the joined ones; relative names, as the messages should show them.
fn read(order: &Order<'_>, source: Option<&str>) -> anyhow::Result<Vec<RawFile>> {
    let night = clock::now().date_naive();
    let load = |path: &Path, join: Option<String>| -> anyhow::Result<RawFile> {
        let bytes = std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        let key = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (sha256, source) = (String::new(), source.map(str::to_owned));
        Ok(RawFile { key, night, bytes: bytes.into(), sha256, source, join, withheld: None })
    };
    let mut files = order.files.iter().map(|path| load(path, None)).collect::<anyhow::Result<Vec<_>>>()?;
    for join in order.joins {
        let (name, path) = join.split_once('=').context("`--join` takes <join>=<file>")?;
        files.push(load(Path::new(path), Some(name.to_owned()))?);
    }
    Ok(files)
}

fn try_on(app: &App, catalogue: &Catalogue, id: &str, files: &[RawFile]) -> anyhow::Result<()> {
    let source = &catalogue.sources[id];
    let contract = catalogue.contract(&source.dataset).context("the source's dataset has no contract")?;
    let decoders = app.decoders();
    let context = Context {
        currency: app.settings.reporting.currency.clone(),
        zone: app.settings.reporting.calendar.zone,
        sources: &catalogue.sources,
        tables: BTreeMap::new(),
        decoder: &decoders,
    };
    let conformed = tokio::task::block_in_place(|| conform::conform(contract, files, &context))?;
    print(contract, &conformed)
}

fn print(contract: &Contract, conformed: &Conformed) -> anyhow::Result<()> {
    let all = conformed.account;
    say!(
        "rows     read {} = kept {} + rejected {} + filtered {} + merged {}, for `{}`",
        all.read,
        all.kept,
        all.rejected,
        all.filtered,
        all.merged,
        contract.dataset
    );
    if let Some(because) = conformed.useless(&contract.dataset) {
        say!("warning  {because}");
        say!(
            "           hint: correct the mapping or the export; a run would say that `{}` was not delivered",
            contract.dataset
        );
    }
    // Where many rows share a key, the key is not taken from the right columns.
    if all.merged * 10 > all.read {
        say!("warning  {} with the key of another row, merged into it", counted(all.merged, "row"));
        say!(
            "           hint: unless the export repeats itself, {} must come from columns that name one row, e.g. by",
            contract.key.join(" and ")
        );
        say!("           sql = \"CONCAT_WS('-', first_column, second_column)\"");
    }
    for reject in conformed.rejects.iter().take(MOST_LISTED) {
        let place = if reject.column.is_empty() { String::new() } else { format!(":{}", reject.column) };
        say!("  rejected {}:{}{place}: {}", reject.file, reject.row, reject.message);
    }
    more(conformed.rejects.len());
    for finding in conformed.findings.iter().take(MOST_LISTED) {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        say!("{level:<8} {}: {}\n           hint: {}", finding.place(), finding.message, finding.hint);
    }
    more(conformed.findings.len());
    let rows = conformed.rows(contract, SAMPLE_ROWS)?;
    let names: Vec<&String> = contract.columns.keys().collect();
    let filled: Vec<usize> = (0..names.len()).filter(|at| rows.iter().any(|row| !row[*at].is_empty())).collect();
    let cut = |cell: &str| cell.chars().take(SAMPLE_WIDTH).collect::<String>();
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([names[at].len()]).max().unwrap_or(0).min(SAMPLE_WIDTH)
    };
    let line = |cells: &dyn Fn(usize) -> String| {
        filled.iter().fold(String::new(), |line, at| format!("{line}{:<1$}", cells(*at), width(*at) + 2))
    };
    say!("sample   {}", line(&|at| cut(names[at])).trim_end());
    for row in &rows {
        say!("         {}", line(&|at| cut(&row[at])).trim_end());
    }
    Ok(())
}

fn more(count: usize) {
    let more = count.saturating_sub(MOST_LISTED);
    if more > 0 {
        say!("  and {more} more");
    }
}

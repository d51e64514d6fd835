//! `muster import`: try a source on a file, or make one for a file nobody has described yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use muster::app::App;
use muster::catalogue::{Catalogue, Contract};
use muster::conform::{self, Conformed, Context, Decoded, Proposal, RawFile};
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
        return propose(app, order);
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
        Ok(RawFile { key, night, bytes: bytes.into(), source: source.map(str::to_owned), join })
    };
    let mut files = order.files.iter().map(|path| load(path, None)).collect::<anyhow::Result<Vec<_>>>()?;
    for join in order.joins {
        let (name, path) = join.split_once('=').context("`--join` takes <join>=<file>")?;
        files.push(load(Path::new(path), Some(name.to_owned()))?);
    }
    Ok(files)
}

fn propose(app: &App, order: &Order<'_>) -> anyhow::Result<Exit> {
    let catalogue = &app.catalogue;
    if let Some(dataset) = order.dataset.filter(|dataset| !catalogue.contracts.contains_key(*dataset)) {
        let known = catalogue.contracts.keys().map(String::as_str);
        bail!("there is no dataset `{dataset}`{}", did_you_mean(dataset, known));
    }
    let mut files = read(order, None)?;
    let [first, ..] = files.as_slice() else { bail!("no file is given") };
    let decoded = conform::probe(first)?;
    dialect(first, &decoded);
    let (id, extension) = id_of(&first.key);
    let proposal = conform::propose(&id, &extension, &decoded, &catalogue.contracts, order.dataset)?;
    let Some(proposal) = proposal else { bail!("no dataset fits the file") };
    print_proposal(&proposal, &catalogue.contracts[&proposal.dataset]);
    say!("\n{}", proposal.toml.trim_end());
    for line in proposal.toml.lines().filter(|line| line.ends_with(": check")) {
        say!("\nassumed  {line}");
    }
    if proposal.open.is_empty() {
        let with = catalogue.with_source(&id, &proposal.toml).map_err(|mistakes| {
            anyhow::anyhow!(
                "the proposal has mistakes: {}",
                mistakes.iter().map(ToString::to_string).collect::<String>()
            )
        })?;
        for file in &mut files {
            file.source = Some(id.clone());
        }
        say!("");
        try_on(app, &with, &id, &files)?;
    } else {
        say!("\nnot tried: nothing in the file looks like {}", proposal.open.join(", "));
        say!("  hint: complete the mapping above, or name another dataset with --dataset");
    }
    if order.write {
        return save(app, &id, &extension, &proposal);
    }
    say!("\nnext: muster import - {} --dataset {} --write", order.files[0].display(), proposal.dataset);
    Ok(Exit::Done)
}

fn dialect(file: &RawFile, decoded: &Decoded) {
    let found = &decoded.dialect;
    let mut parts = vec![found.format.to_owned()];
    parts.extend(found.encoding.map(str::to_owned));
    parts.extend(found.delimiter.map(|delimiter| format!("delimiter {}", delimiter.escape_default())));
    parts.extend(found.sheet.as_ref().map(|sheet| format!("sheet `{sheet}`")));
    parts.extend(found.header.map(|line| format!("header in line {line}")));
    parts.push(counted(decoded.heads.len() as u64, "column"));
    parts.push(counted(decoded.read, "row"));
    say!("file     {}: {}", file.key, parts.join(", "));
}

fn print_proposal(proposal: &Proposal, contract: &Contract) {
    let others: Vec<String> =
        proposal.fits.iter().skip(1).map(|(dataset, count)| format!("{dataset} {count}")).collect();
    let next = if others.is_empty() { String::new() } else { format!("; after it {}", others.join(", ")) };
    say!("dataset  {}: {} of {} columns found{next}", proposal.dataset, proposal.columns.len(), contract.columns.len());
    for (name, column) in &contract.columns {
        let from = proposal.columns.get(name).map_or("-", String::as_str);
        let need = if column.required { "required" } else { "" };
        say!("  {name:<22}{from:<28} {need}");
    }
    for (head, shape) in &proposal.unused {
        say!("  not used: {head} ({shape})");
    }
}

fn try_on(app: &App, catalogue: &Catalogue, id: &str, files: &[RawFile]) -> anyhow::Result<()> {
    let source = &catalogue.sources[id];
    let contract = &catalogue.contracts[&source.dataset];
    let context = Context {
        currency: app.settings.reporting.currency.clone(),
        zone: app.settings.reporting.calendar.zone,
        sources: &catalogue.sources,
        tables: BTreeMap::new(),
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
    // Where many rows share a key, the key is not taken from the right columns.
    if all.merged * 10 > all.read {
        say!("warning  {} have the key of another row and were merged into it", counted(all.merged, "row"));
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

/// `HR leavers 2026-10.xlsx` -> `hr-leavers` and `xlsx`.
fn id_of(name: &str) -> (String, String) {
    let (stem, extension) = name.split_once('.').unwrap_or((name, "csv"));
    let words: Vec<String> = stem
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !word.chars().all(|letter| letter.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    (if words.is_empty() { "new-source".to_owned() } else { words.join("-") }, extension.to_owned())
}

/// Saves the proposal where definitions are overridden; what stands there stays.
fn save(app: &App, id: &str, extension: &str, proposal: &Proposal) -> anyhow::Result<Exit> {
    let Some(folder) = &app.settings.definitions else {
        bail!(
            "there is no folder for definitions of your own\nhint: set definitions.path, e.g. MUSTER__DEFINITIONS__PATH=./definitions"
        );
    };
    let folder = folder.join("sources");
    std::fs::create_dir_all(&folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    let path = folder.join(format!("{id}.toml"));
    let text = if proposal.open.is_empty() { proposal.toml.clone() } else { unfinished(&proposal.toml) };
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| {
        use std::io::Write;
        file.write_all(text.as_bytes())
    });
    written
        .with_context(|| format!("`{}` cannot be written; what stands there is never overwritten", path.display()))?;
    say!("\nwritten  {}", path.display());
    if proposal.open.is_empty() {
        say!(
            "next: put the files at sources/{id}/<YYYY-MM-DD>/<any name>.{extension} in the store, then muster check --connect"
        );
    } else {
        say!("next: fill in {}, then muster check", proposal.open.join(", "));
    }
    Ok(Exit::Done)
}

fn unfinished(toml: &str) -> String {
    format!("# Not complete: the columns marked as required need a header or a value.\n{toml}")
}

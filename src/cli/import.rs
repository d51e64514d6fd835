//! `muster import`: try a source on a file, or make one for a file nobody has described yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use muster::app::App;
use muster::catalogue::{Catalogue, Contract, Source, name_of};
use muster::conform::{self, Conformed, Context, Decoded, Given, Proposal, RawFile};
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
    known(catalogue, &decoded, order);
    let (id, extension) = id_of(&first.key);
    // Further files of the same header are more of the same; others may hold what its ids stand for.
    let (mut others, mut places) = (Vec::new(), Vec::new());
    for (place, file) in files.iter().enumerate().skip(1) {
        let other = conform::probe(file)?;
        if !is_same_table(&decoded, &other) {
            dialect(file, &other);
            others.push((id_of(&file.key).0, other));
            places.push(place);
        }
    }
    let given = Given { id: &id, extension: &extension, decoded: &decoded, others: &others };
    let proposal = conform::propose(&given, &catalogue.contracts, order.dataset)?;
    let Some(proposal) = proposal else { bail!("no dataset fits the file") };
    let contract = &catalogue.contracts[&proposal.dataset];
    print_proposal(&proposal, contract);
    weak_fit(&proposal, contract, &decoded);
    for (join, file) in &proposal.joins {
        let key = &files[places[*file]].key;
        say!("joined   {key}: looked up as `{join}`");
        files[places[*file]].join = Some(join.clone());
    }
    for place in places.iter().rev().filter(|place| files[**place].join.is_none()).copied().collect::<Vec<_>>() {
        let file = files.remove(place);
        say!("warning  {}: left aside: no column of the first file holds ids of it", file.key);
        say!(
            "           hint: a file with the same columns is read with the first; one to look values up in needs a column"
        );
        say!("           of ids that the first file names; give any other table to an import of its own");
    }
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
        say!(
            "  hint: save it with --write, complete it there, then try it: muster import {id} {}",
            in_shell(order.files)
        );
    }
    serves(catalogue, &proposal.dataset);
    if order.write {
        return save(app, &id, &extension, &proposal);
    }
    say!("\nnext: muster import - {} --dataset {} --write", in_shell(order.files), proposal.dataset);
    Ok(Exit::Done)
}

/// Said where the file has the columns of a source that there is.
fn known(catalogue: &Catalogue, decoded: &Decoded, order: &Order<'_>) {
    let heads: BTreeSet<String> = decoded.heads.iter().map(|head| name_of(head)).collect();
    let found = |source: &Source| {
        let spelt = |header: &String| {
            let others = source.aliases.get(header).into_iter().flatten();
            std::iter::once(header).chain(others).any(|spelling| heads.contains(&name_of(spelling)))
        };
        source.headers.iter().filter(|header| spelt(header)).count()
    };
    let best = catalogue.sources.values().map(|source| (found(source), source));
    let best = best.filter(|(count, source)| *count >= 4 && count * 10 >= source.headers.len() * 7);
    if let Some((count, source)) = best.max_by_key(|(count, source)| (count * 100 / source.headers.len(), *count)) {
        say!(
            "known    {} of {} columns of the source `{}` ({}) are in the file",
            count,
            source.headers.len(),
            source.id,
            source.system
        );
        say!("           hint: try it first: muster import {} {}", source.id, in_shell(order.files));
    }
}

/// Most columns of one are columns of the other.
fn is_same_table(one: &Decoded, other: &Decoded) -> bool {
    let names = |decoded: &Decoded| decoded.heads.iter().map(|head| name_of(head)).collect::<BTreeSet<String>>();
    let (one, other) = (names(one), names(other));
    one.intersection(&other).count() * 10 >= one.len().max(other.len()) * 8
}

/// Paths as they can be typed.
fn in_shell(files: &[PathBuf]) -> String {
    let typed = |path: &PathBuf| {
        let text = path.display().to_string();
        let is_plain = text.chars().all(|letter| letter.is_alphanumeric() || "/._-".contains(letter));
        if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    files.iter().map(typed).collect::<Vec<_>>().join(" ")
}

/// Said where little of the file was understood, or little of the dataset found.
fn weak_fit(proposal: &Proposal, contract: &Contract, decoded: &Decoded) {
    let dataset = &proposal.dataset;
    let filled = decoded.heads.iter().filter(|head| !head.trim().is_empty()).count();
    let found = proposal.columns.len();
    let other = proposal.fits.iter().skip(1).find(|(_, count)| *count > 1);
    let try_other = other.map_or_else(String::new, |(other, count)| {
        format!(", or try another dataset: --dataset {other} finds {}", counted(*count as u64, "column"))
    });
    if !proposal.open.is_empty() {
        say!(
            "warning  weak fit: nothing in the file looks like {}, which `{dataset}` must have",
            proposal.open.join(" and ")
        );
        say!(
            "           hint: under [columns] give a header (`{0} = \"...\"`), a constant (`{0} = {{ value = \"...\" }}`) or",
            proposal.open[0]
        );
        say!("           SQL (`{0} = {{ sql = \"...\" }}`){try_other}", proposal.open[0]);
    }
    if found * 3 < filled || found * 4 < contract.columns.len() {
        say!("warning  weak fit: of {} only {found} found a place in `{dataset}`", counted(filled as u64, "header"));
        say!(
            "           hint: compare the columns marked `-` with the headers not used and name the right ones under [columns]{}",
            if proposal.open.is_empty() { try_other.as_str() } else { "" }
        );
    }
}

/// KPIs that the dataset feeds, and what they need beside it: first those that need least.
fn serves(catalogue: &Catalogue, dataset: &str) {
    let mut fed: Vec<(Vec<&str>, &str)> = catalogue
        .kpis
        .iter()
        .filter(|kpi| kpi.needs.iter().any(|need| need == dataset))
        .map(|kpi| (kpi.needs.iter().map(String::as_str).filter(|need| *need != dataset).collect(), kpi.id.as_str()))
        .collect();
    fed.sort_by_key(|(others, id)| (others.len(), *id));
    say!("\nserves   {}", if fed.is_empty() { "no KPI of its own: other datasets refer to it" } else { "" });
    for (others, id) in fed {
        let beside = if others.is_empty() { "alone".to_owned() } else { format!("with {}", others.join(", ")) };
        say!("  {id:<36}{beside}");
    }
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

/// `HR leavers 365 2026-10-31.xlsx` -> `hr-leavers-365` and `xlsx`: a date in a name is the night's, other numbers stay.
fn id_of(name: &str) -> (String, String) {
    let (stem, extension) = name.split_once('.').unwrap_or((name, "csv"));
    let (stem, extension) = match extension.rsplit_once('.') {
        // 31.10.2026.csv
        Some((more, last)) if more.chars().all(|letter| letter.is_ascii_digit() || letter == '.') => {
            (format!("{stem}.{more}"), last)
        }
        Some(_) | None => (stem.to_owned(), extension),
    };
    let mut plain = String::new();
    for letter in stem.to_lowercase().chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            _ => plain.push(letter),
        }
    }
    // A browser numbers what it downloads twice.
    let plain = match plain.trim_end().strip_suffix(')').and_then(|head| head.rsplit_once('(')) {
        Some((head, number)) if number.chars().all(|letter| letter.is_ascii_digit()) => head.to_owned(),
        Some(_) | None => plain,
    };
    let words: Vec<&str> =
        plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let lengths: Vec<usize> = words[at..].iter().map_while(|word| digits(word)).take(3).collect();
        at += match lengths.as_slice() {
            [4, 2, 2] | [2, 2, 4] => 3,
            [4, 2] => 2,
            [8, ..] => 1,
            _ => {
                kept.push(words[at]);
                1
            }
        };
    }
    (if kept.is_empty() { "new-source".to_owned() } else { kept.join("-") }, extension.to_owned())
}

/// How many digits a word of digits has.
fn digits(word: &str) -> Option<usize> {
    word.chars().all(|letter| letter.is_ascii_digit()).then_some(word.len())
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
        say!("next: put the files into the store, each night's into a folder of its date, then muster check --connect");
        let own = if proposal.joins.is_empty() { "<any name>" } else { id };
        say!("  sources/{id}/<YYYY-MM-DD>/{own}.{extension}");
        for (join, _) in &proposal.joins {
            say!("  sources/{id}/<YYYY-MM-DD>/{}.{extension}", join.replace('_', "-"));
        }
    } else {
        say!("next: fill in {} there, then muster import {id} FILE", proposal.open.join(", "));
    }
    Ok(Exit::Done)
}

fn unfinished(toml: &str) -> String {
    format!("# Not complete: the columns marked as required need a header or a value.\n{toml}")
}

//! A source for a file that nobody has described yet: proposed, tried, saved.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use muster::app::App;
use muster::catalogue::{Catalogue, Contract, Source, name_of};
use muster::conform::{self, Decoded, Given, Proposal, RawFile};
use muster::finding::counted;
use muster::ids::did_you_mean;

use super::names::{id_of, in_shell};
use super::{Order, read, try_on};
use crate::exit::Exit;

pub fn propose(app: &App, order: &Order<'_>) -> anyhow::Result<Exit> {
    let (catalogue, datasets) = (&app.catalogue, app.catalogue.datasets());
    if let Some(dataset) = order.dataset.filter(|dataset| !datasets.contains_key(*dataset)) {
        let known = datasets.keys().map(String::as_str);
        bail!("there is no dataset `{dataset}`{}", did_you_mean(dataset, known));
    }
    let mut files = read(order, None)?;
    let [first, ..] = files.as_slice() else { bail!("no file is given") };
    let decoders = app.decoders();
    let decoded = tokio::task::block_in_place(|| conform::probe(first, &decoders))?;
    dialect(first, &decoded);
    known(catalogue, &decoded, order);
    let (id, extension) = id_of(&first.key);
    // Further files of the same header are more of the same; others may hold what its ids stand for.
    let (mut others, mut places) = (Vec::new(), Vec::new());
    for (place, file) in files.iter().enumerate().skip(1) {
        let other = tokio::task::block_in_place(|| conform::probe(file, &decoders))?;
        if !is_same_table(&decoded, &other) {
            dialect(file, &other);
            others.push((id_of(&file.key).0, other));
            places.push(place);
        }
    }
    let given = Given { id: &id, extension: &extension, decoded: &decoded, others: &others };
    let proposal = conform::propose(&given, &datasets, order.dataset)?;
    let Some(proposal) = proposal else { bail!("no dataset fits the file") };
    let contract = &datasets[&proposal.dataset];
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
    let alone = if catalogue.delivery.contains_key(dataset) {
        "no KPI: it says who gets reports"
    } else {
        "no KPI of its own: other datasets refer to it"
    };
    say!("\nserves   {}", if fed.is_empty() { alone } else { "" });
    for (others, id) in fed {
        let beside = if others.is_empty() { "alone".to_owned() } else { format!("with {}", others.join(", ")) };
        say!("  {id:<36}{beside}");
    }
}

fn dialect(file: &RawFile, decoded: &Decoded) {
    let found = &decoded.dialect;
    let mut parts = vec![found.format.to_string()];
    parts.extend(found.encoding.as_ref().map(ToString::to_string));
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

//! The built-in sources: a store folder of the system's shape each, the rows it becomes, and the account of all rows.
//! `UPDATE_EXPECT=1` writes the expectations anew; they are then read like code.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use muster::app::{self, App};
use muster::conform::{Conformed, Context, RawFile, conform};
use muster::io::pull;

use crate::muster::repository;

fn fixtures() -> PathBuf {
    repository().join("fixtures/sources")
}

fn app(store: &Path) -> App {
    let url = ("MUSTER__STORE__URL".to_owned(), format!("file://{}", store.display()));
    app::load(None, [url]).unwrap_or_else(|error| panic!("{error}"))
}

/// All files of a store folder by dataset, as a run would pull them.
fn pulled(app: &App) -> (BTreeMap<String, Vec<RawFile>>, pull::Inventory) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = app.store().expect("a store");
        let inventory = pull::inventory(&store, "extracts", &app.catalogue).await.expect("a listing");
        let last = "2026-10-31".parse().expect("a date");
        let choice = inventory.choose(&app.catalogue, &[last]);
        let mut files: BTreeMap<String, Vec<RawFile>> = BTreeMap::new();
        for extract in pull::pull(&store, &inventory, &choice, &|_| ()).await.expect("files") {
            files.entry(extract.evidence.dataset).or_default().push(extract.file);
        }
        (files, inventory)
    })
}

/// One source's rows; datasets that it looks up are read from the same store folder.
fn conformed(app: &App, id: &str, files: &BTreeMap<String, Vec<RawFile>>) -> Conformed {
    let source = &app.catalogue.sources[id];
    let mut context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::UTC,
        sources: &app.catalogue.sources,
        tables: BTreeMap::new(),
    };
    for dataset in source.joins.values().filter_map(|join| join.dataset.as_ref()) {
        let contract = &app.catalogue.contracts[dataset];
        let other = conform(contract, &files[dataset], &context).expect("the joined dataset");
        context.tables.insert(dataset.clone(), other.table);
    }
    let own: Vec<RawFile> =
        files[&source.dataset].iter().filter(|file| file.source.as_deref() == Some(id)).cloned().collect();
    conform(&app.catalogue.contracts[&source.dataset], &own, &context).unwrap_or_else(|error| panic!("{id}: {error}"))
}

fn rows(app: &App, id: &str, conformed: &Conformed) -> String {
    let source = &app.catalogue.sources[id];
    let contract = &app.catalogue.contracts[&source.dataset];
    let mapped: Vec<usize> = contract
        .columns
        .keys()
        .enumerate()
        .filter(|(_, name)| source.columns.contains_key(*name))
        .map(|(at, _)| at)
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names: Vec<&String> = contract.columns.keys().collect();
    writer.write_record(mapped.iter().map(|at| names[*at])).expect("written");
    for row in conformed.rows(contract, usize::MAX).expect("rows") {
        writer.write_record(mapped.iter().map(|at| &row[*at])).expect("written");
    }
    String::from_utf8(writer.into_inner().expect("bytes")).expect("UTF-8")
}

fn account(conformed: &Conformed) -> String {
    let all = conformed.account;
    let mut text = format!(
        "read {} = kept {} + rejected {} + filtered {} + merged {}\n",
        all.read, all.kept, all.rejected, all.filtered, all.merged
    );
    for reject in &conformed.rejects {
        writeln!(text, "rejected {}:{} {} {}: {}", reject.file, reject.row, reject.column, reject.code, reject.message)
            .expect("written");
    }
    for finding in &conformed.findings {
        writeln!(text, "{:?} {} {}: {}", finding.level, finding.code, finding.place(), finding.message)
            .expect("written");
    }
    text
}

fn check(path: &Path, actual: &str) -> Option<String> {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).expect("written");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    (expected != actual).then(|| format!("{}:\n--- expected\n{expected}--- actual\n{actual}", path.display()))
}

#[test]
fn every_source_turns_its_fixture_into_the_expected_rows_and_loses_none() {
    let all = app(&fixtures());
    assert!(!all.catalogue.sources.is_empty());
    let mut wrong = Vec::new();
    for id in all.catalogue.sources.keys() {
        let folder = fixtures().join(id);
        assert!(folder.join("store").is_dir(), "the source `{id}` has no fixture in {}", folder.display());
        let app = app(&folder.join("store"));
        let (files, inventory) = pulled(&app);
        let dataset = &app.catalogue.sources[id].dataset;
        let own = files.get(dataset).is_some_and(|files| files.iter().any(|file| file.source.as_ref() == Some(id)));
        assert!(own, "no file of {} is of `{id}`: {:?}", folder.display(), inventory.findings);
        let conformed = conformed(&app, id, &files);
        let sum = conformed.account;
        assert_eq!(sum.read, sum.kept + sum.rejected + sum.filtered + sum.merged, "{id} does not balance: {sum:?}");
        assert!(sum.kept > 0, "{id} keeps nothing");
        wrong.extend(check(&folder.join("expected.csv"), &rows(&app, id, &conformed)));
        wrong.extend(check(&folder.join("account.txt"), &account(&conformed)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

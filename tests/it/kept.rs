//! What runs keep for one another: a figure that was recalled is the figure that would have been computed, whatever has
//! changed in between, and only what has changed is computed again.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use muster::app::App;
use muster::catalogue::{Catalogue, ExceptionList, List};
use muster::conform::{Evidence, RawFile};
use muster::io::store::Store;
use muster::io::{definitions, pull};
use muster::kept::{Kept, Nothing};
use muster::measure;
use muster::period::Period;
use muster::quality::Cleared;
use muster::run::{self, Given, Wanted};
use object_store::local::LocalFileSystem;
use sha2::{Digest, Sha256};

use crate::crash::app_with;
use crate::muster::{dry_run, muster, repository, said, world};

/// Keeps in memory, and takes down what was added.
#[derive(Debug, Default)]
struct Memory {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    added: Mutex<BTreeSet<String>>,
}

impl Memory {
    /// The same values, and nothing added yet.
    fn copy(&self) -> Arc<Self> {
        Arc::new(Self { values: Mutex::new(self.values.lock().unwrap().clone()), added: Mutex::default() })
    }

    /// How many values were added, by kind.
    fn added(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for name in self.added.lock().unwrap().iter() {
            *kinds.entry(name.split('/').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        kinds
    }
}

impl Kept for Memory {
    fn recall(&self, names: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
        let values = self.values.lock().unwrap();
        names.iter().filter_map(|name| Some((name.clone(), values.get(name)?.clone()))).collect()
    }

    fn keep(&self, values: BTreeMap<String, Vec<u8>>) {
        self.added.lock().unwrap().extend(values.keys().cloned());
        self.values.lock().unwrap().extend(values);
    }
}

type Files = Vec<(Evidence, RawFile)>;

/// What a case changes.
struct World {
    app: App,
    files: Files,
    period: Period,
}

impl World {
    fn text(&self, at: usize) -> String {
        String::from_utf8(self.files[at].1.bytes.to_vec()).unwrap()
    }

    fn write(&mut self, at: usize, text: String) {
        let (evidence, file) = &mut self.files[at];
        file.sha256 = hex::encode(Sha256::digest(&text));
        evidence.sha256.clone_from(&file.sha256);
        file.bytes = text.into();
    }

    /// The last file of a dataset.
    fn last(&self, dataset: &str) -> usize {
        self.files.iter().rposition(|(evidence, _)| evidence.dataset == dataset).unwrap()
    }

    /// A definition with one text in place of another.
    fn define(&mut self, path: &str, from: &str, to: &str) {
        let mut files = definitions::read(None).unwrap();
        let text = files.get_mut(path).unwrap();
        assert!(text.contains(from), "`{from}` is not in {path}");
        *text = text.replacen(from, to, 1);
        self.app.catalogue = Catalogue::load(&files).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    }

    /// Everything a run makes of it, as text, and what was said on the way.
    fn look(&self, kept: Arc<dyn Kept>) -> (String, Vec<String>) {
        let steps = Mutex::new(Vec::new());
        let step = |what: &str| steps.lock().unwrap().push(what.to_owned());
        let first_nights = self.files.iter().rev().map(|(evidence, _)| (evidence.dataset.clone(), evidence.night));
        let given = Given { files: self.files.clone(), first_nights: first_nights.collect(), listing: Vec::new() };
        let text = std::thread::scope(|scope| {
            let run = || {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
                runtime.block_on(async {
                    let computed = run::figures(&self.app, self.period, given, kept, &step).unwrap();
                    let figures = &computed.figures;
                    let catalogue = &self.app.catalogue;
                    let exceptions: BTreeMap<String, ExceptionList> = catalogue
                        .kpis
                        .iter()
                        .filter_map(|kpi| Some((kpi.id.clone(), kpi.exceptions.clone()?)))
                        .collect();
                    let lists: BTreeMap<String, List> =
                        catalogue.editions.values().flat_map(|edition| edition.lists.clone()).collect();
                    let wanted = Wanted { exceptions: &exceptions, most: 50, lists: &lists };
                    let rows = ["ALL", "BER"].map(|unit| {
                        tokio::task::block_in_place(|| run::rows(&self.app, &computed, unit, &wanted).unwrap())
                    });
                    let closing = (&figures.closing.nights, &figures.closing.missing, &figures.closing.units);
                    let feeds = (&figures.rejects, &figures.accounts, &figures.stale, &figures.footprints);
                    format!(
                        "{:?}",
                        (
                            &figures.scorecard,
                            &figures.measures,
                            closing,
                            &computed.findings,
                            feeds,
                            &figures.verdict,
                            rows
                        )
                    )
                })
            };
            scope.spawn(run).join().unwrap()
        });
        (text, steps.into_inner().unwrap())
    }
}

/// The tiny world, and beside it installations of another system whose users are looked up among the people.
fn tiny() -> World {
    static FILES: OnceLock<Files> = OnceLock::new();
    let app = app_with([]);
    let files = FILES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        copy(&world("tiny").join("extracts"), &folder.path().join("extracts"));
        copy(&repository().join("fixtures/sources/servicenow-installs/store"), folder.path());
        let store = Store::over(Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap()));
        let catalogue = app.catalogue.clone();
        let pulled = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let inventory = pull::inventory(&store, "extracts", &catalogue).await.unwrap();
                let days = ["2025-10-31", "2026-09-30", "2026-10-31"].map(|day| day.parse().unwrap());
                let choice = inventory.choose(&catalogue, &days);
                pull::pull(&store, &inventory, &choice, u64::MAX, &|_| ()).await.unwrap()
            })
        });
        pulled.join().unwrap().into_iter().map(|extract| (extract.evidence, extract.file)).collect()
    });
    World { app, files: files.clone(), period: "2026-10".parse().unwrap() }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a run over the tiny world has kept, and what it made.
fn before() -> &'static (Arc<Memory>, String) {
    static BEFORE: OnceLock<(Arc<Memory>, String)> = OnceLock::new();
    BEFORE.get_or_init(|| {
        let memory = Arc::new(Memory::default());
        let made = tiny().look(memory.clone()).0;
        (memory, made)
    })
}

/// After a run over the tiny world something changes: whoever recalls makes what whoever does not recall makes.
fn check(what: &str, shows: bool, change: impl FnOnce(&mut World)) {
    let (memory, made) = before();
    let mut world = tiny();
    change(&mut world);
    let anew = world.look(Arc::new(Nothing)).0;
    assert!(!shows || anew != *made, "{what} changes nothing: another case is needed");
    let recalled = world.look(memory.copy()).0;
    if recalled != anew {
        let at = anew.chars().zip(recalled.chars()).position(|(was, is)| was != is).unwrap_or_default();
        let around = |text: &str| text.chars().skip(at.saturating_sub(300)).take(400).collect::<String>();
        panic!("{what}: computed anew\n{}\nrecalled\n{}", around(&anew), around(&recalled));
    }
}

/// Each dataset's newest file without its last row.
#[test]
fn a_row_less_of_any_dataset_is_seen_by_every_figure_it_moves() {
    let datasets: BTreeSet<String> = tiny().files.into_iter().map(|(evidence, _)| evidence.dataset).collect();
    assert_eq!(datasets.len(), tiny().app.catalogue.contracts.len());
    for dataset in datasets {
        check(&format!("a row of {dataset}"), true, |world| {
            let at = world.last(&dataset);
            let text = world.text(at);
            let cut = text.trim_end().rfind('\n').unwrap();
            world.write(at, format!("{}\n", &text[..cut]));
        });
    }
}

#[test]
fn another_definition_is_seen_by_every_figure_it_moves() {
    let cases = [
        ("contracts/costs.toml", "kind = \"ledger\"", "kind = \"snapshot\""),
        ("sources/servicenow-installs.toml", "on = '\"user\"'", "on = '\"display_name\"'"),
        ("catalogue/macros.toml", "sql = \"(CAST($2", "sql = \"(7 + CAST($2"),
        ("catalogue/facts/returns.sql", "SELECT", "SELECT DISTINCT"),
    ];
    for (path, from, to) in cases {
        check(path, false, |world| world.define(path, from, to));
    }
}

#[test]
fn another_measure_window_list_or_rule_is_seen() {
    check("a measure", true, |world| {
        let kpis = world.app.catalogue.kpis.iter_mut().flat_map(|kpi| kpi.measures.values_mut());
        for measure in kpis.filter(|measure| measure.fact == "spend") {
            measure.filter = Some("category = 'hardware'".to_owned());
        }
    });
    check("a window", true, |world| {
        for window in world.app.catalogue.kpis.iter_mut().flat_map(|kpi| kpi.windows.values_mut()) {
            window.days = window.days.map(|days| days + 30);
        }
    });
    check("a window of one unit", false, |world| {
        for window in world.app.catalogue.kpis.iter_mut().flat_map(|kpi| kpi.windows.values_mut()) {
            let own = window.clone();
            let own = muster::catalogue::Window { days: own.days.map(|days| days + 60), ..own };
            window.business_units.insert("BER".to_owned(), own);
        }
    });
    check("an exception list", true, |world| {
        for list in world.app.catalogue.kpis.iter_mut().filter_map(|kpi| kpi.exceptions.as_mut()) {
            list.filter = "1 = 1".to_owned();
        }
    });
    check("the gate", false, |world| {
        for rule in &mut world.app.catalogue.gate.references {
            rule.limits.percent = 0.0;
            rule.limits.least_rows = 1;
        }
    });
}

#[test]
fn another_setting_is_seen_by_every_figure_it_moves() {
    check("the currency", true, |world| world.app.settings.reporting.currency = "USD".to_owned());
    check("the zone", false, |world| world.app.settings.reporting.calendar.zone = chrono_tz::Pacific::Auckland);
    check("the fiscal year", false, |world| world.app.settings.reporting.calendar.fiscal_start = 4);
    check("the costs", true, |world| world.app.settings.constants.loaded_hourly_cost = 77.into());
    check("the limits", true, |world| world.app.settings.limits.rows = 5);
    check("the history", true, |world| world.app.settings.reporting.history = 14);
    for period in ["2026-09", "2026-Q3", "2026-10-31", "2026"] {
        check(period, true, |world| world.period = period.parse().unwrap());
    }
}

#[test]
fn another_tree_of_units_is_seen_by_every_figure_it_moves() {
    check("a unit's parent", true, |world| {
        let at = world.last("business_units");
        let text = world.text(at);
        assert!(text.contains("BER,Berlin office,CORP,corporate"));
        world.write(at, text.replace("BER,Berlin office,CORP,corporate", "BER,Berlin office,,corporate"));
    });
}

#[test]
fn a_feed_that_did_not_come_and_one_that_cannot_be_read_are_seen() {
    check("no assets", true, |world| world.files.retain(|(evidence, _)| evidence.dataset != "assets"));
    check("no units", true, |world| world.files.retain(|(evidence, _)| evidence.dataset != "business_units"));
    check("assets that are none", true, |world| {
        let at = world.last("assets");
        world.write(at, "nothing\n1\n".to_owned());
    });
}

#[test]
fn a_run_of_the_same_conforms_and_measures_nothing() {
    let (memory, made) = before();
    let memory = memory.copy();
    let (again, steps) = tiny().look(memory.clone());
    assert!(again == *made);
    assert_eq!(steps, ["score"]);
    assert_eq!(memory.added(), BTreeMap::new());
}

#[test]
fn one_changed_feed_costs_the_facts_that_read_it() {
    let (memory, _) = before();
    let memory = memory.copy();
    let mut world = tiny();
    let at = world.last("returns");
    let text = world.text(at);
    world.write(at, text.replace("RT1", "RT0"));
    let _ = world.look(memory.clone());
    let frame = world.app.frame();
    let periods = muster::brief::periods(world.period, 12);
    let closings: BTreeMap<_, _> = periods.iter().map(|period| (*period, Cleared::of_empty(BTreeMap::new()))).collect();
    let tasks: BTreeSet<_> = periods.iter().flat_map(|period| measure::tasks(&frame, *period, &closings)).collect();
    let reads = |fact: &str| world.app.catalogue.datasets_of(fact).contains(&"returns".to_owned());
    let theirs = tasks.iter().filter(|task| reads(&task.fact)).count();
    let added = memory.added();
    assert_eq!(added["feeds"], 1);
    assert_eq!(added["parts"], theirs);
    assert!(theirs < tasks.len() / 4, "{theirs} of {}", tasks.len());
    for (kind, most) in [("footprints", 1), ("noticed", 1), ("converted", 1), ("checked", 1), ("lists", 3)] {
        assert!(added.get(kind).is_none_or(|count| *count <= most), "{added:?}");
    }
}

#[test]
fn documents_of_a_run_that_recalls_are_those_of_one_that_does_not_and_damage_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    copy(&world("tiny"), folder.path());
    let store = folder.path();
    let (cold, _) = dry_run(store, "2026-10");
    assert!(!store.join("cache").exists(), "a dry run keeps nothing");
    let outbox = store.join("outbox");
    let settings = [("MUSTER__MAIL__OUTBOX", outbox.to_str().unwrap())];
    let output = crate::muster::muster_with(store, &["run", "it-variance-monthly", "--period", "2026-10"], &settings);
    assert!(output.status.success(), "{}", said(&output));
    let objects = files(&store.join("cache"));
    assert!(objects.len() > 100, "{}", objects.len());
    let same = |told: &str| {
        let (warm, _) = dry_run(store, "2026-10");
        let names = files(cold.path());
        assert_eq!(names.len(), files(warm.path()).len(), "{told}");
        for path in names {
            let name = path.strip_prefix(cold.path()).unwrap();
            assert!(
                fs::read(&path).unwrap() == fs::read(warm.path().join(name)).unwrap(),
                "{told}: {}",
                name.display()
            );
        }
    };
    same("recalled");
    for (index, object) in objects.iter().enumerate() {
        let mut bytes = fs::read(object).unwrap();
        match index % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => *bytes.last_mut().unwrap() ^= 0x40,
            _ => bytes.clear(),
        }
        fs::write(object, bytes).unwrap();
    }
    same("damaged");
    let explained = muster(store, &["explain", "tco_per_asset", "--period", "2026-10"]);
    assert!(explained.status.success(), "{}", said(&explained));
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.sort();
    found
}

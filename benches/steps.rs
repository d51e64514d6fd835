//! The hot steps one by one, on a small estate: `cargo bench --bench steps`.

use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use divan::{Bencher, black_box};
use muster::app::{self, App};
use muster::brief::{self, Extracts, Question};
use muster::conform::{self, Context, Limits, RawFile};
use muster::demo::{self, Estate};
use muster::io::pull;
use muster::kept::Nothing;
use muster::period::Period;
use muster::render;
use muster::run::{self, Computed, Produced, Share};

/// What the steps work on, made once.
struct Made {
    app: App,
    period: Period,
    extracts: Extracts,
    computed: Computed,
    report: Produced,
    _folder: tempfile::TempDir,
}

static MADE: LazyLock<Made> = LazyLock::new(|| made().expect("an estate and its figures"));

fn main() {
    divan::main();
}

fn made() -> anyhow::Result<Made> {
    let folder = tempfile::tempdir()?;
    let last_month = NaiveDate::from_ymd_opt(2026, 10, 31).ok_or_else(|| anyhow::anyhow!("no such day"))?;
    demo::generate_scale(&Estate { assets: 5000, seed: 42, last_month, months: 1 }, 40, folder.path())?;
    let app = opened(folder.path())?;
    let period: Period = "2026-10".parse().map_err(|why| anyhow::anyhow!("{why}"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (extracts, computed, report) = runtime.block_on(async {
        let store = app.store()?;
        let inventory = pull::inventory(&store, &app.settings.store.extracts, &app.catalogue).await?;
        let choice = inventory.choose(&app.catalogue, &[app.settings.reporting.calendar.span(period).last_day]);
        let mut extracts = Extracts::new();
        for extract in pull::pull(&store, &inventory, &choice, u64::MAX, &|_| ()).await? {
            let nights = extracts.entry(extract.evidence.dataset).or_default();
            nights.entry(extract.file.night).or_default().push(extract.file);
        }
        let computed = run::compute(&app, &store, period, &|_| ()).await?;
        let edition = run::edition(&app, "cfo-monthly")?;
        let share = Share { unit: "ALL".to_owned(), languages: vec![app.settings.reporting.language.clone()] };
        let keep = async |report: Produced| anyhow::Ok(report);
        let mut reports = run::produce_all(&app, &store, &computed, (edition, 1), &[share], keep, &|_| ()).await?;
        Ok::<_, anyhow::Error>((extracts, computed, reports.remove(0)))
    })?;
    Ok(Made { app, period, extracts, computed, report, _folder: folder })
}

fn opened(folder: &Path) -> anyhow::Result<App> {
    let url = format!("file://{}", folder.display());
    Ok(app::load(None, std::env::vars().chain([("MUSTER__STORE__URL".to_owned(), url)]))?)
}

/// Typing, merging and checking 50,000 rows; larger files than so many MiB are held, the others scanned.
#[divan::bench(args = [0, 1024])]
fn conform_patches(bencher: Bencher, held_mib: u64) {
    let made = &*MADE;
    let limits = Limits { held: held_mib << 20, ..Limits::default() };
    let files: Vec<RawFile> = made.extracts["patches"].values().flatten().cloned().collect();
    let context = Context {
        currency: made.app.settings.reporting.currency.clone(),
        zone: made.app.settings.reporting.calendar.zone,
        sources: &made.app.catalogue.sources,
        tables: std::collections::BTreeMap::new(),
        decoder: &limits,
    };
    bencher.bench(|| conform::conform(&made.app.catalogue.contracts["patches"], black_box(&files), &context));
}

/// From the bytes of all feeds to the parts of all KPIs of a month.
#[divan::bench]
fn measure_a_month(bencher: Bencher) {
    let made = &*MADE;
    let (reporting, limits, first_nights) =
        (&made.app.settings.reporting, Limits::default(), &made.computed.first_nights);
    let question = Question {
        catalogue: &made.app.catalogue,
        calendar: reporting.calendar,
        currency: &reporting.currency,
        constants: &made.app.settings.constants,
        period: made.period,
        history: 0,
        first_nights,
        decoder: &limits,
        limits: &limits,
        kept: &Nothing,
    };
    bencher.bench(|| brief::measured(&question, black_box(&made.extracts), &|_| ()));
}

#[divan::bench]
fn page(bencher: Bencher) {
    let made = &*MADE;
    bencher.bench(|| render::html::html(black_box(&made.report.model), &made.app.templates));
}

#[divan::bench]
fn mail(bencher: Bencher) {
    let made = &*MADE;
    bencher.bench(|| render::mail::mail(black_box(&made.report.model), &made.app.templates));
}

#[divan::bench]
fn pdf_of_four_pages(bencher: Bencher) {
    let made = &*MADE;
    bencher.bench(|| render::pdf::pdf(black_box(&made.report.model), made.app.settings.reporting.paper));
}

#[divan::bench]
fn scorecard_json(bencher: Bencher) {
    let made = &*MADE;
    bencher.bench(|| render::data::json(black_box(&made.computed.figures.scorecard)));
}

#[divan::bench]
fn scorecard_parquet(bencher: Bencher) {
    let made = &*MADE;
    bencher.bench(|| render::data::parquet(black_box(&made.computed.figures.scorecard)));
}

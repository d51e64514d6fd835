//! The measure step on an estate of any size: `measure STORE PERIOD [REPEATS]`, STORE a folder with `extracts/`.
//!
//! Prints JSON: seconds of every step of every round (the whole from opening the store to the parts of all KPIs),
//! peak memory, and every part at the finest grain, so that other engines' answers can be compared with it.

use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

use muster::app;
use muster::brief::{self, Extracts, Question};
use muster::io::pull;
use muster::measure::{MeasureFrame, Part};
use muster::memory;
use muster::period::Period;
use serde_json::{Value, json};

fn main() -> anyhow::Result<()> {
    memory::share_arenas();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, period, rest @ ..] = arguments.as_slice() else {
        // `cargo bench` without arguments runs every target.
        println!("usage: cargo bench --bench measure -- STORE PERIOD [REPEATS]");
        return Ok(());
    };
    let period: Period = period.parse().map_err(|why| anyhow::anyhow!("`{period}` is no period: {why}"))?;
    let repeats: usize = rest.first().map_or(Ok(1), |text| text.parse())?;
    let url = format!("file://{}", Path::new(folder).canonicalize()?.display());
    let settings = std::env::vars().chain([("MUSTER__STORE__URL".to_owned(), url)]);
    let app = app::load(None, settings)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut rounds = Vec::new();
    let mut last = None;
    for _ in 0..repeats {
        let steps = Steps::default();
        last = Some(round(&app, &runtime, period, &steps)?);
        rounds.push(steps.finish());
    }
    // Before the parts are written out, which takes more than they do.
    let peak = peak_kib();
    let parts = last.as_ref().map(parts).unwrap_or_default();
    println!("{}", json!({ "rounds": rounds, "peak_kib": peak, "parts": parts }));
    Ok(())
}

fn round(
    app: &app::App,
    runtime: &tokio::runtime::Runtime,
    period: Period,
    steps: &Steps,
) -> anyhow::Result<MeasureFrame> {
    let reporting = &app.settings.reporting;
    steps.next("pull");
    let store = app.store()?;
    let (inventory, files) = runtime.block_on(async {
        let inventory = pull::inventory(&store, &app.settings.store.extracts, &app.catalogue).await?;
        let choice = inventory.choose(&app.catalogue, &[reporting.calendar.span(period).last_day]);
        let files = pull::pull(&store, &inventory, &choice, u64::MAX, &|_| ()).await?;
        Ok::<_, anyhow::Error>((inventory, files))
    })?;
    let mut extracts = Extracts::new();
    for extract in files {
        let nights = extracts.entry(extract.evidence.dataset).or_default();
        nights.entry(extract.file.night).or_default().push(extract.file);
    }
    let first_nights = inventory.first_nights();
    // Parquet needs no other process; the limits alone hold.
    let question = Question {
        catalogue: &app.catalogue,
        calendar: reporting.calendar,
        currency: &reporting.currency,
        constants: &app.settings.constants,
        period,
        history: 0,
        first_nights: &first_nights,
        decoder: &app.settings.limits,
        limits: &app.settings.limits,
        kept: &muster::kept::Nothing,
    };
    Ok(brief::measured(&question, &extracts, &|step| steps.next(step.split(' ').next().unwrap_or(step)))?)
}

/// Names of steps and the instant each began.
#[derive(Default)]
struct Steps(RefCell<Vec<(String, Instant)>>);

impl Steps {
    fn next(&self, name: &str) {
        self.0.borrow_mut().push((name.to_owned(), Instant::now()));
    }

    /// Seconds by step, and their sum.
    fn finish(self) -> Value {
        self.next("");
        let begun = self.0.into_inner();
        let mut seconds = serde_json::Map::new();
        let mut total = 0.0;
        for pair in begun.windows(2) {
            let spent = (pair[1].1 - pair[0].1).as_secs_f64();
            let before = seconds.get(&pair[0].0).and_then(Value::as_f64).unwrap_or(0.0);
            seconds.insert(pair[0].0.clone(), json!(before + spent));
            total += spent;
        }
        seconds.insert("total".to_owned(), json!(total));
        Value::Object(seconds)
    }
}

/// `kpi.measure` to unit to member to figure.
fn parts(frame: &MeasureFrame) -> Vec<Value> {
    let mut all = Vec::new();
    for (kpi, measures) in &frame.measures {
        for (name, parts) in measures {
            for ((unit, member), part) in parts.iter() {
                let figure = match part {
                    Part::Known(figure) => json!(figure.to_string()),
                    Part::Absent | Part::Unknown => Value::Null,
                };
                all.push(json!([kpi, name, unit, member, figure]));
            }
        }
    }
    all
}

/// The most memory this process ever held, in KiB.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

//! Rendering and sending at scale, called by `tests/bench/packs`; every mode prints one line of JSON.
//!
//! - `packs estate DIR UNITS ASSETS` makes one night of Parquet extracts.
//! - `packs burst STORE PERIOD COUNT`: figures once, then a pack for each of the first COUNT units, without the enterprise:
//!   rows behind the figures, words, HTML, PDF, workbook and mail, every figure read back, and the message to a reader.
//! - `packs pdf STORE PERIOD ROUNDS`: one PDF of the CFO's report, again and again.
//! - `packs mail STORE PERIOD READERS SERVER`: one report frozen and released to that many readers, each with a mail and
//!   a ledger of their own; SERVER is a URL, or `outbox`.
//! - `packs sink` is a mail server that takes everything and keeps nothing; prints its port.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use muster::app::{self, App};
use muster::deliver::{self, Attachment, DeliveryKey, Envelope, Mime};
use muster::demo::{self, Estate};
use muster::ids::ENTERPRISE;
use muster::io::clock;
use muster::memory;
use muster::period::Period;
use muster::release::{self, Desk, Freezing, State, Stop, Target};
use muster::render;
use muster::run::{self, Lists, Produced, Share};
use serde_json::{Value, json};

const BURST: &str = "it-variance-monthly";
const REPORT: &str = "cfo-monthly";

fn main() -> anyhow::Result<()> {
    memory::share_arenas();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let told = match arguments.as_slice() {
        ["estate", folder, units, assets] => estate(Path::new(folder), units.parse()?, assets.parse()?)?,
        ["burst", store, period, count] => block_on(burst(&app(store, &[])?, parsed(period)?, count.parse()?))?,
        ["pdf", store, period, rounds] => block_on(pdf(&app(store, &[])?, parsed(period)?, rounds.parse()?))?,
        ["mail", store, period, readers, server] => mail(store, parsed(period)?, readers.parse()?, server)?,
        ["sink"] => return sink(),
        _ => {
            // `cargo bench` without arguments runs every target.
            println!("usage: cargo bench --bench packs -- estate|burst|pdf|mail|sink ...");
            return Ok(());
        }
    };
    println!("{told}");
    Ok(())
}

fn parsed(period: &str) -> anyhow::Result<Period> {
    period.parse().map_err(|why| anyhow::anyhow!("`{period}` is no period: {why}"))
}

fn block_on(work: impl Future<Output = anyhow::Result<Value>>) -> anyhow::Result<Value> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn app(folder: &str, more: &[(&str, String)]) -> anyhow::Result<App> {
    let url = format!("file://{}", Path::new(folder).canonicalize()?.display());
    let more = more.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Ok(app::load(None, std::env::vars().chain([("MUSTER__STORE__URL".to_owned(), url)]).chain(more))?)
}

fn estate(folder: &Path, units: u32, assets: u32) -> anyhow::Result<Value> {
    let last_month = NaiveDate::from_ymd_opt(2026, 10, 31).ok_or_else(|| anyhow::anyhow!("no such day"))?;
    let estate = Estate { assets, seed: 42, last_month, months: 1 };
    let generated = demo::generate_scale(&estate, units, folder)?;
    Ok(json!({ "rows": generated.rows }))
}

async fn burst(app: &App, period: Period, count: usize) -> anyhow::Result<Value> {
    let store = app.store()?;
    let steps = Steps::default();
    steps.next("figures");
    let computed = run::compute(app, &store, period, &|_| ()).await?;
    let edition = run::edition(app, BURST)?;
    let languages = vec![app.settings.reporting.language.clone()];
    let units = &computed.figures.scorecard.units;
    // The enterprise's own is none of a burst: with so many units its workbook is larger than a mail may be.
    let shares: Vec<Share> =
        units.names().take(count).map(|unit| Share { unit: unit.to_owned(), languages: languages.clone() }).collect();
    steps.next("packs");
    let (began, used) = (Instant::now(), cpu_seconds());
    let take = async |pack: Produced| {
        let documents = &pack.documents;
        let message = message(app, &pack, period)?.size();
        anyhow::Ok([documents.html.len(), documents.pdf.len(), documents.xlsx.len(), message])
    };
    let progress = |step: &str| steps.next(step);
    let produced = run::produce_all(app, &store, &computed, (edition, 1), &shares, take, &progress).await?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - used);
    let sum = |which: usize| produced.iter().map(|bytes| bytes[which]).sum::<usize>();
    Ok(json!({
        "packs": produced.len(),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "steps": steps.finish(),
        "bytes": {
            "html": sum(0),
            "pdf": sum(1),
            "xlsx": sum(2),
            "message": sum(3),
        },
        "peak_kib": peak_kib(),
    }))
}

/// The mail of a pack to its reader.
fn message(app: &App, pack: &Produced, period: Period) -> anyhow::Result<Mime> {
    let key = DeliveryKey {
        edition: BURST.to_owned(),
        period: period.to_string(),
        scope: pack.unit.clone(),
        revision: 1,
        address: "head@localhost".to_owned(),
    };
    let attachment = |extension: &str, content_type: &str, bytes: &[u8]| Attachment {
        name: deliver::attachment_name(&key, extension),
        content_type: content_type.to_owned(),
        bytes: bytes.to_owned(),
    };
    let attachments = [
        attachment("pdf", "application/pdf", &pack.documents.pdf),
        attachment("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &pack.documents.xlsx),
    ];
    let mailbox = |text: &str| text.parse().map_err(|_| anyhow::anyhow!("`{text}` is no address"));
    let envelope = Envelope {
        from: mailbox(&app.settings.mail.from)?,
        to: mailbox("Head of IT <head@localhost>")?,
        owner: mailbox("Owner <owner@localhost>")?,
        date: DateTime::<Utc>::UNIX_EPOCH,
        run: pack.model.footer.run_id.clone(),
        secret: app.settings.mail.message_id_key.clone(),
        signer: app.signer.clone(),
        key,
    };
    Ok(deliver::message(&envelope, &pack.documents.mail, &attachments)?)
}

async fn pdf(app: &App, period: Period, rounds: usize) -> anyhow::Result<Value> {
    let pack = report(app, period).await?.1;
    let paper = app.settings.reporting.paper;
    let mut millis = Vec::with_capacity(rounds);
    let mut bytes = 0;
    for _ in 0..rounds {
        let began = Instant::now();
        bytes = render::pdf::pdf(&pack.model, paper)?.len();
        millis.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    let first = millis[0];
    millis.sort_by(f64::total_cmp);
    let pages = lopdf::Document::load_mem(&pack.documents.pdf)?.get_pages().len();
    Ok(json!({
        "first_ms": first, "median_ms": millis[rounds / 2], "best_ms": millis[0], "bytes": bytes,
        "body_pages": render::pdf::body_pages(&pack.model, paper), "pages": pages,
    }))
}

/// The figures and the enterprise's report.
async fn report(app: &App, period: Period) -> anyhow::Result<(run::Computed, Produced)> {
    let store = app.store()?;
    let computed = run::compute(app, &store, period, &|_| ()).await?;
    let edition = run::edition(app, REPORT)?;
    let shares = [Share { unit: ENTERPRISE.to_owned(), languages: vec![app.settings.reporting.language.clone()] }];
    let keep = async |pack: Produced| anyhow::Ok(pack);
    let mut produced = run::produce_all(app, &store, &computed, (edition, 1), &shares, keep, &|_| ()).await?;
    let pack = produced.pop().ok_or_else(|| anyhow::anyhow!("nothing was made"))?;
    Ok((computed, pack))
}

fn mail(estate: &str, period: Period, readers: usize, server: &str) -> anyhow::Result<Value> {
    let work = tempfile::tempdir_in(estate)?;
    let reader = |reader| format!("[[roles.cfo]]\naddress = \"Reader {reader} <reader-{reader}@localhost>\"\n");
    let lists = (0..readers).map(reader).collect::<Vec<_>>().concat();
    let others = include_str!("../config/distribution.toml");
    std::fs::write(work.path().join("distribution.toml"), format!("{others}\n{lists}"))?;
    let transport = if server == "outbox" { "outbox" } else { "smtp" };
    let more = [
        ("MUSTER__DEFINITIONS__PATH", work.path().display().to_string()),
        ("MUSTER__MAIL__TRANSPORT", transport.to_owned()),
        ("MUSTER__MAIL__OUTBOX", work.path().join("outbox").display().to_string()),
        ("MUSTER__MAIL__SMTP_URL", server.to_owned()),
    ];
    let app = app(estate, &more)?;
    let ledger_folder = work.path().join("store");
    std::fs::create_dir(&ledger_folder)?;
    block_on(released(&app, period, &ledger_folder))
}

async fn released(app: &App, period: Period, folder: &Path) -> anyhow::Result<Value> {
    let (computed, pack) = report(app, period).await?;
    let mut settings = app.settings.store.clone();
    settings.url = format!("file://{}", folder.display());
    let ledger = app.ledger(&muster::io::store::open(&settings)?)?;
    let target = Target { edition: run::edition(app, REPORT)?, period, unit: ENTERPRISE, to: None };
    let began = Instant::now();
    let opened = release::open(&ledger, &target, false, clock::now()).await?;
    let lists = Lists::built_in(app, clock::now());
    let asked = [Share { unit: pack.unit.clone(), languages: vec![pack.language.clone()] }];
    let freezing = Freezing::of(app, &ledger, &opened.claim, &target, &asked, &lists)?;
    let staged = freezing.stage(&pack).await?;
    let plan = freezing.freeze(&computed, vec![staged]).await?;
    let frozen = began.elapsed();
    let (before, used) = (peak_kib(), cpu_seconds());
    let stop = Stop::never();
    let desk = Desk { app, ledger: &ledger, claim: &opened.claim, stop: &stop, progress: &|_| () };
    let began = Instant::now();
    let released = release::finish(&desk, &plan).await?;
    let seconds = began.elapsed().as_secs_f64();
    opened.claim.release().await;
    anyhow::ensure!(matches!(released.state, State::Settled(_)), "{:?}", released.state);
    let reached = released.receipts.iter().filter(|receipt| receipt.outcome.to_string() != "refused").count();
    let shared = plan.sets.iter().find_map(|set| set.shared.as_ref()?.ends.last().copied());
    let mail = shared.map_or_else(|| walk(&folder.join("ledger"), "message.eml"), |bytes| Some(bytes as u64));
    Ok(json!({
        "readers": plan.mails.len(), "reached": reached, "freeze_seconds": frozen.as_secs_f64(), "seconds": seconds,
        "cpu_seconds": cpu_seconds() - used, "bytes_of_a_mail": mail, "peak_before_kib": before, "peak_kib": peak_kib(),
    }))
}

/// Size of the first file of that name below a folder.
fn walk(folder: &Path, name: &str) -> Option<u64> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, name)
        } else {
            (entry.file_name() == name).then(|| entry.metadata().ok())?.map(|meta| meta.len())
        }
    })
}

fn sink() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || take(stream));
    }
    Ok(())
}

/// One conversation; a client that goes away ends it.
fn take(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::with_capacity(1 << 16, stream);
    out.write_all(b"220 sink\r\n")?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            b"DATA" => {
                out.write_all(b"354 go on\r\n")?;
                to_the_dot(&mut lines)?;
                b"250 taken\r\n"
            }
            b"EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
            b"QUIT" => return out.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        out.write_all(answer)?;
        line.clear();
    }
    Ok(())
}

fn to_the_dot(lines: &mut impl Read) -> std::io::Result<()> {
    let (mut buffer, mut last) = (vec![0; 1 << 16], Vec::new());
    loop {
        let read = lines.read(&mut buffer)?;
        last.extend_from_slice(&buffer[..read]);
        if read == 0 || last.ends_with(b"\r\n.\r\n") {
            return Ok(());
        }
        last.drain(..last.len().saturating_sub(5));
    }
}

/// Names of steps and the time spent in each; steps of several threads at once are told one after another.
#[derive(Default)]
struct Steps(Mutex<Vec<(String, Instant)>>);

impl Steps {
    fn next(&self, name: &str) {
        if let Ok(mut steps) = self.0.lock() {
            steps.push((name.to_owned(), Instant::now()));
        }
    }

    fn finish(&self) -> Value {
        self.next("");
        let mut seconds: Vec<(String, Duration)> = Vec::new();
        let Ok(steps) = self.0.lock() else { return Value::Null };
        for pair in steps.windows(2) {
            let spent = pair[1].1 - pair[0].1;
            match seconds.iter_mut().find(|(name, _)| *name == pair[0].0) {
                Some((_, sum)) => *sum += spent,
                None => seconds.push((pair[0].0.clone(), spent)),
            }
        }
        seconds
            .into_iter()
            .map(|(name, spent)| (name, json!(spent.as_secs_f64())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// Seconds all threads of this process have worked so far: what others do at the same time is not in it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    // A tick is a hundredth of a second on Linux.
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory this process ever held, in KiB.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

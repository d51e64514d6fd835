//! The kill loop: two real workers on one store, killed at random, against a store and a mail server that misbehave.
//!
//! `./test` runs the cut of 1,000 deliveries and 200 kills; `tests/long/kill-loop` runs it for as long as one likes, on
//! other stores and against a real mail server. Settings: `KILL_COUNT` and `KILL_SECONDS` (killing goes on until both
//! are reached), `KILL_SEED`, `KILL_STORE` (`folder` or `s3`; without it `s3` where Python's moto is installed),
//! `KILL_MAIL` (`sink`, or `real` for Postfix and Dovecot started by `tests/long/mail-up`), `KILL_DAYS` (the
//! window caught up with: more periods), `KILL_READERS` (of each edition), `KILL_BINARY` (another build).
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::muster::{changed, repository};
use crate::servers::Moto;
use crate::sink::{Phase, Play, Proxy, Sink};

/// A generator of one's own: the same seed gives the same plan.
#[derive(Debug)]
struct Dice {
    state: AtomicU64,
    /// From now on every roll is the highest, with which servers do as they should.
    calm: AtomicBool,
}

impl Dice {
    /// Below `sides`.
    fn roll(&self, sides: u64) -> u64 {
        if self.calm.load(Ordering::SeqCst) {
            return sides - 1;
        }
        let next = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let state = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| Some(next(state))).unwrap();
        (next(state) >> 33) % sides
    }
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Editions that are late at once, each with readers of its own.
const EDITIONS: [&str; 4] = ["kill-a", "kill-b", "kill-c", "kill-d"];

fn number(name: &str, default: &str) -> u64 {
    setting(name, default).parse().unwrap()
}

fn readers() -> usize {
    setting("KILL_READERS", "64").parse().unwrap()
}

fn definitions(folder: &Path, domain: &str) {
    fs::create_dir_all(folder.join("editions")).unwrap();
    let text = fs::read_to_string(repository().join("config/editions/cfo-monthly.toml")).unwrap();
    let mut lists = fs::read_to_string(repository().join("config/distribution.toml")).unwrap();
    lists = lists.replace("@localhost", &format!("@{domain}"));
    for edition in EDITIONS {
        let text = text
            .replacen("id = \"cfo-monthly\"", &format!("id = \"{edition}\""), 1)
            .replacen("roles = [\"cfo\", \"finance\", \"procurement\"]", &format!("roles = [\"{edition}\"]"), 1)
            .replacen("due = ", "latest_hours = 0\ndue = ", 1);
        assert!(text.contains(&format!("roles = [\"{edition}\"]")) && text.contains("latest_hours"));
        fs::write(folder.join(format!("editions/{edition}.toml")), text).unwrap();
        for reader in 0..readers() {
            lists.push_str(&format!("\n[[roles.{edition}]]\naddress = \"{edition}-{reader}@{domain}\"\n"));
        }
    }
    fs::write(folder.join("distribution.toml"), lists).unwrap();
}

/// What the loop works on; the servers live as long as it does.
struct Field {
    settings: Vec<(String, String)>,
    mail: Mail,
    _extracts: tempfile::TempDir,
    _definitions: tempfile::TempDir,
    _s3: Option<Moto>,
}

enum Mail {
    Sink(Sink),
    /// The folder of the mailboxes.
    Real(PathBuf),
}

impl Mail {
    /// Copies by reader and run, as the mailboxes hold them; the audit mailbox and the owner are no readers.
    fn copies(&self) -> BTreeMap<(String, String), usize> {
        let mut copies = BTreeMap::new();
        let mut count = |reader: &str, text: &str| {
            let reader = reader.split('@').next().unwrap_or_default();
            let run = text.lines().find_map(|line| line.strip_prefix("X-Muster-Run: ")).unwrap_or_default().trim();
            if reader.starts_with("kill-") {
                *copies.entry((run.to_owned(), reader.to_owned())).or_default() += 1;
            }
        };
        match self {
            Self::Sink(sink) => sink.taken().iter().for_each(|taken| count(&taken.recipients[0], &taken.text)),
            Self::Real(folder) => {
                for reader in fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
                    for part in ["new", "cur"] {
                        let mails = fs::read_dir(reader.path().join(part)).into_iter().flatten();
                        for mail in mails.map_while(Result::ok) {
                            let text = String::from_utf8_lossy(&fs::read(mail.path()).unwrap()).into_owned();
                            count(&reader.file_name().to_string_lossy(), &text);
                        }
                    }
                }
            }
        }
        copies
    }
}

fn field(dice: &Arc<Dice>) -> Field {
    let (extracts, definitions_folder) = (changed(|_| {}), tempfile::tempdir().unwrap());
    let real = setting("KILL_MAIL", "sink") == "real";
    let domain = if real { "corp.test" } else { "localhost" };
    definitions(definitions_folder.path(), domain);
    let own = |pairs: &[(&str, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    };
    let (mail, mut settings) = if real {
        let folder = PathBuf::from(setting("KILL_MAIL_FOLDER", "/tmp/muster-mail"));
        let proxy = Proxy::start(2525, {
            let dice = dice.clone();
            move || dice.roll(100)
        });
        let settings = own(&[
            ("MUSTER__MAIL__TRANSPORT", "smtp".to_owned()),
            ("MUSTER__MAIL__SMTP_URL", format!("smtp://127.0.0.1:{proxy}")),
            ("MUSTER__MAIL__FROM", "Muster <muster@corp.test>".to_owned()),
            ("MUSTER__MAIL__DOMAINS", "corp.test".to_owned()),
            ("MUSTER__MAIL__TIMEOUT_SECONDS", "2".to_owned()),
            ("MUSTER__MAIL__DOT_TIMEOUT_SECONDS", "2".to_owned()),
            ("MUSTER__AUDIT__IMAP_URL", "imap://audit%40corp.test:pw@127.0.0.1:2143".to_owned()),
            ("MUSTER__AUDIT__ADDRESS", "audit@corp.test".to_owned()),
            // Postfix hands a mail over to Dovecot after it has answered.
            ("MUSTER__AUDIT__WAIT_SECONDS", "8".to_owned()),
        ]);
        (Mail::Real(folder.join("vmail/corp.test")), settings)
    } else {
        let dice = dice.clone();
        let sink = Sink::start(move |_, phase, _| match (phase, dice.roll(100)) {
            (Phase::Rcpt, 0..3) => Play::Say("451 4.3.2 later\r\n"),
            (Phase::Data, 0..3) | (Phase::BeforeAccept, 0..5) | (Phase::AfterAccept, 0..8) => Play::Drop,
            (Phase::AfterAccept, 8..10) => Play::Hang,
            _ => Play::Go,
        });
        let settings = sink.settings(true);
        (Mail::Sink(sink), settings)
    };
    let s3 = match setting("KILL_STORE", "").as_str() {
        "s3" => Some(Moto::start_faulty().expect("Python's moto")),
        "" => Moto::start_faulty(),
        _ => None,
    };
    if let Some(server) = &s3 {
        upload(server, extracts.path());
        settings.extend(server.settings());
        settings.push(("MUSTER__STORE__TIMEOUT_SECONDS".to_owned(), "3".to_owned()));
    } else {
        eprintln!("on a folder: no S3 server is asked for, or there is none");
        settings.push(("MUSTER__STORE__URL".to_owned(), format!("file://{}", extracts.path().display())));
    }
    settings.extend(own(&[
        ("MUSTER__DEFINITIONS__PATH", definitions_folder.path().display().to_string()),
        ("MUSTER__WORKER__EDITIONS", EDITIONS.join(",")),
        ("MUSTER__WORKER__TICK_SECONDS", "1".to_owned()),
        ("MUSTER__WORKER__LEASE_SECONDS", "6".to_owned()),
        ("MUSTER__WORKER__CATCH_UP_DAYS", setting("KILL_DAYS", "125")),
        ("MUSTER__WORKER__LISTEN", String::new()),
        ("MUSTER__MAIL__RETRY_FIRST_SECONDS", "1".to_owned()),
    ]));
    Field { settings, mail, _extracts: extracts, _definitions: definitions_folder, _s3: s3 }
}

fn upload(server: &Moto, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (store, mut folders) = (server.store(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap().map_while(Result::ok) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let key = entry.path().strip_prefix(folder).unwrap().display().to_string();
                runtime.block_on(store.create(&key, fs::read(entry.path()).unwrap().into())).unwrap();
            }
        }
    }
}

fn worker(field: &Field, log: &Path) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    Command::new(setting("KILL_BINARY", env!("CARGO_BIN_EXE_muster")))
        .args(["serve", "--log", "json"])
        .envs(field.settings.iter().map(|(key, value)| (key, value)))
        .current_dir(std::env::temp_dir())
        .stderr(log)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn muster(field: &Field, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(setting("KILL_BINARY", env!("CARGO_BIN_EXE_muster")))
        .args(arguments)
        .envs(field.settings.iter().map(|(key, value)| (key, value)))
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn workers_killed_at_random_lose_nothing_and_double_nothing() {
    let (seconds, count) = (number("KILL_SECONDS", "0"), number("KILL_COUNT", "200"));
    let dice = Arc::new(Dice { state: AtomicU64::new(number("KILL_SEED", "1")), calm: AtomicBool::new(false) });
    let field = field(&dice);
    let logs = tempfile::tempdir().unwrap();
    let log = |number: usize| logs.path().join(format!("worker-{number}.log"));
    let workers: Mutex<Vec<Child>> = Mutex::new((0..2).map(|number| worker(&field, &log(number))).collect());
    let mut workers = workers.into_inner().unwrap();
    let (began, mut kills) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(seconds) || kills < count {
        // Mostly in quick succession; now and then a worker has time to get somewhere.
        std::thread::sleep(Duration::from_millis(match dice.roll(4) {
            0 => 2_000 + 250 * dice.roll(20),
            _ => 50 * dice.roll(20),
        }));
        let victim = usize::from(dice.roll(2) == 1);
        workers[victim].kill().unwrap();
        workers[victim].wait().unwrap();
        kills += 1;
        workers[victim] = worker(&field, &log(victim));
    }
    let killing = began.elapsed();
    // Left alone, they bring everything to its end: a mail that was not taken five times is tried again after ten minutes,
    // and, as the mail server behaves from now on, not once more.
    dice.calm.store(true, Ordering::SeqCst);
    let patience = Instant::now();
    let status = loop {
        let (code, said) = muster(&field, &["status"]);
        if code == 0 || patience.elapsed() > Duration::from_secs(700 + 3 * seconds) {
            break said;
        }
        std::thread::sleep(Duration::from_secs(1));
    };
    // One that has just been started must have come to its first line.
    std::thread::sleep(Duration::from_secs(2));
    for child in &mut workers {
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    }
    let codes: Vec<_> = workers.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    // Postfix may still be handing over.
    std::thread::sleep(Duration::from_secs(if matches!(field.mail, Mail::Real(_)) { 5 } else { 0 }));
    let copies = field.mail.copies();
    let settled: Vec<&str> =
        status.lines().filter(|line| line.starts_with("kill-") && line.ends_with(" sent")).collect();
    let lost: Vec<String> = settled
        .iter()
        .flat_map(|line| {
            let run = format!("{}/ALL/r1", line.split("  ").next().unwrap_or_default());
            let edition = line.split('/').next().unwrap_or_default().to_owned();
            (0..readers()).map(move |reader| (run.clone(), format!("{edition}-{reader}")))
        })
        .filter(|key| !copies.contains_key(key))
        .map(|key| format!("{key:?}"))
        .collect();
    let doubled: Vec<String> =
        copies.iter().filter(|(_, count)| **count > 1).map(|(key, count)| format!("{key:?} x{count}")).collect();
    eprintln!(
        "{kills} kills in {killing:?}, all done after {:?}, {} runs, {} mails, {} lost, {} doubled",
        began.elapsed(),
        settled.len(),
        copies.len(),
        lost.len(),
        doubled.len()
    );
    let tail = |number: usize| {
        fs::read_to_string(log(number)).unwrap_or_default().lines().rev().take(15).collect::<Vec<_>>().join("\n")
    };
    assert!(
        lost.is_empty() && doubled.is_empty(),
        "lost {lost:?}\ndoubled {doubled:?}\n{status}\n{}\n{}",
        tail(0),
        tail(1)
    );
    assert!(
        settled.len() >= EDITIONS.len() && copies.len() == settled.len() * readers(),
        "{status}\n{}\n{}",
        tail(0),
        tail(1)
    );
    assert_eq!(codes, [Some(0), Some(0)], "SIGTERM ends in order");
    assert!(kills > 3 && copies.len() >= 48, "{kills} kills of {} mails are no test", copies.len());
}

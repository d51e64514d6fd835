//! The worker as a process: what it misses, what it holds, how it ends, what it tells about itself.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use muster::calendar;

use crate::crash::{READERS, app_with};
use crate::muster::{changed, muster_with, repository};
use crate::sink::{Phase, Play, Sink};

struct Worker {
    child: Child,
    port: u16,
}

impl Worker {
    fn start(store: &Path, sink: &Sink, more: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(env!("CARGO_BIN_EXE_muster"))
            .arg("serve")
            .env("MUSTER__STORE__URL", format!("file://{}", store.display()))
            .env("MUSTER__WORKER__EDITIONS", "cfo-monthly")
            .env("MUSTER__WORKER__TICK_SECONDS", "1")
            .env("MUSTER__WORKER__LEASE_SECONDS", "6")
            .env("MUSTER__WORKER__LISTEN", format!("127.0.0.1:{port}"))
            .envs(sink.settings(true))
            .envs(more.iter().copied())
            .current_dir(std::env::temp_dir())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    fn terminate(&self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
    }

    /// Status line and body.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Ends in order; gives the exit code and how long it took.
    fn end(mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        self.terminate();
        (self.child.wait().unwrap().code(), began.elapsed())
    }
}

fn until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_mins(2), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn notices(sink: &Sink, says: &str) -> usize {
    let subject = |text: &str| text.lines().find(|line| line.starts_with("Subject: ")).unwrap_or_default().to_owned();
    sink.taken().iter().filter(|mail| subject(&mail.text).contains(says)).count()
}

/// Definitions with one line more in the edition.
fn definitions(line: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(repository().join("config/editions/cfo-monthly.toml")).unwrap();
    fs::create_dir_all(folder.path().join("editions")).unwrap();
    fs::write(folder.path().join("editions/cfo-monthly.toml"), text.replacen("due = ", &format!("{line}\ndue = "), 1))
        .unwrap();
    folder
}

#[test]
fn what_was_due_too_long_ago_is_missed_and_told_once() {
    let (folder, sink) = (changed(|_| {}), Sink::kind());
    let now = Utc::now();
    let since = now - TimeDelta::days(110);
    fs::create_dir_all(folder.path().join("ledger")).unwrap();
    fs::write(folder.path().join("ledger/since.json"), format!("{{\"since\":\"{}\"}}", since.to_rfc3339())).unwrap();
    let app = app_with([]);
    let window = now - TimeDelta::days(35);
    let edition = &app.catalogue.editions["cfo-monthly"];
    let owed = calendar::owed(edition, &app.settings.reporting.calendar, &[], since, window);
    let missed = owed.len() - 1;
    assert!(missed >= 1, "{missed} periods are no test");
    // One of them was issued by hand: it is not missed.
    let settings = sink.settings(true);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let by_hand = ["run", "cfo-monthly", "--period", &owed[0].period.to_string()];
    assert_eq!(muster_with(folder.path(), &by_hand, &settings).status.code(), Some(0));
    let socket = folder.path().join("notify");
    let systemd = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let told = || {
        let mut words = [0; 100];
        let length = systemd.recv(&mut words).unwrap();
        String::from_utf8_lossy(&words[..length]).trim().to_owned()
    };
    // The second worker knows nothing but what the ledger says.
    for _ in 0..2 {
        let worker = Worker::start(folder.path(), &sink, &[("NOTIFY_SOCKET", socket.to_str().unwrap())]);
        assert_eq!(told(), "READY=1");
        until("a tick", || worker.get("/metrics").is_some_and(|text| !text.contains("muster_ticks_total 0\n")));
        assert_eq!(notices(&sink, "was missed"), missed);
        let metrics = worker.get("/metrics").unwrap();
        assert!(metrics.contains(&format!("muster_runs_total{{state=\"missed\"}} {missed}\n")), "{metrics}");
        assert_eq!(worker.end().0, Some(0));
        assert_eq!(told(), "STOPPING=1");
    }
}

#[test]
fn a_store_that_cannot_be_written_is_told_and_no_worker_starts_on_it() {
    let folder = changed(|_| {});
    // Where the ledger should be lies a file: nothing can be created below it, whoever asks.
    fs::write(folder.path().join("ledger"), "").unwrap();
    for command in [&["serve"][..], &["run", "cfo-monthly", "--period", "2026-10"], &["check", "--connect"]] {
        let output = muster_with(folder.path(), command, &[("MUSTER__WORKER__LISTEN", "")]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(4) && said.contains("hint: check the store"), "{command:?}: {said}");
    }
    assert!(!folder.path().join("published").exists());
}

#[test]
fn an_edition_held_for_late_feeds_is_told_once_and_goes_out_when_they_come() {
    let folder = changed(|extracts| {
        fs::rename(extracts.join("assets/2026-10-31"), extracts.join("assets/2025-01-31")).unwrap();
        // One more reader, whom only an extract names.
        fs::create_dir_all(extracts.join("recipients/2026-10-31")).unwrap();
        let row = "role,address\ncfo,deputy@localhost\n";
        fs::write(extracts.join("recipients/2026-10-31/recipients.csv"), row).unwrap();
    });
    let (sink, definitions) = (Sink::kind(), definitions("latest_hours = 0\nwhen_late = \"hold\""));
    let definitions = [("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().unwrap())];
    let worker = Worker::start(folder.path(), &sink, &definitions);
    until("a notice", || notices(&sink, "is late") > 0);
    let health = worker.get("/healthz").unwrap();
    assert!(health.starts_with("HTTP/1.1 200") && worker.get("/readyz").unwrap().contains("200"), "{health}");
    assert!(worker.get("/metrics").unwrap().contains("\nmuster_owed "));
    let told = notices(&sink, "is late");
    assert_eq!(sink.taken().len(), told, "nothing but notices is sent");
    // They come: a night for every period that is owed now.
    let nights = folder.path().join("extracts/assets");
    let app = app_with([]);
    let calendar = app.settings.reporting.calendar;
    let edition = &app.catalogue.editions["cfo-monthly"];
    let owed = calendar::owed(edition, &calendar, &[], Utc::now() - TimeDelta::days(35), Utc::now());
    for due in &owed {
        for dataset in fs::read_dir(folder.path().join("extracts")).unwrap().map_while(Result::ok) {
            let last_day = calendar.span(due.period).last_day;
            let night = dataset.path().join(last_day.to_string());
            let Some(newest) =
                fs::read_dir(dataset.path()).unwrap().map_while(Result::ok).map(|night| night.path()).max()
            else {
                continue;
            };
            if !night.exists() {
                fs::create_dir(&night).unwrap();
                for file in fs::read_dir(newest).unwrap().map_while(Result::ok) {
                    fs::copy(file.path(), night.join(file.file_name())).unwrap();
                }
            }
        }
    }
    assert!(nights.is_dir());
    let readers = READERS.into_iter().chain(["deputy@localhost"]);
    until("the report", || readers.clone().all(|reader| sink.copies().get(reader) == Some(&owed.len())));
    assert_eq!(notices(&sink, "is late"), told, "the owner is told once");
    assert_eq!(worker.end().0, Some(0));
}

#[test]
fn a_second_signal_stops_at_once_and_the_next_worker_finds_what_was_taken() {
    let folder = changed(|_| {});
    let sink = Sink::start(|connection, phase, _| match (connection, phase) {
        (1..5, Phase::AfterAccept) => Play::Hang,
        _ => Play::Go,
    });
    let definitions = definitions("latest_hours = 0");
    let slow = [
        ("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().unwrap()),
        ("MUSTER__MAIL__DOT_TIMEOUT_SECONDS", "600"),
        ("MUSTER__WORKER__LEASE_SECONDS", "60"),
    ];
    let worker = Worker::start(folder.path(), &sink, &slow);
    until("a mail", || !sink.taken().is_empty());
    worker.terminate();
    std::thread::sleep(Duration::from_secs(1));
    let (code, took) = worker.end();
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} after {took:?}");
    // Its claim is not released: nobody knows what it was at. A lease of a minute is waited for.
    let worker = Worker::start(folder.path(), &sink, &slow);
    until("the end", || {
        let copies = sink.copies();
        READERS.iter().all(|reader| copies.contains_key(*reader))
            && fs::read_dir(folder.path().join("ledger/cfo-monthly"))
                .unwrap()
                .map_while(Result::ok)
                .all(|period| period.path().join("r1/settled.json").exists())
    });
    assert_eq!(worker.end().0, Some(0));
    let copies = sink.copies();
    assert!(READERS.iter().all(|reader| copies[*reader] == copies[READERS[0]]), "{copies:?}");
    let mut ids: Vec<_> = sink.taken().into_iter().map(|mail| mail.message_id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "no mail came twice");
}

#[test]
fn what_was_begun_by_hand_and_left_is_finished() {
    let folder = changed(|_| {});
    let sink = Sink::start(|_, phase, to| {
        if phase == Phase::Rcpt && to == READERS[0] { Play::Say("550 5.1.1 unknown\r\n") } else { Play::Go }
    });
    let run = |arguments: &[&str]| {
        let settings: Vec<_> = sink.settings(false);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        muster_with(folder.path(), arguments, &settings).status.code()
    };
    // The report of a month that no worker owes; one reader is refused.
    assert_eq!(run(&["run", "cfo-monthly", "--period", "2026-08"]), Some(5));
    // Then the server is away: a resend and a report of one unit are put off.
    sink.change(|_, _, _| Play::Drop);
    assert_eq!(run(&["resend", "cfo-monthly/2026-08", "--failed-only"]), Some(5));
    assert_eq!(run(&["run", "cfo-monthly", "--period", "2026-08", "--unit", "BER"]), Some(5));
    sink.change(|_, _, _| Play::Go);
    let worker = Worker::start(folder.path(), &sink, &[]);
    let copies = |run: &str, reader: &str| {
        let of_run = |text: &str| text.lines().any(|line| line.trim_end() == format!("X-Muster-Run: {run}"));
        sink.taken().iter().filter(|mail| mail.recipients[0] == reader && of_run(&mail.text)).count()
    };
    let left = ["cfo-monthly/2026-08/ALL/r1", "cfo-monthly/2026-08/BER/r1"];
    until("what was left", || left.iter().all(|run| READERS.iter().all(|reader| copies(run, reader) == 1)));
    until("its end", || folder.path().join("ledger/cfo-monthly/2026-08/unit-BER/r1/settled.json").exists());
    assert_eq!(worker.end().0, Some(0));
    assert!(left.iter().all(|run| READERS.iter().all(|reader| copies(run, reader) == 1)), "one copy each");
}

/// Debian's libfaketime, for programs with threads.
fn faketime() -> Option<String> {
    let folders = fs::read_dir("/usr/lib").ok()?.map_while(Result::ok);
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    libraries.find(|path| path.exists()).map(|path| path.display().to_string())
}

#[test]
fn a_clock_that_jumps_back_and_forth_sends_nothing_twice() {
    let Some(library) = faketime() else {
        eprintln!("skipped: Debian's faketime is not installed");
        return;
    };
    let (folder, sink) = (changed(|_| {}), Sink::kind());
    let clock = folder.path().join("clock");
    let set = |time: &str| fs::write(&clock, format!("@{time}\n")).unwrap();
    // Ten seconds before October is due.
    set("2026-11-04 05:59:50");
    let faked = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        // The clock that nobody sets goes on as it does.
        ("DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ];
    let worker = Worker::start(folder.path(), &sink, &faked);
    let settled = |period: &str| folder.path().join(format!("ledger/cfo-monthly/{period}/r1/settled.json")).exists();
    until("September", || settled("2026-09"));
    assert!(!settled("2026-10"), "not before it is due");
    for time in ["2026-11-04 06:00:01", "2026-11-03 05:00:00", "2026-11-04 08:00:00", "2026-09-30 23:59:58"] {
        set(time);
        std::thread::sleep(Duration::from_secs(3));
    }
    set("2026-11-04 09:00:00");
    until("October", || settled("2026-10"));
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(worker.end().0, Some(0));
    let copies: BTreeMap<String, usize> = sink.copies();
    assert!(READERS.iter().all(|reader| copies[*reader] == 2), "September and October, once each: {copies:?}");
}

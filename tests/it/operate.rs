//! The operator's commands on a real run: history, resend, replay, approve and reject, status.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::crash::READERS;
use crate::muster::{changed, file, muster_with, repository};
use crate::sink::{Phase, Play, Sink};

/// One store, one mail server, one set of settings.
struct Desk {
    store: PathBuf,
    settings: Vec<(String, String)>,
}

impl Desk {
    /// Exit code and what was printed.
    fn say(&self, arguments: &[&str]) -> (i32, String) {
        self.with(arguments, &[])
    }

    fn with(&self, arguments: &[&str], more: &[(&str, &str)]) -> (i32, String) {
        let settings: Vec<(&str, &str)> = self
            .settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .chain(more.iter().copied())
            .collect();
        let output = muster_with(&self.store, arguments, &settings);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap_or(-1), said)
    }
}

fn refuse_the_first(_: usize, phase: Phase, to: &str) -> Play {
    if phase == Phase::Rcpt && to == READERS[0] { Play::Say("550 5.1.1 unknown\r\n") } else { Play::Go }
}

#[test]
fn status_says_when_a_mail_that_was_not_taken_is_tried_again() {
    let (folder, sink) = (changed(|_| {}), Sink::start(|_, _, _| Play::Say("451 4.3.2 later\r\n")));
    let desk = Desk { store: folder.path().to_owned(), settings: sink.settings(false) };
    let waits = [("MUSTER__MAIL__RETRY_FIRST_SECONDS", "3600")];
    let (_, said) = desk.with(&["run", "cfo-monthly", "--period", "2026-10"], &waits);
    assert!(said.contains("deferred"), "{said}");
    let (code, said) = desk.with(&["status"], &waits);
    assert!(code != 0 && said.contains("r1 is being sent: 0 of 3, next attempt 20"), "{code} {said}");
}

#[test]
fn what_failed_is_resent_and_what_was_sent_can_be_replayed() {
    let (folder, sink) = (changed(|_| {}), Sink::start(refuse_the_first));
    let desk = Desk { store: folder.path().to_owned(), settings: sink.settings(false) };
    let (code, said) = desk.say(&["run", "cfo-monthly", "--period", "2026-10"]);
    assert!(code == 5 && said.contains("c***@l*** refused: RCPT: 550"), "{code} {said}");
    let (code, said) = desk.say(&["history"]);
    assert!(code == 0 && said.contains("cfo-monthly/2026-10/ALL/r1  2 of 3 sent  incomplete"), "{code} {said}");
    let (_, said) = desk.say(&["history", "--recipient", "CFO@localhost"]);
    assert!(said.contains("refused after 1 attempts"), "{said}");

    sink.change(|_, _, _| Play::Go);
    let (code, said) = desk.say(&["resend", "cfo-monthly/2026-10"]);
    assert_eq!(code, 2, "only those who were not reached: {said}");
    for told in ["1 reader tried once more", "every reader was reached before: nothing is sent again"] {
        let (code, said) = desk.say(&["resend", "cfo-monthly/2026-10/r1", "--failed-only"]);
        assert!(code == 0 && said.contains(told), "{code} {said}");
    }
    assert!(READERS.iter().all(|reader| sink.copies()[*reader] == 1), "{:?}", sink.copies());
    let (_, said) = desk.say(&["history", "--recipient", "cfo@localhost"]);
    assert!(said.contains("sent after 2 attempts"), "{said}");

    let (code, said) = desk.say(&["replay", "cfo-monthly/2026-10"]);
    let count = said.split("byte-identical: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    // Seven documents at least, and three mails.
    assert!(code == 0 && count.is_some_and(|count| count >= 10), "{code} {said}");
    let other = [("MUSTER__REPORTING__ORGANISATION", "Somebody else")];
    let (code, said) = desk.with(&["replay", "cfo-monthly/2026-10"], &other);
    assert!(code == 9 && said.contains("changed: settings") && said.contains("differs: ALL/en/report.pdf"), "{said}");
    let assets = file(&folder.path().join("extracts"), "assets");
    fs::write(&assets, [fs::read(&assets).unwrap(), b"\n".to_vec()].concat()).unwrap();
    let (code, said) = desk.say(&["replay", "cfo-monthly/2026-10"]);
    assert!(code == 1 && said.contains("has other bytes than then"), "{code} {said}");
    let (code, said) = desk.say(&["replay", "cfo-monthly/2026-09"]);
    assert!(code == 1 && said.contains("there is no run"), "{code} {said}");
}

/// Definitions whose edition waits for a yes.
pub fn with_approval(folder: &Path) {
    let text = fs::read_to_string(repository().join("config/editions/cfo-monthly.toml")).unwrap();
    fs::create_dir_all(folder.join("editions")).unwrap();
    let text = text.replacen("due = ", "approval = true\ndue = ", 1);
    assert!(text.contains("approval = true"));
    fs::write(folder.join("editions/cfo-monthly.toml"), text).unwrap();
}

#[test]
fn an_edition_that_needs_approval_goes_out_after_a_yes_only() {
    let (folder, sink, definitions) = (changed(|_| {}), Sink::kind(), tempfile::tempdir().unwrap());
    with_approval(definitions.path());
    let mut settings = sink.settings(false);
    settings.push(("MUSTER__DEFINITIONS__PATH".to_owned(), definitions.path().display().to_string()));
    let desk = Desk { store: folder.path().to_owned(), settings };
    let run = ["run", "cfo-monthly", "--period", "2026-10"];
    for _ in 0..2 {
        let (code, said) = desk.say(&run);
        assert_eq!(code, 8, "{said}");
    }
    assert_eq!(
        sink.copies().into_iter().collect::<Vec<_>>(),
        [("itam@localhost".to_owned(), 1)],
        "the owner is asked once"
    );
    assert!(!folder.path().join("published").exists(), "nothing is published before");
    // What waits is shown after its day, too, when no calendar owes it any more.
    let (code, said) = desk.with(&["status"], &[("MUSTER__WORKER__CATCH_UP_DAYS", "1")]);
    assert!(code == 5 && said.contains("cfo-monthly/2026-10/ALL  r1 waits for approval until"), "{code} {said}");
    let (code, said) = desk.say(&["approve", "cfo-monthly/2026-10", "--look"]);
    assert!(code == 0 && said.contains("Nothing was published before it"), "{code} {said}");
    let (code, said) = desk.say(&["approve", "cfo-monthly/2026-10", "--by", "jane"]);
    assert!(code == 0 && said.contains("approved by jane"), "{code} {said}");
    let (code, said) = desk.say(&["reject", "cfo-monthly/2026-10", "--because", "no", "--by", "joe"]);
    assert!(code == 1 && said.contains("jane answered otherwise"), "{code} {said}");
    let (code, said) = desk.say(&run);
    assert_eq!(code, 0, "{said}");
    assert!(READERS.iter().all(|reader| sink.copies()[*reader] == 1), "{:?}", sink.copies());

    let forced = [&run[..], &["--force-revision"]].concat();
    assert_eq!(desk.say(&forced).0, 8);
    let (_, said) = desk.say(&["approve", "cfo-monthly/2026-10", "--look"]);
    for part in ["Compared with cfo-monthly/2026-10/ALL/r1", "What moved", "Readers added", "New caveats"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(desk.say(&["reject", "cfo-monthly/2026-10", "--because", "wrong rate"]).0, 0);
    assert_eq!(desk.say(&run).0, 5, "it ends without being sent");
    let (code, said) = desk.say(&run);
    assert!(code == 6 && said.contains("was ended as r2: rejected"), "{code} {said}");
    assert!(READERS.iter().all(|reader| sink.copies()[*reader] == 1), "{:?}", sink.copies());
}

#[test]
fn what_was_rejected_was_never_published_so_the_next_revision_restates_nothing() {
    let (folder, sink, definitions) = (changed(|_| {}), Sink::kind(), tempfile::tempdir().unwrap());
    with_approval(definitions.path());
    let mut settings = sink.settings(false);
    settings.push(("MUSTER__DEFINITIONS__PATH".to_owned(), definitions.path().display().to_string()));
    let desk = Desk { store: folder.path().to_owned(), settings };
    let run = ["run", "cfo-monthly", "--period", "2026-10"];
    let forced = [&run[..], &["--force-revision"]].concat();
    assert_eq!(desk.say(&run).0, 8);
    assert_eq!(desk.say(&["reject", "cfo-monthly/2026-10", "--because", "wrong rate"]).0, 0);
    assert_eq!(desk.say(&run).0, 5);
    let mut states = Vec::new();
    for revision in ["r2", "r3"] {
        assert_eq!(desk.say(&forced).0, 8);
        assert_eq!(desk.say(&["approve", "cfo-monthly/2026-10"]).0, 0);
        assert_eq!(desk.say(&run).0, 0);
        let page = folder.path().join("published/cfo-monthly/2026-10/ALL").join(revision).join("issue.json");
        let issue: serde_json::Value = serde_json::from_slice(&fs::read(page).unwrap()).unwrap();
        states.push(issue["state"].as_str().unwrap().to_owned());
        let (code, said) = desk.say(&["replay", &format!("cfo-monthly/2026-10/{revision}")]);
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(states, ["Final", "RESTATED"]);
}

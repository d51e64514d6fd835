//! A server that misbehaves on purpose, one way per test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

/// What the server does.
#[derive(Clone, Copy)]
enum Play {
    /// Answers the line that begins so with this; an empty answer closes, `hang` says nothing more.
    Answer(&'static str, &'static str),
    /// Announces STARTTLS and adds plain-text replies of a man in the middle.
    Inject,
}

const DOT: &str = ".";

fn serve(play: Play) -> Transport {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut out = stream.try_clone().unwrap();
        let mut say = move |text: &str| out.write_all(text.as_bytes());
        let _ = say("220 test\r\n");
        let mut data = false;
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if data && line != DOT {
                continue;
            }
            let usual = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
                "DATA" => "354 go on\r\n",
                _ => "250 2.0.0 Ok <jane.doe@corp.test>\r\n",
            };
            data = line.starts_with("DATA");
            let answer = match play {
                Play::Answer(to, answer) if line.starts_with(to) => answer,
                Play::Inject if line == "STARTTLS" => "220 ready\r\n250-evil\r\n250 AUTH PLAIN\r\n",
                Play::Answer(..) | Play::Inject => usual,
            };
            match answer {
                "" => return,
                "hang" => thread::sleep(Duration::from_secs(30)),
                answer => drop(say(answer)),
            }
        }
    });
    let scheme = if matches!(play, Play::Inject) { "smtp+starttls" } else { "smtp" };
    Transport::Smtp(settings::Secret::new(format!("{scheme}://user:canary@127.0.0.1:{port}")))
}

fn frozen(to: &str, bytes: usize) -> Frozen {
    let body = "A line of a report.\r\n".repeat(bytes / 21);
    Frozen {
        folder: "2026-10".to_owned(),
        from: "muster@corp.test".parse().unwrap(),
        to: to.parse().unwrap(),
        message_id: "<1@corp.test>".to_owned(),
        bytes: format!("From: muster@corp.test\r\nMessage-ID: <1@corp.test>\r\n\r\n{body}").into_bytes().into(),
    }
}

fn settings(transport: Transport) -> settings::Mail {
    settings::Mail {
        concurrency: 1,
        transport,
        from: "muster@corp.test".to_owned(),
        domains: vec!["corp.test".to_owned()],
        timeout: Duration::from_secs(1),
        dot_timeout: Duration::from_secs(30),
        message_id_key: settings::Secret::new("key"),
        retry_first: Duration::from_secs(1),
        retry_for: Duration::from_mins(1),
        on_doubt: settings::OnDoubt::ResendOnce,
        audit: None,
        dkim: None,
    }
}

fn deadlines(phase: u64, dot: u64) -> Deadlines {
    let phase = Duration::from_millis(phase);
    Deadlines { phase, handover: Duration::from_secs(30), dot: Duration::from_millis(dot) }
}

/// Long enough for everything here.
const PATIENCE: Patience = Patience { handover: Duration::from_secs(30), answer: Duration::from_secs(30) };

async fn outcome(play: Play) -> (Outcome, String) {
    let deadlines = deadlines(400, 800);
    let (outcome, detail) = attempt(&settings(serve(play)), deadlines, &frozen("jane.doe@corp.test", 200_000)).await;
    assert!(!detail.contains("canary"), "{detail}");
    (outcome, detail)
}

#[tokio::test]
async fn before_the_dot_a_mail_is_deferred_after_it_in_doubt() {
    for (at, answer, expected, says) in [
        ("nothing", "", Outcome::Sent, "250"),
        ("EHLO", "hang", Outcome::Deferred, "greeting: no answer"),
        ("EHLO", "554 no\r\n", Outcome::Deferred, "greeting: 554"),
        ("AUTH", "535 you said canary\r\n", Outcome::Deferred, "AUTH: 535"),
        ("AUTH", "you said canary\r\n", Outcome::Deferred, "AUTH: the answer is no reply"),
        ("AUTH", "", Outcome::Deferred, "AUTH: "),
        ("MAIL", "530 log in\r\n", Outcome::Deferred, "MAIL: 530"),
        ("MAIL", "553 no\r\n", Outcome::Refused, "MAIL: 553"),
        ("RCPT", "451 later\r\n", Outcome::Deferred, "RCPT: 451"),
        ("RCPT", "550 no\r\n", Outcome::Refused, "RCPT: 550"),
        ("RCPT", "hang", Outcome::Deferred, "RCPT: no answer"),
        ("DATA", "", Outcome::Deferred, "DATA: "),
        ("DATA", "250 what\r\n", Outcome::Deferred, "DATA: the server answered 250 out of turn"),
        (DOT, "hang", Outcome::InDoubt, "after the final dot: no answer in 0.8 s"),
        (DOT, "", Outcome::InDoubt, "after the final dot: "),
        (DOT, "garbage\r\n", Outcome::InDoubt, "after the final dot: "),
        (DOT, "354 go on\r\n", Outcome::InDoubt, "out of turn"),
        (DOT, "452 full\r\n", Outcome::Deferred, "after the final dot: 452"),
        (DOT, "554 spam\r\n", Outcome::Refused, "after the final dot: 554"),
    ] {
        let (outcome, detail) = outcome(Play::Answer(at, answer)).await;
        assert!(outcome == expected && detail.contains(says), "{at} {answer:?}: {outcome} {detail}");
    }
}

#[tokio::test]
async fn a_server_that_stops_reading_defers_the_mail() {
    // The buffers of the machine take a few megabytes; then nothing goes out any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 a\r\n").unwrap();
        let mut lines = BufReader::with_capacity(1, stream.try_clone().unwrap()).lines();
        for answer in ["250 a\r\n", "250 a\r\n", "250 a\r\n", "354 a\r\n"] {
            lines.next();
            stream.write_all(answer.as_bytes()).unwrap();
        }
        thread::sleep(Duration::from_secs(30));
    });
    let deadlines = deadlines(300, 30_000);
    let settings = settings(Transport::Smtp(settings::Secret::new(url)));
    let message = frozen("jane@corp.test", 40_000_000);
    let attempt = attempt(&settings, deadlines, &message);
    let (outcome, detail) = tokio::time::timeout(Duration::from_secs(10), attempt).await.expect("gives up by itself");
    assert!(outcome == Outcome::Deferred && detail.starts_with("transfer: no answer"), "{outcome} {detail}");
}

#[tokio::test]
async fn replies_smuggled_in_before_tls_are_not_believed() {
    let (outcome, detail) = outcome(Play::Inject).await;
    assert!(outcome == Outcome::Deferred && detail.starts_with("STARTTLS: "), "{outcome} {detail}");
    // The handshake stumbles over them; had lettre read them ahead, it would only miss an answer.
    assert!(detail.contains("corrupt message"), "{detail}");
}

#[tokio::test]
async fn a_receipt_masks_the_addresses_of_the_reply() {
    let receipt =
        deliver(&settings(serve(Play::Answer("nothing", ""))), PATIENCE, &frozen("jane.doe@corp.test", 100)).await;
    assert_eq!((receipt.outcome, receipt.detail.as_str()), (Outcome::Sent, "250 2.0.0 Ok <j***@c***.test>"));
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_before_connecting() {
    let nowhere = settings(Transport::Smtp(settings::Secret::new("smtp://127.0.0.1:1")));
    let outside = deliver(&nowhere, PATIENCE, &frozen("jane@evil.example", 100)).await;
    assert!(
        outside.outcome == Outcome::Refused && outside.detail.contains("`evil.example` is not allowed"),
        "{outside:?}"
    );

    let mut smuggler = frozen("jane@corp.test", 100);
    let bytes = [smuggler.bytes.whole().as_ref(), b"\n.\nMAIL FROM:<evil@evil.example>\n"].concat();
    smuggler.bytes = bytes.into();
    assert_eq!(deliver(&nowhere, PATIENCE, &smuggler).await.outcome, Outcome::Refused);

    let other = Frozen { message_id: "<2@corp.test>".to_owned(), ..frozen("jane@corp.test", 100) };
    assert_eq!(deliver(&nowhere, PATIENCE, &other).await.outcome, Outcome::Refused);

    assert_eq!(deliver(&nowhere, PATIENCE, &frozen("jane@corp.test", 100)).await.outcome, Outcome::Deferred);
}

#[test]
fn a_mistake_is_found_without_connecting() {
    let smtp = |url: &str| check(&Transport::Smtp(settings::Secret::new(url))).map_err(|error| error.to_string());
    assert_eq!(smtp("smtps://user:canary@mail.example.com"), Ok(()));
    let file = tempfile::NamedTempFile::new().unwrap();
    for ca in ["/nowhere/ca.pem", file.path().to_str().unwrap()] {
        let error = smtp(&format!("smtps://user:canary@mail.example.com?ca={ca}")).unwrap_err();
        assert!(error.contains(ca) && !error.contains("canary"), "{error}");
    }
    assert!(check(&Transport::Outbox(file.path().to_owned())).is_err());
    assert!(check(&Transport::Outbox(PathBuf::from("not/there/yet"))).is_ok());
}

//! A mail server for tests: SMTP with faults by plan, and IMAP over what was accepted.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where in a conversation something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Connect,
    Ehlo,
    Mail,
    Rcpt,
    Copy,
    Data,
    /// The dot came; the mail is not taken yet.
    BeforeAccept,
    /// The mail is taken; nothing was answered yet.
    AfterAccept,
}

pub const PHASES: [Phase; 8] = [
    Phase::Connect,
    Phase::Ehlo,
    Phase::Mail,
    Phase::Rcpt,
    Phase::Copy,
    Phase::Data,
    Phase::BeforeAccept,
    Phase::AfterAccept,
];

/// What the server does.
#[derive(Clone)]
pub enum Play {
    Go,
    Drop,
    Say(&'static str),
    /// Says nothing more.
    Hang,
    /// Calls this and says nothing more.
    Call(Arc<dyn Fn() + Send + Sync>),
}

/// A mail the server took.
#[derive(Debug, Clone)]
pub struct Taken {
    pub message_id: String,
    pub recipients: Vec<String>,
    pub text: String,
}

type Plan = dyn Fn(usize, Phase, &str) -> Play + Send + Sync;

/// The server; it lives as long as the test process.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    pub imap_port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    plan: Arc<Mutex<Arc<Plan>>>,
}

impl Sink {
    /// The plan gets the connection's number from 1, the phase and the recipient so far.
    pub fn start(plan: impl Fn(usize, Phase, &str) -> Play + Send + Sync + 'static) -> Self {
        let (smtp, imap) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let sink = Self {
            port: smtp.local_addr().unwrap().port(),
            imap_port: imap.local_addr().unwrap().port(),
            taken: Arc::default(),
            plan: Arc::new(Mutex::new(Arc::new(plan))),
        };
        let (one, two, count) = (sink.clone(), sink.clone(), AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in smtp.incoming().map_while(Result::ok) {
                let (sink, number) = (one.clone(), count.fetch_add(1, Ordering::SeqCst) + 1);
                thread::spawn(move || sink.smtp(stream, number));
            }
        });
        thread::spawn(move || {
            for stream in imap.incoming().map_while(Result::ok) {
                let sink = two.clone();
                thread::spawn(move || sink.imap(stream));
            }
        });
        sink
    }

    /// One that takes everything.
    pub fn kind() -> Self {
        Self::start(|_, _, _| Play::Go)
    }

    pub fn change(&self, plan: impl Fn(usize, Phase, &str) -> Play + Send + Sync + 'static) {
        *self.plan.lock().unwrap() = Arc::new(plan);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How many mails each reader has; the audit mailbox is none.
    pub fn copies(&self) -> BTreeMap<String, usize> {
        let mut copies = BTreeMap::new();
        for taken in self.taken() {
            *copies.entry(taken.recipients[0].clone()).or_default() += 1;
        }
        copies
    }

    /// Settings that send to it; `audit` adds the mailbox.
    pub fn settings(&self, audit: bool) -> Vec<(String, String)> {
        let mut settings = vec![
            ("MUSTER__MAIL__TRANSPORT", "smtp".to_owned()),
            ("MUSTER__MAIL__SMTP_URL", format!("smtp://127.0.0.1:{}", self.port)),
            ("MUSTER__MAIL__TIMEOUT_SECONDS", "1".to_owned()),
            ("MUSTER__MAIL__DOT_TIMEOUT_SECONDS", "1".to_owned()),
            ("MUSTER__MAIL__RETRY_FIRST_SECONDS", "1".to_owned()),
        ];
        if audit {
            settings.extend([
                ("MUSTER__AUDIT__IMAP_URL", format!("imap://audit:pw@127.0.0.1:{}", self.imap_port)),
                ("MUSTER__AUDIT__ADDRESS", "audit@localhost".to_owned()),
                ("MUSTER__AUDIT__WAIT_SECONDS", "1".to_owned()),
            ]);
        }
        settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn smtp(&self, stream: TcpStream, number: usize) {
        // A client that went away ends the conversation.
        let _ = self.converse(stream, number);
    }

    fn converse(&self, stream: TcpStream, number: usize) -> std::io::Result<()> {
        let mut out = stream.try_clone()?;
        let (mut recipients, mut text, mut data) = (Vec::<String>::new(), String::new(), false);
        // `None` ends the conversation.
        let mut answer = |phase: Phase, to: &str, usual: &str| -> std::io::Result<Option<bool>> {
            let plan = self.plan.lock().unwrap().clone();
            let (said, goes_on) = match plan(number, phase, to) {
                Play::Go => (usual, true),
                Play::Say(text) => (text, false),
                Play::Drop => return Ok(None),
                Play::Hang => {
                    thread::sleep(Duration::from_secs(20));
                    return Ok(None);
                }
                Play::Call(call) => {
                    call();
                    thread::sleep(Duration::from_secs(20));
                    return Ok(None);
                }
            };
            out.write_all(said.as_bytes())?;
            Ok(Some(goes_on))
        };
        if answer(Phase::Connect, "", "220 sink\r\n")?.is_none() {
            return Ok(());
        }
        for line in BufReader::new(stream).lines() {
            let line = line?;
            let first = recipients.first().cloned().unwrap_or_default();
            if data && line != "." {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            let upper = line.to_ascii_uppercase();
            let done = if data {
                data = false;
                // An empty usual answer: nothing is said before the mail is taken.
                match answer(Phase::BeforeAccept, &first, "")? {
                    None => return Ok(()),
                    Some(false) => Some(false),
                    Some(true) => {
                        self.take(&recipients, &text);
                        answer(Phase::AfterAccept, &first, "250 2.0.0 taken\r\n")?
                    }
                }
            } else if upper.starts_with("EHLO") {
                answer(Phase::Ehlo, "", "250 sink\r\n")?
            } else if upper.starts_with("MAIL") {
                answer(Phase::Mail, "", "250 ok\r\n")?
            } else if upper.starts_with("RCPT") {
                let to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let phase = if recipients.is_empty() { Phase::Rcpt } else { Phase::Copy };
                let shown = if recipients.is_empty() { to.clone() } else { first };
                let said = answer(phase, &shown, "250 ok\r\n")?;
                if said == Some(true) {
                    recipients.push(to);
                }
                said
            } else if upper.starts_with("DATA") {
                let said = answer(Phase::Data, &first, "354 go on\r\n")?;
                data = said == Some(true);
                said
            } else {
                answer(Phase::Ehlo, "", "221 bye\r\n")?
            };
            if done.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn take(&self, recipients: &[String], text: &str) {
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default();
        let taken = Taken { message_id: id.to_owned(), recipients: recipients.to_vec(), text: text.to_owned() };
        self.taken.lock().unwrap().push(taken);
    }

    fn imap(&self, stream: TcpStream) {
        let mut out = stream.try_clone().unwrap();
        let mut say = |text: &str| out.write_all(text.as_bytes());
        if say("* OK sink\r\n").is_err() {
            return;
        }
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let said = if command.starts_with("UID SEARCH") {
                let wanted = command.rsplit('"').nth(1).unwrap_or_default();
                let taken = self.taken();
                let found: Vec<String> = (1..=taken.len())
                    .filter(|uid| {
                        let taken = &taken[uid - 1];
                        taken.message_id == wanted && taken.recipients.iter().any(|to| to.starts_with("audit@"))
                    })
                    .map(|uid| format!(" {uid}"))
                    .collect();
                say(&format!("* SEARCH{}\r\n{tag} OK done\r\n", found.concat()))
            } else if command.starts_with("EXAMINE") {
                say(&format!("* 0 EXISTS\r\n* FLAGS ()\r\n{tag} OK [READ-ONLY] done\r\n"))
            } else if command.starts_with("LOGOUT") {
                say(&format!("* BYE\r\n{tag} OK done\r\n"))
            } else {
                say(&format!("{tag} OK done\r\n"))
            };
            if said.is_err() {
                return;
            }
        }
    }
}

/// A wire to a real server that breaks now and then: in 5 of 100 conversations before the final dot reaches
/// the server, in 10 after the server has answered it and before the client hears.
pub struct Proxy;

impl Proxy {
    /// Gives the port to speak to.
    pub fn start(server: u16, roll: impl Fn() -> u64 + Send + 'static) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let fate = roll();
                thread::spawn(move || _ = relay(&client, server, fate));
            }
        });
        port
    }
}

fn relay(client: &TcpStream, server: u16, fate: u64) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    let dotted = Arc::new(AtomicUsize::new(0));
    let (mut from, mut to, seen) = (client.try_clone()?, server.try_clone()?, dotted.clone());
    let up = thread::spawn(move || -> std::io::Result<()> {
        let (mut buffer, mut tail) = (vec![0; 65_536], Vec::new());
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return to.shutdown(Shutdown::Write);
            }
            tail.extend_from_slice(&buffer[..length]);
            tail.drain(..tail.len().saturating_sub(5));
            if tail.ends_with(b"\r\n.\r\n") {
                if fate < 5 {
                    from.shutdown(Shutdown::Both)?;
                    return to.shutdown(Shutdown::Both);
                }
                seen.store(1, Ordering::SeqCst);
            }
            to.write_all(&buffer[..length])?;
        }
    });
    let (mut from, mut to, mut buffer) = (server, client.try_clone()?, vec![0; 65_536]);
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        if length == 0 || (fate < 15 && dotted.load(Ordering::SeqCst) == 1) {
            to.shutdown(Shutdown::Both).ok();
            from.shutdown(Shutdown::Both).ok();
            up.join().ok();
            return Ok(());
        }
        to.write_all(&buffer[..length])?;
    }
}

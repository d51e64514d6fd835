//! The conversation with a server, phase by phase.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::connect::{Route, connect};
use crate::deliver::{Address, Frozen, Mime, Outcome};
use crate::io::clock::{self, Moment};

/// What a server gets to say goodbye. The outcome is known by then.
const QUIT_DEADLINE: Duration = Duration::from_secs(2);

/// Bytes handed over at a time; each has the deadline of a phase.
const CHUNK_BYTES: usize = 64 * 1024;

/// Longest reply kept, in characters.
const MAX_REPLY_CHARS: usize = 300;

/// How long to wait for an answer.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// In each phase before the final dot.
    pub phase: Duration,
    /// From the beginning to the final dot: later the mail may be somebody else's to send.
    pub handover: Duration,
    /// After the final dot.
    pub dot: Duration,
}

/// The beginning by two clocks: a suspended machine stops one of them.
#[derive(Debug, Clone, Copy)]
struct Began(Moment, DateTime<Utc>);

impl Began {
    fn elapsed(self) -> Duration {
        self.0.elapsed().max((clock::now() - self.1).to_std().unwrap_or_default())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Connect,
    Greeting,
    StartTls,
    Login,
    Sender,
    Recipient,
    /// The audit mailbox as a second recipient.
    Copy,
    Data,
    /// The bytes of the mail, before the dot.
    Transfer,
    /// From the dot on.
    Dot,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::StartTls => "STARTTLS",
            Self::Login => "AUTH",
            Self::Sender => "MAIL",
            Self::Recipient => "RCPT",
            Self::Copy => "RCPT of the audit mailbox",
            Self::Data => "DATA",
            Self::Transfer => "transfer",
            Self::Dot => "after the final dot",
        })
    }
}

#[derive(Debug)]
pub struct Failure {
    pub outcome: Outcome,
    pub detail: String,
    /// The server still listens for commands.
    pub polite: bool,
}

impl Failure {
    /// The conversation broke off.
    pub fn lost(phase: Phase, why: impl fmt::Display) -> Self {
        let outcome = if phase == Phase::Dot { Outcome::InDoubt } else { Outcome::Deferred };
        Self { outcome, detail: format!("{phase}: {}", short(&why.to_string())), polite: false }
    }

    pub fn late(phase: Phase, limit: Duration) -> Self {
        Self::lost(phase, format!("no answer in {} s", limit.as_secs_f32()))
    }

    fn smtp(phase: Phase, error: &SmtpError) -> Self {
        let Some(code) = error.status().map(u16::from) else {
            // The cause repeats what the server said, and that may be the password it was told.
            let garbled = phase == Phase::Login && error.is_response();
            return Self::lost(phase, if garbled { "the answer is no reply".to_owned() } else { cause(error) });
        };
        let about_the_mail = match phase {
            Phase::Sender | Phase::Recipient | Phase::Data | Phase::Transfer | Phase::Dot => true,
            // A wrong password or a server that is closed says nothing about this mail.
            Phase::Connect | Phase::Greeting | Phase::StartTls | Phase::Login | Phase::Copy => false,
        };
        // 530, 534, 535 and 538 ask for a login or for TLS (RFC 4954, 6; RFC 3207, 4), whenever they come.
        let refused = code >= 500 && about_the_mail && !matches!(code, 530 | 534 | 535 | 538);
        let reply = match std::error::Error::source(error) {
            // Some servers repeat what they were told, and that was the password.
            _ if phase == Phase::Login => format!("{code}\nhint: check user and password in `mail.smtp_url`"),
            Some(text) => format!("{code} {text}"),
            None => code.to_string(),
        };
        let outcome = if refused { Outcome::Refused } else { Outcome::Deferred };
        Self { outcome, detail: format!("{phase}: {}", short(&reply)), polite: true }
    }
}

/// The innermost cause: the layers around it say "connection error" each.
fn cause(error: &SmtpError) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let text = inner.to_string();
    if text.contains("invalid peer certificate") {
        return format!("{text}\nhint: name the certificate authority as ?ca=/path/to/ca.pem in `mail.smtp_url`");
    }
    text
}

fn short(reply: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    reply.chars().take(MAX_REPLY_CHARS).map(shown).collect()
}

/// Sends the mail over a connection of its own.
///
/// A mailbox in `copy` gets the mail in the same transaction: the server takes it for both or for none.
pub async fn send(route: &Route, deadlines: Deadlines, message: &Frozen, copy: Option<&Address>) -> (Outcome, String) {
    let began = Began(Moment::now(), clock::now());
    let sent = match connect(route, deadlines.phase).await {
        Ok(connection) => talk(connection, route, (deadlines, began), (message, copy)).await,
        Err(failure) => Err(failure),
    };
    match sent {
        Ok(reply) => (Outcome::Sent, reply),
        Err(failure) => (failure.outcome, failure.detail),
    }
}

async fn talk(
    mut connection: AsyncSmtpConnection,
    route: &Route,
    time: (Deadlines, Began),
    mail: (&Frozen, Option<&Address>),
) -> Result<String, Failure> {
    let result = converse(&mut connection, route, time, mail).await;
    if result.as_ref().err().is_none_or(|failure| failure.polite) {
        // Whether the goodbye is heard changes nothing.
        let _ = timeout(QUIT_DEADLINE, connection.quit()).await;
    }
    result
}

/// Runs one step under its deadline.
pub async fn within<T>(
    phase: Phase,
    limit: Duration,
    step: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(result) => result.map_err(|error| Failure::smtp(phase, &error)),
        Err(_) => Err(Failure::late(phase, limit)),
    }
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    route: &Route,
    (deadlines, began): (Deadlines, Began),
    (message, copy): (&Frozen, Option<&Address>),
) -> Result<String, Failure> {
    let limit = deadlines.phase;
    if let Some(login) = &route.server.login {
        let credentials = Credentials::new(login.user.clone(), login.password.expose().to_owned());
        within(Phase::Login, limit, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
    }
    let (from, to) = (address(&message.from)?, address(&message.to)?);
    let reply = within(Phase::Sender, limit, connection.command(Mail::new(Some(from), Vec::new()))).await?;
    expect(Phase::Sender, &reply, &[250])?;
    let reply = within(Phase::Recipient, limit, connection.command(Rcpt::new(to, Vec::new()))).await?;
    expect(Phase::Recipient, &reply, &[250, 251])?;
    if let Some(copy) = copy.filter(|copy| **copy != message.to) {
        // Without its copy in the audit mailbox a doubt could not be told from a mail that was not taken.
        let reply = within(Phase::Copy, limit, connection.command(Rcpt::new(address(copy)?, Vec::new()))).await?;
        expect(Phase::Copy, &reply, &[250, 251])?;
    }
    let reply = within(Phase::Data, limit, connection.command(Data)).await?;
    expect(Phase::Data, &reply, &[354])?;
    let reply = transfer(connection, deadlines, began, &message.bytes).await?;
    expect(Phase::Dot, &reply, &[250])?;
    Ok(short(&format!("250 {}", reply.message().collect::<Vec<_>>().join(" "))))
}

fn address(address: &Address) -> Result<lettre::Address, Failure> {
    lettre::Address::new(address.local(), address.domain()).map_err(|error| Failure {
        outcome: Outcome::Refused,
        detail: error.to_string(),
        polite: true,
    })
}

/// lettre takes any 2xx or 3xx for success; another than the one that belongs here means that server
/// and client are out of step.
fn expect(phase: Phase, reply: &Response, codes: &[u16]) -> Result<(), Failure> {
    if codes.iter().any(|code| reply.has_code(*code)) {
        return Ok(());
    }
    Err(Failure::lost(phase, format!("the server answered {} out of turn", reply.code())))
}

/// Hands over the bytes and the dot.
///
/// lettre writes the dot itself when the chunks are used up, so the count of chunks asked for tells
/// on which side of the dot a failure lies. Asked once more than there are chunks, the dot may be out.
async fn transfer(
    connection: &mut AsyncSmtpConnection,
    deadlines: Deadlines,
    began: Began,
    bytes: &Mime,
) -> Result<Response, Failure> {
    let asked = AtomicUsize::new(0);
    let last: usize = bytes.pieces().map(|piece| piece.chunks(CHUNK_BYTES).len()).sum();
    let mut chunks = bytes.pieces().flat_map(|piece| piece.chunks(CHUNK_BYTES));
    let counted = std::iter::from_fn(|| {
        asked.fetch_add(1, Ordering::SeqCst);
        chunks.next()
    });
    let phase = || if asked.load(Ordering::SeqCst) > last { Phase::Dot } else { Phase::Transfer };
    let mut transfer = pin!(connection.message_iter(counted));
    loop {
        if phase() == Phase::Transfer && began.elapsed() > deadlines.handover {
            return Err(Failure::late(Phase::Transfer, deadlines.handover));
        }
        let before = asked.load(Ordering::SeqCst);
        let limit = if phase() == Phase::Dot { deadlines.dot } else { deadlines.phase };
        match timeout(limit, &mut transfer).await {
            Ok(result) => return result.map_err(|error| Failure::smtp(phase(), &error)),
            Err(_) if asked.load(Ordering::SeqCst) == before => return Err(Failure::late(phase(), limit)),
            // Something went out meanwhile: what is next has a deadline of its own, but not for ever.
            Err(_) => {}
        }
    }
}

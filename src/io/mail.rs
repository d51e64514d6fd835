//! Sending: one mail, one fresh connection, one receipt.
//!
//! lettre's own transport is not used: its pool may read a stale reply as success, its timeout covers
//! the connect only, and it cannot tell a mail that was surely not taken from one that may have been.
//! Here every phase has its deadline, and the final dot divides `deferred` from `in doubt`.

mod connect;
mod outbox;
mod smtp;
pub(super) mod url;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::deliver::{Frozen, Outcome, Receipt, masked, permit};
use crate::io::clock::Moment;
use crate::secret::Secret;
use crate::settings::{self, Transport};
use connect::Route;
use smtp::Deadlines;

/// How much time an attempt may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the beginning to the final dot.
    pub handover: Duration,
    /// From the final dot to its answer.
    pub answer: Duration,
}

/// Why mail cannot be sent as it is set up. Never shows the URL: it holds the password.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("`{setting}` {why}\nhint: {hint}")]
    Url { setting: &'static str, why: String, hint: &'static str },
    #[error(
        "`{setting}` would speak in plain text to `{host}`\nhint: use smtps://, smtp+starttls:// or imaps://; plain text is for this machine only"
    )]
    Plaintext { setting: &'static str, host: String },
    #[error("the certificate authority `{}` of `mail.smtp_url` {why}\nhint: name a PEM file with at least one certificate", path.display())]
    Authority { path: PathBuf, why: String },
    #[error("TLS to `{host}` cannot be set up: {why}")]
    Tls { host: String, why: String },
    #[error("`mail.outbox` is `{}`, which is no folder", path.display())]
    Outbox { path: PathBuf },
}

/// Checks the transport without sending or connecting, so that a mistake is found at the start.
///
/// # Errors
/// What is wrong, without the secret.
pub fn check(transport: &Transport) -> Result<(), MailError> {
    match transport {
        Transport::Outbox(path) if path.exists() && !path.is_dir() => Err(MailError::Outbox { path: path.clone() }),
        Transport::Outbox(_) => Ok(()),
        Transport::Smtp(secret) => Route::open(secret).map(drop),
    }
}

/// Delivers one mail, once. Every failure is a receipt: the ledger needs one for every attempt.
///
/// If the future is dropped on its way, the mail is in doubt.
pub async fn deliver(settings: &settings::Mail, patience: Patience, message: &Frozen) -> Receipt {
    let deadlines = Deadlines {
        phase: settings.timeout,
        handover: patience.handover,
        dot: settings.dot_timeout.min(patience.answer),
    };
    let (outcome, detail) = attempt(settings, deadlines, message).await;
    Receipt { address: message.to.clone(), outcome, detail: masked(&detail) }
}

async fn attempt(settings: &settings::Mail, deadlines: Deadlines, message: &Frozen) -> (Outcome, String) {
    if let Err(refused) = permit(&message.to, &settings.domains) {
        return (Outcome::Refused, refused.to_string());
    }
    if let Some(why) = message.bytes.unfit().or_else(|| misnamed(message)) {
        return (Outcome::Refused, format!("the frozen mail is damaged: {why}"));
    }
    match &settings.transport {
        Transport::Outbox(path) => {
            let (path, message) = (path.clone(), message.clone());
            let written = tokio::task::spawn_blocking(move || outbox::write(&path, &message)).await;
            written.unwrap_or_else(|_| (Outcome::Deferred, "writing to the outbox was stopped".to_owned()))
        }
        Transport::Smtp(secret) => match route(secret) {
            Ok(route) => {
                let copy = settings.audit.as_ref().map(|audit| &audit.address);
                smtp::send(&route, deadlines, message, copy).await
            }
            Err(error) => (Outcome::Deferred, error.to_string()),
        },
    }
}

/// A route is opened once for many mails: with it come the certificate authorities of the machine. After this time it is
/// opened again, so that a new authority needs no restart.
const LONGEST_ROUTE: Duration = Duration::from_mins(1);

/// The route of the last mail, with the URL and the time it was opened.
static ROUTE: Mutex<Option<(Secret, Moment, Arc<Route>)>> = Mutex::new(None);

fn route(secret: &Secret) -> Result<Arc<Route>, MailError> {
    // Opening it takes some milliseconds; who comes meanwhile wants the same one.
    let mut known = ROUTE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, _, route)) =
        known.as_ref().filter(|(url, opened, _)| url == secret && opened.elapsed() < LONGEST_ROUTE)
    {
        return Ok(Arc::clone(route));
    }
    let route = Arc::new(Route::open(secret)?);
    *known = Some((secret.clone(), Moment::now(), Arc::clone(&route)));
    Ok(route)
}

fn misnamed(message: &Frozen) -> Option<&'static str> {
    let line = format!("\r\nMessage-ID: {}\r\n", message.message_id);
    let head = message.bytes.head();
    let end = head.windows(4).position(|four| four == b"\r\n\r\n").map_or(head.len(), |end| end + 2);
    let is_there = head[..end].windows(line.len()).any(|part| part == line.as_bytes());
    (!is_there).then_some("its Message-ID is not the planned one")
}

#[cfg(test)]
mod tests;

//! The audit mailbox: was a mail taken, of which nobody heard whether it was?
//!
//! It is the second recipient of every mail. A server takes a mail for all its recipients or for none, so
//! what lies here was taken for its reader too.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_imap::Client;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::mail::MailError;
use super::mail::url::{self, Security, Server};
use crate::settings::Audit;

/// For the whole look.
const DEADLINE: Duration = Duration::from_mins(1);

/// Why nobody could look. Never shows the URL: it holds the password.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Url(#[from] MailError),
    #[error("the audit mailbox at `{server}` cannot be reached: {why}")]
    Unreachable { server: String, why: String },
    #[error("the audit mailbox at `{server}` refused {what}: {why}\nhint: check user, password and `audit.folder`")]
    Refused { server: String, what: &'static str, why: String },
    #[error("the certificates for `{server}` cannot be read: {why}")]
    Certificates { server: String, why: String },
}

/// Checks the settings without connecting.
///
/// # Errors
/// What is wrong, without the secret.
pub fn check(audit: &Audit) -> Result<(), MailError> {
    url::parse(&audit.imap_url, &url::IMAP).map(drop)
}

/// Whether a mail of that Message-ID lies in the audit mailbox.
///
/// # Errors
/// Nobody could look.
pub async fn holds(audit: &Audit, message_id: &str) -> Result<bool, AuditError> {
    let server = url::parse(&audit.imap_url, &url::IMAP)?;
    match timeout(DEADLINE, look(&server, audit, message_id)).await {
        Ok(found) => found,
        Err(_) => Err(unreachable(&server, format!("no answer in {} s", DEADLINE.as_secs()))),
    }
}

async fn look(server: &Server, audit: &Audit, message_id: &str) -> Result<bool, AuditError> {
    let stream = dial(server).await?;
    match server.security {
        Security::Implicit | Security::StartTls => {
            let name = ServerName::try_from(server.host.clone()).map_err(|error| unreachable(server, error))?;
            let connector = TlsConnector::from(Arc::new(trust(server)?));
            let stream = connector.connect(name, stream).await.map_err(|error| unreachable(server, error))?;
            search(server, audit, message_id, stream).await
        }
        Security::Plain => search(server, audit, message_id, stream).await,
    }
}

async fn search<S>(server: &Server, audit: &Audit, message_id: &str, stream: S) -> Result<bool, AuditError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug,
{
    // The server's words are not repeated where they may hold what it was told.
    let refused = |what: &'static str, why: String| AuditError::Refused { server: server.to_string(), what, why };
    let mut client = Client::new(stream);
    match client.read_response().await {
        Ok(Some(_)) => {}
        Ok(None) => return Err(unreachable(server, "it closed the connection")),
        Err(error) => return Err(unreachable(server, error)),
    }
    let (user, password) =
        server.login.as_ref().map_or(("", ""), |login| (login.user.as_str(), login.password.expose()));
    let mut session =
        client.login(user, password).await.map_err(|_| refused("the login", "wrong user or password".to_owned()))?;
    // Read only: nothing in there is marked as seen.
    session.examine(&audit.folder).await.map_err(|error| refused("the folder", error.to_string()))?;
    let quoted = message_id.replace(['"', '\\', '\r', '\n'], "");
    let found = session
        .uid_search(format!("HEADER Message-ID \"{quoted}\""))
        .await
        .map_err(|error| refused("the search", error.to_string()))?;
    // Whether the goodbye is heard changes nothing.
    session.logout().await.ok();
    Ok(!found.is_empty())
}

async fn dial(server: &Server) -> Result<TcpStream, AuditError> {
    let addresses = lookup_host((server.host.as_str(), server.port)).await.map_err(|why| unreachable(server, why))?;
    let mut last = "the name has no address that may be used".to_owned();
    for address in addresses {
        // `localhost` is but a name; plain text goes to this machine only.
        if server.security == Security::Plain && !address.ip().is_loopback() {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.to_string(),
        }
    }
    Err(unreachable(server, last))
}

/// The authority of `?ca=`, or the system's.
fn trust(server: &Server) -> Result<ClientConfig, AuditError> {
    let unreadable = |why: String| AuditError::Certificates { server: server.to_string(), why };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(server.ca.as_deref()).map_err(unreadable)? {
        // One the library cannot read is no reason to distrust the others.
        roots.add(certificate).ok();
    }
    if roots.is_empty() {
        return Err(unreadable("there is none".to_owned()));
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

fn certificates(ca: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(path) = ca else { return Ok(rustls_native_certs::load_native_certs().certs) };
    let pem = std::fs::read(path).map_err(|error| format!("`{}`: {}", path.display(), error.kind()))?;
    CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn unreachable(server: &Server, why: impl std::fmt::Display) -> AuditError {
    AuditError::Unreachable { server: server.to_string(), why: why.to_string() }
}

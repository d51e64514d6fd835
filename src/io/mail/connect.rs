//! Connecting: a fresh connection, encrypted unless it stays on this machine.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::MailError;
use super::smtp::{Failure, Phase, within};
use super::url::{self, Security, Server};
use crate::secret::Secret;

/// A server and the TLS parameters to reach it with.
pub struct Route {
    pub server: Server,
    tls: Option<TlsParameters>,
}

impl Route {
    /// Reads the URL and the certificate authority.
    ///
    /// # Errors
    /// Either is wrong.
    pub fn open(secret: &Secret) -> Result<Self, MailError> {
        let server = url::parse(secret, &url::SMTP)?;
        let tls = match server.security {
            Security::Implicit | Security::StartTls => Some(tls(&server)?),
            Security::Plain => None,
        };
        Ok(Self { server, tls })
    }
}

fn tls(server: &Server) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca {
        let wrong = |why: String| MailError::Authority { path: path.clone(), why };
        let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {}", error.kind())))?;
        // lettre takes a file without certificates and then trusts nobody.
        if !pem.windows(27).any(|bytes| bytes == b"-----BEGIN CERTIFICATE-----") {
            return Err(wrong("holds no certificate".to_owned()));
        }
        let authority = Certificate::from_pem(&pem).map_err(|_| wrong("is no valid PEM file".to_owned()))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build_rustls().map_err(|error| MailError::Tls { host: server.host.clone(), why: error.to_string() })
}

/// Connects, greets and encrypts.
pub async fn connect(route: &Route, limit: Duration) -> Result<AsyncSmtpConnection, Failure> {
    let Route { server, tls } = route;
    let hello = ClientId::default();
    if let (Security::Implicit, Some(tls)) = (server.security, tls) {
        let address = (server.host.as_str(), server.port);
        let opened = AsyncSmtpConnection::connect_tokio1(address, Some(limit), &hello, Some(tls.clone()), None);
        return within(Phase::Connect, limit, opened).await;
    }
    let stream = match timeout(limit, dial(server)).await {
        Ok(stream) => stream.map_err(|error| Failure::lost(Phase::Connect, error))?,
        Err(_) => return Err(Failure::late(Phase::Connect, limit)),
    };
    // Every mail is a few small writes that the server answers: none waits to be filled up.
    stream.set_nodelay(true).map_err(|error| Failure::lost(Phase::Connect, error))?;
    // Without STARTTLS there is no later word that an earlier one could be taken for.
    let stream: Box<dyn AsyncTokioStream> = match server.security {
        Security::StartTls | Security::Implicit => Box::new(Dripping(stream)),
        Security::Plain => Box::new(stream),
    };
    let mut connection =
        within(Phase::Greeting, limit, AsyncSmtpConnection::connect_with_transport(stream, &hello)).await?;
    if let Some(tls) = tls {
        within(Phase::StartTls, limit, connection.starttls(tls.clone(), &hello)).await?;
        if !connection.is_encrypted() {
            return Err(Failure::lost(Phase::StartTls, "the connection is not encrypted"));
        }
    }
    Ok(connection)
}

async fn dial(server: &Server) -> io::Result<TcpStream> {
    let mut error = io::Error::other("the name has no address that may be used");
    for address in lookup_host((server.host.as_str(), server.port)).await? {
        // `localhost` is but a name; plain text goes to this machine only.
        if server.security == Security::Plain && !address.ip().is_loopback() {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

/// A stream read one byte at a time.
///
/// lettre reads ahead, and takes what was read in plain text for the server's word after STARTTLS: an
/// attacker on the way could add replies of his own. Read byte by byte, they stay in the stream, where
/// the TLS handshake stumbles over them. SMTP answers are short, so this costs nothing that matters.
#[derive(Debug)]
struct Dripping(TcpStream);

impl AsyncRead for Dripping {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        let read = Pin::new(&mut self.0).poll_read(context, &mut one);
        buffer.put_slice(one.filled());
        read
    }
}

impl AsyncWrite for Dripping {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Dripping {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

//! The URL of a mail server, `mail.smtp_url` or `audit.imap_url`. It holds a password, so no message ever
//! repeats it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use url::{Host, Url};

use super::MailError;
use crate::secret::Secret;

/// A server and how to speak to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub security: Security,
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
    pub login: Option<Login>,
    /// The one authority to trust instead of the system's.
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, `smtps://`.
    Implicit,
    /// TLS after STARTTLS, or nothing at all, `smtp+starttls://`.
    StartTls,
    /// None, to this machine only, `smtp://`.
    Plain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

const ESCAPES: &str = "write special characters of user and password as escapes: `@` as %40, `/` as %2F, `#` as %23, `:` as %3A, `%` as %25";
const FORMS: &str =
    "use smtps://user:password@host:465, smtp+starttls://host:587, or smtp://127.0.0.1:2525 on this machine";

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What kind of server a URL names.
#[derive(Debug)]
pub struct Kind {
    pub setting: &'static str,
    /// Scheme, security, default port.
    schemes: &'static [(&'static str, Security, u16)],
    forms: &'static str,
}

pub const SMTP: Kind = Kind {
    setting: "mail.smtp_url",
    schemes: &[
        ("smtps", Security::Implicit, 465),
        ("smtp+starttls", Security::StartTls, 587),
        ("smtp", Security::Plain, 25),
    ],
    forms: FORMS,
};

pub const IMAP: Kind = Kind {
    setting: "audit.imap_url",
    schemes: &[("imaps", Security::Implicit, 993), ("imap", Security::Plain, 143)],
    forms: "use imaps://user:password@host:993, or imap://user:password@127.0.0.1:2143 on this machine",
};

/// Reads the URL.
///
/// # Errors
/// What is wrong with it, without repeating any of it but the host.
pub fn parse(secret: &Secret, kind: &Kind) -> Result<Server, MailError> {
    let wrong = |why: &str, hint: &'static str| MailError::Url { setting: kind.setting, why: why.to_owned(), hint };
    let url = Url::parse(secret.expose()).map_err(|error| wrong(&format!("is no URL: {error}"), ESCAPES))?;
    let Some((_, security, default_port)) = kind.schemes.iter().find(|(scheme, ..)| *scheme == url.scheme()) else {
        let schemes: Vec<String> = kind.schemes.iter().map(|(scheme, ..)| format!("`{scheme}:`")).collect();
        return Err(wrong(&format!("begins with none of {}", schemes.join(", ")), kind.forms));
    };
    let (security, default_port) = (*security, *default_port);
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Domain(_)) | None => return Err(wrong("names no host", kind.forms)),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(wrong("has something after the host that is neither a port nor `?ca=`", ESCAPES));
    }
    if security == Security::Plain && !is_loopback(&host) {
        return Err(MailError::Plaintext { setting: kind.setting, host });
    }
    let login = match (decoded(url.username()), url.password().map(decoded)) {
        (None, _) | (_, Some(None)) => return Err(wrong("has a user or password with a broken escape", ESCAPES)),
        (Some(user), None) if user.is_empty() => None,
        (Some(_), None) => return Err(wrong("has a user without a password", kind.forms)),
        (Some(user), Some(Some(password))) => {
            // Either would end the line of an AUTH command or the field inside it.
            if user.is_empty() || format!("{user}{password}").contains(['\0', '\r', '\n']) {
                return Err(wrong("has an empty user, or a control character in user or password", ESCAPES));
            }
            Some(Login { user, password: Secret::new(password) })
        }
    };
    let mut ca = None;
    for (key, value) in url.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('=')) {
        match (key, decoded(value)) {
            ("ca", Some(path)) if !path.is_empty() => ca = Some(PathBuf::from(path)),
            _ => {
                return Err(wrong(
                    "has an option other than `ca`",
                    "name a certificate authority as ?ca=/path/to/ca.pem",
                ));
            }
        }
    }
    Ok(Server { security, host, port: url.port().unwrap_or(default_port), login, ca })
}

/// Whether the host is this machine by its name or address alone. What a name resolves to is checked
/// again on connecting.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Server, String> {
        parse(&Secret::new(url), &SMTP).map_err(|error| error.to_string())
    }

    #[test]
    fn each_form_has_its_port_and_its_security() {
        let check = |url: &str, security: Security, at: &str| {
            let server = read(url).unwrap();
            assert_eq!((server.security, server.to_string().as_str()), (security, at), "{url}");
        };
        check("smtps://mail.example.com", Security::Implicit, "mail.example.com:465");
        check("smtp+starttls://Mail.example.com/", Security::StartTls, "mail.example.com:587");
        check("smtp://localhost:2525", Security::Plain, "localhost:2525");
        check("smtp://[::1]", Security::Plain, "::1:25");
    }

    #[test]
    fn user_password_and_path_are_unescaped() {
        let server = read("smtps://u%40corp:p%3A%2F%23%25+@mail.example.com?ca=/etc/my%20ca+.pem").unwrap();
        let login = server.login.unwrap();
        assert_eq!((login.user.as_str(), login.password.expose()), ("u@corp", "p:/#%+"));
        assert_eq!(server.ca, Some(PathBuf::from("/etc/my ca+.pem")));
    }

    #[test]
    fn plaintext_leaves_this_machine_never() {
        for host in ["mail.example.com", "10.0.0.1", "localhost.example.com", "0.0.0.0"] {
            let error = read(&format!("smtp://u:canary@{host}")).unwrap_err();
            assert!(error.contains("smtps://") && !error.contains("canary"), "{error}");
        }
        assert!(read("smtp://127.0.0.2:25").is_ok());
    }

    #[test]
    fn a_wrong_url_is_explained_without_the_secret() {
        for url in [
            "canary",
            "user:canary@host",
            "https://u:canary@host",
            "smtps://u:can#ary@host",
            "smtps://u:can/ary@host",
            "smtps://u:canary@",
            "smtps://u:canary@host:99999",
            "smtps://u:canary%@host",
            "smtps://u:canary%0d%0aRSET@host",
            "smtps://:canary@host",
            "smtps://canary@host",
            "smtps://u:canary@host?tls=no",
            "smtps://u:canary@host/path",
        ] {
            let error = read(url).expect_err(url);
            assert!(
                error.contains("\nhint: ") && !error.contains("can#ary") && !error.contains("canary"),
                "{url}: {error}"
            );
        }
    }
}

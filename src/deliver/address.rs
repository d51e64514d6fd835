//! Mail addresses, read strictly: what is no plain `local@domain` in ASCII never reaches a header or
//! a server.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// RFC 5321, 4.5.3.1, and what is sensible for a name.
const MAX_LOCAL_CHARS: usize = 64;
const MAX_DOMAIN_CHARS: usize = 189;
const MAX_NAME_CHARS: usize = 100;

/// What mail goes to when no domain is allowed: the machine itself.
const LOCALHOST: &str = "localhost";

/// A checked address. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    local: String,
    /// Lowercase.
    domain: String,
}

/// An address with a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox {
    /// One line, never empty.
    pub name: Option<String>,
    pub address: Address,
}

/// Why a text is no address. The text itself is not repeated, since this may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("a control character, line break or invisible character is in it")]
    Control,
    #[error("it is not `local@domain` or `Name <local@domain>`")]
    Shape,
    #[error("the part before the `@` is not plain ASCII without spaces and quotes, at most 64 characters")]
    Local,
    #[error("the domain is no host name\nhint: write a domain outside ASCII in its `xn--` form")]
    Domain,
    #[error("the name is longer than 100 characters")]
    Name,
}

/// An address outside the allowed domains.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{address}` is outside `mail.domains`: `{domain}` is not allowed\nhint: add the domain to `mail.domains` if mail may go there"
)]
pub struct Refused {
    /// Masked.
    pub address: String,
    pub domain: String,
}

/// Checks an address against the allowed domains, exactly, whatever the case; a sub-domain is another
/// domain. No domains allow `localhost` alone.
///
/// # Errors
/// The domain is none of them.
pub fn permit(address: &Address, domains: &[String]) -> Result<(), Refused> {
    let allowed = |domain: &String| domain.eq_ignore_ascii_case(&address.domain);
    if domains.iter().any(allowed) || (domains.is_empty() && address.domain == LOCALHOST) {
        return Ok(());
    }
    Err(Refused { address: address.masked(), domain: address.domain.clone() })
}

/// The text with every address in it masked, `j***@e***.com`.
#[must_use]
pub fn masked(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '@' || ATEXT.contains(c) || c == '.';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, token) = rest.split_at(start);
        let (token, after) = token.split_at(token.find(|c| !is_part(c)).unwrap_or(token.len()));
        // Quotes around an address and the full stop after it are not part of it.
        let quoted = token.trim_start_matches(QUOTES);
        let bare = quoted.trim_end_matches(QUOTES).trim_end_matches('.').trim_end_matches(QUOTES);
        out.push_str(before);
        out.push_str(&token[..token.len() - quoted.len()]);
        match bare.rsplit_once('@') {
            Some((local, domain)) => out.push_str(&mask(local, domain)),
            None => out.push_str(bare),
        }
        out.push_str(&quoted[bare.len()..]);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a character does something other than be read: control characters, line and paragraph ends,
/// the ones without width and the ones that turn the reading direction.
pub(super) fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The characters of a dot-atom beside letters and digits (RFC 5322, 3.2.3).
const ATEXT: &str = "!#$%&'*+-/=?^_`{|}~";

const QUOTES: [char; 2] = ['`', '\''];

fn mask(local: &str, domain: &str) -> String {
    let head = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let end = domain.rsplit_once('.').map_or_else(String::new, |(_, end)| format!(".{end}"));
    format!("{}***@{}***{end}", head(local), head(domain))
}

impl Address {
    /// The part before the `@`, as written.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`, lowercase.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What two spellings of one address have in common: all lowercase.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_ascii_lowercase(), self.domain)
    }

    /// `j***@e***.com`
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.local, &self.domain)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.chars().any(hides) {
            return Err(AddressError::Control);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Shape)?;
        let atom =
            |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || ATEXT.contains(c));
        if local.len() > MAX_LOCAL_CHARS || !local.split('.').all(atom) {
            return Err(AddressError::Local);
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if domain.len() > MAX_DOMAIN_CHARS || !domain.split('.').all(label) {
            return Err(AddressError::Domain);
        }
        Ok(Self { local: local.to_owned(), domain: domain.to_ascii_lowercase() })
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl FromStr for Mailbox {
    type Err = AddressError;

    /// Reads `a@b`, `Name <a@b>` or `"Name" <a@b>`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.chars().any(hides) {
            return Err(AddressError::Control);
        }
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return Ok(Self { name: None, address: text.parse()? });
        };
        let address = rest.strip_suffix('>').ok_or(AddressError::Shape)?.trim().parse()?;
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim();
        if name.contains(['<', '>', '@']) {
            // A second address dressed up as a name is what a reader would see first.
            return Err(AddressError::Shape);
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(AddressError::Name);
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_a_name_and_an_address() {
        let check = |text: &str, name: Option<&str>, address: &str| {
            let mailbox: Mailbox = text.parse().unwrap();
            assert_eq!((mailbox.name.as_deref(), mailbox.address.to_string().as_str()), (name, address), "{text}");
        };
        check("cfo@localhost", None, "cfo@localhost");
        check("Chief <Cfo+x@Corp.Example>", Some("Chief"), "Cfo+x@corp.example");
        check("\"Müller, Zoë\" <z@corp.example>", Some("Müller, Zoë"), "z@corp.example");
        check("<z@corp.example>", None, "z@corp.example");
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for text in [
            "",
            "cfo",
            "@x",
            "a@",
            "a b@x",
            "a@x y",
            ".a@x",
            "a..b@x",
            "a@-x",
            "a@x..y",
            "a@[127.0.0.1]",
            "ä@x",
            "a@ä.de",
            "\"a b\"@x",
            "a@x>",
            "N <a@x",
            "boss@bank.example <a@x>",
            "a@x\r\nBcc: b@y",
            "N\r\nBcc: b@y <a@x>",
            "N\u{85} <a@x>",
            "a@x,b@y",
            "a\0@x",
            "a@x\u{2028}",
            "N\u{202e} <a@x>",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_the_allowed_domains_are_permitted() {
        let domains = ["Corp.Example".to_owned()];
        let permitted = |text: &str, domains: &[String]| permit(&text.parse().unwrap(), domains).is_ok();
        assert!(permitted("a@CORP.example", &domains));
        assert!(!permitted("a@sub.corp.example", &domains));
        assert!(!permitted("a@corp.example.evil.example", &domains));
        assert!(!permitted("a@localhost", &domains));
        assert!(permitted("a@localhost", &[]));
        assert!(!permitted("a@corp.example", &[]));
        let refused = permit(&"jane@evil.example".parse().unwrap(), &domains).unwrap_err();
        assert!(!refused.to_string().contains("jane"), "{refused}");
    }

    #[test]
    fn addresses_are_masked_wherever_they_stand() {
        let reply = "550 5.1.1 <jane.doe@example.com>: not here, nor x@localhost; see b@a.co.uk.";
        assert_eq!(masked(reply), "550 5.1.1 <j***@e***.com>: not here, nor x***@l***; see b***@a***.uk.");
        assert_eq!(masked("`jane@example.com` and 'x@y.z'."), "`j***@e***.com` and 'x***@y***.z'.");
        for text in ["no address", "`", "...", "`j***@e***.com`"] {
            assert_eq!(masked(text), text);
        }
    }
}

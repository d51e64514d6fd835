//! Distribution lists: which roles exist, who is in them, from when until when, for which units.

mod extract;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use toml::{Table, Value};

use super::address::{Address, Mailbox, permit};
use crate::ids::{ENTERPRISE, did_you_mean};

pub use extract::{Allowed, Units, withheld};

/// Roles and their members: of `config/distribution.toml`, and for a run those of the extract behind them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// Members in the order of the files.
    pub roles: BTreeMap<String, Vec<Entry>>,
}

/// One member of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub mailbox: Mailbox,
    /// Business units a burst edition is limited to; none means the enterprise.
    pub units: Vec<String>,
    /// Language tag, where it is not the reports' own.
    pub language: Option<String>,
    /// The file with the password that the PDF in their mail opens with.
    pub pdf_password_file: Option<String>,
    /// First and last day of the membership, both included.
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

/// Somebody who gets an edition, once, however many roles name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub mailbox: Mailbox,
    /// All units of all their roles, [`ENTERPRISE`] among them where a role has none; none at all means the
    /// enterprise alone.
    pub units: Vec<String>,
    pub language: Option<String>,
    /// Where one of their roles asks for a password: the mail carries nothing but a PDF that opens with it.
    pub pdf_password_file: Option<String>,
}

/// Everything wrong with the lists.
#[derive(Debug, thiserror::Error)]
#[error("distribution.toml has faults:\n{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct DistributionError {
    pub faults: Vec<Fault>,
}

/// One thing wrong, e.g. at `roles.cfo[0].address`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{place}`: {message}")]
pub struct Fault {
    pub place: String,
    pub message: String,
}

const KEYS: [&str; 6] = ["address", "units", "language", "pdf_password_file", "from", "until"];

impl Distribution {
    /// Reads the lists and refuses addresses outside the allowed domains.
    ///
    /// # Errors
    /// Every fault at once, with role and index.
    pub fn parse(text: &str, domains: &[String]) -> Result<Self, DistributionError> {
        let mut faults = Faults(Vec::new());
        let mut distribution = Self::default();
        match text.parse::<Table>() {
            Ok(table) => distribution.roles = read(table, domains, &mut faults),
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                faults.add(&format!("distribution.toml:{line}"), error.message());
            }
        }
        if faults.0.is_empty() { Ok(distribution) } else { Err(DistributionError { faults: faults.0 }) }
    }

    /// The roles that are used and not defined: mail to them would reach nobody.
    #[must_use]
    pub fn undefined(&self, roles: &[String]) -> Vec<Fault> {
        let known = || self.roles.keys().map(String::as_str);
        let fault = |role: &String| Fault {
            place: format!("roles.{role}"),
            message: format!("there is no such role{}", did_you_mean(role, known())),
        };
        roles.iter().filter(|role| !self.roles.contains_key(*role)).map(fault).collect()
    }
}

/// Who reads what goes to `roles` on that day: in the order of the roles and of the file, each address
/// once. Units of several roles add up, and so does the enterprise of a role without units; of names and
/// languages the first counts.
#[must_use]
pub fn readers(distribution: &Distribution, roles: &[String], on: NaiveDate) -> Vec<Reader> {
    let mut readers: Vec<Reader> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for entry in roles.iter().flat_map(|role| valid(distribution, role, on)) {
        let place = *places.entry(entry.mailbox.address.key()).or_insert(readers.len());
        match readers.get_mut(place) {
            Some(reader) => merge(reader, entry),
            None => readers.push(Reader {
                mailbox: entry.mailbox.clone(),
                units: entry.units.clone(),
                language: entry.language.clone(),
                pdf_password_file: entry.pdf_password_file.clone(),
            }),
        }
    }
    readers
}

/// The first member of the owning role on that day: whom replies and notices go to.
#[must_use]
pub fn owner<'a>(distribution: &'a Distribution, role: &'a str, on: NaiveDate) -> Option<&'a Mailbox> {
    valid(distribution, role, on).next().map(|entry| &entry.mailbox)
}

fn valid<'a>(distribution: &'a Distribution, role: &str, on: NaiveDate) -> impl Iterator<Item = &'a Entry> {
    let entries = distribution.roles.get(role).map_or(&[][..], Vec::as_slice);
    entries
        .iter()
        .filter(move |entry| entry.from.is_none_or(|from| from <= on) && entry.until.is_none_or(|until| on <= until))
}

fn merge(reader: &mut Reader, entry: &Entry) {
    let enterprise = [ENTERPRISE.to_owned()];
    let more = match (reader.units.as_slice(), entry.units.as_slice()) {
        ([], []) => &[],
        // One role opens the enterprise, the other some units: both are theirs.
        ([], units) => {
            reader.units.extend(enterprise.clone());
            units
        }
        (_, []) => &enterprise[..],
        (_, units) => units,
    };
    let new: Vec<_> = more.iter().filter(|unit| !reader.units.contains(unit)).cloned().collect();
    reader.units.extend(new);
    reader.mailbox.name = reader.mailbox.name.take().or_else(|| entry.mailbox.name.clone());
    reader.language = reader.language.take().or_else(|| entry.language.clone());
    reader.pdf_password_file = reader.pdf_password_file.take().or_else(|| entry.pdf_password_file.clone());
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        self.0.push(Fault { place: place.to_owned(), message: message.into() });
    }

    fn unknown(&mut self, place: &str, key: &str, known: &[&str]) {
        self.add(place, format!("unknown key{}", did_you_mean(key, known.iter().copied())));
    }
}

fn read(table: Table, domains: &[String], faults: &mut Faults) -> BTreeMap<String, Vec<Entry>> {
    let mut roles = BTreeMap::new();
    for (key, value) in table {
        match (key.as_str(), value) {
            ("roles", Value::Table(lists)) => {
                for (role, list) in lists {
                    let entries = read_role(&format!("roles.{role}"), list, domains, faults);
                    roles.insert(role, entries);
                }
            }
            ("roles", _) => faults.add("roles", "is no table\nhint: write `[[roles.cfo]]` before each member"),
            (unknown, _) => faults.unknown(unknown, unknown, &["roles"]),
        }
    }
    roles
}

fn read_role(place: &str, list: Value, domains: &[String], faults: &mut Faults) -> Vec<Entry> {
    let Value::Array(members) = list else {
        faults.add(place, format!("is no list\nhint: write `[[{place}]]`, with two brackets, before each member"));
        return Vec::new();
    };
    if members.is_empty() {
        faults.add(place, "is empty: nobody would be told");
    }
    let mut entries = Vec::new();
    for (index, member) in members.into_iter().enumerate() {
        let place = format!("{place}[{index}]");
        match member {
            Value::Table(table) => entries.extend(read_entry(&place, &table, domains, faults)),
            _ => faults.add(&place, "is no table with an `address`"),
        }
    }
    entries
}

fn read_entry(place: &str, table: &Table, domains: &[String], faults: &mut Faults) -> Option<Entry> {
    for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        faults.unknown(&format!("{place}.{key}"), key, &KEYS);
    }
    let mailbox = match table.get("address") {
        Some(Value::String(text)) => {
            mailbox(text, domains).map_err(|why| faults.add(&format!("{place}.address"), why)).ok()
        }
        Some(_) => {
            faults.add(&format!("{place}.address"), "is no text");
            None
        }
        None => {
            faults.add(place, "has no `address`");
            None
        }
    };
    let units = units(&format!("{place}.units"), table.get("units"), faults);
    let language = language(&format!("{place}.language"), table.get("language"), faults);
    let pdf_password_file = path(&format!("{place}.pdf_password_file"), table.get("pdf_password_file"), faults);
    let from = date(&format!("{place}.from"), table.get("from"), faults);
    let until = date(&format!("{place}.until"), table.get("until"), faults);
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        faults.add(&format!("{place}.until"), "is before `from`");
    }
    Some(Entry { mailbox: mailbox?, units, language, pdf_password_file, from, until })
}

fn mailbox(text: &str, domains: &[String]) -> Result<Mailbox, String> {
    let mailbox: Mailbox = text.parse().map_err(|error: super::AddressError| error.to_string())?;
    let address: &Address = &mailbox.address;
    permit(address, domains).map_err(|refused| refused.to_string())?;
    Ok(mailbox)
}

fn units(place: &str, value: Option<&Value>, faults: &mut Faults) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let names: Option<Vec<String>> = value.as_array().and_then(|units| {
        let name = |unit: &Value| unit.as_str().filter(|name| is_name(name)).map(str::to_owned);
        units.iter().map(name).collect()
    });
    match names {
        Some(names) if !names.is_empty() => names,
        // Read as "all", an empty list would show the enterprise to somebody who was to see nothing.
        Some(_) => {
            faults.add(place, "is empty\nhint: leave it out for the whole enterprise");
            Vec::new()
        }
        None => {
            faults.add(place, "is no list of unit names such as [\"TLG\"]");
            Vec::new()
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn language(place: &str, value: Option<&Value>, faults: &mut Faults) -> Option<String> {
    let tag = value?.as_str().filter(|tag| is_language(tag));
    if tag.is_none() {
        faults.add(place, "is no language tag such as `en` or `de-AT`");
    }
    tag.map(str::to_owned)
}

fn path(place: &str, value: Option<&Value>, faults: &mut Faults) -> Option<String> {
    let path = value?.as_str().map(str::trim).filter(|path| !path.is_empty());
    if path.is_none() {
        faults.add(place, "is no path of a file");
    }
    path.map(str::to_owned)
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language =
        parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    language && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn date(place: &str, value: Option<&Value>, faults: &mut Faults) -> Option<NaiveDate> {
    let day = match value? {
        Value::Datetime(date) => date.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_) => None,
    };
    if day.is_none() {
        faults.add(place, "is no day such as 2026-10-31");
    }
    day
}

#[cfg(test)]
mod tests;

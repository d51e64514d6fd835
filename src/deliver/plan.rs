//! Who gets what: one delivery per reader and scope, each with a key that is the same for ever.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::address::Mailbox;
use super::recipients::Reader;
use crate::finding::{Finding, Level};
use crate::ids::{ENTERPRISE, did_you_mean};

/// An edition of a period in one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub edition: String,
    /// e.g. `2026-10`
    pub period: String,
    /// 1 for the first; a correction is a new revision.
    pub revision: u32,
}

/// Whether readers get one report or one per business unit.
#[derive(Debug, Clone, Copy)]
pub enum Spread<'a> {
    /// Everybody gets the enterprise report, whatever their units.
    Enterprise,
    /// Readers with units get one report for each, the others the enterprise; these are the units that
    /// there are.
    Burst { units: &'a [String] },
}

/// What makes a delivery the same delivery, whoever attempts it and however often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryKey {
    pub edition: String,
    pub period: String,
    /// A business unit, or [`ENTERPRISE`].
    pub scope: String,
    pub revision: u32,
    /// All lowercase.
    pub address: String,
}

/// One mail to make and to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub to: Mailbox,
    pub language: Option<String>,
    /// The file with the password of the PDF, where the reader's list asks for one.
    pub pdf_password_file: Option<String>,
    pub key: DeliveryKey,
}

/// All mails of an issue, in the order of the readers, and what was odd about the lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    pub deliveries: Vec<Delivery>,
    pub findings: Vec<Finding>,
}

/// Decides who gets what.
///
/// A unit that does not exist is a finding and never falls back to the enterprise: its reader gets
/// the other units, or nothing.
#[must_use]
pub fn plan(issue: &Issue, readers: &[Reader], spread: Spread<'_>) -> Plan {
    let mut plan = Plan::default();
    for reader in readers {
        for scope in scopes(reader, spread, &mut plan.findings) {
            let key = DeliveryKey {
                edition: issue.edition.clone(),
                period: issue.period.clone(),
                scope,
                revision: issue.revision,
                address: reader.mailbox.address.key(),
            };
            plan.deliveries.push(Delivery {
                to: reader.mailbox.clone(),
                language: reader.language.clone(),
                pdf_password_file: reader.pdf_password_file.clone(),
                key,
            });
        }
    }
    if plan.deliveries.is_empty() {
        let message = format!("nobody receives `{}` of {}", issue.edition, issue.period);
        let hint = "see the edition's `roles`, and the members of these roles with their `from` and `until`";
        plan.findings.push(Finding::dataset(Level::Error, "no_readers", "distribution", message, hint));
    }
    plan
}

fn scopes(reader: &Reader, spread: Spread<'_>, findings: &mut Vec<Finding>) -> Vec<String> {
    let Spread::Burst { units } = spread else { return vec![ENTERPRISE.to_owned()] };
    if reader.units.is_empty() {
        return vec![ENTERPRISE.to_owned()];
    }
    let (known, unknown): (Vec<String>, Vec<String>) =
        reader.units.iter().cloned().partition(|unit| units.contains(unit));
    for unit in unknown {
        let hint = did_you_mean(&unit, units.iter().map(String::as_str));
        findings.push(Finding::dataset(
            Level::Warning,
            "unknown_unit",
            "distribution",
            format!("`{}` reads unit `{unit}`, which does not exist{hint}", reader.mailbox.address.masked()),
            "correct `units` in the distribution lists",
        ));
    }
    known
}

impl DeliveryKey {
    /// `2026-10/cfo-monthly/ALL/r1`: where an outbox files this mail. No two mails to one address share it.
    #[must_use]
    pub fn folder(&self) -> String {
        let parts = [&self.period, &self.edition, &self.scope];
        let parts: Vec<String> = parts.into_iter().map(|part| safe_name(part)).collect();
        format!("{}/r{}", parts.join("/"), self.revision)
    }

    /// 32 hex digits that stand for scope and address where an address must not be shown.
    #[must_use]
    pub fn recipient_hash(&self) -> String {
        let digest = Sha256::digest(format!("{}/{}", safe_name(&self.scope), self.address));
        hex::encode(&digest[..16])
    }
}

impl fmt::Display for DeliveryKey {
    /// `edition/period/scope/r1/address`; a `/` inside a part is escaped, so that no two keys read alike.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { edition, period, scope, revision, address } = self;
        write!(f, "{}/{}/{}/r{revision}/{address}", safe_name(edition), safe_name(period), safe_name(scope))
    }
}

/// `ITAM_cfo-monthly_2026-10_ALL.pdf`
#[must_use]
pub fn attachment_name(key: &DeliveryKey, extension: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect()
    };
    format!("ITAM_{}_{}_{}.{}", plain(&key.edition), plain(&key.period), plain(&key.scope), plain(extension))
}

/// Longest file name made of data, in bytes.
const MAX_NAME_BYTES: usize = 120;

/// The text as one file name on any system: other texts give other names, and none has a separator or
/// begins with a dot.
#[must_use]
pub fn safe_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"_-@+=".contains(&byte) || (byte == b'.' && index > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        return "%".to_owned();
    }
    if name.len() > MAX_NAME_BYTES {
        let digest = hex::encode(&Sha256::digest(text)[..8]);
        name.truncate(MAX_NAME_BYTES - digest.len() - 1);
        name = format!("{name}~{digest}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(address: &str, units: &[&str]) -> Reader {
        Reader {
            mailbox: address.parse().unwrap(),
            units: units.iter().map(|unit| (*unit).to_owned()).collect(),
            language: None,
            pdf_password_file: None,
        }
    }

    fn planned(readers: &[Reader], spread: Spread<'_>) -> (Vec<String>, Vec<String>) {
        let issue = Issue { edition: "it-variance".to_owned(), period: "2026-10".to_owned(), revision: 1 };
        let plan = plan(&issue, readers, spread);
        let keys = plan.deliveries.iter().map(|delivery| delivery.key.to_string()).collect();
        (keys, plan.findings.iter().map(|finding| finding.message.clone()).collect())
    }

    #[test]
    fn a_burst_gives_each_reader_their_units_and_the_others_the_enterprise() {
        let units = ["TLG".to_owned(), "OPS".to_owned()];
        let readers = [reader("a@x", &["OPS", "TLG"]), reader("B@x", &[])];
        let (keys, findings) = planned(&readers, Spread::Burst { units: &units });
        let expected =
            ["it-variance/2026-10/OPS/r1/a@x", "it-variance/2026-10/TLG/r1/a@x", "it-variance/2026-10/ALL/r1/b@x"];
        assert_eq!((keys.as_slice(), findings.len()), (&expected.map(str::to_owned)[..], 0));
    }

    #[test]
    fn an_unknown_unit_never_widens_to_the_enterprise() {
        let units = ["TLG".to_owned()];
        let (keys, findings) = planned(&[reader("jane@x", &["TLC"])], Spread::Burst { units: &units });
        assert!(keys.is_empty());
        assert!(
            findings[0].contains("did you mean `TLG`?") && findings[1].starts_with("nobody receives"),
            "{findings:?}"
        );
        assert!(!findings[0].contains("jane"));
    }

    #[test]
    fn different_texts_have_different_safe_names() {
        let texts = ["a/b", "a%2Fb", "a_b", "..", ".", "", "a\\b", "ä", "a b", &"x".repeat(300), &"x".repeat(301)];
        let names: std::collections::BTreeSet<String> = texts.iter().map(|text| safe_name(text)).collect();
        assert_eq!(names.len(), texts.len());
        for name in names {
            assert!(name.len() <= MAX_NAME_BYTES && !name.starts_with('.') && !name.contains(['/', '\\']), "{name}");
        }
    }

    #[test]
    fn attachments_are_named_after_edition_period_and_unit() {
        let key = DeliveryKey {
            edition: "cfo-monthly".to_owned(),
            period: "2026-10".to_owned(),
            scope: "R&D / ../x".to_owned(),
            revision: 1,
            address: "a@x".to_owned(),
        };
        assert_eq!(attachment_name(&key, "pdf"), "ITAM_cfo-monthly_2026-10_R-D------x.pdf");
        assert_eq!(key.folder(), "2026-10/cfo-monthly/R%26D%20%2F%20..%2Fx/r1");
    }
}

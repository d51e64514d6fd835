//! The records of a run.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::conform::Evidence;
use crate::deliver::{Address, DeliveryKey, Mailbox, Receipt};
use crate::finding::Finding;
use crate::io::published::Issues;

/// What a run is going to send, to whom, made of what: frozen before anything is published or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// As at the foot of the report, `cfo-monthly/2026-10/ALL/r1`.
    pub run: String,
    /// The claim under which it was frozen.
    pub token: String,
    pub planned_at: DateTime<Utc>,
    /// The instant the edition was due: the date of its mails.
    pub due: DateTime<Utc>,
    /// The program's version.
    pub version: String,
    pub catalogue_version: String,
    /// SHA-256 over the settings that figures and documents depend on.
    pub settings: String,
    /// Nothing is published or sent before somebody has said so.
    pub needs_approval: bool,
    pub from: String,
    pub owner: String,
    pub inputs: Inputs,
    pub sets: Vec<ArtefactSet>,
    pub mails: Vec<PlannedMail>,
    pub findings: Vec<Finding>,
}

/// What the figures were computed from, enough to compute them again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inputs {
    pub evidence: Vec<Evidence>,
    pub first_nights: BTreeMap<String, NaiveDate>,
    /// What was odd about the store's listing.
    pub findings: Vec<Finding>,
    /// Earlier issues it was compared with, by scope.
    #[serde(default)]
    pub issues: BTreeMap<String, Issues>,
}

/// The documents of one scope in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtefactSet {
    pub scope: String,
    pub language: String,
    /// The run as its documents name it.
    pub run: String,
    /// Whether the report is final, restated or provisional, as it says itself.
    pub subject: String,
    pub files: Vec<Artefact>,
    pub pictures: Vec<Picture>,
    /// What its mails have in common, where several readers get them without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
    /// The mail around a PDF with a password, where a reader's list asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Cover>,
}

/// The encoded parts of a mail, frozen once for all its readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Of the object among the artefacts.
    pub sha256: String,
    /// Where each part ends, in bytes.
    pub ends: Vec<usize>,
    /// How many of the parts are pictures.
    pub pictures: usize,
}

/// A mail without figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    pub subject: String,
    pub html: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// Its plain name, e.g. `report.pdf`.
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

/// A picture inside the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub cid: String,
    pub alt: String,
    pub sha256: String,
}

/// One recipient's mail, and which set it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMail {
    pub key: DeliveryKey,
    /// In full, with the name; its `Debug` shows the address masked.
    pub address: Address,
    pub name: Option<String>,
    /// Of the set; its scope is that of the key.
    pub language: String,
    /// The file with the password that its PDF opens with; never the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<String>,
}

/// The run record: written once, when nothing is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub run: String,
    pub token: String,
    pub ending: Ending,
    /// Why, where it did not end with every mail sent.
    pub because: Option<String>,
    pub settled_at: DateTime<Utc>,
    /// From the plan to the end.
    pub seconds: i64,
    pub receipts: Vec<Receipt>,
    pub findings: Vec<Finding>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Everybody got their copy.
    Sent,
    /// Published; somebody could not be reached, see the receipts.
    Incomplete,
    /// Somebody said no.
    Rejected,
    /// Nobody said yes in time.
    Lapsed,
    /// A newer revision took its place before everything was sent.
    Superseded,
}

/// A period that was due longer ago than is caught up with. It can still be run by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub due: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
}

/// What somebody said to a run that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub verdict: Verdict,
    pub by: String,
    pub at: DateTime<Utc>,
    pub comment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approved,
    Rejected,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sent => "sent",
            Self::Incomplete => "incomplete",
            Self::Rejected => "rejected",
            Self::Lapsed => "not approved in time",
            Self::Superseded => "superseded",
        })
    }
}

impl PlannedMail {
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox { name: self.name.clone(), address: self.address.clone() }
    }
}

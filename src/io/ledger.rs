//! The ledger: what was decided, who is at work and what became of every mail, as objects that are only
//! ever created, in the store the reports are kept in.
//!
//! ```text
//! ledger/<edition>/<period>/r<revision>/plan.json          frozen: inputs, artefacts, recipients
//! ledger/.../artefacts/<sha256>                            the documents the plan names
//! ledger/.../claims/<nnn>.json | .released                 who is at work, under a lease
//! ledger/.../mail/<recipient hash>/message.eml             frozen bytes, or
//! ledger/.../mail/<recipient hash>/message.json            the reader's own lines around what the plan has frozen for all
//! ledger/.../mail/<recipient hash>/<nnn>.attempt | .outcome
//! ledger/.../mail/<recipient hash>/done                    what became of it
//! ledger/.../approval.json                                 approved or rejected, by whom
//! ledger/.../notices/<kind>/...                            mails to the owner, laid out as mail/
//! ledger/.../settled.json                                  the run record
//! ```
//!
//! Everything is decided by a GET of a named object, never by a listing; folders are listed only to find what was begun
//! by hand.

mod claims;
mod post;
mod records;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::store::{Store, StoreError};
use crate::deliver::safe_name;
use crate::ids::ENTERPRISE;
use crate::period::Period;
use claims::Skew;
pub use claims::{Claim, Claiming};
pub use post::{Attempt, Done, Heard, Own, Slot, Standing, Tried, Why};
pub use records::{
    Approval, Artefact, ArtefactSet, Cover, Ending, Inputs, Missed, Picture, Plan, PlannedMail, Settled, Shared,
    Verdict,
};

/// A ledger as one worker sees it.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Store,
    /// This worker, unlike any other.
    worker: String,
    lease: Duration,
    skew: Skew,
}

/// What a run is about: never "now".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey {
    pub edition: String,
    pub period: Period,
    /// [`ENTERPRISE`] (with everything that is burst from it) or one business unit.
    pub scope: String,
    /// From 1.
    pub revision: u32,
}

/// Why the ledger says no.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{key}` is no record of this ledger: {why}\nhint: somebody else wrote there, or a newer version did")]
    Record { key: String, why: String },
    #[error("another worker has taken `{run}` over; nothing more is sent from here")]
    Lost { run: RunKey },
    #[error("no token can be drawn: {0}")]
    Token(String),
}

/// Why a text names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no run\nhint: write edition/period, as in cfo-monthly/2026-10, with /r2 for a certain revision and /UNIT/r1 for a run of one unit"
)]
pub struct RunKeyError(String);

impl Ledger {
    /// The ledger of a store, for a worker with this lease.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new(store: Store, lease: Duration) -> Result<Self, LedgerError> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let worker = format!("{}-{}-{}", safe_name(host.trim()), std::process::id(), token()?);
        Ok(Self { store, worker, lease, skew: Skew::default() })
    }

    /// Makes sure that the store keeps create-only writes apart.
    ///
    /// # Errors
    /// It does not, or does not answer.
    pub async fn probe(&self, url: &str) -> Result<(), LedgerError> {
        Ok(self.store.probe(url, &token()?).await?)
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    #[must_use]
    pub fn worker(&self) -> &str {
        &self.worker
    }

    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// The record of a name, or `None` where there is none.
    ///
    /// # Errors
    /// The store does not answer, or what lies there is no such record.
    pub async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, LedgerError> {
        let Some(bytes) = self.store.find(key).await? else { return Ok(None) };
        parse(key, &bytes).map(Some)
    }

    /// Writes a record, or gives the one that somebody else has written there before.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn settle_on<T: Serialize + DeserializeOwned>(&self, key: &str, ours: T) -> Result<T, LedgerError> {
        match self.write(key, &ours).await {
            Ok(()) => Ok(ours),
            Err(LedgerError::Store(StoreError::Exists { .. })) => self.read(key).await?.map_or(Ok(ours), Ok),
            Err(error) => Err(error),
        }
    }

    /// Writes a record that must not be there with other content.
    ///
    /// # Errors
    /// It is there, or the store does not answer.
    pub async fn write<T: Serialize>(&self, key: &str, record: &T) -> Result<(), LedgerError> {
        let mut bytes = serde_json::to_vec_pretty(record)
            .map_err(|error| LedgerError::Record { key: key.to_owned(), why: error.to_string() })?;
        bytes.push(b'\n');
        Ok(self.store.create(key, Bytes::from(bytes)).await?)
    }

    /// # Errors
    /// The store does not answer, or the plan cannot be read.
    pub async fn plan(&self, run: &RunKey) -> Result<Option<Plan>, LedgerError> {
        self.read(&run.key("plan.json")).await
    }

    /// # Errors
    /// The store does not answer, or the record cannot be read.
    pub async fn settled(&self, run: &RunKey) -> Result<Option<Settled>, LedgerError> {
        self.read(&run.key("settled.json")).await
    }

    /// # Errors
    /// The store does not answer, or the record cannot be read.
    pub async fn approval(&self, run: &RunKey) -> Result<Option<Approval>, LedgerError> {
        self.read(&run.key("approval.json")).await
    }

    /// The folders of an edition's runs, of the enterprise and of units: the one thing that is listed, to find what
    /// nobody could name. What becomes of them is decided by named objects.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn folders(&self, edition: &str) -> Result<Vec<String>, LedgerError> {
        let mut runs = Vec::new();
        for period in self.store.folders(&format!("ledger/{}", safe_name(edition))).await? {
            for folder in self.store.folders(&period).await? {
                let is_unit = folder.rsplit('/').next().is_some_and(|name| name.starts_with("unit-"));
                if is_unit { runs.extend(self.store.folders(&folder).await?) } else { runs.push(folder) }
            }
        }
        Ok(runs)
    }

    /// The revision to be worked on: the first that is not settled, and the settled one before it.
    ///
    /// # Errors
    /// The store does not answer, or a record cannot be read.
    pub async fn open_revision(&self, first: &RunKey) -> Result<(RunKey, Option<Settled>), LedgerError> {
        let (mut run, mut last) = (RunKey { revision: 1, ..first.clone() }, None);
        while let Some(settled) = self.settled(&run).await? {
            last = Some(settled);
            run.revision += 1;
        }
        Ok((run, last))
    }
}

/// 32 random hex digits.
///
/// # Errors
/// The system gives none.
pub fn token() -> Result<String, LedgerError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| LedgerError::Token(error.to_string()))?;
    Ok(hex::encode(bytes))
}

fn parse<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, LedgerError> {
    serde_json::from_slice(bytes).map_err(|error| LedgerError::Record { key: key.to_owned(), why: error.to_string() })
}

impl RunKey {
    /// `ledger/cfo-monthly/2026-10/r1`; a run of one unit has a folder of its own before the revision.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("ledger/{}", self.path())
    }

    /// The key of an object in the run's folder.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.folder())
    }

    /// The key of a published document.
    #[must_use]
    pub fn published(&self, scope: &str, name: &str) -> String {
        let Self { edition, period, revision, .. } = self;
        format!("published/{}/{period}/{}/r{revision}/{name}", safe_name(edition), safe_name(scope))
    }

    fn path(&self) -> String {
        let Self { edition, period, scope, revision } = self;
        let unit = if scope == ENTERPRISE { String::new() } else { format!("unit-{}/", safe_name(scope)) };
        format!("{}/{period}/{unit}r{revision}", safe_name(edition))
    }
}

impl fmt::Display for RunKey {
    /// `cfo-monthly/2026-10/ALL/r1`, as it stands at the foot of a report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/r{}", self.edition, self.period, self.scope, self.revision)
    }
}

impl FromStr for RunKey {
    type Err = RunKeyError;

    /// Reads `edition/period`, `edition/period/r1`, `edition/period/unit/r1`; without a revision it is 0,
    /// which stands for the newest.
    fn from_str(text: &str) -> Result<Self, RunKeyError> {
        let wrong = || RunKeyError(text.to_owned());
        let mut parts = text.split('/');
        let (Some(edition), Some(period)) = (parts.next().filter(|edition| !edition.is_empty()), parts.next()) else {
            return Err(wrong());
        };
        let period = period.parse().map_err(|_| wrong())?;
        let rest: Vec<&str> = parts.collect();
        let number = |text: &str| text.strip_prefix('r')?.parse::<u32>().ok().filter(|revision| *revision > 0);
        let (scope, revision) = match rest.as_slice() {
            [] => (ENTERPRISE.to_owned(), 0),
            [one] => number(one).map_or(((*one).to_owned(), 0), |revision| (ENTERPRISE.to_owned(), revision)),
            [unit @ .., last] => match number(last) {
                Some(revision) => (unit.join("/"), revision),
                None => (rest.join("/"), 0),
            },
        };
        if scope.is_empty() { Err(wrong()) } else { Ok(Self { edition: edition.to_owned(), period, scope, revision }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_as_at_the_foot_of_its_report() {
        for (text, same) in [
            ("cfo-monthly/2026-10/r2", "cfo-monthly/2026-10/ALL/r2"),
            ("cfo-monthly/2026-10/ALL/r1", "cfo-monthly/2026-10/ALL/r1"),
            ("cfo-monthly/2026-10", "cfo-monthly/2026-10/ALL/r0"),
            ("x/2026-Q3/R&D/Lab/r1", "x/2026-Q3/R&D/Lab/r1"),
            ("x/2026/BER", "x/2026/BER/r0"),
        ] {
            assert_eq!(text.parse::<RunKey>().unwrap().to_string(), same, "{text}");
        }
        for wrong in ["", "cfo-monthly", "/2026-10", "cfo-monthly/October", "cfo-monthly/2026-10/"] {
            assert!(wrong.parse::<RunKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn runs_of_different_scopes_share_no_folder() {
        let folder = |text: &str| text.parse::<RunKey>().unwrap().folder();
        assert_eq!(folder("cfo-monthly/2026-10/r1"), "ledger/cfo-monthly/2026-10/r1");
        assert_eq!(folder("cfo-monthly/2026-10/r1/r1"), "ledger/cfo-monthly/2026-10/unit-r1/r1");
    }
}

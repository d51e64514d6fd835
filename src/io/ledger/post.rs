//! One mail in the ledger: frozen bytes, numbered attempts with their outcomes, and the last word.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError, RunKey};
use crate::deliver::Outcome;
use crate::io::store::StoreError;

/// The place of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    folder: String,
}

/// A frozen mail, without what it has in common with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// SHA-256 of the parts that the lines stand around.
    pub shared: String,
    /// Before, between and behind the parts.
    pub lines: Vec<String>,
}

/// Written before anything goes out: from here on the mail may have been sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The claim it is made under.
    pub token: String,
    pub at: DateTime<Utc>,
    pub why: Why,
}

/// Why an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    First,
    /// The one before was surely not taken.
    Retry,
    /// The one before was in doubt, and the audit mailbox does not have it.
    Absent,
    /// The one before was in doubt and nobody can say: the reader may get two copies.
    Doubt,
    /// An outbox knows what it has; writing again changes nothing.
    Harmless,
}

/// What was heard of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub outcome: Outcome,
    pub detail: String,
    pub at: DateTime<Utc>,
}

/// The last word on a mail. `deferred` means given up, `in_doubt` held for somebody to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    pub outcome: Outcome,
    pub detail: String,
    pub attempts: u32,
    /// The reader may have two copies.
    pub duplicate_possible: bool,
    pub at: DateTime<Utc>,
}

/// One attempt as the ledger knows it; without an outcome its worker died or still waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub number: u32,
    pub attempt: Attempt,
    pub heard: Option<Heard>,
}

/// How a mail stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Done(Done),
    Open {
        /// Of this round, oldest first.
        tried: Vec<Tried>,
        /// 0, and one more each time somebody asked for it to be sent again.
        round: u32,
        /// The number of the next attempt.
        next: u32,
    },
}

/// Somebody asked for a mail to be sent again.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Resend {
    by: String,
    at: DateTime<Utc>,
    /// Attempts made before.
    after: u32,
}

impl Slot {
    /// A reader's mail.
    #[must_use]
    pub fn mail(run: &RunKey, recipient_hash: &str) -> Self {
        Self { folder: run.key(&format!("mail/{recipient_hash}")) }
    }

    /// A notice to the owner, one of each kind.
    #[must_use]
    pub fn notice(run: &RunKey, kind: &str) -> Self {
        Self { folder: run.key(&format!("notices/{kind}")) }
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    fn done(&self, round: u32) -> String {
        if round == 0 { self.key("done") } else { self.key(&format!("done-{round}")) }
    }

    fn resend(&self, round: u32) -> String {
        self.key(&format!("resend-{round}.json"))
    }
}

impl Ledger {
    /// The frozen bytes of a mail, if it has been frozen.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn frozen(&self, slot: &Slot) -> Result<Option<Bytes>, LedgerError> {
        Ok(self.store.find(&slot.key("message.eml")).await?)
    }

    /// Freezes a mail; gives the bytes that were frozen before, where there are some.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn freeze(&self, slot: &Slot, bytes: Bytes) -> Result<Bytes, LedgerError> {
        match self.store.create(&slot.key("message.eml"), bytes.clone()).await {
            Ok(()) => Ok(bytes),
            Err(error @ StoreError::Exists { .. }) => match self.frozen(slot).await? {
                Some(frozen) => Ok(frozen),
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// A reader's own lines of a mail, if it has been frozen.
    ///
    /// # Errors
    /// The store does not answer, or the record cannot be read.
    pub async fn own(&self, slot: &Slot) -> Result<Option<Own>, LedgerError> {
        self.read(&slot.key("message.json")).await
    }

    /// Freezes a reader's own lines; gives those that were frozen before, where there are some.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn freeze_own(&self, slot: &Slot, own: Own) -> Result<Own, LedgerError> {
        self.settle_on(&slot.key("message.json"), own).await
    }

    /// How a mail stands.
    ///
    /// # Errors
    /// The store does not answer, or a record cannot be read.
    pub async fn standing(&self, slot: &Slot) -> Result<Standing, LedgerError> {
        let (mut round, mut after) = (0, 0);
        while let Some(done) = self.read::<Done>(&slot.done(round)).await? {
            let Some(resend) = self.read::<Resend>(&slot.resend(round + 1)).await? else {
                return Ok(Standing::Done(done));
            };
            (round, after) = (round + 1, resend.after);
        }
        let (mut tried, mut number) = (Vec::new(), after + 1);
        while let Some(attempt) = self.read::<Attempt>(&slot.key(&format!("{number:03}.attempt"))).await? {
            let heard = self.read(&slot.key(&format!("{number:03}.outcome"))).await?;
            tried.push(Tried { number, attempt, heard });
            number += 1;
        }
        Ok(Standing::Open { tried, round, next: number })
    }

    /// Announces an attempt; `false` when another worker has announced that one.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn attempt(&self, slot: &Slot, number: u32, attempt: &Attempt) -> Result<bool, LedgerError> {
        match self.write(&slot.key(&format!("{number:03}.attempt")), attempt).await {
            Ok(()) => Ok(true),
            Err(LedgerError::Store(StoreError::Exists { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Records what was heard of an attempt.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn heard(&self, slot: &Slot, number: u32, heard: Heard) -> Result<Heard, LedgerError> {
        self.settle_on(&slot.key(&format!("{number:03}.outcome")), heard).await
    }

    /// Writes the last word on a mail.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn done(&self, slot: &Slot, round: u32, done: Done) -> Result<Done, LedgerError> {
        self.settle_on(&slot.done(round), done).await
    }

    /// Opens a mail again that was not delivered; `false` when it was delivered or is open already.
    ///
    /// # Errors
    /// The store does not answer, or a record cannot be read.
    pub async fn reopen(&self, slot: &Slot, by: &str, at: DateTime<Utc>) -> Result<bool, LedgerError> {
        let (mut round, mut last) = (0, None);
        while let Some(done) = self.read::<Done>(&slot.done(round)).await? {
            last = Some(done);
            if self.read::<Resend>(&slot.resend(round + 1)).await?.is_none() {
                break;
            }
            (round, last) = (round + 1, None);
        }
        let Some(done) = last.filter(|done| !matches!(done.outcome, Outcome::Sent | Outcome::Written)) else {
            return Ok(false);
        };
        let resend = Resend { by: by.to_owned(), at, after: done.attempts };
        self.settle_on(&slot.resend(round + 1), resend).await.map(|_| true)
    }
}

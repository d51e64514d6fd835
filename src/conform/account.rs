//! The account of a feed's rows: where each one that was read has gone.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Level};

/// Where the input rows went: `read = kept + rejected + filtered + merged`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub read: u64,
    pub kept: u64,
    pub rejected: u64,
    /// Rows that are no data of the dataset: blank ones, totals, and what a source's rules take out.
    pub filtered: u64,
    /// Older rows of a key that a later row replaced, and events that became one row.
    pub merged: u64,
}

impl Account {
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.read == self.kept + self.rejected + self.filtered + self.merged
    }

    /// Both accounts as one.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            read: self.read + other.read,
            kept: self.kept + other.kept,
            rejected: self.rejected + other.rejected,
            filtered: self.filtered + other.filtered,
            merged: self.merged + other.merged,
        }
    }

    /// A row that is counted twice or not at all is the program's fault, and nobody may take the figures for good.
    pub(super) fn imbalance(&self, dataset: &str) -> Option<Finding> {
        let Self { read, kept, rejected, filtered, merged } = self;
        let message = format!(
            "{read} rows were read, but kept {kept} + rejected {rejected} + filtered {filtered} + merged {merged} is {}",
            kept + rejected + filtered + merged
        );
        let hint = "do not use the figures of this feed; keep its files and report it as a fault of the program";
        (!self.is_balanced()).then(|| Finding::dataset(Level::Error, "rows_unaccounted", dataset, message, hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_does_not_balance_is_a_finding() {
        let whole = Account { read: 10, kept: 5, rejected: 2, filtered: 2, merged: 1 };
        assert_eq!(whole.imbalance("assets"), None);
        for broken in [Account { kept: 4, ..whole }, Account { merged: 2, ..whole }] {
            let finding = broken.imbalance("assets").expect("a finding");
            assert_eq!((finding.level, finding.code.as_str()), (Level::Error, "rows_unaccounted"));
            assert!(finding.message.starts_with("10 rows were read, but kept"), "{}", finding.message);
        }
        assert!(whole.plus(&whole).is_balanced());
    }
}

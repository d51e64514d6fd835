//! Exit codes: each says one thing to the shell.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// It failed: the error says why; nothing was sent.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Settings, definitions or templates are wrong; nothing was started.
    Misconfigured = 3,
    /// The store did not answer; worth a retry.
    Unreachable = 4,
    /// The report was made, but not everybody got it.
    NotAllSent = 5,
    /// The period is settled already; nothing was done.
    Settled = 6,
    /// Another worker is at work on it; nothing was done.
    Busy = 7,
    /// The report is made and waits for approval; nothing was sent.
    Waiting = 8,
    /// A replay gave other bytes than were published.
    Differs = 9,
    /// The data gate held the report; the owners of the data were told.
    Held = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

//! Good and bad for the business, as ink.

use serde::Serialize;

use super::scene::Ink;

/// Good and bad for the business, not plus and minus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Good,
    Watch,
    Bad,
    Neutral,
    Muted,
}

impl Tone {
    /// Colour of a text or a shape.
    #[must_use]
    pub const fn ink(self) -> Ink {
        match self {
            Self::Good => Ink::Good,
            Self::Watch => Ink::Watch,
            Self::Bad => Ink::Bad,
            Self::Neutral => Ink::Text,
            Self::Muted => Ink::Muted,
        }
    }

    /// Light ground of a chip or a cell.
    #[must_use]
    pub const fn tint(self) -> Ink {
        match self {
            Self::Good => Ink::GoodTint,
            Self::Watch => Ink::WatchTint,
            Self::Bad => Ink::BadTint,
            Self::Neutral | Self::Muted => Ink::Ground,
        }
    }
}

//! The one place that asks what time it is.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A point in time by the clock that nobody sets.
#[derive(Debug, Clone, Copy)]
pub struct Moment(Instant);

impl Moment {
    #[must_use]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

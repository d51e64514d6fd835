//! The one place that asks what time it is.

use chrono::{DateTime, Utc};

#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

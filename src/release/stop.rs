//! A request to stop, heard between two mails.

use std::time::Duration;

use tokio::sync::watch;

/// Tells whether the worker is to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// One that is never asked to.
    #[must_use]
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    #[must_use]
    pub fn from(receiver: watch::Receiver<bool>) -> Self {
        Self(receiver)
    }

    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits; `false` when it was asked to stop meanwhile.
    pub async fn sleep(&self, duration: Duration) -> bool {
        let mut asked = self.0.clone();
        let wait = tokio::time::sleep(duration);
        tokio::pin!(wait);
        let stopped = tokio::select! {
            () = &mut wait => return !self.is_asked(),
            found = asked.wait_for(|stop| *stop) => found.is_ok(),
        };
        if !stopped {
            // Nobody is left who could ask.
            wait.await;
        }
        !self.is_asked()
    }
}

//! The start-up probe: does the store keep create-only writes apart?

use bytes::Bytes;
use futures::future::join_all;
use object_store::Error;

use super::{Store, StoreError, display_url, request};

/// Writers that race for one object.
const WRITERS: usize = 8;

impl Store {
    /// Lets several writers race for one object, and one come late: exactly one may win, and its bytes stay.
    ///
    /// A declared single worker is not probed.
    ///
    /// # Errors
    /// The store lets two writers win, does not know create-only writes, or does not answer.
    pub async fn probe(&self, url: &str, token: &str) -> Result<(), StoreError> {
        if self.single_worker {
            return Ok(());
        }
        let key = format!("ledger/probe/{token}");
        let result = self.race(&key).await;
        self.remove(&key).await;
        let refused = |why: String| StoreError::Probe { url: display_url(url), why };
        match result {
            Ok(()) => Ok(()),
            Err(Failed::Lie(why)) => Err(refused(why)),
            Err(Failed::Unable(error)) => Err(refused(error.to_string().lines().next().unwrap_or_default().to_owned())),
            Err(Failed::Store(error)) => Err(error),
        }
    }

    async fn race(&self, key: &str) -> Result<(), Failed> {
        let bodies: Vec<Bytes> = (0..=WRITERS).map(|writer| Bytes::from(format!("writer {writer}"))).collect();
        let mut answers = join_all(bodies[..WRITERS].iter().map(|body| self.put(key, body))).await;
        answers.push(self.put(key, &bodies[WRITERS]).await);
        let (mut winners, mut refusal) = (Vec::new(), None);
        for (writer, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(()) => winners.push(writer),
                Err(error @ (Error::NotImplemented { .. } | Error::NotSupported { .. })) => {
                    return Err(Failed::Unable(error));
                }
                // A writer that was not served proves nothing; the winner's bytes are looked at below.
                Err(error) => refusal = Some(error),
            }
        }
        let kept = self.find(key).await.map_err(Failed::Store)?;
        match (winners.as_slice(), kept) {
            ([winner], Some(kept)) if kept == bodies[*winner] => Ok(()),
            ([], Some(_)) => Ok(()),
            ([], None) => Err(Failed::Store(refusal.map_or_else(
                || StoreError::Request { key: key.to_owned(), why: "nothing was written".to_owned() },
                |error| request(key, &error),
            ))),
            ([winner], _) => Err(Failed::Lie(format!("writer {winner} won, and its bytes are not there"))),
            (winners, _) => Err(Failed::Lie(format!("{} writers created the same object", winners.len()))),
        }
    }
}

enum Failed {
    Lie(String),
    Unable(Error),
    Store(StoreError),
}

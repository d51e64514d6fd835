//! Handing over: things are made in threads of their own while this one drives what takes them, a few at a time.

use std::panic::resume_unwind;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::RunError;
use crate::abreast::abreast;

/// Things that wait to be taken: making goes on while a store is slow for a moment.
const WAITING: usize = 4;
/// Things that are taken at once.
const TAKEN_AT_ONCE: usize = 8;

/// Makes things on all cores and gives each to `take`; what `take` makes of them stands in their order. One side that fails
/// stops the other. Blocks.
///
/// # Errors
/// The failure of `take`, else that of `make`.
pub fn hand_over<M: Send, T, E: From<RunError>>(
    count: usize,
    make: impl Fn(usize) -> Result<M, RunError> + Sync,
    take: impl AsyncFn(M) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    let (give, mut get) = mpsc::channel(WAITING);
    std::thread::scope(|scope| {
        let making = scope.spawn(|| {
            let give = give;
            abreast(count, |number| {
                let thing = make(number).map_err(Some)?;
                give.blocking_send((number, thing)).map_err(|_| None::<RunError>)
            })
        });
        let taken = stream::poll_fn(move |context| get.poll_recv(context))
            .map(|(number, thing)| {
                let taking = take(thing);
                async move { Ok::<_, E>((number, taking.await?)) }
            })
            .buffer_unordered(TAKEN_AT_ONCE)
            .try_collect::<Vec<(usize, T)>>();
        let taken = Handle::current().block_on(taken);
        let ended = making.join().unwrap_or_else(|panic| resume_unwind(panic));
        // Where `take` has failed, its failure is the cause.
        let mut taken = taken?;
        if let Err(Some(failure)) = ended {
            return Err(failure.into());
        }
        taken.sort_unstable_by_key(|(number, _)| *number);
        Ok(taken.into_iter().map(|(_, taken)| taken).collect())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::{RunError, TAKEN_AT_ONCE, WAITING, hand_over};
    use crate::abreast::cores;

    fn handed_over<T>(
        count: usize,
        make: impl Fn(usize) -> Result<usize, RunError> + Sync,
        take: impl AsyncFn(usize) -> Result<T, RunError>,
    ) -> Result<Vec<T>, RunError> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async { tokio::task::block_in_place(|| hand_over(count, make, take)) })
    }

    #[test]
    fn what_is_taken_stands_in_order_and_few_wait() {
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let make = |number| {
            let ahead = begun.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
            assert!(ahead <= WAITING + TAKEN_AT_ONCE + 2 * cores(), "{ahead} are held");
            Ok(number)
        };
        let take = async |number: usize| {
            // The later ones are quicker.
            tokio::time::sleep(Duration::from_micros(400 - 2 * number as u64)).await;
            taken.fetch_add(1, Ordering::SeqCst);
            Ok(number * 2)
        };
        assert_eq!(handed_over(200, make, take).expect("all"), (0..200).map(|number| number * 2).collect::<Vec<_>>());
        assert_eq!(handed_over(0, Ok, async |number| Ok(number)).expect("none"), [0; 0]);
    }

    #[test]
    fn whoever_fails_stops_the_other() {
        let failure = |what: &str| RunError::Record(what.to_owned());
        let begun = AtomicUsize::new(0);
        let make = |number| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(number)
        };
        let take = async |number| if number == 3 { Err(failure("taking")) } else { Ok(number) };
        let error = handed_over(100_000, make, take).expect_err("taking fails");
        assert!(error.to_string().contains("taking"), "{error}");
        assert!(begun.load(Ordering::SeqCst) < 100_000);
        let make = |number| if number == 7 { Err(failure("making")) } else { Ok(number) };
        let error = handed_over(100_000, make, async |number| Ok(number)).expect_err("making fails");
        assert!(error.to_string().contains("making"), "{error}");
    }
}

//! Abreast: the same work on many things at once, on all cores, with the answers in the order of the things.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many things are worked on at once.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Works on the numbers below `count`. No number is begun after one has failed.
///
/// # Errors
/// The failure of the lowest number that was begun and failed.
pub fn abreast<T: Send, E: Send>(count: usize, work: impl Fn(usize) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
    let workers = cores().min(count);
    if workers <= 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(count));
    let labour = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            let answer = work(number);
            if answer.is_err() {
                next.store(count, Ordering::Relaxed);
            }
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, answer));
        }
    };
    std::thread::scope(|scope| {
        // None of it in this thread: threads begun in a row are given different arenas by the C library's allocator, while
        // this one may share its own with any of them, and both would wait for each other at every allocation.
        for _ in 0..workers {
            scope.spawn(labour);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::abreast;

    #[test]
    fn answers_stand_in_the_order_of_the_things() {
        let squares: Result<Vec<usize>, ()> = abreast(1000, |number| Ok(number * number));
        assert_eq!(squares, Ok((0..1000).map(|number| number * number).collect()));
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(abreast(1000, |number| if number == 7 { Err(number) } else { Ok(()) }), Err(7));
    }
}

//! The ledger on every kind of store: one suite, and stores that lie.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use muster::deliver::Outcome;
use muster::io::ledger::{Attempt, Claiming, Done, Heard, Ledger, LedgerError, RunKey, Slot, Standing, Why};
use muster::io::store::{Store, StoreError};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;

use crate::servers::{Azurite, Moto};
use crate::wrapper::{Fault, Faulty};

/// Long enough for one step of a test on a busy machine, short enough to wait for.
const LEASE: Duration = Duration::from_secs(3);

fn run(period: &str) -> RunKey {
    format!("cfo-monthly/{period}/r1").parse().unwrap()
}

fn worker(store: &Store, lease: Duration) -> Ledger {
    Ledger::new(store.clone(), lease).unwrap()
}

async fn claimed(ledger: &Ledger, run: &RunKey) -> Option<muster::io::ledger::Claim> {
    match ledger.claim(run).await.unwrap() {
        Claiming::Ours(claim) => Some(claim),
        Claiming::Busy { .. } => None,
    }
}

/// Everything the ledger promises, on one store.
async fn suite(store: Store) {
    worker(&store, LEASE).probe("test://").await.expect("create-only writes are kept apart");
    a_create_is_never_overwritten_and_knows_its_own(&store).await;
    one_of_many_workers_gets_the_run(&store).await;
    a_dead_worker_is_taken_over_after_its_lease_and_learns_it(&store).await;
    a_worker_that_lives_keeps_its_run(&store).await;
    the_first_word_stands(&store).await;
}

async fn a_create_is_never_overwritten_and_knows_its_own(store: &Store) {
    store.create("ledger/a", Bytes::from("ours")).await.unwrap();
    store.create("ledger/a", Bytes::from("ours")).await.expect("the same bytes are our own write");
    let other = store.create("ledger/a", Bytes::from("theirs")).await.unwrap_err();
    assert!(matches!(other, StoreError::Exists { .. }), "{other}");
    assert_eq!(store.get("ledger/a").await.unwrap().as_ref(), b"ours");
}

async fn one_of_many_workers_gets_the_run(store: &Store) {
    let (workers, run) = ((0..8).map(|_| worker(store, LEASE)).collect::<Vec<_>>(), run("2026-01"));
    let claims = futures::future::join_all(workers.iter().map(|worker| claimed(worker, &run))).await;
    let mut winners: Vec<_> = claims.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    // Let go, the next one need not wait.
    winners.pop().unwrap().release().await;
    let next = claimed(&workers[0], &run).await.expect("released");
    assert!(claimed(&workers[1], &run).await.is_none());
    next.release().await;
}

async fn a_dead_worker_is_taken_over_after_its_lease_and_learns_it(store: &Store) {
    let (dead, heir, run) = (worker(store, LEASE), worker(store, LEASE), run("2026-02"));
    let corpse = claimed(&dead, &run).await.unwrap();
    // Nobody renews for it any more.
    corpse.stop_keeping();
    assert!(claimed(&heir, &run).await.is_none(), "the lease is not over yet");
    tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
    let heirs = claimed(&heir, &run).await.expect("the lease is over");
    let told = corpse.check(Duration::ZERO).await.unwrap_err();
    assert!(matches!(told, LedgerError::Lost { .. }), "{told}");
    heirs.check(LEASE / 2).await.expect("the heir has the run");
    heirs.release().await;
}

async fn a_worker_that_lives_keeps_its_run(store: &Store) {
    let (alive, other, run) = (worker(store, LEASE), worker(store, LEASE), run("2026-03"));
    let claim = claimed(&alive, &run).await.unwrap();
    for _ in 0..3 {
        tokio::time::sleep(LEASE / 2).await;
        assert!(claimed(&other, &run).await.is_none(), "it is renewed");
    }
    claim.check(LEASE / 2).await.expect("still ours");
    claim.release().await;
}

async fn the_first_word_stands(store: &Store) {
    let (one, two, run) = (worker(store, LEASE), worker(store, LEASE), run("2026-04"));
    let slot = Slot::mail(&run, "0123");
    let at = Utc::now();
    assert_eq!(one.freeze(&slot, Bytes::from("mail")).await.unwrap(), "mail");
    assert_eq!(two.freeze(&slot, Bytes::from("other mail")).await.unwrap(), "mail");
    let attempt = |token: &str| Attempt { token: token.to_owned(), at, why: Why::First };
    assert!(one.attempt(&slot, 1, &attempt("one")).await.unwrap());
    assert!(one.attempt(&slot, 1, &attempt("one")).await.unwrap(), "a retried write knows its own");
    assert!(!two.attempt(&slot, 1, &attempt("two")).await.unwrap());
    let Standing::Open { tried, next: 2, .. } = two.standing(&slot).await.unwrap() else { panic!("it is open") };
    assert!(tried[0].heard.is_none() && tried[0].attempt.token == "one");
    let heard = |outcome: Outcome| Heard { outcome, detail: String::new(), at };
    assert_eq!(one.heard(&slot, 1, heard(Outcome::Refused)).await.unwrap().outcome, Outcome::Refused);
    assert_eq!(two.heard(&slot, 1, heard(Outcome::InDoubt)).await.unwrap().outcome, Outcome::Refused);
    let done = |outcome: Outcome, attempts: u32| Done {
        outcome,
        detail: String::new(),
        attempts,
        duplicate_possible: false,
        at,
    };
    one.done(&slot, 0, done(Outcome::Refused, 1)).await.unwrap();
    assert_eq!(two.done(&slot, 0, done(Outcome::Sent, 1)).await.unwrap().outcome, Outcome::Refused);
    // Sent again on request, the attempts go on being counted.
    assert!(two.reopen(&slot, "somebody", at).await.unwrap());
    assert!(!two.reopen(&slot, "somebody", at).await.unwrap(), "it is open already");
    let Standing::Open { tried, round: 1, next: 2 } = one.standing(&slot).await.unwrap() else { panic!("it is open") };
    assert!(tried.is_empty());
    one.done(&slot, 1, done(Outcome::Sent, 2)).await.unwrap();
    assert!(matches!(two.standing(&slot).await.unwrap(), Standing::Done(done) if done.outcome == Outcome::Sent));
    assert!(!two.reopen(&slot, "somebody", at).await.unwrap(), "who has it gets no second copy");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_the_ledger_keeps_its_promises() {
    suite(Store::over(Arc::new(InMemory::new()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_folder_the_ledger_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap().with_fsync(true);
    suite(Store::over(Arc::new(local))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_s3_the_ledger_keeps_its_promises() {
    let Some(server) = Moto::start() else {
        eprintln!("skipped: Python's moto is not installed");
        return;
    };
    suite(server.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_azure_the_ledger_keeps_its_promises() {
    let Some(server) = Azurite::start() else {
        eprintln!("skipped: azurite is not installed");
        return;
    };
    suite(server.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_before_and_after_its_writes_changes_nothing() {
    let inner = Arc::new(InMemory::new());
    let faulty = Faulty::new(inner, |count| match count % 5 {
        1 => Fault::FailBefore,
        3 => Fault::FailAfter,
        _ => Fault::None,
    });
    suite(Store::over(Arc::new(faulty))).await;
}

#[tokio::test]
async fn a_store_that_lies_about_create_only_is_refused() {
    for lie in [Fault::Overwrite, Fault::NotSupported] {
        let store = Store::over(Arc::new(Faulty::new(Arc::new(InMemory::new()), move |_| lie)));
        let error = worker(&store, LEASE).probe("s3://bucket?secret=canary").await.unwrap_err().to_string();
        assert!(error.contains("`s3://bucket`") && error.contains("store.single_worker"), "{error}");
    }
}

/// Counts what is asked of a store.
#[tokio::test]
async fn a_settled_period_is_found_by_name_without_a_listing() {
    let lists = Arc::new(AtomicUsize::new(0));
    let seen = lists.clone();
    let faulty = Faulty::new(Arc::new(InMemory::new()), |_| Fault::None)
        .on_list(move || _ = seen.fetch_add(1, Ordering::SeqCst));
    let ledger = worker(&Store::over(Arc::new(faulty)), LEASE);
    let (open, last) = ledger.open_revision(&run("2026-05")).await.unwrap();
    assert!(open.revision == 1 && last.is_none() && lists.load(Ordering::SeqCst) == 0);
}

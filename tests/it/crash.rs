//! Crash points: a worker dies before and after every operation of the store and in every phase of SMTP;
//! the next one takes over. Mailboxes and ledger are the judges.
//!
//! Death is the end of everything the worker does: its future is dropped at an operation that never answers.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use muster::app::{self, App};
use muster::io::ledger::{Ending, Ledger, Plan};
use muster::io::store::Store;
use muster::release::{self, Desk, Freezing, ReleaseError, Released, State, Stop, Target};
use muster::run::{self, Computed, Produced, RunError, Share};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use tokio::sync::Notify;

use crate::muster::world;
use crate::sink::{PHASES, Phase, Play, Sink};
use crate::wrapper::{Fault, Faulty};

const LEASE: Duration = Duration::from_secs(3);

/// Crash points worked off at once: they mostly wait for leases.
const AT_ONCE: usize = 24;

pub const READERS: [&str; 3] = ["cfo@localhost", "controlling@localhost", "procurement@localhost"];

/// The tiny world, computed once.
pub struct Made {
    pub computed: Computed,
    pub pack: Produced,
}

pub fn app_with(settings: impl IntoIterator<Item = (String, String)>) -> App {
    rustls::crypto::ring::default_provider().install_default().ok();
    app::load(None, settings).unwrap()
}

fn share() -> Share {
    Share { unit: "ALL".to_owned(), languages: vec!["en".to_owned()] }
}

pub fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let app = app_with([]);
                let folder = LocalFileSystem::new_with_prefix(world("tiny")).unwrap();
                let quiet = |_: &str| {};
                let period = "2026-10".parse().unwrap();
                let store = Store::over(Arc::new(folder));
                let computed = run::compute(&app, &store, period, &quiet).await.unwrap();
                let edition = run::edition(&app, "cfo-monthly").unwrap();
                let keep = async |pack: Produced| Ok::<_, RunError>(pack);
                let packs = run::produce_all(&app, &store, &computed, (edition, 1), &[share()], keep, &quiet).await;
                Made { computed, pack: packs.unwrap().remove(0) }
            })
        })
        .join()
        .unwrap()
    })
}

/// What one worker does with a run, as the worker and the command do it; waits for whoever is at work.
pub async fn work(app: &App, store: Store, lease: Duration) -> Result<Option<Released>, ReleaseError> {
    work_planned(app, store, lease, Utc::now()).await
}

/// The same with a plan of that time.
pub async fn work_planned(
    app: &App,
    store: Store,
    lease: Duration,
    planned_at: DateTime<Utc>,
) -> Result<Option<Released>, ReleaseError> {
    let ledger = Ledger::new(store, lease)?;
    let edition = run::edition(app, "cfo-monthly").unwrap();
    let target = Target { edition, period: "2026-10".parse().unwrap(), unit: "ALL", to: None };
    let opened = loop {
        match release::open(&ledger, &target, false, Utc::now()).await {
            Ok(opened) => break opened,
            Err(ReleaseError::Settled { .. }) => return Ok(None),
            Err(ReleaseError::Busy { .. }) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(error) => return Err(error),
        }
    };
    let plan: Plan = if let Some(plan) = &opened.plan {
        plan.clone()
    } else {
        let Made { computed, pack } = made();
        let lists = run::Lists::built_in(app, planned_at);
        let freezing = Freezing::of(app, &ledger, &opened.claim, &target, &[share()], &lists)?;
        let staged = freezing.stage(pack).await?;
        freezing.freeze(computed, vec![staged]).await?
    };
    let stop = Stop::never();
    let desk = Desk { app, ledger: &ledger, claim: &opened.claim, stop: &stop, progress: &|_| {} };
    let released = release::finish(&desk, &plan).await;
    opened.claim.release().await;
    released.map(Some)
}

/// Works until the run is settled, which takes as long as the machine is busy with other things.
async fn settle(app: &App, store: &Store) -> Ending {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(5) {
        if let Some(Released { state: State::Sending { .. } | State::Waiting { .. }, .. }) =
            work(app, store.clone(), LEASE).await.unwrap()
        {
            tokio::time::sleep(Duration::from_millis(300)).await;
            continue;
        }
        let ledger = Ledger::new(store.clone(), LEASE).unwrap();
        return ledger.settled(&"cfo-monthly/2026-10/r1".parse().unwrap()).await.unwrap().unwrap().ending;
    }
    panic!("the run was never settled");
}

/// Works until `died` is told, or to the end: how often a claim is renewed depends on the time it takes.
async fn work_and_die(app: &App, store: Store, died: &Notify) {
    tokio::select! {
        () = died.notified() => {}
        ended = work(app, store, LEASE) => assert!(ended.is_ok(), "{ended:?}"),
    }
}

fn wrong_copies(sink: &Sink, point: &str) -> Option<String> {
    let expected: BTreeMap<String, usize> = READERS.iter().map(|reader| ((*reader).to_owned(), 1)).collect();
    (sink.copies() != expected).then(|| format!("{point}: {:?}", sink.copies()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_may_die_at_any_operation_of_the_store() {
    // How many there are when nothing goes wrong.
    let sink = Sink::kind();
    let calm = Faulty::new(Arc::new(InMemory::new()), |_| Fault::None);
    let operations = calm.counter();
    work(&app_with(sink.settings(true)), Store::over(Arc::new(calm)), LEASE).await.unwrap();
    let operations = operations.load(Ordering::SeqCst);
    assert!(operations > 60 && wrong_copies(&sink, "calm").is_none(), "{operations} {:?}", sink.copies());

    let points = (1..=operations).flat_map(|at| [(at, Fault::DieBefore), (at, Fault::DieAfter)]);
    let wrong: Vec<String> = futures::stream::iter(points)
        .map(|(at, fault)| async move {
            let (sink, inner) = (Sink::kind(), Arc::new(InMemory::new()));
            let app = app_with(sink.settings(true));
            let died = Arc::new(Notify::new());
            let tell = died.clone();
            let deadly = Faulty::new(inner.clone(), move |count| if count == at { fault } else { Fault::None })
                .on_death(move || tell.notify_one());
            work_and_die(&app, Store::over(Arc::new(deadly)), &died).await;
            let ending = settle(&app, &Store::over(inner)).await;
            let wrong = wrong_copies(&sink, &format!("{fault:?} {at}"));
            if ending == Ending::Sent { wrong } else { Some(format!("{fault:?} {at}: {ending}")) }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async move { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{} of {} crash points:\n{}", wrong.len(), 2 * operations, wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_may_die_in_any_phase_of_any_mail() {
    let points = PHASES.into_iter().flat_map(|phase| READERS.map(|reader| (phase, reader)));
    let wrong: Vec<String> = futures::stream::iter(points)
        .map(|(phase, reader)| async move {
            let died = Arc::new(Notify::new());
            let (tell, deaths) = (died.clone(), Arc::new(AtomicUsize::new(0)));
            // Before the recipient is known, whoever comes first dies.
            let sink = Sink::start(move |_, at, to| {
                if at == phase && (to.is_empty() || to == reader) && deaths.fetch_add(1, Ordering::SeqCst) == 0 {
                    let tell = tell.clone();
                    return Play::Call(Arc::new(move || tell.notify_one()));
                }
                Play::Go
            });
            let app = app_with(sink.settings(true));
            let inner: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            work_and_die(&app, Store::over(inner.clone()), &died).await;
            let ending = settle(&app, &Store::over(inner)).await;
            let wrong = wrong_copies(&sink, &format!("{phase:?} {reader}"));
            if ending == Ending::Sent { wrong } else { Some(format!("{phase:?} {reader}: {ending}")) }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async move { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_audit_mailbox_a_death_costs_at_most_one_flagged_duplicate() {
    let mut copies = Vec::new();
    for phase in [Phase::Data, Phase::BeforeAccept, Phase::AfterAccept] {
        let died = Arc::new(Notify::new());
        let (tell, deaths) = (died.clone(), AtomicUsize::new(0));
        let sink = Sink::start(move |_, at, to| {
            if at == phase && to == READERS[0] && deaths.fetch_add(1, Ordering::SeqCst) == 0 {
                let tell = tell.clone();
                return Play::Call(Arc::new(move || tell.notify_one()));
            }
            Play::Go
        });
        let app = app_with(sink.settings(false));
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        work_and_die(&app, Store::over(store.clone()), &died).await;
        let store = Store::over(store);
        assert_eq!(settle(&app, &store).await, Ending::Sent);
        let ledger = Ledger::new(store, LEASE).unwrap();
        let settled = ledger.settled(&"cfo-monthly/2026-10/r1".parse().unwrap()).await.unwrap().unwrap();
        let flagged = settled.receipts.iter().filter(|receipt| receipt.detail.contains("two copies")).count();
        assert!(flagged >= 1, "{phase:?}: {:?}", settled.receipts);
        for reader in READERS {
            assert!((1..=2).contains(&sink.copies()[reader]), "{phase:?}: {:?}", sink.copies());
        }
        copies.push(sink.copies()[READERS[0]]);
    }
    assert_eq!(copies, [1, 1, 2], "the second copy comes only where the first was taken");
}

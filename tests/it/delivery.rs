//! Delivery by the ledger against a server that misbehaves: what readers, owner and ledger get.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use muster::deliver::Outcome;
use muster::io::ledger::Ending;
use muster::io::store::Store;
use muster::release::{Released, State};
use object_store::memory::InMemory;

use crate::crash::{READERS, app_with, work, work_planned};
use crate::muster::repository;
use crate::operate::with_approval;
use crate::sink::{Phase, Play, Sink};

const LEASE: Duration = Duration::from_secs(30);

fn with(sink: &Sink, audit: bool, more: &[(&str, &str)]) -> muster::app::App {
    let more = more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    app_with(sink.settings(audit).into_iter().chain(more))
}

/// Goes wrong the first time something happens to the first reader.
fn once(phase: Phase, play: Play) -> impl Fn(usize, Phase, &str) -> Play + Send + Sync + 'static {
    let count = AtomicUsize::new(0);
    move |_, at, to| {
        let hit = at == phase && to == READERS[0] && count.fetch_add(1, Ordering::SeqCst) == 0;
        if hit { play.clone() } else { Play::Go }
    }
}

fn store() -> Store {
    Store::over(Arc::new(InMemory::new()))
}

fn outcome(released: &Released, reader: &str) -> (Outcome, String) {
    let receipt = released.receipts.iter().find(|receipt| receipt.address.to_string() == reader).unwrap();
    (receipt.outcome, receipt.detail.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_on_the_wire_neither_lose_nor_double_a_mail() {
    for (phase, play) in [
        (Phase::Rcpt, Play::Say("451 4.3.2 later\r\n")),
        (Phase::Copy, Play::Say("550 5.1.1 no such mailbox\r\n")),
        (Phase::Data, Play::Drop),
        (Phase::Data, Play::Hang),
        (Phase::BeforeAccept, Play::Drop),
        (Phase::BeforeAccept, Play::Hang),
        (Phase::BeforeAccept, Play::Say("452 4.3.1 full\r\n")),
        (Phase::AfterAccept, Play::Drop),
        (Phase::AfterAccept, Play::Hang),
        (Phase::AfterAccept, Play::Say("what?\r\n")),
    ] {
        let sink = Sink::start(once(phase, play));
        let released = work(&with(&sink, true, &[]), store(), LEASE).await.unwrap().unwrap();
        assert_eq!(released.state, State::Settled(Ending::Sent), "{phase:?}: {:?}", released.receipts);
        assert!(sink.copies().len() == 3 && sink.copies().values().all(|count| *count == 1), "{:?}", sink.copies());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_of_a_settled_period_sends_nothing() {
    let (sink, store) = (Sink::kind(), store());
    let app = with(&sink, false, &[]);
    assert!(work(&app, store.clone(), LEASE).await.unwrap().is_some());
    assert!(work(&app, store, LEASE).await.unwrap().is_none());
    assert_eq!(sink.taken().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_send_one_copy_each() {
    let (sink, store) = (Sink::kind(), store());
    let app = with(&sink, true, &[]);
    let all = futures::future::join_all((0..4).map(|_| work(&app, store.clone(), LEASE))).await;
    assert_eq!(all.into_iter().filter_map(Result::unwrap).count(), 1);
    assert!(sink.copies().values().all(|count| *count == 1), "{:?}", sink.copies());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_reader_is_told_to_the_owner_once_and_resent_on_request() {
    let sink = Sink::start(|_, phase, to| {
        if phase == Phase::Rcpt && to == READERS[0] { Play::Say("550 5.1.1 unknown\r\n") } else { Play::Go }
    });
    let (app, store) = (with(&sink, false, &[]), store());
    let released = work(&app, store.clone(), LEASE).await.unwrap().unwrap();
    assert_eq!(released.state, State::Settled(Ending::Incomplete));
    assert_eq!(outcome(&released, READERS[0]).0, Outcome::Refused);
    let notices: Vec<_> = sink.taken().into_iter().filter(|mail| mail.recipients[0] == "itam@localhost").collect();
    assert_eq!(notices.len(), 1, "the owner is told once");
    assert!(notices[0].text.contains("not everybody was reached") && notices[0].text.contains("resend"));
    assert!(work(&app, store, LEASE).await.unwrap().is_none(), "settled");
    assert_eq!(sink.copies()["itam@localhost"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_say_a_doubt_is_resent_once_or_held() {
    for (on_doubt, copies, expected) in [("resend_once", 2, Outcome::Sent), ("hold", 1, Outcome::InDoubt)] {
        let sink = Sink::start(once(Phase::AfterAccept, Play::Drop));
        let app = with(&sink, false, &[("MUSTER__MAIL__ON_DOUBT", on_doubt)]);
        let released = work(&app, store(), LEASE).await.unwrap().unwrap();
        let (outcome, detail) = outcome(&released, READERS[0]);
        assert_eq!((outcome, sink.copies()[READERS[0]]), (expected, copies), "{on_doubt}: {detail}");
        assert_eq!(detail.contains("two copies"), on_doubt == "resend_once", "{detail}");
        // One who is held is told to the owner.
        assert_eq!(sink.copies().contains_key("itam@localhost"), on_doubt == "hold");
        let same: Vec<_> = sink.taken().into_iter().filter(|mail| mail.recipients[0] == READERS[0]).collect();
        assert!(same.iter().all(|mail| mail.text == same[0].text), "the identical bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_doubt_twice_is_held_not_sent_for_ever() {
    let sink =
        Sink::start(|_, phase, to| if phase == Phase::AfterAccept && to == READERS[0] { Play::Drop } else { Play::Go });
    let released = work(&with(&sink, false, &[]), store(), LEASE).await.unwrap().unwrap();
    assert_eq!(released.state, State::Settled(Ending::Incomplete));
    assert_eq!((outcome(&released, READERS[0]).0, sink.copies()[READERS[0]]), (Outcome::InDoubt, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_left_for_later() {
    let sink = Sink::start(|_, _, _| Play::Drop);
    let (app, store) = (with(&sink, false, &[("MUSTER__MAIL__RETRY_FIRST_SECONDS", "5")]), store());
    let released = work(&app, store.clone(), LEASE).await.unwrap().unwrap();
    assert!(matches!(released.state, State::Sending { .. }), "{:?}", released.state);
    assert_eq!(outcome(&released, READERS[2]).0, Outcome::Deferred);
    sink.change(|_, _, _| Play::Go);
    let State::Sending { next } = released.state else { unreachable!() };
    tokio::time::sleep((next - chrono::Utc::now()).to_std().unwrap_or_default()).await;
    let released = work(&app, store, LEASE).await.unwrap().unwrap();
    assert_eq!(released.state, State::Settled(Ending::Sent), "{:?}", released.receipts);
    assert!(sink.copies().values().all(|count| *count == 1), "{:?}", sink.copies());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_nobody_approved_in_time_is_not_sent_and_the_owner_is_told_once() {
    let (sink, definitions, store) = (Sink::kind(), tempfile::tempdir().unwrap(), store());
    with_approval(definitions.path());
    let app = with(&sink, false, &[("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().unwrap())]);
    let long_ago = chrono::Utc::now() - chrono::TimeDelta::hours(73);
    let released = work_planned(&app, store.clone(), LEASE, long_ago).await.unwrap().unwrap();
    assert_eq!(released.state, State::Settled(Ending::Lapsed));
    assert!(matches!(work(&app, store, LEASE).await, Err(muster::release::ReleaseError::Ended { .. })));
    let copies: Vec<_> = sink.copies().into_iter().collect();
    assert_eq!(copies, [("itam@localhost".to_owned(), 1)]);
    assert!(sink.taken()[0].text.contains("nobody approved it until"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_changes_after_the_plan_changes_nobody_who_was_promised_the_report() {
    let (sink, store, definitions) = (Sink::start(|_, _, _| Play::Drop), store(), tempfile::tempdir().unwrap());
    let retry = ("MUSTER__MAIL__RETRY_FIRST_SECONDS", "16");
    let released = work(&with(&sink, false, &[retry]), store.clone(), LEASE).await.unwrap().unwrap();
    let State::Sending { next } = released.state else { panic!("{:?}", released.state) };
    sink.change(|_, _, _| Play::Go);
    let lists = std::fs::read_to_string(repository().join("config/distribution.toml")).unwrap();
    std::fs::write(definitions.path().join("distribution.toml"), lists.replace(READERS[0], "new@localhost")).unwrap();
    let changed = with(&sink, false, &[retry, ("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().unwrap())]);
    tokio::time::sleep((next - chrono::Utc::now()).to_std().unwrap_or_default()).await;
    let released = work(&changed, store, LEASE).await.unwrap().unwrap();
    assert_eq!(released.state, State::Settled(Ending::Sent), "{:?}", released.receipts);
    let copies: Vec<_> = sink.copies().into_iter().collect();
    assert_eq!(copies, READERS.map(|reader| (reader.to_owned(), 1)));
}

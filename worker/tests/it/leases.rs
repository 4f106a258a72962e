//! A job is done once, whatever dies, sleeps or comes twice.

use std::sync::Arc;

use chrono::TimeDelta;
use entities::NoticeState;
use tokio::sync::Notify;
use worker::{do_one, give_back, jobs::Did, settle};

use crate::{
    sink::{Mood, Sink},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_executors_at_once_do_a_job_once() {
    let sink = Sink::with([]).await;
    let world = World::with_server(sink.port).await;
    for _ in 0..10 {
        let (_, job) = world.notice().await;
        let (one, other) = (world.services.clone(), world.services.clone());
        let one = tokio::spawn(async move { do_one(&one, job).await.unwrap() });
        let other = tokio::spawn(async move { do_one(&other, job).await.unwrap() });
        let did = [one.await.unwrap(), other.await.unwrap()];
        assert_eq!(did.iter().filter(|did| **did == Did::Done).count(), 1, "{did:?}");
        assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Nothing);
    }
    assert_eq!(sink.letters().len(), 10);
}

#[tokio::test]
async fn a_worker_that_slept_longer_than_its_lease_writes_nothing() {
    let told = Arc::new(Notify::new());
    let sink = Sink::with([Mood::Waits(Arc::clone(&told))]).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    let services = world.services.clone();
    let sleeper = tokio::spawn(async move { do_one(&services, job).await.unwrap() });
    sink.has(1).await;
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Nothing, "it is in hand");
    world.seconds_pass(61);
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let done = world.outbox(job).await;
    world.seconds_pass(1);
    told.notify_one();
    assert_eq!(sleeper.await.unwrap(), Did::Nothing, "it finds its lease gone");
    assert_eq!(world.outbox(job).await, done);
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Sent);
    let ids: Vec<String> =
        sink.letters().iter().map(|letter| crate::sink::header(letter, "Message-ID")).collect();
    assert_eq!(ids[0], ids[1], "the repeat can be told by its Message-ID");
}

#[tokio::test]
async fn a_worker_that_slept_lets_no_letter_of_another_go() {
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let moods = [Mood::WaitsAndSaysLater(Arc::clone(&first)), Mood::Waits(Arc::clone(&second))];
    let sink = Sink::with(moods).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    let begin = || {
        let services = world.services.clone();
        tokio::spawn(async move { do_one(&services, job).await.unwrap() })
    };
    let sleeper = begin();
    sink.has(1).await;
    world.seconds_pass(61);
    let successor = begin();
    sink.has(2).await;
    let (row, claimed) = (world.outbox(job).await, world.notice_row(notice).await);
    first.notify_one();
    assert_eq!(sleeper.await.unwrap(), Did::Nothing, "it finds its lease gone");
    assert_eq!((world.outbox(job).await, world.notice_row(notice).await), (row, claimed));
    second.notify_one();
    assert_eq!(successor.await.unwrap(), Did::Done);
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Sent);
}

/// What a stop does with what it cannot finish.
#[tokio::test]
async fn what_is_given_back_is_begun_elsewhere_at_once_and_nothing_more_is_written_here() {
    let told = Arc::new(Notify::new());
    let sink = Sink::with([Mood::Waits(Arc::clone(&told))]).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    assert_eq!(give_back(&world.services).await.unwrap(), 0, "nothing is in hand");
    let services = world.services.clone();
    let stopping = tokio::spawn(async move { do_one(&services, job).await.unwrap() });
    sink.has(1).await;
    assert_eq!(world.outbox(job).await.attempts, 1);
    assert_eq!(give_back(&world.services).await.unwrap(), 1);
    let row = world.outbox(job).await;
    assert_eq!((row.attempts, row.lease_until), (0, None), "this start does not count");
    // No second has passed: whoever comes next does not wait for the lease.
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let done = world.outbox(job).await;
    told.notify_one();
    assert_eq!(stopping.await.unwrap(), Did::Nothing, "it finds its lease gone");
    assert_eq!(world.outbox(job).await, done);
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Sent);
}

#[tokio::test]
async fn a_job_that_dies_five_times_goes_into_quarantine() {
    let never = Arc::new(Notify::new());
    let moods = std::iter::repeat_n(Mood::Waits(never), 5);
    let sink = Sink::with(moods).await;
    let world = World::with_server(sink.port).await;
    let (_, job) = world.notice().await;
    for start in 1..=5 {
        let services = world.services.clone();
        let doomed = tokio::spawn(async move { do_one(&services, job).await });
        sink.has(start).await;
        doomed.abort();
        drop(doomed.await);
        assert_eq!(world.outbox(job).await.attempts, i32::try_from(start).unwrap());
        world.seconds_pass(61);
    }
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Nothing);
    assert!(world.outbox(job).await.quarantined_at.is_some());
    let (_, other) = world.notice().await;
    settle(&world.services).await.unwrap();
    assert!(world.outbox(other).await.done_at.is_some(), "others are not held up");
    assert_eq!(sink.letters().len(), 6, "a sixth start never was");
}

#[tokio::test]
async fn a_job_about_nothing_is_done_with_a_reason() {
    let world = World::new().await;
    let job = world.routing().await;
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let row = world.outbox(job).await;
    assert!(row.done_at.is_some() && row.last_error.is_some(), "{row:?}");
}

#[tokio::test]
async fn a_failure_waits_longer_each_time_and_is_kept() {
    let world = World::new().await;
    let (notice, job) = world.notice().await;
    let mut row = world.notice_row(notice).await;
    row.id = entities::NoticeId::at(row.created_at);
    row.dedupe_key = "unknown".to_owned();
    row.template = "no_such_letter".to_owned();
    let id = row.id;
    world.insert::<entities::notice::Entity>(row).await;
    settle(&world.services).await.unwrap();
    let mut broken = world.outbox(job).await;
    broken.id = entities::OutboxId::at(broken.created_at);
    broken.done_at = None;
    broken.job = serde_json::to_value(workflow::Job::SendNotice { notice: id }).unwrap();
    let job = broken.id;
    world.insert::<entities::outbox::Entity>(broken).await;
    let mut pauses = Vec::new();
    for _ in 0..8 {
        assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Later);
        assert_eq!(
            do_one(&world.services, job).await.unwrap(),
            Did::Nothing,
            "not before its time"
        );
        let row = world.outbox(job).await;
        assert_eq!((row.attempts, row.lease_until), (0, None), "an outcome is no death");
        assert!(row.last_error.unwrap().contains("no_such_letter"));
        let pause = row.next_attempt_at - world.workflow().clock.machine();
        let age = world.workflow().clock.machine() - row.created_at;
        let whole = age.max(TimeDelta::seconds(1));
        assert!(pause >= whole / 2 && pause <= whole, "as old as it is, or half: {pause}, {age}");
        pauses.push(pause.num_seconds());
        world.seconds_pass(pause.num_seconds() + 1);
    }
    assert!(pauses[7] > 8, "each age is half as much again, or more: {pauses:?}");
}

//! What is measured: every metric with its name, and the one place where each is counted.
//!
//! Names follow Prometheus. Labels are closed words or patterns of addresses, never ids, names or
//! anything that a caller chooses. Without a recorder (tests, tools) nothing is kept.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{outbox::JobState, timer};
use metrics::{counter, gauge, histogram};
use sea_orm::{DbErr, PaginatorTrait};

use crate::{JobKind, Workflow, backlog::backlog};

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Only grows while the process lives.
    Counter,
    /// Stands where it stands.
    Gauge,
    /// Many values in buckets; in seconds.
    Histogram,
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// As Prometheus sees it.
    pub name: &'static str,
    /// What kind of number it is.
    pub sort: Sort,
    /// What it says, in a sentence.
    pub help: &'static str,
}

const REQUESTS: &str = "banjie_requests_total";
const REQUEST_SECONDS: &str = "banjie_request_duration_seconds";
const SIGN_IN_FAILURES: &str = "banjie_sign_in_failures_total";
const OUTBOX_JOBS: &str = "banjie_outbox_jobs";
const OUTBOX_OLDEST: &str = "banjie_outbox_oldest_age_seconds";
const JOBS: &str = "banjie_jobs_total";
const JOB_SECONDS: &str = "banjie_job_duration_seconds";
const JOB_LAG: &str = "banjie_job_start_lag_seconds";
const LETTERS: &str = "banjie_letters_total";
const TIMERS: &str = "banjie_timers_total";
const TIMER_LAG: &str = "banjie_timer_lag_seconds";
const TIMERS_LATE: &str = "banjie_timers_late";
const RESTARTS: &str = "banjie_executor_restarts_total";
const REDIS_HINTS: &str = "banjie_redis_hints_total";
const DATABASE_UP: &str = "banjie_database_up";
const POOL: &str = "banjie_pool_connections";
const POOL_WAITING: &str = "banjie_pool_waiting";
const BUILD: &str = "banjie_build_info";

const fn counts(name: &'static str, help: &'static str) -> Measure {
    Measure { name, sort: Sort::Counter, help }
}

const fn stands(name: &'static str, help: &'static str) -> Measure {
    Measure { name, sort: Sort::Gauge, help }
}

const fn lasts(name: &'static str, help: &'static str) -> Measure {
    Measure { name, sort: Sort::Histogram, help }
}

/// All of them.
pub const ALL: [Measure; 18] = [
    counts(REQUESTS, "Requests answered, by method, route and status."),
    lasts(REQUEST_SECONDS, "How long requests took, by route."),
    counts(SIGN_IN_FAILURES, "Sign-ins refused, by password or code, and by reason."),
    stands(OUTBOX_JOBS, "Jobs that are not done, by kind and state."),
    stands(OUTBOX_OLDEST, "Age of the oldest job that is not done, by kind and state."),
    counts(JOBS, "Starts of jobs, by kind and what came of them."),
    lasts(JOB_SECONDS, "How long jobs took, by kind."),
    lasts(JOB_LAG, "From when a job could start (its commit, or its next attempt) to its start."),
    counts(LETTERS, "Letters, by what came of them."),
    counts(TIMERS, "Timers that came due, by what came of them."),
    lasts(TIMER_LAG, "From when a timer came due to its firing."),
    stands(TIMERS_LATE, "Timers that came due more than a minute ago and have not fired."),
    counts(RESTARTS, "How often an executor of jobs died and was rebuilt."),
    counts(REDIS_HINTS, "Hints for Redis that jobs wait, by what came of them."),
    stands(DATABASE_UP, "Whether the database answered while this was written: 1 or 0."),
    stands(POOL, "Connections to the database, by state."),
    stands(POOL_WAITING, "Commands that wait for a connection."),
    stands(BUILD, "Always 1; the version that runs."),
];

/// What came of one start of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It is done.
    Done,
    /// There was nothing left to do.
    Moot,
    /// It is to be tried again.
    Failed,
    /// Enough of its kind has been done for now.
    Paced,
    /// Its lease ran out under the work.
    Lost,
    /// It died too often; a person must look.
    Quarantined,
}

/// What came of one try to send a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterOutcome {
    /// The provider took it.
    Sent,
    /// It is shown after signing in only.
    Inbox,
    /// It is to be tried again.
    Later,
    /// No answer came after it was handed over; it is tried again under the same Message-ID.
    Unknown,
    /// The provider refused it for good.
    Bounced,
    /// Its job came again after it had ended: nothing was done.
    Again,
}

/// What came of a hint for Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintOutcome {
    /// Redis has it.
    Pushed,
    /// It was not handed over; the relay finds the job.
    Dropped,
}

/// How somebody tried to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInBy {
    /// Staff, by password.
    Password,
    /// Applicants, by a code to their phone.
    Code,
}

impl JobOutcome {
    const ALL: [(Self, &str); 6] = [
        (Self::Paced, "paced"),
        (Self::Done, "done"),
        (Self::Moot, "moot"),
        (Self::Failed, "failed"),
        (Self::Lost, "lost"),
        (Self::Quarantined, "quarantined"),
    ];
}

impl LetterOutcome {
    const ALL: [(Self, &str); 6] = [
        (Self::Sent, "sent"),
        (Self::Inbox, "inbox"),
        (Self::Later, "later"),
        (Self::Unknown, "unknown"),
        (Self::Bounced, "bounced"),
        (Self::Again, "again"),
    ];
}

impl HintOutcome {
    const ALL: [(Self, &str); 2] = [(Self::Pushed, "pushed"), (Self::Dropped, "dropped")];
}

impl SignInBy {
    const ALL: [(Self, &str); 2] = [(Self::Password, "password"), (Self::Code, "code")];
}

/// The word of a value in its closed list.
fn word<T: PartialEq>(all: &[(T, &'static str)], value: &T) -> &'static str {
    all.iter().find(|(known, _)| known == value).map_or("other", |(_, word)| word)
}

/// So late is a timer that somebody should be told.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// Describes every metric to the recorder, and begins the counters whose labels are known at
/// zero, so that the first failure is a rise and not a series out of nowhere.
pub fn describe(version: &'static str) {
    for Measure { name, sort, help } in ALL {
        match sort {
            Sort::Counter => metrics::describe_counter!(name, help),
            Sort::Gauge => metrics::describe_gauge!(name, help),
            Sort::Histogram => metrics::describe_histogram!(name, metrics::Unit::Seconds, help),
        }
    }
    gauge!(BUILD, "version" => version).set(1);
    for kind in JobKind::ALL.into_iter().flat_map(JobKind::stored_names).copied() {
        for (_, outcome) in JobOutcome::ALL {
            counter!(JOBS, "kind" => kind, "outcome" => outcome).increment(0);
        }
    }
    for (_, outcome) in LetterOutcome::ALL {
        counter!(LETTERS, "outcome" => outcome).increment(0);
    }
    for (_, outcome) in HintOutcome::ALL {
        counter!(REDIS_HINTS, "outcome" => outcome).increment(0);
    }
    for outcome in ["fired", "failed"] {
        counter!(TIMERS, "outcome" => outcome).increment(0);
    }
    for (_, by) in SignInBy::ALL {
        for reason in ["wrong", "locked"] {
            counter!(SIGN_IN_FAILURES, "by" => by, "reason" => reason).increment(0);
        }
    }
    counter!(RESTARTS).increment(0);
    gauge!(POOL_WAITING).set(0);
}

/// A request was answered. `route` is the pattern of its address, never the address.
pub fn request(method: &'static str, route: String, status: u16, took: Duration) {
    let status = metrics::SharedString::from(status.to_string());
    histogram!(REQUEST_SECONDS, "route" => route.clone()).record(took);
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
}

/// A sign-in was refused; `locked` when because of earlier ones.
pub fn sign_in_failed(by: SignInBy, locked: bool) {
    let reason = if locked { "locked" } else { "wrong" };
    counter!(SIGN_IN_FAILURES, "by" => word(&SignInBy::ALL, &by), "reason" => reason).increment(1);
}

/// A job was begun, so long after it could be.
pub fn job_started(kind: &str, lag: TimeDelta) {
    histogram!(JOB_LAG, "kind" => kind.to_owned()).record(seconds(lag));
}

/// A start of a job came to an end.
pub fn job_ended(kind: &str, outcome: JobOutcome, took: Duration) {
    job_counted(kind, outcome);
    histogram!(JOB_SECONDS, "kind" => kind.to_owned()).record(took);
}

/// A start of a job came to something that took no time worth measuring.
pub fn job_counted(kind: &str, outcome: JobOutcome) {
    let outcome = word(&JobOutcome::ALL, &outcome);
    counter!(JOBS, "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}

/// A letter was tried.
pub fn letter(outcome: LetterOutcome) {
    counter!(LETTERS, "outcome" => word(&LetterOutcome::ALL, &outcome)).increment(1);
}

/// A timer fired, so long after it came due.
pub fn timer_fired(lag: TimeDelta) {
    counter!(TIMERS, "outcome" => "fired").increment(1);
    histogram!(TIMER_LAG).record(seconds(lag));
}

/// A timer failed and is tried again.
pub fn timer_failed() {
    counter!(TIMERS, "outcome" => "failed").increment(1);
}

/// An executor died and is rebuilt.
pub fn executor_restarted() {
    counter!(RESTARTS).increment(1);
}

/// Hints for Redis came to something.
pub fn redis_hints(outcome: HintOutcome, how_many: u64) {
    counter!(REDIS_HINTS, "outcome" => word(&HintOutcome::ALL, &outcome)).increment(how_many);
}

/// While it lives, a command waits for a connection.
#[derive(Debug)]
pub(crate) struct Waiting(());

impl Waiting {
    pub(crate) fn begin() -> Self {
        gauge!(POOL_WAITING).increment(1);
        Self(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        gauge!(POOL_WAITING).decrement(1);
    }
}

/// So long may the database take to say what stands in it; shorter than whoever asks waits.
const LOOK: Duration = Duration::from_secs(5);

/// Looks at what stands in the database, right before the metrics are written out. When it does
/// not answer, that is what is measured.
pub async fn look(workflow: &Workflow) {
    pool(workflow);
    let looked = tokio::time::timeout(LOOK, at_database(workflow)).await;
    let looked = looked.unwrap_or_else(|_| Err(DbErr::Custom("no answer".to_owned())));
    gauge!(DATABASE_UP).set(u8::from(looked.is_ok()));
    if let Err(error) = looked {
        tracing::warn!(%error, "the database did not say how many jobs wait");
    }
}

async fn at_database(workflow: &Workflow) -> Result<(), DbErr> {
    let (db, machine) = (workflow.store.read(), workflow.clock.machine());
    let heaps = backlog(db, machine).await?;
    for kind in JobKind::ALL.into_iter().flat_map(JobKind::stored_names).copied() {
        for state in JobState::ALL {
            let heap = heaps.iter().find(|heap| heap.kind == kind && heap.state == state);
            let (jobs, oldest) = heap.map_or((0, None), |heap| (heap.jobs, Some(heap.oldest)));
            let age = oldest.map_or(0.0, |oldest| age(machine, oldest));
            let state = state.word();
            gauge!(OUTBOX_JOBS, "kind" => kind, "state" => state).set(float(jobs));
            gauge!(OUTBOX_OLDEST, "kind" => kind, "state" => state).set(age);
        }
    }
    let late = timer::Entity::due(workflow.clock.now() - LATE).count(db).await?;
    gauge!(TIMERS_LATE).set(float(i64::try_from(late).unwrap_or(i64::MAX)));
    Ok(())
}

fn pool(workflow: &Workflow) {
    for (role, size, idle) in workflow.store.connections() {
        let used = size.saturating_sub(idle);
        gauge!(POOL, "pool" => role, "state" => "idle").set(idle);
        gauge!(POOL, "pool" => role, "state" => "used").set(used);
    }
}

fn age(now: DateTime<Utc>, then: DateTime<Utc>) -> f64 {
    seconds(now - then)
}

/// Never below zero: two machines' clocks may differ a little.
fn seconds(span: TimeDelta) -> f64 {
    span.to_std().map_or(0.0, |span| span.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts jobs beyond 2^52")]
fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_as_prometheus_wants_them() {
        let names: BTreeSet<&str> = ALL.iter().map(|measure| measure.name).collect();
        assert_eq!(names.len(), ALL.len(), "a name stands twice");
        for Measure { name, sort, help } in ALL {
            let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(plain && name.starts_with("banjie_"), "{name}");
            assert_eq!(sort == Sort::Counter, name.ends_with("_total"), "{name}");
            assert!(sort != Sort::Histogram || name.ends_with("_seconds"), "{name}");
            assert!(help.ends_with('.'), "{name}");
        }
    }
}

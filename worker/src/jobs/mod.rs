//! One file a job. A job claims its row, does one thing, and marks the row in the transaction of
//! what it did; so it is harmless the second time.

mod error;
mod gather;
mod holds;
mod lease;
mod replay_program;
mod route_case;
mod schedule;
mod send_notice;
mod shared_reads;
mod take_letter;

use std::sync::Arc;

use entities::{CaseId, NoticeId, OutboxId, notice, outbox};
use sea_orm::{ColumnTrait, DbErr, PaginatorTrait, QueryFilter, QuerySelect};
use tokio::time::Instant;
use tracing::Instrument;
use workflow::{
    Job, JobKind,
    measures::{self, JobOutcome},
    trace,
};

use crate::Services;
pub use error::JobError;
use gather::Gather;
use holds::Holds;
pub use holds::give_back;
pub(crate) use lease::Held;
use send_notice::End;
use shared_reads::SharedReads;
pub(crate) use shared_reads::{account, case, person};

/// What came of one start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// There was nothing to do: done, not yet due, or in other hands.
    Nothing,
    /// It is done.
    Done,
    /// It failed, and is to be tried again.
    Later,
}

/// Where those meet whose work succeeds or fails.
type Works<Ask> = Gather<Ask, Result<(), JobError>>;

/// Where those meet who do the same kind of work at the same time. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) holds: Holds,
    claims: Arc<Gather<OutboxId, Option<Held>>>,
    routing: Arc<Works<(Held, CaseId)>>,
    notices: Arc<Gather<(Held, NoticeId), Option<notice::Model>>>,
    letters: Arc<Works<(Held, NoticeId, End)>>,
    reads: SharedReads,
}

/// Transactions of one kind of work at once: with more, each would carry less.
const LEADS: usize = 1;

/// Does the job of one outbox row, if it may be done now. The one function that every executor
/// calls, for as many ids at once as it likes: those that come together share transactions.
///
/// # Errors
/// When the database fails at the claim or at the mark; the lease runs out, and the relay
/// finds the row again.
pub async fn do_one(services: &Services, id: OutboxId) -> Result<Did, DbErr> {
    let fresh = services.desk.claims.ask(id, LEADS, async |ids| claim_all(services, &ids).await);
    let held = match fresh.await.flatten() {
        Some(held) => held,
        // Begun before, or in other hands, or the claim failed for all: looked at alone.
        None => match lease::claim(services, id).await? {
            Some(held) => held,
            None => return Ok(Did::Nothing),
        },
    };
    // A child of the request that led to the job.
    let span = tracing::info_span!("job", outbox.id = %id, job.kind = %held.kind);
    trace::follow(&span, held.trace.as_deref());
    do_held(services, &held).instrument(span).await
}

async fn do_held(services: &Services, held: &Held) -> Result<Did, DbErr> {
    let _noted = services.desk.holds.note(held.id, held.token);
    let began = Instant::now();
    let ended = |outcome| {
        let took = began.elapsed();
        measures::job_ended(&held.kind, outcome, took);
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    };
    match work(services, held).await {
        Ok(()) => {
            let ms = ended(JobOutcome::Done);
            tracing::info!(job.ms = ms, "done");
            Ok(Did::Done)
        }
        Err(JobError::Lost) => {
            let ms = ended(JobOutcome::Lost);
            tracing::warn!(job.ms = ms, "the lease ran out; what was made is dropped");
            Ok(Did::Nothing)
        }
        Err(JobError::Paced { at }) => {
            ended(JobOutcome::Paced);
            lease::postpone(services, held, None, at).await?;
            Ok(Did::Later)
        }
        Err(error) if error.is_final() => {
            let ms = ended(JobOutcome::Moot);
            tracing::warn!(job.ms = ms, %error, "there is nothing left to do");
            lease::close(services, held, &error).await?;
            Ok(Did::Done)
        }
        Err(error) => {
            let at = match &error {
                JobError::NotSent { at, .. } => *at,
                _ => schedule::doubling(held.created_at, services.machine(), held.id),
            };
            let ms = ended(JobOutcome::Failed);
            tracing::warn!(job.ms = ms, %error, job.next_attempt_at = %at, "it failed");
            lease::postpone(services, held, Some(&error), at).await?;
            Ok(Did::Later)
        }
    }
}

/// One answer for each id, in their order; none for what must be looked at alone.
async fn claim_all(services: &Services, ids: &[OutboxId]) -> Vec<Option<Held>> {
    let mut held = match lease::claim_fresh(services, ids).await {
        Ok(held) => held,
        Err(error) => {
            tracing::warn!(%error, "a claim failed: one by one now");
            Vec::new()
        }
    };
    let mut take = |id: &OutboxId| {
        let at = held.iter().position(|held| held.id == *id)?;
        Some(held.swap_remove(at))
    };
    ids.iter().map(&mut take).collect()
}

async fn work(services: &Services, held: &Held) -> Result<(), JobError> {
    match serde_json::from_value(held.job.clone())? {
        Job::RouteCase { case } if held.suspect => {
            Box::pin(route_case::run(services, held, case)).await
        }
        Job::RouteCase { case } => {
            let work = async |jobs| route_case::run_all(services, jobs).await;
            let done = services.desk.routing.ask((held.clone(), case), LEADS, work).await;
            done.unwrap_or(Err(JobError::Lost))
        }
        Job::TakeLetter { letter } => Box::pin(take_letter::run(services, held, letter)).await,
        Job::ReplayProgram { replay } => {
            Box::pin(replay_program::run(services, held, replay)).await
        }
        Job::SendNotice { notice } => send_notice::run(services, held, notice).await,
    }
}

/// Does all routing that waits. Returns whether none is left, not even in other hands.
///
/// # Errors
/// The database's.
pub(crate) async fn route_all(services: &Services) -> Result<bool, DbErr> {
    let store = &services.workflow.store;
    let ours = outbox::Column::Kind.is_in(JobKind::Routing.stored_names().iter().copied());
    loop {
        let waiting: Vec<OutboxId> = outbox::Entity::waiting(services.machine())
            .filter(ours.clone())
            .select_only()
            .column(outbox::Column::Id)
            .limit(200)
            .into_tuple()
            .all(store.read())
            .await?;
        if waiting.is_empty() {
            break;
        }
        for id in waiting {
            do_one(services, id).await?;
        }
    }
    // Those that failed have their own time; only what is in hand now is waited for.
    let in_hand = outbox::Entity::unfinished()
        .filter(ours)
        .filter(outbox::Column::LeaseUntil.gt(services.machine()));
    Ok(in_hand.count(store.read()).await? == 0)
}

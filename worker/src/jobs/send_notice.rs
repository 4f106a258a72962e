//! Brings one notice to its one recipient: claim, send, mark.

use chrono::{DateTime, Utc};
use entities::{Channel, NoticeId, NoticeState, notice};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    Iterable, QueryFilter, UpdateMany, prelude::Expr, sea_query::Query,
};
use workflow::{
    commands,
    load::padded,
    measures::{self, LetterOutcome},
    tx,
};

use super::{Held, JobError, LEADS, lease, schedule};
use crate::{Services, letters, post::NotTaken};

/// Sends it unless that has happened. A death between the sending and the mark sends it once
/// more, under the same Message-ID; nothing else does.
#[tracing::instrument(name = "job.send_notice", skip_all, fields(notice.id = %notice))]
pub(super) async fn run(
    services: &Services,
    held: &Held,
    notice: NoticeId,
) -> Result<(), JobError> {
    let now = services.now();
    let Some(found) = take(services, held, notice).await? else {
        return mark(services, held, notice, End::Nothing).await;
    };
    if let Some(at) = tx::in_time(letters::waits_until(services, &found)).await? {
        release(services, held, notice).await?;
        return Err(JobError::Paced { at });
    }
    let Some(letter) = tx::in_time(letters::compose(services, &found, held.created_at)).await?
    else {
        return mark(services, held, notice, End::Inbox).await;
    };
    if let Err(at) = services.post.allows(&letter, services.machine()) {
        release(services, held, notice).await?;
        return Err(JobError::Paced { at });
    }
    let (why, unknown) = match services.post.deliver(&letter, now).await {
        Ok(()) => return mark(services, held, notice, End::Sent).await,
        Err(NotTaken::Refused(why)) => return bounce(services, held, notice, &why).await,
        Err(NotTaken::Later(why)) => (why, false),
        Err(NotTaken::Unknown(why)) => (why, true),
    };
    let machine = services.machine();
    let Some(at) = schedule::letter(held.created_at, machine, held.id) else {
        return bounce(services, held, notice, &why).await;
    };
    measures::letter(if unknown { LetterOutcome::Unknown } else { LetterOutcome::Later });
    let at = if unknown { at.max(machine + schedule::UNKNOWN) } else { at };
    release(services, held, notice).await?;
    Err(JobError::NotSent { why, at })
}

/// Lets the notice go: it is to be tried again.
async fn release(services: &Services, held: &Held, notice: NoticeId) -> Result<(), JobError> {
    let release =
        state(notice, NoticeState::Waiting).filter(notice::Column::State.eq(NoticeState::Claimed));
    tx::write(&services.workflow.store, async |tx| {
        lease::still(tx, &[held]).await?.pop().ok_or(JobError::Lost)?;
        release.exec(tx).await?;
        Ok::<_, JobError>(())
    })
    .await
}

/// How a notice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It had ended before.
    Nothing,
    /// The provider took it.
    Sent,
    /// There is nowhere to send it: it is shown after signing in.
    Inbox,
    /// The provider refused it for good.
    Bounced,
}

async fn bounce(
    services: &Services,
    held: &Held,
    notice: NoticeId,
    why: &str,
) -> Result<(), JobError> {
    let update = ended(&[notice], End::Bounced, services.now());
    tx::write(&services.workflow.store, async |tx| {
        lease::finish_all(services, tx, &[held]).await?;
        update.clone().exec(tx).await?;
        // A person sees it in the same moment as the state.
        commands::note_bounce(tx, &services.workflow, notice, why).await?;
        Ok::<_, JobError>(())
    })
    .await?;
    measures::letter(LetterOutcome::Bounced);
    tracing::error!(notice.id = %notice, %why, "a letter bounced: a person must act");
    Ok(())
}

/// Takes the notice in hand; none when it has ended before. Only whoever still holds the job
/// may, so that a claim of a worker that died is taken over, and that of its successor is not.
async fn take(
    services: &Services,
    held: &Held,
    notice: NoticeId,
) -> Result<Option<notice::Model>, JobError> {
    let now = services.now();
    let store = &services.workflow.store;
    if !held.suspect {
        // A failure of all is looked at alone, below.
        let work = async |asks: Vec<(Held, NoticeId)>| {
            let claimed = tx::write(store, async |tx| claim_held(tx, &asks, now).await).await;
            let mut claimed = claimed.unwrap_or_default();
            let mut mine = |ask: &(Held, NoticeId)| {
                let at = claimed.iter().position(|row| row.id == ask.1)?;
                Some(claimed.swap_remove(at))
            };
            asks.iter().map(&mut mine).collect()
        };
        let ask = (held.clone(), notice);
        if let Some(found) = services.desk.notices.ask(ask, LEADS, work).await.flatten() {
            return Ok(Some(found));
        }
    }
    let claimed = tx::write(store, async |tx| {
        lease::still(tx, &[held]).await?.pop().ok_or(JobError::Lost)?;
        Ok::<_, JobError>(claim(tx, &[notice], now).await?.pop())
    });
    let claimed = claimed.await?;
    if claimed.is_none() {
        let found = notice::Entity::find_by_id(notice).one(store.read()).await?;
        found.ok_or(JobError::Gone("notice"))?;
    }
    Ok(claimed)
}

/// Those of the notices that have not ended and whose jobs are still held, taken in hand.
async fn claim_held(
    tx: &DatabaseTransaction,
    asks: &[(Held, NoticeId)],
    now: DateTime<Utc>,
) -> Result<Vec<notice::Model>, DbErr> {
    let held: Vec<&Held> = asks.iter().map(|(held, _)| held).collect();
    let still = lease::still(tx, &held).await?;
    let notices = asks.iter().filter(|(held, _)| still.contains(&held.id)).map(|ask| ask.1);
    let notices: Vec<NoticeId> = notices.collect();
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    claim(tx, &notices, now).await
}

/// Those of the notices that have not ended, taken in hand.
async fn claim(
    tx: &DatabaseTransaction,
    notices: &[NoticeId],
    now: DateTime<Utc>,
) -> Result<Vec<notice::Model>, DbErr> {
    let open = [NoticeState::Waiting, NoticeState::Claimed];
    let claim = Query::update()
        .table(notice::Entity)
        .value(notice::Column::State, NoticeState::Claimed)
        .value(notice::Column::ClaimedAt, now)
        .and_where(notice::Column::Id.is_in(padded(notices)))
        .and_where(notice::Column::State.is_in(open))
        .returning(Query::returning().columns(notice::Column::iter()))
        .to_owned();
    let rows = tx.query_all(&claim).await?;
    rows.iter().map(|row| notice::Model::from_query_result(row, "")).collect()
}

/// Marks the job and the notice in one transaction; those that come together in the same one.
async fn mark(
    services: &Services,
    held: &Held,
    notice: NoticeId,
    end: End,
) -> Result<(), JobError> {
    let ask = (held.clone(), notice, end);
    if held.suspect {
        return mark_together(services, &[ask]).await;
    }
    let work = async |asks: Vec<_>| mark_all(services, &asks).await;
    services.desk.letters.ask(ask, LEADS, work).await.unwrap_or(Err(JobError::Lost))
}

/// One answer for each. What fails together is done again one by one.
async fn mark_all(
    services: &Services,
    asks: &[(Held, NoticeId, End)],
) -> Vec<Result<(), JobError>> {
    if asks.len() > 1 && mark_together(services, asks).await.is_ok() {
        return asks.iter().map(|_| Ok(())).collect();
    }
    let mut answers = Vec::with_capacity(asks.len());
    for ask in asks {
        answers.push(mark_together(services, std::slice::from_ref(ask)).await);
    }
    answers
}

async fn mark_together(
    services: &Services,
    asks: &[(Held, NoticeId, End)],
) -> Result<(), JobError> {
    let held: Vec<&Held> = asks.iter().map(|(held, ..)| held).collect();
    let now = services.now();
    tx::write(&services.workflow.store, async |tx| {
        lease::finish_all(services, tx, &held).await?;
        for end in [End::Sent, End::Inbox, End::Bounced] {
            let notices = asks.iter().filter(|ask| ask.2 == end).map(|ask| ask.1);
            let notices: Vec<NoticeId> = notices.collect();
            if !notices.is_empty() {
                let marked = ended(&notices, end, now).exec(tx).await?.rows_affected;
                // One that is not in hand any more was ended, or let go, by somebody else.
                if usize::try_from(marked) != Ok(notices.len()) {
                    return Err(JobError::Lost);
                }
            }
        }
        Ok::<_, JobError>(())
    })
    .await?;
    for (_, _, end) in asks {
        match end {
            End::Nothing => measures::letter(LetterOutcome::Again),
            End::Sent => measures::letter(LetterOutcome::Sent),
            End::Inbox => measures::letter(LetterOutcome::Inbox),
            End::Bounced => measures::letter(LetterOutcome::Bounced),
        }
    }
    Ok(())
}

/// How notices that are in hand are marked; a bounce is marked whatever was before.
fn ended(notices: &[NoticeId], end: End, now: DateTime<Utc>) -> UpdateMany<notice::Entity> {
    let state = if end == End::Bounced { NoticeState::Bounced } else { NoticeState::Sent };
    let update = notice::Entity::update_many()
        .col_expr(notice::Column::State, Expr::value(state))
        .filter(notice::Column::Id.is_in(padded(notices)));
    if end == End::Bounced {
        return update;
    }
    let update = update
        .col_expr(notice::Column::SentAt, Expr::value(now))
        .filter(notice::Column::State.eq(NoticeState::Claimed));
    match end {
        End::Inbox => update.col_expr(notice::Column::Channel, Expr::value(Channel::Inbox)),
        _ => update,
    }
}

fn state(notice: NoticeId, state: NoticeState) -> UpdateMany<notice::Entity> {
    notice::Entity::update_many()
        .col_expr(notice::Column::State, Expr::value(state))
        .filter(notice::Column::Id.eq(notice))
}

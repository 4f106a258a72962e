//! Brings one notice to its one recipient: claim, send, mark.

use chrono::{DateTime, Utc};
use entities::{Channel, NoticeId, NoticeState, notice};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, UpdateMany, prelude::Expr,
};
use workflow::{
    measures::{self, LetterOutcome},
    tx,
};

use super::{Held, JobError, lease, schedule};
use crate::{Services, letters, post::NotTaken};

/// Sends it unless that has happened. A death between the sending and the mark sends it once
/// more, under the same Message-ID; nothing else does.
#[tracing::instrument(name = "job.send_notice", skip_all, fields(notice.id = %notice))]
pub(super) async fn run(
    services: &Services,
    held: &Held,
    notice: NoticeId,
) -> Result<(), JobError> {
    let store = &services.workflow.store;
    let now = services.now();
    let claimed = tx::write(store, async |tx| claim(tx, notice, now).await).await?;
    let found = tx::in_time(notice::Entity::find_by_id(notice).one(store.read())).await?;
    let found = found.ok_or(JobError::Gone("notice"))?;
    if !claimed {
        return mark(services, held, notice, End::Nothing).await;
    }
    let Some(letter) = tx::in_time(letters::compose(services, &found)).await? else {
        return mark(services, held, notice, End::Inbox).await;
    };
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
    let release =
        state(notice, NoticeState::Waiting).filter(notice::Column::State.eq(NoticeState::Claimed));
    tx::write(store, async |tx| release.exec(tx).await).await?;
    Err(JobError::NotSent { why, at })
}

/// How a notice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
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
    mark(services, held, notice, End::Bounced).await?;
    tracing::error!(notice.id = %notice, %why, "a letter bounced: a person must act");
    Ok(())
}

/// Takes the notice in hand. Only whoever holds the job comes here, so that a claim of a worker
/// that died is taken over.
async fn claim(
    tx: &DatabaseTransaction,
    notice: NoticeId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let open = [NoticeState::Waiting, NoticeState::Claimed];
    let claimed = state(notice, NoticeState::Claimed)
        .col_expr(notice::Column::ClaimedAt, Expr::value(now))
        .filter(notice::Column::State.is_in(open))
        .exec(tx)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Marks the job and the notice in one transaction.
async fn mark(
    services: &Services,
    held: &Held,
    notice: NoticeId,
    end: End,
) -> Result<(), JobError> {
    let sent = |state_of| {
        state(notice, state_of)
            .col_expr(notice::Column::SentAt, Expr::value(services.now()))
            .filter(notice::Column::State.eq(NoticeState::Claimed))
    };
    let update = match end {
        End::Nothing => None,
        End::Sent => Some(sent(NoticeState::Sent)),
        End::Inbox => Some(
            sent(NoticeState::Sent).col_expr(notice::Column::Channel, Expr::value(Channel::Inbox)),
        ),
        End::Bounced => Some(state(notice, NoticeState::Bounced)),
    };
    tx::write(&services.workflow.store, async |tx| {
        lease::finish(services, tx, held).await?;
        if let Some(update) = update {
            update.exec(tx).await?;
        }
        Ok::<_, JobError>(())
    })
    .await?;
    match end {
        End::Nothing => {}
        End::Sent => measures::letter(LetterOutcome::Sent),
        End::Inbox => measures::letter(LetterOutcome::Inbox),
        End::Bounced => measures::letter(LetterOutcome::Bounced),
    }
    Ok(())
}

fn state(notice: NoticeId, state: NoticeState) -> UpdateMany<notice::Entity> {
    notice::Entity::update_many()
        .col_expr(notice::Column::State, Expr::value(state))
        .filter(notice::Column::Id.eq(notice))
}

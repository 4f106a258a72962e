//! A job that was decided together with its cause. The outbox is the queue.

use sea_orm::entity::prelude::*;

use chrono::TimeDelta;
use sea_orm::{
    Condition, QueryOrder,
    sea_query::{CaseStatement, SimpleExpr},
};

use crate::{CaseId, OutboxId};

/// A job that was decided together with its cause. The outbox is the queue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxId,
    pub job: Json,
    /// The job's stored name, for filters.
    pub kind: String,
    pub case_id: Option<CaseId>,
    /// Machine time, like all moments of a job.
    pub created_at: DateTimeUtc,
    pub next_attempt_at: DateTimeUtc,
    /// Counted before the work is begun.
    pub attempts: i32,
    pub lease_until: Option<DateTimeUtc>,
    pub lease_token: Option<Uuid>,
    pub done_at: Option<DateTimeUtc>,
    pub quarantined_at: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    /// The request that led to it, as W3C `traceparent`; none where nothing is traced.
    pub trace: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Jobs that may be done now: not done, not quarantined, not leased, oldest first.
    pub fn waiting(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::QuarantinedAt.is_null())
            .filter(Column::NextAttemptAt.lte(now))
            .filter(
                Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now)),
            )
            .order_by_asc(Column::NextAttemptAt)
            .order_by_asc(Column::Id)
    }

    /// Jobs that are not finished, whatever they wait for.
    pub fn unfinished() -> Select<Self> {
        Self::not_done().filter(Column::QuarantinedAt.is_null())
    }

    /// Jobs that died too often: a person must look at them.
    pub fn quarantined() -> Select<Self> {
        Self::not_done().filter(Column::QuarantinedAt.is_not_null())
    }

    /// Jobs that are not done: those that wait for a person too.
    pub fn not_done() -> Select<Self> {
        Self::find().filter(Column::DoneAt.is_null())
    }
}

/// A job that could have been begun so long ago is late: the relay looks four times a second.
const LATE: TimeDelta = TimeDelta::seconds(15);

/// How a job that is not done is, for those who watch over the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// It died too often: a person must look at it.
    Quarantined,
    /// It has failed, and is to be tried again.
    Failing,
    /// It could have been begun long ago.
    Late,
    /// Somebody has it in hand.
    InHand,
    /// It is about to be begun.
    Waiting,
}

impl JobState {
    /// The worst first.
    pub const ALL: [Self; 5] =
        [Self::Quarantined, Self::Failing, Self::Late, Self::InHand, Self::Waiting];

    /// The name, for labels and addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Failing => "failing",
            Self::Late => "late",
            Self::InHand => "in_hand",
            Self::Waiting => "waiting",
        }
    }

    /// The state of a name.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The name of a row's state at `now`, as an expression; of rows that are not done.
    pub fn of_row(now: DateTimeUtc) -> SimpleExpr {
        CaseStatement::new()
            .case(Column::QuarantinedAt.is_not_null(), Self::Quarantined.word())
            .case(Column::LeaseUntil.gt(now), Self::InHand.word())
            .case(Column::LastError.is_not_null(), Self::Failing.word())
            .case(Column::NextAttemptAt.lte(now - LATE), Self::Late.word())
            .finally(Self::Waiting.word())
            .into()
    }
}

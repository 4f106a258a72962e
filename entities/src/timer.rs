//! A moment at which a case must be looked at again.

use sea_orm::entity::prelude::*;

use sea_orm::QueryOrder;

use crate::{CaseId, ClockId, StepRunId, TimerId, TimerKind};

/// A moment at which a case must be looked at again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TimerId,
    pub case_id: CaseId,
    pub run_id: Option<StepRunId>,
    pub clock_id: Option<ClockId>,
    pub kind: TimerKind,
    pub due_at: DateTimeUtc,
    /// Which of the step's reminders, by its place in their list, from 0.
    pub nth: Option<i32>,
    /// How often it could not be acted upon.
    pub failures: i32,
    /// Machine time before which it is not tried again, after a failure.
    pub retry_at: Option<DateTimeUtc>,
    /// Set once, when it acted or is no longer needed: a timer fires at most once.
    pub fired_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// A timer of `case` that comes due at `due_at` and has not fired.
    pub fn of(case: CaseId, kind: TimerKind, id: TimerId, due_at: DateTimeUtc) -> Self {
        Self {
            id,
            case_id: case,
            run_id: None,
            clock_id: None,
            kind,
            due_at,
            nth: None,
            failures: 0,
            retry_at: None,
            fired_at: None,
        }
    }
}

impl Entity {
    /// Timers that have come due and have not fired, oldest first.
    pub fn due(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::FiredAt.is_null())
            .filter(Column::DueAt.lte(now))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
    }

    /// The next one to come due after `now`.
    pub fn next_after(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::FiredAt.is_null())
            .filter(Column::DueAt.gt(now))
            .order_by_asc(Column::DueAt)
    }

    /// The timers of one case that still stand.
    pub fn of_case(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::CaseId.eq(case)).filter(Column::FiredAt.is_null())
    }
}

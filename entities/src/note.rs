//! What is said to an applicant who is asked for more. Added, never updated.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CaseId, NoteId, StepRunId, TaskId};

/// With which act it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))", rename_all = "snake_case")]
pub enum NoteKind {
    /// 补正告知
    Supplement,
    /// A signature that sends the case back.
    Signature,
    /// 挂起
    Pause,
    /// 申请延期
    Extension,
    /// 转办、委派、交回
    Moved,
    /// 加签、沟通
    Added,
    /// 拿回、撤销
    TakenBack,
    /// 离职转办
    HandedOver,
}

/// What is said to an applicant who is asked for more. Added, never updated.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoteId,
    pub case_id: CaseId,
    /// The slot at which it was said.
    pub task_id: TaskId,
    /// That slot's step run.
    pub run_id: StepRunId,
    pub kind: NoteKind,
    /// The words, sealed for `note.sealed` and this row with the case's key.
    pub sealed: Vec<u8>,
    /// SHA-256 of the ciphertext, as the trail quotes it.
    pub sha256: Vec<u8>,
    pub account_id: AccountId,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

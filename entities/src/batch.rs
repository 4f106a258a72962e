//! 批量办理: like cases that one person approves in one act.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{AccountId, BatchId, PersonId};

/// A batch: what is in it was fixed when it was put together.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BatchId,
    /// Whose act it is; nobody else may sign it.
    pub person_id: PersonId,
    pub account_id: AccountId,
    pub program: String,
    /// The version that all of its cases stand on.
    pub program_hash: String,
    /// The step's id.
    pub path: String,
    /// What the sample was drawn with: 32 bytes, lower-case hex; made after the rows were fixed.
    pub seed: String,
    /// Cases in it.
    pub size: i32,
    /// Cases that must be opened first.
    pub sample: i32,
    pub made_at: DateTimeUtc,
    /// Set in the transaction in which the signature was given.
    pub signed_at: Option<DateTimeUtc>,
    /// The idempotency key of the signature, and SHA-256 of the request, lower-case hex.
    pub key: Option<String>,
    pub request: Option<String>,
    /// Set once every row has its result.
    pub done_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Somebody's batches, the newest first.
    pub fn of_person(person: PersonId) -> Select<Self> {
        Self::find().filter(Column::PersonId.eq(person)).order_by_desc(Column::Id)
    }
}

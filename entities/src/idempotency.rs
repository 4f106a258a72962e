//! What was answered to a request that may come again.

use sea_orm::entity::prelude::*;

use crate::AccountId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Who asked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// What was asked for, by a stable name such as `submit-case`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: String,
    /// The caller's own name for this request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: Vec<u8>,
    /// HTTP status; none only inside the transaction that answers.
    pub status: Option<i32>,
    /// The headers worth repeating, as a JSON array of pairs.
    pub headers: Option<String>,
    /// The exact text of the answer.
    pub body: Option<String>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

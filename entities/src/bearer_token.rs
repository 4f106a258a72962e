//! A machine's way in: a long secret, of which only the SHA-256 is kept.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{AccountId, BearerTokenId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bearer_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BearerTokenId,
    /// SHA-256 of the token; unique.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// Whose rights it carries.
    pub account_id: AccountId,
    /// What it is for, in its maker's words.
    pub name: String,
    pub created_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The token with this SHA-256, unless it has been ended.
    pub fn of_token(hash: [u8; 32]) -> Select<Self> {
        Self::find().filter(Column::TokenHash.eq(hash.to_vec())).filter(Column::EndedAt.is_null())
    }

    /// Tokens of an account that still open something, newest first.
    pub fn open_of(account: AccountId) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::EndedAt.is_null())
            .order_by_desc(Column::Id)
    }
}

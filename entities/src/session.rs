//! One signed-in browser. The cookie's value is not here, only its SHA-256.

use sea_orm::{QueryOrder, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{AccountId, Sensitive, SessionId};

/// What was proved at sign-in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A code sent to a phone.
    Code,
    /// A password.
    Password,
    /// A password and a second factor.
    SecondFactor,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// SHA-256 of the cookie's value; unique.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    pub account_id: AccountId,
    pub strength: Strength,
    pub created_at: DateTimeUtc,
    /// To the minute: a request writes only when this is a minute old.
    pub seen_at: DateTimeUtc,
    /// The last moment whatever happens; being idle ends it earlier.
    pub ends_at: DateTimeUtc,
    /// Set when someone signed out or was signed out.
    pub ended_at: Option<DateTimeUtc>,
    /// The key of this session's form tokens.
    pub csrf_secret: Sensitive,
    /// The network (an IPv4 address, an IPv6 /64) that signed in.
    pub network: String,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The session of a cookie, by the SHA-256 of its value, ended or not.
    pub fn of_token(hash: [u8; 32]) -> Select<Self> {
        Self::find().filter(Column::TokenHash.eq(hash.to_vec()))
    }

    /// Sessions of an account that nobody has ended, newest first. Idle ones are among them.
    pub fn open_of(account: AccountId, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::EndedAt.is_null())
            .filter(Column::EndsAt.gt(now))
            .order_by_desc(Column::Id)
    }
}

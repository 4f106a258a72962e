//! A six-digit code sent to a phone.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::SignInCodeId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignInCodeId,
    /// 16 bytes: the same blind index as `account.phone_index`.
    pub phone_index: Vec<u8>,
    /// Keyed, over the row's id and the code: six digits alone would be guessed from a plain
    /// hash in a moment.
    pub code_hash: Vec<u8>,
    pub sent_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    /// How often a wrong code was entered against it.
    pub tries: i32,
    pub used_at: Option<DateTimeUtc>,
    /// The network that asked for it.
    pub network: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Codes sent to a phone, newest first. Only the newest is of any use.
    pub fn of_phone(index: [u8; 16]) -> Select<Self> {
        Self::find()
            .filter(Column::PhoneIndex.eq(index.to_vec()))
            .order_by_desc(Column::SentAt)
            .order_by_desc(Column::Id)
    }
}

//! One message to one recipient; its key makes a second one impossible.

use sea_orm::entity::prelude::*;

use sea_orm::QueryOrder;

use crate::{AccountId, CaseId, Channel, NoticeId, NoticeState, PersonId};

/// One message to one recipient; its key makes a second one impossible.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    /// Unique: the same event never tells the same recipient twice.
    pub dedupe_key: String,
    pub case_id: Option<CaseId>,
    pub account_id: Option<AccountId>,
    pub person_id: Option<PersonId>,
    pub channel: Channel,
    /// Which letter.
    pub template: String,
    /// What the letter needs, without personal data.
    pub params: Json,
    /// What must not be read in the database: a code, an address, an objection's words.
    pub sealed: Option<Vec<u8>>,
    pub state: NoticeState,
    pub created_at: DateTimeUtc,
    pub claimed_at: Option<DateTimeUtc>,
    pub sent_at: Option<DateTimeUtc>,
    pub seen_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What was sent to one account, newest first.
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(Column::AccountId.eq(account)).order_by_desc(Column::Id)
    }
}

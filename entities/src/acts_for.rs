//! For whom an account may act: oneself, a child, someone who asked for help.

use sea_orm::{ExprTrait, QueryOrder, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{AccountId, ActsForId, PersonId};

/// Why an account may act for a person.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The holder of the account is that person.
    Oneself,
    /// As parent or guardian.
    Guardian,
    /// As someone the person has asked to.
    Agent,
}

/// Never updated but closed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "acts_for")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActsForId,
    pub account_id: AccountId,
    pub person_id: PersonId,
    pub basis: Basis,
    pub from_at: DateTimeUtc,
    /// The first moment at which it holds no longer.
    pub to_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// For whom an account may act at `now`, in the order in which the rights were given.
    pub fn of_account(account: AccountId, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::FromAt.lte(now))
            .filter(Column::ToAt.is_null().or(Column::ToAt.gt(now)))
            .order_by_asc(Column::Id)
    }
}

//! One way to sign in. Who a person is, and whom a case is about, are other things.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Language, PersonId, Sensitive};

/// How an account signs in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// By login and password; stands for one person.
    Staff,
    /// By phone and code; may act for several persons.
    Applicant,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub kind: AccountKind,
    /// Staff: lower case, unique.
    #[sea_orm(unique)]
    pub login: Option<String>,
    /// Staff: an argon2id PHC string.
    pub password_hash: Option<Sensitive>,
    /// Staff: somebody else chose it. Until they choose one that only they know, it opens the door
    /// to that and no other.
    pub password_given: bool,
    /// Applicants: 16 bytes, a keyed blind index of the normalised number; unique.
    #[sea_orm(unique)]
    pub phone_index: Option<Vec<u8>>,
    /// Applicants: the number, sealed for `account.phone_sealed` and this row.
    pub phone_sealed: Option<Vec<u8>>,
    /// Staff: who they are.
    pub person_id: Option<PersonId>,
    /// Sealed; none until a second factor is enrolled.
    pub second_factor: Option<Vec<u8>>,
    pub language: Language,
    pub created_at: DateTimeUtc,
    /// From then on it opens nothing; its sessions and tokens ended in the same transaction.
    pub disabled_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The account of a member of staff, by login as stored (lower case).
    pub fn of_login(login: &str) -> Select<Self> {
        Self::find().filter(Column::Login.eq(login))
    }

    /// The account of a phone, by its blind index.
    pub fn of_phone(index: [u8; 16]) -> Select<Self> {
        Self::find().filter(Column::PhoneIndex.eq(index.to_vec()))
    }

    /// Those of `people` that are locked.
    pub fn locked(people: impl IntoIterator<Item = PersonId>) -> Select<Self> {
        Self::find().filter(Column::PersonId.is_in(people)).filter(Column::DisabledAt.is_not_null())
    }
}

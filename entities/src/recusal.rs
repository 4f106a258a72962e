//! 回避申报: a relative, a village, a township, a school or one's own house: from whose cases somebody keeps away.

use sea_orm::{QueryOrder, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{PersonId, RecusalId, UnitId};

/// What somebody keeps away from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// One person, known by the ID number alone.
    Relative,
    /// All whose household is in a township.
    Township,
    /// All pupils of a school.
    School,
    /// All whose household is in one village of a township.
    Village,
    /// All who live in the same house as oneself.
    House,
}

/// Never updated but ended.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recusal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecusalId,
    /// Who keeps away.
    pub person_id: PersonId,
    pub kind: Tie,
    /// The township, also of a village or a house; or the school.
    pub unit_id: Option<UnitId>,
    /// A relative's ID number, as [`crate::person::Model::id_index`]: they need not be known yet.
    pub id_index: Option<Vec<u8>>,
    /// A relative's name, encrypted with the key of who declares.
    pub name_sealed: Option<Vec<u8>>,
    /// 村（社区）, as it was typed.
    pub village: Option<String>,
    /// The same as it is compared.
    pub village_key: Option<String>,
    /// Of one's own house, as [`crate::person::Model::address_index`]; the address is not kept.
    pub address_index: Option<Vec<u8>>,
    pub from_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What somebody keeps away from now, oldest first.
    pub fn of(person: PersonId) -> Select<Self> {
        Self::find()
            .filter(Column::PersonId.eq(person))
            .filter(Column::EndedAt.is_null())
            .order_by_asc(Column::Id)
    }
}

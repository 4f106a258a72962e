//! A natural person: who applies, who works in a unit.

use sea_orm::entity::prelude::*;

use crate::{PersonId, UnitId};

/// A natural person: who applies, who works in a unit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    pub name: String,
    /// Resident ID number, encrypted (GB 11643).
    pub id_sealed: Option<Vec<u8>>,
    /// Its blind index, unique.
    pub id_index: Option<Vec<u8>>,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub bank_sealed: Option<Vec<u8>>,
    pub bank_index: Option<Vec<u8>>,
    /// Name, ID number and phone of a minor's guardian, as encrypted JSON.
    pub guardian_sealed: Option<Vec<u8>>,
    /// Where staff get their letters.
    pub mail: Option<String>,
    pub school_id: Option<UnitId>,
    pub township_id: Option<UnitId>,
    /// 村（社区） within the township, as it was typed.
    pub village: Option<String>,
    /// The same as it is compared.
    pub village_key: Option<String>,
    /// 组、门牌, encrypted.
    pub address_sealed: Option<Vec<u8>>,
    /// The blind index of township, village and address together.
    pub address_index: Option<Vec<u8>>,
    /// 班级
    pub class: Option<String>,
    pub created_at: DateTimeUtc,
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The one person with this ID number, by its blind index.
    pub fn with_id_index(index: Vec<u8>) -> Select<Self> {
        Self::find().filter(Column::IdIndex.eq(index))
    }
}

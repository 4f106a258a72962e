//! One office at one level in one place; its names have dates.

use sea_orm::entity::prelude::*;

use crate::{Level, UnitId};

/// One office at one level in one place; its names have dates.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnitId,
    pub level: Level,
    /// GB/T 2260 code (6 digits), or the 9-digit township code.
    pub division: String,
    /// Which office: `education`, `aid_office` …; `government` or `school` for the place itself.
    pub office: String,
    /// The place this office stands in; the place's own row names itself.
    pub seat_id: UnitId,
    /// Of a place: the place above. Of an office: its place.
    pub parent_id: Option<UnitId>,
    /// 机关代字, for document numbers.
    pub mark: Option<String>,
    /// Who took over when it was closed.
    pub successor_id: Option<UnitId>,
    /// The state's or the ministry's own code.
    pub code: Option<String>,
    pub name_zh: String,
    pub name_en: String,
    pub from_on: Date,
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Everything that stands in the given places: the places themselves and their offices.
    pub fn in_places(seats: impl IntoIterator<Item = UnitId>) -> Select<Self> {
        Self::find().filter(Column::SeatId.is_in(seats))
    }
}

//! One more unit: a place, or an office of a place.

use chrono::NaiveDate;
use entities::{Level, Stream, UnitId, unit, unit_name};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::{import::name, refused};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
};

/// A unit that shall be.
#[derive(Clone, Debug)]
pub struct AddUnit {
    /// Of a place; an office has its place's.
    pub level: Level,
    /// Six digits, or nine of a township. An office has its place's.
    pub division: String,
    /// `education`, `aid_office` …; of a place's own row `government`, `township` or `school`.
    pub office: String,
    /// The place that an office stands in; none for a place.
    pub seat: Option<UnitId>,
    /// Of a place: the place above.
    pub above: Option<UnitId>,
    /// The state's or the ministry's own code.
    pub code: Option<String>,
    /// In Chinese.
    pub name_zh: String,
    /// In English.
    pub name_en: String,
    /// From which day.
    pub from_on: NaiveDate,
}

/// Makes a unit.
///
/// # Errors
/// [`Refusal::Organisation`] when the place has this office already, or a name is missing;
/// [`Refusal::NotFound`] for a place that is none; or the database's.
#[tracing::instrument(skip_all, fields(office = ask.office))]
pub async fn add_unit(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: AddUnit,
) -> Result<UnitId, CommandError> {
    if ask.name_zh.trim().is_empty() || ask.office.trim().is_empty() {
        return Err(refused("a unit has a name and an office").into());
    }
    let now = workflow.clock.now();
    let id = UnitId::at(now);
    let mut row = unit::Model {
        id,
        level: ask.level,
        division: ask.division,
        office: ask.office,
        seat_id: ask.seat.unwrap_or(id),
        parent_id: ask.seat.or(ask.above),
        mark: None,
        successor_id: None,
        code: ask.code,
        name_zh: ask.name_zh.trim().to_owned(),
        name_en: ask.name_en.trim().to_owned(),
        from_on: ask.from_on,
        to_on: None,
    };
    if let Some(seat) = ask.seat {
        let place = unit::Entity::find_by_id(seat).one(tx).await?;
        let place = place.filter(|place| place.id == place.seat_id);
        let place = place.ok_or(Refusal::NotFound("place"))?;
        row.level = place.level;
        row.division = place.division;
        let same = unit::Entity::in_places([seat]).filter(unit::Column::Office.eq(&*row.office));
        if same.one(tx).await?.is_some() {
            return Err(refused(format!("{} has this office already", place.name_zh)).into());
        }
    }
    let what = ("unit_added", json!({ "office": row.office, "seat": row.seat_id }));
    let mut batch = Batch::default();
    batch.insert::<unit::Entity>(vec![row.clone()]);
    batch.run(tx).await?;
    let mut batch = Batch::default();
    batch.insert::<unit_name::Entity>(vec![name(&row)]);
    batch.run(tx).await?;
    append(tx, now, Stream::Unit, id.0, by, what).await?;
    Ok(id)
}

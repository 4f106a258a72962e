//! 更名: a unit bears another name from a day on. What was written before keeps the old one.

use chrono::NaiveDate;
use entities::{Stream, UnitId, unit, unit_name};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::{
    entitled, refused, take_names,
    units::{closed, name_of},
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    calendar::local_date,
    record::{Batch, append},
    rules::administering::Power,
};

/// A name that a unit shall bear.
#[derive(Clone, Debug)]
pub struct Rename {
    /// Which.
    pub unit: UnitId,
    /// In Chinese.
    pub name_zh: String,
    /// In English; empty where there is none.
    pub name_en: String,
    /// Its first day: later than that of the name before it. May lie ahead.
    pub from_on: NaiveDate,
}

/// Renames a unit from a day on.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no system administrator,
/// [`Refusal::Unfit`] for a unit that is closed, a name that is none or the same, or a day that is
/// not after that of the name before; or the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn rename_unit(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: Rename,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    let found = unit::Entity::find_by_id(ask.unit).lock_exclusive().one(tx).await?;
    let unit = found.ok_or(Refusal::NotFound("unit"))?;
    if unit.to_on.is_some() {
        return Err(closed(&unit).into());
    }
    let name_zh = name_of(&ask.name_zh).map_err(Refusal::Unfit)?;
    let name_en = ask.name_en.trim().to_owned();
    let last = unit_name::Entity::find()
        .filter(unit_name::Column::UnitId.eq(unit.id))
        .order_by_desc(unit_name::Column::FromOn)
        .limit(1)
        .one(tx)
        .await?;
    let since = last.as_ref().map_or(unit.from_on, |last| last.from_on);
    let bears = last.as_ref().map_or(&unit.name_zh, |last| &last.name_zh);
    let bears_en = last.as_ref().map_or(&unit.name_en, |last| &last.name_en);
    if (bears, bears_en) == (&name_zh, &name_en) {
        return Err(refused("该单位已用此名称", "the unit bears this name already").into());
    }
    if ask.from_on <= since {
        return Err(refused(
            format!("新名称的启用日期须晚于 {since}，即现名称的启用日期"),
            format!("the new name must begin after {since}, on which the present one began"),
        )
        .into());
    }
    // A unit that was made before names were kept has its first one now.
    let first = || unit_name::Model { unit_id: unit.id, ..super::import::name(&unit) };
    let last = unit_name::Model { to_on: Some(ask.from_on), ..last.unwrap_or_else(first) };
    let from_on = ask.from_on;
    let row = unit_name::Model { unit_id: unit.id, from_on, to_on: None, name_zh, name_en };
    let mut batch = Batch::default();
    batch.upsert::<unit_name::Entity>(vec![last, row]);
    batch.run(tx).await?;
    take_names(tx, local_date(now)).await?;
    let what = ("unit_renamed", json!({ "from_on": from_on }));
    append(tx, now, Stream::Unit, unit.id.0, by, what).await
}

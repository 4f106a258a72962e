//! 调整隶属: a place stands under another one from now on. What lies there stays; what begins later
//! goes up the new way.

use entities::{Level, Stream, UnitId, unit};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::{
    entitled, refused,
    units::{closed, stands},
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
    rules::administering::Power,
};

/// A place that shall stand under another one.
#[derive(Clone, Debug)]
pub struct MoveUnit {
    /// Which.
    pub unit: UnitId,
    /// The place above it from now on.
    pub parent: UnitId,
    /// Its code there, where it gets another one; a school has its county's.
    pub division: Option<String>,
}

/// Lets a place, with its offices, stand under another place of the next level.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no system administrator,
/// [`Refusal::Unfit`] for an office, a unit that is closed, a place under which it cannot stand (of
/// the wrong level, itself, one below it, one in whose code its own does not lie), where it stands
/// already, or another code while places stand below it; or the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn move_unit(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: MoveUnit,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    // As a closing locks: the offices, then the places, in the order of their ids.
    let offices = unit::Entity::in_places([ask.unit])
        .filter(unit::Column::Id.ne(ask.unit))
        .order_by_asc(unit::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let both = unit::Entity::find().filter(unit::Column::Id.is_in([ask.unit, ask.parent]));
    let both = both.order_by_asc(unit::Column::Id).lock_exclusive().all(tx).await?;
    let found = |id| both.iter().find(|unit| unit.id == id).cloned();
    let unit = found(ask.unit).ok_or(Refusal::NotFound("unit"))?;
    let parent = found(ask.parent).ok_or(Refusal::NotFound("place"))?;
    if unit.to_on.is_some() {
        return Err(closed(&unit).into());
    }
    if unit.id != unit.seat_id {
        return Err(refused(
            "内设机构随其所在地方，不单独调整；如需并入他处，请撤并",
            "an office goes with its place; to join it to another, close it",
        )
        .into());
    }
    if unit.id == parent.id {
        return Err(refused("不能隶属于本单位", "a place does not stand under itself").into());
    }
    let division = match ask.division.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => code.to_owned(),
        None if unit.level == Level::School => parent.division.clone(),
        None => unit.division.clone(),
    };
    let other_code = division != unit.division;
    if unit.parent_id == Some(parent.id) && !other_code {
        return Err(refused("已隶属于该地方", "it stands there already").into());
    }
    let code = if unit.code.as_ref() == Some(&unit.division) {
        Some(division.clone())
    } else {
        unit.code.clone()
    };
    let parent_id = Some(parent.id);
    let row = unit::Model { parent_id, code, division: division.clone(), ..unit.clone() };
    stands(tx, &row).await?;
    if other_code && has_below(tx, unit.id).await? {
        return Err(refused(
            "其下还有单位，代码随之改变：请先逐个调整或撤并",
            "places stand below it, whose codes would change too: move or close them first",
        )
        .into());
    }
    let mut batch = Batch::default();
    batch.change::<unit::Entity>(&unit, &row);
    for office in offices.iter().filter(|_| other_code) {
        let row = unit::Model { division: division.clone(), ..office.clone() };
        batch.change::<unit::Entity>(office, &row);
    }
    batch.run(tx).await?;
    let what = json!({
        "from": unit.parent_id, "to": parent.id,
        "division": other_code.then_some([unit.division.as_str(), division.as_str()]),
    });
    append(tx, now, Stream::Unit, unit.id.0, by, ("unit_moved", what)).await
}

/// Whether open places stand below a place.
async fn has_below(tx: &DatabaseTransaction, id: UnitId) -> Result<bool, CommandError> {
    let below = unit::Entity::find()
        .filter(unit::Column::ParentId.eq(id))
        .filter(unit::Column::SeatId.ne(id))
        .filter(unit::Column::ToOn.is_null());
    Ok(below.one(tx).await?.is_some())
}

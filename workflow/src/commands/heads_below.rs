//! The heads who answer to a head: of the offices that theirs supervises, and of those at their place.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entities::{Duty, UnitId, appointment, unit};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use crate::load::padded;

/// Who heads a unit of which one of `heads` is the superior, or an office at a place that is one of
/// them.
///
/// # Errors
/// The database's.
pub async fn heads_below(
    db: &impl ConnectionTrait,
    heads: &[UnitId],
    now: DateTime<Utc>,
) -> Result<Vec<appointment::Model>, DbErr> {
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let own = unit::Entity::find().filter(unit::Column::Id.is_in(padded(heads))).all(db).await?;
    let seats: BTreeSet<UnitId> = own.iter().map(|unit| unit.seat_id).collect();
    let seats: Vec<UnitId> = seats.into_iter().collect();
    let here = in_places(db, &seats).await?;
    let places = unit::Entity::find()
        .filter(unit::Column::ParentId.is_in(padded(&seats)))
        .filter(Expr::col(unit::Column::SeatId).eq(Expr::col(unit::Column::Id)))
        .filter(unit::Column::ToOn.is_null())
        .all(db)
        .await?;
    let ids: Vec<UnitId> = places.iter().map(|place| place.id).collect();
    let below = in_places(db, &ids).await?;
    let above = |unit: &unit::Model| places.iter().find(|at| at.id == unit.seat_id)?.parent_id;
    let below = below.iter().filter(|unit| {
        let superior = above(unit).and_then(|seat| superior(&here, seat, &unit.office));
        superior.is_some_and(|superior| heads.contains(&superior))
    });
    let inside =
        here.iter().filter(|unit| unit.id != unit.seat_id && heads.contains(&unit.seat_id));
    let top = here.iter().filter(|unit| {
        let none_above = here.iter().any(|at| at.id == unit.seat_id && at.parent_id.is_none());
        let watch = here.iter().find(|at| at.seat_id == unit.seat_id && at.office == "supervision");
        let watched = watch.is_some_and(|watch| watch.id != unit.id && heads.contains(&watch.id));
        none_above && watched
    });
    let units: BTreeSet<UnitId> = below.chain(inside).chain(top).map(|unit| unit.id).collect();
    let units: Vec<UnitId> = units.into_iter().collect();
    if units.is_empty() {
        return Ok(Vec::new());
    }
    appointment::Entity::in_units(padded(&units), now)
        .filter(appointment::Column::Duty.eq(Duty::Head))
        .order_by_asc(appointment::Column::Id)
        .all(db)
        .await
}

async fn in_places(db: &impl ConnectionTrait, seats: &[UnitId]) -> Result<Vec<unit::Model>, DbErr> {
    if seats.is_empty() {
        return Ok(Vec::new());
    }
    let open = unit::Entity::in_places(padded(seats)).filter(unit::Column::ToOn.is_null());
    open.order_by_asc(unit::Column::Id).all(db).await
}

/// As [`Organisation::superior`](crate::organisation::Organisation::superior), of an office at a
/// place below `seat`.
fn superior(here: &[unit::Model], seat: UnitId, office: &str) -> Option<UnitId> {
    let at = |office: &str| here.iter().find(|unit| unit.seat_id == seat && unit.office == office);
    at(office).or_else(|| at("education")).map(|unit| unit.id).or(Some(seat))
}

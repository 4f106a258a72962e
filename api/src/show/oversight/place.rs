//! Where somebody supervises: the places of their supervision offices, and those that they head.

use entities::{Duty, Level, UnitId, appointment, unit};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use workflow::{Actor, Bar, CommandError, Refusal};

use crate::{
    Problem,
    read::oversight::UnitLink,
    show::{Reader, people, scope::OVERSEER},
};

/// A unit that somebody looks at, within what they supervise.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) unit: unit::Model,
    /// The way down to it, from the place that is supervised.
    pub(super) above: Vec<unit::Model>,
    /// The other places that are supervised.
    pub(super) elsewhere: Vec<unit::Model>,
    /// Whether anything stands below it.
    pub(super) leaf: bool,
}

/// The places that `actor` supervises, the highest first: a supervision office looks over its
/// place, and so does who heads the place's government and signs what the office drafts.
///
/// # Errors
/// The database's.
pub(crate) async fn supervised(r: &Reader<'_>, actor: Actor) -> Result<Vec<unit::Model>, Problem> {
    let Some(person) = actor.person else { return Ok(Vec::new()) };
    let held = appointment::Entity::held_by(person, r.now).all(r.db()).await?;
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let units = people::units(r, held.iter().map(|held| held.unit_id)).await?;
    let seats = held.iter().filter_map(|held| {
        let unit = units.get(&held.unit_id)?;
        let office = unit.office == OVERSEER && !held.duty.is_administrative();
        let administers = matches!(unit.level, Level::County | Level::City | Level::Region);
        let heads = unit.id == unit.seat_id && administers && held.duty == Duty::Head;
        (office || heads).then_some(unit.seat_id)
    });
    let seats: Vec<UnitId> = seats.collect();
    let mut places: Vec<unit::Model> = people::units(r, seats).await?.into_values().collect();
    places.sort_by_key(|place| (std::cmp::Reverse(height(place.level)), place.id));
    Ok(places)
}

fn height(level: Level) -> u8 {
    match level {
        Level::Region => 3,
        Level::City => 2,
        Level::County => 1,
        Level::School | Level::Township | Level::Outside => 0,
    }
}

/// The unit that is asked for, or the highest that is supervised.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever supervises nothing, [`Problem::NotFound`] for a unit that
/// does not stand below them, the database's.
pub(super) async fn place(
    r: &Reader<'_>,
    actor: Actor,
    asked: Option<UnitId>,
) -> Result<Place, Problem> {
    let places = supervised(r, actor).await?;
    let Some(highest) = places.first() else {
        return Err(CommandError::Refused(Refusal::NotYours(Bar::NotSupervisor)).into());
    };
    let mut way = vec![one(r, asked.unwrap_or(highest.id)).await?];
    // Up to the first place that is supervised; a place stands below a few others only.
    while let Some(last) = way.last()
        && !places.iter().any(|place| place.id == last.id)
    {
        let above = last.parent_id.filter(|above| *above != last.id).ok_or(Problem::NotFound)?;
        way.push(one(r, above).await?);
    }
    way.reverse();
    let unit = way.pop().ok_or(Problem::NotFound)?;
    let root = way.first().unwrap_or(&unit).id;
    let below = unit::Column::ParentId.eq(unit.id).and(unit::Column::Id.ne(unit.id));
    let leaf = unit::Entity::find().filter(below).count(r.db()).await? == 0;
    let elsewhere = places.into_iter().filter(|place| place.id != root).collect();
    Ok(Place { unit, above: way, elsewhere, leaf })
}

async fn one(r: &Reader<'_>, id: UnitId) -> Result<unit::Model, Problem> {
    unit::Entity::find_by_id(id).one(r.db()).await?.ok_or(Problem::NotFound)
}

/// A unit as one is led to it.
pub(super) fn link(r: &Reader<'_>, unit: &unit::Model) -> UnitLink {
    UnitLink { id: unit.id.to_string(), name: people::unit_name(r, unit) }
}

/// Several of them.
pub(super) fn links(r: &Reader<'_>, units: &[unit::Model]) -> Vec<UnitLink> {
    units.iter().map(|unit| link(r, unit)).collect()
}

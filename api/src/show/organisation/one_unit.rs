//! One unit: its names, its people, what stands below it.

use chrono::NaiveDate;
use entities::{UnitId, unit, unit_mark, unit_name};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::ExprTrait};
use workflow::{Actor, calendar::local_date};

use super::{Standing, forms, lasting, level_words, link, lying, one, staff_rows};
use crate::{
    Problem,
    read::{
        Words,
        organisation::{BelowRow, MarkRow, NameRow, UnitView},
    },
    show::{Reader, Wrong, reader::words},
};

/// Where one begins to look: an administrator at the top, a head at their own place.
///
/// # Errors
/// [`workflow::Refusal::NotYours`] for whoever neither administers nor heads anything,
/// [`Problem::NotFound`] while there is no organisation; the database's.
pub async fn organisation_top(r: &Reader<'_>, actor: Actor) -> Result<UnitId, Problem> {
    let standing = Standing::of(r, actor).await?;
    if !standing.administers() {
        return standing.seats.first().copied().ok_or(Problem::NotFound);
    }
    let top = unit::Entity::find()
        .filter(unit::Column::ParentId.is_null())
        .filter(unit::Column::Level.eq(entities::Level::Region))
        .order_by_asc(unit::Column::Id)
        .one(r.db())
        .await?;
    Ok(top.ok_or(Problem::NotFound)?.id)
}

/// A unit's page; the form that was `sent` is filled with what was typed.
///
/// # Errors
/// As [`organisation_top`]; [`Problem::NotFound`] for a unit that a head may not know of.
pub async fn organisation_unit(
    r: &Reader<'_>,
    actor: Actor,
    id: UnitId,
    (sent, wrong): (&str, &Wrong),
) -> Result<UnitView, Problem> {
    let standing = Standing::of(r, actor).await?;
    let unit = one(r, id).await?;
    standing.sees(&unit)?;
    let names = unit_name::Entity::find()
        .filter(unit_name::Column::UnitId.eq(id))
        .order_by_desc(unit_name::Column::FromOn)
        .all(r.db())
        .await?;
    let bore = names.into_iter().map(|row| NameRow {
        names: Words::new(row.name_zh, row.name_en),
        from_on: row.from_on,
        to_on: row.to_on,
    });
    let marks = unit_mark::Entity::find()
        .filter(unit_mark::Column::UnitId.eq(id))
        .order_by_desc(unit_mark::Column::FromOn)
        .all(r.db())
        .await?;
    let marks = marks.into_iter().map(|row| MarkRow {
        mark: row.mark,
        from_on: row.from_on,
        to_on: row.to_on,
    });
    let (mut offices, mut places) = (Vec::new(), Vec::new());
    let below = unit::Column::ParentId.eq(id).or(unit::Column::SeatId.eq(id));
    let below = unit::Entity::find()
        .filter(below)
        .filter(unit::Column::Id.ne(id))
        .order_by_asc(unit::Column::Code)
        .order_by_asc(unit::Column::Id)
        .all(r.db())
        .await?;
    for (unit, row) in below_rows(r, below).await? {
        if unit.seat_id == id { offices.push(row) } else { places.push(row) }
    }
    let held = lasting(r, &[id]).await?;
    let staff = staff_rows(r, (actor, &standing), &held).await?;
    let tasks = lying(r, &[id]).await?.get(&id).map_or(0, Vec::len);
    let successor = match unit.successor_id {
        Some(to) => Some(link(r, &one(r, to).await?)),
        None => None,
    };
    let today: NaiveDate = local_date(r.now);
    Ok(UnitView {
        id: unit.id.to_string(),
        name: link(r, &unit).name,
        names: Words::new(unit.name_zh.clone(), unit.name_en.clone()),
        bore: bore.collect(),
        level: unit.level.word(),
        level_words: level_words(unit.level),
        office_words: office_words(r, &unit.office),
        office: unit.office.clone(),
        division: unit.division.clone(),
        code: unit.code.clone(),
        mark: unit.mark.clone(),
        marks: marks.collect(),
        from_on: unit.from_on,
        to_on: unit.to_on,
        successor,
        above: above(r, &standing, &unit).await?,
        tasks: i64::try_from(tasks).unwrap_or(i64::MAX),
        staff,
        offices,
        places,
        may: standing.may(Some(&unit)),
        forms: forms::unit(&standing, &unit, (today, sent, wrong)),
    })
}

/// What an office is called: as the roles of programs call it, and a place by what it is. A word
/// that only this deployment knows stands for itself.
fn office_words(r: &Reader<'_>, office: &str) -> Words {
    let place = match office {
        "government" => Some(Words::new("政府", "Government")),
        "school" => Some(Words::new("学校", "School")),
        "township" => Some(Words::new("乡镇", "Township")),
        "own" => Some(Words::new("本单位", "The unit itself")),
        _ => None,
    };
    let roles = &r.workflow.programs.shared().roles;
    let of_role = || {
        let mut own = roles.values().filter(|role| role.office == office);
        own.find_map(|role| role.title.as_ref()).map(words)
    };
    place.or_else(of_role).unwrap_or_else(|| Words::new(office, office))
}

/// Units with what lies and who works in each; those that are closed come last.
async fn below_rows(
    r: &Reader<'_>,
    units: Vec<unit::Model>,
) -> Result<Vec<(unit::Model, BelowRow)>, Problem> {
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    let (lying, held) = (lying(r, &ids).await?, lasting(r, &ids).await?);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let row = |unit: unit::Model| {
        let row = BelowRow {
            unit: link(r, &unit),
            office_words: office_words(r, &unit.office),
            office: unit.office.clone(),
            tasks: count(lying.get(&unit.id).map_or(0, Vec::len)),
            staff: count(held.iter().filter(|held| held.unit_id == unit.id).count()),
            to_on: unit.to_on,
        };
        (unit, row)
    };
    let mut rows: Vec<_> = units.into_iter().map(row).collect();
    rows.sort_by_key(|(unit, _)| unit.to_on.is_some());
    Ok(rows)
}

/// The way down to a unit, as far as the caller may see.
async fn above(
    r: &Reader<'_>,
    standing: &Standing,
    unit: &unit::Model,
) -> Result<Vec<crate::read::oversight::UnitLink>, Problem> {
    let (mut way, mut at) = (Vec::new(), unit.parent_id);
    while let Some(id) = at {
        let above = one(r, id).await?;
        if standing.sees(&above).is_err() || way.len() > 8 {
            break;
        }
        way.push(link(r, &above));
        at = above.parent_id.filter(|up| *up != above.id);
    }
    way.reverse();
    Ok(way)
}

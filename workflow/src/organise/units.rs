//! One more unit: a place, or an office of a place.

use chrono::NaiveDate;
use entities::{Level, Stream, UnitId, unit, unit_name};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{entitled, import::name, marks::Marks, refused};
use crate::{
    Actor, CommandError, Refusal, Said, Workflow,
    record::{Batch, append},
    rules::{administering::Power, new_place},
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

/// A unit that nothing can be added to any more.
pub(crate) fn closed(unit: &unit::Model) -> Refusal {
    let (zh, en) = (&unit.name_zh, &unit.name_zh);
    refused(
        format!("{zh}已撤销，请改用接办单位"),
        format!("{en} has been closed; take the unit that took over"),
    )
}

fn has_office(place: &unit::Model, same: &unit::Model) -> Refusal {
    let name = &place.name_zh;
    match same.to_on {
        None => refused(format!("{name}已有此机构"), format!("{name} has this office already")),
        Some(day) => refused(
            format!("{name}曾设此机构，已于 {day} 撤销；请另取机构类别"),
            format!("{name} had this office until {day}; take another word for the new one"),
        ),
    }
}

/// A unit's name as it is kept.
///
/// # Errors
/// What is wrong with it.
pub(super) fn name_of(text: &str) -> Result<String, Said> {
    let name = text.trim();
    let fits = (2..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits && !name.starts_with(['=', '+', '-', '@']) {
        return Ok(name.to_owned());
    }
    Err(Said::new(
        "单位名称为 2 至 100 个字符，不以 = + - @ 开头",
        "a unit's name has 2 to 100 characters and does not begin with = + - @",
    ))
}

/// Whether a place may stand where it shall, and its division has no other.
pub(super) async fn stands(
    tx: &DatabaseTransaction,
    row: &unit::Model,
) -> Result<(), CommandError> {
    let above = match row.parent_id {
        Some(id) => {
            let found = unit::Entity::find_by_id(id).lock_shared().one(tx).await?;
            Some(found.ok_or(Refusal::NotFound("place"))?)
        }
        None => None,
    };
    if let Some(above) = above.as_ref().filter(|above| above.to_on.is_some()) {
        return Err(closed(above).into());
    }
    if let Some(said) = new_place::misplaced(row.level, &row.division, above.as_ref()) {
        return Err(Refusal::Unfit(said).into());
    }
    if matches!(row.level, Level::School | Level::Outside) {
        return Ok(()); // a division has many
    }
    let same = unit::Entity::find()
        .filter(unit::Column::Level.eq(row.level))
        .filter(unit::Column::Division.eq(row.division.as_str()))
        .filter(unit::Column::ToOn.is_null())
        .all(tx)
        .await?;
    match same.iter().find(|other| other.id == other.seat_id && other.id != row.id) {
        None => Ok(()),
        Some(other) => Err(refused(
            format!("{}已用此代码，请核对", other.name_zh),
            format!("{} has this code already; check it", other.name_zh),
        )
        .into()),
    }
}

/// What the numbers of its documents begin with, where its place is a division that has a word.
async fn mark(tx: &DatabaseTransaction, row: &unit::Model) -> Result<Option<String>, CommandError> {
    let place = if row.id == row.seat_id {
        row.code.clone()
    } else {
        unit::Entity::find_by_id(row.seat_id).one(tx).await?.and_then(|seat| seat.code)
    };
    let marks = Marks::read().map_err(|error| CommandError::Stored(error.to_string()))?;
    Ok(marks.of(place.as_deref(), &row.office))
}

/// Makes a unit.
///
/// # Errors
/// [`Refusal::Unfit`] when the place has this office already, or a name is missing;
/// [`Refusal::NotFound`] for a place that is none, [`Refusal::NotYours`] for whoever is no system
/// administrator; or the database's.
#[tracing::instrument(skip_all, fields(office = ask.office))]
pub async fn add_unit(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: AddUnit,
) -> Result<UnitId, CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    let name_zh = name_of(&ask.name_zh).map_err(Refusal::Unfit)?;
    let word = |c: char| c.is_ascii_lowercase() || c == '_';
    if ask.office.is_empty() || ask.office.len() > 32 || !ask.office.chars().all(word) {
        return Err(refused(
            "机构类别用小写字母和下划线，如 education、aid_office",
            "an office is a word of a-z and _, such as education or aid_office",
        )
        .into());
    }
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
        name_zh,
        name_en: ask.name_en.trim().to_owned(),
        from_on: ask.from_on,
        to_on: None,
    };
    if let Some(seat) = ask.seat {
        let place = unit::Entity::find_by_id(seat).lock_shared().one(tx).await?;
        let place = place.filter(|place| place.id == place.seat_id);
        let place = place.ok_or(Refusal::NotFound("place"))?;
        if place.to_on.is_some() {
            return Err(closed(&place).into());
        }
        row.level = place.level;
        row.division.clone_from(&place.division);
        let same = unit::Entity::in_places([seat]).filter(unit::Column::Office.eq(&*row.office));
        if let Some(same) = same.one(tx).await? {
            return Err(has_office(&place, &same).into());
        }
    }
    if ask.seat.is_none() {
        stands(tx, &row).await?;
    }
    row.mark = mark(tx, &row).await?;
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

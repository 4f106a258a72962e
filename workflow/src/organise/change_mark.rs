//! 机关代字 changes: the numbers of a unit's documents begin with another word from a day on. What
//! was numbered before keeps its number.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entities::{Stream, UnitId, unit, unit_mark};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SelectStatement},
};
use serde_json::json;

use super::{entitled, refused, units::closed};
use crate::{
    Actor, CommandError, Refusal, Said, Workflow,
    calendar::local_date,
    load::padded,
    record::{Batch, append},
    rules::administering::Power,
};

/// The longest mark, in characters.
const LONGEST: usize = 6;

/// A mark that a unit shall bear.
#[derive(Clone, Debug)]
pub struct ChangeMark {
    /// Which.
    pub unit: UnitId,
    /// One to six Chinese characters, such as `宁教`.
    pub mark: String,
    /// Its first day: today or later, and after that of the mark before it.
    pub from_on: NaiveDate,
}

/// A mark as it is kept.
///
/// # Errors
/// What is wrong with it.
fn mark_of(text: &str) -> Result<String, Said> {
    let mark = text.trim();
    let fits = (1..=LONGEST).contains(&mark.chars().count());
    if fits && mark.chars().all(is_han) {
        return Ok(mark.to_owned());
    }
    Err(Said::new(
        "机关代字为 1 至 6 个汉字，如“宁教”",
        "a mark is one to six Chinese characters, such as 宁教",
    ))
}

/// A Chinese character: CJK Unified Ideographs and their extension A, and the extensions of the
/// second and third planes, where rare place names have theirs (Unicode 16, blocks).
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// Lets a unit's documents bear another mark from a day on. Numbers that were taken stay, and the
/// count goes on.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no system administrator,
/// [`Refusal::Unfit`] for a unit that is closed, a mark that is none, the same or another place's,
/// or a day that is past or not after that of the mark before; or the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn change_mark(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: ChangeMark,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let today = local_date(now);
    entitled(tx, by, Power::Organise, now).await?;
    let found = unit::Entity::find_by_id(ask.unit).lock_exclusive().one(tx).await?;
    let unit = found.ok_or(Refusal::NotFound("unit"))?;
    if unit.to_on.is_some() {
        return Err(closed(&unit).into());
    }
    let mark = mark_of(&ask.mark).map_err(Refusal::Unfit)?;
    let last = unit_mark::Entity::find()
        .filter(unit_mark::Column::UnitId.eq(unit.id))
        .order_by_desc(unit_mark::Column::FromOn)
        .limit(1)
        .one(tx)
        .await?;
    // A unit that bears the mark it was made with has its first row now.
    let last = last.or_else(|| {
        let (unit_id, from_on) = (unit.id, unit.from_on);
        let mark = unit.mark.clone()?;
        Some(unit_mark::Model { unit_id, from_on, to_on: None, mark })
    });
    if last.as_ref().is_some_and(|last| last.mark == mark) {
        return Err(refused("该单位已用此代字", "the unit bears this mark already").into());
    }
    fits_day(ask.from_on, (today, last.as_ref()))?;
    is_free(tx, &unit, (&mark, today)).await?;
    let before = last.as_ref().map(|last| last.mark.clone());
    let row = unit_mark::Model {
        unit_id: unit.id,
        from_on: ask.from_on,
        to_on: None,
        mark: mark.clone(),
    };
    let last = last.map(|last| unit_mark::Model { to_on: Some(ask.from_on), ..last });
    let mut batch = Batch::default();
    batch.upsert::<unit_mark::Entity>(last.into_iter().chain([row]).collect());
    batch.run(tx).await?;
    take_marks(tx, today).await?;
    let what = json!({ "before": before, "mark": mark, "from_on": ask.from_on });
    append(tx, now, Stream::Unit, unit.id.0, by, ("unit_mark_changed", what)).await
}

/// Whether a mark may begin on `day`.
fn fits_day(
    day: NaiveDate,
    (today, last): (NaiveDate, Option<&unit_mark::Model>),
) -> Result<(), Refusal> {
    if day < today {
        // What was numbered since that day would belie it.
        return Err(refused(
            format!("启用日期不能早于今天（{today}）：此前编号的文书不改"),
            format!("it must begin today ({today}) or later: what was numbered before stays"),
        ));
    }
    match last.map(|last| last.from_on).filter(|since| day <= *since) {
        None => Ok(()),
        Some(since) => Err(refused(
            format!("新代字的启用日期须晚于上一代字的启用日期（{since}）"),
            format!("the new mark must begin after {since}, the first day of the one before it"),
        )),
    }
}

/// Whether no unit of another place bears the mark, or shall: two documents of different issuers
/// would have the same number.
async fn is_free(
    tx: &DatabaseTransaction,
    unit: &unit::Model,
    (mark, today): (&str, NaiveDate),
) -> Result<(), CommandError> {
    let coming = of_unit()
        .and_where(Expr::col((unit_mark::Entity, unit_mark::Column::Mark)).eq(mark))
        .and_where(
            Expr::col((unit_mark::Entity, unit_mark::Column::ToOn)).is_null().or(Expr::col((
                unit_mark::Entity,
                unit_mark::Column::ToOn,
            ))
            .gt(today)),
        )
        .take();
    let other = unit::Entity::find()
        .filter(unit::Column::SeatId.ne(unit.seat_id))
        .filter(unit::Column::ToOn.is_null())
        .filter(Condition::any().add(unit::Column::Mark.eq(mark)).add(Expr::exists(coming)))
        .one(tx)
        .await?;
    match other {
        None => Ok(()),
        Some(other) => Err(refused(
            format!("{}已用此代字，不同单位的文号不能相同", other.name_zh),
            format!("{} bears this mark: two issuers cannot have the same numbers", other.name_zh),
        )
        .into()),
    }
}

/// The marks of a unit, as a subquery of one that reads units.
fn of_unit() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(unit_mark::Entity)
        .and_where(
            Expr::col((unit_mark::Entity, unit_mark::Column::UnitId))
                .equals((unit::Entity, unit::Column::Id)),
        )
        .take()
}

/// The marks that `units` bear on `day`, of those whose mark was ever changed.
///
/// # Errors
/// The database's.
pub(crate) async fn marks_on(
    db: &impl ConnectionTrait,
    units: &[UnitId],
    day: NaiveDate,
) -> Result<BTreeMap<UnitId, String>, DbErr> {
    let rows = unit_mark::Entity::find()
        .filter(unit_mark::Column::UnitId.is_in(padded(units)))
        .filter(on(day))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row.mark)).collect())
}

/// Those that are borne on `day`.
fn on(day: NaiveDate) -> Condition {
    let lasts = unit_mark::Column::ToOn.is_null().or(unit_mark::Column::ToOn.gt(day));
    Condition::all().add(unit_mark::Column::FromOn.lte(day)).add(lasts)
}

/// Gives units the marks that have begun by `today`; a mark may be decided before its day. Returns
/// how many changed.
///
/// # Errors
/// The database's.
pub async fn take_marks(tx: &DatabaseTransaction, today: NaiveDate) -> Result<usize, DbErr> {
    let others = Query::select()
        .expr(Expr::val(1))
        .from(unit::Entity)
        .and_where(
            Expr::col((unit::Entity, unit::Column::Id))
                .equals((unit_mark::Entity, unit_mark::Column::UnitId)),
        )
        .and_where(
            Expr::col((unit::Entity, unit::Column::Mark)).is_null().or(Expr::col((
                unit::Entity,
                unit::Column::Mark,
            ))
            .not_equals((unit_mark::Entity, unit_mark::Column::Mark))),
        )
        .and_where(Expr::col((unit::Entity, unit::Column::ToOn)).is_null())
        .take();
    let begun = unit_mark::Entity::find().filter(on(today)).filter(Expr::exists(others));
    let begun = begun.all(tx).await?;
    let count = begun.len();
    for row in begun {
        unit::Entity::update_many()
            .col_expr(unit::Column::Mark, Expr::value(row.mark))
            .filter(unit::Column::Id.eq(row.unit_id))
            .exec(tx)
            .await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_one_to_six_chinese_characters() {
        let table = [
            ("宁教", true),
            (" 固教 ", true),
            ("泾", true),
            ("泾源县教体局", true),
            ("泾源县教育体局", false),
            ("", false),
            ("  ", false),
            ("NJ", false),
            ("宁教1", false),
            ("宁 教", false),
            ("宁教〔", false),
            ("𠮷教", true), // of the second plane
        ];
        for (text, fits) in table {
            assert_eq!(mark_of(text).is_ok(), fits, "{text:?}");
        }
    }
}

//! Which organisations a field may name: the kinds that programs know, and who is of them.

use entities::{Level, unit};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

/// A kind: its name in a program, the level of its units, the office of their own row.
type Kind = (&'static str, Level, &'static str);

/// Every kind that a field of type `organisation` may have.
const KINDS: [Kind; 3] = [
    ("school", Level::School, "school"),
    ("outside_school", Level::Outside, "school"),
    ("conscription_office", Level::Outside, "conscription_office"),
];

/// The names of all kinds.
pub fn kinds() -> [&'static str; 3] {
    KINDS.map(|(name, ..)| name)
}

/// Whether `unit` is an organisation of a kind; without one, whether it stands outside.
pub fn is_of_kind(unit: &unit::Model, kind: Option<&str>) -> bool {
    let own = unit.id == unit.seat_id && unit.to_on.is_none();
    own && match kind {
        None => unit.level == Level::Outside,
        Some(kind) => KINDS.iter().any(|(name, level, office)| {
            *name == kind && unit.level == *level && unit.office == *office
        }),
    }
}

/// Every organisation that a field of some kind may name, by division and name.
///
/// # Errors
/// The database's.
pub async fn organisations(db: &impl ConnectionTrait) -> Result<Vec<unit::Model>, DbErr> {
    let levels = [Level::School, Level::Outside];
    let rows = unit::Entity::find()
        .filter(unit::Column::Level.is_in(levels))
        .filter(unit::Column::ToOn.is_null())
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::NameZh)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter(|row| row.id == row.seat_id).collect())
}

//! Names have dates: what was written on a day bears the names of that day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entities::{UnitId, unit, unit_name};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, Query},
};

use crate::load::padded;

/// A unit's names on a day, in Chinese and in English.
pub type NamedOn = BTreeMap<UnitId, (String, String)>;

/// The names that `units` bore on `day`; before their first day, the first.
///
/// # Errors
/// The database's.
pub async fn names_on(
    db: &impl ConnectionTrait,
    units: &[UnitId],
    day: NaiveDate,
) -> Result<NamedOn, DbErr> {
    let rows = unit_name::Entity::find()
        .filter(unit_name::Column::UnitId.is_in(padded(units)))
        .all(db)
        .await?;
    let mut found: BTreeMap<UnitId, unit_name::Model> = BTreeMap::new();
    for row in rows {
        let known = found.get(&row.unit_id);
        // Of those that had begun, the last; else the first of all.
        let better = known.is_none_or(|known| match (known.from_on <= day, row.from_on <= day) {
            (true, true) => row.from_on > known.from_on,
            (false, false) => row.from_on < known.from_on,
            (known, own) => own && !known,
        });
        if better {
            found.insert(row.unit_id, row);
        }
    }
    Ok(found.into_iter().map(|(unit, row)| (unit, (row.name_zh, row.name_en))).collect())
}

/// Gives units the names that have begun by `today`; a name may be decided before its day.
/// Returns how many changed.
///
/// # Errors
/// The database's.
pub async fn take_names(tx: &DatabaseTransaction, today: NaiveDate) -> Result<usize, DbErr> {
    let begun = unit_name::Entity::find()
        .filter(unit_name::Column::FromOn.lte(today))
        .filter(unit_name::Column::ToOn.is_null().or(unit_name::Column::ToOn.gt(today)))
        .filter(Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from(unit::Entity)
                .and_where(
                    Expr::col((unit::Entity, unit::Column::Id))
                        .equals((unit_name::Entity, unit_name::Column::UnitId)),
                )
                .and_where(
                    Expr::col((unit::Entity, unit::Column::NameZh))
                        .not_equals((unit_name::Entity, unit_name::Column::NameZh))
                        .or(Expr::col((unit::Entity, unit::Column::NameEn))
                            .not_equals((unit_name::Entity, unit_name::Column::NameEn))),
                )
                .and_where(Expr::col((unit::Entity, unit::Column::ToOn)).is_null())
                .take(),
        ))
        .all(tx)
        .await?;
    let count = begun.len();
    for name in begun {
        unit::Entity::update_many()
            .col_expr(unit::Column::NameZh, Expr::value(name.name_zh))
            .col_expr(unit::Column::NameEn, Expr::value(name.name_en))
            .filter(unit::Column::Id.eq(name.unit_id))
            .exec(tx)
            .await?;
    }
    Ok(count)
}

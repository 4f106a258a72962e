//! The seats that signed lists give away.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{CaseRowId, case_file, seat, seat_list};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{OnConflict, Query},
};

use super::{Batch, Change};
use crate::{Event, lot::Lot};

/// Keeps others from signing these lists until the transaction ends: who comes second counts what
/// the first has taken.
pub(crate) async fn hold_lists(tx: &DatabaseTransaction, lists: &[String]) -> Result<(), DbErr> {
    let rows = lists.iter().map(|list| seat_list::Model { list: list.clone() });
    let rows = rows.map(|row| row.into_active_model().reset_all());
    let skip = OnConflict::column(seat_list::Column::List).do_nothing().to_owned();
    let insert = seat_list::Entity::insert_many(rows).on_conflict(skip);
    tx.execute(&sea_orm::QueryTrait::into_query(insert)).await?;
    seat_list::Entity::find()
        .filter(seat_list::Column::List.is_in(lists.iter().cloned()))
        .order_by_asc(seat_list::Column::List)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(())
}

/// Writes who sits where. A seat that is freed and taken in one change goes from hand to hand.
pub(super) fn write(
    batch: &mut Batch,
    file: &case_file::Model,
    change: &Change,
    now: DateTime<Utc>,
) {
    let mut freed: BTreeMap<(&str, i32), CaseRowId> = BTreeMap::new();
    let mut fresh = Vec::new();
    for event in &change.events {
        match event {
            Event::SeatFreed { row, pool, number } => {
                freed.insert((pool, *number), *row);
            }
            Event::SeatTaken { row, pool, number } => {
                let own = change.after.rows.iter().find(|known| known.id == *row);
                let taken = seat::Model {
                    pool: pool.clone(),
                    number: *number,
                    list: pool.split('|').next().unwrap_or_default().to_owned(),
                    case_id: file.id,
                    row_id: *row,
                    share: own.and_then(|row| Lot::of(row).share),
                    taken_at: now,
                };
                match freed.remove(&(pool.as_str(), *number)) {
                    Some(_) => batch.update(handed_on(&taken)),
                    None => fresh.push(taken),
                }
            }
            _ => {}
        }
    }
    batch.insert::<seat::Entity>(fresh);
    if !freed.is_empty() {
        let mut gone = Query::delete();
        gone.from_table(seat::Entity);
        gone.and_where(seat::Column::RowId.is_in(freed.into_values()));
        batch.delete(gone);
    }
}

fn handed_on(taken: &seat::Model) -> sea_orm::sea_query::UpdateStatement {
    Query::update()
        .table(seat::Entity)
        .value(seat::Column::RowId, taken.row_id)
        .value(seat::Column::Share, taken.share.clone())
        .value(seat::Column::TakenAt, taken.taken_at)
        .and_where(seat::Column::Pool.eq(taken.pool.as_str()))
        .and_where(seat::Column::Number.eq(taken.number))
        .to_owned()
}

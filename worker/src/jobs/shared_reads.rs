//! Rows that several jobs want at the same time, read together.

use std::sync::Arc;

use entities::{AccountId, CaseId, PersonId, account, case_file, person};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PrimaryKeyTrait, QueryFilter, Value};
use workflow::load::padded;

use super::{LEADS, gather::Gather};
use crate::Services;

/// Where those meet who read the same kind of row.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedReads {
    people: Arc<Gather<PersonId, Option<person::Model>>>,
    cases: Arc<Gather<CaseId, Option<case_file::Model>>>,
    accounts: Arc<Gather<AccountId, Option<account::Model>>>,
}

/// A person.
///
/// # Errors
/// The database's.
pub(crate) async fn person(
    services: &Services,
    id: PersonId,
) -> Result<Option<person::Model>, DbErr> {
    let gather = &services.desk.reads.people;
    row::<person::Entity, _>(services, gather, person::Column::Id, |row| row.id, id).await
}

/// A case, as it stands; not locked.
///
/// # Errors
/// The database's.
pub(crate) async fn case(
    services: &Services,
    id: CaseId,
) -> Result<Option<case_file::Model>, DbErr> {
    let gather = &services.desk.reads.cases;
    row::<case_file::Entity, _>(services, gather, case_file::Column::Id, |row| row.id, id).await
}

/// An account.
///
/// # Errors
/// The database's.
pub(crate) async fn account(
    services: &Services,
    id: AccountId,
) -> Result<Option<account::Model>, DbErr> {
    let gather = &services.desk.reads.accounts;
    row::<account::Entity, _>(services, gather, account::Column::Id, |row| row.id, id).await
}

async fn row<E, K>(
    services: &Services,
    gather: &Arc<Gather<K, Option<E::Model>>>,
    column: E::Column,
    key: fn(&E::Model) -> K,
    id: K,
) -> Result<Option<E::Model>, DbErr>
where
    E: EntityTrait,
    E::Model: Clone + Send + Sync,
    K: Copy + Eq + Into<Value> + Into<<E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
{
    let db = services.workflow.store.read();
    let all = async |ids: Vec<K>| {
        let rows = E::find().filter(column.is_in(padded(&ids))).all(db).await;
        let Ok(rows) = rows else { return Vec::new() };
        let find = |id: &K| rows.iter().find(|row| key(row) == *id).cloned();
        ids.iter().map(find).collect()
    };
    match gather.ask(id, LEADS, all).await {
        Some(found) => Ok(found),
        // Whoever read for all has failed; each hears of the failure itself.
        None => E::find_by_id(id).one(db).await,
    }
}

//! Rosters: lists of people by ID number, kept as blind indices.

use std::collections::BTreeSet;

use entities::{Stream, roster, roster_entry};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Actor, CommandError, Fault, Refusal, Workflow,
    calendar::local_date,
    record::{Batch, append},
    rules::identity::ResidentId,
};

/// Entries of one insert.
const ROWS: usize = 5_000;

/// Replaces a list, such as `registered_poor`, by the people with these ID numbers. Returns how
/// many are on it.
///
/// # Errors
/// [`Refusal::Form`] with each line that is no ID number, by its place from 1; nothing is loaded
/// then. Or the database's.
#[tracing::instrument(skip_all, fields(list))]
pub async fn load_roster(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (list, source): (&str, &str),
    id_numbers: &[&str],
) -> Result<usize, CommandError> {
    let now = workflow.clock.now();
    let today = local_date(now);
    let index = workflow.keys.blind_index("person.id_index");
    let (mut entries, mut faults) = (BTreeSet::new(), Vec::new());
    for (line, number) in (1..).zip(id_numbers) {
        match ResidentId::parse(number, today) {
            Ok(id) => drop(entries.insert(index.of(id.as_str()).to_vec())),
            Err(fault) => {
                let at = format!("line {line}");
                faults.push(Fault::new(&at, "not_an_id_number", fault.to_string()));
            }
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::Form(faults).into());
    }
    let row = roster::Model { list: list.to_owned(), loaded_at: now, source: source.to_owned() };
    let mut batch = Batch::default();
    batch.upsert::<roster::Entity>(vec![row]);
    batch.run(tx).await?;
    let of_list = roster_entry::Column::List.eq(list);
    roster_entry::Entity::delete_many().filter(of_list).exec(tx).await?;
    let count = entries.len();
    let rows: Vec<roster_entry::Model> = entries
        .into_iter()
        .map(|id_index| roster_entry::Model { list: list.to_owned(), id_index })
        .collect();
    for rows in rows.chunks(ROWS) {
        let mut batch = Batch::default();
        batch.insert::<roster_entry::Entity>(rows.to_vec());
        batch.run(tx).await?;
    }
    let what = ("roster_loaded", json!({ "list": list, "entries": count }));
    append(tx, now, Stream::System, Uuid::nil(), by, what).await?;
    Ok(count)
}

//! What a search of the queue means: a case, or people.

use entities::{CaseId, case_file, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use workflow::{Actor, commands::find_by_id_number, record::append, tx};

use super::Reader;
use crate::Problem;

/// Persons of one name that a search looks at.
const NAMESAKES: u64 = 50;

/// What may be searched for. An address is kept by browsers and logs: it names cases, not people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// A case number.
    Number,
    /// People too, by ID number or whole name; all on one page.
    People,
}

/// The cases that a search means: by exact number, by ID number, by whole name.
pub(super) async fn found(
    r: &Reader<'_>,
    actor: Actor,
    search: &str,
    by: Search,
) -> Result<Vec<CaseId>, Problem> {
    if let Some(case) = case_file::Entity::with_number(search).one(r.db()).await? {
        return Ok(vec![case.id]);
    }
    if by == Search::Number {
        return Ok(Vec::new());
    }
    let people: Vec<entities::PersonId> = match find_by_id_number(r.db(), r.workflow, search).await
    {
        Ok(found) => {
            let found: Vec<_> = found.into_iter().map(|person| person.id).collect();
            note_search(r, actor, &found).await?;
            found
        }
        Err(_) => person::Entity::find()
            .filter(person::Column::Name.eq(search))
            .limit(NAMESAKES)
            .all(r.db())
            .await?
            .into_iter()
            .map(|person| person.id)
            .collect(),
    };
    let cases = case_file::Entity::find().filter(case_file::Column::SubjectId.is_in(people));
    Ok(cases.all(r.db()).await?.into_iter().map(|case| case.id).collect())
}

/// Whoever is looked for by ID number can be told who did.
async fn note_search(
    r: &Reader<'_>,
    actor: Actor,
    people: &[entities::PersonId],
) -> Result<(), Problem> {
    for person in people {
        let what = ("searched_by_id_number", json!({ "person": person }));
        tx::write(&r.workflow.store, async |tx| {
            append(tx, r.now, entities::Stream::Person, person.0, Some(actor), what.clone()).await
        })
        .await?;
    }
    Ok(())
}

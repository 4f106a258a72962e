//! Somebody who works in a unit. Applicants come by `commands::save_person`.

use entities::{PersonId, Stream, person};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::refused;
use crate::{
    Actor, CommandError, Workflow,
    record::{Batch, append},
};

/// Somebody who works in a unit.
#[derive(Clone, Debug)]
pub struct AddPerson {
    /// As in the ID card, 2 to 50 characters.
    pub name: String,
    /// Where letters go.
    pub mail: Option<String>,
}

/// Puts a member of staff on record.
///
/// # Errors
/// [`Refusal::Organisation`](crate::Refusal::Organisation) for a name or an address that is none;
/// or the database's.
#[tracing::instrument(skip_all)]
pub async fn add_person(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: AddPerson,
) -> Result<PersonId, CommandError> {
    let name = ask.name.trim();
    if !(2..=50).contains(&name.chars().count()) {
        return Err(refused("a name has 2 to 50 characters").into());
    }
    let mail = ask.mail.map(|mail| mail.trim().to_owned()).filter(|mail| !mail.is_empty());
    if mail.as_ref().is_some_and(|mail| !is_address(mail)) {
        return Err(refused("a mail address is written such as zhang@example.cn").into());
    }
    let now = workflow.clock.now();
    let id = PersonId::at(now);
    let row = person::Model {
        id,
        name: name.to_owned(),
        id_sealed: None,
        id_index: None,
        phone_sealed: None,
        phone_index: None,
        bank_sealed: None,
        bank_index: None,
        guardian_sealed: None,
        mail,
        school_id: None,
        township_id: None,
        class: None,
        created_at: now,
        version: 1,
    };
    let mut batch = Batch::default();
    batch.insert::<person::Entity>(vec![row]);
    batch.run(tx).await?;
    append(tx, now, Stream::Person, id.0, by, ("person_added", json!({ "person": id }))).await?;
    Ok(id)
}

/// Whether it looks like one; only a letter can tell more.
fn is_address(text: &str) -> bool {
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(strange)
    })
}

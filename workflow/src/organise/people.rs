//! Somebody who works in a unit. Applicants come by `commands::save_person`.

use entities::{PersonId, Stream, person};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::entitled;
use crate::{
    Actor, CommandError, Refusal, Said, Workflow,
    record::{Batch, append},
    rules::administering::Power,
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
/// [`Refusal::Unfit`](crate::Refusal::Unfit) for a name or an address that is none,
/// [`Refusal::NotYours`] for whoever is no system administrator; or the database's.
#[tracing::instrument(skip_all)]
pub async fn add_person(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: AddPerson,
) -> Result<PersonId, CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    let (name, mail) = checked(&ask).map_err(Refusal::Unfit)?;
    let id = PersonId::at(now);
    let row = person::Model {
        id,
        name,
        id_sealed: None,
        id_index: None,
        phone_sealed: None,
        phone_index: None,
        bank_sealed: None,
        bank_index: None,
        guardian_sealed: None,
        village: None,
        village_key: None,
        address_sealed: None,
        address_index: None,
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

/// The name and the address as they are kept.
///
/// # Errors
/// What is wrong with them.
pub(super) fn checked(ask: &AddPerson) -> Result<(String, Option<String>), Said> {
    let name = ask.name.trim();
    if !(2..=50).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Said::new("姓名为 2 至 50 个字符", "a name has 2 to 50 characters"));
    }
    let mail = ask.mail.as_deref().map(str::trim).filter(|mail| !mail.is_empty());
    if mail.is_some_and(|mail| mail.len() > 254 || !is_address(mail)) {
        return Err(Said::new(
            "邮箱地址的写法如 zhang@example.cn",
            "a mail address is written such as zhang@example.cn",
        ));
    }
    Ok((name.to_owned(), mail.map(str::to_owned)))
}

/// Whether it looks like one; only a letter can tell more.
fn is_address(text: &str) -> bool {
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(strange)
    })
}

//! A member of staff is called otherwise, or letters go elsewhere.

use entities::{PersonId, Stream, account, appointment, person};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{AddPerson, entitled, people::checked, refused};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
    rules::{
        administering::{Power, not_oneself},
        mobile::Mobile,
    },
    vault::{self, Owner},
};

/// What is on record of a member of staff from now on.
#[derive(Clone, Debug)]
pub struct ChangePerson {
    /// Who.
    pub person: PersonId,
    /// As in the ID card, 2 to 50 characters.
    pub name: String,
    /// Where letters go; none: nowhere.
    pub mail: Option<String>,
    /// A mobile number; none: the one that is kept, if any, stays.
    pub phone: Option<String>,
}

/// Changes the name, the mail address and the phone of a member of staff.
///
/// # Errors
/// [`Refusal::NotFound`] for whoever is no staff; [`Refusal::NotYours`] for whoever is no system
/// administrator, and for one's own, which a colleague changes; [`Refusal::Unfit`] for a name, an
/// address or a number that is none; or the database's.
#[tracing::instrument(skip_all, fields(person.id = %ask.person))]
pub async fn change_person(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: ChangePerson,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    not_oneself(by, ask.person)?;
    let found = person::Entity::find_by_id(ask.person).lock_exclusive().one(tx).await?;
    let before = found.ok_or(Refusal::NotFound("person"))?;
    if !is_staff(tx, &before).await? {
        return Err(Refusal::NotFound("person").into());
    }
    let new = AddPerson { name: ask.name, mail: ask.mail };
    let (name, mail) = checked(&new).map_err(Refusal::Unfit)?;
    let mut row = person::Model { name, mail, ..before.clone() };
    let phone = ask.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
    if let Some(phone) = phone {
        let phone = Mobile::parse(phone)
            .map_err(|fault| refused("手机号为 11 位数字，如 13800000000", fault.to_string()))?;
        let key = vault::key_or_new(tx, workflow, Owner::Person(row.id), now).await?;
        let place = row.id.to_string();
        let sealed = vault::seal_text(&key, ("person", "phone_sealed", &place), phone.as_str())?;
        row.phone_sealed = Some(sealed);
        let index = workflow.keys.blind_index("person.phone_index").of(phone.as_str());
        row.phone_index = Some(index.to_vec());
    }
    // The trail names what changed, and not how anybody is called or reached.
    let changed: Vec<&str> = [
        ("name", row.name != before.name),
        ("mail", row.mail != before.mail),
        ("phone", phone.is_some()),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    if changed.is_empty() {
        return Ok(());
    }
    row.version += 1;
    let mut batch = Batch::default();
    batch.change::<person::Entity>(&before, &row);
    batch.run(tx).await?;
    let what = ("person_changed", json!({ "person": row.id, "fields": changed }));
    append(tx, now, Stream::Person, row.id.0, by, what).await
}

/// Whether somebody works here, or did, or signs in as staff, or was put on record as such.
async fn is_staff(tx: &DatabaseTransaction, row: &person::Model) -> Result<bool, CommandError> {
    if row.mail.is_some() {
        return Ok(true);
    }
    let held = appointment::Entity::find().filter(appointment::Column::PersonId.eq(row.id));
    if held.one(tx).await?.is_some() {
        return Ok(true);
    }
    let signs_in = account::Entity::find()
        .filter(account::Column::PersonId.eq(row.id))
        .filter(account::Column::Kind.eq(entities::AccountKind::Staff));
    Ok(signs_in.one(tx).await?.is_some())
}

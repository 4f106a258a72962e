//! Somebody new who is on record already: what proves who asks, and what may still be filled in.

use entities::{AccountKind, Level, UnitId, account, person, unit};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::save_person::{Checked, Guardian, SavePerson};
use crate::{
    Actor, Bar, CommandError, Fault, Refusal, Workflow, load,
    rules::mobile::Mobile,
    sign_in::{SignInError, phone_of},
    vault::{self, Owner},
};

/// The ID number belongs to somebody else.
pub(super) fn taken() -> CommandError {
    Refusal::Form(vec![Fault::new("id_number", "taken", "")]).into()
}

/// Lets an applicant take up `known` who acts for them already, or whose own phone, the one that
/// a code was sent to, is the person's or their guardian's. What is typed proves nothing, and
/// staff look people up instead.
///
/// # Errors
/// [`Refusal::Form`] with `taken`, or the database's.
pub(super) async fn prove(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    known: &person::Model,
) -> Result<(), CommandError> {
    if actor.kind != AccountKind::Applicant {
        return Err(taken());
    }
    if load::acts_for(tx, actor, workflow.clock.machine()).await?.contains(&known.id) {
        return Ok(());
    }
    let Some(own) = own_phone(tx, workflow, actor).await? else { return Err(taken()) };
    let index = workflow.keys.blind_index("person.phone_index").of(own.as_str()).to_vec();
    if known.phone_index.as_ref() == Some(&index) {
        return Ok(());
    }
    let guardian = guardian(tx, workflow, known).await?;
    let theirs = guardian.and_then(|guardian| Mobile::parse(&guardian.phone).ok());
    if theirs.is_some_and(|phone| phone == own) { Ok(()) } else { Err(taken()) }
}

/// The phone that the account signs in with.
async fn own_phone(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
) -> Result<Option<Mobile>, CommandError> {
    let Some(row) = account::Entity::find_by_id(actor.account).one(tx).await? else {
        return Ok(None);
    };
    let phone = phone_of(tx, &workflow.keys, &row).await.map_err(|error| match error {
        SignInError::Db(error) => CommandError::Db(error),
        SignInError::Seal(error) => CommandError::Seal(error),
        other => CommandError::Stored(other.to_string()),
    })?;
    Ok(phone.and_then(|phone| Mobile::parse(phone.expose()).ok()))
}

async fn guardian(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    known: &person::Model,
) -> Result<Option<Guardian>, CommandError> {
    let Some(sealed) = known.guardian_sealed.as_deref() else { return Ok(None) };
    let Some(key) = vault::key(tx, workflow, Owner::Person(known.id)).await? else {
        return Ok(None);
    };
    let place = known.id.to_string();
    Ok(Some(vault::open_value(&key, ("person", "guardian_sealed", &place), sealed)?))
}

/// What of `ask` is not on record yet: what is there stays as it is.
pub(super) fn only_missing(
    known: &person::Model,
    ask: SavePerson,
    checked: Checked,
) -> (SavePerson, Checked) {
    let unless = |there: bool, text: String| if there { String::new() } else { text };
    let ask = SavePerson {
        name: unless(!known.name.is_empty(), ask.name),
        school: ask.school.filter(|_| known.school_id.is_none()),
        township: ask.township.filter(|_| known.township_id.is_none()),
        class: unless(known.class.is_some(), ask.class),
        village: unless(known.village.is_some(), ask.village),
        address: unless(known.address_sealed.is_some(), ask.address),
        guardian: ask.guardian.filter(|_| known.guardian_sealed.is_none()),
        ..ask
    };
    let checked = Checked {
        id: None,
        phone: checked.phone.filter(|_| known.phone_sealed.is_none()),
        bank: checked.bank.filter(|_| known.bank_sealed.is_none()),
    };
    (ask, checked)
}

/// Staff keep their students' data, but money goes where the student said.
///
/// # Errors
/// [`Refusal::NotYours`] when `bank` is another account than the one on record.
pub(super) fn may_name_bank(
    workflow: &Workflow,
    actor: Actor,
    before: &person::Model,
    checked: &Checked,
) -> Result<(), Refusal> {
    let (Some(old), Some(bank)) = (&before.bank_index, &checked.bank) else { return Ok(()) };
    let new = workflow.keys.blind_index("person.bank_index").of(bank.as_str());
    if actor.kind == AccountKind::Staff && *old != new {
        return Err(Refusal::NotYours(Bar::NotApplicant));
    }
    Ok(())
}

/// The school is a school and the township a township: places, not offices in them.
///
/// # Errors
/// [`Refusal::Form`] with `unknown_unit`, or the database's.
pub(super) async fn places(
    db: &impl ConnectionTrait,
    ask: &SavePerson,
) -> Result<(), CommandError> {
    let asked =
        [("school", ask.school, Level::School), ("township", ask.township, Level::Township)];
    let mut faults = Vec::new();
    for (field, id, level) in asked {
        let Some(id) = id else { continue };
        if !is_place(db, id, level).await? {
            faults.push(Fault::new(field, "unknown_unit", ""));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Form(faults).into()) }
}

async fn is_place(
    db: &impl ConnectionTrait,
    id: UnitId,
    level: Level,
) -> Result<bool, CommandError> {
    let found = unit::Entity::find_by_id(id).one(db).await?;
    Ok(found.is_some_and(|unit| unit.level == level && unit.seat_id == unit.id))
}

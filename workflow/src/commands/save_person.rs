//! Somebody's own data: name, ID number, phone, school, township, account for payment.

use entities::{AccountId, AccountKind, ActsForId, Basis, PersonId, UnitId, acts_for, person};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    known_person::{may_name_bank, only_missing, places, prove, taken},
    start_case::works_in,
};
use crate::{
    Actor, Bar, CommandError, Fault, Refusal, Workflow,
    calendar::local_date,
    load,
    record::{Batch, append},
    rules::{bank_card::BankCard, home, identity::ResidentId, mobile::Mobile},
    seal::DataKey,
    vault::{self, Owner},
};

/// A minor's guardian.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardian {
    /// As in the ID card.
    pub name: String,
    /// Resident ID number.
    pub id_number: String,
    /// Mobile.
    pub phone: String,
    /// 关系
    pub relation: String,
}

/// What is known of a person. Empty texts leave what is there.
#[derive(Clone, Debug, Default)]
pub struct SavePerson {
    /// Whom; none for a new person.
    pub person: Option<PersonId>,
    /// As in the ID card, 2 to 50 characters.
    pub name: String,
    /// Resident ID number (GB 11643).
    pub id_number: String,
    /// Mobile, where messages go.
    pub phone: String,
    /// Where they learn.
    pub school: Option<UnitId>,
    /// Where the household is.
    pub township: Option<UnitId>,
    /// 村（社区）, at most 50 characters.
    pub village: String,
    /// 组、门牌, at most 100 characters; kept encrypted.
    pub address: String,
    /// 班级
    pub class: String,
    /// Bank or social-security card.
    pub bank: String,
    /// Needed below 18.
    pub guardian: Option<Guardian>,
    /// What the account is to the person.
    pub basis: Option<Basis>,
}

/// Writes what is known of a person, and lets the account act for them.
///
/// # Errors
/// [`Refusal::Form`] with every fault at its field; [`Refusal::NotYours`] for somebody else's
/// data, or an account for payment that is not the caller's to change; or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn save_person(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: SavePerson,
) -> Result<PersonId, CommandError> {
    let now = workflow.clock.now();
    let id_column = workflow.keys.blind_index("person.id_index");
    let checked = check(&ask, local_date(now))?;
    places(tx, &ask).await?;
    let same = match &checked.id {
        Some(id) => {
            let index = id_column.of(id.as_str()).to_vec();
            person::Entity::with_id_index(index).lock_exclusive().one(tx).await?
        }
        None => None,
    };
    let before = match ask.person {
        Some(id) => Some(mine(tx, workflow, actor, id).await?),
        None => None,
    };
    let (before, ask, checked) = match (before, same) {
        (Some(before), Some(same)) if before.id != same.id => return Err(taken()),
        (None, Some(known)) => {
            prove(tx, workflow, actor, &known).await?;
            let (ask, checked) = only_missing(&known, ask, checked);
            (Some(known), ask, checked)
        }
        (before, _) => {
            if let Some(before) = &before {
                may_name_bank(workflow, actor, before, &checked)?;
            }
            (before, ask, checked)
        }
    };
    let row = row(tx, workflow, before, &ask, checked).await?;
    let id = row.id;
    let mut batch = Batch::default();
    batch.upsert::<person::Entity>(vec![row]);
    batch.run(tx).await?;
    link(tx, workflow, actor, id, ask.basis).await?;
    let what = ("person_saved", json!({ "person": id }));
    append(tx, now, entities::Stream::Person, id.0, Some(actor), what).await?;
    Ok(id)
}

/// What passed.
pub(super) struct Checked {
    pub(super) id: Option<ResidentId>,
    pub(super) phone: Option<Mobile>,
    pub(super) bank: Option<BankCard>,
}

fn check(ask: &SavePerson, today: chrono::NaiveDate) -> Result<Checked, Refusal> {
    let mut faults = Vec::new();
    let new = ask.person.is_none();
    let length = ask.name.trim().chars().count();
    if (new || length > 0) && !(2..=50).contains(&length) {
        faults.push(Fault::new("name", if length == 0 { "missing" } else { "length" }, "2–50"));
    }
    let mut given = |field: &str, text: &str, required: bool| {
        let empty = text.trim().is_empty();
        if empty && required {
            faults.push(Fault::new(field, "missing", ""));
        }
        !empty
    };
    let (has_id, has_phone, has_bank) = (
        given("id_number", &ask.id_number, new),
        given("phone", &ask.phone, false),
        given("bank", &ask.bank, false),
    );
    if new && ask.school.is_none() {
        faults.push(Fault::new("school", "missing", ""));
    }
    if new && ask.township.is_none() {
        faults.push(Fault::new("township", "missing", ""));
    }
    let id = has_id.then(|| ResidentId::parse(&ask.id_number, today)).and_then(|read| {
        read.map_err(|fault| {
            faults.push(Fault::new("id_number", "not_an_id_number", fault.to_string()));
        })
        .ok()
    });
    let phone = has_phone.then(|| Mobile::parse(&ask.phone)).and_then(|read| {
        read.map_err(|fault| {
            faults.push(Fault::new("phone", "not_a_phone", fault.to_string()));
        })
        .ok()
    });
    let bank = has_bank.then(|| BankCard::parse(&ask.bank)).and_then(|read| {
        read.map_err(|fault| {
            faults.push(Fault::new("bank", "not_a_card", fault.to_string()));
        })
        .ok()
    });
    for (field, text, most) in [("village", &ask.village, 50), ("address", &ask.address, 100)] {
        if text.trim().chars().count() > most {
            faults.push(Fault::new(field, "length", format!("0–{most}")));
        }
    }
    let minor = id.as_ref().is_some_and(|id| id.age(today) < 18);
    match &ask.guardian {
        Some(guardian) => {
            if ResidentId::parse(&guardian.id_number, today).is_err() {
                faults.push(Fault::new("guardian_id_number", "not_an_id_number", ""));
            }
            if Mobile::parse(&guardian.phone).is_err() {
                faults.push(Fault::new("guardian_phone", "not_a_phone", ""));
            }
            if guardian.name.trim().is_empty() {
                faults.push(Fault::new("guardian_name", "missing", ""));
            }
        }
        None if minor && new => faults.push(Fault::new("guardian_name", "guardian_needed", "18")),
        None => {}
    }
    if faults.is_empty() { Ok(Checked { id, phone, bank }) } else { Err(Refusal::Form(faults)) }
}

/// A person whose data the account may change.
async fn mine(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: PersonId,
) -> Result<person::Model, CommandError> {
    let acts_for = load::acts_for(tx, actor, workflow.clock.machine()).await?;
    if actor.kind == AccountKind::Applicant && !acts_for.contains(&id) {
        return Err(Refusal::NotYours(Bar::MayNotFile).into());
    }
    let found = person::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let found = found.ok_or(Refusal::NotFound("person"))?;
    if actor.kind == AccountKind::Staff {
        // The school's and the township's own people keep its students' data.
        let now = workflow.clock.now();
        let near = works_in(tx, actor, found.school_id, now).await?
            || works_in(tx, actor, found.township_id, now).await?;
        if !near {
            return Err(Refusal::NotYours(Bar::MayNotFile).into());
        }
    }
    Ok(found)
}

async fn row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    before: Option<person::Model>,
    ask: &SavePerson,
    checked: Checked,
) -> Result<person::Model, CommandError> {
    let now = workflow.clock.now();
    let mut row = before.unwrap_or_else(|| blank(PersonId::at(now), now));
    let key = vault::key_or_new(tx, workflow, Owner::Person(row.id), now).await?;
    let id = row.id.to_string();
    let sealed = |column: &str, text: &str| vault::seal_text(&key, ("person", column, &id), text);
    let blind = |column: &str, text: &str| workflow.keys.blind_index(column).of(text).to_vec();
    if !ask.name.trim().is_empty() {
        ask.name.trim().clone_into(&mut row.name);
    }
    if let Some(number) = &checked.id {
        row.id_sealed = Some(sealed("id_sealed", number.as_str())?);
        row.id_index = Some(blind("person.id_index", number.as_str()));
    }
    if let Some(phone) = &checked.phone {
        row.phone_sealed = Some(sealed("phone_sealed", phone.as_str())?);
        row.phone_index = Some(blind("person.phone_index", phone.as_str()));
    }
    if let Some(bank) = &checked.bank {
        row.bank_sealed = Some(sealed("bank_sealed", bank.as_str())?);
        row.bank_index = Some(blind("person.bank_index", bank.as_str()));
    }
    if let Some(guardian) = &ask.guardian {
        let json = serde_json::to_string(guardian)?;
        row.guardian_sealed = Some(sealed("guardian_sealed", &json)?);
    }
    row.school_id = ask.school.or(row.school_id);
    if ask.township.is_some_and(|township| row.township_id.is_some_and(|old| old != township)) {
        // Who has moved does not live in a village, or a house, of that name there.
        (row.village, row.village_key) = (None, None);
        (row.address_sealed, row.address_index) = (None, None);
    }
    row.township_id = ask.township.or(row.township_id);
    lives(workflow, &key, &mut row, ask)?;
    if !ask.class.trim().is_empty() {
        row.class = Some(ask.class.trim().to_owned());
    }
    row.version += 1;
    Ok(row)
}

/// Where the household is. The index is of all three parts, so it is made anew when one changes.
fn lives(
    workflow: &Workflow,
    key: &DataKey,
    row: &mut person::Model,
    ask: &SavePerson,
) -> Result<(), CommandError> {
    let id = row.id.to_string();
    let place = ("person", "address_sealed", id.as_str());
    let (village, address) = (ask.village.trim(), ask.address.trim());
    if !village.is_empty() {
        row.village = Some(village.to_owned());
        row.village_key = Some(home::village_key(village)).filter(|key| !key.is_empty());
    }
    if !address.is_empty() {
        row.address_sealed = Some(vault::seal_text(key, place, address)?);
    }
    let Some(sealed) = &row.address_sealed else { return Ok(()) };
    let address = vault::open_text(key, place, sealed)?;
    let village = row.village.as_deref().unwrap_or_default();
    row.address_index = row.township_id.and_then(|township| {
        let whole = home::address_key(&township.to_string(), village, address.expose())?;
        Some(workflow.keys.blind_index("person.address_index").of(&whole).to_vec())
    });
    Ok(())
}

pub(super) fn blank(id: PersonId, now: chrono::DateTime<chrono::Utc>) -> person::Model {
    person::Model {
        id,
        name: String::new(),
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
        mail: None,
        school_id: None,
        township_id: None,
        class: None,
        created_at: now,
        version: 0,
    }
}

/// Lets an applicant's account act for the person, once. Staff file as staff.
async fn link(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    person: PersonId,
    basis: Option<Basis>,
) -> Result<(), CommandError> {
    let machine = workflow.clock.machine();
    if actor.kind != AccountKind::Applicant {
        return Ok(());
    }
    if load::acts_for(tx, actor, machine).await?.contains(&person) {
        return Ok(());
    }
    let row = acting(actor.account, person, basis.unwrap_or(Basis::Oneself), machine);
    let mut batch = Batch::default();
    batch.insert::<acts_for::Entity>(vec![row]);
    Ok(batch.run(tx).await?)
}

pub(super) fn acting(
    account_id: AccountId,
    person_id: PersonId,
    basis: Basis,
    now: chrono::DateTime<chrono::Utc>,
) -> acts_for::Model {
    acts_for::Model {
        id: ActsForId::at(now),
        account_id,
        person_id,
        basis,
        from_at: now,
        to_at: None,
    }
}

/// The person with this ID number, for staff who file on behalf: an exact look-up, never a list.
///
/// # Errors
/// [`Refusal::Form`] when it is not an ID number, or the database's.
pub async fn find_by_id_number(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    number: &str,
) -> Result<Option<person::Model>, CommandError> {
    let today = local_date(workflow.clock.now());
    let id = ResidentId::parse(number, today).map_err(|fault| {
        Refusal::Form(vec![Fault::new("id_number", "not_an_id_number", fault.to_string())])
    })?;
    let index = workflow.keys.blind_index("person.id_index").of(id.as_str()).to_vec();
    Ok(person::Entity::with_id_index(index).one(db).await?)
}

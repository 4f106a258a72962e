//! 回避申报: a member of staff says from whose cases they keep away, and that they do so no longer.
//! Everybody declares for themselves; the auditor sees all of it.

use entities::{Level, PersonId, RecusalId, Stream, UnitId, person, recusal, recusal::Tie, unit};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect};
use serde_json::json;

use crate::{
    Actor, Bar, CommandError, Fault, Refusal, Workflow,
    calendar::local_date,
    load,
    record::{Batch, append},
    rules::{home, identity::ResidentId},
    vault::{self, Owner},
};

/// The place of a relative's name, for its seal.
const NAME: (&str, &str) = ("recusal", "name_sealed");
/// Longest name, in characters.
const MOST: usize = 50;

/// What somebody declares.
#[derive(Clone, Debug)]
pub enum DeclareRecusal {
    /// A relative: they may never have applied for anything.
    Relative { name: String, id_number: String },
    /// All who live in a township.
    Township(UnitId),
    /// All who go to a school.
    School(UnitId),
    /// All who live in a village of a township.
    Village { township: UnitId, village: String },
    /// All who live in one's own house.
    House { township: UnitId, village: String, address: String },
}

/// What a declaration is known by.
#[derive(PartialEq)]
struct Known {
    kind: Tie,
    unit_id: Option<UnitId>,
    id_index: Option<Vec<u8>>,
    village_key: Option<String>,
    address_index: Option<Vec<u8>>,
}

/// What somebody keeps away from, with the name opened for them alone.
#[derive(Clone, Debug)]
pub struct Declared {
    pub row: recusal::Model,
    /// Of a relative.
    pub name: Option<String>,
    /// Of a place.
    pub unit: Option<unit::Model>,
}

/// Keeps somebody away from others' cases from now on. The same said twice is said once.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no staff; [`Refusal::Form`] for an ID number that is none or
/// one's own, a name that is none, a place that is none of the kind; or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn declare_recusal(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: DeclareRecusal,
) -> Result<RecusalId, CommandError> {
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    load::lock_person(tx, person).await?;
    let known = checked(tx, workflow, person, &ask).await?;
    let own = recusal::Entity::of(person).all(tx).await?;
    let same = |row: &&recusal::Model| {
        known
            == Known {
                kind: row.kind,
                unit_id: row.unit_id,
                id_index: row.id_index.clone(),
                village_key: row.village_key.clone(),
                address_index: row.address_index.clone(),
            }
    };
    if let Some(same) = own.iter().find(same) {
        return Ok(same.id);
    }
    let now = workflow.clock.now();
    let id = RecusalId::at(now);
    let name = match &ask {
        DeclareRecusal::Relative { name, .. } => {
            let machine = workflow.clock.machine();
            let key = vault::key_or_new(tx, workflow, Owner::Person(person), machine).await?;
            Some(vault::seal_text(&key, (NAME.0, NAME.1, &id.to_string()), name.trim())?)
        }
        _ => None,
    };
    let village = match &ask {
        DeclareRecusal::Village { village, .. } | DeclareRecusal::House { village, .. } => {
            Some(village.trim().to_owned()).filter(|village| !village.is_empty())
        }
        _ => None,
    };
    let Known { kind, unit_id, id_index, village_key, address_index } = known;
    let row = recusal::Model {
        id,
        person_id: person,
        kind,
        unit_id,
        id_index,
        name_sealed: name,
        village,
        village_key,
        address_index,
        from_at: now,
        ended_at: None,
    };
    let mut batch = Batch::default();
    batch.insert::<recusal::Entity>(vec![row]);
    batch.run(tx).await?;
    let what = json!({ "recusal": id, "tie": kind, "unit": unit_id });
    append(tx, now, Stream::Person, person.0, Some(actor), ("recusal_declared", what)).await?;
    Ok(id)
}

async fn checked(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    person: PersonId,
    ask: &DeclareRecusal,
) -> Result<Known, CommandError> {
    let blank = |kind| Known {
        kind,
        unit_id: None,
        id_index: None,
        village_key: None,
        address_index: None,
    };
    let fault = |field: &str, code| Refusal::Form(vec![Fault::new(field, code, "")]);
    match ask {
        DeclareRecusal::Relative { name, id_number } => {
            let length = name.trim().chars().count();
            if !(2..=MOST).contains(&length) {
                return Err(fault("name", if length == 0 { "missing" } else { "length" }).into());
            }
            let today = local_date(workflow.clock.now());
            let number = ResidentId::parse(id_number, today)
                .map_err(|_| fault("id_number", "not_an_id_number"))?;
            let index = workflow.keys.blind_index("person.id_index").of(number.as_str()).to_vec();
            let own = person::Entity::find_by_id(person).one(tx).await?;
            if own.and_then(|own| own.id_index).as_ref() == Some(&index) {
                return Err(fault("id_number", "oneself").into());
            }
            Ok(Known { id_index: Some(index), ..blank(Tie::Relative) })
        }
        DeclareRecusal::Township(id) | DeclareRecusal::School(id) => {
            let (tie, level) = match ask {
                DeclareRecusal::School(_) => (Tie::School, Level::School),
                _ => (Tie::Township, Level::Township),
            };
            Ok(Known { unit_id: Some(place(tx, *id, level).await?), ..blank(tie) })
        }
        DeclareRecusal::Village { township, village } => {
            let unit_id = Some(place(tx, *township, Level::Township).await?);
            let key = Some(home::village_key(village)).filter(|key| !key.is_empty());
            let key = key.ok_or_else(|| fault("village", "missing"))?;
            if village.trim().chars().count() > MOST {
                return Err(fault("village", "length").into());
            }
            Ok(Known { unit_id, village_key: Some(key), ..blank(Tie::Village) })
        }
        DeclareRecusal::House { township, village, address } => {
            let unit = place(tx, *township, Level::Township).await?;
            let key = home::address_key(&unit.to_string(), village, address);
            let key = key.ok_or_else(|| fault("address", "missing"))?;
            let lengths = [("village", village, MOST), ("address", address, 2 * MOST)];
            if let Some((field, ..)) =
                lengths.into_iter().find(|(_, text, most)| text.trim().chars().count() > *most)
            {
                return Err(fault(field, "length").into());
            }
            let index = workflow.keys.blind_index("person.address_index").of(&key).to_vec();
            let unit_id = Some(unit);
            Ok(Known { unit_id, address_index: Some(index), ..blank(Tie::House) })
        }
    }
}

/// A place of the kind that stands.
async fn place(tx: &DatabaseTransaction, id: UnitId, level: Level) -> Result<UnitId, CommandError> {
    let found = unit::Entity::find_by_id(id).one(tx).await?;
    let fits =
        |unit: &unit::Model| unit.level == level && unit.id == unit.seat_id && unit.to_on.is_none();
    let fault = || Refusal::Form(vec![Fault::new("place", "not_an_option", "")]);
    Ok(found.filter(fits).ok_or_else(fault)?.id)
}

/// Takes a declaration back; what was signed or struck meanwhile stays.
///
/// # Errors
/// [`Refusal::NotFound`], also for somebody else's; or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn end_recusal(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: RecusalId,
) -> Result<(), CommandError> {
    let found = recusal::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let own = found.filter(|row| Some(row.person_id) == actor.person && row.ended_at.is_none());
    let row = own.ok_or(Refusal::NotFound("recusal"))?;
    let now = workflow.clock.now();
    let (person, what) = (row.person_id, json!({ "recusal": id, "tie": row.kind }));
    let ended = recusal::Model { ended_at: Some(now), ..row.clone() };
    let mut batch = Batch::default();
    batch.change::<recusal::Entity>(&row, &ended);
    batch.run(tx).await?;
    append(tx, now, Stream::Person, person.0, Some(actor), ("recusal_ended", what)).await?;
    Ok(())
}

/// What somebody keeps away from, oldest first.
///
/// # Errors
/// The database's, or [`CommandError::Seal`].
pub async fn recusals(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    person: PersonId,
) -> Result<Vec<Declared>, CommandError> {
    let rows = recusal::Entity::of(person).all(db).await?;
    let key = vault::key(db, workflow, Owner::Person(person)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let unit = match row.unit_id {
            Some(id) => unit::Entity::find_by_id(id).one(db).await?,
            None => None,
        };
        let name = match (&key, &row.name_sealed) {
            (Some(key), Some(sealed)) => {
                let place = row.id.to_string();
                Some(vault::open_text(key, (NAME.0, NAME.1, &place), sealed)?.expose().clone())
            }
            _ => None,
        };
        found.push(Declared { row, name, unit });
    }
    Ok(found)
}

//! 公示: what the public may be shown of a case, and what it answers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    AccountId, CaseId, CaseRowId, Channel, Duty, LetterKind, PersonId, Phase, PublicityId, UnitId,
    case_file, letter, notice, person, publicity, unit,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::finish;
use crate::{
    CommandError, Event, Refusal, Workflow,
    canonical::{canonical, digest, hex},
    load,
    organisation::Organisation,
    record::{Recorded, Telling, tell},
    rules::{
        display,
        engine::Engine,
        letters::{objection_in, objection_key},
    },
    vault::{self, Owner},
};

/// The whitelisted values, read only when something is published.
pub(super) async fn shown(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &Engine<'_>,
) -> Result<BTreeMap<String, String>, CommandError> {
    let publishes = engine.events.iter().any(|event| matches!(event, Event::Published { .. }));
    let Some(subject) = engine.state.case.subject_id.filter(|_| publishes) else {
        return Ok(BTreeMap::new());
    };
    let found = person::Entity::find_by_id(subject).one(tx).await?;
    let person = found.ok_or(Refusal::NotFound("person"))?;
    let mut names = [String::new(), String::new()];
    for (name, id) in names.iter_mut().zip([person.school_id, person.township_id]) {
        if let Some(id) = id {
            let unit = unit::Entity::find_by_id(id).one(tx).await?;
            *name = unit.map_or_else(String::new, |unit| unit.name_zh);
        }
    }
    let program = load::program(workflow, &engine.state.case)?;
    let [school, township] = names;
    let facts = display::Facts {
        name: Some(&person.name),
        school: Some(&school),
        dept: None,
        grade: None,
        class: person.class.as_deref(),
        township: Some(&township),
    };
    let mut fields = display::public_fields(&program, &facts);
    fields.extend(named_units(engine));
    Ok(fields)
}

/// The same of each line of a roster that is published.
pub(super) async fn shown_rows(
    tx: &DatabaseTransaction,
    engine: &Engine<'_>,
) -> Result<BTreeMap<CaseRowId, BTreeMap<String, String>>, CommandError> {
    let published = engine.events.iter().filter_map(|event| match event {
        Event::Published { rows, .. } => Some(rows),
        _ => None,
    });
    let wanted: Vec<CaseRowId> = published.flatten().map(|shown| shown.row).collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = || engine.state.rows.iter().filter(|row| wanted.contains(&row.id));
    let ids: Vec<PersonId> = rows().filter_map(|row| row.person_id).collect();
    let people = person::Entity::find().filter(person::Column::Id.is_in(load::padded(&ids)));
    let people = people.all(tx).await?;
    let mut units: Vec<UnitId> = people
        .iter()
        .flat_map(|person| person.school_id.into_iter().chain(person.township_id))
        .collect();
    units.sort_unstable();
    units.dedup();
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(load::padded(&units)));
    let units = units.all(tx).await?;
    let name = |id: Option<UnitId>| {
        let unit = units.iter().find(|unit| Some(unit.id) == id);
        unit.map(|unit| unit.name_zh.as_str())
    };
    let shown = rows().filter_map(|row| {
        let person = people.iter().find(|person| Some(person.id) == row.person_id)?;
        let facts = display::Facts {
            name: Some(&person.name),
            school: name(person.school_id),
            dept: None,
            grade: None,
            class: person.class.as_deref(),
            township: name(person.township_id),
        };
        Some((row.id, display::public_fields(&engine.facts.program, &facts)))
    });
    Ok(shown.collect())
}

/// Units that the program publishes by a name of its `let`, such as the school that takes the
/// person.
fn named_units(engine: &Engine<'_>) -> BTreeMap<String, String> {
    let program = &engine.facts.program;
    let Some(privacy) = &program.privacy else { return BTreeMap::new() };
    let shown = privacy.publish.iter().filter(|name| {
        program.lets.contains_key(name.as_str())
            && !privacy.hide.iter().any(|hidden| hidden == *name)
    });
    let named = shown.filter_map(|name| {
        let unit = engine.named_unit(name)?;
        Some((name.to_string(), engine.facts.organisation.unit(unit)?.name_zh.clone()))
    });
    named.collect()
}

/// What somebody of the public says about a notice.
#[derive(Clone, Debug)]
pub struct Objection {
    /// Which notice.
    pub publicity: PublicityId,
    /// In words; kept encrypted.
    pub text: String,
    /// How to reach them, if they want an answer.
    pub contact: String,
    /// A key that makes a second sending of the same words harmless.
    pub key: String,
}

/// Objections to one notice that are examined in cases of their own. Further ones are examined as
/// well, all of a working day in one case, so that nobody can bury an office under cases, and
/// nobody can have a real one overlooked by that.
const EXAMINED: u64 = 20;

/// Records an objection: opens the case in which it is examined, by a letter; what the objected
/// case pays is held until that has come out. The program's owner is told.
///
/// # Errors
/// [`Refusal::NotFound`] when the notice is not up (any more), [`Refusal::Form`] for empty or
/// overlong words, or the database's.
#[tracing::instrument(skip_all)]
pub async fn object_to_notice(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    ask: Objection,
) -> Result<Recorded, CommandError> {
    let machine = workflow.clock.machine();
    let length = ask.text.trim().chars().count();
    if !(5..=1000).contains(&length) || ask.contact.chars().count() > 100 {
        let fault =
            crate::Fault::new("text", if length == 0 { "missing" } else { "length" }, "5–1000");
        return Err(Refusal::Form(vec![fault]).into());
    }
    let found = publicity::Entity::find_by_id(ask.publicity).one(tx).await?;
    let found = found.ok_or(Refusal::NotFound("notice"))?;
    let case = load::lock(tx, found.case_id).await?;
    // Behind the lock, so that a notice that was taken down meanwhile is down.
    let now = workflow.clock.now();
    let up = publicity::Entity::find_by_id(ask.publicity).one(tx).await?;
    let notice = up
        .filter(|row| row.taken_down_at.is_none() && row.ends_at > now)
        .ok_or(Refusal::NotFound("notice"))?;
    if case.phase == Phase::Ended {
        return Err(Refusal::NotFound("case").into());
    }
    let spoken = Spoken { text: ask.text.trim().into(), contact: ask.contact.trim().into() };
    let told_by = said_once(&ask.key, &spoken)?;
    let sent = letter::Entity::find()
        .filter(letter::Column::Kind.eq(LetterKind::Open))
        .filter(letter::Column::Key.eq(objection_key(notice.run_id, &told_by)))
        .one(tx)
        .await?;
    if sent.is_some() {
        return Ok(Recorded::default()); // the same words again
    }
    let key = vault::key_or_new(tx, workflow, Owner::Case(case.id), machine).await?;
    let program = load::program(workflow, &case)?;
    let mut people = match notice.unit_id {
        Some(unit) => leads_above(tx, unit, &program.owner.lead, now).await?,
        None => Vec::new(),
    };
    if people.is_empty() {
        people = owners(tx, workflow, &case, now).await?;
    }
    // With nobody to tell, it is kept all the same: who is appointed later reads it at the case.
    let mut recipients: Vec<Option<PersonId>> = people.into_iter().map(Some).collect();
    if recipients.is_empty() {
        tracing::error!(case.id = %case.id, "an objection has no reader: the owner must appoint");
        recipients.push(None);
    }
    let mut told = Vec::new();
    for person in recipients {
        let to = person.map_or_else(|| "nobody".to_owned(), |id| id.to_string());
        let dedupe = format!("{}/objection/{told_by}/{to}", notice.id);
        let sealed = vault::seal_value(&key, ("notice", "sealed", &dedupe), &spoken)?;
        told.push(Telling {
            key: dedupe,
            case: Some(case.id),
            account: None::<AccountId>,
            person,
            channel: if person.is_some() { Channel::Mail } else { Channel::Inbox },
            template: "objection",
            params: json!({}),
            sealed: Some(sealed),
        });
    }
    let many = letter::Entity::sent_to_open(notice.run_id).count(tx).await? >= EXAMINED;
    let before = load::state(tx, case).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let key = (told_by.as_str(), many);
    engine.object(notice.run_id, notice.unit_id, key).map_err(Refusal::from)?;
    if engine.events.is_empty() {
        return tell(tx, (now, machine), told).await; // such a notice opens no case
    }
    let done = finish(tx, &before, engine, (None, machine), |change| change.tell.extend(told));
    Ok(done.await?.recorded)
}

/// What was said against a notice, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spoken {
    /// In words.
    pub text: String,
    /// How to reach whoever said it; empty when they did not say.
    pub contact: String,
}

/// The same words sent twice have the same name; other words under the same key have not.
fn said_once(key: &str, spoken: &Spoken) -> Result<String, CommandError> {
    let whole = canonical(&json!([key, spoken.text, spoken.contact]))?;
    Ok(hex(&digest(whole.as_bytes())))
}

/// What was said against the notices of a case, oldest first, each once.
///
/// # Errors
/// [`CommandError::Seal`], [`CommandError::Stored`], or the database's.
pub async fn objections(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Vec<(DateTime<Utc>, Spoken)>, CommandError> {
    spoken(db, workflow, case, "").await
}

/// The words that opened a case, where objections did: whoever examines it reads them there.
///
/// # Errors
/// As [`objections`].
pub async fn objection_behind(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Vec<(DateTime<Utc>, Spoken)>, CommandError> {
    let letters = letter::Entity::that_opened(case).order_by_asc(letter::Column::Id);
    let letters = letters.all(db).await?;
    let mut behind = Vec::new();
    for letter in &letters {
        let Some((_, said)) = objection_in(&letter.key) else { continue };
        behind.extend(spoken(db, workflow, letter.from_case, said).await?);
    }
    Ok(behind)
}

/// What was said about a case; only what goes by the name `said`, if it is not empty.
async fn spoken(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
    said: &str,
) -> Result<Vec<(DateTime<Utc>, Spoken)>, CommandError> {
    let name = format!("/objection/{said}");
    let rows = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case))
        .filter(notice::Column::Template.eq("objection"))
        .order_by_asc(notice::Column::Id)
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let Some(key) = vault::key(db, workflow, Owner::Case(case)).await? else {
        return Ok(Vec::new());
    };
    let mut said: Vec<(DateTime<Utc>, Spoken)> = Vec::new();
    for row in rows.into_iter().filter(|row| row.dedupe_key.contains(&name)) {
        let Some(sealed) = &row.sealed else { continue };
        let spoken: Spoken =
            vault::open_value(&key, ("notice", "sealed", &row.dedupe_key), sealed)?;
        if !said.iter().any(|(_, known)| *known == spoken) {
            said.push((row.created_at, spoken));
        }
    }
    Ok(said)
}

/// The handlers of the owner's lead office, nearest to the case.
pub(super) async fn owners(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: &case_file::Model,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, CommandError> {
    let program = load::program(workflow, case)?;
    match case.anchor_id {
        Some(anchor) => leads_above(tx, anchor, &program.owner.lead, now).await,
        None => Ok(Vec::new()),
    }
}

/// The owner's lead office that has people, nearest to the case.
pub(super) async fn lead_office(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: &case_file::Model,
    now: DateTime<Utc>,
) -> Result<Option<UnitId>, CommandError> {
    let program = load::program(workflow, case)?;
    let Some(anchor) = case.anchor_id else { return Ok(None) };
    let found = office_above(tx, anchor, &program.owner.lead, now).await?;
    Ok(found.map(|(office, _)| office))
}

/// The handlers of the office `lead` at the place of `from`, or nearest above it.
async fn leads_above(
    tx: &DatabaseTransaction,
    from: UnitId,
    lead: &str,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, CommandError> {
    let found = office_above(tx, from, lead, now).await?;
    Ok(found.map(|(_, people)| people).unwrap_or_default())
}

async fn office_above(
    tx: &DatabaseTransaction,
    from: UnitId,
    lead: &str,
    now: DateTime<Utc>,
) -> Result<Option<(UnitId, Vec<PersonId>)>, CommandError> {
    let around = Organisation::around(tx, from, None, now).await?;
    let mut place = around.seat(from).map(|unit| unit.id);
    while let Some(here) = place {
        let office = around.office(here, lead);
        let people = office.map(|office| (office.id, around.holders(office.id, Duty::Handler)));
        if let Some(found) = people.filter(|(_, people)| !people.is_empty()) {
            return Ok(Some(found));
        }
        place = around.above(here).map(|unit| unit.id);
    }
    Ok(None)
}

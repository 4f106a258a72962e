//! 填写: a draft is begun, filled in field by field, and kept as one encrypted row.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use entities::{
    AccountKind, CaseId, Fen, FormVersionId, PersonId, Phase, UnitId, case_file, form_version,
    person, unit,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::answer::same_version;
use crate::{
    Actor, Bar, CommandError, Fault, Refusal, Workflow,
    canonical::digest,
    load,
    organisation::Organisation,
    program::{
        Program,
        expression::{Scope, Value},
    },
    record::Batch,
    rules::{
        anchoring,
        authority::Verb,
        facts::{CaseFacts, Facts},
        form::{self, Given, Reading},
    },
    state::CaseState,
    vault::{self, Owner},
};

/// For whom, and by what right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartCase {
    /// The program's id.
    pub program: String,
    /// Whom it is for.
    pub subject: PersonId,
    /// `self`, `guardian`, `school` or `township`.
    pub filed_as: String,
}

/// Begins a draft.
///
/// # Errors
/// [`Refusal::UnknownProgram`], [`Refusal::NotYours`], [`Refusal::Profile`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = ask.program))]
pub async fn start_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: StartCase,
) -> Result<CaseId, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let unknown = || Refusal::UnknownProgram(ask.program.clone());
    let today = crate::calendar::local_date(now);
    let program = workflow.programs.in_force(&ask.program, today).ok_or_else(unknown)?;
    let person = person::Entity::find_by_id(ask.subject).one(tx).await?;
    let person = person.ok_or(Refusal::NotFound("person"))?;
    may_file(tx, actor, &program, &ask, (&person, machine, now)).await?;
    let Some(known) = person.school_id.or(person.township_id) else {
        return Err(Refusal::Profile("school".to_owned()).into());
    };
    let around = Organisation::around(tx, known, person.township_id, now).await?;
    let facts = CaseFacts {
        applicant: applicant(&around, &person),
        home: person.township_id,
        ..CaseFacts::default()
    };
    let scope = first_scope(workflow, &program, (&around, &facts), today);
    let anchor = anchoring::anchor_of_draft(&program, &scope, &around, known)?;
    let row = case_file::Model {
        id: CaseId::at(now),
        number: None,
        program: program.id().to_owned(),
        program_number: i32::try_from(program.version).unwrap_or(1),
        program_hash: program.hash(),
        subject_id: Some(person.id),
        filed_by: actor.account,
        filed_as: ask.filed_as,
        anchor_id: Some(anchor),
        county: county_of(&around, person.township_id.unwrap_or(known)),
        phase: Phase::Draft,
        outcome: None,
        reason: None,
        routing: false,
        suspended: false,
        supplementing: false,
        supplements: 0,
        asked: None,
        facts: serde_json::to_value(facts)?,
        award_fen: Fen(0),
        once_key: None,
        version: 1,
        trail_number: 0,
        trail_head: Vec::new(),
        calendar_revision: workflow.calendar.revision(),
        submitted_at: None,
        accepted_at: None,
        ended_at: None,
        late: false,
        returned_from: None,
        planned: None,
        created_at: machine,
    };
    let id = row.id;
    let mut batch = Batch::default();
    batch.insert::<case_file::Entity>(vec![row]);
    batch.run(tx).await?;
    Ok(id)
}

/// Whether the account may file this program for this person.
async fn may_file(
    tx: &DatabaseTransaction,
    actor: Actor,
    program: &Program,
    ask: &StartCase,
    at: (&person::Model, DateTime<Utc>, DateTime<Utc>),
) -> Result<(), CommandError> {
    let (person, machine, now) = at;
    let barred = || CommandError::from(Refusal::NotYours(Bar::MayNotFile));
    crate::rules::eligibility::may_file(&program.intake.by, &ask.filed_as)?;
    crate::rules::eligibility::open_on(program, crate::calendar::local_date(now))?;
    let allowed = match ask.filed_as.as_str() {
        "self" | "guardian" => {
            actor.kind == AccountKind::Applicant
                && load::acts_for(tx, actor, machine).await?.contains(&person.id)
        }
        "school" => works_in(tx, actor, person.school_id, now).await?,
        "township" => works_in(tx, actor, person.township_id, now).await?,
        _ => false,
    };
    if allowed { Ok(()) } else { Err(barred()) }
}

/// Whether the account works in that place, in whatever office.
pub(super) async fn works_in(
    tx: &DatabaseTransaction,
    actor: Actor,
    place: Option<UnitId>,
    now: DateTime<Utc>,
) -> Result<bool, CommandError> {
    let Some(place) = place else { return Ok(false) };
    let units = load::authority(tx, actor, now).await?.appointments;
    let units = units.into_iter().map(|held| held.unit_id);
    let found = unit::Entity::find()
        .filter(unit::Column::Id.is_in(units))
        .filter(unit::Column::SeatId.eq(place))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// What is known of whoever applies before anything is filled in.
fn first_scope(
    workflow: &Workflow,
    program: &Program,
    (around, facts): (&Organisation, &CaseFacts),
    today: NaiveDate,
) -> Scope {
    let days = Arc::new(workflow.calendar.of(crate::fold::REGION));
    let mut scope = Scope::new(today, Arc::clone(workflow.programs.tables()), days);
    scope.applicant.clone_from(&facts.applicant);
    scope.lets.clone_from(&program.lets);
    scope.units = Arc::new(around.clone());
    scope
}

/// The county that a case is counted in, and named in its number: of a school that no county stands
/// above, the city or the region.
fn county_of(around: &Organisation, from: UnitId) -> String {
    let county = entities::Level::County;
    let place = around.place(from, county).or_else(|| around.in_place_of(from, county));
    let place = place.or_else(|| around.seat(from));
    place.map_or_else(String::new, |unit| unit.division.chars().take(6).collect())
}

/// The applicant's places, as expressions see them.
fn applicant(around: &Organisation, person: &person::Model) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            found.insert(name.to_owned(), Value::Text(value));
        }
    };
    put("school", person.school_id.map(|id| id.to_string()));
    put("township", person.township_id.map(|id| id.to_string()));
    let home = person.township_id.or(person.school_id);
    let place = |level| home.and_then(|home| around.place(home, level)).map(|u| u.id.to_string());
    put("county", place(entities::Level::County));
    put("city", place(entities::Level::City));
    found
}

/// What is written into a draft.
#[derive(Clone, Debug)]
pub struct EditCase {
    /// Which draft (or which case that waits for supplements).
    pub case: CaseId,
    /// The version that was seen.
    pub seen: Option<i32>,
    /// Field by field; empty text takes a value out.
    pub fields: BTreeMap<String, Given>,
    /// Keeps what is right even where other fields have faults (a page shows both).
    pub keep_right: bool,
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The case's version afterwards.
    pub version: i32,
    /// Fields that were not taken, and why.
    pub faults: Vec<Fault>,
}

/// Fills in fields of a draft.
///
/// # Errors
/// [`Refusal::Form`] unless `keep_right`; [`Refusal::NotYours`], [`Refusal::NotNow`],
/// [`Refusal::Stale`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %ask.case))]
pub async fn edit_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: EditCase,
) -> Result<Edited, CommandError> {
    let mut file = load::lock(tx, ask.case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let verb = if file.supplementing { Verb::Resubmit } else { Verb::Edit };
    let before = CaseState::new(file.clone());
    let authority = load::authority(tx, actor, machine).await?;
    let program = load::program(workflow, &file)?;
    authority.may(verb, &before, &program, None)?;
    same_version(&before, ask.seen)?;
    let facts = load::bare_facts(workflow, &file)?;
    let draft = draft(tx, workflow, &file).await?;
    let scope = draft_scope(&facts, &before, &draft, now);
    let read = form::read(&program.form, &ask.fields, &draft, &scope, Reading::Draft);
    if !read.faults.is_empty() && !ask.keep_right {
        return Err(Refusal::Form(read.faults).into());
    }
    file.version += 1;
    let row = sealed_draft(tx, workflow, &file, actor, (&read.values, now)).await?;
    let version = file.version;
    let mut batch = Batch::default();
    batch.upsert::<case_file::Entity>(vec![file]);
    batch.upsert::<form_version::Entity>(vec![row]);
    batch.run(tx).await?;
    Ok(Edited { version, faults: read.faults })
}

/// What a draft's own rules see: its values as the form.
pub(super) fn draft_scope(
    facts: &Facts,
    state: &CaseState,
    values: &BTreeMap<String, Value>,
    now: DateTime<Utc>,
) -> Scope {
    let mut scope = facts.scope(state, now);
    scope.form.clone_from(values);
    scope
}

/// The values of a draft, or of the form as it was last handed in.
///
/// # Errors
/// [`CommandError::Seal`], or the database's.
pub async fn draft(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: &case_file::Model,
) -> Result<BTreeMap<String, Value>, CommandError> {
    let rows = form_version::Entity::of_case(case.id)
        .filter(form_version::Column::RunId.is_null())
        .all(db)
        .await?;
    // Number 0 is the draft: of a new case, or of the answer to a request for supplements.
    let last = rows.iter().find(|row| row.number == 0).or_else(|| rows.last());
    let (Some(row), Some(key)) = (last, vault::key(db, workflow, Owner::Case(case.id)).await?)
    else {
        return Ok(BTreeMap::new());
    };
    vault::open_value(&key, ("form_version", "sealed", &row.id.to_string()), &row.sealed)
}

async fn sealed_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: &case_file::Model,
    actor: Actor,
    what: (&BTreeMap<String, Value>, DateTime<Utc>),
) -> Result<form_version::Model, CommandError> {
    let (values, now) = what;
    let rows = form_version::Entity::of_case(case.id)
        .filter(form_version::Column::RunId.is_null())
        .filter(form_version::Column::Number.eq(0))
        .one(tx)
        .await?;
    let id = rows.map_or_else(|| FormVersionId::at(now), |row| row.id);
    let key = vault::key_or_new(tx, workflow, Owner::Case(case.id), now).await?;
    let sealed = vault::seal_value(&key, ("form_version", "sealed", &id.to_string()), values)?;
    Ok(form_version::Model {
        id,
        case_id: case.id,
        run_id: None,
        number: 0,
        sha256: digest(&sealed).to_vec(),
        sealed,
        filled_by: actor.account,
        // Machine time, as of the case's beginning: drafts are forgotten by it.
        created_at: workflow.clock.machine(),
    })
}

/// A program that takes applications at `now`.
pub fn open_programs(workflow: &Workflow, now: DateTime<Utc>) -> Vec<Arc<Program>> {
    let today = crate::calendar::local_date(now);
    let open = |program: &Arc<Program>| {
        program.valid.from <= today && program.valid.to.is_none_or(|to| to >= today)
    };
    let mut programs = workflow.programs.all_in_force(today);
    programs.retain(open);
    programs
}

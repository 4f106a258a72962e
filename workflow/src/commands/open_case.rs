//! 立案: somebody opens a case that is about nobody, where its program lets them.

use chrono::{DateTime, Utc};
use entities::{UnitId, appointment};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::{
    answer::Done,
    begin_case::{Begun, begin},
    parent,
};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow,
    calendar::local_date,
    load,
    organisation::Organisation,
    program::{Place, Program, RoleRef, model::Filer},
    rules::{eligibility, letters::Opens},
};

/// What somebody opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCase {
    /// The program's id.
    pub program: String,
    /// The place whose case it becomes.
    pub opener: UnitId,
    /// A case number that is free.
    pub sequence: u32,
    /// The number of the case that must have gone before, where the program asks for one.
    pub parent: Option<String>,
}

impl OpenCase {
    /// With the next number of its program. Not inside a transaction.
    ///
    /// # Errors
    /// [`Refusal::UnknownProgram`], or the database's.
    pub async fn numbered(
        workflow: &Workflow,
        program: String,
        opener: UnitId,
    ) -> Result<Self, CommandError> {
        let today = local_date(workflow.clock.now());
        let Some(known) = workflow.programs.in_force(&program, today) else {
            return Err(Refusal::UnknownProgram(program).into());
        };
        let sequence = workflow.numbers.of(workflow, &known.code).await?;
        Ok(Self { program, opener, sequence, parent: None })
    }
}

/// The programs of which `actor` may open a case, each with the place whose case it becomes.
///
/// # Errors
/// The database's.
pub async fn openable(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
) -> Result<Vec<(String, UnitId)>, DbErr> {
    let now = workflow.clock.now();
    let held = held_by(db, actor, now).await?;
    let mut found = Vec::new();
    let mut places: Vec<UnitId> = Vec::new();
    for appointment in &held {
        let around = Organisation::around(db, appointment.unit_id, None, now).await?;
        let Some(place) = around.seat(appointment.unit_id).map(|unit| unit.id) else { continue };
        if places.contains(&place) {
            continue;
        }
        places.push(place);
        let today = local_date(now);
        let programs = workflow.programs.all_in_force(today).into_iter();
        let may = programs.filter(|program| {
            eligibility::open_on(program, today).is_ok()
                && opens(workflow, program, (&around, place), &held)
        });
        found.extend(may.map(|program| (program.id().to_owned(), place)));
    }
    Ok(found)
}

/// What `actor` is appointed to now.
pub(super) async fn held_by(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Vec<appointment::Model>, DbErr> {
    match actor.person {
        Some(person) => appointment::Entity::held_by(person, now).all(db).await,
        None => Ok(Vec::new()),
    }
}

/// Whether whoever has those appointments opens such cases at a place.
fn opens(
    workflow: &Workflow,
    program: &Program,
    at: (&Organisation, UnitId),
    held: &[appointment::Model],
) -> bool {
    program.intake.by.iter().any(|filer| match filer {
        Filer::Role(role) => has_role(workflow, at, role, held),
        _ => false,
    })
}

/// Whether one of the appointments is that of a role at the place that opens a case.
pub(super) fn has_role(
    workflow: &Workflow,
    (around, opener): (&Organisation, UnitId),
    role: &RoleRef,
    held: &[appointment::Model],
) -> bool {
    let Some(named) = workflow.programs.shared().roles.get(&role.role) else { return false };
    let seat = around.seat(opener);
    let fits = match &role.place {
        Place::Opener => true,
        // Only places of that level open it, each at itself: `school/head`.
        Place::Level(level) => seat.is_some_and(|seat| seat.level.word() == level.as_str()),
        // Or only units outside the levels of that kind.
        Place::Named(kind) => {
            seat.is_some_and(|seat| around.is_outside(seat.id) && seat.office == *kind)
        }
        _ => false,
    };
    if !fits {
        return false;
    }
    let office = around.office(opener, &named.office).map(|unit| unit.id);
    held.iter().any(|held| Some(held.unit_id) == office && held.duty.word() == named.duty)
}

/// Opens a case; its first step opens at once.
///
/// # Errors
/// [`Refusal::UnknownProgram`], [`Refusal::NotYours`] for whoever has no role that the program
/// names, [`Refusal::Once`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = ask.program))]
pub async fn open_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: OpenCase,
) -> Result<Done, CommandError> {
    let now = workflow.clock.now();
    let unknown = || Refusal::UnknownProgram(ask.program.clone());
    let today = local_date(now);
    let program = workflow.programs.in_force(&ask.program, today).ok_or_else(unknown)?;
    eligibility::open_on(&program, local_date(now))?;
    let around = Organisation::around(tx, ask.opener, None, now).await?;
    let held = load::authority(tx, actor, now).await?.appointments;
    if !opens(workflow, &program, (&around, ask.opener), &held) {
        return Err(Refusal::NotYours(Bar::MayNotFile).into());
    }
    let opens = Opens {
        program: ask.program,
        opener: ask.opener,
        holder: None,
        common: None,
        close: None,
        close_on: None,
        rows: Vec::new(),
        form: std::collections::BTreeMap::new(),
    };
    let parent = parent::of(tx, workflow, &program, (ask.opener, ask.parent.as_deref())).await?;
    let (by, sequence) = (Some(actor), ask.sequence);
    let begun = Begun { by, letter: None, sequence, said: None, parent };
    begin(tx, workflow, (opens, &program), begun).await
}

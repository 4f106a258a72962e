//! A program that is wholly new: its first text says whose it will be, and by that who may write it.

use entities::{PersonId, program_draft};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::drafts::{fresh, keep, may_change, may_lead, say};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    program::{Program, load},
};

/// Whether `actor` may begin programs at all: an administrator of some office at region.
///
/// # Errors
/// [`Refusal::NotYours`], or the database's.
pub async fn may_begin(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
) -> Result<PersonId, CommandError> {
    may_lead(db, workflow, actor, None).await
}

/// Whether `actor` may change a draft: as its program says, and of one that is wholly new, as its
/// text does. One that cannot be read is for those who wrote it, and for who runs the service.
///
/// # Errors
/// As [`may_change`].
pub async fn may_change_draft(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    row: &program_draft::Model,
) -> Result<PersonId, CommandError> {
    if workflow.programs.get(&row.program).is_some() {
        return may_change(db, workflow, actor, &row.program).await;
    }
    if let Some(program) = written(row) {
        return may_lead(db, workflow, actor, Some(program.owner.lead.as_str())).await;
    }
    match may_begin(db, workflow, actor).await? {
        person if row.is_written_by(person) => Ok(person),
        _ => may_lead(db, workflow, actor, Some("")).await,
    }
}

/// The program that a draft's text is, where it can be read.
fn written(row: &program_draft::Model) -> Option<Program> {
    load::program("draft.yaml", &row.yaml).ok()
}

/// Whether whoever saves `yaml` as the text of a new program may have it led by whom it names.
///
/// # Errors
/// As [`may_change`].
pub(super) async fn may_name_lead(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    row: &program_draft::Model,
) -> Result<(), CommandError> {
    let is_new = workflow.programs.get(&row.program).is_none();
    if let Some(program) = written(row).filter(|_| is_new) {
        may_lead(db, workflow, actor, Some(program.owner.lead.as_str())).await?;
    }
    Ok(())
}

/// Begins a program that there is not yet, with the first text of its version 1, right or wrong as
/// long as it can be read.
///
/// # Errors
/// [`Refusal::Draft`] where it cannot be read, or its id is no id or is taken;
/// [`Refusal::NotYours`] for whoever may not lead it, or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn begin_program(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    yaml: &str,
) -> Result<program_draft::Model, CommandError> {
    may_begin(tx, workflow, actor).await?;
    let yaml = yaml.replace("\r\n", "\n");
    let program = workflow.programs.begun(&yaml).map_err(Refusal::Draft)?;
    let lead = Some(program.owner.lead.as_str());
    let person = may_lead(tx, workflow, actor, lead).await?;
    let row = fresh(workflow, person, (program.id(), 1), yaml);
    say(tx, workflow, actor, &row, "program_drafted").await?;
    keep(tx, &row).await?;
    Ok(row)
}

//! 立案: somebody opens a case that is about nobody, where its program lets them.

use entities::UnitId;
use sea_orm::DatabaseTransaction;

use super::{
    answer::Done,
    begin_case::{Begun, begin},
};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow, load,
    organisation::Organisation,
    program::{Place, model::Filer},
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
}

/// Opens a case; its first step opens at once.
///
/// # Errors
/// [`Refusal::UnknownProgram`], [`Refusal::NotYours`] for whoever has no role that the program
/// names, or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = ask.program))]
pub async fn open_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: OpenCase,
) -> Result<Done, CommandError> {
    let now = workflow.clock.now();
    let unknown = || Refusal::UnknownProgram(ask.program.clone());
    let program = workflow.programs.get(&ask.program).cloned().ok_or_else(unknown)?;
    eligibility::open_on(&program, crate::calendar::local_date(now))?;
    let around = Organisation::around(tx, ask.opener, None, now).await?;
    let held = load::authority(tx, actor, now).await?.appointments;
    let roles = &workflow.programs.shared().roles;
    let may = program.intake.by.iter().any(|filer| {
        let Filer::Role(role) = filer else { return false };
        let (Place::Opener, Some(named)) = (&role.place, roles.get(&role.role)) else {
            return false;
        };
        let office = around.office(ask.opener, &named.office).map(|unit| unit.id);
        held.iter().any(|held| Some(held.unit_id) == office && held.duty.word() == named.duty)
    });
    if !may {
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
    };
    let begun = Begun { by: Some(actor), letter: None, sequence: ask.sequence };
    begin(tx, workflow, (opens, &program), begun).await
}

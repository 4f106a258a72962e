//! Drafts: the text of a program's next version, written by people, looked at again and again.

use entities::{DraftState, Duty, Level, PersonId, ProgramDraftId, Stream, appointment};
use entities::{program_draft, program_version, unit};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::json;

use super::newly::{may_change_draft, may_name_lead};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow,
    canonical::{digest, hex},
    program::{Finding, Program, Programs},
    record::{Batch, append},
};

/// The text of a draft, as somebody changes it.
#[derive(Clone, Debug)]
pub struct SaveDraft {
    pub draft: ProgramDraftId,
    /// The version that was seen.
    pub seen: Option<i32>,
    /// The program, as YAML.
    pub yaml: String,
}

/// Whether `actor` may change `program`: an administrator of its lead office at region, or of the
/// region itself, who runs the service.
///
/// # Errors
/// [`Refusal::UnknownProgram`], [`Refusal::NotYours`], or the database's.
pub async fn may_change(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    program: &str,
) -> Result<PersonId, CommandError> {
    let unknown = || Refusal::UnknownProgram(program.to_owned());
    let known = workflow.programs.get(program);
    let lead = known.as_ref().map(|program| program.owner.lead.as_str());
    let person = may_lead(db, workflow, actor, lead).await?;
    known.map(|_| person).ok_or_else(|| unknown().into())
}

/// Whether `actor` may change what the role `lead` leads; without one, whether they are an
/// administrator of any office at region.
///
/// # Errors
/// [`Refusal::NotYours`], or the database's.
pub(super) async fn may_lead(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    lead: Option<&str>,
) -> Result<PersonId, CommandError> {
    let barred = || CommandError::from(Refusal::NotYours(Bar::NotProgramAdministrator));
    let person = actor.person.ok_or_else(barred)?;
    let held = appointment::Entity::held_by(person, workflow.clock.now())
        .filter(appointment::Column::Duty.eq(Duty::Administrator))
        .all(db)
        .await?;
    if held.is_empty() {
        return Err(barred());
    }
    let roles = &workflow.programs.shared().roles;
    let office = lead.map(|lead| roles.get(lead).map_or(lead, |role| role.office.as_str()));
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(held.iter().map(|held| held.unit_id)))
        .filter(unit::Column::Level.eq(Level::Region))
        .all(db)
        .await?;
    let leads = |unit: &unit::Model| office.is_none_or(|office| unit.office == office);
    let may = units.iter().any(|unit| leads(unit) || unit.seat_id == unit.id);
    if may { Ok(person) } else { Err(barred()) }
}

/// The text of a published version: as people wrote it, else its canonical form.
///
/// # Errors
/// The database's.
pub async fn text_of(db: &impl ConnectionTrait, program: &Program) -> Result<String, CommandError> {
    let hash = program.hash();
    if let Some(text) = Programs::shipped_text(&hash) {
        return Ok(text.to_owned());
    }
    let row = program_version::Entity::find()
        .filter(program_version::Column::Hash.eq(hash))
        .one(db)
        .await?;
    if let Some(yaml) = row.and_then(|row| row.yaml) {
        return Ok(yaml);
    }
    // JSON is YAML; it reads badly, and says the same.
    let model: serde_json::Value = serde_json::from_str(&program.canonical())?;
    Ok(serde_json::to_string_pretty(&model)?)
}

/// A program's text as its version `number`.
fn numbered(text: &str, number: u32) -> String {
    let mut found = false;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("version:") && !found {
            found = true;
            lines.push(format!("version: {number}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    if !found {
        let Some(at) = lines.iter().position(|line| line.starts_with("program:")) else {
            // The canonical text of a version that came without its own.
            let (old, new) = (number.saturating_sub(1), number);
            let (old, new) = (format!("\"version\": {old}"), format!("\"version\": {new}"));
            return text.replacen(&old, &new, 1);
        };
        lines.insert(at + 1, format!("version: {number}"));
    }
    lines.join("\n") + "\n"
}

/// Begins a draft of the next version, with the text of the newest.
///
/// # Errors
/// As [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = program))]
pub async fn begin_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    program: &str,
) -> Result<program_draft::Model, CommandError> {
    let person = may_change(tx, workflow, actor, program).await?;
    let unknown = || Refusal::UnknownProgram(program.to_owned());
    let newest = workflow.programs.get(program).ok_or_else(unknown)?;
    let number = newest.version + 1;
    let yaml = numbered(&text_of(tx, &newest).await?, number);
    let row = fresh(workflow, person, (program, number), yaml);
    say(tx, workflow, actor, &row, "program_drafted").await?;
    keep(tx, &row).await?;
    Ok(row)
}

/// A new draft.
pub(super) fn fresh(
    workflow: &Workflow,
    person: PersonId,
    (program, number): (&str, u32),
    yaml: String,
) -> program_draft::Model {
    let now = workflow.clock.machine();
    program_draft::Model {
        id: ProgramDraftId::at(now),
        program: program.to_owned(),
        number: i32::try_from(number).unwrap_or(i32::MAX),
        retires: false,
        yaml,
        state: DraftState::Open,
        written_by: json!([person]),
        effective_on: None,
        reason: None,
        proposed_by: None,
        decided_by: None,
        created_at: now,
        changed_at: now,
        version: 1,
    }
}

/// Writes a draft.
pub(super) async fn keep(
    tx: &DatabaseTransaction,
    row: &program_draft::Model,
) -> Result<(), CommandError> {
    let mut batch = Batch::default();
    batch.upsert::<program_draft::Entity>(vec![row.clone()]);
    batch.run(tx).await?;
    Ok(())
}

/// One line of the draft's own trail: who did what with which text.
pub(super) async fn say(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    row: &program_draft::Model,
    what: &str,
) -> Result<(), CommandError> {
    let body = json!({
        "program": row.program, "number": row.number, "retires": row.retires,
        "sha256": hex(&digest(row.yaml.as_bytes())), "effective_on": row.effective_on,
    });
    let now = workflow.clock.machine();
    append(tx, now, Stream::Program, row.id.0, Some(actor), (what, body)).await
}

/// Keeps a draft that was changed, and says so.
pub(super) async fn changed(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    mut row: program_draft::Model,
    what: &str,
) -> Result<program_draft::Model, CommandError> {
    row.version += 1;
    row.changed_at = workflow.clock.machine();
    say(tx, workflow, actor, &row, what).await?;
    keep(tx, &row).await?;
    Ok(row)
}

/// Locks a draft that `actor` may change, as it was seen.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`], or as [`may_change`].
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (draft, seen): (ProgramDraftId, Option<i32>),
) -> Result<(program_draft::Model, PersonId), CommandError> {
    let row = program_draft::Entity::find_by_id(draft).lock_exclusive().one(tx).await?;
    let row = row.ok_or(Refusal::NotFound("draft"))?;
    let person = may_change_draft(tx, workflow, actor, &row).await?;
    match seen {
        Some(seen) if seen != row.version => {
            Err(Refusal::Stale { seen, current: row.version }.into())
        }
        _ => Ok((row, person)),
    }
}

/// All that is wrong with the text of a draft, and the program where it can be read.
pub fn look_at(workflow: &Workflow, row: &program_draft::Model) -> (Option<Program>, Vec<Finding>) {
    if row.retires {
        return (None, Vec::new());
    }
    let number = workflow.programs.get(&row.program).map_or(1, |newest| newest.version + 1);
    // What was published stands under the number that it has.
    let number = match row.state {
        DraftState::Published => u32::try_from(row.number).unwrap_or(number),
        _ => number,
    };
    workflow.programs.look_at(&row.program, number, &row.yaml)
}

/// The program of a draft without errors, but for those with the code `but`.
///
/// # Errors
/// [`Refusal::Draft`] with every other error.
pub(super) fn without_errors(
    workflow: &Workflow,
    row: &program_draft::Model,
    but: Option<&str>,
) -> Result<Program, Refusal> {
    let (program, mut found) = look_at(workflow, row);
    found.retain(|finding| !finding.warning && but != Some(finding.code));
    match program {
        Some(program) if found.is_empty() => Ok(program),
        _ => Err(Refusal::Draft(found)),
    }
}

/// Keeps the text of a draft, right or wrong; one that was proposed is open again.
///
/// # Errors
/// [`Refusal::DraftState`] once it is published or given up, or as [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %ask.draft))]
pub async fn save_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: SaveDraft,
) -> Result<program_draft::Model, CommandError> {
    let (mut row, person) = lock(tx, workflow, actor, (ask.draft, ask.seen)).await?;
    if row.retires || !matches!(row.state, DraftState::Open | DraftState::Proposed) {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    let known = row.is_written_by(person);
    if let (Some(list), false) = (row.written_by.as_array_mut(), known) {
        list.push(json!(person));
    }
    row.yaml = ask.yaml.replace("\r\n", "\n");
    row.state = DraftState::Open;
    row.proposed_by = None;
    may_name_lead(tx, workflow, actor, &row).await?;
    if let Some(newest) = workflow.programs.get(&row.program) {
        row.number = i32::try_from(newest.version + 1).unwrap_or(i32::MAX);
    }
    changed(tx, workflow, actor, row, "program_draft_changed").await
}

/// Gives a draft up.
///
/// # Errors
/// As [`save_draft`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %draft))]
pub async fn discard_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (draft, seen): (ProgramDraftId, Option<i32>),
) -> Result<program_draft::Model, CommandError> {
    let (mut row, person) = lock(tx, workflow, actor, (draft, seen)).await?;
    if !matches!(row.state, DraftState::Open | DraftState::Proposed) {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    row.state = DraftState::Discarded;
    row.decided_by = Some(person);
    changed(tx, workflow, actor, row, "program_draft_discarded").await
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_text_is_given_its_number() {
        let table = [
            ("program: a\nversion: 1\ncode: A\n", "program: a\nversion: 2\ncode: A\n"),
            ("# head\nprogram: a\ncode: A\n", "# head\nprogram: a\nversion: 2\ncode: A\n"),
            ("{\"version\": 1}", "{\"version\": 2}"),
        ];
        for (text, expected) in table {
            assert_eq!(numbered(text, 2), expected);
        }
    }
}

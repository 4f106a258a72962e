//! A step of the applicant's own: what is to be handed in, and until when.

use entities::{TaskId, task};
use workflow::{
    Actor,
    program::{Step, StepKind},
    rules::authority::{Authority, Verb},
    state::CaseState,
};

use super::{
    Reader, Wrong,
    case::Case,
    due, fields, paper_views, progress,
    reader::{words, words_or},
    scope,
};
use crate::{
    Problem,
    read::progress::{OwnStepView, TodoView},
};

/// The step behind one slot of a case of one's own.
///
/// # Errors
/// [`Problem::NotFound`] also when the slot is not theirs or is done; the database's.
pub async fn own_step(
    r: &Reader<'_>,
    actor: Actor,
    (key, task): (&str, TaskId),
    wrong: &Wrong,
) -> Result<OwnStepView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    let case = Case::read(r, file).await?;
    let authority = progress::authority(r, actor).await?;
    let slot = case.state.task(task).ok_or(Problem::NotFound)?;
    let (step, verb) = own(&case, &authority, slot).ok_or(Problem::NotFound)?;
    let wrong = wrong.of_step(step);
    let views = step.form.iter().map(|field| wrong.over(fields::of_step(field, None, &case.looks)));
    Ok(OwnStepView {
        number: case.key(),
        program: case.title(),
        task: slot.id.to_string(),
        version: slot.version,
        title: words_or(step.title.as_ref(), &step.id),
        hint: step.hint.as_ref().map(words),
        verb: verb.to_owned(),
        due: case.state.clock_of(slot.run_id).and_then(|row| due::of_clock(r, row)),
        fields: views.collect(),
        papers: paper_views::of_step(&case, step, slot.run_id, &case.scope(r)),
    })
}

/// What a case asks of its applicant beside the application, in the order of its steps.
pub(super) fn todo(r: &Reader<'_>, case: &Case, authority: &Authority) -> Vec<TodoView> {
    let mine = case.state.tasks.iter().filter_map(|slot| Some((slot, own(case, authority, slot)?)));
    let view = |(slot, (step, _)): (&task::Model, (&Step, _))| TodoView {
        task: slot.id.to_string(),
        title: words_or(step.title.as_ref(), &step.id),
        hint: step.hint.as_ref().map(words),
        due: case.state.clock_of(slot.run_id).and_then(|row| due::of_clock(r, row)),
    };
    mine.map(view).collect()
}

/// The step of a slot that is the applicant's own and open, and by which verb it is done.
fn own<'c>(
    case: &'c Case,
    authority: &Authority,
    slot: &task::Model,
) -> Option<(&'c Step, &'static str)> {
    if !slot.addressed || !CaseState::is_open(slot) || slot.person_id != case.file().subject_id {
        return None;
    }
    let step = case.program.step(&slot.path)?;
    let (verb, name) = match step.kind {
        StepKind::Fill => (Verb::HandIn, "hand-in"),
        StepKind::Receive => (Verb::SignForReceipt, "receive"),
        _ => return None,
    };
    authority.may(verb, &case.state, &case.program, Some(slot)).ok()?;
    Some((step, name))
}

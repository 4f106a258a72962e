//! What keeps somebody from a step whose turn it would be: their own case, four eyes, a tie. Asked
//! of whoever acts, of the one in whose name they act, and of whoever is to receive a slot.

use entities::{PersonId, step_run, task};

use super::{
    authority::Authority, entering::INVOLVED, hand_before::CONSECUTIVE, recusing::KEPT_OUT,
};
use crate::{
    error::{Bar, Refusal},
    program::{Step, StepKind},
    state::CaseState,
};

/// Whether a step says yes or no to the people of a list, or pays them: whoever is near to one of
/// them keeps away. Who only fills the list in does not decide.
pub fn judges_lines(step: &Step) -> bool {
    matches!(step.kind, StepKind::Decide | StepKind::Pay)
}

impl Authority {
    /// Whether nothing keeps a member of staff from the slot: their own case, four eyes, a
    /// conflict. Whose turn it is, is another question.
    ///
    /// # Errors
    /// [`Refusal::NotYours`] with what bars it.
    pub fn not_barred(
        &self,
        state: &CaseState,
        step: &Step,
        task: &task::Model,
    ) -> Result<(), Refusal> {
        self.unbarred(state, step, task, self.actor.person)
    }

    pub(crate) fn unbarred(
        &self,
        state: &CaseState,
        step: &Step,
        task: &task::Model,
        person: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let Some(person) = person else {
            return if task.addressed { Ok(()) } else { Err(Refusal::NotYours(Bar::OtherOffice)) };
        };
        let case = &state.case;
        let bar = |bar| Err(Refusal::NotYours(bar));
        if case.subject_id.is_some_and(|s| s == person || self.acts_for.contains(&s)) {
            return bar(Bar::OwnCase);
        }
        let on_it = |row: &entities::case_row::Model| row.person_id == Some(person);
        if judges_lines(step) && state.lines().any(on_it) {
            return bar(Bar::OwnCase);
        }
        if case.filed_by == self.actor.account {
            return bar(Bar::FiledByYou);
        }
        let signed = |other: &task::Model| other.signed_by == Some(person);
        let parent = state.run(task.run_id).and_then(|run| run.parent_id);
        let counts = |other: &task::Model| state.counts_apart(other, parent);
        let apart = |other: &task::Model| step.apart.iter().any(|id| *id == *other.path);
        if state.tasks.iter().any(|other| signed(other) && apart(other) && counts(other)) {
            return bar(Bar::Apart);
        }
        if state.slots(task.run_id).any(|other| other.id != task.id && signed(other)) {
            return bar(Bar::SignedAlready);
        }
        // Whoever was kept from one step of the case as too near to it is kept from all of it.
        // Of a list that is so for those who decide on it.
        let whole = case.subject_id.is_some() || judges_lines(step);
        let mut runs = state.runs.iter().filter(|run| whole || run.id == task.run_id);
        if runs.any(|run| KEPT_OUT.iter().any(|why| struck(run, why, person))) {
            return bar(Bar::Conflict);
        }
        if state.run(task.run_id).is_some_and(|run| struck(run, INVOLVED, person)) {
            return bar(Bar::Involved);
        }
        if state.run(task.run_id).is_some_and(|run| struck(run, CONSECUTIVE, person)) {
            return bar(Bar::Apart);
        }
        Ok(())
    }
}

/// Whether a person was struck from a step's holders for that reason.
fn struck(run: &step_run::Model, why: &str, person: PersonId) -> bool {
    let list = run.holders.get("struck").and_then(|struck| struck.get(why));
    let people = list.and_then(serde_json::Value::as_array);
    let id = person.to_string();
    people.is_some_and(|people| people.iter().any(|one| one.as_str() == Some(id.as_str())))
}

//! What other cases hear of a change: that a task on their lines is done, that a case they opened
//! has come out, that a unit has had too many red lights.

use std::collections::BTreeMap;

use entities::{CaseId, LetterKind, StepRunId, letter};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::{answer::Writes, counting};
use crate::{
    CommandError, Event,
    calendar::local_date,
    rules::{
        engine::Engine,
        letters::{Answers, objection_in},
    },
    state::CaseState,
};

/// Adds the letters that follow from what `engine` has come to.
///
/// # Errors
/// The database's.
pub(super) async fn letters(
    tx: &DatabaseTransaction,
    before: &CaseState,
    engine: &mut Engine<'_>,
    writes: &mut Writes,
) -> Result<(), CommandError> {
    settled(before, engine);
    given_up(tx, before, engine).await?;
    if engine.events.iter().any(|event| matches!(event, Event::CaseEnded)) {
        answers(tx, engine).await?;
    }
    counting::counts(tx, engine, writes).await
}

/// A task from which a ladder was climbed is done: whoever has it on a line hears of it.
fn settled(before: &CaseState, engine: &mut Engine<'_>) {
    let was_open = before.tasks.iter().filter(|task| CaseState::is_open(task));
    let climbed = |run: StepRunId| {
        let block = before.around(run).any(|block| block.rungs > 0);
        block || before.run(run).is_some_and(|run| run.rungs > 0)
    };
    let over: Vec<_> = was_open
        .filter(|task| climbed(task.run_id))
        .filter(|task| engine.state.task(task.id).is_some_and(|now| !CaseState::is_open(now)))
        .map(|task| (task.run_id, task.id))
        .collect();
    for (run, task) in over {
        let body = json!({ "closed": true, "closed_on": local_date(engine.now) });
        let about = (Some(run), Some(task), None);
        engine.post(LetterKind::Settled, format!("settled/{task}"), about, body);
    }
}

/// A case that stands on the list of another, and does not want the place any more, says so once.
async fn given_up(
    tx: &DatabaseTransaction,
    before: &CaseState,
    engine: &mut Engine<'_>,
) -> Result<(), CommandError> {
    for run in engine.given_up(before) {
        let key = format!("gave_up/{run}");
        let written = letter::Entity::find().filter(letter::Column::Key.eq(&key));
        if written.one(tx).await?.is_none() {
            let body = json!({ "gave_up": true });
            engine.post(LetterKind::Settled, key, (Some(run), None, None), body);
        }
    }
    Ok(())
}

/// The cases that opened this one hear how it came out. An application was opened by nobody.
async fn answers(tx: &DatabaseTransaction, engine: &mut Engine<'_>) -> Result<(), CommandError> {
    let case = &engine.state.case;
    if case.subject_id.is_some() {
        return Ok(());
    }
    let (id, outcome, number) = (case.id, case.outcome, case.number.clone());
    engine.answer_the_rest();
    // Those are told what became of their lines.
    let on_lines: Vec<StepRunId> =
        engine.state.rows.iter().filter_map(|row| row.from_run).collect();
    let asked: Vec<(StepRunId, CaseId, Option<String>)> = letter::Entity::that_opened(id)
        .all(tx)
        .await?
        .into_iter()
        .filter_map(|letter| {
            // Each objection is answered, also where many were examined together.
            let said = objection_in(&letter.key).map(|(_, said)| format!("/{said}"));
            Some((letter.from_run?, letter.from_case, said))
        })
        .filter(|(run, ..)| !on_lines.contains(run))
        .collect();
    for (run, to, said) in asked {
        let number = number.clone();
        let answer = Answers { run, outcome, number, verdict: None, fields: BTreeMap::new() };
        let said = said.unwrap_or_default();
        let key = format!("answer/{id}/{run}/{}{said}", engine.state.case.trail_number);
        let body = serde_json::to_value(answer)?;
        engine.post(LetterKind::Answer, key, (None, None, Some(to)), body);
    }
    Ok(())
}

//! What cases about late work leave in tables of their own: letters, numbers, red lights.

use chrono::{DateTime, Utc};
use entities::{StepRunId, case_file, document_number, letter, red_light, red_light_beside};
use sea_orm::{ColumnTrait, sea_query::Query};

use super::{Batch, Change};
use crate::{
    Job,
    event::{Event, Light},
};

/// Writes what the events say, and gives the jobs that read the letters.
pub(super) fn write(
    batch: &mut Batch,
    file: &case_file::Model,
    change: &Change,
    now: DateTime<Utc>,
) -> Vec<Job> {
    let (mut letters, mut jobs) = (Vec::new(), Vec::new());
    let (mut lights, mut beside) = (Vec::new(), Vec::new());
    let mut turned_back: Vec<StepRunId> = Vec::new();
    for event in &change.events {
        match event {
            Event::LetterSent { letter } => {
                jobs.push(Job::TakeLetter { letter: letter.id });
                letters.push(letter::Model {
                    id: letter.id,
                    key: letter.key.clone(),
                    kind: letter.kind,
                    from_case: file.id,
                    from_run: letter.run,
                    task_id: letter.task,
                    to_case: letter.to,
                    body: letter.body.clone(),
                    sent_at: now,
                    taken_at: None,
                });
            }
            Event::LightChanged { run: Some(run), light: Light::Red } => {
                let mut units = change.after.waits_for(*run).into_iter();
                lights.extend(units.next().map(|unit_id| red_light::Model {
                    run_id: *run,
                    case_id: file.id,
                    unit_id,
                    turned_at: now,
                }));
                beside.extend(units.map(|unit_id| red_light_beside::Model {
                    run_id: *run,
                    unit_id,
                    turned_at: now,
                }));
            }
            // Who asks twice has not asked for all at once: it counts as a step that was late.
            Event::SupplementAllowed { run, unit } => lights.push(red_light::Model {
                run_id: *run,
                case_id: file.id,
                unit_id: *unit,
                turned_at: now,
            }),
            Event::LightChanged { run: Some(run), light: Light::Green } => turned_back.push(*run),
            Event::NumberTaken { unit, word, year, number, text } => {
                batch.insert::<document_number::Entity>(vec![document_number::Model {
                    case_id: file.id,
                    unit_id: *unit,
                    word: word.clone(),
                    year: *year,
                    number: *number,
                    text: text.clone(),
                    taken_at: now,
                }]);
            }
            _ => {}
        }
    }
    batch.insert_once::<letter::Entity>(letters, letter::Column::Key);
    batch.insert_once::<red_light::Entity>(lights, red_light::Column::RunId);
    batch.upsert::<red_light_beside::Entity>(beside);
    if !turned_back.is_empty() {
        let mut gone = Query::delete();
        gone.from_table(red_light::Entity);
        gone.and_where(red_light::Column::RunId.is_in(turned_back.iter().copied()));
        batch.delete(gone);
        let mut gone = Query::delete();
        gone.from_table(red_light_beside::Entity);
        gone.and_where(red_light_beside::Column::RunId.is_in(turned_back));
        batch.delete(gone);
    }
    jobs
}

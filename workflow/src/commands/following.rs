//! What other cases hear of a change: that a task on their lines is done, that a case they opened
//! has come out, that a unit has had too many red lights.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use entities::{CaseId, LetterKind, StepRunId, letter, red_light};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::answer::Writes;
use crate::{
    CommandError, Event,
    calendar::{instant, local_date},
    event::Light,
    program::{Light as Counted, shared::RungDoes},
    rules::{engine::Engine, letters::Answers, rungs::count_key},
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
    counts(tx, engine, writes).await
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
    let asked: Vec<(StepRunId, CaseId)> = letter::Entity::that_opened(id)
        .all(tx)
        .await?
        .into_iter()
        .filter_map(|letter| Some((letter.from_run?, letter.from_case)))
        .filter(|(run, _)| !on_lines.contains(run))
        .collect();
    for (run, to) in asked {
        let number = number.clone();
        let answer = Answers { run, outcome, number, verdict: None, fields: BTreeMap::new() };
        let key = format!("answer/{id}/{run}/{}", engine.state.case.trail_number);
        let body = serde_json::to_value(answer)?;
        engine.post(LetterKind::Answer, key, (None, None, Some(to)), body);
    }
    Ok(())
}

/// Red lights of a unit are counted; the one that makes it too many opens a case, once in the
/// period. Two workers that turn a light at once may both count too few: then the next one does it.
async fn counts(
    tx: &DatabaseTransaction,
    engine: &mut Engine<'_>,
    writes: &mut Writes,
) -> Result<(), CommandError> {
    let turned = engine.events.iter().filter_map(|event| match event {
        Event::LightChanged { run: Some(run), light: Light::Red } => Some(*run),
        _ => None,
    });
    let runs: Vec<StepRunId> = turned.collect();
    for run in runs {
        let unit = engine.state.run(run).and_then(|run| run.unit_id);
        let Some(unit) = unit.filter(|unit| !engine.facts.organisation.is_outside(*unit)) else {
            continue;
        };
        let counts = engine.facts.shared().counts.clone();
        let waiting = writes.red.entry(unit).or_default();
        let other = *waiting;
        *waiting += 1;
        for (name, rule) in counts {
            if rule.count != Counted::Red || rule.what != RungDoes::Open {
                continue;
            }
            let (from, period) = quarter(engine.now);
            // No more of them are looked at than make a difference.
            let before = red_light::Entity::find()
                .filter(red_light::Column::UnitId.eq(unit))
                .filter(red_light::Column::TurnedAt.gte(from))
                .filter(red_light::Column::RunId.ne(run))
                .select_only()
                .column(red_light::Column::RunId)
                .limit(u64::from(rule.reach))
                .into_tuple::<StepRunId>()
                .all(tx)
                .await?;
            let reach = rule.reach as usize;
            if writes.held || before.len() + other + 1 < reach {
                continue;
            }
            // Once in the period: not if the letter has been written, nor if it is about to be.
            let key = count_key(&name, unit, &period);
            let written = letter::Entity::find().filter(letter::Column::Key.eq(&key));
            if writes.counted.insert(key) && written.one(tx).await?.is_none() {
                engine.count_reached((&name, &period, &rule), (run, unit));
            }
        }
    }
    Ok(())
}

/// The first moment of the quarter, and its name: `2018Q3`.
fn quarter(now: DateTime<Utc>) -> (DateTime<Utc>, String) {
    let today = local_date(now);
    let quarter = today.month0() / 3;
    let first = NaiveDate::from_ymd_opt(today.year(), quarter * 3 + 1, 1).unwrap_or(today);
    (instant(first, NaiveTime::MIN), format!("{}Q{}", today.year(), quarter + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_begins_at_midnight_in_the_zone_of_the_offices() {
        let table = [
            ("2018-09-30T15:59:59Z", "2018Q3"),
            ("2018-09-30T16:00:00Z", "2018Q4"),
            ("2018-12-31T16:00:00Z", "2019Q1"),
        ];
        for (at, name) in table {
            assert_eq!(quarter(at.parse().unwrap()).1, name);
        }
        assert_eq!(
            quarter("2018-09-10T02:00:00Z".parse().unwrap()).0.to_rfc3339(),
            "2018-06-30T16:00:00+00:00"
        );
    }
}

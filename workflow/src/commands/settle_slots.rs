//! After somebody has left, or a unit has closed: what lies with nobody goes where somebody can
//! take it, case by case. Takes no input and may run anywhere, twice.

use chrono::{DateTime, TimeDelta, Utc};
use entities::CaseId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, Value};

use super::{
    answer::{Done, finish},
    document_number, passed_on, unroutable,
};
use crate::{
    CommandError, Event, Workflow,
    calendar::local_date,
    event::How,
    load,
    organise::{settle_leavers, take_marks, take_names},
    record::{self, Recorded},
    rules::{engine::Engine, selecting},
    state::CaseState,
    tx,
};

/// Cases of one look.
const MOST: i32 = 500;

/// So long after an appointment has ended its unit is looked at.
const WATCHED: TimeDelta = TimeDelta::days(30);

/// Slots in closed units; what was taken by somebody who has the duty no longer, or was delegated
/// by such a one; pools in which the end of an appointment has left nobody, or only who was struck
/// from them; what was meant for one person who has left; and what somebody took in the name of
/// another, in which they act no longer. What nobody can take anywhere is found each time.
const STRAY: &str = "
    SELECT task.case_id AS id FROM task JOIN unit ON unit.id = task.unit_id
        WHERE unit.to_on IS NOT NULL AND unit.successor_id IS NOT NULL
            AND task.state IN ('waiting', 'open', 'claimed')
    UNION
    SELECT task.case_id AS id FROM appointment ended
        JOIN task ON task.unit_id = ended.unit_id AND task.duty = ended.duty
        JOIN step_run ON step_run.id = task.run_id
        WHERE ended.to_at <= $1 AND ended.to_at > $2
            AND (NOT task.addressed OR ended.person_id = task.person_id)
            AND (task.state IN ('open', 'claimed') OR (task.addressed AND task.state = 'waiting'))
            AND NOT EXISTS (SELECT 1 FROM appointment held
                WHERE held.unit_id = ended.unit_id AND held.duty = ended.duty
                    AND held.from_at <= $1 AND (held.to_at IS NULL OR held.to_at > $1)
                    AND REPLACE(COALESCE(CAST(step_run.holders->'struck' AS TEXT), ''), '-', '')
                        NOT LIKE '%' || {held} || '%'
                    AND (task.person_id IS NULL OR task.person_id = held.person_id)
                    AND (task.owner_id IS NULL OR task.owner_id = held.person_id
                        OR EXISTS (SELECT 1 FROM appointment own
                            WHERE own.person_id = task.owner_id AND own.unit_id = ended.unit_id
                                AND own.duty = ended.duty AND own.from_at <= $1
                                AND (own.to_at IS NULL OR own.to_at > $1))))
    UNION
    SELECT task.case_id AS id FROM substitution gone
        JOIN task ON task.person_id = gone.substitute_id
        WHERE (gone.ended_at > $2 OR (gone.to_at <= $1 AND gone.to_at > $2))
            AND task.state IN ('open', 'claimed')
            AND NOT EXISTS (SELECT 1 FROM appointment held
                WHERE held.unit_id = task.unit_id AND held.duty = task.duty
                    AND held.from_at <= $1 AND (held.to_at IS NULL OR held.to_at > $1)
                    AND (held.person_id = task.person_id
                        OR EXISTS (SELECT 1 FROM substitution acts
                            WHERE acts.person_id = held.person_id
                                AND acts.substitute_id = task.person_id
                                AND acts.from_at <= $1 AND acts.to_at > $1
                                AND acts.ended_at IS NULL)))
    ORDER BY id LIMIT $3";

/// The cases that have a slot which lies with nobody, in the order of their ids.
///
/// # Errors
/// The database's.
pub async fn stray_cases(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<CaseId>, DbErr> {
    let values = [Value::from(now), Value::from(now - WATCHED), Value::from(MOST)];
    let backend = db.get_database_backend();
    // A person's id as it stands in the lists of a step, without its hyphens.
    let held = match backend {
        DbBackend::Postgres => "REPLACE(CAST(held.person_id AS TEXT), '-', '')",
        _ => "LOWER(HEX(held.person_id))",
    };
    let asked = Statement::from_sql_and_values(backend, STRAY.replace("{held}", held), values);
    let rows = db.query_all_raw(asked).await?;
    rows.iter().map(|row| row.try_get::<CaseId>("", "id")).collect()
}

/// Gives back and moves on what lies with nobody in one case; what nobody can take anywhere is told
/// to whoever stands above, once.
///
/// # Errors
/// [`crate::Refusal::NotFound`], or the database's.
#[tracing::instrument(skip_all, fields(case.id = %case))]
pub async fn settle_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Done, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    if !before.is_live() {
        return Ok(Done::new(&CaseState::new(before.case), Recorded::default()));
    }
    let lists = selecting::lists(&*load::program(workflow, &before.case)?);
    if !lists.is_empty() {
        // A list that is closed by it counts the seats that others have taken.
        record::hold_lists(tx, &lists).await?;
    }
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let nowhere = engine.reseat_all(How::HandedOver);
    let jobs = unroutable::tell(tx, (now, machine), &engine, &nowhere).await?;
    let closed = closed_by(&engine);
    for path in &closed {
        document_number::take(tx, &mut engine, path).await?;
    }
    if engine.events.is_empty() {
        let recorded = Recorded { jobs, ..Recorded::default() };
        return Ok(Done::new(&CaseState::new(before.case), recorded));
    }
    let mut told = std::collections::BTreeMap::new();
    for (person, line) in passed_on::lines(&before, &engine) {
        told.entry(person).or_insert_with(Vec::new).push(line);
    }
    let goes_on = (!closed.is_empty()).then_some(true);
    let mut done =
        finish(tx, &before, engine, (None, machine), |change| change.routing = goes_on).await?;
    let why = format!("settled/{case}");
    done.recorded.jobs.extend(jobs);
    done.recorded.jobs.extend(passed_on::tell(tx, (now, machine), &why, told).await?);
    Ok(done)
}

/// The steps that the signatures of those who are left have closed.
pub(super) fn closed_by(engine: &Engine<'_>) -> Vec<String> {
    let closed = engine.events.iter().filter_map(|event| match event {
        Event::StepClosed { run, .. } => engine.state.run(*run).map(|row| row.path.clone()),
        _ => None,
    });
    closed.collect()
}

/// Takes the names and the marks that have begun, ends what hangs on duties that are over, and
/// settles all cases, each in a transaction of its own. One that fails holds up no other. Returns
/// how many were looked at.
///
/// # Errors
/// The database's, when it cannot be looked at.
pub async fn settle_slots(workflow: &Workflow) -> Result<usize, DbErr> {
    let now = workflow.clock.now();
    let today = local_date(now);
    tx::write(&workflow.store, async |tx| {
        take_names(tx, today).await?;
        take_marks(tx, today).await
    })
    .await?;
    settle_leavers(workflow).await?;
    let cases = stray_cases(workflow.store.read(), now).await?;
    let count = cases.len();
    for case in cases {
        let settled = tx::write(&workflow.store, async |tx| settle_case(tx, workflow, case).await);
        match settled.await {
            Ok(done) => workflow.wake.hand(&done.recorded.jobs),
            Err(error) => tracing::error!(case.id = %case, %error, "a case was not settled"),
        }
    }
    Ok(count)
}

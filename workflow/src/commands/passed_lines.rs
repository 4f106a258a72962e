//! Lines of digests go with the work: whoever has it now reads them, and nobody else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{
    CaseId, DigestLineId, PersonId, RunKind, RunState, StepRunId, TaskState, appointment,
    digest_line, step_run, task,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use crate::{
    event::Event,
    load::{IDS, padded},
    program::Word,
    rules::{
        engine::Engine,
        recipients::{AS_HOLDER, is_marked},
    },
};

/// Which step a line is about.
pub(super) fn run_of(line: &digest_line::Model) -> Option<StepRunId> {
    serde_json::from_value(line.params.get("run")?.clone()).ok()
}

/// Whether a line is for whoever holds its step, and for no other reason.
pub(super) fn is_holders(line: &digest_line::Model) -> bool {
    is_marked(&line.params, AS_HOLDER)
}

/// Work has passed into other hands: what waits to be told of it is told to them. What was told to
/// whoever had it before falls away when their digest is written.
pub(super) async fn of(
    tx: &DatabaseTransaction,
    engine: &Engine<'_>,
) -> Result<Vec<digest_line::Model>, DbErr> {
    let moved = engine.events.iter().filter_map(|event| match event {
        Event::TaskMoved { task, .. } | Event::TaskReleased { task } => engine.state.task(*task),
        _ => None,
    });
    // With the blocks around it, whose time it may be.
    let moved: BTreeSet<StepRunId> = moved
        .flat_map(|slot| {
            let around = engine.state.around(slot.run_id).map(|block| block.id);
            std::iter::once(slot.run_id).chain(around)
        })
        .collect();
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    let waiting = digest_line::Entity::waiting()
        .filter(digest_line::Column::CaseId.eq(engine.state.case.id))
        .all(tx)
        .await?;
    let mut newest: BTreeMap<StepRunId, &digest_line::Model> = BTreeMap::new();
    for line in waiting.iter().filter(|line| is_holders(line)) {
        let Some(run) = run_of(line).filter(|run| moved.contains(run)) else { continue };
        let known = newest.entry(run).or_insert(line);
        if line.id > known.id {
            *known = line;
        }
    }
    let mut lines = Vec::new();
    for (run, line) in newest {
        let Some(row) = engine.state.run(run) else { continue };
        let has = |person: PersonId| {
            waiting.iter().any(|line| line.person_id == person && run_of(line) == Some(run))
        };
        for (person, _) in engine.people_for(row, &Word::new("holder")) {
            if !has(person) {
                lines.push(digest_line::Model {
                    id: DigestLineId::at(engine.now),
                    dedupe_key: format!("{}/{person}", line.dedupe_key),
                    person_id: person,
                    ..line.clone()
                });
            }
        }
    }
    Ok(lines)
}

/// Those of `runs` that are open, and those of them that `person` may sign now.
pub(super) struct Open {
    pub(super) all: BTreeSet<StepRunId>,
    pub(super) held: BTreeSet<StepRunId>,
}

impl Open {
    pub(super) async fn of(
        tx: &DatabaseTransaction,
        runs: &[StepRunId],
        (person, now): (PersonId, DateTime<Utc>),
    ) -> Result<Self, DbErr> {
        let has = appointment::Entity::used_by(person, now).all(tx).await?;
        let may = |slot: &task::Model| match slot.person_id {
            Some(holder) => {
                holder == person
                    || has.iter().any(|held| slot.addressed && held.person_id == holder)
            }
            None => has.iter().any(|held| (held.unit_id, held.duty) == (slot.unit_id, slot.duty)),
        };
        let mut open = Self { all: BTreeSet::new(), held: BTreeSet::new() };
        for some in runs.chunks(IDS) {
            let found = step_run::Entity::find()
                .filter(step_run::Column::Id.is_in(padded(some)))
                .filter(step_run::Column::State.eq(RunState::Open))
                .all(tx)
                .await?;
            let cases: Vec<CaseId> = found.iter().map(|run| run.case_id).collect();
            let slots = task::Entity::find()
                .filter(task::Column::CaseId.is_in(padded(&cases)))
                .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
                .all(tx)
                .await?;
            for run in &found {
                let inside = |slot: &&task::Model| match run.kind {
                    RunKind::Block => slot.case_id == run.case_id,
                    _ => slot.run_id == run.id,
                };
                let mut own = slots.iter().filter(inside).peekable();
                // What nobody signs, such as a wait, is its office's.
                if own.peek().is_none() || own.any(may) {
                    open.held.insert(run.id);
                }
            }
            open.all.extend(found.into_iter().map(|run| run.id));
        }
        Ok(open)
    }
}

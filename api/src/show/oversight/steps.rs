//! The open steps of one unit, what is due first first.

use std::collections::{BTreeMap, BTreeSet};

use entities::{CaseId, StepRunId, TaskState, case_file, step_run, task, unit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait,
};
use workflow::{Actor, rules::held::PAUSED};

use crate::{
    Problem,
    read::{Light, Words, oversight::StepRow},
    show::{
        Reader,
        queue_pages::{key, key_text},
        queue_rows::row_due,
        reader::{words, words_or},
        scope,
    },
};

/// Steps of one page.
const PAGE: usize = 20;

/// One page of them, and the key of the next.
pub(super) async fn steps(
    r: &Reader<'_>,
    actor: Actor,
    unit: &unit::Model,
    after: Option<&str>,
) -> Result<(Vec<StepRow>, Option<String>), Problem> {
    let after = after.filter(|key| !key.is_empty()).map(key).transpose()?;
    let mut query = task::Entity::find()
        .filter(task::Column::UnitId.eq(unit.id))
        .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]));
    if let Some((at, id)) = after {
        let same = task::Column::DueAt.eq(at).and(task::Column::Id.gt(id));
        let later = Condition::any().add(task::Column::DueAt.gt(at)).add(same);
        let none = task::Column::DueAt.is_null();
        let none = if at.is_some() { none } else { none.and(task::Column::Id.gt(id)) };
        query = query.filter(later.add(none));
    }
    let mut tasks = query
        .order_by(task::Column::DueAt.is_null(), sea_orm::Order::Asc)
        .order_by_asc(task::Column::DueAt)
        .order_by_asc(task::Column::Id)
        .limit(u64::try_from(PAGE + 1).unwrap_or(u64::MAX))
        .all(r.db())
        .await?;
    let more = tasks.len() > PAGE;
    tasks.truncate(PAGE);
    let next = tasks.last().filter(|_| more).map(|row| key_text(row.due_at, row.id));
    let ids: BTreeSet<CaseId> = tasks.iter().map(|row| row.case_id).collect();
    let cases = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids));
    let cases: BTreeMap<CaseId, case_file::Model> =
        cases.all(r.db()).await?.into_iter().map(|row| (row.id, row)).collect();
    let runs = step_run::Entity::find()
        .filter(step_run::Column::Id.is_in(tasks.iter().map(|row| row.run_id)))
        .filter(step_run::Column::Reason.eq(PAUSED));
    let paused: BTreeSet<StepRunId> =
        runs.all(r.db()).await?.into_iter().map(|run| run.id).collect();
    // Several slots of one step are one step of the unit.
    let mut seen: BTreeSet<StepRunId> = BTreeSet::new();
    let mut rows = Vec::with_capacity(tasks.len());
    for task in tasks {
        let Some(case) = cases.get(&task.case_id) else { continue };
        let own = task.addressed && task.person_id.is_some() && task.person_id == case.subject_id;
        if own || !seen.insert(task.run_id) {
            continue;
        }
        let mut row = row(r, &task, case);
        if let Some(due) = &mut row.due {
            if paused.contains(&task.run_id) {
                due.light = Light::Stopped;
            }
            if unit.level == entities::Level::Outside && due.light == Light::Red {
                due.light = Light::Amber;
            }
        }
        if scope::is_ours(r, actor, case).await? {
            row.task = Some(task.id.to_string());
        }
        rows.push(row);
    }
    Ok((rows, next))
}

fn row(r: &Reader<'_>, task: &task::Model, case: &case_file::Model) -> StepRow {
    let programs = &r.workflow.programs;
    let program = programs.by_hash(&case.program_hash).or_else(|| programs.get(&case.program));
    let step = program.as_ref().and_then(|program| program.step(&task.path));
    let title = program.as_ref().map(|program| words(&program.title));
    StepRow {
        number: case.number.clone().unwrap_or_default(),
        program: title.unwrap_or_else(|| Words::chinese(case.program.clone())),
        step: words_or(step.and_then(|step| step.title.as_ref()), &task.path),
        opened_at: task.opened_at,
        due: task.due_at.map(|at| row_due(r, (task.opened_at, at), case.supplementing)),
        task: None,
    }
}

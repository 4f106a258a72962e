//! Case by case: what belongs to one is read together, some cases at a time.

use std::collections::{BTreeMap, BTreeSet};

use entities::{
    CaseId, Phase, Stream, UnitId, account, appointment, case_file, outbox, step_run, task, timer,
    trail, unit,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{Check, Look, Reach, Report, Why, call, clocks, holders, told};
use crate::{CommandError, Job, JobKind, Workflow, load, program::Program, state::CaseState};

/// Cases that are in memory at once.
const BATCH: u64 = 64;

/// One case with all that the checks look at.
pub(super) struct Case<'a> {
    pub(super) state: &'a CaseState,
    /// None where only a newer process knows its version.
    pub(super) program: Option<&'a Program>,
    /// Its timers that have not fired.
    pub(super) timers: &'a [timer::Model],
    /// Its stream, in order.
    pub(super) trail: &'a [trail::Model],
    /// Jobs that let it go on and are not done.
    pub(super) routing: usize,
    pub(super) units: &'a BTreeMap<UnitId, unit::Model>,
    /// Who holds what in those units now.
    pub(super) appointments: &'a [appointment::Model],
}

impl Case<'_> {
    pub(super) fn name(&self) -> String {
        call(&self.state.case)
    }

    /// Somebody has spoken, or is asked to: what it looks like is about to change.
    pub(super) fn is_between(&self) -> bool {
        self.state.case.routing || self.state.case.supplementing || self.state.case.suspended
    }
}

/// A step and its round.
pub(super) fn step(run: &step_run::Model) -> String {
    format!("{} #{}", run.path, run.round)
}

/// All cases that are within reach.
pub(super) async fn walk(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (look, reach): (&Look, Reach),
    report: &mut Report,
) -> Result<(), CommandError> {
    let mut last: Option<CaseId> = None;
    loop {
        let mut query = case_file::Entity::find()
            .filter(case_file::Column::Phase.ne(Phase::Draft))
            .order_by_asc(case_file::Column::Id)
            .limit(BATCH);
        if let Some(last) = last {
            query = query.filter(case_file::Column::Id.gt(last));
        }
        if let Reach::UnderWay(most) = reach {
            query = query.filter(case_file::Column::Phase.ne(Phase::Ended));
            report.whole = false;
            if report.cases >= most {
                return Ok(());
            }
        }
        let files = query.all(tx).await?;
        let Some(end) = files.last() else { return Ok(()) };
        last = Some(end.id);
        some(tx, workflow, (look, files), report).await?;
    }
}

async fn some(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (look, files): (&Look, Vec<case_file::Model>),
    report: &mut Report,
) -> Result<(), CommandError> {
    let ids: Vec<CaseId> = files.iter().map(|file| file.id).collect();
    let states = load::states(tx, files).await?;
    let timers = timer::Entity::find()
        .filter(timer::Column::CaseId.is_in(load::padded(&ids)))
        .filter(timer::Column::FiredAt.is_null());
    let timers = load::grouped(timers.all(tx).await?, |row| row.case_id);
    let streams: Vec<_> = ids.iter().map(|id| id.0).collect();
    let trail = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Case))
        .filter(trail::Column::StreamId.is_in(load::padded(&streams)))
        .order_by_asc(trail::Column::StreamId)
        .order_by_asc(trail::Column::Number);
    let trail = load::grouped(trail.all(tx).await?, |row| row.stream_id);
    let jobs = outbox::Entity::not_done()
        .filter(outbox::Column::CaseId.is_in(load::padded(&ids)))
        .filter(outbox::Column::Kind.eq(JobKind::Routing.stored()));
    let jobs = load::grouped(jobs.all(tx).await?, |row| row.case_id);
    let open = |state: &CaseState| {
        let open = state.tasks.iter().filter(|task| CaseState::is_open(task));
        open.map(|task: &task::Model| task.unit_id).collect::<Vec<_>>()
    };
    let mut at: Vec<UnitId> = states.iter().flat_map(open).collect();
    at.sort();
    at.dedup();
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(load::padded(&at)));
    let units = units.all(tx).await?.into_iter().map(|unit| (unit.id, unit)).collect();
    let mut appointments =
        appointment::Entity::in_units(load::padded(&at), look.now).all(tx).await?;
    // Whoever cannot sign in takes nothing.
    let people: Vec<_> = appointments.iter().map(|held| held.person_id).collect();
    let locked = account::Entity::locked(load::padded(&people)).all(tx).await?;
    let locked: BTreeSet<_> = locked.into_iter().filter_map(|account| account.person_id).collect();
    appointments.retain(|held| !locked.contains(&held.person_id));
    for state in &states {
        let id = state.case.id;
        let program = workflow.programs.by_hash(&state.case.program_hash);
        let case = Case {
            state,
            program: program.as_deref(),
            timers: timers.get(&id).map_or(&[], Vec::as_slice),
            trail: trail.get(&id.0).map_or(&[], Vec::as_slice),
            routing: jobs.get(&Some(id)).map_or(0, Vec::len),
            units: &units,
            appointments: &appointments,
        };
        report.cases += 1;
        goes_on(&case, report);
        clocks::armed(&case, look, report);
        clocks::stops(&case, report);
        clocks::timers(&case, look, report);
        holders::check(&case, report);
        told::check(&case, (workflow, look), report);
    }
    Ok(())
}

/// A case on which somebody has spoken has one job that lets it go on.
fn goes_on(case: &Case<'_>, report: &mut Report) {
    report.looked(Check::Jobs);
    if case.state.case.routing && case.routing == 0 {
        let job = Job::RouteCase { case: case.state.case.id };
        report.found(Check::Jobs, Why::NoJob, case.name(), job.kind());
    }
}

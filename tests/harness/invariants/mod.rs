//! What must hold whatever has happened: read from the database and the mail server, after
//! every fault. Each finding names its invariant and its case.
//!
//! A check reads while processes may still write, in one transaction where the database can keep
//! it still; what is only true at rest is asked for by [`Demand::at_rest`].

mod at_rest;
mod cases;
mod decisions;
mod letters;
mod payments;
mod structure;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    CaseId, NoticeId, OutboxId, PersonId, TaskId, UnitId, appointment, award_line, case_file,
    clock, notice, outbox, paper, payment, person, program_version, step_run, substitution, task,
    timer, trail, unit,
};
use sea_orm::{AccessMode, EntityTrait, IsolationLevel, QueryOrder, TransactionTrait};

use super::{smtp::Received, world::World};

/// What the callers know, and what the fault excuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    /// Cases whose submission was answered with a yes.
    pub(crate) handed_in: Vec<CaseId>,
    /// Decisions that were answered with a yes, and who decided.
    pub(crate) decided: Vec<(TaskId, PersonId)>,
    /// Decisions that were answered with a no: these did not happen.
    pub(crate) refused: Vec<(TaskId, PersonId)>,
    /// Whether nothing is under way any more.
    pub(crate) at_rest: bool,
    /// Letters that a death between the sending and the mark may have doubled.
    pub(crate) doubled: usize,
    /// Jobs that were made to die too often.
    pub(crate) quarantined: usize,
    /// What the mail server has got; none where there is none.
    pub(crate) letters: Option<Vec<Received>>,
}

/// All that the checks look at.
struct Seen {
    now: DateTime<Utc>,
    cases: Vec<case_file::Model>,
    runs: BTreeMap<CaseId, Vec<step_run::Model>>,
    tasks: BTreeMap<CaseId, Vec<task::Model>>,
    clocks: BTreeMap<CaseId, Vec<clock::Model>>,
    timers: Vec<timer::Model>,
    trail: Vec<trail::Model>,
    jobs: BTreeMap<OutboxId, outbox::Model>,
    notices: BTreeMap<NoticeId, notice::Model>,
    lines: BTreeMap<CaseId, Vec<award_line::Model>>,
    payments: BTreeMap<CaseId, Vec<payment::Model>>,
    papers: Vec<paper::Model>,
    people: BTreeMap<PersonId, person::Model>,
    appointments: Vec<appointment::Model>,
    substitutions: Vec<substitution::Model>,
    units: BTreeMap<UnitId, unit::Model>,
    versions: Vec<program_version::Model>,
}

/// What is wrong, line by line.
#[derive(Default)]
pub(super) struct Findings(Vec<String>);

impl Findings {
    /// Notes that `invariant` does not hold for `what`.
    fn unless(&mut self, holds: bool, invariant: &str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(format!("{invariant}: {}", what()));
        }
    }
}

/// Fails with everything that does not hold.
pub(crate) async fn must_hold(world: &World, demand: &Demand) {
    let found = findings(world, demand).await;
    assert!(found.is_empty(), "{} invariant(s) broken:\n{}", found.len(), found.join("\n"));
}

/// Everything that does not hold.
pub(crate) async fn findings(world: &World, demand: &Demand) -> Vec<String> {
    let seen = Seen::read(world).await;
    let mut found = Findings::default();
    cases::check(&mut found, &seen, demand);
    decisions::check(&mut found, &seen, demand);
    payments::check(&mut found, &seen);
    structure::check(&mut found, &seen, world, demand);
    if demand.at_rest {
        at_rest::check(&mut found, &seen, demand);
    }
    if let Some(letters) = &demand.letters {
        letters::check(&mut found, &seen, demand, letters);
    }
    found.0
}

impl Seen {
    async fn read(world: &World) -> Self {
        let store = world.workflow.store.read();
        // A snapshot on PostgreSQL; on SQLite every transaction is one.
        let still = match store.get_database_backend() {
            sea_orm::DbBackend::Postgres => Some(IsolationLevel::RepeatableRead),
            _ => None,
        };
        let access = still.map(|_| AccessMode::ReadOnly);
        let tx = store.begin_with_config(still, access).await.unwrap();
        let db = &tx;
        let runs = step_run::Entity::find().order_by_asc(step_run::Column::Position);
        let tasks =
            task::Entity::find().order_by_asc(task::Column::Place).order_by_asc(task::Column::Id);
        let trail = trail::Entity::find()
            .order_by_asc(trail::Column::Stream)
            .order_by_asc(trail::Column::StreamId)
            .order_by_asc(trail::Column::Number);
        let jobs = outbox::Entity::find().all(db).await.unwrap();
        let notices = notice::Entity::find().all(db).await.unwrap();
        let people = person::Entity::find().all(db).await.unwrap();
        let units = unit::Entity::find().all(db).await.unwrap();
        Self {
            now: world.workflow.clock.now(),
            cases: case_file::Entity::find().all(db).await.unwrap(),
            runs: by_case(runs.all(db).await.unwrap(), |row| row.case_id),
            tasks: by_case(tasks.all(db).await.unwrap(), |row| row.case_id),
            clocks: by_case(clock::Entity::find().all(db).await.unwrap(), |row| row.case_id),
            timers: timer::Entity::find().all(db).await.unwrap(),
            trail: trail.all(db).await.unwrap(),
            jobs: jobs.into_iter().map(|row| (row.id, row)).collect(),
            notices: notices.into_iter().map(|row| (row.id, row)).collect(),
            lines: by_case(award_line::Entity::find().all(db).await.unwrap(), |row| row.case_id),
            payments: by_case(payment::Entity::find().all(db).await.unwrap(), |row| row.case_id),
            papers: paper::Entity::find().all(db).await.unwrap(),
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            appointments: appointment::Entity::find().all(db).await.unwrap(),
            substitutions: substitution::Entity::find().all(db).await.unwrap(),
            units: units.into_iter().map(|row| (row.id, row)).collect(),
            versions: program_version::Entity::find().all(db).await.unwrap(),
        }
    }

    fn runs(&self, case: CaseId) -> &[step_run::Model] {
        self.runs.get(&case).map_or(&[], Vec::as_slice)
    }

    fn tasks(&self, case: CaseId) -> &[task::Model] {
        self.tasks.get(&case).map_or(&[], Vec::as_slice)
    }

    fn case(&self, case: CaseId) -> Option<&case_file::Model> {
        self.cases.iter().find(|row| row.id == case)
    }

    /// A task and where it stands, in words.
    fn name(&self, task: &task::Model) -> String {
        let number = self.case(task.case_id).and_then(|case| case.number.clone());
        let unit = self.units.get(&task.unit_id).map_or("", |unit| unit.name_en.as_str());
        format!("{} {} of {unit} ({})", number.unwrap_or_default(), task.path, task.id)
    }
}

fn by_case<T>(rows: Vec<T>, case: impl Fn(&T) -> CaseId) -> BTreeMap<CaseId, Vec<T>> {
    let mut sorted: BTreeMap<CaseId, Vec<T>> = BTreeMap::new();
    for row in rows {
        sorted.entry(case(&row)).or_default().push(row);
    }
    sorted
}

/// How a case is called: its number, or its id while it has none.
fn call(case: &case_file::Model) -> String {
    case.number.clone().unwrap_or_else(|| case.id.to_string())
}

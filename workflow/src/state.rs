//! A case as the rules see it: its rows, in memory, and what an event makes of them.

use chrono::{DateTime, Utc};
use entities::{
    ClockId, ClockKind, Phase, RunKind, RunState, StepRunId, TaskId, TaskState, Verdict, case_file,
    clock, step_run, task,
};

/// One case: its file, the rounds of its steps, their slots, its clocks.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseState {
    /// The case's own row.
    pub case: case_file::Model,
    /// In the order in which they were entered.
    pub runs: Vec<step_run::Model>,
    /// All slots of all runs.
    pub tasks: Vec<task::Model>,
    /// Of steps and of the case.
    pub clocks: Vec<clock::Model>,
}

impl CaseState {
    /// A case without history.
    pub fn new(case: case_file::Model) -> Self {
        Self { case, runs: Vec::new(), tasks: Vec::new(), clocks: Vec::new() }
    }

    /// One run.
    pub fn run(&self, id: StepRunId) -> Option<&step_run::Model> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// One slot.
    pub fn task(&self, id: TaskId) -> Option<&task::Model> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The latest run of `path` inside `parent` that still counts.
    pub fn current(&self, path: &str, parent: Option<StepRunId>) -> Option<&step_run::Model> {
        self.runs
            .iter()
            .rev()
            .find(|run| run.path == path && run.parent_id == parent && run.state != RunState::Void)
    }

    /// The latest run of `path` anywhere that still counts.
    pub fn latest(&self, path: &str) -> Option<&step_run::Model> {
        self.runs.iter().rev().find(|run| run.path == path && run.state != RunState::Void)
    }

    /// How many rounds of `path` there have been.
    pub fn rounds(&self, path: &str) -> i32 {
        self.runs.iter().filter(|run| run.path == path).map(|run| run.round).max().unwrap_or(0)
    }

    /// Steps that somebody holds now, or that wait for their day; blocks are not steps.
    pub fn open_runs(&self) -> impl Iterator<Item = &step_run::Model> {
        self.runs.iter().filter(|run| {
            run.kind != RunKind::Block && matches!(run.state, RunState::Open | RunState::Waiting)
        })
    }

    /// The slots of one run, in order.
    pub fn slots(&self, run: StepRunId) -> impl Iterator<Item = &task::Model> {
        self.tasks.iter().filter(move |task| task.run_id == run)
    }

    /// The clock of one run.
    pub fn clock_of(&self, run: StepRunId) -> Option<&clock::Model> {
        self.clocks.iter().rev().find(|clock| clock.run_id == Some(run))
    }

    /// A clock of the case itself.
    pub fn case_clock(&self, kind: ClockKind) -> Option<&clock::Model> {
        self.clocks.iter().find(|clock| clock.run_id.is_none() && clock.kind == kind)
    }

    /// One clock.
    pub fn clock(&self, id: ClockId) -> Option<&clock::Model> {
        self.clocks.iter().find(|clock| clock.id == id)
    }

    /// Whether the case may still be decided, paid or answered.
    pub fn is_live(&self) -> bool {
        matches!(self.case.phase, Phase::Filed | Phase::Running | Phase::After)
    }

    /// The verdict of a step as expressions see it: of the latest round that counts.
    pub fn verdict(&self, path: &str) -> Option<Verdict> {
        self.latest(path).and_then(|run| run.verdict)
    }

    /// When the latest round of a step that counts was closed.
    pub fn closed_at(&self, path: &str) -> Option<DateTime<Utc>> {
        self.latest(path).and_then(|run| run.closed_at)
    }

    /// A slot that can be signed now.
    pub fn is_open(task: &task::Model) -> bool {
        matches!(task.state, TaskState::Open | TaskState::Claimed)
    }
}

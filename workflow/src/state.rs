//! A case as the rules see it: its rows, in memory, and what an event makes of them.

use chrono::{DateTime, Utc};
use entities::{
    Added, ClockId, ClockKind, PersonId, Phase, RowState, RunKind, RunState, StepRunId, TaskId,
    TaskState, UnitId, Verdict, case_file, case_row, clock, step_run, task,
};

use crate::program::{Step, Take};

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
    /// Its lines, if it is a case that has some.
    pub rows: Vec<case_row::Model>,
}

impl CaseState {
    /// A case without history.
    pub fn new(case: case_file::Model) -> Self {
        Self { case, runs: Vec::new(), tasks: Vec::new(), clocks: Vec::new(), rows: Vec::new() }
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

    /// How many rounds of `path` there have been in one thread.
    pub fn rounds(&self, path: &str, thread: &str) -> i32 {
        let of = |run: &&step_run::Model| run.path == path && run.thread == thread;
        self.runs.iter().filter(of).map(|run| run.round).max().unwrap_or(0)
    }

    /// The thread that a run inside `parent` belongs to; empty outside of all threads.
    pub fn thread_in(&self, parent: Option<StepRunId>) -> &str {
        parent.and_then(|parent| self.run(parent)).map_or("", |run| run.thread.as_str())
    }

    /// The blocks around a run, the innermost first.
    pub fn around(&self, run: StepRunId) -> impl Iterator<Item = &step_run::Model> {
        let parent = |run: &&step_run::Model| run.parent_id.and_then(|parent| self.run(parent));
        std::iter::successors(self.run(run), parent).skip(1)
    }

    /// The thread that a run stands in, if it is in one: its run.
    pub fn thread_of(&self, run: Option<StepRunId>) -> Option<&step_run::Model> {
        let run = run?;
        self.run(run).into_iter().chain(self.around(run)).find(|run| Self::is_thread(run))
    }

    /// Is it one of the threads of a block?
    pub fn is_thread(run: &step_run::Model) -> bool {
        run.kind == RunKind::Block && run.said.get("item").is_some()
    }

    /// Everything inside a block's run that is open or waits, steps before the blocks around them.
    pub fn below(&self, block: StepRunId) -> Vec<StepRunId> {
        let live = |run: &&step_run::Model| {
            run.parent_id == Some(block) && matches!(run.state, RunState::Open | RunState::Waiting)
        };
        let mut found = Vec::new();
        for run in self.runs.iter().filter(live) {
            if run.kind == RunKind::Block {
                found.extend(self.below(run.id));
            }
            found.push(run.id);
        }
        found
    }

    /// Whether what somebody signed keeps them from a step inside `parent`: it still counts, and is
    /// not of another thread of the same block. Threads of two blocks have nothing in common: who
    /// signed in one of them is kept from all of the other's.
    pub fn counts_apart(&self, task: &task::Model, parent: Option<StepRunId>) -> bool {
        let Some(run) = self.run(task.run_id).filter(|run| run.state != RunState::Void) else {
            return false;
        };
        let own = self.threads_around(parent);
        let theirs = self.threads_around(run.parent_id);
        !own.iter().any(|(path, thread)| {
            theirs.iter().any(|(other, theirs)| other == path && theirs != thread)
        })
    }

    /// The threads that a run inside `parent` stands in: of which block, and which.
    fn threads_around(&self, parent: Option<StepRunId>) -> Vec<(&str, &str)> {
        let Some(parent) = parent else { return Vec::new() };
        let blocks = self.run(parent).into_iter().chain(self.around(parent));
        let threads = blocks.filter(|run| Self::is_thread(run));
        threads.map(|run| (run.path.as_str(), run.thread.as_str())).collect()
    }

    /// The lines that count.
    pub fn lines(&self) -> impl Iterator<Item = &case_row::Model> {
        self.rows.iter().filter(|row| row.state != RowState::Struck)
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

    /// The units that a step waits for, each once: those of its open slots. Of one that was missed,
    /// those that did not sign; of any other, its own.
    pub fn waits_for(&self, run: StepRunId) -> Vec<UnitId> {
        let owes = |slot: &&task::Model| {
            let asked = slot.added == Some(Added::Opinion);
            !asked && slot.opened_at.is_some() && slot.signed_by.is_none()
        };
        let open = self.slots(run).filter(owes).filter(|slot| Self::is_open(slot));
        let mut units: Vec<UnitId> = open.map(|slot| slot.unit_id).collect();
        let row = self.run(run);
        if units.is_empty() && row.is_some_and(|row| row.verdict == Some(Verdict::Missed)) {
            units = self.slots(run).filter(owes).map(|slot| slot.unit_id).collect();
        }
        if units.is_empty() {
            units.extend(row.and_then(|row| row.unit_id));
        }
        let mut once = Vec::new();
        units.retain(|unit| {
            !once.contains(unit) && {
                once.push(*unit);
                true
            }
        });
        units
    }

    /// The clock that counts for an open step: its own, or that of the block around it.
    pub fn time_of(&self, run: StepRunId) -> Option<&clock::Model> {
        let counts = |run: StepRunId| {
            self.clocks.iter().rev().find(|clock| {
                let own = clock.run_id == Some(run) && clock.kind == ClockKind::Step;
                own && clock.ended_at.is_none()
            })
        };
        counts(run).or_else(|| self.around(run).find_map(|block| counts(block.id)))
    }

    /// A clock of the case itself: of several, as after a reopening, the one that has not ended, else
    /// the last.
    pub fn case_clock(&self, kind: ClockKind) -> Option<&clock::Model> {
        let own = |clock: &&clock::Model| clock.run_id.is_none() && clock.kind == kind;
        let counts = self.clocks.iter().rev().filter(own).find(|clock| clock.ended_at.is_none());
        counts.or_else(|| self.clocks.iter().rev().find(own))
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

    /// Whether nobody could take a step when it opened, so that the owner's lead office holds it.
    pub fn is_held(run: &step_run::Model) -> bool {
        run.holders.get("held").and_then(serde_json::Value::as_bool).unwrap_or_default()
    }

    /// Whether a step pays in cash, as it was when it opened.
    pub fn is_cash(run: &step_run::Model) -> bool {
        run.holders.get("cash").and_then(serde_json::Value::as_bool).unwrap_or_default()
    }

    /// How those sign who hold a run of `step`.
    pub fn taking(&self, run: StepRunId, step: &Step) -> Take {
        let cash = self.run(run).is_some_and(Self::is_cash);
        if cash { step.taking_cash() } else { step.taking() }
    }

    /// A slot that one of its office is offered first and nobody has taken: it is free to all.
    pub fn is_offered(task: &task::Model) -> bool {
        Self::is_offered_slot(task.state, task.addressed, task.person_id)
    }

    /// The same, of what tells it.
    pub fn is_offered_slot(state: TaskState, addressed: bool, person: Option<PersonId>) -> bool {
        state == TaskState::Open && !addressed && person.is_some()
    }

    /// Whom the head of an office has named for a step.
    pub fn named_for(&self, path: &str) -> Option<PersonId> {
        let id = self.case.planned.as_ref()?.get(path)?;
        serde_json::from_value(id.clone()).ok()
    }

    /// Whose a slot is that nobody has taken, because the head has named them for it: until it goes
    /// back to the pool, nobody else takes it.
    pub fn reserved_for(&self, task: &task::Model) -> Option<PersonId> {
        let named = self.named_for(&task.path)?;
        (Self::is_offered(task) && task.person_id == Some(named)).then_some(named)
    }

    /// A slot that can be signed now.
    pub fn is_open(task: &task::Model) -> bool {
        matches!(task.state, TaskState::Open | TaskState::Claimed)
    }
}

#[cfg(test)]
mod tests {
    use entities::{ClockId, ClockKind, RunKind, StepRunId, TaskId, Verdict};
    use serde_json::json;

    use super::CaseState;
    use crate::{
        Event,
        at_random::lives,
        event::{Holders, Opening, Signature, Slot, Thread},
        program::expression::Value,
    };

    /// A block of threads, and in each of them one step that somebody has signed.
    fn threads(state: &mut CaseState, path: &str, step: &str, keys: &[&str]) -> Vec<StepRunId> {
        let now = state.case.created_at;
        let bits = |of: &str| {
            let mut bits = [0; 10];
            for (to, from) in bits.iter_mut().zip(format!("{path}{of}").bytes()) {
                *to = from;
            }
            bits
        };
        let block = StepRunId::derived(now, bits(""));
        let items: Vec<Thread> = keys
            .iter()
            .map(|key| Thread { key: (*key).to_owned(), item: Value::text(*key) })
            .collect();
        let (parent, round) = (None, 1);
        let frozen = items.clone();
        let path = path.to_owned();
        state.apply(
            &Event::ThreadsFrozen { run: block, path: path.clone(), parent, round, items: frozen },
            now,
        );
        let mut runs = Vec::new();
        for thread in items {
            let run = StepRunId::derived(now, bits(&format!("#{}", thread.key)));
            let slot = TaskId::derived(now, bits(&format!("+{}", thread.key)));
            let unit = state.case.anchor_id.unwrap();
            let opening = Opening {
                run: StepRunId::derived(now, bits(&format!("-{}", thread.key))),
                path: step.to_owned(),
                parent: Some(run),
                round,
                kind: RunKind::Fill,
                unit: Some(unit),
                holders: Holders::default(),
                slots: vec![Slot {
                    task: slot,
                    unit,
                    duty: entities::Duty::Handler,
                    person: None,
                    open: true,
                }],
            };
            let entered =
                Event::ThreadEntered { run, path: path.clone(), parent: block, round, thread };
            let signature = Signature {
                verdict: Verdict::Done,
                fen: None,
                reason: None,
                person: None,
                appointment: None,
                on_behalf: None,
                note: None,
                form: None,
                said: json!({}),
                seen: 1,
                batch: None,
            };
            state.apply(&entered, now);
            state.apply(&Event::StepOpened { opening }, now);
            let signature = Box::new(signature);
            state.apply(&Event::TaskSigned { task: slot, signature }, now);
            runs.push(run);
        }
        runs
    }

    #[test]
    fn of_several_total_clocks_the_one_that_runs_counts_else_the_last() {
        let mut state = CaseState::new(lives(1).remove(0).state.case);
        let now = state.case.created_at;
        let ids = [1, 2].map(|bits| ClockId::derived(now, [bits; 10]));
        let table = [
            // (which have ended, which counts)
            ([false, false], 1),
            ([true, false], 1),
            ([false, true], 0),
            ([true, true], 1),
        ];
        for (ended, counts) in table {
            state.clocks.clear();
            for (clock, ended) in ids.into_iter().zip(ended) {
                let (kind, run, scope, ground) = (ClockKind::Total, None, None, None);
                let (face, due) = (json!({}), now);
                state.apply(
                    &Event::ClockStarted {
                        clock,
                        kind,
                        run,
                        face,
                        due,
                        scope,
                        ground,
                        granted: false,
                    },
                    now,
                );
                if ended {
                    state.apply(&Event::ClockEnded { clock }, now);
                }
            }
            let found = state.case_clock(ClockKind::Total).map(|clock| clock.id);
            assert_eq!(found, Some(ids[counts]), "{ended:?}");
        }
    }

    #[test]
    fn only_threads_of_the_same_block_have_nothing_to_do_with_one_another() {
        let mut state = CaseState::new(lives(1).remove(0).state.case);
        let counties = threads(&mut state, "county", "self", &["a", "b"]);
        let cities = threads(&mut state, "city", "again", &["a"]);
        let (first, second) = (counties[0], counties[1]);
        let table = [
            // (who signed: which slot, where the other step stands, whether it counts)
            (0, Some(first), true),
            (0, Some(second), false),
            (1, Some(second), true),
            (0, Some(cities[0]), true),
            (1, Some(cities[0]), true),
            (2, Some(first), true),
            (0, None, true),
            (2, None, true),
        ];
        for (slot, parent, counts) in table {
            let task = state.tasks[slot].clone();
            assert_eq!(state.counts_apart(&task, parent), counts, "{slot} {parent:?}");
        }
    }
}

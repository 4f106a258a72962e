//! A case under way through the rules: what happens is noted and taken into account at once.

use chrono::{DateTime, Utc};
use entities::{ClockId, ClockKind, RunKind, RunState, StepRunId, TaskId, TimerKind, clock};
use sha2::{Digest, Sha256};

use super::{
    clock::{Budget, ClockState, Reopened},
    facts::{self, Facts, Stuck},
    recipients::Message,
};
use crate::{
    event::Event,
    fold::REGION,
    program::{
        Expr, FirstMatch, Span,
        expression::{Scope, Value},
    },
    state::CaseState,
};

/// A case, what is known, what has happened since it was read, and the moment.
#[derive(Clone, Debug)]
pub struct Engine<'a> {
    /// What is known besides the case.
    pub facts: &'a Facts,
    /// The case as it stands after `events`.
    pub state: CaseState,
    /// What has happened, in order.
    pub events: Vec<Event>,
    /// Moments at which it must be looked at again, beside those that events carry.
    pub looks: Vec<(TimerKind, Option<StepRunId>, DateTime<Utc>)>,
    /// Moments of clocks that were set anew: reminders, and the next rung of a ladder.
    pub armed: Vec<Armed>,
    /// What people are told that no event carries.
    pub messages: Vec<Message>,
    /// Read once, after the case's lock was taken.
    pub now: DateTime<Utc>,
    /// The round of the block that is looked at: what expressions read as `round`.
    pub(super) round: Option<i64>,
    /// The run of the block that is looked at: what is read of steps is read there first.
    pub(super) within: Option<StepRunId>,
}

/// A moment of a clock at which somebody is reminded or a rung is climbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed {
    /// `Remind` or `Rung`.
    pub kind: TimerKind,
    /// Whose time it is.
    pub run: StepRunId,
    /// The clock that it is a moment of.
    pub clock: ClockId,
    /// Which of the reminders.
    pub nth: Option<i32>,
    /// When.
    pub at: DateTime<Utc>,
}

impl<'a> Engine<'a> {
    /// A case as it was read.
    pub fn new(facts: &'a Facts, state: CaseState, now: DateTime<Utc>) -> Self {
        Self {
            facts,
            state,
            events: Vec::new(),
            looks: Vec::new(),
            armed: Vec::new(),
            messages: Vec::new(),
            now,
            round: None,
            within: None,
        }
    }

    /// What expressions see here and now.
    pub(super) fn scope(&self) -> Scope {
        let scope = self.facts.scope_in(&self.state, self.now, self.within);
        Scope { round: self.round, ..scope }
    }

    /// Whether a condition holds.
    pub(super) fn holds(&self, rule: &Expr) -> Result<bool, Stuck> {
        facts::holds(rule, &self.scope())
    }

    /// The value of an expression.
    pub(super) fn value(&self, rule: &Expr) -> Result<Value, Stuck> {
        facts::value(rule, &self.scope())
    }

    /// The value of a first-match list.
    pub(super) fn pick<'l, T>(&self, list: &'l FirstMatch<T>) -> Result<&'l T, Stuck> {
        if let Some(only) = list.only() {
            return Ok(only);
        }
        let scope = self.scope();
        let found = list.pick(|rule| facts::holds(rule, &scope))?;
        found.ok_or_else(|| Stuck::new("first-match list", "no entry fits"))
    }

    /// Notes `event` and takes it into account. A step that is left takes its stop with it, and
    /// one that opens may bring one.
    pub fn emit(&mut self, event: Event) {
        let left = match &event {
            Event::StepClosed { run, .. } | Event::StepVoided { run, .. } => Some(*run),
            _ => None,
        };
        let opened = match &event {
            Event::StepOpened { opening } => Some(opening.run),
            _ => None,
        };
        let paused = left.filter(|run| self.is_paused(*run));
        let may_hold = matches!(
            event,
            Event::Voiced { .. }
                | Event::LetterSent { .. }
                | Event::LetterTaken { .. }
                | Event::StepVoided { .. }
        );
        let objected = may_hold && self.state.objected();
        self.state.apply(&event, self.now);
        self.events.push(event);
        if may_hold && objected != self.state.objected() {
            self.hold_payments(objected);
        }
        if let Some(run) = opened {
            self.stop_for(run);
        }
        if let Some(run) = left {
            self.stop_is_over(run, paused.is_some());
        }
    }

    /// The next round of a step or block inside `parent`: its number, and its id, which is the
    /// same for the same case, thread, step and round.
    pub(super) fn next_run(&self, path: &str, parent: Option<StepRunId>) -> (StepRunId, i32) {
        let thread = self.state.thread_in(parent);
        let round = self.state.rounds(path, thread) + 1;
        let number = round.to_string();
        let mut parts = vec!["run", path, &number];
        parts.extend(Some(thread).filter(|thread| !thread.is_empty()));
        (StepRunId::derived(self.now, self.bits(&parts)), round)
    }

    pub(super) fn task_id(&self, run: StepRunId, place: usize) -> TaskId {
        TaskId::derived(self.now, self.bits(&["task", &run.to_string(), &place.to_string()]))
    }

    fn clock_id(&self, what: &str) -> ClockId {
        let nth = self.state.clocks.len().to_string();
        ClockId::derived(self.now, self.bits(&["clock", what, &nth]))
    }

    pub(super) fn bits(&self, parts: &[&str]) -> [u8; 10] {
        let mut hash = Sha256::new();
        hash.update(self.state.case.id.0.as_bytes());
        for part in parts {
            hash.update([0]);
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut bits = [0; 10];
        for (to, from) in bits.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        bits
    }

    /// Starts a clock that has just been given `face`.
    pub(super) fn start_clock(
        &mut self,
        kind: ClockKind,
        run: Option<StepRunId>,
        face: &ClockState,
    ) {
        self.begin_clock((kind, run), face, false);
    }

    /// Starts the clock of a run that was left and is open again, with what it had left.
    pub(super) fn start_clock_again(&mut self, run: StepRunId, again: &Reopened) {
        self.begin_clock((ClockKind::Step, Some(run)), &again.clock, again.granted);
    }

    fn begin_clock(
        &mut self,
        (kind, run): (ClockKind, Option<StepRunId>),
        face: &ClockState,
        granted: bool,
    ) {
        let what = run.map_or_else(|| format!("{kind:?}"), |run| run.to_string());
        let clock = self.clock_id(&what);
        let due = face.due_at;
        let face = serde_json::to_value(face).unwrap_or_default();
        let unit = run.and_then(|run| self.state.run(run)?.unit_id);
        let scope = Some(self.facts.calendar_of(unit)).filter(|scope| scope != REGION);
        let ground = None;
        self.emit(Event::ClockStarted { clock, kind, run, face, due, scope, ground, granted });
        self.arm(clock);
    }

    /// Starts the clock of a stop, which runs into the cap of its ground.
    pub(super) fn start_stop(&mut self, ground: &str, until: DateTime<Utc>) {
        let clock = self.clock_id(ground);
        let face = self.face(self.now, Budget::Until(until));
        let face = serde_json::to_value(face).unwrap_or_default();
        let (kind, ground) = (ClockKind::Stop, Some(ground.to_owned()));
        let (run, scope, due, granted) = (None, None, until, false);
        self.emit(Event::ClockStarted { clock, kind, run, face, due, scope, ground, granted });
    }

    /// A new clock of `budget`, counting from `from`.
    pub(super) fn face(&self, from: DateTime<Utc>, budget: Budget) -> ClockState {
        ClockState::start(from, budget, &self.facts.days)
    }

    /// Stops every clock of the case for `ground`: of open steps, and the total. One that stands
    /// already stands for `ground` as well, and counts again when neither holds it. A late clock is
    /// not stopped: red stays red.
    pub(super) fn stop_clocks(&mut self, ground: &str, total_only: bool) {
        self.stop_those(ground, |row| !total_only || row.kind == ClockKind::Total);
    }

    /// The same for those clocks that `which` names.
    pub(super) fn stop_those(&mut self, ground: &str, which: impl Fn(&clock::Model) -> bool) {
        let counts = |row: &clock::Model| matches!(row.kind, ClockKind::Step | ClockKind::Total);
        let clocks = self.state.clocks.clone();
        for row in clocks.iter().filter(|row| row.ended_at.is_none() && counts(row) && which(row)) {
            let Some(face) = face_of(row) else { continue };
            if face.stopped.as_ref().is_some_and(|held| held.kinds.iter().any(|k| k == ground)) {
                continue;
            }
            let days = self.facts.calendar.of(&row.scope);
            let Ok(stopped) = face.stop(self.now, ground, &days) else { continue };
            let face = serde_json::to_value(&stopped).unwrap_or_default();
            self.emit(Event::ClockStopped { clock: row.id, ground: ground.to_owned(), face });
        }
    }

    /// Lets every clock that stands for `ground` count again.
    pub(super) fn resume_clocks(&mut self, ground: &str) {
        let standing = self.state.clocks.clone();
        for row in standing.iter().filter(|row| row.ended_at.is_none() && row.stopped_at.is_some())
        {
            let Some(face) = face_of(row) else { continue };
            let held = face.stopped.as_ref().is_some_and(|s| s.kinds.iter().any(|k| k == ground));
            if !held {
                continue;
            }
            let days = self.facts.calendar.of(&row.scope);
            let resumed = face.resume(self.now, ground, &days);
            let due = resumed.due_at;
            let still = resumed.stopped.as_ref().and_then(|s| s.kinds.first().cloned());
            let face = serde_json::to_value(&resumed).unwrap_or_default();
            if let Some(ground) = still {
                self.emit(Event::ClockStopped { clock: row.id, ground, face });
            } else {
                self.emit(Event::ClockResumed { clock: row.id, face, due });
                self.arm(row.id);
            }
        }
    }

    /// Ends the clock of one run, if it has one that counts.
    pub(super) fn end_clock(&mut self, run: Option<StepRunId>, kind: ClockKind) {
        let found = self
            .state
            .clocks
            .iter()
            .find(|row| row.run_id == run && row.kind == kind && row.ended_at.is_none());
        if let Some(clock) = found.map(|row| row.id) {
            self.emit(Event::ClockEnded { clock });
        }
    }

    /// Takes a run off the table: its slots, its clock, itself.
    pub(super) fn void_run(&mut self, run: StepRunId) {
        self.void(run, None);
    }

    /// The same, and why.
    pub(super) fn void_run_because(&mut self, run: StepRunId, why: &str) {
        self.void(run, Some(why.to_owned()));
    }

    fn void(&mut self, run: StepRunId, why: Option<String>) {
        let up = |row: &entities::step_run::Model| {
            row.kind == RunKind::Publish && row.state == RunState::Open
        };
        if self.state.run(run).is_some_and(up) {
            // What is void is no longer shown to anybody.
            self.emit(Event::TakenDown { run, stays: false });
        }
        self.void_slots(run);
        self.end_clock(Some(run), ClockKind::Step);
        self.emit(Event::StepVoided { run, why });
    }

    /// Tells the holders of the slots that are still open: no longer needed.
    pub(super) fn void_slots(&mut self, run: StepRunId) {
        let live: Vec<TaskId> = self
            .state
            .slots(run)
            .filter(|slot| CaseState::is_open(slot) || slot.state == entities::TaskState::Waiting)
            .map(|slot| slot.id)
            .collect();
        for task in live {
            self.emit(Event::TaskVoided { task });
        }
    }
}

/// Whether a clock counts.
pub(super) fn is_running(row: &clock::Model) -> bool {
    row.ended_at.is_none() && row.stopped_at.is_none()
}

/// A stored clock, as the clock rule knows it.
pub fn face_of(row: &clock::Model) -> Option<ClockState> {
    serde_json::from_value(row.face.clone()).ok()
}

/// A length of time of the language, as a clock's budget.
pub fn budget(span: Span) -> Budget {
    match span {
        Span::WorkingDays(n) => Budget::WorkingDays(n),
        Span::Hours(n) => Budget::Hours(n),
        Span::Days(n) => Budget::Days(n),
        Span::Months(n) => Budget::Months(n),
        Span::Years(n) => Budget::Years(n),
    }
}

//! 退回: back to an earlier step or to the applicant, resumed here or signed anew by all.

use entities::{ClockKind, RunKind, RunState, StepRunId, Verdict, step_run};

use super::engine::Engine;
use crate::{
    Refusal,
    actor::MACHINE,
    event::{Asked, Event, ReturnMode},
    program::{Entry, Program},
    state::CaseState,
};

/// The target that is no step.
pub const APPLICANT: &str = "applicant";

/// Whatever lacks is said at once: a return to the applicant after they have been asked is a second
/// request, which the superior gives; where nobody has applied there is none.
///
/// # Errors
/// [`Refusal::AskedOnce`], [`Refusal::NobodyToAsk`].
pub fn asked_once(state: &CaseState, to: &str) -> Result<(), Refusal> {
    if to != APPLICANT {
        return Ok(());
    }
    if !is_answered(state) {
        return Err(Refusal::NobodyToAsk);
    }
    if state.case.supplements > 0 { Err(Refusal::AskedOnce) } else { Ok(()) }
}

/// Whether somebody can answer what the applicant is asked: whom the case is about, or whoever
/// filed it. What the machine has opened about nobody, nobody can hand in again.
pub fn is_answered(state: &CaseState) -> bool {
    state.case.subject_id.is_some() || state.case.filed_by != MACHINE
}

/// Acts on a step that was closed as `returned`: what lies between here and the target no longer
/// counts, and the next look enters the target anew.
pub(super) fn send_back(engine: &mut Engine<'_>) {
    let found = engine
        .state
        .runs
        .iter()
        .find(|run| run.state == RunState::Closed && run.verdict == Some(Verdict::Returned));
    let Some(run) = found.cloned() else { return };
    let Some(to) = run.return_to.clone() else { return };
    let mode = mode_of(&run.said);
    if to == APPLICANT {
        to_applicant(engine, &run, mode);
        return;
    }
    for old in between(engine, &to, &run, mode) {
        engine.void_run(old);
    }
    reopen_around(engine, &to, &run);
}

/// Blocks that had ended and hold the target go on, as seen from the run `from`.
pub(super) fn reopen_around(engine: &mut Engine<'_>, to: &str, from: &step_run::Model) {
    let reach = Reach::of(&engine.state, &engine.facts.program, to, from);
    let ended = engine.state.runs.iter().filter(|run| {
        run.kind == RunKind::Block
            && run.state == RunState::Closed
            && reach.around.contains(&run.path)
            && reach.holds(&engine.state, run)
    });
    let ended: Vec<StepRunId> = ended.map(|run| run.id).collect();
    for run in ended {
        engine.emit(Event::BlockReopened { run });
        engine.resume_block(run);
    }
}

/// Which runs a return touches: those of the innermost run of a block that holds both the target
/// and whoever returns. Other threads, and rounds that are over, are none of its business.
struct Reach {
    /// The paths of the blocks that hold the target.
    around: Vec<String>,
    /// The innermost run that holds both; none: the case itself.
    root: Option<StepRunId>,
}

impl Reach {
    fn of(state: &CaseState, program: &Program, to: &str, from: &step_run::Model) -> Self {
        let mut around = Vec::new();
        for (entries, place) in [(&program.route, "route"), (&program.then, "then")] {
            blocks_around(entries, place, to, &mut around);
        }
        let root = state.around(from.id).find(|block| around.contains(&block.path));
        Self { root: root.map(|block| block.id), around }
    }

    /// Whether it reaches that run: inside the innermost block, or that and what is around it; of
    /// rounds on the way down, the last.
    fn holds(&self, state: &CaseState, run: &step_run::Model) -> bool {
        let mut inside = self.root.is_none();
        for block in std::iter::once(run).chain(state.around(run.id)) {
            if self.root == Some(block.id) {
                inside = true;
                break;
            }
            // What lies whole between the two goes with all its rounds.
            if self.around.contains(&block.path) && !is_last_round(state, block) {
                return false;
            }
        }
        inside || self.root.is_some_and(|root| state.around(root).any(|block| block.id == run.id))
    }
}

/// Whether no later round of the same counts.
fn is_last_round(state: &CaseState, run: &step_run::Model) -> bool {
    let later = |other: &step_run::Model| {
        (&other.path, &other.thread, other.parent_id) == (&run.path, &run.thread, run.parent_id)
            && other.state != RunState::Void
            && other.round > run.round
    };
    !state.runs.iter().any(later)
}

fn blocks_around(entries: &[Entry], place: &str, to: &str, around: &mut Vec<String>) {
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("{place}.{index}");
        match entry {
            Entry::Step(step) if *step.id == *to && step.is_series() => around.push(place),
            Entry::Block(block) if contains(&block.entries, to) => {
                around.push(block.id.as_ref().map_or(place.as_str(), |id| id.as_str()).to_owned());
                blocks_around(&block.entries, &place, to, around);
            }
            _ => {}
        }
    }
}

/// Back at the applicant: everything up to here is void (or only here, if signatures stand), and
/// the case waits for the answer.
fn to_applicant(engine: &mut Engine<'_>, from: &step_run::Model, mode: ReturnMode) {
    let run = from.id;
    let said = engine.state.run(run).and_then(|row| row.said.get("asked").cloned());
    let asked: Asked =
        said.and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default();
    let program = std::sync::Arc::clone(&engine.facts.program);
    let first = program.steps().first().map_or_else(String::new, |step| step.id.to_string());
    for old in between(engine, &first, from, mode) {
        if mode == ReturnMode::Replay || old == run {
            engine.void_run(old);
        }
    }
    // Of branches side by side the one that sends back is done with, wherever the first step is.
    if engine.state.run(run).is_some_and(|row| row.state != RunState::Void) {
        engine.void_run(run);
    }
    engine.ask(run, Asked { mode: Some(mode), counts: true, ..asked });
}

/// The runs that stop counting when `from` goes back to `to`: in the order they were entered.
///
/// `replay`: everything from the target up to here, and the sibling branches that are left by
/// it. `here`: the target and the returning step alone.
///
/// A return inside a thread touches no other thread; one that leaves the thread touches all. One
/// inside a round touches no other round.
pub(super) fn between(
    engine: &Engine<'_>,
    to: &str,
    from: &step_run::Model,
    mode: ReturnMode,
) -> Vec<StepRunId> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let paths = match mode {
        ReturnMode::Here => vec![to.to_owned(), from.path.clone()],
        ReturnMode::Replay => span(&program, to, &from.path),
    };
    let reach = Reach::of(&engine.state, &program, to, from);
    let counts = |run: &&step_run::Model| {
        run.state != RunState::Void && paths.contains(&run.path) && reach.holds(&engine.state, run)
    };
    engine.state.runs.iter().filter(counts).map(|run| run.id).collect()
}

/// The ids of the steps and blocks of the list that holds both, from the target to here; a block
/// that holds the target itself stays, and only the part of it from the target on counts.
fn span(program: &Program, to: &str, from: &str) -> Vec<String> {
    for (entries, place) in [(&program.route, "route"), (&program.then, "then")] {
        if contains(entries, to) && contains(entries, from) {
            let mut paths = Vec::new();
            collect(entries, place, (to, from), &mut paths);
            return paths;
        }
    }
    vec![to.to_owned(), from.to_owned()]
}

fn collect(entries: &[Entry], place: &str, ends: (&str, &str), paths: &mut Vec<String>) {
    let (to, from) = ends;
    let holds = |entry: &Entry, id: &str| contains(std::slice::from_ref(entry), id);
    let Some(first) = entries.iter().position(|entry| holds(entry, to)) else { return };
    let last = entries.iter().position(|entry| holds(entry, from)).unwrap_or(first);
    if first == last
        && let Some(Entry::Block(block)) = entries.get(first)
        && !block.together
    {
        collect(&block.entries, &format!("{place}.{first}"), ends, paths);
        return;
    }
    for (index, entry) in entries.iter().enumerate().take(last + 1).skip(first) {
        let place = format!("{place}.{index}");
        match entry {
            // The block that holds the target is entered already: what follows it in there goes,
            // and of branches side by side only the one that holds it.
            Entry::Block(block) if index == first && holds(entry, to) => {
                from_here_on(&block.entries, block.together, &place, to, paths);
            }
            entry => everything(entry, &place, paths),
        }
    }
}

fn from_here_on(entries: &[Entry], together: bool, place: &str, to: &str, paths: &mut Vec<String>) {
    let holds = |entry: &Entry| contains(std::slice::from_ref(entry), to);
    let Some(first) = entries.iter().position(holds) else { return };
    for (index, entry) in entries.iter().enumerate().skip(first) {
        let place = format!("{place}.{index}");
        match entry {
            Entry::Block(block) if index == first => {
                from_here_on(&block.entries, block.together, &place, to, paths);
            }
            entry => everything(entry, &place, paths),
        }
        if together {
            return;
        }
    }
}

/// A step's id; a block's own run and all inside it.
pub(super) fn everything(entry: &Entry, place: &str, paths: &mut Vec<String>) {
    match entry {
        Entry::Step(step) => {
            paths.push(step.id.to_string());
            // A step in rounds or threads is a block of its own.
            paths.extend(step.is_series().then(|| place.to_owned()));
        }
        Entry::Block(block) => {
            paths.push(block.id.as_ref().map_or(place, |id| id.as_str()).to_owned());
            for (index, entry) in block.entries.iter().enumerate() {
                everything(entry, &format!("{place}.{index}"), paths);
            }
        }
    }
}

pub(super) fn contains(entries: &[Entry], id: &str) -> bool {
    entries.iter().any(|entry| match entry {
        Entry::Step(step) => *step.id == *id,
        Entry::Block(block) => contains(&block.entries, id),
    })
}

pub(super) fn mode_of(said: &serde_json::Value) -> ReturnMode {
    said.get("mode")
        .and_then(|mode| serde_json::from_value(mode.clone()).ok())
        .unwrap_or(ReturnMode::Replay)
}

impl Engine<'_> {
    /// A block that goes on has what its clock had left.
    pub(super) fn resume_block(&mut self, run: StepRunId) {
        let Some(clock) = self.state.clock_of(run).cloned() else { return };
        let (Some(face), Some(ended)) = (super::engine::face_of(&clock), clock.ended_at) else {
            return;
        };
        let days = self.facts.calendar.of(&clock.scope);
        let face = face.reopen(ended, self.now, &days);
        self.start_clock_again(run, &face);
        if face.clock.due_at > self.now {
            self.in_time_again(run);
        }
    }

    /// Asks the applicant for supplements (or, with a mode, sends the case back): the clocks
    /// stand, the applicant's runs.
    pub fn ask(&mut self, run: StepRunId, asked: Asked) {
        let cap = self.supplement_cap();
        let used = self.asked_before(cap);
        let until = super::clock::stop_ends_at(self.now, cap, used, &self.facts.days);
        self.stop_clocks(SUPPLEMENT, false);
        self.emit(Event::SupplementAsked { run, asked, until });
        let face = super::clock::ClockState::start(
            self.now,
            super::clock::Budget::Until(until),
            &self.facts.days,
        );
        self.start_clock(ClockKind::Applicant, None, &face);
    }

    /// How long the applicant has, in all.
    pub(super) fn supplement_cap(&self) -> super::clock::Budget {
        let cap = self.facts.program.clock.stops.get(SUPPLEMENT).copied();
        super::engine::budget(cap.unwrap_or(crate::program::Span::WorkingDays(20)))
    }

    /// How much of the cap earlier requests have taken: it holds for the whole case.
    pub(super) fn asked_before(&self, cap: super::clock::Budget) -> i64 {
        let earlier = self.state.clocks.iter().filter(|row| row.kind == ClockKind::Applicant);
        let stops = earlier.filter_map(|row| {
            let face = super::engine::face_of(row)?;
            let ended = row.ended_at?;
            Some(super::clock::stop_used(face.started_at, ended, cap, &self.facts.days))
        });
        stops.sum()
    }

    /// The applicant has answered, or the cap on the stop was reached: the clocks count again.
    pub fn answered(&mut self) {
        self.end_clock(None, ClockKind::Applicant);
        self.resume_clocks(SUPPLEMENT);
    }

    /// After an answer that changed more than was asked for: signatures that were to stand are
    /// void, and all sign again.
    pub fn replay_all(&mut self) {
        let live: Vec<StepRunId> = self
            .state
            .runs
            .iter()
            .filter(|run| {
                run.kind != RunKind::Block
                    && matches!(run.state, RunState::Closed | RunState::Skipped | RunState::Open)
            })
            .map(|run| run.id)
            .collect();
        for run in live {
            self.void_run(run);
        }
        let blocks: Vec<StepRunId> = self
            .state
            .runs
            .iter()
            .filter(|run| run.kind == RunKind::Block && run.state != RunState::Void)
            .map(|run| run.id)
            .collect();
        for run in blocks {
            self.void_run(run);
        }
    }
}

/// The ground for which the clocks stand while the applicant is asked.
pub const SUPPLEMENT: &str = "supplement";

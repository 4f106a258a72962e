//! 重启: a case that has ended goes on at a block, which runs again with all that follows it.

use chrono::{DateTime, Utc};
use entities::{ClockKind, Outcome, Phase, RunKind, RunState, StepRunId, case_file};

use super::{
    clock::due,
    engine::{Engine, budget},
    facts::Stuck,
    returning::everything,
};
use crate::{
    calendar::Days,
    error::Refusal,
    event::Event,
    program::{Entry, model::Reopen},
    rules::authority::Verb,
};

/// Why what ran before no longer counts.
pub(super) const REOPENED: &str = "reopened";

/// Whether a case has ended well, and not too long ago.
pub fn in_time(case: &case_file::Model, rule: &Reopen, now: DateTime<Utc>, days: &Days) -> bool {
    let good = matches!(case.outcome, Some(Outcome::Done | Outcome::Granted));
    let ended = case.ended_at.filter(|_| case.phase == Phase::Ended && good);
    ended.is_some_and(|ended| now <= due(ended, budget(rule.within), days))
}

/// Reopens the case. Who may has been judged before.
///
/// # Errors
/// [`Refusal::NotNow`] for a case that is not over, came out badly, or has ended too long ago;
/// [`Refusal::Stuck`] when the clock's rule cannot be evaluated.
pub fn reopen(engine: &mut Engine<'_>, rule: &Reopen) -> Result<(), Refusal> {
    if !in_time(&engine.state.case, rule, engine.now, &engine.facts.days) {
        return Err(Refusal::NotNow { verb: Verb::Reopen });
    }
    let program = std::sync::Arc::clone(&engine.facts.program);
    let (mut again, mut around) = (Vec::new(), Vec::new());
    from(&program.then, "then", &rule.at, &mut again, &mut around);
    let round = engine.state.latest(&rule.at).map_or(1, |run| run.round) + 1;
    engine.emit(Event::Reopened { at: rule.at.to_string(), round, undecided: false });
    let counts =
        |run: &&entities::step_run::Model| run.state != RunState::Void && again.contains(&run.path);
    let old: Vec<StepRunId> = engine.state.runs.iter().filter(counts).map(|r| r.id).collect();
    for run in old {
        engine.void_run_because(run, REOPENED);
    }
    let closed = engine.state.runs.iter().filter(|run| {
        run.kind == RunKind::Block && run.state == RunState::Closed && around.contains(&run.path)
    });
    let closed: Vec<StepRunId> = closed.map(|run| run.id).collect();
    for run in closed {
        engine.emit(Event::BlockReopened { run });
    }
    engine.restart_total().map_err(Refusal::from)
}

/// An appeal was upheld: what the case came out with is void, and it goes on at the step whose
/// word that was.
///
/// # Errors
/// [`Stuck`] when the clock's rule cannot be evaluated.
pub fn reopen_decided(engine: &mut Engine<'_>, against: StepRunId) -> Result<(), Stuck> {
    let Some(run) = engine.state.run(against).cloned() else { return Ok(()) };
    let program = std::sync::Arc::clone(&engine.facts.program);
    let (mut again, mut around) = (Vec::new(), Vec::new());
    from(&program.route, "route", &run.path, &mut again, &mut around);
    for (index, entry) in program.then.iter().enumerate() {
        everything(entry, &format!("then.{index}"), &mut again);
    }
    // Blocks that were left open by the refusal are void: they go on as well.
    let mut blocks: Vec<StepRunId> = Vec::new();
    for path in &around {
        let of_path = |run: &&entities::step_run::Model| {
            run.kind == RunKind::Block && run.path == *path && run.state != RunState::Open
        };
        blocks.extend(engine.state.runs.iter().rev().find(of_path).map(|run| run.id));
    }
    let round = run.round + 1;
    engine.emit(Event::Reopened { at: run.path.clone(), round, undecided: true });
    let counts =
        |run: &&entities::step_run::Model| run.state != RunState::Void && again.contains(&run.path);
    let old: Vec<StepRunId> = engine.state.runs.iter().filter(counts).map(|r| r.id).collect();
    for run in old {
        engine.void_run_because(run, REOPENED);
    }
    for run in blocks {
        engine.emit(Event::BlockReopened { run });
    }
    engine.restart_total()
}

/// The paths of `id` and of all that follows it, and of the blocks around it.
fn from(
    entries: &[Entry],
    place: &str,
    id: &str,
    again: &mut Vec<String>,
    around: &mut Vec<String>,
) -> bool {
    for (index, entry) in entries.iter().enumerate() {
        let here = format!("{place}.{index}");
        let found = match entry {
            entry if entry.id().is_some_and(|own| *own == *id) => {
                everything(entry, &here, again);
                true
            }
            Entry::Block(block) => {
                let mut inside = Vec::new();
                let found = from(&block.entries, &here, id, &mut inside, around);
                if found {
                    let own = block.id.as_ref().map_or(here.as_str(), |id| id.as_str());
                    around.push(own.to_owned());
                    if block.together {
                        // Only the branch itself: its siblings stand.
                        inside.truncate(branch(&block.entries, &here, id));
                    }
                    again.extend(inside);
                }
                found
            }
            Entry::Step(_) => false,
        };
        if found {
            for (index, entry) in entries.iter().enumerate().skip(index + 1) {
                everything(entry, &format!("{place}.{index}"), again);
            }
            return true;
        }
    }
    false
}

/// How many paths belong to the branch that holds `id`.
fn branch(entries: &[Entry], place: &str, id: &str) -> usize {
    let mut paths = Vec::new();
    let own = |entry: &Entry| entry.id().is_some_and(|own| *own == *id);
    for (index, entry) in entries.iter().enumerate() {
        if own(entry) {
            everything(entry, &format!("{place}.{index}"), &mut paths);
        }
    }
    if paths.is_empty() { usize::MAX } else { paths.len() }
}

impl Engine<'_> {
    /// The total clock anew: what it had left is of no matter.
    fn restart_total(&mut self) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let span = self.facts.pick(&program.clock.total, &self.state, self.now)?;
        let face = self.face(self.now, budget(*span));
        self.start_clock(ClockKind::Total, None, &face);
        Ok(())
    }
}

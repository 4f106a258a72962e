//! Enters whatever can be entered, in the order of the file, until nothing changes.
//!
//! Verbs and timers only close tasks and move clocks; this does the rest. Source: "Semantics" of
//! the program language.

use entities::{ClockKind, Fen, Outcome, Phase, RunKind, RunState, StepRunId, Verdict};

use super::{
    award,
    engine::Engine,
    facts::{CaseFacts, Stuck},
    rosters,
    rounds::Series,
};
use crate::{
    event::{AcceptedBy, Event, Line},
    program::{Entry, Refusal as OnRefusal, Step},
};

/// How far a list of steps has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All of it is behind.
    Done,
    /// Something in it is waited for.
    Pending,
    /// A refusal ended the case.
    Ended,
    /// A refusal ended the thread.
    Refused,
}

/// Lets the case go on as far as it can.
///
/// A rule that cannot be evaluated stops it where it stands; `StuckOnRule` says which.
pub fn advance(engine: &mut Engine<'_>) {
    if engine.state.case.supplementing || !engine.state.is_live() || engine.rests() {
        return;
    }
    super::returning::send_back(engine);
    let settled = engine.settle_award();
    if engine.state.case.supplementing {
        return;
    }
    if let Err(stuck) = settled.and_then(|()| engine.go_on()) {
        let last = engine.state.runs.last();
        let path = last.map_or_else(String::new, |run| run.path.clone());
        engine.emit(Event::StuckOnRule { path, rule: stuck.rule, why: stuck.why });
    }
}

impl Engine<'_> {
    fn go_on(&mut self) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        if self.state.case.outcome.is_none() {
            match self.list(&program.route, "route", None, false)? {
                Progress::Pending | Progress::Ended => return Ok(()),
                Progress::Refused => return self.reach(Outcome::Refused, None),
                Progress::Done => self.reach(self.good_outcome(), None)?,
            }
        }
        if self.state.case.phase == Phase::After {
            let done = self.list(&program.then, "then", None, false)?;
            // Nothing refuses what is granted any more: a part that failed is behind as well.
            if matches!(done, Progress::Done | Progress::Refused) {
                self.end();
            }
        }
        Ok(())
    }

    /// What a case comes to that nobody refused: one about nobody grants nothing, it is done; a
    /// list of people is granted.
    fn good_outcome(&self) -> Outcome {
        let grants = rosters::of(&self.facts.program).is_some();
        let granted = grants || self.state.case.subject_id.is_some();
        if granted { Outcome::Granted } else { Outcome::Done }
    }

    pub(super) fn list(
        &mut self,
        entries: &[Entry],
        place: &str,
        parent: Option<StepRunId>,
        together: bool,
    ) -> Result<Progress, Stuck> {
        let mut progress = Progress::Done;
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("{place}.{index}");
            let found = match entry {
                Entry::Step(step) if step.is_series() => {
                    self.series(&Series::of_step(step, place), parent)?
                }
                Entry::Step(step) => self.step(step, parent)?,
                Entry::Block(block) => self.series(&Series::of_block(block, place), parent)?,
            };
            match found {
                Progress::Done => {}
                Progress::Ended | Progress::Refused => return Ok(found),
                Progress::Pending if together => progress = Progress::Pending,
                Progress::Pending => return Ok(Progress::Pending),
            }
        }
        Ok(progress)
    }

    pub(super) fn step(
        &mut self,
        step: &Step,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        if self.state.current(&step.id, parent).is_none() {
            self.enter(step, parent)?;
        }
        self.wake_waiting(step, parent)?;
        self.look_again(step, parent)?;
        let Some(run) = self.state.current(&step.id, parent) else { return Ok(Progress::Pending) };
        match (run.state, run.verdict) {
            (RunState::Closed, Some(Verdict::Refused))
                if step.refuse == OnRefusal::Ends
                    && self.state.thread_of(run.parent_id).is_some() =>
            {
                Ok(Progress::Refused)
            }
            (RunState::Closed, Some(Verdict::Refused)) if step.refuse == OnRefusal::Ends => {
                let reason = run.reason.clone();
                self.reach(Outcome::Refused, reason)?;
                Ok(Progress::Ended)
            }
            (RunState::Closed, _) => {
                self.total_ends_at(&step.id)?;
                Ok(Progress::Done)
            }
            (RunState::Skipped, _) => Ok(Progress::Done),
            (RunState::Waiting | RunState::Open | RunState::Void, _) => Ok(Progress::Pending),
        }
    }

    /// Cuts the award anew where its rules read what steps have confirmed, and lowers it to what
    /// was approved. With the outcome it stands.
    fn settle_award(&mut self) -> Result<(), Stuck> {
        if self.state.case.outcome.is_some() {
            return Ok(());
        }
        let facts = self.facts;
        let mut anew = false;
        if award::reads_steps(&facts.program) {
            let scope = facts.scope(&self.state, self.now);
            let lines = award::award(&facts.program, facts.shared(), &scope)?.lines;
            let before = CaseFacts::of(&self.state).lines;
            anew = lines != before;
            if anew {
                let from = Fen(before.iter().map(|line| line.fen.0).sum());
                self.emit(Event::AwardRecomputed { from, lines });
            }
        }
        self.judge_here(anew);
        self.lower_award(anew);
        Ok(())
    }

    /// The lowest amount that was approved, by signatures that count, is the award; the last lines
    /// give way first.
    fn lower_award(&mut self, anew: bool) {
        let mut lines: Vec<Line> = CaseFacts::of(&self.state).lines;
        let approved = self.state.runs.iter().filter(|run| run.state == RunState::Closed);
        let total: i64 = lines.iter().map(|line| line.fen.0).sum();
        let lowest = approved.filter_map(|run| run.fen).map(|fen| fen.0).min();
        let wanted = lowest.unwrap_or(total).min(total);
        if wanted == self.state.case.award_fen.0 && !anew {
            return;
        }
        let mut over = total - wanted;
        for line in lines.iter_mut().rev() {
            let cut = over.min(line.fen.0);
            line.fen.0 -= cut;
            over -= cut;
        }
        lines.retain(|line| line.fen.0 > 0);
        self.emit(Event::AwardSet { lines });
    }

    /// The case comes out: what is open is void, the clock of the way to here stops.
    ///
    /// # Errors
    /// [`Stuck`] when the clock's rule cannot be evaluated.
    pub fn reach(&mut self, outcome: Outcome, reason: Option<String>) -> Result<(), Stuck> {
        let good = matches!(outcome, Outcome::Granted | Outcome::Done);
        if self.state.case.phase == Phase::Filed && good {
            // A route without a deciding step was accepted by walking through it.
            self.accept(AcceptedBy::Person, self.now)?;
        }
        let open: Vec<StepRunId> = self.state.open_runs().map(|run| run.id).collect();
        for run in open {
            self.void_run(run);
        }
        self.void_blocks();
        self.emit(Event::OutcomeReached { outcome, reason });
        self.end_clock(None, ClockKind::Applicant);
        if good {
            self.total_ends_at("outcome")
        } else {
            self.end();
            Ok(())
        }
    }

    /// Ends the total clock if it is one that ends here.
    fn total_ends_at(&mut self, place: &str) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let to = self.facts.pick(&program.clock.to, &self.state, self.now)?;
        if *to == *place {
            self.end_clock(None, ClockKind::Total);
        }
        Ok(())
    }

    fn void_blocks(&mut self) {
        let live = |run: &&entities::step_run::Model| {
            run.kind == RunKind::Block && matches!(run.state, RunState::Open | RunState::Waiting)
        };
        let blocks: Vec<StepRunId> = self.state.runs.iter().filter(live).map(|r| r.id).collect();
        for run in blocks {
            self.void_run(run);
        }
    }

    /// Nothing more will happen.
    fn end(&mut self) {
        // What nobody waited for is not needed any more.
        let open: Vec<StepRunId> = self.state.open_runs().map(|run| run.id).collect();
        for run in open {
            self.void_run_because(run, super::rounds::ENDED);
        }
        self.void_blocks();
        self.end_clock(None, ClockKind::Total);
        self.emit(Event::CaseEnded);
    }
}

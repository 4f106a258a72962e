//! Blocks, and steps that repeat: round after round, or by the calendar.
//!
//! A step with `repeat` is a block of that step alone. Each round is a run of the block; a round
//! by the calendar waits for its day (`calendar_rounds`), held by nobody, and each is late for
//! itself.

use entities::{ClockKind, RunKind, RunState, StepRunId, Verdict, step_run};

use super::{
    advance::Progress,
    engine::{Engine, budget},
    facts::Stuck,
};
use crate::{
    event::Event,
    program::{Block, Expr, FirstMatch, Need, Step, Within, model::Repeat},
};

/// Why the rounds that earned nothing are void when the last one is over.
pub(super) const ENDED: &str = "ended";

/// A block, or a step that repeats.
pub(super) struct Series<'a> {
    /// The block's id, or its place in the file.
    pub(super) path: String,
    place: String,
    when: Option<&'a Expr>,
    repeat: Option<&'a Repeat>,
    inner: Inner<'a>,
    pub(super) each: Option<&'a Expr>,
    pub(super) need: Need,
    pub(super) in_order: bool,
    /// A clock for the whole.
    within: Option<&'a FirstMatch<Within>>,
}

#[derive(Clone, Copy)]
enum Inner<'a> {
    Step(&'a Step),
    Block(&'a Block),
}

impl<'a> Series<'a> {
    pub(super) fn of_step(step: &'a Step, place: String) -> Self {
        let (when, repeat) = (step.when.as_ref(), step.repeat.as_ref());
        Self {
            path: place.clone(),
            place,
            when,
            repeat,
            inner: Inner::Step(step),
            each: step.each.as_ref(),
            need: Need::All,
            in_order: false,
            within: None,
        }
    }

    pub(super) fn of_block(block: &'a Block, place: String) -> Self {
        let path = block.id.as_ref().map_or(place.as_str(), |id| id.as_str()).to_owned();
        let (when, repeat) = (block.when.as_ref(), block.repeat.as_ref());
        Self {
            path,
            place,
            when,
            repeat,
            inner: Inner::Block(block),
            each: block.each.as_ref(),
            need: block.need.unwrap_or(Need::All),
            in_order: block.in_order,
            within: block.within.as_ref(),
        }
    }

    /// The most rounds there may be.
    pub(super) fn at_most(&self) -> usize {
        let most = self.repeat.and_then(|repeat| repeat.at_most);
        most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
    }
}

impl Engine<'_> {
    pub(super) fn series(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        let around = (self.round, self.within);
        let calendar = series.repeat.and_then(|repeat| Some((repeat, repeat.every.as_ref()?)));
        let progress = match calendar {
            _ if series.each.is_some() => self.threads(series, parent),
            Some((repeat, every)) => self.by_calendar(series, (repeat, every), parent),
            None => self.one_by_one(series, parent),
        };
        (self.round, self.within) = around;
        progress
    }

    /// The next round starts when the last ended; without `repeat` there is one.
    fn one_by_one(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        loop {
            let known = self.state.current(&series.path, parent).map(|run| (run.id, run.state));
            let run = match known {
                Some((run, RunState::Open)) => run,
                Some(_) => return Ok(Progress::Done),
                None if self.skips(series, parent)? => return Ok(Progress::Done),
                None => self.next_round(series, parent)?,
            };
            let progress = self.inside(series, (run, parent))?;
            if progress != Progress::Done {
                return Ok(progress);
            }
            self.close_block(run, Verdict::Done);
            if !self.repeats(series, parent)? {
                return Ok(Progress::Done);
            }
            self.next_round(series, parent)?;
        }
    }

    /// A block is through: what is still open in it is not waited for any more.
    pub(super) fn close_block(&mut self, run: StepRunId, verdict: Verdict) {
        for left in self.state.below(run) {
            self.void_run_because(left, ENDED);
        }
        self.end_clock(Some(run), ClockKind::Step);
        self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
    }

    fn next_round(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<StepRunId, Stuck> {
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        self.emit(Event::BlockEntered { run, path, parent, round });
        self.give_block_time(series, run)?;
        Ok(run)
    }

    /// Starts the clock of a block, where it has one.
    pub(super) fn give_block_time(
        &mut self,
        series: &Series<'_>,
        run: StepRunId,
    ) -> Result<(), Stuck> {
        let Some(within) = series.within else { return Ok(()) };
        if let Within::Span(span) = self.pick(within)? {
            self.give_budget(&series.path, run, budget(*span));
        }
        Ok(())
    }

    /// What stands inside one round.
    pub(super) fn inside(
        &mut self,
        series: &Series<'_>,
        (run, parent): (StepRunId, Option<StepRunId>),
    ) -> Result<Progress, Stuck> {
        if series.repeat.is_some() {
            let rounds = self.rounds_of(&series.path, parent);
            let number = rounds.iter().position(|row| row.id == run).unwrap_or(0) + 1;
            self.round = i64::try_from(number).ok();
        }
        let around = self.within.replace(run);
        let progress = match series.inner {
            Inner::Step(step) => self.step(step, Some(run)),
            Inner::Block(block) => {
                self.list(&block.entries, &series.place, Some(run), block.together)
            }
        };
        self.within = around;
        progress
    }

    /// Notes that the condition is false, if it is.
    pub(super) fn skips(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<bool, Stuck> {
        let Some(when) = series.when else { return Ok(false) };
        if self.holds(when)? {
            return Ok(false);
        }
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        let rule = when.source().to_owned();
        self.emit(Event::StepSkipped { run, path, parent, round, rule });
        Ok(true)
    }

    /// Whether a block that has just ended starts again.
    fn repeats(&self, series: &Series<'_>, parent: Option<StepRunId>) -> Result<bool, Stuck> {
        let Some(repeat) = series.repeat else { return Ok(false) };
        if let Some(until) = &repeat.until
            && self.holds(until)?
        {
            return Ok(false);
        }
        Ok(self.rounds_of(&series.path, parent).len() < series.at_most())
    }

    /// The rounds that count, in order.
    pub(super) fn rounds_of(&self, path: &str, parent: Option<StepRunId>) -> Vec<step_run::Model> {
        let counts = |run: &&step_run::Model| {
            run.path == path && run.parent_id == parent && run.state != RunState::Void
        };
        self.state.runs.iter().filter(counts).cloned().collect()
    }

    /// Looks into every round that is open, and closes those that are through.
    pub(super) fn each_open(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        for run in self.rounds_of(&series.path, parent) {
            if run.state != RunState::Open {
                continue;
            }
            match self.inside(series, (run.id, parent))? {
                Progress::Done => self.close_block(run.id, Verdict::Done),
                Progress::Ended => return Ok(Progress::Ended),
                Progress::Refused => return Ok(Progress::Refused),
                Progress::Pending => {}
            }
        }
        Ok(Progress::Pending)
    }

    /// Whether `until` holds. What no round has said yet is not so yet.
    pub(super) fn has_ended(&self, repeat: &Repeat) -> Result<bool, Stuck> {
        let Some(until) = &repeat.until else { return Ok(false) };
        match self.holds(until) {
            Err(stuck) if stuck.missing.is_some() => Ok(false),
            known => known,
        }
    }

    /// No further round opens, and those that are open are not waited for any more. A round whose
    /// payment is ordered goes on to its end: what was earned stays.
    pub(super) fn end_rounds(&mut self, path: &str, parent: Option<StepRunId>) {
        let rounds = self.rounds_of(path, parent);
        for round in rounds.iter().filter(|run| run.state != RunState::Closed) {
            let below = self.state.below(round.id);
            if below.iter().any(|run| self.state.run(*run).is_some_and(is_payment)) {
                continue;
            }
            for run in below {
                self.void_run_because(run, ENDED);
            }
            self.emit(Event::StepVoided { run: round.id, why: Some(ENDED.to_owned()) });
        }
    }

    /// The case rests as long as a step is open for whose sake it was suspended.
    pub(super) fn rests(&mut self) -> bool {
        if !self.state.case.suspended {
            return false;
        }
        let waits = |run: &step_run::Model| {
            run.state == RunState::Open && run.reason.as_deref() == Some(crate::fold::SUSPENDED)
        };
        if self.state.runs.iter().any(waits) {
            return true;
        }
        self.emit(Event::Resumed);
        false
    }
}

fn is_payment(run: &step_run::Model) -> bool {
    run.kind == RunKind::Pay
}

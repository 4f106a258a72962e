//! One row of a trail as it is heard: what somebody did is done again, what followed from it is
//! left to the rules.

use chrono::{DateTime, Utc};
use entities::{LetterKind, Outcome, RunKind, RunState, StepRunId, Verdict};

use super::{Teller, Untold, Waiting};
use crate::{
    event::{AcceptedBy, Event},
    rules::{accepting, advance::advance, letters::Answers},
};

impl Teller<'_> {
    /// Hears row `row` of the trail.
    ///
    /// # Errors
    /// [`Untold`] for what cannot be told again.
    pub(super) fn hear(&mut self, row: usize) -> Result<(), Untold> {
        let Some(told) = self.tale.told.get(row).cloned() else { return Ok(()) };
        if told.by_person && self.goes_on.is_some() && is_a_word(&told.event) {
            self.go_on_now()?;
        }
        if told.by_person {
            self.hear_person(row, told.at, &told.event)?;
        } else {
            self.hear_machine(told.at, &told.event)?;
        }
        self.old.apply(&told.event, told.at);
        Ok(())
    }

    fn hear_machine(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        match event {
            Event::Filed { .. } => self.open(at, event),
            event if is_of_lines(event) => self.hear_lines(at, event),
            Event::Accepted { by: AcceptedBy::Silence, .. } => self.silence(at),
            Event::TakenDown { run, .. } => {
                let run = self.run_here(*run);
                let Some(run) = run.filter(|_| self.is_down_by_time(at)) else { return Ok(()) };
                self.come(at, &super::Come::Down(run))
            }
            Event::StepClosed { run, verdict: Verdict::Missed, .. } | Event::Suspended { run } => {
                let Some(run) = self.run_here(*run) else { return Ok(()) };
                let on = self.act(at, |engine| {
                    let opening = engine.state.run(run).is_some_and(|r| r.kind == RunKind::Open);
                    let on = if opening { engine.give_up(run) } else { engine.miss(run) };
                    Ok::<_, Untold>(on)
                })?;
                self.goes_on = self.goes_on.or(on.then_some(at));
                Ok(())
            }
            Event::LapseProposed { run } => {
                let run = self.run_here(*run);
                let on =
                    self.act(at, |engine| Ok::<_, Untold>(accepting::supplement_cap(engine, run)))?;
                self.goes_on = self.goes_on.or(on.then_some(at));
                Ok(())
            }
            // What closed with its cause is so already: the case itself goes on a moment later.
            Event::StepClosed { run, .. } if self.is_closed_here(*run) => Ok(()),
            event if follows_from_the_route(event) => self.go_on(at),
            other => self.hear_the_clock(at, other),
        }
    }

    fn hear_the_clock(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        match event {
            Event::Unpaused { run, .. } => {
                let Some(run) = self.goes_on_here(*run) else { return Ok(()) };
                self.act(at, |engine| {
                    if engine.is_paused(run) {
                        engine.unpause(run, true);
                    }
                    Ok::<_, Untold>(())
                })
            }
            // A stop that has used up what it may: the moment has come when its row says so.
            Event::ClockResumed { .. } => match self.moments.capped(at) {
                Some(moment) => self.come(at, &moment),
                None => Ok(()),
            },
            Event::LetterTaken { kind, .. } if *kind != LetterKind::Answer => {
                self.emit_here(at, event)
            }
            Event::LetterTaken { letter, from, body, .. } => {
                let mut body = body.clone();
                self.translate(&mut body);
                let answer: Answers = serde_json::from_value(body.clone())
                    .map_err(|error| Untold::Happened(error.to_string()))?;
                let (letter, from) = (*letter, *from);
                let on = self.act(at, |engine| {
                    let kind = LetterKind::Answer;
                    engine.emit(Event::LetterTaken { letter, kind, from, body });
                    Ok::<_, Untold>(engine.hear(&answer) && engine.state.is_live())
                })?;
                self.goes_on = self.goes_on.or(on.then_some(at));
                Ok(())
            }
            Event::ClockReprojected { clock, .. } => {
                // The working days of today are known here from the beginning; only where they
                // did not move this clock before, they do so now.
                let (is, was) = (self.state.clock(*clock), self.old.clock(*clock));
                if is.is_some() && is.map(|is| &is.face) == was.map(|was| &was.face) {
                    let event = event.clone();
                    self.act(at, |engine| {
                        engine.emit(event);
                        Ok::<_, Untold>(())
                    })?;
                }
                Ok(())
            }
            // An objection comes from whoever reads a notice.
            event => self.hear_about_time(at, event),
        }
    }

    /// The rows that follow a notice that is taken down say whether its time was over.
    fn is_down_by_time(&self, at: DateTime<Utc>) -> bool {
        let same = self.tale.told.iter().filter(|told| told.at == at && !told.by_person);
        same.map(|told| &told.event).any(|event| {
            matches!(event, Event::StepClosed { run, verdict: Verdict::Done, .. }
                if self.old.run(*run).is_some_and(|run| run.kind == RunKind::Publish))
        })
    }

    /// The id of a step's run in what is told, for one in what happened.
    pub(super) fn run_here(&self, run: StepRunId) -> Option<StepRunId> {
        if self.state.run(run).is_some_and(|is| is.state != RunState::Void) {
            return Some(run);
        }
        let was = self.old.run(run)?;
        let same = |is: &&entities::step_run::Model| {
            is.path == was.path && is.thread == was.thread && is.state != RunState::Void
        };
        self.state.runs.iter().rev().find(same).map(|is| is.id)
    }

    fn is_closed_here(&self, run: StepRunId) -> bool {
        let here = self.run_here(run).and_then(|run| self.state.run(run));
        here.is_some_and(|run| run.state == RunState::Closed)
    }

    /// The run whose stop was ended; none where it only ended because its step was left.
    pub(super) fn goes_on_here(&self, run: StepRunId) -> Option<StepRunId> {
        let open = self.old.run(run).is_some_and(|run| run.state == RunState::Open);
        self.run_here(run).filter(|_| open)
    }

    /// A letter names the run that it answers.
    fn translate(&self, body: &mut serde_json::Value) {
        let run = body.get("run").and_then(serde_json::Value::as_str);
        let here = run.and_then(|run| run.parse().ok()).and_then(|run| self.run_here(run));
        if let (Some(here), Some(body)) = (here, body.as_object_mut()) {
            body.insert("run".to_owned(), here.to_string().into());
        }
    }

    /// The case goes on as far as it can, and hears what people said at steps that open now.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn go_on(&mut self, at: DateTime<Utc>) -> Result<(), Untold> {
        self.goes_on = None;
        loop {
            self.act(at, |engine| {
                advance(engine);
                let stuck = engine.events.iter().find_map(|event| match event {
                    Event::StuckOnRule { rule, why, .. } => Some(format!("{rule}: {why}")),
                    _ => None,
                });
                stuck.map_or(Ok(()), |why| Err(Untold::Stuck(why)))
            })?;
            if !self.hear_waiting(at)? {
                return Ok(());
            }
        }
    }

    /// The same, where somebody has spoken since.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn go_on_now(&mut self) -> Result<(), Untold> {
        self.goes_on.take().map_or(Ok(()), |at| self.go_on(at))
    }

    /// What was said at a step that has opened since. Whether the case goes on by it.
    fn hear_waiting(&mut self, at: DateTime<Utc>) -> Result<bool, Untold> {
        for nth in 0..self.waiting.len() {
            let Some(Waiting { row, path }) = self.waiting.get(nth).cloned() else { break };
            let open =
                self.state.runs.iter().any(|run| run.path == path && run.state == RunState::Open);
            if open {
                self.waiting.remove(nth);
                return self.sign(row, at);
            }
        }
        Ok(false)
    }

    /// The applicant, or a person, ends the case.
    pub(super) fn end_by_person(
        &mut self,
        at: DateTime<Utc>,
        outcome: Outcome,
    ) -> Result<(), Untold> {
        if !self.state.is_live() || self.state.case.outcome.is_some() {
            return Ok(());
        }
        self.act(at, |engine| engine.reach(outcome, None))
            .map_err(|stuck| Untold::Stuck(stuck.to_string()))
    }
}

/// Whether somebody did it; all else in the transaction follows from that.
fn is_a_word(event: &Event) -> bool {
    matches!(
        event,
        Event::Accepted { .. }
            | Event::AcceptanceRefused { .. }
            | Event::SupplementAsked { .. }
            | Event::Supplemented { .. }
            | Event::TaskSigned { .. }
            | Event::TaskClaimed { .. }
            | Event::TaskMoved { .. }
            | Event::ClockExtended { .. }
            | Event::OutageStood { .. }
            | Event::Paused { .. }
            | Event::OutcomeReached { .. }
            | Event::RowMoved { .. }
            | Event::RowsFilled { run: Some(_), .. }
    ) || matches!(event, Event::RowChanged { run: Some(_), by: Some(_), .. })
}

/// What is told of lines.
pub(super) fn is_of_lines(event: &Event) -> bool {
    matches!(
        event,
        Event::GatheringClosed
            | Event::RowJoined { .. }
            | Event::RowChanged { .. }
            | Event::RowSettled { .. }
            | Event::RowRenewed { .. }
            | Event::RowsFrozen { .. }
            | Event::Drawn { .. }
            | Event::Ranked { .. }
            | Event::RowMoved { .. }
            | Event::SeatTaken { .. }
            | Event::SeatFreed { .. }
            | Event::RowsFilled { .. }
    )
}

/// What the worker makes of a case when it lets it go on.
fn follows_from_the_route(event: &Event) -> bool {
    matches!(
        event,
        Event::StepOpened { .. }
            | Event::StepSkipped { .. }
            | Event::StepWaiting { .. }
            | Event::StepMerged { .. }
            | Event::StepClosed { .. }
            | Event::StepVoided { .. }
            | Event::BlockEntered { .. }
            | Event::BlockReopened { .. }
            | Event::RoundWaiting { .. }
            | Event::ThreadsFrozen { .. }
            | Event::ThreadEntered { .. }
            | Event::LinesAskedAgain { .. }
            | Event::Climbed { .. }
            | Event::SupplementAsked { .. }
            | Event::AwardRecomputed { .. }
            | Event::AwardSet { .. }
            | Event::Copied { .. }
            | Event::OutcomeReached { .. }
            | Event::CaseEnded
    )
}

/// What follows from something else that is heard, or changes nothing here.
///
/// # Errors
/// [`Untold::Happened`] for all that is not known to.
pub(super) fn known(event: &Event) -> Result<(), Untold> {
    if follows_from_the_route(event) {
        return Ok(());
    }
    match event {
        Event::Accepted { .. }
        | Event::PaperAdded { .. }
        | Event::PaperRemoved { .. }
        | Event::TaskOpened { .. }
        | Event::TaskVoided { .. }
        | Event::Returned { .. }
        | Event::ClockStarted { .. }
        | Event::ClockStopped { .. }
        | Event::ClockResumed { .. }
        | Event::ClockEnded { .. }
        | Event::ExtensionRefused { .. }
        | Event::AnsweredInName { .. }
        | Event::Unpaused { .. }
        | Event::RungClimbed { .. }
        | Event::LightChanged { .. }
        | Event::CameBack
        | Event::MomentMoved { .. }
        | Event::Resumed
        | Event::Published { .. }
        | Event::TakenDown { .. }
        | Event::PaymentOrdered { .. }
        | Event::PaymentMade { .. }
        | Event::LetterSent { .. }
        | Event::Urged { .. }
        | Event::CopyRead { .. }
        | Event::SupplementWanted { .. }
        | Event::SupplementAllowed { .. }
        | Event::NumberTaken { .. } => Ok(()),
        other => Err(Untold::Happened(other.kind())),
    }
}

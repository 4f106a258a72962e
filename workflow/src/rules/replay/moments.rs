//! Moments at which a case goes on by itself: a day that was waited for, a notice whose time is
//! over, silence. Those of the case as it happened come when they came.

use chrono::{DateTime, Utc};
use entities::{PaymentId, PaymentState, Phase, RunKind, RunState, StepRunId, TimerKind};

use super::{Teller, Untold};
use crate::{
    event::{AcceptedBy, Event, Payment},
    rules::{
        accepting,
        clock::{self, SILENCE},
        outages::{Stretch, not_given_yet},
    },
};

/// What comes at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A run that waits goes on, or is asked again.
    Opens(StepRunId),
    /// A notice is taken down.
    Down(StepRunId),
    /// A stop has used up what it may.
    Capped(StepRunId),
    /// Nobody has answered: it counts as accepted.
    Silence,
}

/// Those that are still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments(Vec<(DateTime<Utc>, Moment)>);

impl Moments {
    pub(super) fn add(&mut self, at: DateTime<Utc>, moment: Moment) {
        self.0.push((at, moment));
    }

    /// Those that no event carries.
    pub(super) fn looks(&mut self, looks: &[(TimerKind, Option<StepRunId>, DateTime<Utc>)]) {
        for (kind, run, at) in looks {
            match (kind, run) {
                (TimerKind::Opens, Some(run)) => self.add(*at, Moment::Opens(*run)),
                (TimerKind::StopCap, Some(run)) => self.add(*at, Moment::Capped(*run)),
                _ => {}
            }
        }
    }

    /// Takes a stop that has used up what it may by `at`.
    pub(super) fn capped(&mut self, at: DateTime<Utc>) -> Option<Moment> {
        let capped = |(due, moment): &(DateTime<Utc>, Moment)| {
            *due <= at && matches!(moment, Moment::Capped(_))
        };
        let first = self.0.iter().position(capped)?;
        Some(self.0.remove(first).1)
    }

    /// Takes the first that comes at `until` or before.
    pub(super) fn next_until(&mut self, until: DateTime<Utc>) -> Option<(DateTime<Utc>, Moment)> {
        let due = self.0.iter().enumerate().filter(|(_, (at, _))| *at <= until);
        let (first, _) = due.min_by_key(|(nth, (at, _))| (*at, *nth))?;
        Some(self.0.remove(first))
    }
}

impl Teller<'_> {
    /// Takes what has happened into account, beside the case's own rows.
    pub(super) fn note(&mut self, event: &Event, at: DateTime<Utc>) {
        match event {
            Event::AwardSet { lines } => self.lines.clone_from(lines),
            Event::StepWaiting { opening, opens_at } if *opens_at > at => {
                self.moments.add(*opens_at, Moment::Opens(opening.run));
            }
            Event::RoundWaiting { run, opens_at, .. } if *opens_at > at => {
                self.moments.add(*opens_at, Moment::Opens(*run));
            }
            Event::Published { run, ends_at, .. } => self.moments.add(*ends_at, Moment::Down(*run)),
            // Silence takes on what somebody has applied for.
            Event::Filed { .. } | Event::Supplemented { .. }
                if self.state.case.subject_id.is_some() =>
            {
                let days = self.tale.known.calendar.of(crate::fold::REGION);
                self.moments.add(clock::due(at, SILENCE, &days), Moment::Silence);
            }
            Event::SeatTaken { .. } | Event::SeatFreed { .. } => self.note_seat(event),
            _ => self.note_payment(event, at),
        }
    }

    /// What was ordered and paid, of programs that pay in shares.
    fn note_payment(&mut self, event: &Event, at: DateTime<Utc>) {
        match event {
            Event::PaymentOrdered { run, payments } => {
                let of = (self.state.case.id, *run);
                let row = |one: &Payment| one.ordered(PaymentId::derived(at, [0; 10]), of, at);
                self.payments.extend(payments.iter().map(row));
            }
            Event::PaymentMade { run, .. } => {
                for one in self.payments.iter_mut().filter(|one| one.run_id == *run) {
                    one.state = PaymentState::Paid;
                    one.paid_at = Some(at);
                }
            }
            Event::StepVoided { run, .. } => {
                self.payments
                    .retain(|one| one.run_id != *run || one.state != PaymentState::Ordered);
            }
            _ => {}
        }
    }

    /// Lets happen what comes by itself before a row of the trail.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn moments_before(&mut self, row: usize) -> Result<(), Untold> {
        let Some(told) = self.tale.told.get(row) else { return Ok(()) };
        let mut later = Vec::new();
        while let Some((at, moment)) = self.moments.next_until(told.at) {
            if self.happened_later(row, at, &moment) {
                later.push((at, moment));
                continue;
            }
            if self.goes_on.is_some_and(|spoken| spoken <= at) {
                self.go_on_now()?;
            }
            // What was heard before goes on in its own time, unless this lets it.
            let heard = self.goes_on.take();
            self.come(at, &moment)?;
            if self.goes_on.is_some() {
                self.go_on_now()?;
            } else {
                self.goes_on = heard;
            }
        }
        // They come with the very rows that tell of them.
        for (at, moment) in later {
            self.moments.add(at, moment);
        }
        Ok(())
    }

    /// Whether the same moment was there as it happened, so that its own row says when it came.
    fn happened_later(&self, row: usize, at: DateTime<Utc>, moment: &Moment) -> bool {
        let ahead = self.tale.told.iter().skip(row).filter(|told| !told.by_person);
        match moment {
            Moment::Opens(run) => {
                let Some(is) = self.state.run(*run) else { return false };
                let same = self.old.runs.iter().any(|was| {
                    was.path == is.path
                        && was.thread == is.thread
                        && was.round == is.round
                        && was.state == is.state
                        && was.opens_at == is.opens_at
                });
                let asked = is.kind != RunKind::Wait || is.opens_at.is_some() || {
                    let until = |program: &crate::program::Program| {
                        program.step(&is.path).and_then(|step| step.until.clone())
                    };
                    until(&self.own) == until(&self.program)
                };
                same && asked
                    && ahead.map(|told| &told.event).any(|event| match event {
                        Event::StepOpened { opening } | Event::StepMerged { opening, .. } => {
                            opening.path == is.path && opening.round == is.round
                        }
                        Event::BlockEntered { path, round, .. }
                        | Event::StepSkipped { path, round, .. } => {
                            *path == is.path && *round == is.round
                        }
                        Event::StepClosed { run: closed, .. } => closed == run,
                        _ => false,
                    })
            }
            Moment::Down(run) => {
                let ends = self.tale.told.iter().any(|told| {
                    matches!(&told.event, Event::Published { run: up, ends_at, .. }
                        if up == run && *ends_at == at)
                });
                (ends || self.is_up_as_it_was(*run))
                    && ahead.map(|told| &told.event).any(
                        |event| matches!(event, Event::TakenDown { run: down, .. } if down == run),
                    )
            }
            Moment::Silence => ahead
                .map(|told| &told.event)
                .any(|event| matches!(event, Event::Accepted { by: AcceptedBy::Silence, .. })),
            Moment::Capped(run) => {
                let open = |state: &crate::state::CaseState| {
                    state.run(*run).is_some_and(|run| run.state == RunState::Open)
                };
                let mut resumed = ahead.filter(|told| told.at >= at);
                open(&self.state)
                    && open(&self.old)
                    && resumed.any(|told| matches!(told.event, Event::ClockResumed { .. }))
            }
        }
    }

    /// Whether a notice hangs out since the same instant and by the same rule: it came down when it
    /// did, whatever the calendar has become since.
    fn is_up_as_it_was(&self, run: StepRunId) -> bool {
        let since = |state: &crate::state::CaseState| {
            let run = state.run(run)?;
            Some((run.path.clone(), run.opened_at))
        };
        let is = since(&self.state);
        let rule = |program: &crate::program::Program| {
            let (path, _) = is.as_ref()?;
            program.step(path)?.rule.clone()
        };
        is.is_some() && is == since(&self.old) && rule(&self.own) == rule(&self.program)
    }

    /// A moment has come.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn come(&mut self, at: DateTime<Utc>, moment: &Moment) -> Result<(), Untold> {
        if !self.state.is_live() {
            return Ok(());
        }
        match moment {
            Moment::Opens(run) => {
                let waits = |run: &entities::step_run::Model| {
                    matches!(run.state, RunState::Waiting | RunState::Open)
                };
                if self.state.run(*run).is_some_and(waits) {
                    self.goes_on = Some(at);
                }
            }
            Moment::Down(run) => {
                let run = *run;
                if self.act(at, |engine| {
                    let before = engine.events.len();
                    engine.take_down(run);
                    Ok::<_, Untold>(engine.events.len() > before)
                })? {
                    self.goes_on = Some(at);
                }
            }
            Moment::Capped(run) => {
                let run = *run;
                self.act(at, |engine| {
                    engine.stop_capped(None, Some(run));
                    Ok::<_, Untold>(())
                })?;
            }
            Moment::Silence => self.silence(at)?,
        }
        Ok(())
    }

    /// The service was away, and the clocks stood for that time.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn stand_for_outage(
        &mut self,
        at: DateTime<Utc>,
        whole: Stretch,
    ) -> Result<(), Untold> {
        let parts = not_given_yet(whole, &self.outages);
        self.outages.push(whole);
        self.act(at, |engine| {
            engine.stand_for_outage(whole, &parts, &[]);
            Ok::<_, Untold>(())
        })
    }

    /// Nobody has answered for five working days: it counts as accepted on the day of receipt.
    ///
    /// # Errors
    /// [`Untold::Stuck`].
    pub(super) fn silence(&mut self, at: DateTime<Utc>) -> Result<(), Untold> {
        let case = &self.state.case;
        if case.phase != Phase::Filed || case.supplementing {
            return Ok(());
        }
        self.act(at, accepting::silence).map_err(|stuck| Untold::Stuck(stuck.to_string()))
    }
}

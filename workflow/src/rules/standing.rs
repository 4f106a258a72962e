//! Stops: by an open step (`stop:`, a public notice), or by its holder for a legal ground (挂起).
//!
//! Each ground has one cap for the whole case. Beyond it the clocks run again, and the days are
//! the blocker's.

use chrono::{DateTime, Utc};
use entities::{
    Added, ClockId, ClockKind, PersonId, RunKind, RunState, StepRunId, TimerKind, clock, step_run,
    task,
};
use serde_json::json;

use super::{
    clock::{Budget, stop_ends_at, stop_used},
    engine::{Engine, budget, face_of, is_running},
    pacing::Hours,
    publicity::PUBLICITY,
    recipients::{Message, Way},
    reprojecting::AFTER_ALL,
    returning::SUPPLEMENT,
};
use crate::{
    Refusal,
    event::Event,
    fold::PAUSED,
    program::{Program, Word},
    state::CaseState,
};

/// The ground for which a step stands while an expert is asked.
const EXPERT: &str = "expert";

/// The ground for which the time of a payment stands while an objection or an appeal is examined.
const OBJECTION: &str = "objection";

/// The grounds for which a holder may let a step stand: those of the program that are not a
/// step's own, nor the applicant's.
pub fn grounds(program: &Program) -> Vec<String> {
    let steps = program.steps();
    let own = |ground: &&String| {
        !steps.iter().any(|step| step.stop.as_ref().is_some_and(|stop| *stop == ***ground))
            && ![SUPPLEMENT, PUBLICITY].contains(&ground.as_str())
    };
    program.clock.stops.keys().filter(own).cloned().collect()
}

impl Engine<'_> {
    /// The ground for which the total stands while a step is open, if its program says so.
    fn ground_of(&self, run: &step_run::Model) -> Option<String> {
        let program = &self.facts.program;
        let ground = match run.kind {
            RunKind::Publish => PUBLICITY.to_owned(),
            _ => program.step(&run.path)?.stop.as_ref()?.to_string(),
        };
        program.clock.stops.contains_key(&ground).then_some(ground)
    }

    /// How much of the cap on a ground is used up, the stop that `but` is left out.
    pub(super) fn used(&self, ground: &str, cap: Budget, but: Option<StepRunId>) -> i64 {
        let days = &self.facts.days;
        let of_steps = self.state.runs.iter().filter(|run| {
            Some(run.id) != but && self.ground_of(run).is_some_and(|own| own == ground)
        });
        let of_steps = of_steps.filter(|run| !matches!(run.state, RunState::Skipped));
        let of_steps = of_steps
            .map(|run| stop_used(run.opened_at, run.closed_at.unwrap_or(self.now), cap, days));
        let by_hand = self
            .state
            .clocks
            .iter()
            .filter(|row| row.kind == ClockKind::Stop && row.ground.as_deref() == Some(ground));
        let by_hand = by_hand.filter_map(|row| {
            let face = face_of(row)?;
            Some(stop_used(face.started_at, row.ended_at.unwrap_or(self.now), cap, days))
        });
        of_steps.chain(by_hand).sum()
    }

    pub(super) fn cap(&self, ground: &str) -> Option<Budget> {
        self.facts.program.clock.stops.get(ground).copied().map(budget)
    }

    /// A step has opened: the total stands, as long as the cap on its ground allows.
    pub(super) fn stop_for(&mut self, run: StepRunId) {
        let Some(row) = self.state.run(run).filter(|row| row.state == RunState::Open) else {
            return;
        };
        let Some(ground) = self.ground_of(row) else { return };
        let Some(cap) = self.cap(&ground) else { return };
        let used = self.used(&ground, cap, Some(run));
        if is_used_up(cap, used) {
            return;
        }
        let ends_at = stop_ends_at(self.now, cap, used, &self.facts.days);
        self.stop_clocks(&ground, true);
        // A step that ends with its cap ends first.
        self.looks.push((TimerKind::StopCap, Some(run), ends_at + AFTER_ALL));
    }

    /// Since when the total stands for an open step, and when the cap on its ground is used up.
    pub(super) fn stop_of_step_ends(
        &self,
        run: &step_run::Model,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let ground = self.ground_of(run)?;
        let cap = self.cap(&ground)?;
        let used = self.used(&ground, cap, Some(run.id));
        // A total that started behind the step stands from then on.
        let total = self.state.case_clock(ClockKind::Total).and_then(|total| total.stopped_at);
        let since = total.map_or(run.opened_at, |since| since.max(run.opened_at));
        Some((since, stop_ends_at(since, cap, used, &self.facts.days) + AFTER_ALL))
    }

    /// The total has just started: what stands for an open step stands from now on.
    pub(super) fn stop_total_too(&mut self) {
        let open = self.state.runs.iter().filter(|run| run.state == RunState::Open);
        let open: Vec<StepRunId> =
            open.filter(|run| self.ground_of(run).is_some()).map(|run| run.id).collect();
        for run in open {
            self.stop_for(run);
        }
    }

    /// A step is left: no clock stands for its sake any more, unless another open one has the
    /// same ground.
    pub(super) fn stop_is_over(&mut self, run: StepRunId, paused: bool) {
        if paused {
            self.unpause(run, false);
        }
        let Some(row) = self.state.run(run) else { return };
        let Some(ground) = self.ground_of(row) else { return };
        let others = self.state.runs.iter().any(|other| {
            other.state == RunState::Open && self.ground_of(other).is_some_and(|own| own == ground)
        });
        if !others {
            self.resume_clocks(&ground);
        }
    }

    /// An objection or an appeal has come in, or `is_over` with the last answer: nothing is paid in
    /// between, so that the time of whoever pays does not count.
    pub(super) fn hold_payments(&mut self, is_over: bool) {
        if is_over {
            self.resume_clocks(OBJECTION);
            return;
        }
        let pays = |run: &&step_run::Model| run.kind == RunKind::Pay && run.state == RunState::Open;
        let pays = self.state.runs.iter().filter(pays);
        let clocks: Vec<ClockId> =
            pays.filter_map(|run| self.state.time_of(run.id)).map(|clock| clock.id).collect();
        self.stop_those(OBJECTION, |row| clocks.contains(&row.id));
    }

    /// Whether a step stands for a legal ground.
    pub fn is_paused(&self, run: StepRunId) -> bool {
        self.state.run(run).is_some_and(|row| row.reason.as_deref() == Some(PAUSED))
    }

    /// 挂起: the step's clock and the total stand for `ground`. One step of a case at a time.
    ///
    /// # Errors
    /// [`Refusal::NoGround`], [`Refusal::TooLate`], [`Refusal::StopUsedUp`].
    pub fn pause(
        &mut self,
        run: StepRunId,
        ground: &str,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        let known = grounds(&self.facts.program).iter().any(|known| known == ground);
        let cap = self.cap(ground).filter(|_| known);
        let cap = cap.ok_or_else(|| Refusal::NoGround(ground.to_owned()))?;
        self.pause_within(run, (ground, cap), note)
    }

    /// Somebody is asked as an expert: the step stands, where the program's total clock knows such
    /// a stop and it is not used up; else the clock runs on. Whether it stands.
    pub fn stand_for_expert(&mut self, run: StepRunId) -> bool {
        let standing = |row: &clock::Model| row.kind == ClockKind::Stop && row.ended_at.is_none();
        if self.state.case.supplementing || self.state.clocks.iter().any(standing) {
            return false;
        }
        let Some(cap) = self.cap(EXPERT) else { return false };
        // Late, or used up: the expert is asked all the same.
        self.pause_within(run, (EXPERT, cap), None).is_ok()
    }

    /// An expert has answered, or is not asked any more: with the last of them the step goes on.
    pub fn expert_answered(&mut self, run: StepRunId) {
        let asked =
            |slot: &task::Model| slot.added == Some(Added::Opinion) && CaseState::is_open(slot);
        let standing = self.state.clocks.iter().any(|row| {
            let ended = row.ended_at.is_some();
            row.kind == ClockKind::Stop && !ended && row.ground.as_deref() == Some(EXPERT)
        });
        if standing && self.is_paused(run) && !self.state.slots(run).any(asked) {
            self.unpause(run, false);
        }
    }

    fn pause_within(
        &mut self,
        run: StepRunId,
        (ground, cap): (&str, Budget),
        note: Option<String>,
    ) -> Result<(), Refusal> {
        // Its own, or that of the block whose time it has.
        let times = self.state.time_of(run);
        let own = times.map(|clock| clock.id);
        if let Some(face) = times.and_then(face_of)
            && face.is_late(self.now)
        {
            return Err(Refusal::TooLate(face.due_at));
        }
        let used = self.used(ground, cap, None);
        if is_used_up(cap, used) {
            return Err(Refusal::StopUsedUp(ground.to_owned()));
        }
        let until = stop_ends_at(self.now, cap, used, &self.facts.days);
        self.emit(Event::Paused { run, ground: ground.to_owned(), until, note });
        self.stop_those(ground, |row| Some(row.id) == own || row.kind == ClockKind::Total);
        self.start_stop(ground, until);
        self.looks.push((TimerKind::StopSoon, Some(run), self.soon(self.now, until)));
        Ok(())
    }

    /// When it is said that most of a stop is over.
    pub(super) fn soon(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        self.hours().waking(most_of(from, until))
    }

    /// Most of a stop's cap is used up. One that was ended and begun again has its own moment.
    pub fn stop_runs_out(&mut self, run: StepRunId) {
        let standing = self.state.clocks.iter().filter(|row| row.kind == ClockKind::Stop);
        let face = standing.filter(|row| row.ended_at.is_none()).find_map(face_of);
        let is_time = face.is_some_and(|face| most_of(face.started_at, face.due_at) <= self.now);
        if is_time && self.is_paused(run) {
            self.tell_of_stop(run, "stop_soon");
        }
    }

    /// A stop has a ladder of its own: whoever holds the step, and who heads their unit, hear of
    /// it when most of the cap is used up, and when the clock runs again without them.
    fn tell_of_stop(&mut self, run: StepRunId, template: &'static str) {
        let Some(row) = self.state.run(run).cloned() else { return };
        let hours = self.hours();
        let way = if hours.is_quiet(self.now) {
            Way::Gathered(hours.digest(self.now, false))
        } else {
            Way::Mail
        };
        let mut told: Vec<PersonId> = Vec::new();
        let words = [Word::new("holder"), Word::new("unit_head")];
        for word in &words {
            for (person, is_subject) in self.people_for(&row, word) {
                if !is_subject && !told.contains(&person) {
                    told.push(person);
                }
            }
        }
        for person in told {
            let key = format!("{run}/{template}/{}/{person}", self.now.timestamp());
            let params = json!({ "run": run, "step": row.path, "due": row.due_at });
            self.tell(&row, &words, Message { key, person, way, template, params });
        }
    }

    fn hours(&self) -> Hours<'_> {
        Hours { days: &self.facts.days, every_day: false }
    }

    /// The step goes on: its holder says so, it was left, or (`capped`) its ground is used up.
    pub fn unpause(&mut self, run: StepRunId, capped: bool) {
        let standing = |row: &&clock::Model| row.kind == ClockKind::Stop && row.ended_at.is_none();
        let Some(row) = self.state.clocks.iter().find(standing).cloned() else { return };
        let ground = row.ground.clone().unwrap_or_default();
        self.emit(Event::ClockEnded { clock: row.id });
        self.emit(Event::Unpaused { run, ground: ground.clone(), capped });
        self.resume_clocks(&ground);
        if capped {
            self.tell_of_stop(run, "stop_over");
        }
    }

    /// A stop has used up the cap of its ground: the clocks run again. By its own clock it was
    /// somebody's word, else it is the open step's.
    pub fn stop_capped(&mut self, clock: Option<ClockId>, run: Option<StepRunId>) {
        let own = clock.and_then(|id| self.state.clock(id)).filter(|row| is_running(row));
        if own.is_some_and(|row| row.kind == ClockKind::Stop) {
            let paused = self.state.runs.iter().find(|run| run.reason.as_deref() == Some(PAUSED));
            if let Some(run) = paused.map(|run| run.id) {
                self.unpause(run, true);
            }
            return;
        }
        let open = run.and_then(|run| self.state.run(run));
        let ground = open.filter(|row| row.state == RunState::Open).and_then(|r| self.ground_of(r));
        if let Some(ground) = ground {
            self.resume_clocks(&ground);
        }
    }
}

/// When four fifths of a stop are over.
fn most_of(from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
    from + (until - from) * 4 / 5
}

/// Whether a cap has nothing left; a stop would run to the evening of its day all the same.
fn is_used_up(cap: Budget, used: i64) -> bool {
    match cap {
        Budget::WorkingDays(n) | Budget::Days(n) => used >= i64::from(n),
        Budget::Hours(n) => used >= i64::from(n) * 3600,
        Budget::Months(_) | Budget::Years(_) | Budget::Until(_) => false,
    }
}

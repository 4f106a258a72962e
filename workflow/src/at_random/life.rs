//! One life of a case on the pure core: its rows, its trail, its timers, and the time.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountKind, CaseId, Duty, PersonId, StepRunId, TaskId, TimerId, TimerKind, UnitId, case_file,
    timer,
};

use super::{
    acts::{Act, Begun, Drawn},
    place::{self, Place},
};
use crate::{
    Actor, Event, Refusal,
    calendar::Calendar,
    commands::act_on,
    event::Line,
    program::{Program, Programs},
    record::Timers,
    rules::{
        advance::advance,
        assigning::Desks,
        authority::Authority,
        clock::{SILENCE, due},
        engine::Engine,
        facts::{CaseFacts, Facts},
    },
    state::CaseState,
};

/// How long the worker takes.
const A_MOMENT: TimeDelta = TimeDelta::milliseconds(40);

/// The case, and all that is known around it.
pub(crate) struct Life {
    pub(crate) program: Arc<Program>,
    programs: Programs,
    pub(super) place: Place,
    pub(crate) calendar: Arc<Calendar>,
    pub(super) conflicts: Vec<PersonId>,
    pub(crate) now: DateTime<Utc>,
    /// As the engine has it.
    pub(crate) state: CaseState,
    /// As the trail alone tells it, read again from what would be stored.
    pub(super) retold: CaseState,
    pub(crate) draft: case_file::Model,
    pub(crate) told: Vec<(DateTime<Utc>, Event)>,
    /// Those that have not fired.
    pub(super) timers: Vec<timer::Model>,
    pub(super) lines: Vec<Line>,
    pub(super) form: BTreeMap<String, crate::program::expression::Value>,
    /// Asked for and not answered: the step, by how much, when.
    pub(super) more_time: Option<(StepRunId, String, DateTime<Utc>)>,
    pub(super) times_given: Vec<StepRunId>,
    /// What has just happened, for the invariants.
    pub(super) last: Last,
}

/// The last act, and what was there before it.
pub(super) struct Last {
    pub(super) act: Option<Act>,
    pub(super) before: CaseState,
    /// What it said, timers and the worker included.
    pub(super) events: Vec<Event>,
    /// Somebody did it: it was not refused.
    pub(super) done: bool,
    /// Nothing but the act itself happened: no timer, no worker.
    pub(super) alone: bool,
}

impl Life {
    pub(super) fn new(begun: Begun, (programs, all): (&Programs, &[Arc<Program>])) -> Self {
        let program = Arc::clone(&all[usize::from(begun.program) % all.len()]);
        let place = Place::built();
        let mut draft = place::draft(&program, place.school);
        draft.facts = serde_json::to_value(CaseFacts::default()).unwrap();
        let state = CaseState::new(draft.clone());
        let last =
            Last { act: None, before: state.clone(), events: Vec::new(), done: true, alone: false };
        let mut life = Self {
            program,
            programs: programs.clone(),
            place,
            calendar: Arc::new(Calendar::shipped().unwrap()),
            conflicts: Vec::new(),
            now: place::start() + TimeDelta::minutes(i64::from(begun.minutes)),
            retold: state.clone(),
            state,
            draft,
            told: Vec::new(),
            timers: Vec::new(),
            lines: Vec::new(),
            form: BTreeMap::new(),
            more_time: None,
            times_given: Vec::new(),
            last,
        };
        life.files(begun);
        life.works();
        life
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            program: Arc::clone(&self.program),
            programs: self.programs.clone(),
            days: self.calendar.of("640000"),
            calendar: Arc::clone(&self.calendar),
            organisation: self.place.organisation(self.now).about(&self.state.case),
            history: Vec::new(),
            rosters: BTreeMap::new(),
            conflicts: self.conflicts.clone(),
            recused: BTreeMap::new(),
            near_lines: BTreeMap::new(),
            filer: None,
            lines: self.lines.clone(),
            payments: Vec::new(),
            desks: Desks::default(),
            seats: Vec::new(),
            seed: None,
        }
    }

    /// What the judge knows of somebody of the staff.
    pub(super) fn authority(&self, person: PersonId) -> Authority {
        let appointments: Vec<_> = self
            .place
            .in_force(self.now)
            .filter(|held| held.person_id == person)
            .cloned()
            .collect();
        let seats: Vec<UnitId> = appointments
            .iter()
            .filter(|held| held.duty == Duty::Head)
            .map(|held| held.unit_id)
            .collect();
        let under = self.place.units.iter().filter(|unit| seats.contains(&unit.seat_id));
        let heads = under.map(|unit| unit.id).collect();
        let nth = self.place.people.iter().position(|one| *one == person).unwrap_or(240);
        Authority {
            actor: Actor {
                account: place::account(u8::try_from(nth).unwrap()),
                person: Some(person),
                kind: AccountKind::Staff,
            },
            appointments,
            acts_for: Vec::new(),
            stands_in: Vec::new(),
            heads,
            owing: Vec::new(),
        }
    }

    /// The applicant's.
    pub(super) fn applicant() -> Authority {
        Authority {
            actor: Actor {
                account: place::account(place::APPLICANT),
                person: None,
                kind: AccountKind::Applicant,
            },
            appointments: Vec::new(),
            acts_for: vec![place::subject()],
            stands_in: Vec::new(),
            heads: Vec::new(),
            owing: Vec::new(),
        }
    }

    /// Lets the rules do `work`; what they refuse has not happened. Whether it was done.
    pub(super) fn act(
        &mut self,
        work: impl FnOnce(&mut Engine<'_>) -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        let facts = self.facts();
        let mut engine = Engine::new(&facts, self.state.clone(), self.now);
        let goes_on = work(&mut engine)?;
        let Engine { mut state, events, looks, armed, .. } = engine;
        if goes_on && state.is_live() {
            state.case.routing = true;
        }
        let routing = state.case.routing;
        self.state = state;
        let fresh = |kind, at| timer::Model::of(self.draft.id, kind, TimerId::at(self.now), at);
        let looks = looks
            .into_iter()
            .map(|(kind, run, at)| timer::Model { run_id: run, ..fresh(kind, at) });
        let armed = armed.into_iter().map(|one| timer::Model {
            run_id: Some(one.run),
            clock_id: Some(one.clock),
            nth: one.nth,
            ..fresh(one.kind, one.at)
        });
        let more: Vec<timer::Model> = looks.chain(armed).collect();
        self.keep(events, more);
        self.retold.case.routing = routing;
        Ok(())
    }

    /// Takes what happened into the trail, the timers and the awards, as `record` does.
    fn keep(&mut self, events: Vec<Event>, more: Vec<timer::Model>) {
        let mut timers = Timers::default();
        let case: CaseId = self.draft.id;
        for event in &events {
            timers.note(case, event, self.now);
            if let Event::AwardSet { lines } = event {
                self.lines.clone_from(lines);
            }
            if matches!(event, Event::Filed { .. } | Event::Supplemented { .. })
                && self.state.case.phase == entities::Phase::Filed
            {
                let at = due(self.now, SILENCE, &self.calendar.of("640000"));
                timers.add(timer::Model::of(case, TimerKind::Silence, TimerId::at(self.now), at));
            }
            let stored = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&stored).unwrap();
            self.retold.apply(&read, self.now);
            self.told.push((self.now, read));
        }
        for timer in more {
            timers.add(timer);
        }
        timers.settle_in(&mut self.timers);
        self.last.events.extend(events);
    }

    /// Does what was drawn. Whether it was done; else it was refused.
    pub(super) fn does(&mut self, drawn: Drawn) {
        self.last = Last {
            act: Some(drawn.act),
            before: self.state.clone(),
            events: Vec::new(),
            done: false,
            alone: true,
        };
        // Nobody acts twice in one moment.
        self.now += A_MOMENT;
        if let Act::Pass { minutes } = drawn.act {
            self.last.alone = false;
            self.works();
            self.passes(TimeDelta::minutes(i64::from(minutes)));
            self.last.done = true;
            return;
        }
        self.last.done = self.attempts(drawn.act).is_ok();
        if !drawn.lazy && self.state.case.routing {
            self.last.alone = false;
            self.works();
        }
        // What comes back late is due at once: the sweep is there within seconds.
        if self.timers.iter().any(|timer| timer.due_at <= self.now) {
            self.last.alone = false;
            self.passes(TimeDelta::zero());
        }
    }

    /// The worker lets the case go on, a moment later.
    pub(super) fn works(&mut self) {
        while self.state.case.routing {
            self.now += A_MOMENT;
            self.state.case.routing = false;
            self.retold.case.routing = false;
            let done = self.act(|engine| {
                advance(engine);
                Ok(false)
            });
            done.unwrap();
        }
    }

    /// Time passes; what is due on the way happens at its instant.
    fn passes(&mut self, by: TimeDelta) {
        let target = self.now + by;
        for _ in 0..10_000 {
            let next = self.timers.iter().map(|timer| timer.due_at).min();
            let Some(next) = next.filter(|due| *due <= target) else {
                self.now = self.now.max(target);
                return;
            };
            self.now = self.now.max(next);
            self.fires();
            self.works();
        }
        panic!("timers without end: {:?}", self.timers);
    }

    /// All that is due now, as one sweep does it.
    fn fires(&mut self) {
        let now = self.now;
        let (mut due, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.timers).into_iter().partition(|timer| timer.due_at <= now);
        self.timers = left;
        due.sort_by_key(|timer| (timer.due_at, timer.kind == TimerKind::Rung));
        let done = self.act(|engine| {
            let mut goes_on = false;
            for timer in &due {
                goes_on |= act_on(engine, timer)?;
            }
            Ok(goes_on)
        });
        done.unwrap_or_else(|why| panic!("{why}: {due:?}"));
    }

    /// One of the slots that can be signed, or, where there is none, of all.
    pub(super) fn slot(&self, nth: u8) -> Option<TaskId> {
        let open: Vec<_> =
            self.state.tasks.iter().filter(|task| CaseState::is_open(task)).collect();
        let one = |tasks: &[&entities::task::Model]| {
            let nth = usize::from(nth).checked_rem(tasks.len())?;
            tasks.get(nth).map(|task| task.id)
        };
        one(&open).or_else(|| one(&self.state.tasks.iter().collect::<Vec<_>>()))
    }

    /// Somebody: three times in four one of those who hold the slot's duty, else anybody.
    pub(super) fn somebody(&self, slot: TaskId, who: u8) -> PersonId {
        let any = self.place.people[usize::from(who) % self.place.people.len()];
        let Some(task) = self.state.task(slot).filter(|_| !who.is_multiple_of(4)) else {
            return any;
        };
        if let Some(person) = task.person_id.filter(|_| who.is_multiple_of(2)) {
            return person;
        }
        let here: Vec<PersonId> = self
            .place
            .in_force(self.now)
            .filter(|held| held.unit_id == task.unit_id && held.duty == task.duty)
            .map(|held| held.person_id)
            .collect();
        let nth = usize::from(who).checked_rem(here.len());
        nth.and_then(|nth| here.get(nth).copied()).unwrap_or(any)
    }
}

//! What people do to a case, done again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{ClockId, LetterKind, Outcome, RunKind, RunState, TaskId, Verdict, task};

use super::{Teller, Told, Untold, Waiting, hearing::known};
use crate::{
    Refusal,
    event::{AcceptedBy, Event, ReturnMode},
    program::{ClockFrom, expression::Value},
    rules::{
        clock::Budget,
        judging::{Application, Judged},
        verdicts::{SendBack, sign},
    },
    state::CaseState,
};

/// Where somebody's slot is in what is told.
enum Slot {
    /// It can be signed.
    Open(TaskId),
    /// Its step has not opened yet.
    Later,
    /// There is none.
    Gone,
}

impl Teller<'_> {
    pub(super) fn hear_person(
        &mut self,
        row: usize,
        at: DateTime<Utc>,
        event: &Event,
    ) -> Result<(), Untold> {
        match event {
            Event::Filed { .. } if self.tale.draft.subject_id.is_none() => self.open(at, event),
            Event::Filed { facts, .. } => self.file(at, facts),
            event if super::hearing::is_of_lines(event) => self.hear_lines(at, event),
            Event::Supplemented { facts, changed, .. } => self.answer(at, facts, changed),
            Event::Accepted { by: AcceptedBy::Person, .. } if !self.is_by_signature(row) => self
                .act(at, |engine| engine.accept(AcceptedBy::Person, at))
                .map_err(|stuck| Untold::Stuck(stuck.to_string())),
            Event::AcceptanceRefused { reason } => {
                let reason = reason.clone();
                self.act(at, |engine| {
                    engine.emit(Event::AcceptanceRefused { reason: reason.clone() });
                    engine.reach(Outcome::Refused, Some(reason))
                })
                .map_err(|stuck| Untold::Stuck(stuck.to_string()))
            }
            Event::OutcomeReached { outcome, .. }
                if matches!(outcome, Outcome::Withdrawn | Outcome::Lapsed) =>
            {
                self.end_by_person(at, *outcome)
            }
            Event::TaskSigned { .. } => {
                let closed = self.sign(row, at)?;
                self.goes_on = self.goes_on.or(closed.then_some(at));
                Ok(())
            }
            Event::SupplementAsked { run, asked, .. } => {
                let open = self.run_here(*run).filter(|run| {
                    self.state.run(*run).is_some_and(|run| run.state == RunState::Open)
                });
                let Some(run) = open else {
                    self.drop_step(*run);
                    return Ok(());
                };
                let asked = asked.clone();
                self.act(at, |engine| {
                    engine.ask(run, asked);
                    Ok::<_, Untold>(())
                })
            }
            Event::TaskClaimed { .. } | Event::TaskReleased { .. } | Event::TaskMoved { .. } => {
                self.hand_on(at, event)
            }
            other => self.hear_about_time(at, other),
        }
    }

    pub(super) fn hear_about_time(
        &mut self,
        at: DateTime<Utc>,
        event: &Event,
    ) -> Result<(), Untold> {
        match event {
            Event::ExtensionAsked { run, by, .. } => {
                self.longer.insert(*run, (by.clone(), at));
                self.emit_here(at, event)
            }
            Event::ClockExtended { clock, .. } => self.extend(at, *clock),
            Event::OutageStood { from, to, .. } => self.stand_for_outage(at, (*from, *to)),
            Event::Paused { run, ground, note, .. } => {
                let Some(run) = self.run_here(*run) else { return Ok(()) };
                let (ground, note) = (ground.clone(), note.clone());
                match self.act(at, |engine| engine.pause(run, &ground, note)) {
                    Err(Refusal::Stuck(why)) => Err(Untold::Stuck(why)),
                    _ => Ok(()),
                }
            }
            Event::Unpaused { run, .. } => {
                let Some(run) = self.goes_on_here(*run) else { return Ok(()) };
                self.act(at, |engine| {
                    if engine.is_paused(run) {
                        engine.unpause(run, false);
                    }
                    Ok::<_, Untold>(())
                })
            }
            Event::LetterSent { letter } if letter.kind == LetterKind::Open => {
                let run = letter.run.and_then(|run| self.run_here(run));
                let notice = |run| self.state.run(run).is_some_and(|r| r.kind == RunKind::Publish);
                let Some(run) = run.filter(|run| notice(*run)) else { return Ok(()) };
                let mut letter = letter.clone();
                letter.run = Some(run);
                self.emit_here(at, &Event::LetterSent { letter })
            }
            Event::Voiced { run, .. } => {
                let here = run.and_then(|run| self.run_here(run));
                let mut event = event.clone();
                if let Event::Voiced { run, .. } = &mut event {
                    *run = here;
                }
                self.emit_here(at, &event)
            }
            other => known(other),
        }
    }

    pub(super) fn emit_here(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        let event = event.clone();
        self.act(at, |engine| {
            engine.emit(event);
            Ok(())
        })
    }

    /// The first word of a person accepts a case: then it stands before the signature.
    fn is_by_signature(&self, row: usize) -> bool {
        let at = self.tale.told.get(row).map(|told| told.at);
        let mut next = self.tale.told.iter().skip(row + 1).skip_while(|told| {
            Some(told.at) == at
                && matches!(told.event, Event::ClockStarted { .. } | Event::ClockStopped { .. })
        });
        next.next().is_some_and(|told| {
            told.by_person && Some(told.at) == at && matches!(told.event, Event::TaskSigned { .. })
        })
    }

    fn drop_step(&mut self, run: entities::StepRunId) {
        let path = self.old.run(run).map(|run| run.path.clone());
        self.dropped.extend(path);
    }

    /// The next form as it was handed in.
    fn form(&mut self) -> BTreeMap<String, Value> {
        let form = self.tale.forms.get(self.forms).cloned().unwrap_or_default();
        self.forms += 1;
        form
    }

    /// What the rules make of the form now. None where it would not have been taken.
    fn judge(
        &mut self,
        at: DateTime<Utc>,
        facts: &serde_json::Value,
    ) -> Result<Option<Judged>, Untold> {
        let form = self.form();
        let papers = Self::carried(facts).papers;
        let known = self.facts(at);
        let application = Application {
            facts: &known,
            state: &self.state,
            values: &form,
            papers: &papers,
            now: at,
        };
        match application.judge(application.read().faults) {
            Ok(judged) => Ok(Some(judged)),
            Err(Refusal::NotEligible { reason }) => {
                self.refused = Some(reason);
                Ok(None)
            }
            Err(Refusal::Form(faults)) => {
                Err(Untold::Form(faults.into_iter().map(|fault| fault.field).collect()))
            }
            Err(Refusal::UnknownProgram(_)) => {
                self.refused = Some("not_in_force".to_owned());
                Ok(None)
            }
            Err(other) => Err(Untold::Stuck(other.to_string())),
        }
    }

    fn file(&mut self, at: DateTime<Utc>, facts: &serde_json::Value) -> Result<(), Untold> {
        // What the draft carried: places of the applicant, and no word of the form.
        let carried = Self::carried(facts);
        let draft = crate::rules::facts::CaseFacts {
            applicant: carried.applicant,
            home: carried.home,
            ..Default::default()
        };
        self.state.case.facts = serde_json::to_value(draft).unwrap_or_default();
        let Some(judged) = self.judge(at, facts)? else { return Ok(()) };
        let Some(Event::Filed { number, filed_as, form, .. }) = self.filed() else {
            return Ok(());
        };
        self.act(at, |engine| {
            engine.emit(Event::Filed {
                number,
                filed_as,
                facts: serde_json::to_value(&judged.facts).unwrap_or_default(),
                form,
                award: judged.award.total,
            });
            if !judged.award.lines.is_empty() {
                engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
            }
            engine.start_total(ClockFrom::Submitted, at)
        })
        .map_err(|stuck| Untold::Stuck(stuck.to_string()))?;
        self.goes_on = Some(at);
        Ok(())
    }

    fn filed(&self) -> Option<Event> {
        let filed = |told: &Told| matches!(told.event, Event::Filed { .. });
        self.tale.told.iter().find(|told| filed(told)).map(|told| told.event.clone())
    }

    /// 补正: the applicant has answered.
    fn answer(
        &mut self,
        at: DateTime<Utc>,
        facts: &serde_json::Value,
        changed: &[String],
    ) -> Result<(), Untold> {
        if !self.state.case.supplementing {
            self.forms += 1;
            return Ok(());
        }
        let file = self.state.case.clone();
        let Some(judged) = self.judge(at, facts)? else { return Ok(()) };
        let asked: crate::event::Asked =
            file.asked.and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default();
        let unasked = changed.iter().any(|field| !asked.fields.contains(field));
        let same_award = judged.award.total == file.award_fen;
        let replays = !same_award || (asked.mode == Some(ReturnMode::Here) && unasked);
        let had_lines = !self.lines.is_empty();
        let changed = changed.to_vec();
        self.act(at, |engine| {
            engine.emit(Event::Supplemented {
                facts: serde_json::to_value(&judged.facts).unwrap_or_default(),
                form: String::new(),
                award: judged.award.total,
                changed,
            });
            if !judged.award.lines.is_empty() || had_lines {
                engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
            }
            engine.answered();
            if replays {
                engine.replay_all();
            }
            Ok::<_, Untold>(())
        })?;
        if asked.mode.is_some() || replays {
            self.goes_on = Some(at);
        }
        Ok(())
    }

    /// Somebody speaks. Whether the step closes.
    pub(super) fn sign(&mut self, row: usize, at: DateTime<Utc>) -> Result<bool, Untold> {
        let Some(Told { at: said_at, event: Event::TaskSigned { task, signature }, .. }) =
            self.tale.told.get(row)
        else {
            return Ok(false);
        };
        let Some(was) = self.was(*task) else { return Ok(false) };
        let slot = match self.slot(&was) {
            Slot::Open(slot) => slot,
            Slot::Gone => {
                self.dropped.insert(was.path);
                return Ok(false);
            }
            Slot::Later => {
                self.waiting.push(Waiting { row, path: was.path });
                return Ok(false);
            }
        };
        let back = self.sent_back(row, *said_at);
        let signature = (**signature).clone();
        if back.is_none() && signature.verdict != Verdict::Refused {
            self.papers_of_lines(row, at, slot)?;
        }
        match self.act(at, |engine| sign(engine, slot, signature, back)) {
            Ok(closed) => Ok(closed),
            Err(Refusal::Stuck(why)) => Err(Untold::Stuck(why)),
            // What the rules do not let them say there, they have not said.
            Err(_) => {
                self.dropped.insert(was.path);
                Ok(false)
            }
        }
    }

    /// A slot as it was when it was signed.
    fn was(&self, task: TaskId) -> Option<task::Model> {
        self.old.task(task).cloned().or_else(|| {
            let (state, _) = super::as_it_was(self.tale);
            state.task(task).cloned()
        })
    }

    /// Where a word that ends in a return sends the case.
    fn sent_back(&self, row: usize, at: DateTime<Utc>) -> Option<SendBack> {
        let rest = self.tale.told.iter().skip(row + 1);
        let mut same = rest.take_while(|told| told.by_person && told.at == at);
        same.find_map(|told| match &told.event {
            Event::Returned { to, mode, asked, .. } => {
                Some(SendBack { to: to.clone(), mode: *mode, asked: asked.clone() })
            }
            _ => None,
        })
    }

    /// The slot of what is told that is the one `was`: the same, of the same office, or in the
    /// same place.
    fn slot(&self, was: &task::Model) -> Slot {
        let thread = self.old.run(was.run_id).map(|run| run.thread.clone()).unwrap_or_default();
        if self.program.step(&was.path).is_none() {
            return Slot::Gone;
        }
        let runs = self.state.runs.iter().rev();
        let mut runs = runs.filter(|run| {
            run.path == was.path && run.thread == thread && run.state != RunState::Void
        });
        let Some(run) = runs.next() else { return Slot::Later };
        match run.state {
            RunState::Open => {}
            RunState::Waiting => return Slot::Later,
            RunState::Closed | RunState::Skipped | RunState::Void => return Slot::Gone,
        }
        let open: Vec<&task::Model> =
            self.state.slots(run.id).filter(|slot| CaseState::is_open(slot)).collect();
        let same = open.iter().find(|slot| slot.id == was.id);
        let same = same.or_else(|| open.iter().find(|slot| slot.unit_id == was.unit_id));
        let same = same.or_else(|| open.iter().find(|slot| slot.place == was.place));
        same.or_else(|| open.first()).map_or(Slot::Gone, |slot| Slot::Open(slot.id))
    }

    /// 领取, 转办: no clock listens.
    fn hand_on(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        let task = match event {
            Event::TaskClaimed { task, .. }
            | Event::TaskReleased { task }
            | Event::TaskMoved { task, .. } => *task,
            _ => return Ok(()),
        };
        let Some(was) = self.old.task(task).cloned() else { return Ok(()) };
        let Slot::Open(task) = self.slot(&was) else { return Ok(()) };
        let event = match event.clone() {
            Event::TaskClaimed { person, .. } => Event::TaskClaimed { task, person },
            Event::TaskMoved { moved, .. } => Event::TaskMoved { task, moved },
            _ => Event::TaskReleased { task },
        };
        self.emit_here(at, &event)
    }

    /// 延期: what was asked for in time is given, of the step and of the whole.
    fn extend(&mut self, at: DateTime<Utc>, clock: ClockId) -> Result<(), Untold> {
        let counts = self.old.clock(clock).and_then(|clock| clock.run_id);
        // Whoever asks holds that step, or one inside that block.
        let asked = self.longer.keys().copied().find(|asked| {
            let around = self.old.around(*asked).map(|block| block.id);
            std::iter::once(*asked).chain(around).any(|run| Some(run) == counts)
        });
        let Some(run) = asked else { return Ok(()) }; // the total, with its step
        let Some((by, asked_at)) = self.longer.remove(&run) else { return Ok(()) };
        let Some(run) = self.run_here(run) else { return Ok(()) };
        let given = self.given;
        self.given += 1;
        let by: Budget = by.parse().map_err(|_| Untold::Happened(format!("extension {by}")))?;
        match self.act(at, |engine| engine.extend(run, by, (asked_at, given))) {
            Err(Refusal::Stuck(why)) => Err(Untold::Stuck(why)),
            _ => Ok(()),
        }
    }
}

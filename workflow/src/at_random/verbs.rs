//! What people do to a case, as the commands do it: the judge is asked first.

use std::collections::BTreeMap;

use entities::{ClockKind, Fen, Outcome, PersonId, TaskId, TaskState, Verdict, task};
use serde_json::json;

use super::{
    acts::{Act, Begun, Word},
    life::Life,
    place,
};
use crate::{
    Bar, Event, Refusal,
    calendar::{DayKind, Row, Scope, local_date},
    event::{AcceptedBy, Asked, How, ReturnMode, Signature},
    program::{ClockFrom, StepKind, expression::Value},
    rules::{
        authority::Verb,
        clock::Budget,
        judging::{Application, Judged},
        reopening,
        reprojecting::{Changed, Since},
        returning::asked_once,
        standing::grounds,
        taking_back,
        verdicts::{SendBack, sign},
    },
    state::CaseState,
};

pub(super) type Done = Result<(), Refusal>;

impl Life {
    pub(super) fn attempts(&mut self, act: Act) -> Done {
        match act {
            Act::Pass { .. } => Ok(()),
            Act::Sign { slot, who, word } => self.signs(slot, who, word),
            Act::Claim { .. }
            | Act::Release { .. }
            | Act::Transfer { .. }
            | Act::GiveBack { .. }
            | Act::Add { .. }
            | Act::Drop { .. }
            | Act::Opinion { .. }
            | Act::Plan { .. } => self.brings_others(act),
            Act::TakeBack { slot } => self.takes_back(slot, false),
            Act::Undo { slot } => self.takes_back(slot, true),
            Act::Ask { .. }
            | Act::Pause { .. }
            | Act::Continue { .. }
            | Act::AskTime { .. }
            | Act::GiveTime => self.moves_time(act),
            Act::Answer { days, unasked } => self.answers(days, unasked),
            Act::Withdraw => {
                Self::applicant().may(Verb::Withdraw, &self.state, &self.program, None)?;
                self.act(|engine| {
                    engine.reach(Outcome::Withdrawn, None)?;
                    Ok(false)
                })
            }
            Act::Accept { .. } | Act::RefuseAcceptance { .. } | Act::Lapse { .. } => {
                self.takes_on(act)
            }
            Act::Conflict { who } => {
                let person = self.place.people[usize::from(who) % self.place.people.len()];
                self.conflicts.push(person);
                Ok(())
            }
            Act::Leaves { who } => self.leaves(who),
            Act::Comes { who } => self.comes(who),
            Act::Calendar { day, off } => self.changes_day(day, off),
            Act::Reopen { who } => self.reopens(who),
        }
    }

    /// Hands the form in for the first time.
    pub(super) fn files(&mut self, begun: Begun) {
        self.form = BTreeMap::from([
            ("days".to_owned(), Value::Int(i64::from(begun.days))),
            ("sum".to_owned(), Value::Money(Fen(i64::from(begun.yuan) * 100))),
        ]);
        let judged = self.judged(&self.form).unwrap();
        let facts = serde_json::to_value(&judged.facts).unwrap();
        let filed = self.act(|engine| {
            let (number, filed_as, form) = ("1".to_owned(), "self".to_owned(), String::new());
            let award = judged.award.total;
            engine.emit(Event::Filed { number, filed_as, facts, form, award });
            if !judged.award.lines.is_empty() {
                engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
            }
            engine.start_total(ClockFrom::Submitted, engine.now)?;
            Ok(true)
        });
        filed.unwrap();
    }

    fn judged(&self, form: &BTreeMap<String, Value>) -> Result<Judged, Refusal> {
        let facts = self.facts();
        let application = Application {
            facts: &facts,
            state: &self.state,
            values: form,
            papers: &[],
            now: self.now,
        };
        application.judge(application.read().faults)
    }

    pub(super) fn may(
        &self,
        who: PersonId,
        verb: Verb,
        task: TaskId,
    ) -> Result<task::Model, Refusal> {
        let row = self.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
        self.authority(who).may(verb, &self.state, &self.program, Some(&row))?;
        Ok(row)
    }

    pub(super) fn found(&self, slot: u8, who: u8) -> Result<(TaskId, PersonId), Refusal> {
        let task = self.slot(slot).ok_or(Refusal::NotFound("task"))?;
        Ok((task, self.somebody(task, who)))
    }

    fn signs(&mut self, slot: u8, who: u8, word: Word) -> Done {
        let (task, who) = self.found(slot, who)?;
        let row = self.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
        let step = self.program.step(&row.path).ok_or(Refusal::NotFound("step"))?.clone();
        let award = self.state.case.award_fen;
        let (verb, verdict, fen) = match (step.kind, word) {
            (StepKind::Decide, Word::Less(percent)) => {
                let fen = Fen(award.0 * i64::from(percent) / 100);
                (Verb::ApproveLess, Verdict::Less, Some(fen))
            }
            (StepKind::Decide, Word::Refuse) => (Verb::Refuse, Verdict::Refused, None),
            (StepKind::Decide | StepKind::Fill, Word::Return { .. }) => {
                (Verb::Return, Verdict::Returned, None)
            }
            (StepKind::Fill, _) => (Verb::HandIn, Verdict::Done, None),
            (StepKind::Receive, _) => (Verb::SignForReceipt, Verdict::Done, None),
            (StepKind::Pay, _) => (Verb::Pay, Verdict::Done, None),
            _ => (Verb::Approve, Verdict::Approved, None),
        };
        let own = row.addressed && row.person_id == Some(place::subject());
        let judge = if own { Self::applicant() } else { self.authority(who) };
        judge.may(verb, &self.state, &self.program, Some(&row))?;
        let back = match word {
            Word::Return { to, here } if verdict == Verdict::Returned => {
                let nth = usize::from(to).checked_rem(step.may_return.len());
                let to = nth.and_then(|nth| step.may_return.get(nth));
                let to = to.map_or_else(String::new, ToString::to_string);
                let mode = if here { ReturnMode::Here } else { ReturnMode::Replay };
                let asked = Asked { fields: vec!["days".to_owned()], ..Asked::default() };
                Some(SendBack { to, mode, asked })
            }
            _ => None,
        };
        if let Some(back) = &back {
            asked_once(&self.state, &back.to)?;
        }
        let signature = Signature {
            verdict,
            fen,
            reason: (verdict == Verdict::Refused).then(|| "untrue".to_owned()),
            person: judge.actor.person,
            appointment: None,
            on_behalf: None,
            note: None,
            form: None,
            said: json!({}),
            seen: 1,
            batch: None,
        };
        let signed = self.act(|engine| sign(engine, task, signature, back));
        // Whoever may sign can: a list that can never come to a verdict is nobody's to find out.
        assert!(!matches!(signed, Err(Refusal::Stuck(_))), "{signed:?}: {row:#?}");
        signed
    }

    /// By whoever signed it.
    fn takes_back(&mut self, slot: u8, whole: bool) -> Done {
        let signed = self.state.tasks.iter().filter(|task| task.state == TaskState::Signed);
        // The latest most often.
        let nth = usize::from(slot % 3);
        let row = signed.rev().nth(nth).cloned().ok_or(Refusal::NotFound("task"))?;
        let who = row.signed_by.ok_or(Refusal::NotFound("person"))?;
        let verb = if whole { Verb::Undo } else { Verb::TakeBack };
        self.may(who, verb, row.id)?;
        self.act(|engine| {
            if whole {
                taking_back::undo(engine, row.id, None)?;
            } else {
                taking_back::take_back(engine, row.id)?;
            }
            Ok(false)
        })
    }

    fn moves_time(&mut self, act: Act) -> Done {
        match act {
            Act::Ask { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                let run = self.may(person, Verb::RequestSupplement, task)?.run_id;
                let asked = Asked { fields: vec!["days".to_owned()], ..Asked::default() };
                self.act(|engine| {
                    engine.ask(run, asked);
                    Ok(false)
                })
            }
            Act::Pause { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                let run = self.may(person, Verb::Suspend, task)?.run_id;
                let ground = grounds(&self.program).first().cloned().unwrap_or_default();
                self.act(|engine| engine.pause(run, &ground, None).map(|()| false))
            }
            Act::Continue { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                let run = self.may(person, Verb::Continue, task)?.run_id;
                self.act(|engine| {
                    engine.unpause(run, false);
                    Ok(false)
                })
            }
            Act::AskTime { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                let run = self.may(person, Verb::AskExtension, task)?.run_id;
                let given = self.times_given.clone();
                let mut by = String::new();
                self.act(|engine| {
                    by = engine.ask_extension((run, task), &given, None)?.1;
                    Ok(false)
                })?;
                self.more_time = Some((run, by, self.now));
                Ok(())
            }
            _ => {
                let (run, by, asked_at) =
                    self.more_time.take().ok_or(Refusal::NotFound("extension"))?;
                let row = self.state.run(run).ok_or(Refusal::NotFound("step"))?;
                if row.closed_at.is_some() {
                    return Err(Refusal::Settled { by: None, state: row.state });
                }
                let by: Budget = by.parse().map_err(|_| Refusal::NotFound("time"))?;
                let given = self.times_given.len();
                self.times_given.push(run);
                self.act(|engine| engine.extend(run, by, (asked_at, given)).map(|()| false))
            }
        }
    }

    /// 补正: as `resubmit_case` takes it.
    fn answers(&mut self, days: u8, unasked: bool) -> Done {
        Self::applicant().may(Verb::Resubmit, &self.state, &self.program, None)?;
        let mut form = self.form.clone();
        form.insert("days".to_owned(), Value::Int(i64::from(days)));
        if let (Some(Value::Money(sum)), true) = (form.get_mut("sum"), unasked) {
            sum.0 += 100;
        }
        let judged = self.judged(&form)?;
        let asked = self.state.case.asked.clone();
        let asked: Asked =
            asked.and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default();
        let changed: Vec<String> =
            form.keys().filter(|key| form.get(*key) != self.form.get(*key)).cloned().collect();
        let more = changed.iter().any(|field| !asked.fields.contains(field));
        if asked.mode.is_none() && more {
            return Err(Refusal::Form(Vec::new()));
        }
        let same = judged.award.total == self.state.case.award_fen;
        let replays = !same || (asked.mode == Some(ReturnMode::Here) && more);
        let facts = serde_json::to_value(&judged.facts).unwrap();
        self.act(|engine| {
            let (award, form) = (judged.award.total, String::new());
            engine.emit(Event::Supplemented { facts, form, award, changed });
            engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
            engine.answered();
            if replays {
                engine.replay_all();
            }
            Ok(asked.mode.is_some() || replays)
        })?;
        self.form = form;
        Ok(())
    }

    fn takes_on(&mut self, act: Act) -> Done {
        let (slot, who, verb) = match act {
            Act::Accept { slot, who } => (slot, who, Verb::Accept),
            Act::RefuseAcceptance { slot, who } => (slot, who, Verb::RefuseAcceptance),
            Act::Lapse { slot, who } => (slot, who, Verb::CloseAsLapsed),
            _ => return Ok(()),
        };
        let (task, person) = self.found(slot, who)?;
        self.may(person, verb, task)?;
        let asked = |row: &entities::clock::Model| {
            row.kind == ClockKind::Applicant && row.due_at.is_some_and(|due| due <= self.now)
        };
        if verb == Verb::CloseAsLapsed && !self.state.clocks.iter().any(asked) {
            return Err(Refusal::NotNow { verb });
        }
        self.act(|engine| {
            match verb {
                Verb::Accept => engine.accept(AcceptedBy::Person, engine.now)?,
                Verb::RefuseAcceptance => {
                    let reason = "untrue".to_owned();
                    engine.emit(Event::AcceptanceRefused { reason: reason.clone() });
                    engine.reach(Outcome::Refused, Some(reason))?;
                }
                _ => engine.reach(Outcome::Lapsed, None)?,
            }
            Ok(false)
        })
    }

    /// An appointment ends, and the case is looked through, as the worker does within the minute.
    fn leaves(&mut self, who: u8) -> Done {
        let now = self.now;
        let person = self.place.people[usize::from(who) % self.place.people.len()];
        let mut held = self
            .place
            .held
            .iter_mut()
            .filter(|held| held.person_id == person && held.to_at.is_none_or(|to| now < to));
        held.next().ok_or(Refusal::NotFound("appointment"))?.to_at = Some(now);
        if !self.state.is_live() {
            return Ok(());
        }
        self.act(|engine| {
            engine.reseat_all(How::HandedOver);
            Ok(engine.events.iter().any(|event| matches!(event, Event::StepClosed { .. })))
        })
    }

    /// Somebody takes up the duty that they, or somebody before them, had.
    fn comes(&mut self, who: u8) -> Done {
        let gone: Vec<_> = self.place.held.iter().filter(|held| held.to_at.is_some()).collect();
        let nth = usize::from(who).checked_rem(gone.len());
        let last = nth.and_then(|nth| gone.get(nth)).ok_or(Refusal::NotFound("appointment"))?;
        let (person, seat) = (last.person_id, (last.unit_id, last.duty));
        if self.place.in_force(self.now).any(|held| held.person_id == person) {
            return Err(Refusal::NotFound("appointment"));
        }
        self.place.appoint(person, seat, self.now);
        Ok(())
    }

    fn changes_day(&mut self, day: u8, off: bool) -> Done {
        let date = local_date(self.now) + chrono::Days::new(u64::from(day));
        let kind = if off { DayKind::Off } else { DayKind::Work };
        let changed =
            (*self.calendar).clone().with_rows([Row { scope: Scope::National, date, kind }]);
        self.calendar = std::sync::Arc::new(changed);
        let revision = self.calendar.revision();
        let days = std::collections::BTreeSet::from([date]);
        let clocks: Vec<_> = self.state.clocks.iter().map(|row| row.id).collect();
        if !self.state.is_live() {
            return Ok(());
        }
        let standing = self.timers.clone();
        self.act(|engine| {
            let changed = Changed { days: &days, revision: &revision };
            for clock in clocks {
                engine.reproject(clock, changed);
            }
            engine.reproject_moments(&standing, &Since::default(), changed);
            Ok(false)
        })
    }

    fn reopens(&mut self, who: u8) -> Done {
        let rule = self.program.reopen.clone().ok_or(Refusal::NotNow { verb: Verb::Reopen })?;
        let person = self.place.people[usize::from(who) % self.place.people.len()];
        let held = self.authority(person).appointments;
        self.act(|engine| {
            let (unit, duty) = engine.role(&rule.by)?;
            if !held.iter().any(|held| Some(held.unit_id) == unit && held.duty == duty) {
                return Err(Refusal::NotYours(Bar::OtherOffice));
            }
            reopening::reopen(engine, &rule)?;
            Ok(true)
        })
    }
}

/// A slot that waits for nobody any more.
pub(super) fn is_over(task: &task::Model) -> bool {
    !CaseState::is_open(task) && task.state != TaskState::Waiting
}

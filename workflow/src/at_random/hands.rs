//! Who brings others to a slot, and by which rules: claims, 转办, 委派, 加签, 减签, 沟通.

use entities::{Added, Duty, PersonId, RunState, TaskId, Verdict, appointment, task};
use serde_json::json;

use super::{acts::Act, life::Life, verbs::Done};
use crate::{
    Bar, Event, Refusal,
    event::{How, Signature},
    rules::{
        authority::{Authority, Verb},
        passing_on::{self, Comes},
    },
};

impl Life {
    pub(super) fn brings_others(&mut self, act: Act) -> Done {
        match act {
            Act::Claim { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                self.may(person, Verb::Claim, task)?;
                self.says(Event::TaskClaimed { task, person })
            }
            Act::Release { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                self.may(person, Verb::Release, task)?;
                self.says(Event::TaskReleased { task })
            }
            Act::Transfer { slot, who, to, back } => self.hands_on(slot, who, (to, back)),
            Act::GiveBack { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                let row = self.may(person, Verb::GiveBack, task)?;
                let owner = row.owner_id.ok_or(Refusal::NotNow { verb: Verb::GiveBack })?;
                self.act(|engine| engine.pass_on(task, How::GivenBack, owner, None).map(|()| false))
            }
            Act::Add { slot, who, to, how } => self.adds(slot, who, (to, how)),
            Act::Drop { slot, who, off } => {
                let (task, person) = self.found(slot, who)?;
                self.may(person, Verb::DropSigner, task)?;
                let beside: Vec<TaskId> =
                    passing_on::beside(&self.state, task).map(|slot| slot.id).collect();
                let nth = usize::from(off).checked_rem(beside.len());
                let off = nth.and_then(|nth| beside.get(nth).copied());
                let off = off.ok_or(Refusal::NotFound("task"))?;
                self.act(|engine| {
                    engine.take_off(task, off)?;
                    let row = engine.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
                    let program = engine.facts.program.clone();
                    let step = program.step(&row.path).ok_or(Refusal::NotFound("step"))?;
                    engine.counts_again(step, row.run_id);
                    let run = engine.state.run(row.run_id);
                    Ok(run.is_some_and(|run| run.state == RunState::Closed))
                })
            }
            Act::Opinion { slot, who } => {
                let (task, person) = self.found(slot, who)?;
                self.may(person, Verb::GiveOpinion, task)?;
                let signature = Box::new(Signature {
                    verdict: Verdict::Done,
                    fen: None,
                    reason: None,
                    person: Some(person),
                    appointment: None,
                    on_behalf: None,
                    note: None,
                    form: None,
                    said: json!({}),
                    seen: 1,
                    batch: None,
                });
                self.says(Event::TaskSigned { task, signature })
            }
            Act::Plan { step, who } => {
                let (task, person) = self.found(0, who)?;
                self.may(person, Verb::PlanHolder, task)?;
                let ahead = passing_on::later_steps(&self.program, &self.state);
                let nth = usize::from(step).checked_rem(ahead.len());
                let path = nth.and_then(|nth| ahead.get(nth).cloned());
                let path = path.ok_or(Refusal::NotNow { verb: Verb::PlanHolder })?;
                let heads = self.authority(person).heads;
                let of_theirs = |held: &&appointment::Model| heads.contains(&held.unit_id);
                let planned = self.place.in_force(self.now).filter(of_theirs).nth(usize::from(who));
                let person = planned.map_or(person, |held| held.person_id);
                self.says(Event::HolderPlanned { path, person })
            }
            _ => Ok(()),
        }
    }

    fn says(&mut self, event: Event) -> Done {
        self.act(|engine| {
            engine.emit(event);
            Ok(false)
        })
    }

    /// Judges somebody else as if they took the slot.
    fn able(
        &self,
        task: &task::Model,
        person: PersonId,
        fits: impl Fn(&appointment::Model) -> bool,
    ) -> Result<Comes, Refusal> {
        let judge: Authority = self.authority(person);
        let right = judge.appointments.iter().find(|held| fits(held)).cloned();
        let right = right.ok_or(Refusal::NotYours(Bar::OtherOffice))?;
        if self.conflicts.contains(&person) {
            return Err(Refusal::NotYours(Bar::Conflict));
        }
        let step = self.program.step(&task.path).ok_or(Refusal::NotFound("step"))?;
        judge.unbarred(&self.state, step, task, Some(person))?;
        Ok(Comes { person, unit: right.unit_id, duty: right.duty })
    }

    fn hands_on(&mut self, slot: u8, who: u8, (to, back): (u8, bool)) -> Done {
        let (task, person) = self.found(slot, who)?;
        let to = self.somebody(task, to);
        let (verb, how) = if back {
            (Verb::Delegate, How::Delegated)
        } else {
            (Verb::Transfer, How::Transferred)
        };
        let row = self.may(person, verb, task)?;
        if row.person_id == Some(to) || person == to {
            return Err(Refusal::NotYours(Bar::SignedAlready));
        }
        self.able(&row, to, |held| held.unit_id == row.unit_id && held.duty == row.duty)?;
        self.act(|engine| {
            if row.person_id.is_none() {
                engine.emit(Event::TaskClaimed { task, person });
            }
            engine.pass_on(task, how, to, None).map(|()| false)
        })
    }

    fn adds(&mut self, slot: u8, who: u8, (to, how): (u8, u8)) -> Done {
        let (task, person) = self.found(slot, who)?;
        let added = match how {
            0 => Added::Before,
            1 => Added::After,
            _ => Added::Opinion,
        };
        let verb = if added == Added::Opinion { Verb::AskOpinion } else { Verb::AddSigner };
        let row = self.may(person, verb, task)?;
        let to = self.place.people[usize::from(to) % self.place.people.len()];
        let organisation = self.place.organisation(self.now);
        let seat = |unit| organisation.seat(unit).map(|unit| unit.id);
        let comes = self.able(&row, to, |held| {
            let decides = matches!(held.duty, Duty::Handler | Duty::Head);
            decides && (added == Added::Opinion || seat(held.unit_id) == seat(row.unit_id))
        })?;
        self.act(|engine| {
            if added != Added::Opinion && row.person_id.is_none() {
                engine.emit(Event::TaskClaimed { task, person });
            }
            engine.put_beside(task, added, comes, None).map(|()| false)
        })
    }
}

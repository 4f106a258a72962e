//! One act at random: who does what to which slot, as the doors would have it done.

use chrono::TimeDelta;
use entities::{
    Added, CaseId, ExtensionState, Fen, Phase, TaskId, TaskState, appointment, extension, task,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use workflow::{
    Actor, CommandError,
    commands::{self, RequestSupplement, Word},
    event::{How, ReturnMode},
    organise::{self, Appoint},
    program::StepKind,
};

use super::{CASES, Stage};

type Did = (&'static str, Result<(), CommandError>);

impl Stage {
    pub(super) async fn acts(&mut self) -> Did {
        let live = self.cases(|phase| phase != Phase::Ended).await.len();
        if live < CASES {
            return ("submit", self.begins().await);
        }
        match self.chance.of(100) {
            0..16 => {
                self.passes().await;
                ("time", Ok(()))
            }
            16..20 => self.of_people().await,
            20..30 => self.by_applicant().await,
            30..36 => ("give time", self.answers_for_more().await),
            36..38 => {
                workflow::commands::settle_slots(&self.world.workflow).await.unwrap();
                ("settle", Ok(()))
            }
            _ => self.on_slot().await,
        }
    }

    async fn on_slot(&mut self) -> Did {
        let Some(slot) = self.slot().await else { return ("none", Ok(())) };
        let who = self.somebody(&slot).await;
        let actor = self.world.actor(&who);
        match self.chance.of(40) {
            0..18 => ("sign", self.signs(&slot, &who).await),
            18..32 => self.brings_others(&slot, actor).await,
            _ => self.moves_time(&slot, actor).await,
        }
    }

    /// Whatever its step takes, mostly in favour.
    async fn signs(&mut self, slot: &task::Model, who: &str) -> Result<(), CommandError> {
        let step = self.program.step(&slot.path).cloned();
        let Some(step) = step else { return Ok(()) };
        let back: Vec<String> = step.may_return.iter().map(ToString::to_string).collect();
        let word = match (step.kind, self.chance.of(16)) {
            (StepKind::Fill, _) => Word::HandIn,
            (StepKind::Pay, _) => Word::Pay,
            (StepKind::Receive, _) => Word::Receive,
            (_, 0) => Word::Refuse("untrue".to_owned()),
            (_, 1) => Word::ApproveLess(Fen(i64::try_from(self.chance.of(100_000)).unwrap())),
            (_, 2 | 3) => Word::Return {
                to: self.chance.one(&back).cloned().unwrap_or_default(),
                mode: if self.chance.of(2) == 0 { ReturnMode::Here } else { ReturnMode::Replay },
                fields: vec!["days".to_owned()],
                papers: Vec::new(),
            },
            _ => Word::Approve,
        };
        // The applicant's own step.
        let own = self.of.get(&slot.case_id).filter(|_| slot.path == "owed").cloned();
        let who = own.unwrap_or_else(|| who.to_owned());
        self.world.signs(&who, slot.id, (word, json!({}))).await.map(|_| ())
    }

    async fn brings_others(&mut self, slot: &task::Model, actor: Actor) -> Did {
        let other = self.somebody(slot).await;
        let to = self.world.actor(&other).person.unwrap();
        let (words, nth) = ("there is a reason".to_owned(), self.chance.of(11));
        let beside = self.beside(slot.id).await;
        let off = self.any_of(&beside).unwrap_or(slot.id);
        let (world, id) = (&self.world, slot.id);
        let flow = &world.workflow;
        let added = [Added::Before, Added::After, Added::Opinion][nth % 3];
        let how = if nth == 2 { How::Transferred } else { How::Delegated };
        let name = [
            "claim",
            "release",
            "transfer",
            "delegate",
            "give back",
            "add signer",
            "add signer",
            "drop signer",
            "opinion",
            "take back",
            "undo",
        ][nth];
        let done = world.command(async |tx| match nth {
            0 => commands::claim_task(tx, flow, actor, id, None).await,
            1 => commands::release_task(tx, flow, actor, id, None).await,
            2 | 3 => commands::hand_on(tx, flow, actor, id, (how, to, None, words.clone())).await,
            4 => commands::give_back(tx, flow, actor, id, (None, words.clone())).await,
            5 | 6 => {
                let ask = (added, to, None, words.clone());
                commands::add_signer(tx, flow, actor, id, ask).await
            }
            7 => commands::drop_signer(tx, flow, actor, id, (off, None)).await,
            8 => commands::give_opinion(tx, flow, actor, id, (None, words.clone())).await,
            9 => commands::take_back(tx, flow, actor, id, None).await,
            _ => commands::undo_decision(tx, flow, actor, id, (None, words.clone())).await,
        });
        let done = done.await.map(|_| ());
        if nth < 9 { (name, done) } else { (name, self.takes_back(slot.case_id, nth == 10).await) }
    }

    /// What was signed last comes back to whoever signed it.
    async fn takes_back(&mut self, case: CaseId, whole: bool) -> Result<(), CommandError> {
        let found = task::Entity::find()
            .filter(task::Column::CaseId.eq(case))
            .filter(task::Column::State.eq(TaskState::Signed))
            .order_by_desc(task::Column::SignedAt)
            .one(self.world.workflow.store.read())
            .await?;
        let Some(last) = found else { return Ok(()) };
        let who = last.signed_by.and_then(|who| self.names.get(&who));
        let Some(actor) = who.map(|who| self.world.actor(who)) else { return Ok(()) };
        let (world, id) = (&self.world, last.id);
        let done = world.command(async |tx| {
            if whole {
                let why = (None, "a slip".to_owned());
                return commands::undo_decision(tx, &world.workflow, actor, id, why).await;
            }
            commands::take_back(tx, &world.workflow, actor, id, None).await
        });
        done.await.map(|_| ())
    }

    async fn beside(&self, of: TaskId) -> Vec<TaskId> {
        let rows = task::Entity::find().filter(task::Column::BesideId.eq(of));
        let rows = rows.all(self.world.workflow.store.read()).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    async fn moves_time(&mut self, slot: &task::Model, actor: Actor) -> Did {
        let nth = self.chance.of(9);
        let (world, id, words) = (&self.world, slot.id, "it takes an expert".to_owned());
        let flow = &world.workflow;
        let name = [
            "accept",
            "refuse acceptance",
            "supplement",
            "lapse",
            "pause",
            "continue",
            "ask time",
            "ask again",
            "urge",
        ][nth];
        let ask = RequestSupplement {
            seen: None,
            fields: vec!["days".to_owned()],
            papers: Vec::new(),
            note: "how many?".to_owned(),
        };
        // Not all at once: most cases are to live.
        if nth == 1 && self.chance.of(6) > 0 {
            return ("none", Ok(()));
        }
        let done = world.command(async |tx| match nth {
            0 => commands::accept_case(tx, flow, actor, id, None).await,
            1 => {
                let why = (None, "untrue".to_owned());
                commands::refuse_acceptance(tx, flow, actor, id, why).await
            }
            2 => commands::request_supplement(tx, flow, actor, id, ask.clone()).await,
            3 => commands::close_as_lapsed(tx, flow, actor, id, None).await,
            4 => {
                let why = (None, "appraisal".to_owned(), words.clone());
                commands::pause_step(tx, flow, actor, id, why).await
            }
            5 => commands::continue_step(tx, flow, actor, id, None).await,
            6 => commands::ask_extension(tx, flow, actor, id, (None, words.clone())).await,
            7 => commands::ask_supplement_again(tx, flow, actor, id, (None, words.clone())).await,
            _ => commands::urge_case(tx, flow, actor, slot.case_id).await,
        });
        (name, done.await.map(|_| ()))
    }

    /// A superior answers who asked for more time.
    async fn answers_for_more(&mut self) -> Result<(), CommandError> {
        let asked = extension::Entity::find()
            .filter(extension::Column::State.eq(ExtensionState::Asked))
            .order_by_asc(extension::Column::Id)
            .all(self.world.workflow.store.read())
            .await?;
        let Some(row) = self.chance.one(&asked).cloned() else { return Ok(()) };
        let now = self.world.workflow.clock.now();
        let there = appointment::Entity::in_units([row.unit_id], now);
        let there = there.all(self.world.workflow.store.read()).await?;
        let who = self.chance.one(&there).and_then(|held| self.names.get(&held.person_id));
        let Some(actor) = who.map(|who| self.world.actor(who)) else { return Ok(()) };
        let (gives, world) = (self.chance.of(4) > 0, &self.world);
        let done = world.command(async |tx| {
            commands::answer_extension(tx, &world.workflow, actor, row.id, gives).await
        });
        done.await.map(|_| ())
    }

    /// The applicant answers, or goes away.
    async fn by_applicant(&mut self) -> Did {
        let live = self.cases(|phase| !matches!(phase, Phase::Draft | Phase::Ended)).await;
        let asked: Vec<_> = live.iter().filter(|case| case.supplementing).cloned().collect();
        let case = self.chance.one(if asked.is_empty() { &live } else { &asked }).cloned();
        let Some(case) = case else { return ("none", Ok(())) };
        let name = self.of[&case.id].clone();
        let actor = self.world.actor(&name);
        if case.supplementing {
            let mut form = json!({ "days": self.chance.of(9) });
            if self.chance.of(5) == 0 {
                form["sum"] = json!(100 * (1 + self.chance.of(2_000)));
            }
            if let Err(why) = self.world.fills(&name, case.id, form).await {
                return ("fill", Err(why));
            }
            let world = &self.world;
            let done = world.command(async |tx| {
                commands::resubmit_case(tx, &world.workflow, actor, case.id, None).await
            });
            return ("resubmit", done.await.map(|_| ()));
        }
        let withdraws = self.chance.of(10) == 0;
        let world = &self.world;
        let done = world.command(async |tx| {
            if withdraws {
                return commands::withdraw_case(tx, &world.workflow, actor, case.id, None).await;
            }
            commands::urge_case(tx, &world.workflow, actor, case.id).await
        });
        (if withdraws { "withdraw" } else { "urge" }, done.await.map(|_| ()))
    }

    /// Somebody leaves, comes, or will be away.
    async fn of_people(&mut self) -> Did {
        let who = self.chance.one(&self.staff).cloned().unwrap_or_default();
        let person = self.world.actor(&who).person.unwrap();
        let now = self.world.workflow.clock.now();
        let held = appointment::Entity::find()
            .filter(appointment::Column::PersonId.eq(person))
            .order_by_desc(appointment::Column::Id)
            .one(self.world.workflow.store.read())
            .await
            .unwrap()
            .unwrap();
        let colleagues = appointment::Entity::in_units([held.unit_id], now)
            .filter(appointment::Column::Duty.eq(held.duty))
            .all(self.world.workflow.store.read())
            .await
            .unwrap();
        let other = self.chance.one(&colleagues).map_or(person, |held| held.person_id);
        let (world, nth) = (&self.world, self.chance.of(3));
        let flow = &world.workflow;
        if held.to_at.is_some() {
            let ask = Appoint { person, unit: held.unit_id, duty: held.duty, from: now };
            let done = world.command(async |tx| organise::appoint(tx, flow, None, ask).await);
            return ("appoint", done.await.map(|_| ()));
        }
        if nth == 0 {
            let ask = commands::NameSubstitute {
                absent: person,
                substitute: other,
                from: now,
                to: now + TimeDelta::days(3),
                program: None,
                most: Some(Fen(100_000)),
            };
            let actor = world.actor(&who);
            let done = world
                .command(async |tx| commands::name_substitute(tx, flow, actor, ask.clone()).await);
            return ("substitute", done.await.map(|_| ()));
        }
        // Who is the last stays: an office may be thin, the whole service is not to be empty.
        if colleagues.len() < 2 {
            return ("none", Ok(()));
        }
        let ends = (held.id, now);
        let done = world.command(async |tx| organise::end_appointment(tx, flow, None, ends).await);
        let done = done.await;
        commands::settle_slots(flow).await.unwrap();
        ("leave", done)
    }
}

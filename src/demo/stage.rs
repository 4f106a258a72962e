//! The acts that the demonstration's cases are played with: the real commands, and the worker
//! that does what follows.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use entities::{CaseId, PersonId, TaskId, appointment, case_file, task};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};
use workflow::{
    Actor, CommandError, Workflow,
    calendar::{Days, instant, local_date},
    commands::{
        self, AttachPaper, EditCase, RequestSupplement, SignTask, StartCase, SubmitCase, Word,
    },
    rules::{form::Given, media::MediaKind},
    state::CaseState,
    tx,
};

use crate::fault::Fault;

/// What is put in wherever a paper is asked for.
const SPECIMEN: &[u8] = include_bytes!("specimen.png");

/// So many working days ago the first case was filed.
const DAYS: u32 = 12;

/// So many days after the summer somebody in Fujian has been at school for a while.
const A_TERM: i64 = 85;

/// Somebody who applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applicant {
    pub(super) actor: Actor,
    pub(super) person: PersonId,
}

/// Where the demonstration is played. Its business time begins some working days ago and walks
/// up to the present.
pub(super) struct Stage<'a> {
    pub(super) workflow: &'a Workflow,
    worker: &'a worker::Services,
    pub(super) staff: BTreeMap<&'static str, Actor>,
    pub(super) applicants: BTreeMap<&'static str, Applicant>,
    days: Days,
    first: NaiveDate,
}

impl<'a> Stage<'a> {
    /// An empty stage, at nine in the morning of the first day.
    pub(super) fn new(workflow: &'a Workflow, worker: &'a worker::Services) -> Result<Self, Fault> {
        let days = workflow.calendar.of("640000");
        let machine = workflow.clock.machine();
        let first = days.sub_working(local_date(machine), DAYS);
        let stage = Self {
            workflow,
            worker,
            staff: BTreeMap::new(),
            applicants: BTreeMap::new(),
            days,
            first,
        };
        // Whoever went to Fujian applied in the summer: everything begins before that.
        let summer = [0, 1].iter().filter_map(|back| {
            let day = NaiveDate::from_ymd_opt(stage.first.year() - back, 8, 3)?;
            (stage.first.signed_duration_since(day).num_days() > A_TERM).then_some(day)
        });
        let begin = summer.max().unwrap_or(stage.first);
        workflow.clock.set_offset(stage.morning(begin)? - machine);
        Ok(stage)
    }

    fn morning(&self, day: NaiveDate) -> Result<DateTime<Utc>, Fault> {
        let nine = NaiveTime::from_hms_opt(9, 0, 0);
        let nine = nine.ok_or_else(|| Fault::Demo("nine is no time".to_owned()))?;
        Ok(instant(self.days.next_working(day), nine))
    }

    /// The day on which the stage is now.
    pub(super) fn today(&self) -> NaiveDate {
        local_date(self.workflow.clock.now())
    }

    /// Lets business time walk to the morning of the first working day from `day` on.
    pub(super) async fn until_day(&self, day: NaiveDate) -> Result<(), Fault> {
        let moment = self.morning(day)?;
        if moment > self.workflow.clock.now() {
            worker::move_to(self.worker, moment).await?;
        }
        Ok(())
    }

    /// A time of day on the n-th working day.
    fn moment(&self, day: u32, (hour, minute): (u32, u32)) -> Result<DateTime<Utc>, Fault> {
        let time = NaiveTime::from_hms_opt(hour, minute, 0);
        let time = time.ok_or_else(|| Fault::Demo(format!("{hour}:{minute} is no time")))?;
        Ok(instant(self.days.add_working(self.first, day), time))
    }

    /// The day `n` working days before the first.
    pub(super) fn before_first(&self, n: u32) -> NaiveDate {
        self.days.sub_working(self.first, n)
    }

    /// The day `n` working days after today.
    pub(super) fn after_today(&self, n: u32) -> NaiveDate {
        self.days.add_working(self.today(), n)
    }

    /// A day that still lies ahead when the demonstration is there: `n` days after the present.
    pub(super) fn ahead(&self, n: u64) -> NaiveDate {
        let day = local_date(self.workflow.clock.machine());
        self.days.next_working(day.checked_add_days(chrono::Days::new(n)).unwrap_or(day))
    }

    /// Lets business time walk to a time of day on the n-th working day.
    pub(super) async fn until(&self, day: u32, time: (u32, u32)) -> Result<(), Fault> {
        let moment = self.moment(day, time)?;
        if moment > self.workflow.clock.now() {
            worker::move_to(self.worker, moment).await?;
        }
        Ok(())
    }

    /// Lets business time walk up to the present.
    pub(super) async fn until_now(&self) -> Result<(), Fault> {
        let now = self.workflow.clock.machine();
        Ok(worker::move_to(self.worker, now).await?)
    }

    pub(super) fn actor(&self, login: &str) -> Result<Actor, Fault> {
        let found = self.staff.get(login).copied();
        found.ok_or_else(|| Fault::Demo(format!("nobody signs in as {login}")))
    }

    pub(super) fn applicant(&self, name: &str) -> Result<Applicant, Fault> {
        let found = self.applicants.get(name).copied();
        found.ok_or_else(|| Fault::Demo(format!("nobody is called {name}")))
    }

    /// A draft of emergency aid: who, as whom, why, and for how many yuan.
    pub(super) async fn drafts(
        &self,
        name: &str,
        (filed_as, cause, yuan): (&str, &str, i64),
        urgent: bool,
    ) -> Result<CaseId, Fault> {
        let day = self.today().pred_opt().unwrap_or_default();
        let form = json!({
            "urgent": urgent,
            "cause": cause,
            "day": day.to_string(),
            "need": yuan * 100,
            "home": "in_village",
            "description": "（演示）家中突遭变故，一时无力承担在校期间的生活费用，特申请应急救助。",
        });
        self.begins("emergency-aid", (name, filed_as), &form).await
    }

    /// A draft of any program: by what right it is filed, and the form.
    async fn begins(
        &self,
        program: &str,
        (name, filed_as): (&str, &str),
        form: &Json,
    ) -> Result<CaseId, Fault> {
        let (w, Applicant { actor, person }) = (self.workflow, self.applicant(name)?);
        let start = StartCase {
            program: program.to_owned(),
            subject: person,
            filed_as: filed_as.to_owned(),
        };
        let case = tx::write(&w.store, async |tx| {
            let case = commands::start_case(tx, w, actor, start.clone()).await?;
            let fields = given(form);
            let edit = EditCase { case, seen: None, fields, keep_right: false };
            commands::edit_case(tx, w, actor, edit).await?;
            Ok::<_, CommandError>(case)
        });
        Ok(case.await?)
    }

    /// An application, handed in with its papers; the worker passes it on.
    pub(super) async fn files(
        &self,
        name: &str,
        what: (&str, &str, i64),
        papers: &[&str],
    ) -> Result<CaseId, Fault> {
        let case = self.drafts(name, what, papers.is_empty()).await?;
        self.hands_in(name, case, papers).await?;
        Ok(case)
    }

    /// An application of any program, handed in with its papers.
    pub(super) async fn applies(
        &self,
        program: &str,
        name: &str,
        form: &Json,
        papers: &[&str],
    ) -> Result<CaseId, Fault> {
        let case = self.begins(program, (name, "self"), form).await?;
        self.hands_in(name, case, papers).await?;
        Ok(case)
    }

    async fn hands_in(&self, name: &str, case: CaseId, papers: &[&str]) -> Result<(), Fault> {
        let (w, actor) = (self.workflow, self.applicant(name)?.actor);
        for paper in papers {
            self.attaches(actor, case, (paper, None)).await?;
        }
        let sequence = w.numbers.next(w, case).await?;
        let ask = SubmitCase { case, seen: None, sequence, declared: true };
        tx::write(&w.store, async |tx| commands::submit_case(tx, w, actor, ask).await).await?;
        self.settle().await
    }

    async fn attaches(
        &self,
        actor: Actor,
        case: CaseId,
        (paper, task): (&str, Option<TaskId>),
    ) -> Result<(), Fault> {
        let w = self.workflow;
        let ask = AttachPaper {
            case,
            task,
            row: None,
            paper: paper.to_owned(),
            kind: MediaKind::Png,
            bytes: SPECIMEN.to_vec(),
        };
        tx::write(&w.store, async |tx| commands::attach_paper(tx, w, actor, ask.clone()).await)
            .await?;
        Ok(())
    }

    /// The newest case of a program.
    pub(super) async fn newest(&self, program: &str) -> Result<CaseId, Fault> {
        let found = self.newest_if_any(program).await?;
        found.ok_or_else(|| Fault::Demo(format!("there is no case of {program}")))
    }

    /// The same, where there is one.
    pub(super) async fn newest_if_any(&self, program: &str) -> Result<Option<CaseId>, Fault> {
        let found = case_file::Entity::find().filter(case_file::Column::Program.eq(program));
        let found = found.order_by_desc(case_file::Column::Id).one(self.workflow.store.read());
        Ok(found.await?.map(|case| case.id))
    }

    /// The slot of a step that waits for somebody.
    pub(super) async fn slot(
        &self,
        login: &str,
        case: CaseId,
        step: &str,
    ) -> Result<TaskId, Fault> {
        let found = self.waiting(login, case, step).await?;
        found.ok_or_else(|| Fault::Demo(format!("{step} does not wait for {login}")))
    }

    /// The same, where it waits.
    pub(super) async fn waiting(
        &self,
        login: &str,
        case: CaseId,
        step: &str,
    ) -> Result<Option<TaskId>, Fault> {
        let (db, actor) = (self.workflow.store.read(), self.actor(login)?);
        let held = match actor.person {
            Some(person) => {
                let now = self.workflow.clock.now();
                appointment::Entity::held_by(person, now).all(db).await?
            }
            None => Vec::new(),
        };
        let rows = task::Entity::of_case(case).all(db).await?;
        let mine = |row: &&task::Model| {
            row.path == step
                && CaseState::is_open(row)
                && held.iter().any(|held| held.unit_id == row.unit_id && held.duty == row.duty)
        };
        Ok(rows.iter().find(mine).map(|row| row.id))
    }

    /// Somebody signs; the worker passes the case on.
    pub(super) async fn signs(
        &self,
        login: &str,
        case: CaseId,
        step: &str,
        word: Word,
    ) -> Result<(), Fault> {
        self.signs_with(login, case, step, (word, json!({}))).await
    }

    pub(super) async fn signs_with(
        &self,
        login: &str,
        case: CaseId,
        step: &str,
        (word, fields): (Word, Json),
    ) -> Result<(), Fault> {
        let (w, actor) = (self.workflow, self.actor(login)?);
        let task = self.slot(login, case, step).await?;
        let ask = SignTask { task, seen: None, word, note: None, fields: given(&fields) };
        tx::write(&w.store, async |tx| commands::sign_task(tx, w, actor, ask.clone()).await)
            .await?;
        self.settle().await
    }

    /// The township's visit: a report and a photograph.
    pub(super) async fn visits(&self, case: CaseId) -> Result<(), Fault> {
        let (login, step) = ("township-aid", "village");
        let task = self.slot(login, case, step).await?;
        self.attaches(self.actor(login)?, case, ("visit_photo", Some(task))).await?;
        let report = json!({ "visit": "（演示）入户核实：住房简陋，收入不足以支付在校生活费。" });
        self.signs_with(login, case, step, (Word::Approve, report)).await
    }

    /// Somebody asks the applicant for a paper.
    pub(super) async fn asks_for(
        &self,
        login: &str,
        case: CaseId,
        (step, paper): (&str, &str),
    ) -> Result<(), Fault> {
        let (w, actor) = (self.workflow, self.actor(login)?);
        let task = self.slot(login, case, step).await?;
        let ask = RequestSupplement {
            papers: vec![paper.to_owned()],
            note: "（演示）材料不清晰，请重新拍摄上传。".to_owned(),
            ..RequestSupplement::default()
        };
        tx::write(&w.store, async |tx| {
            commands::request_supplement(tx, w, actor, task, ask.clone()).await
        })
        .await?;
        self.settle().await
    }

    /// An applicant takes it back.
    pub(super) async fn withdraws(&self, name: &str, case: CaseId) -> Result<(), Fault> {
        let (w, actor) = (self.workflow, self.applicant(name)?.actor);
        tx::write(&w.store, async |tx| commands::withdraw_case(tx, w, actor, case, None).await)
            .await?;
        self.settle().await
    }

    /// The worker does what follows.
    pub(super) async fn settle(&self) -> Result<(), Fault> {
        worker::settle(self.worker).await?;
        Ok(())
    }
}

/// Fields as the JSON API takes them.
pub(super) fn given(fields: &Json) -> BTreeMap<String, Given> {
    let fields = fields.as_object().into_iter().flatten();
    fields.map(|(id, value)| (id.clone(), Given::Json(value.clone()))).collect()
}

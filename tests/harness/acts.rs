//! What the people of a world do.

use entities::{CaseId, ConflictId, TaskId, acts_for, appointment, conflict, task};
use workflow::{
    CommandError,
    commands::{self, Done, SignTask, Word},
    rules::media::MediaKind,
};

use super::world::{World, given};

impl World {
    /// A draft of `program` by and for `name`, filled in.
    pub(crate) async fn drafts(
        &self,
        name: &str,
        program: &str,
        form: serde_json::Value,
    ) -> CaseId {
        let (actor, subject) = (self.actor(name), self.subject(name));
        let ask = commands::StartCase {
            program: program.to_owned(),
            subject,
            filed_as: "self".to_owned(),
        };
        let case = self
            .command(async |tx| commands::start_case(tx, &self.workflow, actor, ask.clone()).await)
            .await
            .unwrap();
        self.fills(name, case, form).await.unwrap();
        case
    }

    /// Fills in fields, typed as the JSON API types them.
    pub(crate) async fn fills(
        &self,
        name: &str,
        case: CaseId,
        form: serde_json::Value,
    ) -> Result<commands::Edited, CommandError> {
        let ask = commands::EditCase { case, seen: None, fields: given(form), keep_right: false };
        let actor = self.actor(name);
        self.command(async |tx| commands::edit_case(tx, &self.workflow, actor, ask.clone()).await)
            .await
    }

    /// Puts a paper in: for the application, or for the step that `task` is of.
    pub(crate) async fn attaches(
        &self,
        name: &str,
        case: CaseId,
        paper: &str,
        task: Option<TaskId>,
    ) -> Result<entities::PaperId, CommandError> {
        let ask = commands::AttachPaper {
            case,
            task,
            row: None,
            paper: paper.to_owned(),
            kind: MediaKind::Png,
            bytes: format!("{name} {paper}").into_bytes(),
        };
        let actor = self.actor(name);
        self.command(async |tx| {
            commands::attach_paper(tx, &self.workflow, actor, ask.clone()).await
        })
        .await
    }

    pub(crate) async fn submits(&self, name: &str, case: CaseId) -> Result<Done, CommandError> {
        let sequence = self.workflow.numbers.next(&self.workflow, case).await?;
        let ask = commands::SubmitCase { case, seen: None, sequence, declared: true };
        let actor = self.actor(name);
        self.command(async |tx| commands::submit_case(tx, &self.workflow, actor, ask).await).await
    }

    /// An application for emergency aid, not urgent, with its papers, on its way.
    pub(crate) async fn asks_for(&self, name: &str, yuan: i64) -> CaseId {
        let form = serde_json::json!({
            "urgent": false, "cause": "illness", "day": "2018-09-01", "need": yuan * 100, "home": "in_village",
        });
        let case = self.drafts(name, "emergency-aid", form).await;
        for paper in ["proof", "identity"] {
            self.attaches(name, case, paper, None).await.unwrap();
        }
        self.submits(name, case).await.unwrap();
        self.settle().await;
        case
    }

    /// An urgent application, without papers.
    pub(crate) async fn asks_urgently(&self, name: &str, yuan: i64) -> CaseId {
        let form = serde_json::json!({
            "urgent": true, "cause": "accident", "day": "2018-09-01", "need": yuan * 100, "home": "at_school",
        });
        let case = self.drafts(name, "emergency-aid", form).await;
        self.submits(name, case).await.unwrap();
        self.settle().await;
        case
    }

    /// The slot of `step` that is open for `name`: of their pool, or addressed to them.
    pub(crate) async fn slot(&self, case: CaseId, step: &str, name: &str) -> TaskId {
        let actor = self.actor(name);
        let held = appointment::Entity::held_by(actor.person.unwrap(), self.workflow.clock.now());
        let held = held.all(self.workflow.store.read()).await.unwrap();
        let rows = task::Entity::of_case(case).all(self.workflow.store.read()).await.unwrap();
        let mine = |row: &&task::Model| {
            row.path == step
                && held.iter().any(|a| a.unit_id == row.unit_id && a.duty == row.duty)
                && (!row.addressed || row.person_id == actor.person)
        };
        let open = |row: &&task::Model| workflow::state::CaseState::is_open(row);
        let found = rows.iter().filter(mine).find(open).or_else(|| rows.iter().rev().find(mine));
        let Some(found) = found else {
            panic!("no slot of {step} for {name}\n{}", self.story(case).await)
        };
        found.id
    }

    /// The slot of a step of the applicant's own.
    pub(crate) async fn own_slot(&self, case: CaseId, step: &str) -> TaskId {
        let rows = task::Entity::of_case(case).all(self.workflow.store.read()).await.unwrap();
        rows.iter().find(|row| row.path == step).unwrap().id
    }

    /// A relative, say: keeps away from the other's cases.
    pub(crate) async fn declares_conflict(&mut self, name: &str, with: &str) {
        let at = self.tick();
        self.put(conflict::Model {
            id: ConflictId::at(at),
            person_id: self.people[name].person.unwrap(),
            with_person_id: self.subject(with),
            ground: "relative".to_owned(),
            from_at: at,
            to_at: None,
        })
        .await;
    }

    /// The account of `name` may act for somebody else too, as a parent's.
    pub(crate) async fn acts_for(&mut self, name: &str, of: &str) {
        let at = self.tick();
        self.put(acts_for::Model {
            id: entities::ActsForId::at(at),
            account_id: self.people[name].account,
            person_id: self.subject(of),
            basis: entities::Basis::Guardian,
            from_at: at,
            to_at: None,
        })
        .await;
    }

    /// Somebody speaks on a step; the worker does what follows.
    pub(crate) async fn says(
        &self,
        name: &str,
        case: CaseId,
        step: &str,
        word: Word,
    ) -> Result<Done, CommandError> {
        self.says_with(name, case, step, (word, serde_json::json!({}))).await
    }

    pub(crate) async fn says_with(
        &self,
        name: &str,
        case: CaseId,
        step: &str,
        what: (Word, serde_json::Value),
    ) -> Result<Done, CommandError> {
        let task = self.slot(case, step, name).await;
        let done = self.signs(name, task, what).await;
        self.settle().await;
        done
    }

    /// Signs a slot, and nothing else happens.
    pub(crate) async fn signs(
        &self,
        name: &str,
        task: TaskId,
        what: (Word, serde_json::Value),
    ) -> Result<Done, CommandError> {
        let note = matches!(what.0, Word::Return { .. }).then(|| "please mend".to_owned());
        let ask = SignTask { task, seen: None, word: what.0, note, fields: given(what.1) };
        let actor = self.actor(name);
        self.command(async |tx| commands::sign_task(tx, &self.workflow, actor, ask.clone()).await)
            .await
    }
}

//! Time passes, and the worker does what it finds to do.

use chrono::{DateTime, Utc};
use entities::{CaseId, case_file, outbox, step_run, timer};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use workflow::{CommandError, commands};

use super::world::World;

/// A moment in Beijing time, `09-14 18:00` of 2018, or `2019-09-14 18:00`.
pub(crate) fn at(moment: &str) -> DateTime<Utc> {
    let year = if moment.starts_with("20") { "" } else { "2018-" };
    format!("{year}{moment}:00+08:00").replacen(' ', "T", 1).parse().unwrap()
}

impl World {
    /// Moves the clock to `moment` (Beijing time, `09-14 18:00` of 2018, or `2019-09-14 18:00`),
    /// stopping at every due instant.
    pub(crate) async fn until(&self, moment: &str) {
        self.comes_to(at(moment)).await;
    }

    /// The same, to that very instant.
    pub(crate) async fn comes_to(&self, target: DateTime<Utc>) {
        self.comes_to_with(target, async || {}).await;
    }

    /// The same, and at each instant something more is done.
    pub(crate) async fn comes_to_with(&self, target: DateTime<Utc>, more: impl AsyncFn()) {
        loop {
            let now = self.workflow.clock.now();
            let next =
                timer::Entity::next_after(now).one(self.workflow.store.read()).await.unwrap();
            let digest = entities::digest_line::Entity::waiting()
                .filter(entities::digest_line::Column::DueAt.gt(now))
                .one(self.workflow.store.read())
                .await
                .unwrap();
            let next = next.map(|row| row.due_at).into_iter().chain(digest.map(|row| row.due_at));
            let next = next.min().filter(|due| *due <= target);
            self.workflow.clock.advance(next.unwrap_or(target) - now);
            self.settle().await;
            more().await;
            if next.is_none() {
                return;
            }
        }
    }

    /// Lets the worker do all it finds to do.
    pub(crate) async fn settle(&self) {
        self.try_settle().await.unwrap();
    }

    /// The same, where the worker may fail.
    pub(crate) async fn try_settle(&self) -> Result<(), CommandError> {
        loop {
            let fired = self.sweep().await?;
            self.digests().await?;
            let routed = self.route().await?;
            let read = self.reads_letters().await?;
            let looked = self.looks_back().await?;
            if fired + routed + read + looked == 0 {
                return Ok(());
            }
        }
    }

    async fn sweep(&self) -> Result<usize, CommandError> {
        let sweep = commands::Sweep { most: 200, held: false };
        let fired = self.command(async |tx| commands::fire_due(tx, &self.workflow, sweep).await);
        Ok(fired.await?.timers.len())
    }

    /// Writes the digests that are due.
    async fn digests(&self) -> Result<(), CommandError> {
        let now = self.workflow.clock.now();
        let people = commands::readers(now, 500).into_tuple().all(self.workflow.store.read());
        let people: Vec<entities::PersonId> = people.await?;
        for person in people {
            self.command(async |tx| commands::send_digest(tx, &self.workflow, person).await)
                .await?;
        }
        Ok(())
    }

    /// Routes and marks in one transaction, as the worker does.
    async fn route(&self) -> Result<usize, CommandError> {
        let db = self.workflow.store.read();
        let jobs = outbox::Entity::unfinished().filter(outbox::Column::Kind.eq("route_case"));
        let jobs = jobs.all(db).await?;
        for row in &jobs {
            let case = row.case_id.unwrap();
            self.command(async |tx| {
                let done = outbox::ActiveModel {
                    id: sea_orm::ActiveValue::Set(row.id),
                    done_at: sea_orm::ActiveValue::Set(Some(self.workflow.clock.machine())),
                    ..Default::default()
                };
                done.update(tx).await?;
                commands::route_case(tx, &self.workflow, case).await
            })
            .await?;
        }
        Ok(jobs.len())
    }

    /// Reads letters between cases, as the worker does.
    async fn reads_letters(&self) -> Result<usize, CommandError> {
        let db = self.workflow.store.read();
        let jobs = outbox::Entity::unfinished().filter(outbox::Column::Kind.eq("take_letter"));
        let jobs = jobs.all(db).await?;
        for row in &jobs {
            let letter = serde_json::from_value(row.job["letter"].clone()).unwrap();
            self.reads(letter).await?;
            let done = outbox::ActiveModel {
                id: sea_orm::ActiveValue::Set(row.id),
                done_at: sea_orm::ActiveValue::Set(Some(self.workflow.clock.machine())),
                ..Default::default()
            };
            done.update(self.workflow.store.for_migration()).await?;
        }
        Ok(jobs.len())
    }

    /// Looks at past cases as drafts of their programs would have them, as the worker does.
    async fn looks_back(&self) -> Result<usize, CommandError> {
        let db = self.workflow.store.read();
        let jobs = outbox::Entity::unfinished().filter(outbox::Column::Kind.eq("replay_program"));
        let jobs = jobs.all(db).await?;
        for row in &jobs {
            let replay = serde_json::from_value(row.job["replay"].clone()).unwrap();
            self.command(async |tx| {
                let done = outbox::ActiveModel {
                    id: sea_orm::ActiveValue::Set(row.id),
                    done_at: sea_orm::ActiveValue::Set(Some(self.workflow.clock.machine())),
                    ..Default::default()
                };
                done.update(tx).await?;
                workflow::program_versions::replay_some(tx, &self.workflow, replay).await
            })
            .await?;
        }
        Ok(jobs.len())
    }

    /// Reads one letter.
    pub(crate) async fn reads(&self, letter: entities::LetterId) -> Result<(), CommandError> {
        let ahead = commands::look_ahead(&self.workflow, letter).await?;
        let sequence = match &ahead.code {
            Some(code) => self.workflow.numbers.of(&self.workflow, code).await?,
            None => 0,
        };
        for case in ahead.cases {
            self.command(async |tx| commands::settle_row(tx, &self.workflow, letter, case).await)
                .await?;
        }
        self.command(async |tx| commands::take_letter(tx, &self.workflow, letter, sequence).await)
            .await?;
        Ok(())
    }

    /// Lets the applicant ask for the same again.
    pub(crate) async fn forget_once(&self, case: CaseId) {
        let row = case_file::ActiveModel {
            id: sea_orm::ActiveValue::Set(case),
            once_key: sea_orm::ActiveValue::Set(None),
            outcome: sea_orm::ActiveValue::Set(Some(entities::Outcome::Withdrawn)),
            ..Default::default()
        };
        row.update(self.workflow.store.for_migration()).await.unwrap();
    }

    pub(crate) async fn case(&self, case: CaseId) -> case_file::Model {
        let found = case_file::Entity::find_by_id(case).one(self.workflow.store.read()).await;
        found.unwrap().unwrap()
    }

    /// The latest round of a step.
    pub(crate) async fn run(&self, case: CaseId, step: &str) -> step_run::Model {
        let rows = step_run::Entity::find()
            .filter(step_run::Column::CaseId.eq(case))
            .filter(step_run::Column::Path.eq(step))
            .order_by_desc(step_run::Column::Round)
            .one(self.workflow.store.read())
            .await;
        rows.unwrap().unwrap_or_else(|| panic!("{step} was never entered"))
    }

    /// When the latest round of a step is due, in Beijing time: `09-14 18:00`.
    pub(crate) async fn due(&self, case: CaseId, step: &str) -> String {
        let due = self.run(case, step).await.due_at.unwrap();
        super::story::local(due)
    }

    /// How many messages of one kind were written.
    pub(crate) async fn told(&self, template: &str) -> u64 {
        entities::notice::Entity::find()
            .filter(entities::notice::Column::Template.eq(template))
            .count(self.workflow.store.read())
            .await
            .unwrap()
    }

    /// How many times one event stands in a case's trail.
    pub(crate) async fn told_times(&self, case: CaseId, kind: &str) -> u64 {
        entities::trail::Entity::of(entities::Stream::Case, case.0)
            .filter(entities::trail::Column::Kind.eq(kind))
            .count(self.workflow.store.read())
            .await
            .unwrap()
    }
}

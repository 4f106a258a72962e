//! A worker on an SQLite file in a folder that goes with it.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    CaseId, Channel, NoticeId, NoticeState, OutboxId, PersonId, case_file, notice, outbox, person,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, Database, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, prelude::Expr,
};
use serde_json::json;
use worker::{Services, Settings};
use workflow::{
    Job, Wake, Workflow,
    calendar::Calendar,
    clock::Clock,
    drawer::{Drawer, Letter},
    numbers::Numbers,
    program::Programs,
    seal::KeyRing,
    tx::{self, Store},
};

pub(crate) struct World {
    pub(crate) services: Services,
    folder: PathBuf,
}

/// 2026-11-23 09:30 in Ningxia.
pub(crate) fn morning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_397_400, 0).unwrap()
}

impl World {
    /// Clock standing still, letters into the drawer.
    pub(crate) async fn new() -> Self {
        Self::with(Clock::fixed(morning()), Wake::default(), |_| {}).await
    }

    /// The same, mail to a server.
    pub(crate) async fn with_server(port: u16) -> Self {
        let shape = |settings: &mut Settings| {
            // What is looked at is when it is tried, not when people sleep.
            settings.mail.quiet_hours = false;
            settings.mail.smtp = Some(format!("smtp://127.0.0.1:{port}").into());
        };
        Self::with(Clock::fixed(morning()), Wake::default(), shape).await
    }

    pub(crate) async fn with(clock: Clock, wake: Wake, shape: impl FnOnce(&mut Settings)) -> Self {
        let folder =
            std::env::temp_dir().join(format!("banjie-worker-{}", NoticeId::at(morning())));
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.join("db").display());
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.unwrap();
        migrations::migrate(&db).await.unwrap();
        let workflow = Workflow {
            store: Store::new(db),
            clock,
            programs: Programs::shipped().unwrap(),
            calendar: Calendar::shipped().unwrap().into(),
            keys: Arc::new(KeyRing::generate().unwrap()),
            papers: folder.join("papers"),
            numbers: Numbers::default(),
            wake,
        };
        let mut settings = Settings { drawer: folder.join("letters"), ..Settings::default() };
        shape(&mut settings);
        Self { services: Services::new(workflow, settings).unwrap(), folder }
    }

    pub(crate) fn workflow(&self) -> &Workflow {
        &self.services.workflow
    }

    pub(crate) fn seconds_pass(&self, seconds: i64) {
        self.workflow().clock.advance(TimeDelta::seconds(seconds));
    }

    /// A mail to a person with an address, and its job.
    pub(crate) async fn notice(&self) -> (NoticeId, OutboxId) {
        let now = self.workflow().clock.machine();
        let person = PersonId::at(now);
        let row = person::Model {
            id: person,
            name: "马晓梅".to_owned(),
            id_sealed: None,
            id_index: None,
            phone_sealed: None,
            phone_index: None,
            bank_sealed: None,
            bank_index: None,
            guardian_sealed: None,
            village: None,
            village_key: None,
            address_sealed: None,
            address_index: None,
            mail: Some("ma@example.org".to_owned()),
            school_id: None,
            township_id: None,
            class: None,
            created_at: now,
            version: 1,
        };
        self.insert::<person::Entity>(row).await;
        self.notice_to(person, Channel::Mail, "task_opened").await
    }

    pub(crate) async fn notice_to(
        &self,
        person: PersonId,
        channel: Channel,
        template: &str,
    ) -> (NoticeId, OutboxId) {
        let now = self.workflow().clock.machine();
        let id = NoticeId::at(now);
        let row = notice::Model {
            id,
            dedupe_key: format!("{id}/{person}/opened"),
            case_id: None,
            account_id: None,
            person_id: Some(person),
            channel,
            template: template.to_owned(),
            params: json!({ "due": "2026-11-25T09:00:00Z" }),
            sealed: None,
            state: NoticeState::Waiting,
            created_at: now,
            claimed_at: None,
            sent_at: None,
            seen_at: None,
        };
        self.insert::<notice::Entity>(row).await;
        (id, self.job(Job::SendNotice { notice: id }).await)
    }

    /// A case of a county, with nothing in it.
    pub(crate) async fn case(&self) -> CaseId {
        let now = self.workflow().clock.machine();
        let program = self.workflow().programs.get("emergency-aid").unwrap();
        let id = CaseId::at(now);
        let row = case_file::Model {
            id,
            number: Some("640424-YJ-2026-000001-7".to_owned()),
            program: program.id().to_owned(),
            program_number: 1,
            program_hash: program.hash(),
            subject_id: None,
            filed_by: entities::AccountId::at(now),
            filed_as: "self".to_owned(),
            anchor_id: None,
            county: "640424".to_owned(),
            phase: entities::Phase::Running,
            outcome: None,
            reason: None,
            routing: false,
            suspended: false,
            supplementing: false,
            supplements: 0,
            asked: None,
            facts: json!({}),
            award_fen: entities::Fen(0),
            once_key: None,
            version: 1,
            trail_number: 0,
            trail_head: Vec::new(),
            calendar_revision: String::new(),
            submitted_at: Some(now),
            accepted_at: None,
            ended_at: None,
            late: false,
            returned_from: None,
            planned: None,
            created_at: now,
        };
        self.insert::<case_file::Entity>(row).await;
        id
    }

    /// Makes a notice one of a case.
    pub(crate) async fn belongs(&self, notice: NoticeId, case: CaseId) {
        let update = notice::Entity::update_many()
            .col_expr(notice::Column::CaseId, Expr::value(case))
            .filter(notice::Column::Id.eq(notice));
        tx::write(&self.workflow().store, async |tx| update.exec(tx).await).await.unwrap();
    }

    /// Routing of a case that is not there: the job ends with a warning.
    pub(crate) async fn routing(&self) -> OutboxId {
        self.job(Job::RouteCase { case: CaseId::at(morning()) }).await
    }

    async fn job(&self, job: Job) -> OutboxId {
        let now = self.workflow().clock.machine();
        let id = OutboxId::at(now);
        let row = outbox::Model {
            id,
            job: serde_json::to_value(job).unwrap(),
            kind: job.kind().to_owned(),
            case_id: job.case(),
            created_at: now,
            next_attempt_at: now,
            attempts: 0,
            lease_until: None,
            lease_token: None,
            done_at: None,
            quarantined_at: None,
            last_error: None,
            trace: None,
        };
        self.insert::<outbox::Entity>(row).await;
        id
    }

    pub(crate) async fn insert<E>(&self, row: E::Model)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        let insert = E::insert(row.into_active_model().reset_all());
        tx::write(&self.workflow().store, async |tx| insert.exec_without_returning(tx).await)
            .await
            .unwrap();
    }

    pub(crate) async fn outbox(&self, id: OutboxId) -> outbox::Model {
        let found = outbox::Entity::find_by_id(id).one(self.workflow().store.read()).await;
        found.unwrap().unwrap()
    }

    pub(crate) async fn notice_row(&self, id: NoticeId) -> notice::Model {
        let found = notice::Entity::find_by_id(id).one(self.workflow().store.read()).await;
        found.unwrap().unwrap()
    }

    pub(crate) async fn unfinished(&self) -> u64 {
        outbox::Entity::unfinished().count(self.workflow().store.read()).await.unwrap()
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        Drawer::at(self.folder.join("letters")).letters(None, 100).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

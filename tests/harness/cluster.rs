//! The service as it is run: real processes of the program, a database, a mail server, and people
//! with bearer tokens who knock at its doors.

use std::{collections::BTreeMap, ffi::OsStr, path::PathBuf, time::Duration};

use serde_json::Value;
use workflow::sign_in::make_token;

use super::{
    http::{Answer, Caller},
    postgres::Postgres,
    process::{free_port, scratch},
    running::{Running, Start},
    servers::Store,
    smtp::Smtp,
    waiting::until,
    world::World,
};

/// A start on a busy machine, schema and all.
pub(crate) const START: Duration = Duration::from_mins(1);

/// One database with people in it, and what the processes on it are told.
pub(crate) struct Cluster {
    /// None on SQLite.
    server: Option<Postgres>,
    /// The same database, seen from this process; on PostgreSQL, past every proxy.
    pub(crate) world: World,
    pub(crate) smtp: Smtp,
    pub(crate) data: PathBuf,
    /// The database, as the processes are told.
    pub(crate) url: String,
    tokens: BTreeMap<String, String>,
}

impl Cluster {
    /// A migrated database, with the staff of emergency aid and one applicant, Ma.
    pub(crate) async fn start(store: Store) -> Self {
        let server = match store {
            Store::Sqlite => None,
            Store::Postgres => Some(Postgres::start().await),
        };
        Self::on(store, server).await
    }

    /// The same on a disk that is soon full; none where the tests may not mount one.
    pub(crate) async fn on_a_small_disk() -> Option<Self> {
        let server = Postgres::start_small(96).await?;
        Some(Self::on(Store::Postgres, Some(server)).await)
    }

    async fn on(store: Store, server: Option<Postgres>) -> Self {
        let data = scratch("data");
        std::fs::create_dir(&data).expect("a folder");
        let url = match &server {
            None => format!("sqlite:{}/banjie.sqlite?mode=rwc", data.display()),
            Some(server) => server.url("banjie"),
        };
        let world = World::of_processes(store, &url, &data).await;
        let (smtp, tokens) = (Smtp::start(), BTreeMap::new());
        let mut cluster = Self { server, world, smtp, data, url, tokens };
        cluster.world.full_staff().await;
        cluster.applies("Ma").await;
        for (name, actor) in cluster.world.people.clone() {
            cluster.gives_token(&name, actor).await;
        }
        cluster
    }

    /// A second look at the same world, for those who share it.
    pub(crate) async fn beside(&self) -> World {
        self.world.beside(&self.url).await
    }

    /// One more applicant.
    pub(crate) async fn applies(&mut self, name: &str) {
        let actor = self.world.applies(name).await;
        self.gives_token(name, actor).await;
    }

    async fn gives_token(&mut self, name: &str, actor: workflow::Actor) {
        let now = self.world.workflow.clock.machine();
        let made = workflow::tx::write(&self.world.workflow.store, async |tx| {
            make_token(tx, now, actor.account, "test").await
        });
        self.tokens.insert(name.to_owned(), made.await.unwrap().0.expose().to_owned());
    }

    /// The database's server.
    pub(crate) fn postgres(&mut self) -> &mut Postgres {
        self.server.as_mut().expect("it stands on PostgreSQL")
    }

    /// Starts `banjie ROLE` with these settings besides the usual ones, and waits until it says
    /// that it listens.
    pub(crate) async fn banjie(&self, role: &str, settings: &[(&str, &str)]) -> Banjie {
        let mut banjie = self.prepared(role, settings);
        banjie.start_again().await;
        banjie
    }

    /// The same, not yet started.
    pub(crate) fn prepared(&self, role: &str, settings: &[(&str, &str)]) -> Banjie {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut environment: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in [
            ("DATABASE__URL", self.url.as_str()),
            ("API__LISTEN", &listen),
            ("MAIL__SMTP", &self.smtp.url()),
            // They run by the clock on the wall: at night letters would wait for the morning.
            ("MAIL__QUIET_HOURS", "false"),
            ("LOG__FILTER", "warn,banjie=info,api=info,worker=info,workflow=info"),
        ] {
            environment.insert(format!("BANJIE__{key}"), value.to_owned());
        }
        for (key, value) in settings {
            environment.insert((*key).to_owned(), (*value).to_owned());
        }
        let url = format!("http://{}", environment["BANJIE__API__LISTEN"]);
        let (role, data) = (role.to_owned(), self.data.clone());
        Banjie { role, data, environment, url, running: None }
    }

    /// `name` at the doors of `banjie`.
    pub(crate) fn caller(&self, banjie: &Banjie, name: &str) -> Caller {
        let token = self.tokens.get(name).unwrap_or_else(|| panic!("no token of {name}"));
        Caller::new(banjie.url.as_str())
            .with_header("authorization", format!("Bearer {token}"))
            .with_header("accept-language", "en")
    }
}

/// One process of the program.
pub(crate) struct Banjie {
    role: String,
    data: PathBuf,
    environment: BTreeMap<String, String>,
    /// Where it answers, if it listens.
    pub(crate) url: String,
    running: Option<Running>,
}

impl Banjie {
    /// Starts it, at the same address as before, and waits until it listens.
    pub(crate) async fn start_again(&mut self) {
        self.launch();
        until("a process that listens", START, async || {
            let running = self.running.as_mut()?;
            let ended = running.has_ended();
            assert!(ended.is_none(), "it ended with {ended:?}: {}", running.log());
            let word = if self.role == "worker" { "worker works" } else { "listening on " };
            running.log().contains(word).then_some(())
        })
        .await;
    }

    /// Starts it and does not wait.
    pub(crate) fn launch(&mut self) {
        self.running = None;
        let program = env!("CARGO_BIN_EXE_banjie");
        let data = self.data.display().to_string();
        let words = [self.role.as_str(), "--data", &data];
        let arguments = words.iter().map(OsStr::new).collect();
        let environment = self.environment.clone().into_iter().collect();
        let start = Start { arguments, environment, user: None };
        self.running = Some(Running::start(&self.role, program.as_ref(), start));
    }

    pub(crate) fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("it was started")
    }

    pub(crate) fn kill(&mut self) {
        self.running().kill();
    }

    /// Waits until readiness says `status`.
    pub(crate) async fn until_ready(&self, status: u16) {
        let caller = Caller::new(self.url.as_str());
        until(&format!("readiness {status}"), START, async || {
            let answer = caller.try_send("GET", "/api/v1/health/ready", None).await.ok()?;
            (answer.status == status).then_some(())
        })
        .await;
    }
}

impl Caller {
    /// Posts to the JSON API under a key of the caller's own.
    ///
    /// # Errors
    /// When no answer came: nobody knows then whether it happened.
    pub(crate) async fn once(&self, path: &str, key: &str, body: &Value) -> Result<Answer, String> {
        let body = ("application/json".to_owned(), body.to_string().into_bytes());
        let path = format!("/api/v1{path}");
        self.clone().with_header("idempotency-key", key).try_send("POST", &path, Some(body)).await
    }

    /// The same until there is an answer that is not to be repeated: a 5xx, 409 for a request
    /// that is still at work, 429 and silence are; the key makes that harmless.
    pub(crate) async fn surely(&self, path: &str, key: &str, body: &Value) -> Answer {
        until(&format!("an answer to {path}"), START, async || {
            let answer = self.once(path, key, body).await.ok()?;
            let again = answer.status >= 500
                || answer.status == 429
                || answer.body["type"] == "/problems/still-at-work";
            (!again).then_some(answer)
        })
        .await
    }
}

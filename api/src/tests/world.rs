//! A service with doors of its own, and a caller with a cookie jar.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use actix_web::{
    App,
    cookie::Cookie,
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
    web,
};
use chrono::{TimeDelta, Utc};
use entities::{Language, PersonId, Sensitive, account, person};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectOptions, Database, DatabaseConnection,
    IntoActiveModel,
};
use serde_json::{Value, json};
use workflow::{
    Wake, Workflow,
    calendar::Calendar,
    clock::Clock,
    numbers::Numbers,
    program::Programs,
    seal::KeyRing,
    sign_in::{NewStaff, Passwords, create_staff},
    tx::{self, Store},
};

use crate::{
    Services, Settings,
    routes::{Door, doors, mount},
};

pub(super) struct World {
    pub(super) services: Services,
    pub(super) doors: Vec<Door>,
    codes: Arc<Mutex<BTreeMap<String, String>>>,
}

/// An answer, with its body as it came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<Cookie<'static>>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The name of its problem.
    pub(super) fn problem(&self) -> String {
        let kind = self.json().get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        kind.trim_start_matches("/problems/").to_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The session's cookie it sets.
    pub(super) fn session(&self) -> String {
        let cookie = self.cookies.iter().find(|cookie| cookie.name() == "__Host-banjie").unwrap();
        cookie.value().to_owned()
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1); // each connection to :memory: is a database of its own
        let db = Database::connect(options).await.unwrap();
        migrations::migrate(&db).await.unwrap();
        let codes: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let kept = Arc::clone(&codes);
        let services = Services {
            workflow: workflow(db),
            settings: Arc::new(settings),
            passwords: Passwords::new().unwrap(),
            deliver_code: Arc::new(move |_, _, code| {
                let (phone, code) = (code.phone.expose().to_owned(), code.code.expose().to_owned());
                kept.lock().unwrap().insert(phone, code);
                Box::pin(async { Ok(Vec::new()) })
            }),
            buckets: Arc::default(),
            error_page: None,
            metrics: None,
            drawer: None,
            health: Arc::default(),
        };
        Self { services, doors: doors(), codes }
    }

    pub(super) fn now(&self) -> chrono::DateTime<Utc> {
        self.services.workflow.clock.machine()
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.services.workflow.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A member of staff whose password is `north wind 7`.
    pub(super) async fn staff(&self, login: &str) {
        let now = self.now();
        let row = person::ActiveModel {
            id: Set(PersonId::at(now)),
            name: Set("张伟".to_owned()),
            created_at: Set(now),
            version: Set(1),
            ..Default::default()
        };
        let person = row.insert(self.services.workflow.store.read()).await.unwrap().id;
        let hash = self.services.passwords.hash(Sensitive::new("north wind 7")).await.unwrap();
        let (login, language) = (login.to_owned(), Language::Chinese);
        let ask = NewStaff { login, password_hash: hash, given: false, person, language };
        let made =
            tx::write(&self.services.workflow.store, async |tx| create_staff(tx, now, ask).await)
                .await;
        made.unwrap();
    }

    /// The password of `login` was chosen by somebody else.
    pub(super) async fn given(&self, login: &str) {
        let db = self.services.workflow.store.read();
        let found = account::Entity::of_login(login).one(db).await.unwrap().unwrap();
        let mut row = found.into_active_model();
        row.password_given = Set(true);
        row.update(db).await.unwrap();
    }

    /// The last code sent to a phone.
    pub(super) fn code_of(&self, phone: &str) -> String {
        self.codes.lock().unwrap().get(phone).cloned().unwrap()
    }

    pub(super) async fn send(&self, request: TestRequest) -> Answer {
        let services = web::Data::new(self.services.clone());
        let doors = self.doors.clone();
        let app = App::new().app_data(services).configure(|app| mount(app, &doors));
        let app = test::init_service(app).await;
        let response = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let cookies = response.response().cookies().map(Cookie::into_owned).collect();
        let body = test::read_body(response).await.to_vec();
        Answer { status, headers, cookies, body }
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::post().uri(path).set_json(body)).await
    }

    pub(super) async fn sign_in(&self, login: &str, password: &str) -> Answer {
        let ask = json!({ "login": login, "password": password });
        self.post("/api/v1/sessions", ask).await
    }

    /// A request with the cookie of a session.
    pub(super) async fn ask(&self, session: &str, method: Method, path: &str) -> Answer {
        self.send(as_holder(session, method, path)).await
    }
}

fn workflow(db: DatabaseConnection) -> Workflow {
    Workflow {
        store: Store::new(db),
        clock: Clock::fixed("2026-01-05T01:00:00Z".parse().unwrap()),
        programs: Programs::shipped().unwrap(),
        calendar: Calendar::shipped().unwrap().into(),
        keys: Arc::new(KeyRing::generate().unwrap()),
        papers: std::env::temp_dir(),
        numbers: Numbers::default(),
        wake: Wake::default(),
    }
}

/// A request with the cookie of a session.
pub(super) fn as_holder(session: &str, method: Method, path: &str) -> TestRequest {
    let cookie = Cookie::new("__Host-banjie", session.to_owned());
    TestRequest::with_uri(path).method(method).cookie(cookie)
}

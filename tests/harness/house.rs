//! All doors of a world in process, and people who knock at them with sessions of their own.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    App,
    cookie::Cookie,
    http::header::HeaderMap,
    test::{self, TestRequest},
    web,
};
use api::{
    Services, Settings, codes_by_notice,
    limits::{Rate, Rates},
    routes::routes,
};
use entities::{Language, Sensitive, SessionId, account};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use workflow::{
    sign_in::{
        self, CodeAddressee, Opened, Passwords, SignInLimits, SignInStaff, Visit, form_token,
        phone_index,
    },
    tx,
};

use super::world::World;

/// The password of all staff.
const PASSWORD: &str = "north wind 7";
/// What leans on a stranger's form in place of a session.
const STRANGER: &str = "a-strangers-cookie-of-forty-three-characters";

/// The doors of one world, and who has signed in there.
pub(crate) struct House {
    services: Services,
    hash: Sensitive,
    sessions: BTreeMap<String, Open>,
}

/// A session as its browser has it.
struct Open {
    id: SessionId,
    cookie: String,
    secret: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What a request brings along.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Nothing,
    /// A page's form; its token is added.
    Form(Vec<(&'static str, String)>),
    /// A page's form with one file: its name and its bytes.
    File(&'static str, Vec<u8>),
    Json(serde_json::Value),
    /// A media type, and bytes that need not be of it.
    Raw(&'static str, Vec<u8>),
}

impl House {
    /// Not a demonstration, and nobody is told to slow down.
    pub(crate) async fn of(world: &World) -> Self {
        let fast = Rate { per_second: 10_000, burst: 100_000 };
        let rates = Rates { network: fast, account: fast };
        let sign_in = SignInLimits { wrong_per_network: 1_000, ..SignInLimits::default() };
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash(Sensitive::new(PASSWORD)).await.unwrap();
        let services = Services {
            deliver_code: codes_by_notice(world.workflow.clone()),
            workflow: world.workflow.clone(),
            settings: Arc::new(Settings { rates, sign_in, ..Settings::default() }),
            passwords,
            buckets: Arc::default(),
            error_page: None,
            metrics: Some(Arc::new(String::new)),
            drawer: None,
            health: Arc::default(),
        };
        Self { services, hash, sessions: BTreeMap::new() }
    }

    /// A member of staff with a password opens a session.
    pub(crate) async fn lets_staff_in(&mut self, world: &World, name: &str) {
        let row = account::ActiveModel {
            id: Set(world.actor(name).account),
            password_hash: Set(Some(self.hash.clone())),
            ..Default::default()
        };
        row.update(world.workflow.store.for_migration()).await.unwrap();
        assert!(self.signs_in(world, name, PASSWORD).await, "{name} is not let in");
    }

    /// Whether a member of staff opens a session with this password.
    pub(crate) async fn signs_in(&mut self, world: &World, name: &str, password: &str) -> bool {
        let ask = SignInStaff { login: name.to_lowercase(), password: Sensitive::new(password) };
        let (now, limits) = (world.workflow.clock.machine(), SignInLimits::default());
        let (store, visit) = (&world.workflow.store, Visit::default());
        let opened =
            sign_in::with_password(store, now, &limits, &self.services.passwords, &visit, ask)
                .await;
        let Ok(opened) = opened else { return false };
        self.keep(name, &opened);
        true
    }

    /// An applicant opens a session with a code to `phone`, which is theirs from now on.
    pub(crate) async fn lets_applicant_in(&mut self, world: &World, name: &str, phone: &str) {
        let (keys, phone) = (&world.workflow.keys, Sensitive::new(phone));
        let row = account::ActiveModel {
            id: Set(world.actor(name).account),
            phone_index: Set(Some(phone_index(keys, &phone).to_vec())),
            ..Default::default()
        };
        row.update(world.workflow.store.for_migration()).await.unwrap();
        let now = world.workflow.clock.machine();
        // From an address of their own: codes are counted by address too.
        let visit = Visit { network: phone.expose().to_owned(), replaces: None };
        let limits = SignInLimits::default();
        let opened = tx::write(&world.workflow.store, async |tx| {
            let to = (&phone, Language::Chinese);
            let code = sign_in::ask_code(tx, now, &limits, keys, &visit, to).await?;
            let sent = CodeAddressee { phone: phone.clone(), language: Language::Chinese };
            let typed = (&sent, &code.code);
            sign_in::check_code(tx, now, &limits, keys, &visit, typed).await
        });
        self.keep(name, &opened.await.unwrap().into_result().unwrap());
    }

    fn keep(&mut self, name: &str, opened: &Opened) {
        let open = Open {
            id: opened.session.id,
            cookie: opened.token.expose().to_owned(),
            secret: opened.session.csrf_secret.expose().to_owned(),
        };
        self.sessions.insert(name.to_owned(), open);
    }

    pub(crate) fn session(&self, name: &str) -> SessionId {
        self.sessions[name].id
    }

    /// Whether the session of `name` still opens doors.
    pub(crate) async fn is_in(&self, name: &str) -> bool {
        let Some(open) = self.sessions.get(name) else { return false };
        let workflow = &self.services.workflow;
        let (now, limits) = (workflow.clock.machine(), SignInLimits::default());
        let found = sign_in::find_session(workflow.store.read(), now, &limits, &open.cookie);
        found.await.unwrap().is_some()
    }

    /// The service, with all rates unused: takes requests.
    pub(crate) async fn open(&self) -> impl AsyncFn(TestRequest) -> Answer + use<> {
        let services = Services { buckets: Arc::default(), ..self.services.clone() };
        let app = App::new().app_data(web::Data::new(services)).configure(routes);
        let app = test::init_service(app).await;
        async move |request: TestRequest| {
            let response = test::call_service(&app, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = test::read_body(response).await.to_vec();
            Answer { status, headers, bytes }
        }
    }

    /// `request` as the browser of `name` sends it; of a stranger's where nobody of that name
    /// has signed in.
    pub(crate) fn by(&self, name: &str, request: TestRequest, body: &Body) -> TestRequest {
        let open = self.sessions.get(name);
        let (cookie, value, secret) = match open {
            Some(open) => ("__Host-banjie", open.cookie.as_str(), open.secret.as_str()),
            None => ("__Host-banjie-form", STRANGER, STRANGER),
        };
        let request = request.cookie(Cookie::new(cookie, value.to_owned()));
        let token = form_token(secret).unwrap();
        match body {
            Body::Nothing => request,
            Body::Form(fields) => {
                let mut pairs = vec![("csrf", token)];
                pairs.extend(fields.iter().cloned());
                request.set_form(pairs)
            }
            Body::File(file, bytes) => {
                let kind = ("content-type", "multipart/form-data; boundary=cut");
                request.insert_header(kind).set_payload(parts(&token, file, bytes))
            }
            Body::Json(value) => request.set_json(value),
            Body::Raw(kind, bytes) => {
                request.insert_header(("content-type", *kind)).set_payload(bytes.clone())
            }
        }
    }
}

/// The token of the form, then the file.
fn parts(token: &str, file: &str, bytes: &[u8]) -> Vec<u8> {
    let part = |head: &str| format!("--cut\r\ncontent-disposition: form-data; {head}\r\n\r\n");
    let mut body = part("name=\"csrf\"").into_bytes();
    body.extend(token.as_bytes());
    body.extend(b"\r\n");
    body.extend(part(&format!("name=\"file\"; filename=\"{file}\"")).into_bytes());
    body.extend(bytes);
    body.extend(b"\r\n--cut--\r\n");
    body
}

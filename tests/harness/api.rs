//! The JSON API in process, on a world: people knock with bearer tokens.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use actix_web::{
    App,
    http::Method,
    test::{self, TestRequest},
    web,
};
use api::{
    Services, Settings, codes_by_notice,
    limits::{Rate, Rates},
    routes::routes,
};
use serde_json::{Value, json};
use workflow::sign_in::{Passwords, make_token};

use super::world::World;

/// The doors of one world.
pub(crate) struct Api {
    services: Services,
    tokens: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: actix_web::http::header::HeaderMap,
}

impl Answer {
    /// Status and the problem's name.
    pub(crate) fn problem(&self) -> (u16, &str) {
        let kind = self.json["type"].as_str().unwrap_or_default();
        (self.status, kind.trim_start_matches("/problems/"))
    }

    /// Field and code of the first thing that is wrong.
    pub(crate) fn first(&self) -> (&str, &str) {
        let first = &self.json["errors"][0];
        (first["field"].as_str().unwrap_or_default(), first["code"].as_str().unwrap_or_default())
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.json[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.json)).to_owned()
    }
}

impl Api {
    pub(crate) fn of(world: &World) -> Self {
        let workflow = world.workflow.clone();
        let services = Services {
            deliver_code: codes_by_notice(workflow.clone()),
            workflow,
            settings: Arc::new(Settings { demo: true, ..Settings::default() }),
            passwords: Passwords::new().unwrap(),
            buckets: Arc::default(),
            error_page: None,
            metrics: None,
            drawer: None,
            health: Arc::default(),
        };
        Self { services, tokens: Mutex::default() }
    }

    /// Nobody is told to slow down.
    pub(crate) fn is_never_too_fast(&mut self) {
        let fast = Rate { per_second: 10_000, burst: 100_000 };
        let rates = Rates { network: fast, account: fast };
        self.services.settings = Arc::new(Settings { demo: true, rates, ..Settings::default() });
    }

    /// Nobody has come too often yet.
    pub(crate) fn forgets_who_came(&mut self) {
        self.services.buckets = Arc::default();
    }

    async fn token(&self, world: &World, name: &str) -> String {
        if let Some(token) = self.tokens.lock().unwrap().get(name) {
            return token.clone();
        }
        let (now, account) = (world.workflow.clock.machine(), world.actor(name).account);
        let made = workflow::tx::write(&world.workflow.store, async |tx| {
            make_token(tx, now, account, "test").await
        });
        let token = made.await.unwrap().0.expose().to_owned();
        self.tokens.lock().unwrap().insert(name.to_owned(), token.clone());
        token
    }

    /// A request of `name` (of a stranger: empty) with anything.
    pub(crate) async fn send(&self, world: &World, name: &str, request: TestRequest) -> Answer {
        let mut request = request.insert_header(("accept-language", "en"));
        if !name.is_empty() {
            let token = self.token(world, name).await;
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        let services = web::Data::new(self.services.clone());
        let app = test::init_service(App::new().app_data(services).configure(routes)).await;
        let response = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = test::read_body(response).await.to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, json, bytes, headers }
    }

    pub(crate) async fn get(&self, world: &World, name: &str, path: &str) -> Answer {
        self.send(world, name, TestRequest::get().uri(&format!("/api/v1{path}"))).await
    }

    pub(crate) async fn ask(
        &self,
        world: &World,
        name: &str,
        call: (Method, &str),
        body: Value,
    ) -> Answer {
        let request = TestRequest::with_uri(&format!("/api/v1{}", call.1)).method(call.0);
        self.send(world, name, request.set_json(body)).await
    }

    pub(crate) async fn post(&self, world: &World, name: &str, path: &str, body: Value) -> Answer {
        self.ask(world, name, (Method::POST, path), body).await
    }

    /// A file as a raw body.
    pub(crate) async fn put_file(
        &self,
        world: &World,
        name: &str,
        path: &str,
        file: (&str, Vec<u8>),
    ) -> Answer {
        let request = TestRequest::put().uri(&format!("/api/v1{path}"));
        let request = request.insert_header(("content-type", file.0.to_owned()));
        self.send(world, name, request.set_payload(file.1)).await
    }

    /// A draft of emergency aid by and for `name`, filled in; its id.
    pub(crate) async fn draft(&self, world: &World, name: &str, need: Value) -> String {
        let ask = json!({
            "program": "emergency-aid", "subject": world.subject(name), "filed_as": "self",
        });
        let begun = self.post(world, name, "/cases", ask).await;
        assert_eq!(begun.status, 201, "{}", begun.json);
        let id = begun.text("id");
        let fields = json!({ "fields": {
            "urgent": false, "cause": "illness", "day": "2018-09-01", "need": need,
            "home": "in_village",
        }});
        let path = format!("/cases/{id}");
        let filled = self.ask(world, name, (Method::PATCH, &path), fields).await;
        assert_eq!(filled.status, 200, "{}", filled.json);
        id
    }

    /// The same with both papers, handed in; its number.
    pub(crate) async fn apply(&self, world: &World, name: &str, fen: i64) -> (String, String) {
        let id = self.draft(world, name, json!(fen)).await;
        for paper in ["proof", "identity"] {
            let path = format!("/cases/{id}/papers/{paper}");
            let put = self.put_file(world, name, &path, ("image/png", picture(40, 30))).await;
            assert_eq!(put.status, 201, "{}", put.json);
        }
        let path = format!("/cases/{id}/submit");
        let done = self.post(world, name, &path, json!({ "declared": true })).await;
        assert_eq!(done.status, 200, "{}", done.json);
        world.settle().await;
        (id, done.text("number"))
    }

    /// The only task in the queue of `name`.
    pub(crate) async fn task(&self, world: &World, name: &str) -> String {
        let queue = self.get(world, name, "/tasks").await;
        assert_eq!(queue.status, 200, "{}", queue.json);
        queue.json["rows"][0]["task"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", queue.json))
            .to_owned()
    }

    /// Does something at the only task of `name`, and lets the worker go on.
    pub(crate) async fn does(&self, world: &World, name: &str, verb: &str, body: Value) -> Answer {
        let task = self.task(world, name).await;
        let done = self.post(world, name, &format!("/tasks/{task}/{verb}"), body).await;
        world.settle().await;
        done
    }
}

/// A white PNG.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    picture_saying(width, height, "Title\0white")
}

/// A white PNG that carries a text besides (a keyword, NUL, the text).
pub(crate) fn picture_saying(width: u32, height: u32, text: &str) -> Vec<u8> {
    // Stored blocks of zlib need no compressor: one line of white after the other.
    let mut raw = Vec::new();
    for _ in 0..height {
        raw.push(0);
        raw.extend(std::iter::repeat_n(255, width as usize));
    }
    let mut packed = vec![0x78, 1];
    for (nth, block) in raw.chunks(65_535).enumerate() {
        let last = (nth + 1) * 65_535 >= raw.len();
        let size = u16::try_from(block.len()).unwrap();
        packed.push(u8::from(last));
        packed.extend(size.to_le_bytes());
        packed.extend((!size).to_le_bytes());
        packed.extend(block);
    }
    let sum = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    packed.extend(((sum.1 << 16) | sum.0).to_be_bytes());
    let mut png = vec![0x89, b'P', b'N', b'G', 13, 10, 26, 10];
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 0, 0, 0, 0]);
    for (name, body) in
        [(b"IHDR", head), (b"tEXt", text.into()), (b"IDAT", packed), (b"IEND", Vec::new())]
    {
        png.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let mut whole = name.to_vec();
        whole.extend(body);
        png.extend(&whole);
        png.extend(crc(&whole).to_be_bytes());
    }
    png
}

/// Of PNG's chunks (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
        crc
    })
}

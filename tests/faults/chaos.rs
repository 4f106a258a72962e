//! Some minutes in which everything goes wrong, again and again, under load, by a seed:
//! `cargo test --test it chaos -- --ignored --nocapture`, with `BANJIE_CHAOS_SECONDS` and
//! `BANJIE_CHAOS_SEED`. At the end all that was acknowledged must be there, once.

mod house;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::{Duration, Instant},
};

use entities::{CaseId, TaskId, case_file, task};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use workflow::state::CaseState;

use self::house::{FAULTS, House, LETTERS};
use super::play::at_rest;
use crate::harness::{
    Store,
    api::picture,
    cluster::{Banjie, Cluster},
    http::Caller,
    invariants::{self, Demand},
    redis::Redis,
    until,
    world::World,
};

/// So many people apply at once.
const CLIENTS: usize = 8;

/// Repeats by its seed (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn pause(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

/// What all share.
struct Stage {
    doors: Vec<BTreeMap<String, Caller>>,
    demand: RefCell<Demand>,
    stop: Cell<bool>,
    counts: RefCell<BTreeMap<&'static str, u64>>,
    slowest: Cell<Duration>,
}

impl Stage {
    fn count(&self, what: &'static str) {
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    /// Asks until there is an answer, at one door or the other; now and then once more, which
    /// must be answered alike.
    async fn does(&self, dice: &mut Dice, name: &str, call: (&str, String), body: Body) -> u16 {
        let key = format!("{name}-{}", dice.below(u64::MAX));
        let began = Instant::now();
        let first = self.until_answered(dice, name, (&call, &key), &body).await;
        self.slowest.set(self.slowest.get().max(began.elapsed()));
        if first.0 >= 400 {
            println!("{name} {} {}: {}", call.0, call.1, String::from_utf8_lossy(&first.1));
        }
        if dice.below(5) == 0 && first.0 < 400 {
            let again = self.until_answered(dice, name, (&call, &key), &body).await;
            assert_eq!(first, again, "I20: {call:?} of {name} is answered alike");
            self.count("repeats answered alike");
        }
        first.0
    }

    async fn until_answered(
        &self,
        dice: &mut Dice,
        name: &str,
        (call, key): (&(&str, String), &str),
        body: &Body,
    ) -> (u16, Vec<u8>) {
        let began = Instant::now();
        loop {
            let door = usize::try_from(dice.below(2)).unwrap();
            let caller = self.doors[door][name].clone().with_header("idempotency-key", key);
            let path = format!("/api/v1{}", call.1);
            let answer = caller.try_send(call.0, &path, Some(body.clone())).await;
            match answer {
                Err(_) => self.count("no answer"),
                Ok(answer) if answer.status == 500 => panic!("{call:?}: {}", answer.text()),
                Ok(answer) if answer.status > 500 => self.count("503"),
                Ok(answer) if answer.status == 429 => self.count("429"),
                Ok(answer) if answer.body["type"] == "/problems/still-at-work" => {
                    self.count("still at work");
                }
                Ok(answer) => return (answer.status, answer.bytes),
            }
            assert!(began.elapsed() < Duration::from_mins(3), "{call:?} is never answered");
            tokio::time::sleep(dice.pause(100, 500)).await;
        }
    }
}

type Body = (String, Vec<u8>);

fn said(value: &Value) -> Body {
    ("application/json".to_owned(), value.to_string().into_bytes())
}

/// The way of one case through four levels: the step, who decides it.
const WAY: [(&str, &str); 7] = [
    ("teacher", "Teacher"),
    ("school", "Aid"),
    ("school", "Head"),
    ("village", "Visitor"),
    ("county", "Edu"),
    ("county", "Poor"),
    ("city", "City"),
];

/// One applicant after the other, as far as each gets.
async fn client(stage: Rc<Stage>, world: Rc<World>, mut dice: Dice, names: Vec<String>) {
    for name in names {
        if stage.stop.get() {
            return;
        }
        let subject = world.subject(&name);
        let ask = json!({ "program": "emergency-aid", "subject": subject, "filed_as": "self" });
        let (key, call) = (format!("open-{name}"), ("POST", "/cases".to_owned()));
        let (status, bytes) =
            stage.until_answered(&mut dice, &name, (&call, &key), &said(&ask)).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&bytes));
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        let case: CaseId = body["id"].as_str().unwrap().parse().unwrap();
        hands_in(&stage, &world, &mut dice, (&name, case)).await;
        stage.count("opened");
        for (step, who) in WAY {
            if dice.below(25) == 0 {
                let call = ("POST", format!("/cases/{case}/withdraw"));
                if stage.does(&mut dice, &name, call, said(&json!({}))).await == 200 {
                    stage.count("withdrawn");
                    break;
                }
            }
            decides(&stage, &world, &mut dice, (case, step, who, &name)).await;
        }
        stage.count("through");
    }
}

async fn hands_in(stage: &Stage, world: &World, dice: &mut Dice, (name, case): (&str, CaseId)) {
    let day = workflow::calendar::local_date(world.workflow.clock.now()).pred_opt().unwrap();
    let fields = json!({ "fields": {
        "urgent": false, "cause": "illness", "day": day.to_string(), "need": 1_200_000,
        "home": "in_village",
    }});
    let call = ("PATCH", format!("/cases/{case}"));
    assert_eq!(stage.does(dice, name, call, said(&fields)).await, 200);
    for paper in ["proof", "identity"] {
        let call = ("PUT", format!("/cases/{case}/papers/{paper}"));
        let body = ("image/png".to_owned(), picture(20, 20));
        assert_eq!(stage.does(dice, name, call, body).await, 201);
    }
    let call = ("POST", format!("/cases/{case}/submit"));
    assert_eq!(stage.does(dice, name, call, said(&json!({ "declared": true }))).await, 200);
    stage.demand.borrow_mut().handed_in.push(case);
}

async fn decides(
    stage: &Stage,
    world: &World,
    dice: &mut Dice,
    (case, step, who, name): (CaseId, &str, &str, &str),
) {
    let mut task = open_slot(world, case, (step, who)).await;
    if who == "Head" && dice.below(6) == 0 {
        let back =
            json!({ "to": "applicant", "mode": "here", "papers": ["proof"], "note": "blurred" });
        let call = ("POST", format!("/tasks/{task}/return"));
        if stage.does(dice, who, call, said(&back)).await == 200 {
            stage.count("returned");
            until("a case that is sent back", Duration::from_mins(4), async || {
                let db = world.workflow.store.read();
                let file = case_file::Entity::find_by_id(case).one(db).await.ok()??;
                file.supplementing.then_some(())
            })
            .await;
            let call = ("PUT", format!("/cases/{case}/papers/proof"));
            let body = ("image/png".to_owned(), picture(21, 20));
            assert_eq!(stage.does(dice, name, call, body).await, 201);
            let call = ("POST", format!("/cases/{case}/resubmit"));
            assert_eq!(stage.does(dice, name, call, said(&json!({}))).await, 200);
            // Those who sign before her sign again, if they are asked to.
            let (mut turn, mut slot) = next_slot(world, case, step, &["Aid", who]).await;
            if turn == "Aid" {
                let call = ("POST", format!("/tasks/{slot}/approve"));
                assert_eq!(stage.does(dice, turn, call, said(&json!({}))).await, 200);
                (turn, slot) = next_slot(world, case, step, &[who]).await;
            }
            assert_eq!(turn, who);
            task = slot;
        }
    }
    let mut form = json!({});
    if step == "village" {
        let call = ("PUT", format!("/tasks/{task}/papers/visit_photo"));
        let body = ("image/png".to_owned(), picture(20, 20));
        assert_eq!(stage.does(dice, who, call, body).await, 201);
        form = json!({ "form": { "visit": "seen" } });
    }
    let call = ("POST", format!("/tasks/{task}/approve"));
    let status = stage.does(dice, who, call, said(&form)).await;
    let person = world.actor(who).person.unwrap();
    let mut demand = stage.demand.borrow_mut();
    match status {
        200 => demand.decided.push((task, person)),
        _ => demand.refused.push((task, person)),
    }
    stage.count(if status == 200 { "decided" } else { "refused" });
}

/// The slot of `step` for the pool of `who`, as soon as it is open; however long that takes.
async fn open_slot(world: &World, case: CaseId, (step, who): (&str, &str)) -> TaskId {
    next_slot(world, case, step, &[who]).await.1
}

/// The same for whoever of `people` comes first.
async fn next_slot<'a>(
    world: &World,
    case: CaseId,
    step: &str,
    people: &[&'a str],
) -> (&'a str, TaskId) {
    until(&format!("{step} for {people:?}"), Duration::from_mins(4), async || {
        let db = world.workflow.store.read();
        let rows = task::Entity::of_case(case).all(db).await.ok()?;
        for who in people {
            let (person, now) = (world.actor(who).person?, world.workflow.clock.now());
            let held = entities::appointment::Entity::held_by(person, now).all(db).await.ok()?;
            let mine = |row: &&task::Model| {
                row.path == step
                    && CaseState::is_open(row)
                    && held.iter().any(|held| held.unit_id == row.unit_id && held.duty == row.duty)
            };
            if let Some(row) = rows.iter().find(mine) {
                return Some((*who, row.id));
            }
        }
        None
    })
    .await
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[ignore = "takes minutes: for a person who looks on"]
#[actix_web::test]
async fn chaos() {
    let (seconds, seed) = (number("BANJIE_CHAOS_SECONDS", 60), number("BANJIE_CHAOS_SEED", 1));
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut cluster = Cluster::start(Store::Postgres).await;
    let each = usize::try_from(seconds).unwrap() + 5;
    for number in 0..CLIENTS * each {
        cluster.applies(&format!("Ma{number}")).await;
    }
    let redis = Redis::start().await;
    let url = redis.url();
    let letters = LETTERS.to_string();
    let settings = [
        ("BANJIE__REDIS__URL", url.as_str()),
        ("BANJIE__DATABASE__CONNECTIONS", "8"),
        ("BANJIE__WORKER__LETTERS", letters.as_str()),
    ];
    let mut house = House { redis, apis: vec![], workers: vec![], cluster };
    for _ in 0..2 {
        let api = house.cluster.banjie("api", &settings).await;
        house.apis.push(api);
        let worker = house.cluster.banjie("worker", &settings).await;
        house.workers.push(worker);
    }
    let world = Rc::new(house.cluster.beside().await);
    let names: Vec<String> = world.people.keys().filter(|n| !n.contains(' ')).cloned().collect();
    let door = |api: &Banjie| {
        names.iter().map(|name| (name.clone(), house.cluster.caller(api, name))).collect()
    };
    let stage = Rc::new(Stage {
        doors: house.apis.iter().map(door).collect(),
        demand: RefCell::default(),
        stop: Cell::new(false),
        counts: RefCell::default(),
        slowest: Cell::default(),
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client_number| {
            let names = (0..each).map(|n| format!("Ma{}", client_number * each + n)).collect();
            let dice = Dice(dice.below(u64::MAX) | 1);
            tokio::task::spawn_local(client(Rc::clone(&stage), Rc::clone(&world), dice, names))
        })
        .collect();
    let mut times: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        tokio::time::sleep(dice.pause(500, 2_500)).await;
        let fault = FAULTS[usize::try_from(dice.below(FAULTS.len() as u64)).unwrap()];
        house.strikes(fault, &mut dice, &stage).await;
        let took = house.recovers().await;
        println!(
            "{:?} {fault}: doors open after {:?}, jobs after {:?}",
            began.elapsed(),
            took.0,
            took.1
        );
        times.entry(fault).or_default().push(took);
    }
    stage.stop.set(true);
    for client in clients {
        client.await.unwrap();
    }
    at_rest(&house.cluster.world).await;
    let mut demand = stage.demand.borrow().clone();
    demand.at_rest = true;
    let letters = house.cluster.smtp.letters();
    let names: std::collections::BTreeSet<_> =
        letters.iter().map(|letter| letter.header("x-dedupe-key")).collect();
    println!("seed {seed}, {seconds} s: {:?}", stage.counts.borrow());
    let repeats = letters.len() - names.len();
    println!("letters {}, of which repeats {repeats}; {} excused", letters.len(), demand.doubled);
    println!("the slowest act, with all its repeats: {:?}", stage.slowest.get());
    for (fault, mut took) in times {
        took.sort();
        let line = |times: &mut Vec<Duration>| {
            times.sort();
            format!("{:?} / {:?} / {:?}", times[0], times[times.len() / 2], times[times.len() - 1])
        };
        let mut open: Vec<_> = took.iter().map(|times| times.0).collect();
        let mut done: Vec<_> = took.iter().map(|times| times.1).collect();
        let (open, done) = (line(&mut open), line(&mut done));
        println!("{fault} x{}: doors open after {open}, no job late after {done}", took.len());
    }
    demand.letters = Some(letters);
    invariants::must_hold(&house.cluster.world, &demand).await;
    println!("all invariants hold");
}

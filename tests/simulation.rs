//! Every await point as a crash point: a request, or a job, is dropped after one poll, after two,
//! after three, until it is through. After each, the invariants hold, the same again under the
//! same key does what is left of it, and the case goes on.

use actix_web::{http::Method, test::TestRequest};
use chrono::TimeDelta;
use entities::{CaseId, case_file, paper, timer};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::task::Poll;
use worker::{Services, Settings, settle};
use workflow::commands::Word;

use crate::harness::{
    Store,
    api::{Api, picture},
    both,
    invariants::{self, Demand},
    scratch,
    world::World,
};

mod jobs;

both![
    an_opening_dropped_anywhere,
    a_document_dropped_anywhere,
    a_payment_dropped_anywhere,
    a_submission_dropped_anywhere,
    a_decision_dropped_anywhere,
    a_return_and_what_is_mended_dropped_anywhere,
    a_withdrawal_dropped_anywhere,
];

/// Nothing of ours takes so many polls: a loop that ends nowhere is a finding.
const MOST: usize = 400;

/// Where a request is dropped: at every await point on SQLite, which is in the process; at every
/// third on PostgreSQL, whose round trips are those of SQLite and more.
fn points(store: Store) -> impl Iterator<Item = usize> {
    (1..MOST).step_by(if store == Store::Sqlite { 1 } else { 3 })
}

/// Polls `work` so many times, then drops it; none if it was not through by then.
async fn cut<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A world, its doors and its worker.
struct Stage {
    world: World,
    api: Api,
    worker: Services,
    demand: Demand,
    requests: u32,
}

/// A request that may come again.
#[derive(Clone)]
struct Ask {
    who: &'static str,
    call: (Method, String),
    key: String,
    /// Its media type, and what it says.
    body: (&'static str, Vec<u8>),
    /// The answer's status when it is done.
    good: u16,
}

impl Stage {
    async fn new(mut world: World) -> Self {
        world.full_staff().await;
        // What lies late comes to them.
        for place in ["county", "city", "region"] {
            let office = format!("{place}/supervision");
            world.works(&format!("Sun of {place}"), &office, entities::Duty::Handler).await;
            world.works(&format!("Lead of {place}"), place, entities::Duty::Head).await;
        }
        world.applies("Ma").await;
        let settings = Settings { drawer: scratch("letters"), ..Settings::default() };
        let worker = Services::new(world.workflow.clone(), settings).unwrap();
        let api = Api::of(&world);
        for name in ["Ma", "Teacher", "Aid", "Head", "Pay"] {
            // Their tokens are made.
            assert_eq!(api.get(&world, name, "/me").await.status, 200);
        }
        Self { world, api, worker, demand: Demand::default(), requests: 0 }
    }

    fn ask(&mut self, who: &'static str, path: String, body: &Value) -> Ask {
        let body = ("application/json", body.to_string().into_bytes());
        self.asks(who, (Method::POST, path), body, 200)
    }

    fn asks(
        &mut self,
        who: &'static str,
        call: (Method, String),
        body: (&'static str, Vec<u8>),
        good: u16,
    ) -> Ask {
        self.requests += 1;
        // The rates count by the wall clock, and this is quicker than any person.
        self.api.forgets_who_came();
        Ask { who, call, key: format!("key-{}", self.requests), body, good }
    }

    async fn send(&self, ask: &Ask) -> crate::harness::api::Answer {
        let (method, path) = ask.call.clone();
        let request = TestRequest::with_uri(&format!("/api/v1{path}")).method(method);
        let request = request
            .insert_header(("idempotency-key", ask.key.clone()))
            .insert_header(("content-type", ask.body.0))
            .set_payload(ask.body.1.clone());
        self.api.send(&self.world, ask.who, request).await
    }

    /// Sends it cut off after so many polls, looks, and sends it again. Whether the first was
    /// through.
    async fn survives(&mut self, polls: usize, ask: Ask) -> bool {
        let through = cut(polls, self.send(&ask)).await;
        self.holds(false, polls).await;
        let again = self.send(&ask).await;
        assert_eq!(again.status, ask.good, "after {polls} polls: {}", again.json);
        if let Some(first) = &through {
            assert_eq!(first.bytes, again.bytes, "the same answer");
        }
        self.rest().await;
        self.holds(true, polls).await;
        through.is_some()
    }

    /// The worker does all there is to do; leases that were left behind run out before.
    async fn rest(&self) {
        self.world.workflow.clock.advance(TimeDelta::seconds(61));
        // What was cut off may still hold its rows for a moment: others pass them over.
        let due = timer::Entity::due(self.world.workflow.clock.now());
        for _ in 0..100 {
            let settled = settle(&self.worker).await.unwrap();
            let behind = due.clone().count(self.world.workflow.store.read()).await.unwrap();
            if settled.left == 0 && behind == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the worker does not come to rest");
    }

    async fn holds(&self, at_rest: bool, polls: usize) {
        let demand = Demand { at_rest, ..self.demand.clone() };
        let found = invariants::findings(&self.world, &demand).await;
        assert!(found.is_empty(), "after {polls} polls:\n{}", found.join("\n"));
    }

    /// A draft that could be handed in at once.
    async fn draft(&self) -> CaseId {
        let form = json!({
            "urgent": false, "cause": "illness", "day": "2018-09-01", "need": 1_200_000,
            "home": "in_village",
        });
        let case = self.world.drafts("Ma", "emergency-aid", form).await;
        for paper in ["proof", "identity"] {
            self.world.attaches("Ma", case, paper, None).await.unwrap();
        }
        case
    }

    async fn filed(&self) -> CaseId {
        let case = self.draft().await;
        self.world.submits("Ma", case).await.unwrap();
        self.rest().await;
        case
    }

    /// The case is taken back, so that the applicant may ask for the same again.
    async fn next(&self, case: CaseId) {
        let (world, who) = (&self.world, self.world.actor("Ma"));
        let taken_back = world.command(async |tx| {
            workflow::commands::withdraw_case(tx, &world.workflow, who, case, None).await
        });
        taken_back.await.unwrap();
        self.rest().await;
    }
}

async fn an_opening_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    let body = json!({
        "program": "emergency-aid", "subject": stage.world.subject("Ma"), "filed_as": "self",
    });
    for (nth, polls) in points(stage.world.on).enumerate() {
        let body = ("application/json", body.to_string().into_bytes());
        let ask = stage.asks("Ma", (Method::POST, "/cases".to_owned()), body, 201);
        let through = stage.survives(polls, ask).await;
        let all = case_file::Entity::find().count(stage.world.workflow.store.read()).await;
        assert_eq!(all.unwrap(), nth as u64 + 1, "one case for each key");
        if through {
            println!("an opening takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_document_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let form = json!({ "urgent": false });
        let case = stage.world.drafts("Ma", "emergency-aid", form).await;
        let body = ("image/png", picture(20, 20));
        let call = (Method::PUT, format!("/cases/{case}/papers/proof"));
        let ask = stage.asks("Ma", call, body, 201);
        let through = stage.survives(polls, ask).await;
        let kept = paper::Entity::find().filter(paper::Column::CaseId.eq(case));
        let kept = kept.filter(paper::Column::RemovedAt.is_null());
        let kept = kept.count(stage.world.workflow.store.read()).await;
        assert_eq!(kept.unwrap(), 1, "after {polls} polls: it is there, once");
        if through {
            println!("a document takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_payment_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        // Each has an applicant of its own, for one gets only so much a year.
        let name = format!("Ma{polls}");
        stage.world.applies(&name).await;
        let case = stage.world.asks_urgently(&name, 1_500).await;
        stage.world.says("Head", case, "quick", Word::Approve).await.unwrap();
        let task = stage.world.slot(case, "pay", "Pay").await;
        let ask = stage.ask("Pay", format!("/tasks/{task}/pay"), &json!({}));
        let through = stage.survives(polls, ask).await;
        stage.demand.decided.push((task, stage.world.actor("Pay").person.unwrap()));
        assert_eq!(stage.world.told_times(case, "payment_made").await, 1);
        // It goes on: the papers that were left out at first are asked for, once.
        let story = stage.world.story(case).await;
        assert_eq!(story.matches("step_opened papers").count(), 1, "{story}");
        if through {
            println!("a payment takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_submission_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.draft().await;
        let body = json!({ "declared": true });
        let ask = stage.ask("Ma", format!("/cases/{case}/submit"), &body);
        let through = stage.survives(polls, ask).await;
        stage.demand.handed_in.push(case);
        assert_eq!(stage.world.told_times(case, "filed").await, 1);
        stage.next(case).await;
        if through {
            println!("a submission takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_decision_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.filed().await;
        let task = stage.world.slot(case, "teacher", "Teacher").await;
        let ask = stage.ask("Teacher", format!("/tasks/{task}/approve"), &json!({}));
        let through = stage.survives(polls, ask).await;
        stage.demand.decided.push((task, stage.world.actor("Teacher").person.unwrap()));
        assert_eq!(stage.world.told_times(case, "task_signed").await, 1);
        stage.next(case).await;
        if through {
            println!("a decision takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_return_and_what_is_mended_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    let (mut sent_back, mut mended) = (false, false);
    for polls in points(stage.world.on) {
        let case = stage.filed().await;
        stage.world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
        stage.world.says("Aid", case, "school", Word::Approve).await.unwrap();
        let task = stage.world.slot(case, "school", "Head").await;
        let body =
            json!({ "to": "applicant", "mode": "replay", "papers": ["proof"], "note": "blurred" });
        let ask = stage.ask("Head", format!("/tasks/{task}/return"), &body);
        sent_back |= stage.survives(polls, ask).await;
        stage.world.attaches("Ma", case, "proof", None).await.unwrap();
        let ask = stage.ask("Ma", format!("/cases/{case}/resubmit"), &json!({}));
        mended |= stage.survives(polls, ask).await;
        stage.next(case).await;
        if sent_back && mended {
            println!("a return, or what follows, takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_withdrawal_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.filed().await;
        let ask = stage.ask("Ma", format!("/cases/{case}/withdraw"), &json!({}));
        let through = stage.survives(polls, ask).await;
        assert_eq!(stage.world.told_times(case, "case_ended").await, 1);
        if through {
            println!("a withdrawal takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

//! Every await point as a crash point: a request, or a job, is dropped after one poll, after two,
//! after three, until it is through. After each, the invariants hold, the same again under the
//! same key does what is left of it, and the case goes on.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use entities::{CaseId, outbox, timer};
use serde_json::{Value, json};
use std::task::Poll;
use worker::{Services, Settings, do_one, settle, sweep_once};
use workflow::commands::Word;

use crate::harness::{
    Store,
    api::Api,
    both,
    invariants::{self, Demand},
    scratch,
    world::World,
};

both![
    a_submission_dropped_anywhere,
    a_decision_dropped_anywhere,
    a_return_and_what_is_mended_dropped_anywhere,
    a_withdrawal_dropped_anywhere,
    a_routing_dropped_anywhere,
    a_letter_dropped_anywhere,
    a_timer_dropped_anywhere,
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
    path: String,
    key: String,
    body: Value,
}

impl Stage {
    async fn new(mut world: World) -> Self {
        world.full_staff().await;
        world.applies("Ma").await;
        let settings = Settings { drawer: scratch("letters"), ..Settings::default() };
        let worker = Services::new(world.workflow.clone(), settings).unwrap();
        let api = Api::of(&world);
        for name in ["Ma", "Teacher", "Aid", "Head"] {
            // Their tokens are made.
            assert_eq!(api.get(&world, name, "/me").await.status, 200);
        }
        Self { world, api, worker, demand: Demand::default(), requests: 0 }
    }

    fn ask(&mut self, who: &'static str, path: String, body: Value) -> Ask {
        self.requests += 1;
        // The rates count by the wall clock, and this is quicker than any person.
        self.api.forgets_who_came();
        Ask { who, path, key: format!("key-{}", self.requests), body }
    }

    async fn send(&self, ask: &Ask) -> crate::harness::api::Answer {
        let request = TestRequest::post().uri(&format!("/api/v1{}", ask.path));
        let request = request.insert_header(("idempotency-key", ask.key.clone()));
        self.api.send(&self.world, ask.who, request.set_json(&ask.body)).await
    }

    /// Sends it cut off after so many polls, looks, and sends it again. Whether the first was
    /// through.
    async fn survives(&mut self, polls: usize, ask: Ask) -> bool {
        let through = cut(polls, self.send(&ask)).await;
        self.holds(false, polls).await;
        let again = self.send(&ask).await;
        assert_eq!(again.status, 200, "after {polls} polls: {}", again.json);
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
        let settled = settle(&self.worker).await.unwrap();
        assert_eq!(settled.left, 0, "{settled:?}");
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

async fn a_submission_dropped_anywhere(world: World) {
    let mut stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.draft().await;
        let body = json!({ "declared": true });
        let ask = stage.ask("Ma", format!("/cases/{case}/submit"), body);
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
        let ask = stage.ask("Teacher", format!("/tasks/{task}/approve"), json!({}));
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
        let ask = stage.ask("Head", format!("/tasks/{task}/return"), body);
        sent_back |= stage.survives(polls, ask).await;
        stage.world.attaches("Ma", case, "proof", None).await.unwrap();
        let ask = stage.ask("Ma", format!("/cases/{case}/resubmit"), json!({}));
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
        let ask = stage.ask("Ma", format!("/cases/{case}/withdraw"), json!({}));
        let through = stage.survives(polls, ask).await;
        assert_eq!(stage.world.told_times(case, "case_ended").await, 1);
        if through {
            println!("a withdrawal takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

/// The first job of one kind that waits.
async fn waiting(stage: &Stage, kind: &str) -> entities::OutboxId {
    let jobs = outbox::Entity::unfinished().all(stage.world.workflow.store.read()).await.unwrap();
    jobs.iter().find(|job| job.kind == kind).unwrap_or_else(|| panic!("no {kind}")).id
}

async fn a_routing_dropped_anywhere(world: World) {
    let stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.draft().await;
        stage.world.submits("Ma", case).await.unwrap();
        let job = waiting(&stage, "route_case").await;
        let through = cut(polls, do_one(&stage.worker, job)).await;
        stage.holds(false, polls).await;
        stage.rest().await;
        stage.holds(true, polls).await;
        assert_eq!(stage.world.told_times(case, "step_opened").await, 1);
        stage.next(case).await;
        if through.is_some() {
            println!("a routing takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_letter_dropped_anywhere(world: World) {
    let stage = Stage::new(world).await;
    for polls in points(stage.world.on) {
        let case = stage.draft().await;
        stage.world.submits("Ma", case).await.unwrap();
        stage.world.settle().await;
        let job = waiting(&stage, "send_notice").await;
        let through = cut(polls, do_one(&stage.worker, job)).await;
        stage.holds(false, polls).await;
        stage.rest().await;
        stage.holds(true, polls).await;
        stage.next(case).await;
        if through.is_some() {
            println!("a letter takes {polls} polls");
            return;
        }
    }
    panic!("it never came through");
}

async fn a_timer_dropped_anywhere(world: World) {
    let stage = Stage::new(world).await;
    let mut case = stage.filed().await;
    let store = stage.world.workflow.store.clone();
    for polls in points(stage.world.on) {
        let now = stage.world.workflow.clock.now();
        let next = timer::Entity::next_after(now).one(store.read()).await.unwrap();
        let Some(next) = next else {
            // This case has had all of its own.
            stage.next(case).await;
            case = stage.filed().await;
            continue;
        };
        stage.world.workflow.clock.advance(next.due_at - now);
        let through = cut(polls, sweep_once(&stage.worker)).await;
        stage.holds(false, polls).await;
        stage.rest().await;
        stage.holds(true, polls).await;
        if through.is_some() && polls > 6 {
            println!(
                "a timer takes {polls} polls; {} events",
                stage.world.case(case).await.trail_number
            );
            return;
        }
    }
    panic!("it never came through");
}

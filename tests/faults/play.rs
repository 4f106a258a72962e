//! What people do while things go wrong, and what they were told came of it.

use std::{io::Write, time::Duration};

use entities::{CaseId, TaskId, case_file, outbox, task};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use serde_json::json;
use workflow::state::CaseState;

use crate::harness::{
    Store,
    cluster::{Banjie, Cluster},
    http::{Answer, Caller},
    invariants::{self, Demand},
    until,
    world::World,
};

/// So many letters one decision leaves at most.
const LETTERS_OF_A_STEP: usize = 4;

/// So long may things take that take a moment, on a machine that does ten things at once.
pub(super) const SOON: Duration = Duration::from_mins(1);

/// A busy machine's part in what takes a second or more of its own.
const SLACK: Duration = Duration::from_secs(15);

/// What operators are promised, and what it took this time.
#[track_caller]
pub(super) fn promised(what: &str, most: Duration, took: Duration) {
    println!("{what}: {took:?}, {most:?} are promised");
    assert!(took < most + SLACK, "{what} took {took:?}; {most:?} are promised");
}

/// Tells a person who looks on that something could not be shown here, past what the harness
/// keeps to itself of tests that pass.
pub(super) fn not_shown(what: &str) {
    let line = format!("\nNOT SHOWN on this machine: {what}\n");
    drop(std::io::stderr().write_all(line.as_bytes()));
}

/// An act that may be asked for again under its key.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) path: String,
    pub(super) key: String,
    pub(super) body: serde_json::Value,
}

/// The people of one cluster, and what they know.
#[derive(Default)]
pub(super) struct Play {
    pub(super) demand: Demand,
    keys: u32,
}

impl Play {
    fn act(&mut self, path: String, body: serde_json::Value) -> Act {
        self.keys += 1;
        Act { path, key: format!("key-{}", self.keys), body }
    }

    /// An urgent application of `name`, filled in and not handed in.
    pub(super) async fn drafts(&mut self, caller: &Caller, world: &World, name: &str) -> CaseId {
        let ask = json!({
            "program": "emergency-aid", "subject": world.subject(name), "filed_as": "self",
        });
        let begun = self.act("/cases".to_owned(), ask);
        let begun = caller.surely(&begun.path, &begun.key, &begun.body).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let id = begun.body["id"].as_str().unwrap().to_owned();
        let day = workflow::calendar::local_date(world.workflow.clock.now()).pred_opt().unwrap();
        let fields = json!({ "fields": {
            "urgent": true, "cause": "accident", "day": day.to_string(), "need": 150_000,
            "home": "at_school",
        }});
        let filled = caller.patch(&format!("/api/v1/cases/{id}"), &fields).await;
        assert_eq!(filled.status, 200, "{}", filled.text());
        id.parse().unwrap()
    }

    /// Handing `case` in.
    pub(super) fn submits(&mut self, case: CaseId) -> Act {
        self.act(format!("/cases/{case}/submit"), json!({ "declared": true }))
    }

    /// A verb at a slot.
    pub(super) fn says(&mut self, task: TaskId, verb: &str) -> Act {
        self.act(format!("/tasks/{task}/{verb}"), json!({}))
    }

    /// An urgent application of `name` that waits for its decision.
    pub(super) async fn applies(
        &mut self,
        cluster: &Cluster,
        at: &Banjie,
        name: &str,
    ) -> (CaseId, TaskId) {
        let caller = cluster.caller(at, name);
        let case = self.drafts(&caller, &cluster.world, name).await;
        let act = self.submits(case);
        let answer = caller.does(&act).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.demand.handed_in.push(case);
        (case, slot(&cluster.world, case, "quick").await)
    }

    /// Notes what came of a decision by `name`.
    pub(super) fn learns(&mut self, world: &World, name: &str, task: TaskId, answer: &Answer) {
        let who = world.actor(name).person.unwrap();
        match answer.status {
            200 => self.demand.decided.push((task, who)),
            400..500 => self.demand.refused.push((task, who)),
            _ => {}
        }
    }

    /// The head approves at `at`, as often as it takes.
    pub(super) async fn approves(
        &mut self,
        cluster: &Cluster,
        at: &Banjie,
        task: TaskId,
    ) -> Answer {
        let act = self.says(task, "approve");
        let answer = cluster.caller(at, "Head").does(&act).await;
        self.learns(&cluster.world, "Head", task, &answer);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// Kills a process that nobody works beside. The minute that its leases last passes in no
    /// time, and what it may have sent without a mark may come again.
    pub(super) async fn kills(&mut self, cluster: &Cluster, banjie: &mut Banjie) {
        banjie.kill();
        self.demand.doubled += in_hand(&cluster.world, "send_notice").await.len();
        leases_run_out(&cluster.world).await;
    }

    /// What was in hand when the database went away waits for its lease to run out: a minute
    /// passes in no time.
    pub(super) async fn picks_up(&mut self, cluster: &Cluster) {
        // Those whose mark failed were given back at once and are in hand no more.
        let given_back = LETTERS_OF_A_STEP;
        self.demand.doubled += given_back + in_hand(&cluster.world, "send_notice").await.len();
        leases_run_out(&cluster.world).await;
    }

    /// The case is paid, and asks for the papers that were left out at first.
    pub(super) async fn pays(&mut self, cluster: &Cluster, at: &Banjie, case: CaseId) {
        let task = slot(&cluster.world, case, "pay").await;
        let act = self.says(task, "pay");
        let answer = cluster.caller(at, "Pay").does(&act).await;
        self.learns(&cluster.world, "Pay", task, &answer);
        assert_eq!(answer.status, 200, "{}", answer.text());
        slot(&cluster.world, case, "papers").await;
    }

    /// Waits until nothing is under way, and checks everything.
    pub(super) async fn all_is_well(&mut self, cluster: &Cluster) {
        at_rest(&cluster.world).await;
        self.demand.letters = Some(cluster.smtp.letters());
        self.demand.at_rest = true;
        invariants::must_hold(&cluster.world, &self.demand).await;
        self.demand.at_rest = false;
    }

    /// Checks what holds at every moment.
    pub(super) async fn nothing_is_broken(&mut self, cluster: &Cluster) {
        self.demand.letters = None;
        invariants::must_hold(&cluster.world, &self.demand).await;
    }
}

impl Caller {
    /// Asks until there is an answer that counts.
    pub(super) async fn does(&self, act: &Act) -> Answer {
        self.surely(&act.path, &act.key, &act.body).await
    }

    /// Asks once.
    pub(super) async fn tries(&self, act: &Act) -> Result<Answer, String> {
        self.once(&act.path, &act.key, &act.body).await
    }
}

/// The slot of `step` that is open, as soon as it is.
pub(super) async fn slot(world: &World, case: CaseId, step: &str) -> TaskId {
    until(&format!("an open slot of {step}"), SOON, async || {
        let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.ok()?;
        rows.iter().find(|row| row.path == step && CaseState::is_open(row)).map(|row| row.id)
    })
    .await
}

/// Waits until no job is left that is not in quarantine.
pub(super) async fn at_rest(world: &World) {
    until("the end of all jobs", 2 * SOON, async || {
        let left = outbox::Entity::unfinished().count(world.workflow.store.read()).await.ok()?;
        (left == 0).then_some(())
    })
    .await;
}

/// How often one event stands in the trail of a case.
pub(super) async fn times(world: &World, case: CaseId, kind: &str) -> u64 {
    world.told_times(case, kind).await
}

/// Keeps everybody else from writing to `case`: on SQLite, from writing at all.
pub(super) async fn hold(world: &World, case: CaseId) -> DatabaseTransaction {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = world.workflow.store.read().begin_with_options(options).await.unwrap();
    if world.on == Store::Postgres {
        case_file::Entity::find_by_id(case).lock_exclusive().one(&tx).await.unwrap();
    }
    tx
}

/// Waits until somebody stands before a lock that [`hold`] keeps.
pub(super) async fn until_somebody_waits(world: &World) {
    if world.on == Store::Sqlite {
        // It does not say who waits.
        tokio::time::sleep(Duration::from_millis(500)).await;
        return;
    }
    until("somebody who waits", SOON, async || {
        let ask = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        let ask = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, ask);
        world.workflow.store.read().query_one_raw(ask).await.ok()?.map(drop)
    })
    .await;
}

/// The jobs of one kind that are in hand.
pub(super) async fn in_hand(world: &World, kind: &str) -> Vec<outbox::Model> {
    let jobs = outbox::Entity::unfinished()
        .filter(outbox::Column::Kind.eq(kind))
        .filter(outbox::Column::LeaseToken.is_not_null())
        .filter(outbox::Column::LeaseUntil.is_not_null())
        .order_by_asc(outbox::Column::Id);
    jobs.all(world.workflow.store.read()).await.unwrap_or_default()
}

/// The time of all leases is over: a minute passes in no time.
pub(super) async fn leases_run_out(world: &World) {
    let past = world.workflow.clock.machine() - chrono::TimeDelta::seconds(1);
    // A connection of ours may have died with the database.
    until("leases that run out", SOON, async || {
        let all = outbox::Entity::update_many()
            .col_expr(outbox::Column::LeaseUntil, sea_orm::prelude::Expr::value(past))
            .filter(outbox::Column::LeaseUntil.is_not_null())
            .filter(outbox::Column::DoneAt.is_null());
        all.exec(world.workflow.store.read()).await.ok()
    })
    .await;
}

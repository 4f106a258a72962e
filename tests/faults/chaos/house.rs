//! The processes, and what becomes of them.

use std::time::{Duration, Instant};

use entities::outbox;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};

use super::{Dice, Stage};
use crate::{
    faults::play::SOON,
    harness::{
        cluster::{Banjie, Cluster},
        redis::Redis,
        until,
    },
};

/// What is broken, and by which process.
pub(super) struct House {
    pub(super) cluster: Cluster,
    pub(super) redis: Redis,
    pub(super) apis: Vec<Banjie>,
    pub(super) workers: Vec<Banjie>,
}

/// What may happen.
pub(super) const FAULTS: [&str; 12] = [
    "api killed",
    "api frozen",
    "worker killed",
    "worker frozen",
    "worker stopped",
    "redis killed",
    "redis emptied",
    "redis frozen",
    "database killed",
    "database frozen",
    "a backend killed",
    "all killed",
];

/// So many letters a worker has in hand at most.
pub(super) const LETTERS: usize = 4;

/// How many workers may have had a letter accepted and lost the mark: those that die, or whose
/// database does. Whoever else is struck goes on, or finishes first.
fn may_repeat(fault: &str) -> usize {
    match fault {
        "worker killed" => 1,
        "database killed" | "database frozen" | "a backend killed" | "all killed" => 2,
        _ => 0,
    }
}

impl House {
    /// Breaks something for a while and mends it.
    pub(super) async fn strikes(&mut self, fault: &str, dice: &mut Dice, stage: &Stage) {
        let which = usize::try_from(dice.below(2)).unwrap();
        let pause = dice.pause(500, 6_000);
        stage.demand.borrow_mut().doubled += may_repeat(fault) * LETTERS;
        match fault {
            "api killed" => self.apis[which].kill(),
            "worker killed" => self.workers[which].kill(),
            "api frozen" => self.apis[which].running().freeze(),
            "worker frozen" => self.workers[which].running().freeze(),
            "worker stopped" => self.workers[which].running().signal("TERM"),
            "redis killed" => self.redis.kill(),
            "redis emptied" => drop(self.redis.ask(&["FLUSHALL"])),
            "redis frozen" => self.redis.freeze(),
            "database killed" => self.cluster.postgres().kill(),
            "database frozen" => self.cluster.postgres().freeze(),
            "a backend killed" => {
                let admin = crate::harness::servers::connect(&self.cluster.url).await;
                self.cluster.postgres().kill_a_backend(&admin).await;
            }
            _ => {
                self.apis.iter_mut().chain(&mut self.workers).for_each(Banjie::kill);
                self.redis.kill();
                self.cluster.postgres().kill();
            }
        }
        tokio::time::sleep(pause).await;
        match fault {
            "api killed" => self.apis[which].launch(),
            "worker killed" => self.workers[which].launch(),
            "api frozen" => self.apis[which].running().thaw(),
            "worker frozen" => self.workers[which].running().thaw(),
            "worker stopped" => {
                let status = self.workers[which].running().ended(SOON).await;
                assert_eq!(status.code(), Some(0), "{}", self.workers[which].running().log());
                self.workers[which].launch();
            }
            "redis killed" => self.redis.start_again().await,
            "redis frozen" => self.redis.thaw(),
            "database killed" => self.cluster.postgres().start_again().await,
            "database frozen" => self.cluster.postgres().thaw(),
            "all killed" => {
                self.apis.iter_mut().chain(&mut self.workers).for_each(Banjie::launch);
                self.redis.start_again().await;
                self.cluster.postgres().start_again().await;
            }
            _ => {}
        }
    }

    /// Until both doors are open, and no job has waited for long.
    pub(super) async fn recovers(&self) -> (Duration, Duration) {
        let began = Instant::now();
        for api in &self.apis {
            api.until_ready(200).await;
        }
        let open = began.elapsed();
        let world = &self.cluster.world;
        until("jobs that do not wait", Duration::from_mins(2), async || {
            let late = world.workflow.clock.machine() - chrono::TimeDelta::seconds(3);
            let late = outbox::Entity::waiting(world.workflow.clock.machine())
                .filter(outbox::Column::NextAttemptAt.lt(late))
                .count(world.workflow.store.read());
            (late.await.ok()? == 0).then_some(())
        })
        .await;
        (open, began.elapsed())
    }
}

//! What happens unasked, dropped anywhere: routing, a letter, a timer.

use entities::{NoticeState, notice, outbox, timer};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use worker::{Services, Settings, do_one, sweep_once};
use workflow::seal::Sensitive;

use super::{Stage, cut, points};
use crate::harness::{both, scratch, smtp::Smtp, world::World};

both![a_routing_dropped_anywhere, a_letter_dropped_anywhere, a_timer_dropped_anywhere];

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
    let mut stage = Stage::new(world).await;
    let server = Smtp::start();
    let mail = worker::MailSettings {
        smtp: Some(Sensitive::new(server.url())),
        ..Settings::default().mail
    };
    let settings = Settings { drawer: scratch("letters"), mail, ..Settings::default() };
    stage.worker = Services::new(stage.world.workflow.clone(), settings).unwrap();
    for polls in points(stage.world.on) {
        let case = stage.draft().await;
        stage.world.submits("Ma", case).await.unwrap();
        stage.world.settle().await;
        let job = waiting(&stage, "send_notice").await;
        let through = cut(polls, do_one(&stage.worker, job)).await;
        stage.holds(false, polls).await;
        stage.rest().await;
        // A death may let one letter come once more, and nothing else does.
        let repeats = repeats(&stage, &server).await;
        let more = repeats - stage.demand.doubled;
        assert!(more <= usize::from(through.is_none()), "after {polls} polls: {more} repeats");
        stage.demand.doubled = repeats;
        stage.demand.letters = Some(server.letters());
        stage.holds(true, polls).await;
        stage.demand.letters = None;
        stage.next(case).await;
        if through.is_some() {
            println!("a letter takes {polls} polls; {repeats} came twice");
            return;
        }
    }
    panic!("it never came through");
}

/// How many letters came that had come before.
async fn repeats(stage: &Stage, server: &Smtp) -> usize {
    let db = stage.world.workflow.store.read();
    let sent = notice::Entity::find()
        .filter(notice::Column::State.eq(NoticeState::Sent))
        .filter(notice::Column::Channel.eq(entities::Channel::Mail));
    let sent = usize::try_from(sent.count(db).await.unwrap()).unwrap();
    let letters = server.letters().len();
    assert!(letters >= sent, "{letters} letters of {sent} that were sent");
    letters - sent
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

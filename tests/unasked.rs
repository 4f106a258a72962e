//! What happens without a click, on both databases: routing, letters, time, and deaths between.

use chrono::TimeDelta;
use entities::{NoticeState, case_file, notice, outbox, timer};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use worker::{Services, Settings, move_to, settle, tidy_once};
use workflow::drawer::Drawer;

use crate::harness::{both, scratch, world::World};

both![
    a_case_goes_on_by_itself_and_tells_who_is_next,
    time_walks_through_every_due_instant_in_order,
    a_death_anywhere_in_a_job_is_made_good,
    a_draft_that_lies_for_a_month_is_forgotten,
];

fn worker_of(world: &World) -> (Services, Drawer) {
    let drawer = scratch("letters");
    let settings = Settings { drawer: drawer.clone(), ..Settings::default() };
    (Services::new(world.workflow.clone(), settings).unwrap(), Drawer::at(drawer))
}

async fn a_case_goes_on_by_itself_and_tells_who_is_next(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let (services, drawer) = worker_of(&world);
    let case = world.asks_urgently("Ma", 1_800).await;
    let settled = settle(&services).await.unwrap();
    assert_eq!(settled.left, 0, "{settled:?}");
    let notices = notice::Entity::find().all(world.workflow.store.read()).await.unwrap();
    assert!(!notices.is_empty());
    for row in notices {
        assert_eq!(row.state, NoticeState::Sent, "{row:?}");
    }
    let file = world.case(case).await;
    assert!(!file.routing, "{file:?}");
    let letters = drawer.letters(None, 9).unwrap();
    assert_eq!(letters.len(), 2, "the head and the mayor may decide: {letters:?}");
    let subject = format!("【待办】{} county 特困学生应急救助", file.number.unwrap());
    for letter in letters {
        let found = letter.subject.unwrap_or_default();
        assert!(found.starts_with(&subject) && found.ends_with(" 9月11日前"), "{found}");
    }
    assert_eq!(settle(&services).await.unwrap().jobs, 0, "there is nothing left to do");
}

async fn time_walks_through_every_due_instant_in_order(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let (services, _) = worker_of(&world);
    world.asks_for("Ma", 12_000).await;
    let target = world.workflow.clock.now() + TimeDelta::days(60);
    move_to(&services, target).await.unwrap();
    assert_eq!(world.workflow.clock.now(), target);
    let db = world.workflow.store.read();
    let timers = timer::Entity::find().filter(timer::Column::DueAt.lte(target));
    let timers = timers.all(db).await.unwrap();
    assert!(!timers.is_empty());
    for row in timers {
        let fired = row.fired_at.unwrap();
        assert!(fired <= row.due_at, "it waited for no later instant: {row:?}");
    }
    let routing = outbox::Entity::unfinished().filter(outbox::Column::Kind.eq("route_case"));
    assert_eq!(routing.count(db).await.unwrap(), 0);
}

async fn a_death_anywhere_in_a_job_is_made_good(mut world: World) {
    world.full_staff().await;
    let (services, _) = worker_of(&world);
    let mut stories = Vec::new();
    for death in 0..6 {
        let name = format!("Ma{death}");
        world.applies(&name).await;
        world.workflow.store.faults().plan(-1, false);
        let form = serde_json::json!({
            "urgent": true, "cause": "accident", "day": "2018-09-01", "need": 180_000,
            "home": "at_school",
        });
        let case = world.drafts(&name, "emergency-aid", form).await;
        world.submits(&name, case).await.unwrap();
        // The claim, the work and the claim of the next job, each before and after its commit.
        world.workflow.store.faults().plan(death / 2, death % 2 == 1);
        while settle(&services).await.is_err() {}
        for _ in 0..3 {
            world.workflow.clock.advance(TimeDelta::seconds(70));
            while settle(&services).await.is_err() {}
        }
        assert!(!world.workflow.store.faults().pending());
        let left = outbox::Entity::unfinished().count(world.workflow.store.read()).await;
        assert_eq!(left.unwrap(), 0, "death {death}");
        let told = notice::Entity::find().filter(notice::Column::CaseId.eq(case));
        let told = told.all(world.workflow.store.read()).await.unwrap();
        assert!(told.iter().all(|row| row.state == NoticeState::Sent), "death {death}: {told:?}");
        stories.push((world.case(case).await.trail_number, told.len()));
    }
    assert!(stories.windows(2).all(|pair| pair[0] == pair[1]), "the same each time: {stories:?}");
}

async fn a_draft_that_lies_for_a_month_is_forgotten(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let (services, _) = worker_of(&world);
    let handed_in = world.asks_urgently("Ma", 1_800).await;
    let form = serde_json::json!({ "urgent": false, "cause": "illness" });
    let old = world.drafts("Ma", "emergency-aid", form.clone()).await;
    let gone_on_with = world.drafts("Ma", "emergency-aid", form.clone()).await;
    world.attaches("Ma", old, "proof", None).await.unwrap();
    world.workflow.clock.advance(TimeDelta::days(20));
    world.fills("Ma", gone_on_with, form.clone()).await.unwrap();
    let young = world.drafts("Ma", "emergency-aid", form).await;
    world.workflow.clock.advance(TimeDelta::days(11));
    // Business time that runs ahead makes no draft old.
    world.workflow.clock.set_offset(TimeDelta::days(90));
    let folder = world.workflow.papers.join(old.to_string());
    assert!(folder.exists());
    tidy_once(&services).await.unwrap();
    let found = case_file::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    assert!(!ids.contains(&old), "{ids:?}");
    for kept in [young, gone_on_with, handed_in] {
        assert!(ids.contains(&kept), "{ids:?}");
    }
    assert!(!folder.exists(), "nor its papers");
    assert_eq!(tidy_once(&services).await.unwrap(), 0, "the second time there is nothing");
}

//! A message that does not arrive is put before a person, and the applicant reads that.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use entities::{Channel, Duty, NoticeState, bounce, notice, outbox, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use worker::{Services, Settings, settle};

use crate::harness::{
    api::Api,
    both, scratch,
    smtp::{Manner, Smtp},
    world::World,
};

both![
    what_a_server_refuses_waits_for_a_person,
    a_job_that_comes_twice_sends_nothing,
    a_server_that_is_away_for_days_loses_nothing,
    after_a_week_a_person_is_asked,
];

fn worker_of(world: &World, smtp: &Smtp) -> Services {
    let mut settings = Settings { drawer: scratch("letters"), ..Settings::default() };
    settings.mail.smtp = Some(smtp.url().into());
    Services::new(world.workflow.clone(), settings).unwrap()
}

/// F23: a refusal for good is not tried again.
async fn what_a_server_refuses_waits_for_a_person(mut world: World) {
    world.full_staff().await;
    world.works("Admin", "county", Duty::Administrator).await;
    world.applies("Ma").await;
    let (api, smtp) = (Api::of(&world), Smtp::start());
    let services = worker_of(&world, &smtp);
    smtp.behave(Manner::Refuses(550));
    let case = world.asks_for("Ma", 12_000).await;
    assert_eq!(settle(&services).await.unwrap().left, 0, "nothing is tried again");
    let db = world.workflow.store.read();
    let bounced = bounce::Entity::open().all(db).await.unwrap();
    let [row] = &bounced[..] else { panic!("one letter was to go to the teacher: {bounced:?}") };
    assert_eq!((row.case_id, row.unit_id), (Some(case), Some(world.units["county/education"])));
    assert_eq!(row.reason, "the mail server answered 550");
    let sent = smtp.callers();

    for (name, open) in [("Edu", 1), ("Admin", 1), ("Pay", 0)] {
        let view = api.get(&world, name, "/bounces").await;
        assert_eq!(view.json["open"], open, "{name}: {}", view.json);
    }
    let id = bounced[0].notice_id;
    let path = format!("/bounces/{id}");
    let strange = api.post(&world, "Pay", &path, json!({ "resend": true })).await;
    assert_eq!(strange.status, 404, "{}", strange.json);

    // The address was put right: the same letter once more, under the same Message-ID.
    smtp.behave(Manner::Accepts);
    let again = api.post(&world, "Edu", &path, json!({ "resend": true })).await;
    assert_eq!((again.status, &again.json["resent"]), (200, &json!(true)));
    settle(&services).await.unwrap();
    assert_eq!((smtp.callers(), smtp.letters().len()), (sent + 1, 1));
    let row = notice::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    assert_eq!(row.state, NoticeState::Sent);
    assert_eq!(api.get(&world, "Edu", "/bounces").await.json["open"], 0);
    let noted = trail::Entity::find().filter(trail::Column::Kind.eq("bounce_handled"));
    assert_eq!(noted.count(db).await.unwrap(), 1, "it is on record who did");
    // The page of the case says how its messages went.
    let task = api.task(&world, "Teacher").await;
    let seen = api.get(&world, "Teacher", &format!("/tasks/{task}")).await;
    let letters = seen.json["sent"].as_array().unwrap();
    let opened = letters.iter().find(|letter| letter["letter"] == "task_opened").unwrap();
    assert_eq!((&opened["state"], &opened["channel"]), (&json!("sent"), &json!("mail")));

    // One that was for the applicant is told on the applicant's own page.
    let path = format!("/cases/{}", world.case(case).await.number.unwrap());
    assert_eq!(api.get(&world, "Ma", &path).await.json["progress"]["undelivered"], false);
    let mine = notice::Entity::find().filter(notice::Column::CaseId.eq(case));
    let mine = mine.filter(notice::Column::PersonId.eq(world.subject("Ma"))).one(db).await;
    let refused = notice::Entity::update_many()
        .col_expr(notice::Column::State, sea_orm::prelude::Expr::value(NoticeState::Bounced))
        .filter(notice::Column::Id.eq(mine.unwrap().unwrap().id));
    refused.exec(world.workflow.store.for_migration()).await.unwrap();
    assert_eq!(api.get(&world, "Ma", &path).await.json["progress"]["undelivered"], true);
}

/// F28: the job of a letter that has gone is a no-op.
async fn a_job_that_comes_twice_sends_nothing(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let smtp = Smtp::start();
    let services = worker_of(&world, &smtp);
    world.asks_for("Ma", 12_000).await;
    settle(&services).await.unwrap();
    assert_eq!(smtp.letters().len(), 1);
    let again = outbox::Entity::update_many()
        .col_expr(
            outbox::Column::DoneAt,
            sea_orm::prelude::Expr::value(None::<chrono::DateTime<chrono::Utc>>),
        )
        .filter(outbox::Column::Kind.eq("send_notice"));
    let again = again.exec(world.workflow.store.for_migration()).await.unwrap();
    assert!(again.rows_affected > 0);
    assert_eq!(settle(&services).await.unwrap().left, 0);
    assert_eq!(smtp.letters().len(), 1, "it had gone");
}

/// How the mails went: how many are in each state, the job of each once.
async fn mails(world: &World) -> BTreeMap<NoticeState, usize> {
    let rows = notice::Entity::find().filter(notice::Column::Channel.eq(Channel::Mail));
    let mut found = BTreeMap::new();
    for row in rows.all(world.workflow.store.read()).await.unwrap() {
        *found.entry(row.state).or_default() += 1;
    }
    found
}

/// F22: six days of "later", with all the reminders of those days; then it is repaired.
async fn a_server_that_is_away_for_days_loses_nothing(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let smtp = Smtp::start();
    let services = worker_of(&world, &smtp);
    smtp.behave(Manner::Refuses(451));
    world.asks_for("Ma", 12_000).await;
    settle(&services).await.unwrap();
    for _ in 0..6 * 6 {
        world.workflow.clock.advance(TimeDelta::hours(4));
        settle(&services).await.unwrap();
    }
    let waiting = mails(&world).await;
    let letters: usize = waiting.values().sum();
    assert_eq!(waiting, BTreeMap::from([(NoticeState::Waiting, letters)]), "nothing is given up");
    assert!(letters > 3, "reminders came to it: {letters}");
    assert_eq!(smtp.letters().len(), 0);
    // Four tries in the first quarter of an hour and one in four hours: no hammering.
    let tries = smtp.callers();
    assert!(tries <= letters * (8 + 6 * 6), "{tries} tries of {letters} letters");

    // It is a Sunday: what may wait goes out on Monday morning.
    smtp.behave(Manner::Accepts);
    for _ in 0..27 * 12 {
        world.workflow.clock.advance(TimeDelta::minutes(5));
        if settle(&services).await.unwrap().left == 0 {
            break;
        }
    }
    assert_eq!(mails(&world).await.keys().collect::<Vec<_>>(), [&NoticeState::Sent]);
    let ids = smtp.letters().into_iter().filter_map(|letter| letter.header("Message-ID"));
    let ids: Vec<String> = ids.collect();
    let each: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(each.len(), ids.len(), "each once");
    assert!(ids.len() >= letters);
}

/// R7: what was not taken for a week is put before a person.
async fn after_a_week_a_person_is_asked(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let smtp = Smtp::start();
    let services = worker_of(&world, &smtp);
    smtp.behave(Manner::Refuses(451));
    world.asks_for("Ma", 12_000).await;
    settle(&services).await.unwrap();
    world.workflow.clock.advance(TimeDelta::days(6) + TimeDelta::hours(23));
    settle(&services).await.unwrap();
    let open = async || bounce::Entity::open().all(world.workflow.store.read()).await.unwrap();
    assert!(open().await.is_empty());
    world.workflow.clock.advance(TimeDelta::hours(6));
    settle(&services).await.unwrap();
    let bounced = open().await;
    assert_eq!(bounced.len(), 1, "{bounced:?}");
    assert_eq!(bounced[0].reason, "the mail server answered 451");
}

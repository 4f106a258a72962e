//! A crowd at one desk: fifty press, twenty vote, somebody is dismissed.

use actix_web::{http::Method, test::TestRequest};
use entities::{Duty, TaskState, task};
use futures_util::future::join_all;
use serde_json::json;
use workflow::{CommandError, Refusal, commands::Word};

use crate::{
    harness::{api::Api, both, world::World},
    organisation_life::publish,
};

both![
    fifty_press_over_http_and_one_has_decided,
    fifty_press_by_the_same_key_and_all_hear_the_same,
    a_quorum_is_exact_when_all_vote_at_once,
];

/// A class teachers' office of so many.
async fn crowd(world: &mut World, many: usize) -> Vec<String> {
    world.full_staff().await;
    let mut clerks = Vec::new();
    for number in 0..many {
        let name = format!("Clerk{number}");
        world.works(&name, "school/class_teachers", Duty::Handler).await;
        clerks.push(name);
    }
    world.applies("Ma").await;
    clerks
}

async fn fifty_press_over_http_and_one_has_decided(mut world: World) {
    let clerks = crowd(&mut world, 50).await;
    let mut api = Api::of(&world);
    api.is_never_too_fast();
    let case = world.asks_for("Ma", 500).await;
    let task = world.slot(case, "teacher", "Teacher").await;
    for name in &clerks {
        assert_eq!(api.get(&world, name, "/me").await.status, 200, "their tokens are made");
    }
    let path = format!("/tasks/{task}/approve");
    let presses = clerks.iter().map(|name| api.post(&world, name, &path, json!({})));
    let answers = join_all(presses).await;
    let done: Vec<usize> = (0..answers.len()).filter(|nth| answers[*nth].status == 200).collect();
    assert_eq!(done.len(), 1, "{answers:?}");
    let winner = &clerks[done[0]];
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.problem(), (409, "settled-already"), "{}", answer.json);
        let said = answer.text("detail");
        assert!(said.contains(winner.as_str()), "who has decided: {said}");
    }
    world.settle().await;
    assert_eq!(world.told_times(case, "task_signed").await, 1);
    assert_eq!(world.run(case, "school").await.round, 1);
    // Whoever has nothing to do with it hears nothing of it, not even that there was something.
    let strange = api.post(&world, "Poor", &path, json!({})).await;
    assert_eq!(strange.status, 404, "{}", strange.json);
    assert!(!strange.json.to_string().contains(winner.as_str()));
}

async fn fifty_press_by_the_same_key_and_all_hear_the_same(mut world: World) {
    crowd(&mut world, 0).await;
    let mut api = Api::of(&world);
    api.is_never_too_fast();
    let case = world.asks_for("Ma", 500).await;
    let task = world.slot(case, "teacher", "Teacher").await;
    assert_eq!(api.get(&world, "Teacher", "/me").await.status, 200);
    let press = || {
        let request = TestRequest::with_uri(&format!("/api/v1/tasks/{task}/approve"));
        let request = request.method(Method::POST).insert_header(("idempotency-key", "one"));
        api.send(&world, "Teacher", request.set_json(json!({})))
    };
    let answers = join_all((0..50).map(|_| press())).await;
    let good = answers.iter().find(|answer| answer.status == 200).expect("one was heard");
    for answer in &answers {
        let same = answer.status == 200 && answer.bytes == good.bytes;
        let waits = answer.problem() == (409, "still-at-work");
        assert!(same || waits, "{} {}", answer.status, answer.json);
        assert!(!waits || answer.headers.contains_key("retry-after"));
    }
    world.settle().await;
    assert_eq!(world.told_times(case, "task_signed").await, 1);
}

async fn a_quorum_is_exact_when_all_vote_at_once(mut world: World) {
    let route = "route:\n  - {id: first, by: county/education, take: {quorum: 5}, within: 5wd, \
                 on_empty: climb}\n  \
                 - {id: last, by: city/education, within: 3wd, on_empty: climb}";
    publish(&mut world, route);
    let mut voters = Vec::new();
    for nth in 0..20 {
        let name = format!("Voter{nth}");
        world.works(&name, "county/education", Duty::Handler).await;
        voters.push(name);
    }
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    let mut presses = Vec::new();
    for name in &voters {
        let task = world.slot(case, "first", name).await;
        presses.push(world.signs(name, task, (Word::Approve, json!({}))));
    }
    let results = join_all(presses).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(done, 5, "{results:?}");
    for result in results.iter().filter(|result| result.is_err()) {
        let settled = matches!(result, Err(CommandError::Refused(Refusal::Settled { .. })));
        assert!(settled, "{result:?}");
    }
    world.settle().await;
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let count = |state| rows.iter().filter(|row| row.path == "first" && row.state == state).count();
    assert_eq!((count(TaskState::Signed), count(TaskState::Void)), (5, 15));
    let story = world.story(case).await;
    assert_eq!(story.matches("step_closed first").count(), 1, "{story}");
    assert_eq!(story.matches("step_opened last").count(), 1, "{story}");
}

//! Papers of lines at the doors: JSON, the page without JavaScript, and who may see them.

use actix_web::{http::Method, test::TestRequest};
use entities::{Duty, appointment, paper};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{commands::Word, organise};

use super::{faults, filled, listed, with_papers};
use crate::harness::{
    api::{Api, picture},
    both,
    house::{Body, House},
    walk::{approves, until},
    world::World,
};

both![
    a_paper_of_a_line_is_for_those_who_see_the_lines,
    papers_of_a_line_come_in_over_json_once,
    papers_of_a_line_are_put_in_and_taken_out_on_the_page,
];

async fn a_paper_of_a_line_is_for_those_who_see_the_lines(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    let place = (entities::Level::School, "640424", "school");
    world.unit("other", place, (None, Some("county"))).await;
    world.office("other", "aid_office").await;
    world.works("Rival", "other/aid_office", Duty::Handler).await;
    world.works("Far", "county2/education", Duty::Handler).await;
    let paper = listed(&world, case).await;
    for _ in 0..2 {
        world.says("Teacher", case, "class", Word::Approve).await.unwrap();
    }
    let acts =
        vec![approves("First", "school"), approves("Second", "school"), until("09-18 09:00")];
    world.walks(case, acts).await;
    let api = Api::of(&world);
    let path = format!("/papers/{paper}");
    for (who, status) in [
        ("Aid", 200),
        ("Teacher", 200),
        ("First", 200),
        ("Edu", 200),
        ("Pay", 200),
        // The pupil is no party of the list; nor is whoever has nothing to do with the school.
        ("Ma", 404),
        ("Rival", 404),
        ("Far", 404),
        ("", 401),
    ] {
        assert_eq!(api.get(&world, who, &path).await.status, status, "{who}");
    }
    // The approvers' page of the list shows it.
    let task = world.slot(case, "education", "Edu").await;
    let seen = api.get(&world, "Edu", &format!("/tasks/{task}/rows")).await;
    let lines = seen.json["lines"].as_array().unwrap();
    let shown = lines.iter().filter(|line| line["papers"][0]["files"][0]["id"] == json!(paper));
    assert_eq!(shown.count(), 1, "{}", seen.json);
    // Who has put it in and works there no more has no more to do with it.
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.eq(world.actor("Aid").person.unwrap()))
        .one(world.workflow.store.read())
        .await;
    let ends = (held.unwrap().unwrap().id, world.workflow.clock.now());
    world.works("Aid", "county2/education", Duty::Handler).await;
    world
        .command(async |tx| organise::end_appointment(tx, &world.workflow, None, ends).await)
        .await
        .unwrap();
    assert_eq!(api.get(&world, "Aid", &path).await.status, 404);
}

async fn papers_of_a_line_come_in_over_json_once(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    world.works("Far", "county2/education", Duty::Handler).await;
    let api = Api::of(&world);
    let task = world.slot(case, "list", "Aid").await;
    let (ma, bai) = (world.line(case, "Ma").await.id, world.line(case, "Bai").await.id);
    let path = |row| format!("/tasks/{task}/rows/{row}/papers/pass");
    let put = api.put_file(&world, "Aid", &path(ma), ("image/png", picture(9, 9))).await;
    assert_eq!(put.status, 201, "{}", put.json);
    let again = api.put_file(&world, "Aid", &path(ma), ("image/png", picture(9, 9))).await;
    assert_eq!((again.status, again.text("id")), (201, put.text("id")));
    for (who, row, status) in
        [("Edu", ma, 403), ("Far", ma, 404), ("Ma", ma, 404), ("", ma, 401), ("Aid", bai, 201)]
    {
        let put = api.put_file(&world, who, &path(row), ("image/png", picture(8, 8))).await;
        assert_eq!(put.status, status, "{who}: {}", put.json);
    }
    let none = format!("/tasks/{task}/rows/{}/papers/pass", world.subject("Ma"));
    let put = api.put_file(&world, "Aid", &none, ("image/png", picture(8, 8))).await;
    assert_eq!(put.status, 404, "{}", put.json);
    let other = format!("/tasks/{task}/rows/{ma}/papers/proof");
    let put = api.put_file(&world, "Aid", &other, ("image/png", picture(8, 8))).await;
    assert_eq!(put.problem(), (422, "paper-refused"), "{}", put.json);
    // Taken out, and the list is short of it again.
    let paper = format!("/papers/{}", again.text("id"));
    let strange = api.ask(&world, "Edu", (Method::DELETE, &paper), json!({})).await;
    assert_eq!(strange.status, 404, "{}", strange.json);
    let gone = api.ask(&world, "Aid", (Method::DELETE, &paper), json!({})).await;
    assert_eq!(gone.status, 204, "{}", gone.json);
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert_eq!(why.len(), 1, "{why:?}");
}

async fn papers_of_a_line_are_put_in_and_taken_out_on_the_page(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Aid").await;
    house.lets_staff_in(&world, "Edu").await;
    world.works("Far", "county2/education", Duty::Handler).await;
    house.lets_staff_in(&world, "Far").await;
    let knock = house.open().await;
    let task = world.slot(case, "list", "Aid").await;
    let line = world.line(case, "Ma").await.id;
    let list = format!("/staff/tasks/{task}/rows");
    let open = format!("{list}?row={line}");
    let page = knock(house.by("Aid", TestRequest::get().uri(&open), &Body::Nothing)).await;
    let to = format!("{list}/{line}/papers/pass");
    assert!(page.text().contains(&to), "{}", page.text());
    let send =
        |who: &str, path: &str, body: Body| house.by(who, TestRequest::post().uri(path), &body);
    let file = |bytes: &[u8]| Body::File("a.pdf", bytes.to_vec());
    let wrong = knock(send("Aid", &to, file(b"no picture"))).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"e-pass\""), "at its paper: {}", wrong.text());
    for (who, status) in [("Edu", 403), ("Far", 404)] {
        let strange = knock(send(who, &to, file(b"%PDF-1.4\nx\n%%EOF\n"))).await;
        assert_eq!(strange.status, status, "{who}");
    }
    let put = knock(send("Aid", &to, file(b"%PDF-1.4\nx\n%%EOF\n"))).await;
    assert_eq!(put.status, 303, "{}", put.text());
    assert!(put.header("location").starts_with(&open), "{}", put.header("location"));
    let there = paper::Entity::of_lines(case).one(world.workflow.store.read()).await.unwrap();
    let file = format!("/papers/{}", there.unwrap().id);
    let page = knock(house.by("Aid", TestRequest::get().uri(&open), &Body::Nothing)).await;
    assert!(page.text().contains(&file) && page.text().contains(&format!("{file}/remove")));
    let gone = knock(send("Aid", &format!("{file}/remove"), Body::Form(Vec::new()))).await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    let page = knock(house.by("Aid", TestRequest::get().uri(&list), &Body::Nothing)).await;
    assert!(!page.text().contains(&file), "it is gone");
}

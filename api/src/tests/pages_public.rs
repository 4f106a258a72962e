//! What anybody may see of cases, and say to notices.

use chrono::TimeDelta;
use entities::{Duty, PublicityId, notice, publicity, step_run};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;

use super::{browser::Browser, pages::PHONE, pages_staff::applied, place::Place};

#[actix_web::test]
async fn a_case_is_looked_up_by_number_and_phone_and_says_no_more_than_it_must() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    let case = applied(&place, &Browser::new(&place.world)).await;
    let number = case.trim_start_matches("/cases/");
    let stranger = Browser::new(&place.world);
    let form = stranger.get(&format!("/look-up?number={number}")).await;
    assert_eq!(form.status, 200);
    assert!(form.html.contains(&format!("value=\"{number}\"")), "the receipt brings it along");
    let mut told = Vec::new();
    for (number, phone) in [(number, "13900000000"), ("640422-YJ-2026-000009-9", PHONE)] {
        let wrong = stranger.post("/look-up", &[("number", number), ("phone", phone)]).await;
        assert_eq!(wrong.status, 404);
        assert!(wrong.html.contains(&format!("value=\"{phone}\"")), "what was typed is kept");
        told.push(
            wrong
                .html
                .split("role=\"alert\"")
                .nth(1)
                .and_then(|rest| rest.split("</div>").next().map(str::to_owned)),
        );
    }
    assert!(told[0].is_some() && told[0] == told[1], "it does not say which was wrong");
    let found = stranger.post("/look-up", &[("number", number), ("phone", PHONE)]).await;
    assert_eq!(found.status, 200);
    assert!(found.html.contains("马*兰") && !found.html.contains("马小兰"));
    assert_eq!(stranger.get(&case).await.status, 303, "the case itself is private");
}

#[actix_web::test]
async fn an_objection_to_a_notice_is_recorded_once() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    place.works("edu", "county/education", Duty::Handler).await;
    applied(&place, &Browser::new(&place.world)).await;
    let store = &place.world.services.workflow.store;
    let run = step_run::Entity::find().one(store.read()).await.unwrap().unwrap();
    let now = place.world.now();
    let row = publicity::Model {
        id: PublicityId::at(now),
        case_id: run.case_id,
        run_id: run.id,
        unit_id: run.unit_id,
        program: "emergency-aid".to_owned(),
        fields: json!({ "name_masked": "马*兰", "school": "school" }),
        starts_at: now,
        ends_at: now + TimeDelta::days(3),
        taken_down_at: None,
    };
    row.into_active_model().insert(store.for_migration()).await.unwrap();
    let stranger = Browser::new(&place.world);
    let page = stranger.get("/notices").await.link("/notices/").expect("it is up");
    assert!(stranger.get(&page).await.html.contains("马*兰"));
    let object = format!("{page}/objections");
    let short = stranger.post(&object, &[("text", "不"), ("contact", "")]).await;
    assert_eq!(short.status, 422);
    assert!(short.html.contains("e-text") && short.html.contains(">不</textarea>"));
    let before = notice::Entity::find().count(store.read()).await.unwrap();
    let said = [("text", "该家庭条件较好，请核实。"), ("contact", PHONE)];
    for _ in 0..2 {
        let done = stranger.post(&object, &said).await;
        assert_eq!(done.status, 303, "{}", done.html);
        assert_eq!(done.to, format!("{page}?objected=1"));
    }
    let after = notice::Entity::find().count(store.read()).await.unwrap();
    assert_eq!(after - before, 1, "a double click is one objection");
    assert!(stranger.get(&format!("{page}?objected=1")).await.html.contains("flash good"));
}

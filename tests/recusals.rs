//! 回避: who declares a tie, or has something in common with the applicant, is taken off the people
//! who may sign; the trail says for what, and never the fact.

use entities::{Duty, Stream, person, trail};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, DeclareRecusal, SavePerson, Word, save_person},
};

use crate::{
    dismissed::stands_in,
    harness::{
        api::Api,
        both,
        house::{Body, House},
        world::{World, refusal},
    },
    organisation_life::publish,
};

mod lists;

both![
    a_declared_relative_is_known_when_they_apply,
    a_declared_school_or_township_takes_one_off,
    a_declared_village_takes_one_off_and_its_neighbour_does_not,
    who_lives_in_the_same_house_keeps_away,
    what_was_declared_after_the_step_had_opened_counts_too,
    the_same_bank_card_as_ones_own_takes_one_off,
    the_same_card_as_another_applicant_whom_one_decided_on_takes_one_off,
    a_family_shares_a_phone_and_strangers_do_not,
    a_declaration_by_page_and_by_api_is_on_record_and_taken_back,
    a_case_with_a_recusal_is_told_again_as_it_was,
    what_has_come_to_be_alike_since_the_step_opened_counts_too,
    nobody_decides_through_another_what_they_keep_away_from,
    what_nobody_can_take_is_not_held_by_who_keeps_away,
];

/// Of a made-up person.
const RELATIVE: &str = "640422200001011234";
const CARD: &str = "6217000000000012397";

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
     - {id: last, by: city/education, within: 3wd, on_empty: climb}";

async fn staffed(world: &mut World) {
    publish(world, ROUTE);
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Bai", "county/education", Duty::Handler),
        ("City", "city/education", Duty::Handler),
        ("Audit", "region/education", Duty::Auditor),
    ] {
        world.works(name, unit, duty).await;
    }
    for name in ["Ma", "Wang"] {
        world.applies(name).await;
    }
}

async fn declares(
    world: &World,
    name: &str,
    ask: DeclareRecusal,
) -> Result<entities::RecusalId, CommandError> {
    let actor = world.actor(name);
    world
        .command(async |tx| {
            commands::declare_recusal(tx, &world.workflow, actor, ask.clone()).await
        })
        .await
}

/// Puts a number of somebody's on record, as saving it would.
async fn has(world: &World, of: entities::PersonId, column: &str, number: &str) {
    let index = world.workflow.keys.blind_index(column).of(number).to_vec();
    let found = person::Entity::find_by_id(of).one(world.workflow.store.read()).await;
    let mut row = found.unwrap().unwrap().into_active_model();
    match column {
        "person.id_index" => row.id_index = Set(Some(index)),
        "person.bank_index" => row.bank_index = Set(Some(index)),
        _ => row.phone_index = Set(Some(index)),
    }
    row.update(world.workflow.store.for_migration()).await.unwrap();
}

/// Whom the step does not let sign, and for what: as the trail has it.
async fn struck(world: &World, case: entities::CaseId, step: &str) -> serde_json::Value {
    world.run(case, step).await.holders["struck"].clone()
}

async fn is_kept_out(world: &World, case: entities::CaseId, (who, why): (&str, &str)) {
    let person = world.actor(who).person.unwrap();
    assert_eq!(struck(world, case, "first").await, json!({ why: [person] }));
    let task = world.slot(case, "first", "Bai").await;
    let said = world.signs(who, task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict));
    world.signs("Bai", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
}

async fn a_declared_relative_is_known_when_they_apply(mut world: World) {
    staffed(&mut world).await;
    let relative =
        DeclareRecusal::Relative { name: "马小兰".to_owned(), id_number: RELATIVE.to_owned() };
    let id = declares(&world, "Li", relative.clone()).await.unwrap();
    assert_eq!(declares(&world, "Li", relative).await.unwrap(), id, "said twice, it is said once");
    // Only now anything is known of them.
    has(&world, world.subject("Ma"), "person.id_index", RELATIVE).await;
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "declared_relative")).await;
    // Nobody else's.
    let other = world.asks("Wang").await;
    assert_eq!(struck(&world, other, "first").await, json!({}));
    let rows = trail::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let told = rows.iter().all(|row| !row.body.contains(RELATIVE) && !row.body.contains("马小兰"));
    assert!(told, "the trail says the kind and not the fact");
    let seen = Api::of(&world).get(&world, "Li", &format!("/cases/{case}")).await;
    assert_eq!(seen.status, 404, "it is none of their business");
}

async fn a_declared_school_or_township_takes_one_off(mut world: World) {
    staffed(&mut world).await;
    let (school, township) = (world.units["school"], world.units["township"]);
    let id = declares(&world, "Li", DeclareRecusal::School(school)).await.unwrap();
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "declared_school")).await;
    let li = world.actor("Li");
    let ends = world.command(async |tx| commands::end_recusal(tx, &world.workflow, li, id).await);
    ends.await.unwrap();
    declares(&world, "Li", DeclareRecusal::Township(township)).await.unwrap();
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "declared_township")).await;
    let wrong = declares(&world, "Li", DeclareRecusal::School(township)).await;
    assert!(matches!(refusal(wrong), Refusal::Form(_)), "a township is no school");
    // Where nobody is left it climbs, as for any other reason.
    declares(&world, "Bai", DeclareRecusal::School(school)).await.unwrap();
    let case = world.asks("Wang").await;
    assert_eq!(world.run(case, "first").await.unit_id, Some(world.units["city/education"]));
    let said = Api::of(&world).get(&world, "City", &format!("/cases/{case}/why")).await;
    let sentence = said.json["sentence"]["zh"].as_str().unwrap();
    assert!(sentence.contains("有人员因申报的学校回避"), "{sentence}");
}

/// Says where somebody lives, as their profile would.
async fn lives(world: &World, name: &str, (village, address): (&str, &str)) {
    let (actor, person) = (world.actor(name), world.subject(name));
    let ask = SavePerson {
        person: Some(person),
        township: Some(world.units["township"]),
        village: village.to_owned(),
        address: address.to_owned(),
        ..SavePerson::default()
    };
    let saved =
        world.command(async |tx| save_person(tx, &world.workflow, actor, ask.clone()).await);
    saved.await.unwrap();
}

async fn a_declared_village_takes_one_off_and_its_neighbour_does_not(mut world: World) {
    staffed(&mut world).await;
    let township = world.units["township"];
    let village = |village: &str| DeclareRecusal::Village { township, village: village.to_owned() };
    let id = declares(&world, "Li", village("什字村")).await.unwrap();
    assert_eq!(declares(&world, "Li", village("什字村委会")).await.unwrap(), id, "one village");
    assert!(matches!(refusal(declares(&world, "Li", village(" ")).await), Refusal::Form(_)));
    lives(&world, "Ma", ("什字", "")).await;
    lives(&world, "Wang", ("上什字村", "")).await;
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "declared_village")).await;
    let other = world.asks("Wang").await;
    assert_eq!(struck(&world, other, "first").await, json!({}), "the next village is another");
    let rows = trail::Entity::find().all(world.workflow.store.read()).await.unwrap();
    assert!(rows.iter().all(|row| !row.body.contains("什字")), "the trail says the kind alone");
}

async fn who_lives_in_the_same_house_keeps_away(mut world: World) {
    staffed(&mut world).await;
    let township = world.units["township"];
    let home = |address: &str| DeclareRecusal::House {
        township,
        village: "什字村".to_owned(),
        address: address.to_owned(),
    };
    assert!(matches!(refusal(declares(&world, "Li", home("")).await), Refusal::Form(_)));
    declares(&world, "Li", home("3组12号")).await.unwrap();
    lives(&world, "Ma", ("什字村", "三组 12 号")).await;
    lives(&world, "Wang", ("什字村", "三组 13 号")).await;
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "same_address")).await;
    let seen = Api::of(&world).get(&world, "Bai", &format!("/cases/{case}/why")).await;
    assert!(!seen.json.to_string().contains("3组12"), "what is alike is told, not what it is");
    let other = world.asks("Wang").await;
    assert_eq!(struck(&world, other, "first").await, json!({}), "next door is another house");
    // What is kept of an address is sealed; the index follows the village.
    let before = person::Entity::find_by_id(world.subject("Wang"));
    let before = before.one(world.workflow.store.read()).await.unwrap().unwrap();
    let sealed = before.address_sealed.clone().unwrap();
    assert!(!sealed.windows(2).any(|two| two == b"12" || two == b"13"), "it is encrypted");
    lives(&world, "Wang", ("马庄村", "")).await;
    let after = person::Entity::find_by_id(world.subject("Wang"));
    let after = after.one(world.workflow.store.read()).await.unwrap().unwrap();
    assert_eq!(after.address_sealed, before.address_sealed);
    assert_ne!(after.address_index, before.address_index, "the same house of another village");
}

async fn what_was_declared_after_the_step_had_opened_counts_too(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let task = world.slot(case, "first", "Li").await;
    declares(&world, "Li", DeclareRecusal::School(world.units["school"])).await.unwrap();
    let said = world.signs("Li", task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict));
    // They pass it on.
    let (li, bai) = (world.actor("Li"), world.actor("Bai").person.unwrap());
    let passed = world.command(async |tx| {
        let ask = (workflow::event::How::Transferred, bai, None, "I keep away".to_owned());
        commands::hand_on(tx, &world.workflow, li, task, ask).await
    });
    passed.await.unwrap();
    world.signs("Bai", task, (Word::Approve, json!({}))).await.unwrap();
}

async fn the_same_bank_card_as_ones_own_takes_one_off(mut world: World) {
    staffed(&mut world).await;
    has(&world, world.actor("Li").person.unwrap(), "person.bank_index", CARD).await;
    has(&world, world.subject("Ma"), "person.bank_index", CARD).await;
    let case = world.asks("Ma").await;
    is_kept_out(&world, case, ("Li", "same_bank")).await;
    let said = world.story(case).await;
    assert!(!said.contains(CARD));
}

async fn the_same_card_as_another_applicant_whom_one_decided_on_takes_one_off(mut world: World) {
    staffed(&mut world).await;
    for name in ["Ma", "Wang"] {
        has(&world, world.subject(name), "person.bank_index", CARD).await;
    }
    let first = world.asks("Ma").await;
    assert_eq!(struck(&world, first, "first").await, json!({}), "nothing was decided yet");
    world.says("Li", first, "first", Word::Approve).await.unwrap();
    let second = world.asks("Wang").await;
    is_kept_out(&world, second, ("Li", "same_bank")).await;
    // When the first one is over it is no matter any more.
    let (ma, world) = (world.actor("Ma"), &world);
    let taken_back = world
        .command(async |tx| commands::withdraw_case(tx, &world.workflow, ma, first, None).await);
    taken_back.await.unwrap();
    let third = world.asks("Wang").await;
    let why = struck(world, third, "first").await;
    assert_eq!(why, json!({}), "{why}");
}

async fn a_family_shares_a_phone_and_strangers_do_not(mut world: World) {
    staffed(&mut world).await;
    let phone = "13912345678";
    for name in ["Ma", "Wang"] {
        has(&world, world.subject(name), "person.phone_index", phone).await;
    }
    let first = world.asks("Ma").await;
    world.says("Li", first, "first", Word::Approve).await.unwrap();
    let second = world.asks("Wang").await;
    is_kept_out(&world, second, ("Li", "same_phone")).await;
    // One account acts for both: a guardian's.
    world.acts_for("Ma", "Wang").await;
    let third = world.asks("Wang").await;
    assert_eq!(struck(&world, third, "first").await, json!({}));
}

async fn a_declaration_by_page_and_by_api_is_on_record_and_taken_back(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let ask = json!({ "kind": "relative", "name": "马小兰", "id_number": RELATIVE });
    let made = api.post(&world, "Li", "/recusals", ask).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let wrong = json!({ "kind": "relative", "name": "马小兰", "id_number": "1" });
    let wrong = api.post(&world, "Li", "/recusals", wrong).await;
    assert_eq!((wrong.status, wrong.first()), (422, ("id_number", "not_an_id_number")));
    let none = api.post(&world, "Ma", "/recusals", json!({ "kind": "school" })).await;
    assert!([403, 422].contains(&none.status), "{}", none.json);
    let mut house = House::of(&world).await;
    for name in ["Li", "Audit"] {
        house.lets_staff_in(&world, name).await;
    }
    let knock = house.open().await;
    let of = |path: &str| actix_web::test::TestRequest::with_uri(path);
    let form = Body::Form(vec![("kind", "school".to_owned()), ("place", "school".to_owned())]);
    let post = of("/staff/recusals").method(actix_web::http::Method::POST);
    let said = knock(house.by("Li", post, &form)).await;
    assert_eq!(said.status, 303, "{}", said.text());
    let page = knock(house.by("Li", of("/staff/recusals"), &Body::Nothing)).await.text();
    assert!(page.contains("马小兰") && page.contains("学校"), "{page}");
    assert!(!page.contains(RELATIVE), "the number is not kept");
    let seen = knock(house.by("Audit", of("/staff/trail"), &Body::Nothing)).await.text();
    assert_eq!(seen.matches("本人申报回避").count(), 2, "{seen}");
    let id = made.text("id");
    let path = format!("/recusals/{id}");
    let others = api.ask(&world, "Bai", (actix_web::http::Method::DELETE, &path), json!({})).await;
    assert_eq!(others.status, 404);
    let gone = api.ask(&world, "Li", (actix_web::http::Method::DELETE, &path), json!({})).await;
    assert_eq!(gone.status, 204);
    let left = api.get(&world, "Li", "/recusals").await;
    assert_eq!(left.json["rows"].as_array().unwrap().len(), 1);
    let person = world.actor("Li").person.unwrap();
    let rows = trail::Entity::of(Stream::Person, person.0).all(world.workflow.store.read()).await;
    let kinds: Vec<String> = rows.unwrap().into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds, ["recusal_declared", "recusal_declared", "recusal_ended"]);
}

async fn a_case_with_a_recusal_is_told_again_as_it_was(mut world: World) {
    staffed(&mut world).await;
    let id = declares(&world, "Li", DeclareRecusal::School(world.units["school"])).await.unwrap();
    let case = world.asks("Ma").await;
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
    world.says("City", case, "last", Word::Approve).await.unwrap();
    let li = world.actor("Li");
    let ends = world.command(async |tx| commands::end_recusal(tx, &world.workflow, li, id).await);
    ends.await.unwrap();
    world.can_be_told_again(case).await;
}

async fn what_has_come_to_be_alike_since_the_step_opened_counts_too(mut world: World) {
    staffed(&mut world).await;
    for column in ["person.bank_index", "person.phone_index"] {
        let case = world.asks("Ma").await;
        let task = world.slot(case, "first", "Li").await;
        let (li, ma) = (world.actor("Li").person.unwrap(), world.subject("Ma"));
        has(&world, li, column, CARD).await;
        has(&world, ma, column, CARD).await;
        let said = world.signs("Li", task, (Word::Approve, json!({}))).await;
        assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict), "{column}");
        world.says("Bai", case, "first", Word::Approve).await.unwrap();
        has(&world, li, column, "another").await;
    }
    // Or for somebody else with the same card, whose case came in between.
    let case = world.asks("Ma").await;
    let task = world.slot(case, "first", "Li").await;
    let other = world.asks("Wang").await;
    world.says("Li", other, "first", Word::Approve).await.unwrap();
    for name in ["Ma", "Wang"] {
        has(&world, world.subject(name), "person.bank_index", CARD).await;
    }
    let said = world.signs("Li", task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict));
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
}

async fn nobody_decides_through_another_what_they_keep_away_from(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/finance", Duty::Handler).await;
    let case = world.asks("Ma").await;
    let task = world.slot(case, "first", "Li").await;
    stands_in(&world, ("Li", "Kai"), None).await.unwrap();
    declares(&world, "Li", DeclareRecusal::School(world.units["school"])).await.unwrap();
    let said = world.signs("Kai", task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict));
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
}

async fn what_nobody_can_take_is_not_held_by_who_keeps_away(mut world: World) {
    staffed(&mut world).await;
    // Nobody works there: the lead office holds it, without Li; and where all of it keeps away, the
    // next one above.
    publish(
        &mut world,
        "route:\n  - {id: first, by: county/poverty_relief, within: 5wd, on_empty: hold}\n  \
         - {id: last, by: city/education, within: 3wd, on_empty: climb}",
    );
    let school = world.units["school"];
    declares(&world, "Li", DeclareRecusal::School(school)).await.unwrap();
    let case = world.asks("Ma").await;
    let run = world.run(case, "first").await;
    assert_eq!(run.unit_id, Some(world.units["county/education"]));
    let li = world.actor("Li").person;
    assert_eq!(struck(&world, case, "first").await, json!({ "declared_school": [li] }));
    let task = world.slot(case, "first", "Bai").await;
    let said = world.signs("Li", task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(said), Refusal::NotYours(Bar::Conflict));
    declares(&world, "Bai", DeclareRecusal::School(school)).await.unwrap();
    let case = world.asks("Wang").await;
    assert_eq!(world.run(case, "first").await.unit_id, Some(world.units["city/education"]));
    world.can_be_told_again(case).await;
}

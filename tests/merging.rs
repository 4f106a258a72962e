//! Whole counties and cities are merged with all that stands below them; duties are changed as one
//! act; a new place stands under the right one.

use actix_web::http::Method;
use entities::{CaseId, Duty, Level, TaskState, UnitId, appointment, task, unit};
use sea_orm::EntityTrait;
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, ChangeDuty, CloseUnit, Closed, Word},
};

use crate::harness::{
    api::Api,
    both,
    world::{World, refusal},
};

both![
    a_county_is_merged_with_all_that_stands_below_it,
    a_city_is_merged_and_its_counties_report_to_the_other,
    a_county_without_a_place_for_all_its_work_stays,
    a_duty_is_changed_and_nothing_is_left_behind,
    a_new_place_stands_under_the_next_level_and_within_its_code,
];

const SOURCE: &str = "program: wide\nversion: 1\ncode: WD\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
    form: [{id: need, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.need, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n\
    route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: second, by: county/finance, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 3wd, on_empty: climb}\n\
    then: [{id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}]\n\
    clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\nremind: R0\n";

async fn staffed(world: &mut World) {
    world.workflow.programs = world.workflow.programs.with_source("wide.yaml", SOURCE).unwrap();
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Far", "county2/education", Duty::Handler),
        ("FarFin", "county2/finance", Duty::Handler),
        ("City", "city/education", Duty::Handler),
        ("Admin", "region/education", Duty::Administrator),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    world.applies("Hai").await;
}

async fn asks(world: &World, name: &str) -> CaseId {
    let case = world.drafts(name, "wide", json!({ "need": 90_000 })).await;
    world.submits(name, case).await.unwrap();
    world.settle().await;
    case
}

async fn closes(world: &World, unit: &str, to: Option<&str>) -> Result<Closed, CommandError> {
    let successor = to.map(|to| world.units[to]);
    let ask = CloseUnit { unit: world.units[unit], successor, along: None };
    let done = world
        .command(async |tx| commands::close_unit(tx, &world.workflow, None, ask.clone()).await);
    let done = done.await;
    world.settle().await;
    done
}

async fn place(world: &World, id: UnitId) -> unit::Model {
    unit::Entity::find_by_id(id).one(world.workflow.store.read()).await.unwrap().unwrap()
}

async fn open_slot(world: &World, case: CaseId, step: &str) -> task::Model {
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let open = |row: &task::Model| matches!(row.state, TaskState::Open | TaskState::Claimed);
    rows.into_iter().find(|row| row.path == step && open(row)).unwrap()
}

async fn a_county_is_merged_with_all_that_stands_below_it(mut world: World) {
    staffed(&mut world).await;
    let (one, two) = (asks(&world, "Ma").await, asks(&world, "Hai").await);
    let due = world.due(one, "first").await;
    world.says("Edu", two, "first", Word::Approve).await.unwrap();
    let done = closes(&world, "county", Some("county2")).await.unwrap();
    assert_eq!((done.tasks, done.cases), (2, 2));
    assert_eq!(open_slot(&world, one, "first").await.unit_id, world.units["county2/education"]);
    assert_eq!(open_slot(&world, two, "second").await.unit_id, world.units["county2/finance"]);
    for below in ["school", "township"] {
        let below = place(&world, world.units[below]).await;
        assert_eq!(below.parent_id, Some(world.units["county2"]), "it reports there now");
    }
    assert!(place(&world, world.units["county/education"]).await.to_on.is_some());
    assert_eq!(world.due(one, "first").await, due, "no clock listens");
    // Whoever worked there before goes along, and those of the other county decide too.
    let slot = open_slot(&world, one, "first").await.id;
    let api = Api::of(&world);
    let seen = api.get(&world, "Far", &format!("/tasks/{slot}")).await;
    assert_eq!(seen.status, 200, "{}", seen.json);
    world.says("Far", one, "first", Word::Approve).await.unwrap();
    world.says("FarFin", one, "second", Word::Approve).await.unwrap();
    world.says("City", one, "last", Word::Approve).await.unwrap();
    // The second step had opened before; Fin goes along and signs it.
    let slot = open_slot(&world, two, "second").await.id;
    world.signs("Fin", slot, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    world.can_be_told_again(one).await;
    world.can_be_told_again(two).await;
    // What begins now goes there at once.
    let three = asks(&world, "Ma").await;
    assert_eq!(open_slot(&world, three, "first").await.unit_id, world.units["county2/education"]);
}

async fn a_city_is_merged_and_its_counties_report_to_the_other(mut world: World) {
    staffed(&mut world).await;
    let region = Some("region");
    let city = (Level::City, "640500", "government");
    let seat = world.unit("city2", city, (None, region)).await;
    for office in ["education", "finance", "poverty_relief", "supervision"] {
        let what = (Level::City, "640500", office);
        world.unit(&format!("city2/{office}"), what, (Some(seat), None)).await;
    }
    world.works("Other", "city2/education", Duty::Handler).await;
    let case = asks(&world, "Ma").await;
    world.says("Edu", case, "first", Word::Approve).await.unwrap();
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    closes(&world, "city", Some("city2")).await.unwrap();
    for county in ["county", "county2"] {
        assert_eq!(place(&world, world.units[county]).await.parent_id, Some(seat));
    }
    let slot = open_slot(&world, case, "last").await;
    assert_eq!(slot.unit_id, world.units["city2/education"]);
    let api = Api::of(&world);
    let seen = api.get(&world, "Other", &format!("/tasks/{}", slot.id)).await;
    assert_eq!(seen.status, 200, "{}", seen.json);
    world.says("Other", case, "last", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_county_without_a_place_for_all_its_work_stays(mut world: World) {
    staffed(&mut world).await;
    asks(&world, "Ma").await;
    let alone = refusal(closes(&world, "county", None).await);
    let Refusal::Unfit(said) = alone else { panic!("{alone:?}") };
    assert!(said.zh.contains("须指定接办单位"), "{}", said.zh);
    // An office that the other county has not got.
    let what = (Level::County, "640424", "experts");
    let seat = world.units["county"];
    world.unit("county/experts", what, (Some(seat), None)).await;
    world.works("Expert", "county/experts", Duty::Handler).await;
    let lost = refusal(closes(&world, "county", Some("county2")).await);
    let Refusal::Unfit(said) = lost else { panic!("{lost:?}") };
    assert!(said.zh.contains("没有与county/experts对应的机构"), "{}", said.zh);
    assert_eq!(place(&world, world.units["county"]).await.to_on, None, "nothing was done");
    let region = refusal(closes(&world, "region", Some("city")).await);
    assert!(matches!(region, Refusal::Unfit(_)), "the region stays");
}

async fn appointments(world: &World, name: &str) -> Vec<appointment::Model> {
    let person = world.actor(name).person.unwrap();
    let held = appointment::Entity::held_by(person, world.workflow.clock.now());
    held.all(world.workflow.store.read()).await.unwrap()
}

async fn a_duty_is_changed_and_nothing_is_left_behind(mut world: World) {
    staffed(&mut world).await;
    world.works("Bai", "county/education", Duty::Handler).await;
    let case = asks(&world, "Ma").await;
    let slot = open_slot(&world, case, "first").await.id;
    let (edu, admin) = (world.actor("Edu"), world.actor("Admin"));
    world
        .command(async |tx| commands::claim_task(tx, &world.workflow, edu, slot, None).await)
        .await
        .unwrap();
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    let held = appointments(&world, "Edu").await.remove(0).id;
    let ask = ChangeDuty {
        appointment: held,
        unit: world.units["county/finance"],
        duty: Duty::Head,
        to: world.actor("Bai").person,
        reason: "调任".to_owned(),
    };
    let change = async |by, ask: ChangeDuty| {
        let done = world
            .command(async |tx| commands::change_duty(tx, &world.workflow, by, ask.clone()).await);
        done.await
    };
    let same =
        ChangeDuty { unit: world.units["county/education"], duty: Duty::Handler, ..ask.clone() };
    assert!(matches!(refusal(change(admin, same).await), Refusal::Unfit(_)));
    assert!(matches!(refusal(change(world.actor("Far"), ask.clone()).await), Refusal::NotYours(_)));
    // One thing that does not fit, and nothing of it is done.
    let nobody = ChangeDuty { to: world.actor("City").person, ..ask.clone() };
    assert!(matches!(refusal(change(admin, nobody).await), Refusal::Unfit(_)));
    let twice = ChangeDuty { unit: world.units["county/finance"], ..ask.clone() };
    assert_eq!(appointments(&world, "Edu").await[0].id, held, "the old duty stands");
    let (id, passed) = change(admin, twice).await.unwrap();
    assert_eq!((passed.moved, passed.pooled), (1, 0));
    let now: Vec<_> = appointments(&world, "Edu").await;
    let now: Vec<_> = now.iter().map(|held| (held.id, held.unit_id, held.duty)).collect();
    assert_eq!(now, [(id, world.units["county/finance"], Duty::Head)]);
    let row = open_slot(&world, case, "first").await;
    assert_eq!(row.person_id, world.actor("Bai").person);
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
    // By the door, to the pool, where nothing lies with them.
    let api = Api::of(&world);
    let held = appointments(&world, "Bai").await.remove(0).id;
    let path = format!("/organisation/appointments/{held}/change");
    let body = json!({ "unit": world.units["county"], "duty": "head" });
    let no = api.post(&world, "Fin", &path, body.clone()).await;
    assert_eq!(no.problem(), (403, "not-yours"));
    let done = api.post(&world, "Admin", &path, body).await;
    assert_eq!(done.status, 200, "{}", done.json);
    assert_eq!(appointments(&world, "Bai").await[0].duty, Duty::Head);
}

async fn a_new_place_stands_under_the_next_level_and_within_its_code(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let (city, county) = (world.units["city"], world.units["county"]);
    let office = world.units["county/education"];
    let opens = async |level: &str, division: &str, above: Option<UnitId>| {
        let body = json!({
            "level": level, "division": division, "office": level, "above": above,
            "name_zh": format!("新设{division}"),
        });
        let call = (Method::POST, "/organisation/units");
        api.ask(&world, "Admin", call, body).await.status
    };
    //  level, code, above, answer
    let table = [
        ("school", "640424", Some(county), 201),
        ("school", "640424", None, 422),
        ("school", "640423", Some(county), 422),
        ("school", "640424", Some(office), 422),
        ("township", "640424", Some(county), 422),
        ("township", "640424101", Some(county), 201),
        ("township", "640424100", Some(county), 422), // it is there already
        ("county", "640424", Some(city), 422),
        ("county", "640499", Some(county), 422),
    ];
    for (level, division, above, status) in table {
        assert_eq!(opens(level, division, above).await, status, "{level} {division}");
    }
}

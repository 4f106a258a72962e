//! A place goes to another one, and people are called otherwise: by whoever administers them.

use actix_web::test::TestRequest;
use entities::{CaseId, Duty, Stream, UnitId, person, trail, unit};
use sea_orm::EntityTrait;
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    doctor::{self, Check, Reach},
    organise::{self, MoveUnit},
};

use crate::{
    harness::{
        both,
        house::{Answer, Body, House},
        world::{World, refusal},
    },
    organisation_life::{publish, slot_of},
};

both![
    a_school_goes_to_another_county_and_what_begins_later_goes_up_there,
    a_place_stands_only_where_it_can,
    a_place_is_moved_by_its_page_and_by_the_api,
    what_is_on_record_of_somebody_is_changed_by_a_colleague,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}";

async fn staffed(world: &mut World) {
    publish(world, ROUTE);
    for (name, unit, duty) in [
        ("Admin", "region/education", Duty::Administrator),
        ("Eye", "region/education", Duty::Auditor),
        ("Boss", "county/education", Duty::Head),
        ("Edu", "county/education", Duty::Handler),
        ("Far", "county2/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    world.applies("Wang").await;
}

async fn moves(
    world: &World,
    by: &str,
    (unit, parent): (&str, &str),
    division: Option<&str>,
) -> Result<(), CommandError> {
    let by = Some(world.actor(by));
    let ask = MoveUnit {
        unit: world.units[unit],
        parent: world.units[parent],
        division: division.map(str::to_owned),
    };
    world.command(async |tx| organise::move_unit(tx, &world.workflow, by, ask.clone()).await).await
}

async fn row(world: &World, id: UnitId) -> unit::Model {
    unit::Entity::find_by_id(id).one(world.workflow.store.read()).await.unwrap().unwrap()
}

async fn lies_at(world: &World, case: CaseId) -> UnitId {
    slot_of(world, case, "first").await.unit_id
}

async fn is_sound(world: &World) {
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    for check in [Check::Organisation, Check::Trail] {
        assert_eq!(report.of(check).unwrap().found, 0, "{:?}", report.of(check));
    }
}

async fn a_school_goes_to_another_county_and_what_begins_later_goes_up_there(mut world: World) {
    staffed(&mut world).await;
    let before = world.asks("Ma").await;
    moves(&world, "Admin", ("school", "county2"), None).await.unwrap();
    world.settle().await;
    assert_eq!(lies_at(&world, before).await, world.units["county/education"], "it stays");
    let later = world.asks("Wang").await;
    assert_eq!(lies_at(&world, later).await, world.units["county2/education"]);
    for unit in ["school", "school/aid_office", "school/class_teachers"] {
        let row = row(&world, world.units[unit]).await;
        assert_eq!(row.division, "640423", "{unit}: a school has its county's code");
    }
    let school = row(&world, world.units["school"]).await;
    assert_eq!(school.parent_id, Some(world.units["county2"]));
    let stream = trail::Entity::of(Stream::Unit, school.id.0);
    let kinds: Vec<String> = stream
        .all(world.workflow.store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.kind)
        .collect();
    assert_eq!(kinds, ["unit_moved"]);
    for case in [before, later] {
        world.can_be_told_again(case).await;
    }
    is_sound(&world).await;
    let again = refusal(moves(&world, "Admin", ("school", "county2"), None).await);
    assert!(matches!(again, Refusal::Unfit(_)), "{again:?}");
}

async fn a_place_stands_only_where_it_can(mut world: World) {
    staffed(&mut world).await;
    for by in ["Boss", "Eye", "Edu"] {
        let refused = refusal(moves(&world, by, ("school", "county2"), None).await);
        assert_eq!(refused, Refusal::NotYours(Bar::NotAdministrator), "{by}");
    }
    for (unit, parent, code) in [
        ("school", "school", None),                 // itself
        ("school", "city", None),                   // two levels up
        ("school", "township", None),               // of the same level
        ("school", "county2/education", None),      // an office is no place
        ("county", "school", None),                 // below itself
        ("county", "township", None),               // the same
        ("region", "city", None),                   // stands under nothing
        ("county/education", "county2", None),      // goes with its place
        ("township", "county2", None),              // its code is of the other county
        ("township", "county2", Some("64042x100")), // no code
        ("county", "city", Some("640425")),         // its townships have theirs of it
    ] {
        let refused = refusal(moves(&world, "Admin", (unit, parent), code).await);
        assert!(matches!(refused, Refusal::Unfit(_)), "{unit} under {parent}: {refused:?}");
    }
    let township = row(&world, world.units["township"]).await;
    assert_eq!(township.parent_id, Some(world.units["county"]), "nothing has moved");
    moves(&world, "Admin", ("township", "county2"), Some("640423100")).await.unwrap();
    let township = row(&world, world.units["township"]).await;
    assert_eq!(township.parent_id, Some(world.units["county2"]));
    assert_eq!(township.division, "640423100");
    let office = row(&world, world.units["township/aid_office"]).await;
    assert_eq!(office.division, "640423100", "its offices go with it");
    is_sound(&world).await;
}

async fn house(world: &World) -> House {
    let mut house = House::of(world).await;
    for name in ["Admin", "Boss", "Eye", "Edu"] {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn sends(house: &House, who: &str, request: TestRequest, body: &Body) -> Answer {
    let knock = house.open().await;
    knock(house.by(who, request, body)).await
}

async fn gets(house: &House, who: &str, path: &str) -> Answer {
    sends(house, who, TestRequest::get().uri(path), &Body::Nothing).await
}

async fn a_place_is_moved_by_its_page_and_by_the_api(mut world: World) {
    staffed(&mut world).await;
    let house = house(&world).await;
    let school = world.units["school"];
    let page = format!("/staff/organisation/units/{school}");
    let door = format!("{page}/move");
    assert!(gets(&house, "Admin", &page).await.text().contains(&door));
    let office = format!("/staff/organisation/units/{}", world.units["county/education"]);
    assert!(!gets(&house, "Admin", &office).await.text().contains("/move\""), "only of places");
    let form = |to: &str| Body::Form(vec![("parent", to.to_owned()), ("division", String::new())]);
    let post = |path: &str| TestRequest::post().uri(path);
    let unknown = sends(&house, "Admin", post(&door), &form("nowhere")).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text());
    for to in ["county2", "nowhere"] {
        let refused = sends(&house, "Boss", post(&door), &form(to)).await;
        assert_eq!(refused.status, 403, "{to}: whose it is not learns nothing");
    }
    let done = sends(&house, "Admin", post(&door), &form("county2")).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(row(&world, school).await.parent_id, Some(world.units["county2"]));
    // And back, by the API.
    let path = format!("/api/v1/organisation/units/{school}/move");
    let body = Body::Json(json!({ "parent": world.units["county"] }));
    assert_eq!(sends(&house, "Boss", post(&path), &body).await.status, 403);
    let done = sends(&house, "Admin", post(&path), &body).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(row(&world, school).await.parent_id, Some(world.units["county"]));
    let trail = gets(&house, "Eye", "/staff/trail?stream=unit").await.text();
    assert!(trail.contains("调整隶属"), "{trail}");
}

async fn what_is_on_record_of_somebody_is_changed_by_a_colleague(mut world: World) {
    staffed(&mut world).await;
    world.works("Second", "region/education", Duty::Administrator).await;
    let house = house(&world).await;
    let edu = world.actor("Edu").person.unwrap();
    let (api, page) =
        (format!("/api/v1/organisation/people/{edu}"), format!("/staff/organisation/people/{edu}"));
    let put = |path: &str| TestRequest::put().uri(path);
    let new = Body::Json(json!({
        "name": "马建军", "mail": "ma.jianjun@example.cn", "phone": "13912345678",
    }));
    for who in ["Boss", "Eye", "Edu"] {
        assert_eq!(sends(&house, who, put(&api), &new).await.status, 403, "{who}");
    }
    for wrong in [
        json!({ "name": "马", "mail": "ma@example.cn" }),
        json!({ "name": "马建军", "mail": "nowhere" }),
        json!({ "name": "马建军", "phone": "110" }),
    ] {
        let refused = sends(&house, "Admin", put(&api), &Body::Json(wrong.clone())).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.text());
    }
    let done = sends(&house, "Admin", put(&api), &new).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let db = world.workflow.store.read();
    let row = person::Entity::find_by_id(edu).one(db).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.version), ("马建军", 2));
    assert_eq!(row.mail.as_deref(), Some("ma.jianjun@example.cn"));
    assert!(row.phone_sealed.is_some() && row.phone_index.is_some(), "kept encrypted");
    // By the page too; an empty phone stays as it is.
    let shown = gets(&house, "Admin", &page).await.text();
    assert!(shown.contains("ma.jianjun@example.cn"), "{shown}");
    let form = Body::Form(vec![
        ("name", "马建国".to_owned()),
        ("mail", "ma.jianguo@example.cn".to_owned()),
        ("phone", String::new()),
    ]);
    let done = sends(&house, "Admin", TestRequest::post().uri(&page), &form).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let again = person::Entity::find_by_id(edu).one(db).await.unwrap().unwrap();
    assert_eq!((again.name.as_str(), &again.phone_index), ("马建国", &row.phone_index));
    // One's own is a colleague's to change; an applicant is nobody's staff.
    let own = format!("/api/v1/organisation/people/{}", world.actor("Admin").person.unwrap());
    assert_eq!(sends(&house, "Admin", put(&own), &new).await.status, 403);
    let trail = trail::Entity::of(Stream::Person, edu.0).all(db).await.unwrap();
    let changed: Vec<_> = trail.iter().filter(|row| row.kind == "person_changed").collect();
    assert_eq!(changed.len(), 2);
    for row in changed {
        let told = ["马建", "example.cn", "13912345678"].iter().any(|word| row.body.contains(word));
        assert!(!told, "the trail says what changed, and nothing of it: {}", row.body);
    }
}

//! Every door, knocked at by everyone: the table of who gets what.
//!
//! The rows are made from the table of routes. A door without a row in the snapshot, or without
//! a body below, fails the test.

use std::fmt::Write as _;

use actix_web::{http::Method, test::TestRequest};
use api::routes::{Door, doors};
use entities::{
    AppointmentId, CaseId, Duty, OutboxId, PaperId, PersonId, ProgramDraftId, ProgramReplayId,
    PublicityId, TaskId, UnitId, appointment, case_file, outbox, paper,
};
use entities::{publicity, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::commands::{SavePerson, Word, save_person};

mod addresses;
mod organisation;
mod own;
mod programs;
mod relations;
mod shut;
mod verbs;

use crate::harness::{
    both,
    house::{Body, House},
    world::World,
};

mod bodies;

use addresses::filled;

both![everybody_gets_what_is_theirs_at_every_door];

/// Who knocks, in this order: those whose case and turn it is come last, for they change it.
const ROLES: [(&str, &str); 14] = [
    ("nobody", "nobody"),
    ("another", "another applicant"),
    ("Poor", "another office of the county"),
    ("Far", "another county"),
    ("City", "the city"),
    ("Region", "the region"),
    ("Pay", "finance of the county"),
    ("Watch", "supervision of the city"),
    ("Head", "the head of the school"),
    ("Eye", "the auditor"),
    ("Guard", "the security administrator"),
    ("Admin", "the administrator"),
    ("owner", "the applicant"),
    ("Teacher", "the class teacher"),
];
const STAFF: [&str; 11] =
    ["Poor", "Far", "City", "Region", "Pay", "Watch", "Head", "Eye", "Guard", "Admin", "Teacher"];
const PDF: &[u8] = b"%PDF-1.4\na paper\n%%EOF\n";

/// What the holes in the addresses are filled with.
#[derive(Clone)]
struct Things {
    /// Counts them: every phone and paper is its own.
    nth: usize,
    person: PersonId,
    draft: CaseId,
    drafted: PaperId,
    case: CaseId,
    number: String,
    task: TaskId,
    file: PaperId,
    notice: PublicityId,
    token: String,
    session: String,
    job: OutboxId,
    /// A unit without work, and somebody who works elsewhere.
    unit: UnitId,
    place: UnitId,
    member: workflow::Actor,
    appointment: AppointmentId,
    edition: ProgramDraftId,
    replay: ProgramReplayId,
    /// Of the county, who may stand in for somebody there.
    colleague: PersonId,
    /// A school that may go to another county, and that county.
    loose: UnitId,
    beside: UnitId,
    own: own::Own,
}

async fn everybody_gets_what_is_theirs_at_every_door(mut world: World) {
    world.full_staff().await;
    world.works("Far", "county2/education", Duty::Handler).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    for (name, unit, duty) in [
        ("Watch", "city/supervision", Duty::Supervisor),
        ("Eye", "region/education", Duty::Auditor),
        ("Guard", "region/education", Duty::SecurityAdministrator),
        ("Writer", "region/education", Duty::Administrator),
    ] {
        world.works(name, unit, duty).await;
    }
    let mut house = House::of(&world).await;
    let notice = published(&mut world).await;
    let mut things = things(&mut world, &mut house, (0, notice)).await;
    let (gets, others): (Vec<Door>, Vec<Door>) =
        doors().into_iter().partition(|door| door.method == Method::GET);
    let mut rows = Vec::new();
    (things.edition, things.replay) = programs::drafted(&world).await;
    let before = kept(&world).await;
    things.own = own::made(&world, &things, "{batch}").await;
    for door in gets {
        rows.push(row(&world, &mut house, &door, &things).await);
        assert_eq!(kept(&world).await, before, "{} changes something", door.path);
    }
    let mut used = true;
    for (nth, door) in others.into_iter().enumerate() {
        if used {
            things = self::things(&mut world, &mut house, (nth + 1, notice)).await;
        }
        if programs::has_draft(door.path) {
            (things.edition, things.replay) = programs::drafted(&world).await;
        }
        things.own = own::made(&world, &things, door.path).await;
        let row = row(&world, &mut house, &door, &things).await;
        used = has_used(&row.1);
        rows.push(row);
    }
    let order: Vec<String> =
        doors().iter().map(|door| format!("{} {}", door.method, door.path)).collect();
    rows.sort_by_key(|(door, _)| order.iter().position(|other| other == door));
    let mut table = String::new();
    writeln!(table, "{:<48}{}", "", ROLES.map(|(_, role)| role).join(" | ")).unwrap();
    for (door, statuses) in &rows {
        let statuses: Vec<String> = statuses.iter().map(ToString::to_string).collect();
        writeln!(table, "{door:<48}{}", statuses.join(" ")).unwrap();
    }
    insta::assert_snapshot!("doors_by_roles", table);
    // A door that opens for nobody shows nothing of whose it is.
    let shut: Vec<&str> = rows
        .iter()
        .filter(|(_, statuses)| !has_used(statuses))
        .map(|(door, _)| door.as_str())
        .filter(|door| !shut::OPENS_OTHERWISE.iter().any(|(known, _)| known == door))
        .collect();
    assert!(shut.is_empty(), "opens for nobody: {shut:#?}");
    let known: Vec<&str> = shut::OPENS_OTHERWISE
        .iter()
        .map(|(door, _)| *door)
        .filter(|door| !rows.iter().any(|(name, said)| name == door && !has_used(said)))
        .collect();
    assert!(known.is_empty(), "opens after all, or is no door: {known:#?}");
}

/// Whether something came of it for somebody: the next door then finds fresh things.
fn has_used(statuses: &[u16]) -> bool {
    statuses.iter().any(|status| *status < 400)
}

/// The answers of one door to everyone.
async fn row(world: &World, house: &mut House, door: &Door, things: &Things) -> (String, Vec<u16>) {
    let knock = house.open().await;
    let path = filled(door, things);
    let name = format!("{} {}", door.method, door.path);
    let mut statuses = Vec::new();
    for (nth, (who, _)) in ROLES.into_iter().enumerate() {
        if STAFF.contains(&who) && !house.is_in(who).await {
            house.lets_staff_in(world, who).await;
        }
        let body = if door.method == Method::GET { Body::Nothing } else { body(door, things, nth) };
        let request = TestRequest::with_uri(&path).method(door.method.clone());
        // Everyone comes from an address of their own: some things are counted by address.
        let address = std::net::SocketAddr::from(([192, 0, 2, u8::try_from(nth).unwrap()], 9));
        let request = request.peer_addr(address);
        let answer = knock(house.by(who, request, &body)).await;
        assert!(answer.status < 500, "{name} for {who}: {}", answer.text());
        // What is one person's own is not there for those who have nothing to do with it.
        let own = ["{draft}", "{number}", "{task}", "{file}", "/cases/{id}", "/tasks/{id}"];
        let others = [":.*", "/oversight/"].iter().any(|part| door.path.contains(part));
        if own.iter().any(|hole| door.path.contains(hole)) && !others {
            let strange = ["another", "Poor", "Far", "Pay", "Eye", "Guard", "Admin"].contains(&who);
            let hidden = [403, 404].contains(&answer.status);
            assert!(!strange || hidden, "{name} for {who}: {}", answer.status);
            assert!(who != "Far" || answer.status == 404, "{name} tells another county");
        }
        statuses.push(answer.status);
    }
    (name, statuses)
}

/// What may not change by looking: the trail, the cases, the messages.
async fn kept(world: &World) -> (u64, Vec<(CaseId, i32)>, u64) {
    let db = world.workflow.store.read();
    let trail = trail::Entity::find().count(db).await.unwrap();
    let cases = case_file::Entity::find().all(db).await.unwrap();
    let mut versions: Vec<_> = cases.iter().map(|case| (case.id, case.version)).collect();
    versions.sort_unstable();
    (trail, versions, outbox::Entity::find().count(db).await.unwrap())
}

/// Fresh things of a fresh applicant, and another applicant.
async fn things(world: &mut World, house: &mut House, about: (usize, PublicityId)) -> Things {
    let (nth, notice) = about;
    for (number, name) in [(1, "owner"), (2, "another")] {
        world.applies(name).await;
        house.lets_applicant_in(world, name, &phone(nth, number)).await;
    }
    let known = SavePerson {
        person: Some(world.subject("owner")),
        phone: phone(nth, 1),
        ..SavePerson::default()
    };
    let owner = world.actor("owner");
    let saved =
        world.command(async |tx| save_person(tx, &world.workflow, owner, known.clone()).await);
    saved.await.unwrap();
    let place = world.units["county"];
    let (office, spare) = (format!("spare{nth}"), format!("Spare{nth}"));
    let of_county = (entities::Level::County, "640424", office.as_str());
    let unit = world.unit(&format!("county/{office}"), of_county, (Some(place), None)).await;
    let member = world.works(&spare, "county2/finance", Duty::Handler).await;
    let school = (entities::Level::School, "640424", "school");
    let loose = world.unit(&format!("loose{nth}"), school, (None, Some("county"))).await;
    let form = json!({
        "urgent": false, "cause": "disaster", "day": "2018-09-01", "need": 90_000, "home": "at_school",
    });
    let draft = world.drafts("owner", "emergency-aid", form).await;
    let mut drafted = Vec::new();
    for paper in ["proof", "identity"] {
        drafted.push(world.attaches("owner", draft, paper, None).await.unwrap());
    }
    let case = world.asks_for("owner", 1_200).await;
    let db = world.workflow.store.read();
    let file = paper::Entity::find().filter(paper::Column::CaseId.eq(case)).one(db).await;
    let job = outbox::Entity::find().one(db).await;
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.eq(member.person.unwrap()))
        .one(db)
        .await;
    let (edition, replay) = programs::none();
    let account = world.actor("Teacher").account;
    let now = world.workflow.clock.machine();
    let token = workflow::tx::write(&world.workflow.store, async |tx| {
        workflow::sign_in::make_token(tx, now, account, "export").await
    });
    Things {
        nth,
        person: world.subject("owner"),
        draft,
        drafted: drafted[0],
        case,
        number: world.case(case).await.number.unwrap(),
        task: world.slot(case, "teacher", "Teacher").await,
        file: file.unwrap().unwrap().id,
        notice,
        token: token.await.unwrap().1.id.to_string(),
        session: house.session("owner").to_string(),
        job: job.unwrap().expect("a job").id,
        unit,
        place,
        member,
        appointment: held.unwrap().expect("an appointment").id,
        edition,
        replay,
        colleague: world.actor("Pay").person.unwrap(),
        loose,
        beside: world.units["county2"],
        own: own::none(),
    }
}

fn phone(nth: usize, number: usize) -> String {
    format!("138{nth:05}{number:03}")
}

/// A case that has come to its public notice.
async fn published(world: &mut World) -> PublicityId {
    world.applies("Li").await;
    let case = world.asks_for("Li", 12_000).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    for (name, step) in [("Edu", "county"), ("Poor", "county"), ("City", "city")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let found = publicity::Entity::find().one(world.workflow.store.read()).await;
    found.unwrap().expect("a notice is up").id
}

/// The least that a door takes; of the `who`th role, where it may be taken once only.
fn body(door: &Door, things: &Things, who: usize) -> Body {
    let form = |fields: &[(&'static str, &str)]| {
        Body::Form(fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    };
    let mobile = phone(things.nth, 10 + who);
    let person = things.person.to_string();
    match (door.method.as_str(), door.path) {
        ("DELETE", _) => Body::Nothing,
        ("POST", path) if path.starts_with("/api/") => bodies::json_body(path, things, &mobile),
        ("PUT" | "PATCH", path) => bodies::json_body(path, things, &mobile),
        (_, "/look-up") => form(&[("number", &things.number), ("phone", &mobile)]),
        (_, "/notices/{id}/objections") => {
            form(&[("text", "I know the family well, and doubt it."), ("contact", &mobile)])
        }
        (_, "/tip-offs") => form(&[
            ("place", &things.place.to_string()),
            ("text", "The school takes money for the dormitory."),
        ]),
        (_, "/tip-offs/answer") => form(&[("number", &things.number), ("code", "AAAAAAAA")]),
        (_, "/cases/{number}/complaint" | "/cases/{number}/appeal") => {
            form(&[("text", "Nobody has answered me for a month.")])
        }
        (_, "/cases/{number}/rating") => form(&[("grade", "satisfied")]),
        (_, "/staff/new-program") => form(&[("yaml", programs::NEW)]),
        (_, "/sign-in") => form(&[("phone", &mobile)]),
        (_, "/sign-in/code") => form(&[("phone", &mobile), ("code", "000000")]),
        (_, "/staff/password") => form(&[("old", "a guess"), ("new", "south wind 8")]),
        (_, "/staff/sign-in") => form(&[("account", &mobile), ("password", "a guess")]),
        (_, "/demo/clock") => form(&[("days", "1")]),
        (_, "/me/acting") => form(&[("subject", &person)]),
        (_, "/me/profile") => form(&[("subject", &person), ("name", "马小兰")]),
        (_, "/drafts/{draft}/pages/{page}") => form(&[
            ("urgent", "false"),
            ("cause", "disaster"),
            ("day", "2018-09-01"),
            ("need", "900"),
            ("home", "at_school"),
        ]),
        (_, "/drafts/{draft}/submit") => form(&[("truth", "true"), ("consent", "true")]),
        (_, "/staff/batches/{batch}/sign") => form(&[]),
        (_, "/staff/batches") => form(&[("like", &things.task.to_string())]),
        (_, "/staff/batches/{batch}/open") => form(&[("task", &things.task.to_string())]),
        (_, "/staff/tasks/{task}/show") => form(&[("fact", "person.phone")]),
        (_, "/staff/tasks") => form(&[("search", "马小兰")]),
        (_, path) if path.starts_with("/staff/organisation") => {
            organisation::form(path, things, who)
        }
        (_, "/staff/jobs/retry") => form(&[("state", "failing")]),
        (_, "/staff/substitutes") => {
            let colleague = things.colleague.to_string();
            form(&[("substitute", &colleague), ("from", "2018-09-12"), ("to", "2018-09-13")])
        }
        (_, "/staff/recusals") => bodies::recusal(),
        (_, "/staff/programs/{id}/end") => form(&[("reason", "it is over")]),
        (_, "/staff/programs/{id}/rebase") => form(&[("to", "1")]),
        (_, "/staff/program-drafts/{edition}") => form(&[("yaml", "program: emergency-aid\n")]),
        (_, "/staff/oversight/cases") => form(&[("what", &format!("complaint@{person}"))]),
        (_, "/staff/file") => form(&[("id_number", "640422200001011234")]),
        (
            _,
            "/drafts/{draft}/papers/{paper}"
            | "/cases/{number}/papers/{paper}"
            | "/cases/{number}/steps/{task}/papers/{paper}"
            | "/staff/tasks/{task}/papers/{paper}"
            | "/staff/tasks/{task}/rows/file"
            | "/staff/tasks/{task}/rows/{row}/papers/{paper}",
        ) => Body::File("paper.pdf", [PDF, mobile.as_bytes()].concat()),
        (
            _,
            "/programs/{name}/start"
            | "/sign-out"
            | "/drafts/{draft}/discard"
            | "/cases/{number}/withdraw"
            | "/cases/{number}/supplement"
            | "/cases/{number}/steps/{task}"
            | "/papers/{file}/remove"
            | "/staff/tasks/{task}/rows"
            | "/staff/tasks/{task}/{verb}"
            | "/staff/jobs/{id}/retry"
            | "/staff/extensions/{id}/{answer}"
            | "/staff/programs/{id}/drafts"
            | "/staff/program-drafts/{edition}/{act}"
            | "/staff/bounces/{id}/handled"
            | "/staff/bounces/{id}/resend"
            | "/staff/oversight/cases/{id}/reopen"
            | "/staff/cases/{number}/urge"
            | "/cases/{number}/urge"
            | "/staff/substitutes/{id}/end"
            | "/staff/recusals/{id}/end"
            | "/staff/copies/{id}/read"
            | "/staff/settings",
        ) => form(&[]),
        (method, path) => panic!("nothing is known to send by {method} to {path}"),
    }
}

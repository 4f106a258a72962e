//! Every door that concerns a case, a task, a person or a unit, knocked at by everybody who stands
//! in some relation to it: whose it is, who holds it, a colleague, another office of the same city,
//! another city, nobody at all.
//!
//! Made from the table of routes: a new door has a row here, or the test fails. To whoever has
//! nothing to do with it a door answers as if there were no such thing, in as many bytes.

use std::fmt::Write as _;

use actix_web::{http::Method, test::TestRequest};
use api::routes::{Door, doors};
use entities::{AppointmentId, CaseId, Duty, Level, PaperId, PersonId, TaskId, UnitId};
use workflow::organise;

use super::{Things, body, filled, has_used, published, things};
use crate::harness::{
    both,
    house::{Body, House},
    world::World,
};

both![everybody_gets_what_their_relation_gives];

/// Who knocks, and what they are to a case of the school in the county; strangers come first, and
/// those who may change something last.
const RELATIONS: [(&str, &str); 9] = [
    ("nobody", "no session"),
    ("another", "another applicant"),
    ("Idle", "no appointment"),
    ("Away", "other city"),
    ("Far", "other unit of the same city"),
    ("Aid", "other office of the same place"),
    ("Colleague", "same unit and duty"),
    ("Teacher", "own: holder"),
    ("owner", "own: applicant"),
];
const STAFF: [&str; 6] = ["Idle", "Away", "Far", "Aid", "Colleague", "Teacher"];
/// They have nothing to do with it, and are to hear nothing of it.
const STRANGERS: [&str; 4] = ["another", "Idle", "Away", "Far"];

/// What a hole in an address stands for.
fn concerns(path: &str) -> bool {
    let holes = path.split('/').filter(|part| part.starts_with('{'));
    let mut of_theirs = false;
    for hole in holes {
        of_theirs |= match hole {
            "{draft}" | "{number}" | "{task}" | "{file}" | "{paper}" | "{row}" => true,
            "{id}" => {
                let of = ["/cases/", "/tasks/", "/people/", "/units/", "/papers/"];
                let of = of.iter().any(|of| path.contains(of));
                of || path.contains("/appointments/") || path.contains("/accounts/")
            }
            // Of what everybody may read, of what is nobody's case, and of lists of one's own.
            "{batch}" | "{name}" | "{page}" | "{verb}" | "{answer}" | "{edition}" | "{replay}"
            | "{act}" | "{step}" | "{file:.*}" => false,
            other => panic!("nothing is known of {other} in {path}"),
        };
    }
    of_theirs
}

async fn everybody_gets_what_their_relation_gives(mut world: World) {
    staffed(&mut world).await;
    let mut house = House::of(&world).await;
    let notice = published(&mut world).await;
    let concerned: Vec<Door> = doors().into_iter().filter(|door| concerns(door.path)).collect();
    let mut table = String::new();
    writeln!(table, "{:<50}{}", "", RELATIONS.map(|(_, what)| what).join(" | ")).unwrap();
    let mut answers = 0;
    let mut leaks = Vec::new();
    let mut here = things(&mut world, &mut house, (5_000, notice)).await;
    let mut used = false;
    for (nth, door) in concerned.iter().enumerate() {
        if used {
            here = things(&mut world, &mut house, (5_001 + nth, notice)).await;
        }
        let statuses = row(&world, &mut house, (door, &here), &mut leaks).await;
        used = door.method != Method::GET && has_used(&statuses);
        answers += statuses.len();
        let said: Vec<String> = statuses.iter().map(ToString::to_string).collect();
        let name = format!("{} {}", door.method, door.path);
        writeln!(table, "{name:<50}{}", said.join(" ")).unwrap();
    }
    let (rows, columns) = (concerned.len(), RELATIONS.len());
    writeln!(table, "{rows} doors x {columns} relations = {answers} answers").unwrap();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    insta::assert_snapshot!("doors_by_relations", table);
}

pub(super) async fn staffed(world: &mut World) {
    world.full_staff().await;
    world.works("Far", "county2/education", Duty::Handler).await;
    world.works("Colleague", "school/class_teachers", Duty::Handler).await;
    // Programs are drafted by somebody else than those who knock.
    world.works("Writer", "region/education", Duty::Administrator).await;
    for (name, level, division, above) in
        [("city2", Level::City, "640300", "region"), ("county3", Level::County, "640324", "city2")]
    {
        let seat = world.unit(name, (level, division, "government"), (None, Some(above))).await;
        let office = format!("{name}/education");
        world.unit(&office, (level, division, "education"), (Some(seat), None)).await;
    }
    world.works("Away", "county3/education", Duty::Handler).await;
    world.works("Idle", "county3/education", Duty::Handler).await;
    let idle = world.actor("Idle").person.unwrap();
    let held = held_by(world, idle).await;
    let ended = (held, world.workflow.clock.now());
    world
        .command(async |tx| organise::end_appointment(tx, &world.workflow, None, ended).await)
        .await
        .unwrap();
}

async fn held_by(world: &World, person: PersonId) -> AppointmentId {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let found = entities::appointment::Entity::find()
        .filter(entities::appointment::Column::PersonId.eq(person))
        .one(world.workflow.store.read())
        .await;
    found.unwrap().unwrap().id
}

/// The answers of one door to everyone.
async fn row(
    world: &World,
    house: &mut House,
    (door, things): (&Door, &Things),
    leaks: &mut Vec<String>,
) -> Vec<u16> {
    let knock = house.open().await;
    let mut statuses = Vec::new();
    let ghosts = ghosts(things);
    for (nth, (who, _)) in RELATIONS.into_iter().enumerate() {
        if STAFF.contains(&who) && !house.is_in(who).await {
            house.lets_staff_in(world, who).await;
        }
        let address = std::net::SocketAddr::from(([192, 0, 2, u8::try_from(nth).unwrap()], 9));
        let ask = |things: &Things| {
            let body =
                if door.method == Method::GET { Body::Nothing } else { body(door, things, nth) };
            let path = filled(door, things);
            let request = TestRequest::with_uri(&path).method(door.method.clone());
            house.by(who, request.peer_addr(address), &body)
        };
        let none = STRANGERS.contains(&who).then(|| ask(&ghosts));
        let answer = knock(ask(things)).await;
        let name = format!("{} {}", door.method, door.path);
        assert!(answer.status < 500, "{name} for {who}: {}", answer.text());
        if let Some(none) = none {
            let ghost = knock(none).await;
            if (ghost.status, ghost.bytes.len()) != (answer.status, answer.bytes.len()) {
                leaks.push(format!(
                    "{name} for {who}: {} in {} bytes, and {} in {} where there is no such thing",
                    answer.status,
                    answer.bytes.len(),
                    ghost.status,
                    ghost.bytes.len()
                ));
            }
            if answer.status < 400 {
                leaks.push(format!("{name} for {who}: {}", answer.status));
            }
        }
        statuses.push(answer.status);
    }
    statuses
}

/// Things that there are none of.
fn ghosts(things: &Things) -> Things {
    let at = chrono::DateTime::UNIX_EPOCH;
    let number = things.number.clone();
    let (head, tail) = number.split_at(number.len() - 4);
    let number = format!("{head}{}", tail.replace(|c: char| c.is_ascii_digit(), "9"));
    Things {
        person: PersonId::at(at),
        draft: CaseId::at(at),
        drafted: PaperId::at(at),
        case: CaseId::at(at),
        number,
        task: TaskId::at(at),
        file: PaperId::at(at),
        unit: UnitId::at(at),
        place: UnitId::at(at),
        loose: UnitId::at(at),
        appointment: AppointmentId::at(at),
        ..things.clone()
    }
}

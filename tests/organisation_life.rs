//! The living organisation: offices are merged and renamed while work lies on their desks.

use entities::{CaseId, Duty, PersonId, TaskState, UnitId, appointment, task, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    CommandError, Refusal,
    commands::{self, CloseUnit, Closed, Word, claim_task},
    doctor::{self, Check, Reach},
    organise::{self, Rename},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    an_office_is_merged_with_another_and_nothing_is_left_with_nobody,
    a_unit_with_work_is_not_closed_without_a_successor,
    who_does_not_go_along_gives_back_what_they_had,
    an_office_without_people_is_climbed_past_before_and_after_its_merger,
    a_school_is_merged_with_another_and_its_cases_go_on_there,
    a_case_that_comes_late_to_a_closed_office_is_moved_on,
    names_have_dates,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/poverty_relief, within: 5wd, on_empty: climb}\n  \
     - {id: last, by: city/education, within: 3wd, on_empty: climb}";

pub(crate) fn publish(world: &mut World, route: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\n{route}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\nremind: R0\n"
    );
    let programs = world.workflow.programs.with_source("sample.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn staffed(world: &mut World, people: &[(&str, &str, Duty)]) {
    publish(world, ROUTE);
    world.works("Admin", "region/education", Duty::Administrator).await;
    for (name, unit, duty) in people {
        world.works(name, unit, *duty).await;
    }
    world.applies("Ma").await;
    world.applies("Wang").await;
}

const ALL: [(&str, &str, Duty); 3] = [
    ("Poor", "county/poverty_relief", Duty::Handler),
    ("Edu", "county/education", Duty::Handler),
    ("City", "city/education", Duty::Handler),
];

pub(crate) async fn claims(world: &World, name: &str, case: CaseId, step: &str) {
    let (actor, task) = (world.actor(name), world.slot(case, step, name).await);
    let done =
        world.command(async |tx| claim_task(tx, &world.workflow, actor, task, None).await).await;
    done.unwrap();
}

async fn closes(
    world: &World,
    unit: &str,
    into: Option<&str>,
    along: Option<Vec<PersonId>>,
) -> Result<Closed, CommandError> {
    let ask =
        CloseUnit { unit: world.units[unit], successor: into.map(|into| world.units[into]), along };
    let by = Some(world.actor("Admin"));
    world
        .command(async |tx| {
            Box::pin(commands::close_unit(tx, &world.workflow, by, ask.clone())).await
        })
        .await
}

pub(crate) async fn slot_of(world: &World, case: CaseId, step: &str) -> task::Model {
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    rows.into_iter().find(|row| row.path == step).unwrap()
}

async fn is_sound(world: &World) {
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    for check in [Check::Organisation, Check::Holders, Check::Trail, Check::HeldDays] {
        assert_eq!(report.of(check).unwrap().found, 0, "{:?}", report.of(check));
    }
}

async fn unit_row(world: &World, name: &str) -> unit::Model {
    let found = unit::Entity::find_by_id(world.units[name]).one(world.workflow.store.read()).await;
    found.unwrap().unwrap()
}

async fn an_office_is_merged_with_another_and_nothing_is_left_with_nobody(mut world: World) {
    staffed(&mut world, &ALL).await;
    let (taken, free) = (world.asks("Ma").await, world.asks("Wang").await);
    claims(&world, "Poor", taken, "first").await;
    let due = world.due(taken, "first").await;
    let done =
        closes(&world, "county/poverty_relief", Some("county/education"), None).await.unwrap();
    assert_eq!((done.tasks, done.cases, done.along, done.ended), (2, 2, 1, 1));
    world.settle().await;
    let to = world.units["county/education"];
    for case in [taken, free] {
        let slot = slot_of(&world, case, "first").await;
        assert_eq!(slot.unit_id, to);
        assert_eq!(world.run(case, "first").await.unit_id, Some(to));
        assert_eq!(world.due(case, "first").await, due, "no clock listens");
        assert_eq!(world.told_times(case, "task_moved").await, 1);
        world.can_be_told_again(case).await;
    }
    let slot = slot_of(&world, taken, "first").await;
    assert_eq!(slot.person_id, world.actor("Poor").person, "who goes along keeps what they took");
    assert_eq!(world.told("handed_over").await, 1, "the new colleague gets one letter for both");
    let closed = unit_row(&world, "county/poverty_relief").await;
    assert_eq!((closed.successor_id, closed.to_on.is_some()), (Some(to), true));
    is_sound(&world).await;
    // Both offices' people are one pool now, and what begins later opens there too.
    world.says("Edu", free, "first", Word::Approve).await.unwrap();
    world.says("Poor", taken, "first", Word::Approve).await.unwrap();
    let later = world.asks("Ma").await;
    assert_eq!(slot_of(&world, later, "first").await.unit_id, to);
    world.says("Poor", later, "first", Word::Approve).await.unwrap();
    assert_eq!(world.told_times(later, "climbed").await, 0);
    let twice = closes(&world, "county/poverty_relief", Some("county/education"), None).await;
    assert!(matches!(refusal(twice), Refusal::Unfit(_)));
}

async fn a_unit_with_work_is_not_closed_without_a_successor(mut world: World) {
    staffed(&mut world, &ALL).await;
    let case = world.asks("Ma").await;
    let alone = refusal(closes(&world, "county/poverty_relief", None, None).await);
    let Refusal::Unfit(said) = alone else { panic!("{alone:?}") };
    assert!(said.en.starts_with("1 open task(s), 1 appointment(s)"), "{}", said.en);
    assert!(said.zh.contains("须指定接办单位"), "{}", said.zh);
    for (unit, into) in [
        ("county/poverty_relief", "county/poverty_relief"),
        ("county/poverty_relief", "county2/education"),
        ("county/poverty_relief", "township/aid_office"),
        ("county", "city"),
        ("region", "city"),
        ("school", "township"),
        ("school", "school/aid_office"),
    ] {
        let refused = refusal(closes(&world, unit, Some(into), None).await);
        assert!(matches!(refused, Refusal::Unfit(_)), "{unit} into {into}: {refused:?}");
    }
    let slot = slot_of(&world, case, "first").await;
    assert_eq!(slot.unit_id, world.units["county/poverty_relief"]);
    // Nothing lies here, so nobody has to take over.
    closes(&world, "county2/finance", None, None).await.unwrap();
    let edu = Some(world.actor("Edu"));
    let ask = CloseUnit { unit: world.units["county2/education"], successor: None, along: None };
    let refused =
        world.command(async |tx| commands::close_unit(tx, &world.workflow, edu, ask.clone()).await);
    assert!(matches!(refusal(refused.await), Refusal::NotYours(_)));
}

async fn who_does_not_go_along_gives_back_what_they_had(mut world: World) {
    staffed(&mut world, &ALL).await;
    let case = world.asks("Ma").await;
    claims(&world, "Poor", case, "first").await;
    let into = Some("county/education");
    let done = closes(&world, "county/poverty_relief", into, Some(Vec::new())).await.unwrap();
    assert_eq!((done.along, done.ended), (0, 1));
    let slot = slot_of(&world, case, "first").await;
    assert_eq!((slot.state, slot.person_id), (TaskState::Open, None));
    assert_eq!(slot.unit_id, world.units["county/education"]);
    let poor = world.actor("Poor").person.unwrap();
    let held = appointment::Entity::held_by(poor, world.workflow.clock.now());
    assert!(held.all(world.workflow.store.read()).await.unwrap().is_empty());
    world.can_be_told_again(case).await;
    is_sound(&world).await;
}

async fn an_office_without_people_is_climbed_past_before_and_after_its_merger(mut world: World) {
    let people = [ALL[0], ALL[2]];
    staffed(&mut world, &people).await;
    let case = world.asks("Ma").await;
    // The successor has nobody, and nobody goes along: it goes on up, as the step says.
    let into = Some("county/education");
    closes(&world, "county/poverty_relief", into, Some(Vec::new())).await.unwrap();
    world.settle().await;
    let slot = slot_of(&world, case, "first").await;
    assert_eq!(slot.unit_id, world.units["city/education"], "{}", world.story(case).await);
    world.can_be_told_again(case).await;
    let later = world.asks("Wang").await;
    assert_eq!(slot_of(&world, later, "first").await.unit_id, world.units["city/education"]);
    assert_eq!(world.told_times(later, "climbed").await, 1);
    is_sound(&world).await;
}

async fn a_school_is_merged_with_another_and_its_cases_go_on_there(mut world: World) {
    world.full_staff().await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    let above = Some("county");
    let school = (entities::Level::School, "640424", "school");
    let other = world.unit("other", school, (None, above)).await;
    for office in ["aid_office", "class_teachers"] {
        world
            .unit(&format!("other/{office}"), (school.0, school.1, office), (Some(other), None))
            .await;
    }
    world.works("Principal", "other", Duty::Head).await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 500).await;
    let done = closes(&world, "school", Some("other"), None).await.unwrap();
    assert_eq!((done.tasks, done.ended), (1, 3));
    world.settle().await;
    assert_eq!(slot_of(&world, case, "teacher").await.unit_id, world.units["other/class_teachers"]);
    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    let aid = slot_of(&world, case, "school").await;
    assert!(
        [world.units["other/aid_office"], other].contains(&aid.unit_id),
        "its route goes on there"
    );
    world.can_be_told_again(case).await;
    // The student still says the old school's name: it leads to the new one.
    world.applies("Wang").await;
    let later = world.asks_for("Wang", 700).await;
    assert_eq!(
        slot_of(&world, later, "teacher").await.unit_id,
        world.units["other/class_teachers"]
    );
    is_sound(&world).await;
}

async fn a_case_that_comes_late_to_a_closed_office_is_moved_on(mut world: World) {
    staffed(&mut world, &ALL).await;
    let case = world.asks("Ma").await;
    closes(&world, "county/poverty_relief", Some("county/education"), None).await.unwrap();
    // As a routing that had read the office while it was still open leaves it.
    let slot = slot_of(&world, case, "first").await;
    let old: UnitId = world.units["county/poverty_relief"];
    task::Entity::update_many()
        .col_expr(task::Column::UnitId, sea_orm::sea_query::Expr::value(old))
        .filter(task::Column::Id.eq(slot.id))
        .exec(world.workflow.store.for_migration())
        .await
        .unwrap();
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    assert_eq!(report.of(Check::Organisation).unwrap().found, 1);
    assert_eq!(commands::settle_slots(&world.workflow).await.unwrap(), 1);
    assert_eq!(slot_of(&world, case, "first").await.unit_id, world.units["county/education"]);
    assert_eq!(commands::settle_slots(&world.workflow).await.unwrap(), 0, "it may run twice");
    is_sound(&world).await;
}

async fn names_have_dates(mut world: World) {
    staffed(&mut world, &ALL).await;
    let (id, by) = (world.units["county/poverty_relief"], Some(world.actor("Admin")));
    let renames = async |zh: &str, day: &str| {
        let ask = Rename {
            unit: id,
            name_zh: zh.to_owned(),
            name_en: String::new(),
            from_on: day.parse().unwrap(),
        };
        world
            .command(async |tx| organise::rename_unit(tx, &world.workflow, by, ask.clone()).await)
            .await
    };
    renames("泾源县乡村振兴局", "2018-09-10").await.unwrap();
    renames("泾源县农业农村局", "2018-09-12").await.unwrap();
    assert_eq!(unit_row(&world, "county/poverty_relief").await.name_zh, "泾源县乡村振兴局");
    world.until("09-12 09:00").await;
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(unit_row(&world, "county/poverty_relief").await.name_zh, "泾源县农业农村局");
    for (day, name) in [
        ("2018-09-09", "county/poverty_relief"),
        ("2018-09-10", "泾源县乡村振兴局"),
        ("2018-09-11", "泾源县乡村振兴局"),
        ("2018-09-12", "泾源县农业农村局"),
    ] {
        let db = world.workflow.store.read();
        let names = organise::names_on(db, &[id], day.parse().unwrap()).await.unwrap();
        assert_eq!(names[&id].0, name, "{day}");
    }
    for (zh, day) in [
        ("又一局", "2018-09-12"),
        ("泾源县农业农村局", "2018-10-01"),
        ("=1+1", "2018-10-01"),
        ("", "2018-10-01"),
    ] {
        let refused = refusal(renames(zh, day).await);
        assert!(matches!(refused, Refusal::Unfit(_)), "{zh} {day}: {refused:?}");
    }
}

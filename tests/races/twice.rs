//! Two who do the same thing to what is everybody's: a unit, a program, the next number.

use entities::{Duty, document_number, unit};
use futures_util::future::{join, join_all};
use sea_orm::EntityTrait;
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, CloseUnit, Closed, Word},
    doctor::{self, Check, Reach},
};

use crate::{
    harness::{both, world::World},
    organisation_life::publish,
};

both![
    of_two_who_close_a_unit_one_has_closed_it,
    two_offices_are_not_merged_with_each_other,
    documents_that_are_signed_at_once_have_one_number_each,
    of_four_who_publish_at_once_one_has,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/poverty_relief, within: 5wd, on_empty: climb}\n  \
     - {id: last, by: city/education, within: 3wd, on_empty: climb}";

async fn staffed(world: &mut World) {
    publish(world, ROUTE);
    for (name, unit, duty) in [
        ("Admin", "region/education", Duty::Administrator),
        ("Deputy", "region/education", Duty::Administrator),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("Edu", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("City", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    for nth in 0..10 {
        world.applies(&format!("Ma{nth}")).await;
    }
}

async fn closes(
    world: &World,
    by: &str,
    (office, into): (&str, &str),
) -> Result<Closed, CommandError> {
    let ask =
        CloseUnit { unit: world.units[office], successor: Some(world.units[into]), along: None };
    let by = Some(world.actor(by));
    let done = world.command(async |tx| {
        Box::pin(commands::close_unit(tx, &world.workflow, by, ask.clone())).await
    });
    done.await
}

/// The other is told that it is closed, and nothing lies with nobody.
async fn one_has(
    world: &World,
    (one, other): (&Result<Closed, CommandError>, &Result<Closed, CommandError>),
) {
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?}\n{other:?}");
    for result in [one, other] {
        let refused = matches!(result, Ok(_) | Err(CommandError::Refused(Refusal::Unfit { .. })));
        assert!(refused, "{result:?}");
    }
    commands::settle_slots(&world.workflow).await.unwrap();
    world.settle().await;
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    for check in [Check::Organisation, Check::Holders, Check::Trail] {
        assert_eq!(report.of(check).unwrap().found, 0, "{:?}", report.of(check));
    }
}

async fn of_two_who_close_a_unit_one_has_closed_it(mut world: World) {
    staffed(&mut world).await;
    for nth in 0..3 {
        world.asks(&format!("Ma{nth}")).await;
    }
    let office = "county/poverty_relief";
    let one = closes(&world, "Admin", (office, "county/education"));
    let other = closes(&world, "Deputy", (office, "county/finance"));
    let (one, other) = Box::pin(join(one, other)).await;
    one_has(&world, (&one, &other)).await;
    let heir = if one.is_ok() { "county/education" } else { "county/finance" };
    let row = unit::Entity::find_by_id(world.units[office]).one(world.workflow.store.read()).await;
    assert_eq!(row.unwrap().unwrap().successor_id, Some(world.units[heir]));
    let done = one.or(other).unwrap();
    assert_eq!((done.cases, done.tasks), (3, 3));
}

async fn two_offices_are_not_merged_with_each_other(mut world: World) {
    staffed(&mut world).await;
    world.asks("Ma0").await;
    let (poor, finance) = ("county/poverty_relief", "county/finance");
    let one = closes(&world, "Admin", (poor, finance));
    let other = closes(&world, "Deputy", (finance, poor));
    let (one, other) = Box::pin(join(one, other)).await;
    one_has(&world, (&one, &other)).await;
}

async fn documents_that_are_signed_at_once_have_one_number_each(mut world: World) {
    let route = format!("number: {{word: 办, sequence: [opener_unit, year]}}\n{ROUTE}");
    staffed(&mut world).await;
    publish(&mut world, &route);
    for nth in 0..9 {
        world.works(&format!("City{nth}"), "city/education", Duty::Handler).await;
    }
    let mut presses = Vec::new();
    for nth in 0..9 {
        let case = world.asks(&format!("Ma{nth}")).await;
        world.says("Poor", case, "first", Word::Approve).await.unwrap();
        let (who, task) = (format!("City{nth}"), world.slot(case, "last", "City").await);
        presses.push((who, task));
    }
    let world = &world;
    let presses =
        presses.iter().map(|(who, task)| world.signs(who, *task, (Word::Approve, json!({}))));
    for done in join_all(presses).await {
        done.unwrap();
    }
    let rows = document_number::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let mut numbers: Vec<i32> = rows.iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>(), "one each, and none is left out");
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    assert_eq!(report.of(Check::Numbers).unwrap().found, 0);
}

async fn of_four_who_publish_at_once_one_has(mut world: World) {
    world.of_sample().await;
    let mut drafts = Vec::new();
    for days in 6..10 {
        let draft = world.rewrites("Ann", "within: 5wd", &format!("within: {days}wd")).await;
        world.proposes("Ann", draft, None).await.unwrap();
        drafts.push(draft);
    }
    let presses = drafts.iter().map(|draft| world.confirms("Bob", *draft));
    let results = join_all(presses).await;
    assert_eq!(results.iter().filter(|done| done.is_ok()).count(), 1, "{results:?}");
    for lost in results.into_iter().filter(Result::is_err) {
        let refused =
            matches!(lost, Err(CommandError::Refused(Refusal::Outdated(2) | Refusal::Draft(_))));
        assert!(refused, "{lost:?}");
    }
}

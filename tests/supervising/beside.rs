//! Steps side by side: a day is one unit's. And boards of many documents.

use std::sync::atomic::Ordering::SeqCst;

use entities::Duty;
use workflow::commands::Word;

use super::{json_of, parts, told};
use crate::{
    harness::{both, world::World},
    organisation_life, oversight,
};

both![
    of_steps_side_by_side_each_day_is_one_units,
    a_board_of_many_documents_takes_no_more_statements,
];

const ROUTE: &str = "route:\n  - together:\n      \
     - {id: left, by: county/education, within: 3wd, on_empty: climb}\n      \
     - {id: right, by: county/finance, within: 8wd, on_empty: climb}\n  \
     - {id: last, by: city/education, within: 3wd, on_empty: climb}";

async fn of_steps_side_by_side_each_day_is_one_units(mut world: World) {
    organisation_life::publish(&mut world, ROUTE);
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("City", "city/education", Duty::Handler),
        ("Ren", "region/supervision", Duty::Supervisor),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    let agree = async |world: &World| {
        let house = super::house(world, &["Ren"]).await;
        let own = parts(&house, "Ren", case).await;
        let figures = told(&house, "Ren", "/api/v1/oversight/units").await;
        assert_eq!(figures, own, "{}", world.story(case).await);
    };
    let of = async |world: &World, unit: &str| {
        let house = super::house(world, &["Ren"]).await;
        let path = format!("/api/v1/oversight/units?unit={}", world.units[unit]);
        told(&house, "Ren", &path).await.get("unit").map_or(0, |sum| sum.1)
    };
    world.until("09-12 10:00").await;
    agree(&world).await;
    // The one that is due first has them all, and the other none.
    assert_eq!((of(&world, "county/education").await, of(&world, "county/finance").await), (2, 0));
    world.says("Edu", case, "left", Word::Approve).await.unwrap();
    world.until("09-17 10:00").await;
    agree(&world).await;
    assert_eq!((of(&world, "county/education").await, of(&world, "county/finance").await), (2, 3));
    world.says("Fin", case, "right", Word::Approve).await.unwrap();
    world.until("09-18 10:00").await;
    agree(&world).await;
    assert_eq!(of(&world, "city/education").await, 1);
}

async fn a_board_of_many_documents_takes_no_more_statements(mut world: World) {
    oversight::late_world(&mut world).await;
    let look = async |world: &World| {
        let house = super::house(world, &["Sun"]).await;
        let path = "/api/v1/oversight/boards?kind=circulated-notice";
        let before = world.statements.load(SeqCst);
        let view = json_of(&house, "Sun", path).await;
        let lanes = view["lanes"].as_array().unwrap().iter();
        let cards = lanes.map(|lane| lane["cards"].as_array().unwrap().len()).sum::<usize>();
        (cards, world.statements.load(SeqCst) - before)
    };
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let (few, one) = look(&world).await;
    for until in ["10-12 18:00", "10-26 18:00", "11-09 18:00"] {
        world.asks("Ma").await;
        world.until(until).await;
    }
    let (many, all) = look(&world).await;
    println!("{few} documents take {one} statements, {many} take {all}");
    assert!(few < many && many >= 3, "{few} {many}");
    assert_eq!(one, all);
}

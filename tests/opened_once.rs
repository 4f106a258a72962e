//! A case that a unit opens only once, where its program says so.

use entities::{Duty, UnitId};
use workflow::{
    CommandError, Refusal,
    commands::{Done, OpenCase, Word, open_case},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    a_unit_opens_it_once_a_year,
    of_two_at_the_same_instant_one_is_opened,
    what_was_refused_may_be_opened_again,
];

const SOURCE: &str = "program: sample\nversion: 1\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [opener/education], once: [opener_unit, year]}\n\
    anchor: opener\nroute:\n  \
    - {id: propose, kind: fill, by: opener/education, within: 5wd, on_empty: climb, \
       form: [{id: plan, type: text, required: true}]}\n  \
    - {id: agree, by: opener/finance, within: 3wd, on_empty: climb, apart: [propose]}\n\
    clock: {total: 30wd, from: opened, to: outcome}\nremind: R0\n";

async fn staffed(world: &mut World) {
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", SOURCE).unwrap();
    for (name, unit) in [
        ("Li", "county/education"),
        ("Bai", "county/education"),
        ("Fin", "county/finance"),
        ("Far", "county2/education"),
    ] {
        world.works(name, unit, Duty::Handler).await;
    }
}

async fn opens(world: &World, name: &str, at: UnitId) -> Result<Done, CommandError> {
    let ask = OpenCase::numbered(&world.workflow, "sample".to_owned(), at).await?;
    let actor = world.actor(name);
    world.command(async |tx| open_case(tx, &world.workflow, actor, ask.clone()).await).await
}

async fn a_unit_opens_it_once_a_year(mut world: World) {
    staffed(&mut world).await;
    let (county, other) = (world.units["county"], world.units["county2"]);
    let first = opens(&world, "Li", county).await.unwrap();
    world.settle().await;
    let again = refusal(opens(&world, "Bai", county).await);
    assert_eq!(again, Refusal::Once { number: first.number.unwrap() }, "which one there is");
    opens(&world, "Far", other).await.unwrap();
    world.until("2019-01-02 10:00").await;
    opens(&world, "Li", county).await.unwrap();
}

async fn of_two_at_the_same_instant_one_is_opened(mut world: World) {
    staffed(&mut world).await;
    let county = world.units["county"];
    let presses = ["Li", "Bai"].map(|name| opens(&world, name, county));
    let both = futures_util::future::join_all(presses).await;
    assert_eq!(both.iter().filter(|one| one.is_ok()).count(), 1, "{both:?}");
    let lost = both.into_iter().find(Result::is_err).unwrap();
    assert!(matches!(refusal(lost), Refusal::Once { .. }));
}

async fn what_was_refused_may_be_opened_again(mut world: World) {
    staffed(&mut world).await;
    let county = world.units["county"];
    let first = opens(&world, "Li", county).await.unwrap().case;
    world.settle().await;
    let plan = (Word::HandIn, serde_json::json!({ "plan": "a workshop" }));
    world.says_with("Li", first, "propose", plan).await.unwrap();
    world.says("Fin", first, "agree", Word::Refuse("untrue".to_owned())).await.unwrap();
    opens(&world, "Li", county).await.unwrap();
}

//! A request to a superior finds whoever answers it: an office that took over, a substitute.

use entities::{CaseId, Duty, ExtensionId, ExtensionState, UnitId, extension, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, CloseUnit, Closed, NameSubstitute, Word},
    event::How,
};

use crate::{
    clocks::staffed,
    harness::{
        api::Api,
        both,
        world::{World, refusal},
    },
};

both![
    whoever_takes_over_an_office_answers_what_was_asked_of_it,
    a_request_that_comes_late_to_a_closed_office_is_answered_too,
    a_substitute_answers_in_the_name_of_a_superior_who_is_away,
    whoever_keeps_away_moves_no_clock,
];

/// Li asks for more time at the first step.
async fn asks_for_time(world: &World, case: CaseId) -> ExtensionId {
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let done = world.command(async |tx| {
        let why = (None, "道路中断".to_owned());
        commands::ask_extension(tx, &world.workflow, li, task, why).await
    });
    done.await.unwrap();
    world.settle().await;
    let rows = extension::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    rows.last().unwrap().id
}

async fn answers(
    world: &World,
    name: &str,
    id: ExtensionId,
    gives: bool,
) -> Result<(), CommandError> {
    let actor = world.actor(name);
    let done = world.command(async |tx| {
        commands::answer_extension(tx, &world.workflow, actor, id, gives).await
    });
    let done = done.await.map(drop);
    world.settle().await;
    done
}

/// The education office of the city is taken over; nobody goes along.
async fn closes(world: &World, into: Option<&str>) -> Result<Closed, CommandError> {
    let ask = CloseUnit {
        unit: world.units["city/education"],
        successor: into.map(|into| world.units[into]),
        along: Some(Vec::new()),
    };
    let done = world.command(async |tx| {
        Box::pin(commands::close_unit(tx, &world.workflow, None, ask.clone())).await
    });
    done.await
}

async fn row(world: &World, id: ExtensionId) -> extension::Model {
    let found = extension::Entity::find_by_id(id).one(world.workflow.store.read()).await;
    found.unwrap().unwrap()
}

async fn letters(world: &World, name: &str, template: &str) -> u64 {
    let rows = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(world.actor(name).person.unwrap()))
        .filter(notice::Column::Template.eq(template));
    rows.count(world.workflow.store.read()).await.unwrap()
}

/// What the list of requests shows somebody.
async fn sees(world: &World, name: &str) -> Vec<serde_json::Value> {
    let answer = Api::of(world).get(world, name, "/extensions").await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json["rows"].as_array().unwrap().clone()
}

async fn whoever_takes_over_an_office_answers_what_was_asked_of_it(mut world: World) {
    staffed(&mut world).await;
    world.works("Treasurer", "city/finance", Duty::Head).await;
    let case = world.asks("Ma").await;
    let id = asks_for_time(&world, case).await;
    let alone = refusal(closes(&world, None).await);
    let Refusal::Unfit(said) = alone else { panic!("{alone:?}") };
    assert!(said.en.contains("1 request(s) to answer"), "{}", said.en);
    assert!(said.zh.contains("待答复的申请 1 件"), "{}", said.zh);
    let done = closes(&world, Some("city/finance")).await.unwrap();
    assert_eq!((done.tasks, done.cases), (0, 1), "no slot lay there, and one request did");
    world.settle().await;
    assert_eq!(row(&world, id).await.unit_id, world.units["city/finance"]);
    assert_eq!(letters(&world, "Treasurer", "extension_asked").await, 1);
    let seen = sees(&world, "Treasurer").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["on_behalf"], serde_json::Value::Null, "in their own name");
    let gone = refusal(answers(&world, "Boss", id, true).await);
    assert_eq!(gone, Refusal::NotFound("extension"), "who did not go along answers nothing");
    let due = world.due(case, "first").await;
    answers(&world, "Treasurer", id, true).await.unwrap();
    assert_ne!(world.due(case, "first").await, due, "the time was given");
    assert!(sees(&world, "Treasurer").await.is_empty());
    world.can_be_told_again(case).await;
}

async fn a_request_that_comes_late_to_a_closed_office_is_answered_too(mut world: World) {
    staffed(&mut world).await;
    world.works("Treasurer", "city/finance", Duty::Head).await;
    let case = world.asks("Ma").await;
    let id = asks_for_time(&world, case).await;
    closes(&world, Some("city/finance")).await.unwrap();
    // As a request that had read the office while it was still open leaves it.
    let old: UnitId = world.units["city/education"];
    extension::Entity::update_many()
        .col_expr(extension::Column::UnitId, Expr::value(old))
        .filter(extension::Column::Id.eq(id))
        .exec(world.workflow.store.for_migration())
        .await
        .unwrap();
    assert_eq!(sees(&world, "Treasurer").await.len(), 1);
    answers(&world, "Treasurer", id, false).await.unwrap();
    assert_eq!(row(&world, id).await.state, ExtensionState::Refused);
    world.can_be_told_again(case).await;
}

async fn a_substitute_answers_in_the_name_of_a_superior_who_is_away(mut world: World) {
    staffed(&mut world).await;
    world.works("Deputy", "city/finance", Duty::Handler).await;
    world.works("Other", "city/supervision", Duty::Handler).await;
    let boss = world.actor("Boss");
    for (substitute, program) in [("Deputy", "sample"), ("Other", "emergency-aid")] {
        let ask = NameSubstitute {
            absent: boss.person.unwrap(),
            substitute: world.actor(substitute).person.unwrap(),
            from: "2018-09-10T00:00:00+08:00".parse().unwrap(),
            to: "2018-09-20T00:00:00+08:00".parse().unwrap(),
            program: Some(program.to_owned()),
            most: None,
        };
        let done = world.command(async |tx| {
            commands::name_substitute(tx, &world.workflow, boss, ask.clone()).await
        });
        done.await.unwrap();
    }
    let case = world.asks("Ma").await;
    let id = asks_for_time(&world, case).await;
    assert_eq!(letters(&world, "Deputy", "extension_asked").await, 1, "to who is there");
    assert_eq!(letters(&world, "Other", "extension_asked").await, 0);
    let seen = sees(&world, "Deputy").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["on_behalf"], "Boss");
    assert!(sees(&world, "Other").await.is_empty(), "they stand in for another program");
    let other = refusal(answers(&world, "Other", id, true).await);
    assert_eq!(other, Refusal::NotFound("extension"));
    let due = world.due(case, "first").await;
    answers(&world, "Deputy", id, true).await.unwrap();
    assert_ne!(world.due(case, "first").await, due, "the time was given");
    assert_eq!(row(&world, id).await.decided_by, world.actor("Deputy").person);
    assert_eq!(world.told_times(case, "answered_in_name").await, 1, "both names are on record");
    world.can_be_told_again(case).await;
}

async fn whoever_keeps_away_moves_no_clock(mut world: World) {
    staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    world.applies("Hai").await;
    let (case, signed) = (world.asks("Ma").await, world.asks("Hai").await);
    world.says("Li", signed, "first", Word::Approve).await.unwrap();
    // The steps are open, and signed, when it turns out that they are relatives.
    world.declares_conflict("Li", "Ma").await;
    world.declares_conflict("Li", "Hai").await;
    let li = world.actor("Li");
    let flow = &world.workflow;
    let task = world.slot(case, "first", "Li").await;
    let near = Refusal::NotYours(Bar::Conflict);
    let words = || "道路中断".to_owned();
    let asks = world
        .command(async |tx| commands::ask_extension(tx, flow, li, task, (None, words())).await);
    assert_eq!(refusal(asks.await), near);
    let stands = world.command(async |tx| {
        let why = (None, "appraisal".to_owned(), words());
        commands::pause_step(tx, flow, li, task, why).await
    });
    assert_eq!(refusal(stands.await), near);
    let done = world.slot(signed, "first", "Li").await;
    let back = world.command(async |tx| commands::take_back(tx, flow, li, done, None).await);
    assert_eq!(refusal(back.await), near);
    // A decision is undone by whoever decided; not by who keeps away since.
    let over = world.asks("Hai").await;
    for (name, step) in [("Cai", "first"), ("Fin", "experts"), ("City", "last")] {
        world.says(name, over, step, Word::Approve).await.unwrap();
    }
    world.declares_conflict("City", "Hai").await;
    let (city, last) = (world.actor("City"), world.slot(over, "last", "City").await);
    let flow = &world.workflow;
    let undone = world
        .command(async |tx| commands::undo_decision(tx, flow, city, last, (None, words())).await);
    assert_eq!(refusal(undone.await), near);
    // A colleague lets it stand, and goes on; whoever keeps away does neither.
    let cai = world.actor("Cai");
    let stands = world.command(async |tx| {
        let why = (None, "appraisal".to_owned(), words());
        commands::pause_step(tx, flow, cai, task, why).await
    });
    stands.await.unwrap();
    let goes = world.command(async |tx| commands::continue_step(tx, flow, li, task, None).await);
    assert_eq!(refusal(goes.await), near);
    let goes = world.command(async |tx| commands::continue_step(tx, flow, cai, task, None).await);
    goes.await.unwrap();
    // Passing it on is what is left to them.
    let passes = world.command(async |tx| {
        let asked = (How::Transferred, cai.person.unwrap(), None, words());
        commands::hand_on(tx, flow, li, task, asked).await
    });
    passes.await.unwrap();
    world.says("Cai", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

//! 机关代字: an administrator changes what the numbers of a unit's documents begin with; what was
//! numbered before keeps its number.

use entities::{CaseId, Duty, document_number, trail, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, Word},
    organise::{self, ChangeMark},
};

use crate::{
    harness::{
        both,
        world::{World, refusal},
    },
    oversight::{cases, draft, late_world},
};

both![the_next_document_bears_the_new_mark, only_an_administrator_changes_a_mark_and_only_to_one,];

async fn changes(
    world: &World,
    name: &str,
    unit: &str,
    (mark, day): (&str, &str),
) -> Result<(), CommandError> {
    let by = Some(world.actor(name));
    let ask = ChangeMark {
        unit: world.units[unit],
        mark: mark.to_owned(),
        from_on: day.parse().unwrap(),
    };
    world
        .command(async |tx| organise::change_mark(tx, &world.workflow, by, ask.clone()).await)
        .await
}

/// Drafts and signs a notice; its number.
async fn signed(world: &World, notice: CaseId) -> String {
    let form = draft("2018-10-20");
    world.says_with("Sun", notice, "draft", (Word::HandIn, form)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    number(world, notice).await
}

async fn number(world: &World, case: CaseId) -> String {
    let found = document_number::Entity::find_by_id(case).one(world.workflow.store.read()).await;
    found.unwrap().unwrap().text
}

async fn mark_of(world: &World, unit: &str) -> Option<String> {
    let found = unit::Entity::find_by_id(world.units[unit]).one(world.workflow.store.read()).await;
    found.unwrap().unwrap().mark
}

async fn the_next_document_bears_the_new_mark(mut world: World) {
    late_world(&mut world).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    world.asks("Ma").await;
    changes(&world, "Admin", "city/supervision", ("固教", "2018-09-10")).await.unwrap();
    assert_eq!(mark_of(&world, "city/supervision").await.as_deref(), Some("固教"));
    world.until("09-14 09:00").await;
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let first = cases(&world, "circulated-notice").await.remove(0).id;
    assert_eq!(signed(&world, first).await, "固教通〔2018〕1号");

    // Decided ahead of its day: until then the old one counts.
    changes(&world, "Admin", "city/supervision", ("固教体", "2018-09-26")).await.unwrap();
    assert_eq!(mark_of(&world, "city/supervision").await.as_deref(), Some("固教"));
    world.until("09-30 18:30").await;
    let second = cases(&world, "circulated-notice").await.remove(1).id;
    // Nobody has looked after the units since then: the number is right all the same.
    assert_eq!(mark_of(&world, "city/supervision").await.as_deref(), Some("固教"));
    assert_eq!(signed(&world, second).await, "固教体通〔2018〕2号", "and the count goes on");
    assert_eq!(number(&world, first).await, "固教通〔2018〕1号");
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(mark_of(&world, "city/supervision").await.as_deref(), Some("固教体"));

    let rows = trail::Entity::find()
        .filter(trail::Column::Kind.eq("unit_mark_changed"))
        .all(world.workflow.store.read())
        .await
        .unwrap();
    let bodies: Vec<serde_json::Value> =
        rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let ahead = json!({ "before": "固教", "mark": "固教体", "from_on": "2018-09-26" });
    assert!(bodies.len() == 2 && bodies.iter().any(|body| body["what"] == ahead), "{bodies:?}");
    world.can_be_told_again(second).await;
}

async fn only_an_administrator_changes_a_mark_and_only_to_one(mut world: World) {
    late_world(&mut world).await;
    for (name, duty) in [
        ("Admin", Duty::Administrator),
        ("Guard", Duty::SecurityAdministrator),
        ("Eye", Duty::Auditor),
    ] {
        world.works(name, "region/education", duty).await;
    }
    for name in ["Guard", "Eye", "Edu", "Chief", "Sun", "Lead", "Ma"] {
        let barred = changes(&world, name, "county/education", ("泾教", "2018-09-10")).await;
        assert!(matches!(refusal(barred), Refusal::NotYours(_)), "{name}");
    }
    changes(&world, "Admin", "county/education", ("泾教", "2018-09-10")).await.unwrap();
    // An office of the same place may bear it too: its numbers are counted together.
    changes(&world, "Admin", "county/finance", ("泾教", "2018-09-10")).await.unwrap();
    for (unit, mark, day, said) in [
        ("county/education", "", "2018-09-12", "1 至 6 个汉字"),
        ("county/education", "JY", "2018-09-12", "1 至 6 个汉字"),
        ("county/education", "泾教1", "2018-09-12", "1 至 6 个汉字"),
        ("county/education", "泾源县教育体局", "2018-09-12", "1 至 6 个汉字"),
        ("county/education", "泾教", "2018-09-12", "已用此代字"),
        ("county/education", "泾教体", "2018-09-10", "须晚于上一代字的启用日期（2018-09-10）"),
        ("county/education", "泾教体", "2018-09-01", "不能早于今天"),
        ("city/education", "泾教", "2018-09-12", "不同单位的文号不能相同"),
    ] {
        let refused = refusal(changes(&world, "Admin", unit, (mark, day)).await);
        let Refusal::Unfit(told) = refused else { panic!("{mark} {day}: {refused:?}") };
        assert!(told.zh.contains(said), "{mark} {day}: {}", told.zh);
    }
    // One that is yet to come is taken as well.
    changes(&world, "Admin", "county/education", ("泾教体", "2018-09-12")).await.unwrap();
    let taken = changes(&world, "Admin", "city/education", ("泾教体", "2018-09-20")).await;
    assert!(matches!(refusal(taken), Refusal::Unfit(_)));
    assert_eq!(mark_of(&world, "county/education").await.as_deref(), Some("泾教"));
}

//! Who decides in whose name, and who is to have a later step.

use chrono::{DateTime, Utc};
use entities::{CaseId, Duty, Fen, Stream, SubstitutionId, notice, trail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, NameSubstitute, Word, WrongSubstitute},
    event::How,
};

use super::{asks, hands_on, person, row, staffed, told};
use crate::{
    dismissed::leaves_in,
    harness::{
        both,
        world::{World, refusal},
    },
    organisation_life::publish,
};

both![
    a_substitute_decides_in_the_name_of_who_is_away,
    a_substitute_has_no_more_than_who_is_away,
    nobody_stands_in_for_a_substitute,
    a_substitute_pays_no_more_than_they_may_grant,
    a_substitute_on_a_list_that_votes_has_a_voice,
    a_head_names_who_has_a_later_step,
    nobody_is_named_for_a_vote,
];

/// A moment of 2018 in Ningxia.
fn at(text: &str) -> DateTime<Utc> {
    format!("2018-{}:00+08:00", text.replacen(' ', "T", 1)).parse().unwrap()
}

pub(super) async fn names(
    world: &World,
    by: &str,
    (absent, substitute): (&str, &str),
    (program, most): (Option<&str>, Option<i64>),
) -> Result<SubstitutionId, CommandError> {
    let actor = world.actor(by);
    let ask = NameSubstitute {
        absent: person(world, absent),
        substitute: person(world, substitute),
        from: at("09-10 00:00"),
        to: at("09-13 00:00"),
        program: program.map(str::to_owned),
        most: most.map(Fen),
    };
    let done = world.command(async |tx| {
        commands::name_substitute(tx, &world.workflow, actor, ask.clone()).await
    });
    done.await
}

async fn a_substitute_decides_in_the_name_of_who_is_away(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    names(&world, "Fin", ("Fin", "Kai"), (None, None)).await.unwrap();
    let case = asks(&world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(told(&world, "Kai", "task_opened").await, 1, "the letter goes to who is there");
    assert_eq!(told(&world, "Fin", "task_opened").await, 0);
    let task = world.slot(case, "second", "Fin").await;
    world.signs("Kai", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    let signed = row(&world, task).await;
    assert_eq!(signed.signed_by, Some(person(&world, "Kai")));
    let rows = trail::Entity::of(Stream::Case, case.0).all(world.workflow.store.read()).await;
    let both = rows.unwrap().iter().any(|row| {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let signature = &body["what"]["signature"];
        signature["person"] == json!(person(&world, "Kai"))
            && signature["on_behalf"] == json!(person(&world, "Fin"))
    });
    assert!(both, "both names are on record");
    // When the time is over, it is over.
    world.until("09-13 00:01").await;
    world.applies("Hai").await;
    let other = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
    world.submits("Hai", other).await.unwrap();
    world.settle().await;
    world.says("Li", other, "first", Word::Approve).await.unwrap();
    let task = world.slot(other, "second", "Fin").await;
    let over = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(over, Refusal::NotYours(Bar::OtherOffice));
    world.can_be_told_again(case).await;
}

async fn a_substitute_has_no_more_than_who_is_away(mut world: World) {
    staffed(&mut world).await;
    // By amount: the award is 900 yuan.
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    let id = names(&world, "Fin", ("Fin", "Kai"), (Some("sample"), Some(80_000))).await.unwrap();
    let case = asks(&world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let task = world.slot(case, "second", "Fin").await;
    let over = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(over, Refusal::OverAuthority { most: Fen(80_000) });
    assert_eq!(told(&world, "Fin", "task_opened").await, 1, "it is still hers");
    let fin = world.actor("Fin");
    let end = async || {
        let done =
            world.command(async |tx| commands::end_substitute(tx, &world.workflow, fin, id).await);
        done.await
    };
    end().await.unwrap();
    assert_eq!(refusal(end().await), Refusal::NotFound("substitution"), "ended once");
    // By program.
    names(&world, "Fin", ("Fin", "Kai"), (Some("emergency-aid"), None)).await.unwrap();
    let other = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(other, Refusal::NotYours(Bar::OtherOffice));
    // Nobody does through a substitute what they may not do themselves: Li has signed the step
    // that the second one must be apart from.
    world.works("Li", "county/finance", Duty::Handler).await;
    names(&world, "Li", ("Li", "Bai"), (None, None)).await.unwrap();
    let apart = refusal(world.signs("Bai", task, (Word::Approve, json!({}))).await);
    assert_eq!(apart, Refusal::NotYours(Bar::Apart));
}

async fn nobody_stands_in_for_a_substitute(mut world: World) {
    staffed(&mut world).await;
    names(&world, "Li", ("Li", "Bai"), (None, None)).await.unwrap();
    let chain = refusal(names(&world, "Bai", ("Bai", "Chief"), (None, None)).await);
    assert_eq!(chain, Refusal::Substitute(WrongSubstitute::Chain));
    let away = refusal(names(&world, "Fin", ("Fin", "Li"), (None, None)).await);
    assert_eq!(away, Refusal::Substitute(WrongSubstitute::Away));
    let own = refusal(names(&world, "Fin", ("Fin", "Fin"), (None, None)).await);
    assert_eq!(own, Refusal::Substitute(WrongSubstitute::Nobody));
    let strange = refusal(names(&world, "Fin", ("City", "Town"), (None, None)).await);
    assert_eq!(strange, Refusal::NotYours(Bar::OtherOffice));
    names(&world, "Boss", ("City", "Town"), (None, None)).await.unwrap();
    let unknown = refusal(names(&world, "Fin", ("Fin", "Li"), (Some("nothing"), None)).await);
    assert!(matches!(unknown, Refusal::Form(_)), "{unknown:?}");
}

async fn a_head_names_who_has_a_later_step(mut world: World) {
    staffed(&mut world).await;
    world.works("Mayor", "county", Duty::Head).await;
    world.works("Gui", "county/finance", Duty::Handler).await;
    let case = asks(&world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    let other = {
        world.applies("Hai").await;
        let case = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
        world.submits("Hai", case).await.unwrap();
        world.settle().await;
        case
    };
    let plans = async |by: &str, case: CaseId, step: &str, path: &str, who: &str| {
        let (actor, who) = (world.actor(by), person(&world, who));
        let at = world.slot(case, step, if step == "last" { "City" } else { "Li" }).await;
        let done = world.command(async |tx| {
            let asked = (path.to_owned(), who, None);
            commands::plan_holder(tx, &world.workflow, actor, at, asked).await
        });
        done.await
    };
    let open = refusal(plans("Boss", case, "last", "last", "City").await);
    assert!(matches!(open, Refusal::NotNow { .. }), "it has been entered: {open:?}");
    let holder = refusal(plans("Li", other, "first", "second", "Fin").await);
    assert!(matches!(holder, Refusal::NotYours(_)), "only heads: {holder:?}");
    let theirs = refusal(plans("Chief", other, "first", "second", "Fin").await);
    assert_eq!(theirs, Refusal::NotYours(Bar::OtherOffice), "only for their own people");
    plans("Mayor", other, "first", "second", "Gui").await.unwrap();
    world.says("Li", other, "first", Word::Approve).await.unwrap();
    let letters = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(other))
        .filter(notice::Column::Template.eq("task_opened"));
    let letters = letters.all(world.workflow.store.read()).await.unwrap();
    let to: Vec<_> = letters
        .iter()
        .filter(|row| row.params["step"] == json!("second"))
        .filter_map(|row| row.person_id)
        .collect();
    assert_eq!(to, [person(&world, "Gui")], "{:?}", world.story(other).await);
    // It is theirs: a colleague neither takes it nor signs it nor passes it on.
    let (task, fin) = (world.slot(other, "second", "Fin").await, world.actor("Fin"));
    let reserved = Refusal::NotYours(Bar::Reserved);
    let claim = async || {
        let claimed = world
            .command(async |tx| commands::claim_task(tx, &world.workflow, fin, task, None).await);
        claimed.await
    };
    assert_eq!(refusal(claim().await), reserved);
    let signs = world.signs("Fin", task, (Word::Approve, json!({}))).await;
    assert_eq!(refusal(signs), reserved);
    let passes = hands_on(&world, "Fin", task, (How::Transferred, "Gui")).await;
    assert_eq!(refusal(passes), reserved);
    world.can_be_told_again(other).await;
    // When they leave it is the office's again.
    leaves_in(&world, "Gui", 0).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    claim().await.unwrap();
    world.says("Fin", other, "second", Word::Approve).await.unwrap();
    world.can_be_told_again(other).await;
}

const VOTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: vote, by: county/finance, take: all, within: 3wd, on_empty: climb}";

async fn nobody_is_named_for_a_vote(mut world: World) {
    publish(&mut world, VOTE);
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Gui", "county/finance", Duty::Handler),
        ("Mayor", "county", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    let (mayor, gui) = (world.actor("Mayor"), person(&world, "Gui"));
    let at = world.slot(case, "first", "Li").await;
    let named = world.command(async |tx| {
        let asked = ("vote".to_owned(), gui, None);
        commands::plan_holder(tx, &world.workflow, mayor, at, asked).await
    });
    let named = refusal(named.await);
    assert!(matches!(named, Refusal::NotNow { .. }), "one signature of many: {named:?}");
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    for name in ["Fin", "Gui"] {
        world.says(name, case, "vote", Word::Approve).await.unwrap();
    }
    world.can_be_told_again(case).await;
}

async fn a_substitute_on_a_list_that_votes_has_a_voice(mut world: World) {
    publish(&mut world, VOTE);
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Gui", "county/finance", Duty::Handler),
        ("Kai", "county/poverty_relief", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    names(&world, "Fin", ("Fin", "Kai"), (None, None)).await.unwrap();
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.says("Gui", case, "vote", Word::Approve).await.unwrap();
    let rows = entities::task::Entity::of_case(case).all(world.workflow.store.read()).await;
    let kai = Some(person(&world, "Kai"));
    let slot = rows.unwrap().into_iter().find(|row| row.person_id == kai).unwrap().id;
    world.signs("Kai", slot, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    assert_eq!(world.case(case).await.outcome, Some(entities::Outcome::Granted));
    world.can_be_told_again(case).await;
}

async fn a_substitute_pays_no_more_than_they_may_grant(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    let case = asks(&world).await;
    for (who, step) in [("Li", "first"), ("Fin", "second"), ("City", "last")] {
        world.says(who, case, step, Word::Approve).await.unwrap();
    }
    // 900 yuan are to be paid.
    let id = names(&world, "Fin", ("Fin", "Kai"), (None, Some(80_000))).await.unwrap();
    let task = world.slot(case, "pay", "Fin").await;
    let over = refusal(world.signs("Kai", task, (Word::Pay, json!({}))).await);
    assert_eq!(over, Refusal::OverAuthority { most: Fen(80_000) });
    let fin = world.actor("Fin");
    let end =
        world.command(async |tx| commands::end_substitute(tx, &world.workflow, fin, id).await);
    end.await.unwrap();
    names(&world, "Fin", ("Fin", "Kai"), (None, Some(90_000))).await.unwrap();
    world.signs("Kai", task, (Word::Pay, json!({}))).await.unwrap();
    world.settle().await;
    world.can_be_told_again(case).await;
}

//! Others come to a step: colleagues, added signers, those who are asked, substitutes; and what was
//! signed a moment ago comes back. No clock listens to any of it.

use entities::{
    Added, CaseId, Duty, Outcome, PersonId, RunState, TaskId, TaskState, notice, red_light, task,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, Done, RequestSupplement, Word},
    event::{How, ReturnMode},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

mod absence;
mod back;
mod doors;
mod experts;
mod heads;
mod illness;

both![
    a_colleague_takes_over_and_the_time_stays,
    a_delegate_prepares_and_does_not_sign,
    a_signer_before_is_waited_for_and_one_after_too,
    an_opinion_moves_nothing,
    whoever_waits_may_urge_once_in_two_days,
    a_copy_may_be_read_and_asks_for_nothing,
    a_second_supplement_needs_the_superior_and_counts,
    a_return_to_the_applicant_is_the_one_request,
];

const SOURCE: &str = "program: sample\nversion: 1\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self], once: [person]}\nanchor: applicant.school\n\
    form: [{id: need, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.need, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n\
    route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
    - {id: second, by: county/finance, within: 3wd, on_empty: climb, apart: [first]}\n  \
    - {id: last, by: city/education, within: 3wd, on_empty: climb}\n\
    then: [{id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}]\n\
    clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\nremind: R0\n";

pub(crate) async fn staffed(world: &mut World) {
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", SOURCE).unwrap();
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Bai", "county/education", Duty::Handler),
        ("Chief", "county/education", Duty::Head),
        ("Fin", "county/finance", Duty::Handler),
        ("Boss", "city/education", Duty::Head),
        ("City", "city/education", Duty::Handler),
        ("Town", "city/education", Duty::Handler),
        ("Watch", "city/supervision", Duty::Supervisor),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

pub(crate) async fn asks(world: &World) -> CaseId {
    let case = world.drafts("Ma", "sample", json!({ "need": 90_000 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

fn person(world: &World, name: &str) -> PersonId {
    world.actor(name).person.unwrap()
}

async fn row(world: &World, id: TaskId) -> task::Model {
    task::Entity::find_by_id(id).one(world.workflow.store.read()).await.unwrap().unwrap()
}

async fn told(world: &World, name: &str, template: &str) -> u64 {
    let rows = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(person(world, name)))
        .filter(notice::Column::Template.eq(template));
    rows.count(world.workflow.store.read()).await.unwrap()
}

async fn hands_on(
    world: &World,
    name: &str,
    task: TaskId,
    (how, to): (How, &str),
) -> Result<Done, CommandError> {
    let (actor, to) = (world.actor(name), person(world, to));
    let done = world.command(async |tx| {
        let asked = (how, to, None, "on leave".to_owned());
        commands::hand_on(tx, &world.workflow, actor, task, asked).await
    });
    let done = done.await;
    world.settle().await;
    done
}

pub(crate) async fn adds(
    world: &World,
    name: &str,
    task: TaskId,
    (added, who): (Added, &str),
) -> Result<Done, CommandError> {
    let (actor, who) = (world.actor(name), person(world, who));
    let done = world.command(async |tx| {
        let asked = (added, who, None, "please look".to_owned());
        commands::add_signer(tx, &world.workflow, actor, task, asked).await
    });
    let done = done.await;
    world.settle().await;
    done
}

async fn a_colleague_takes_over_and_the_time_stays(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let due = world.due(case, "first").await;
    world.until("09-12 10:00").await;
    let task = world.slot(case, "first", "Li").await;
    let none = refusal(hands_on(&world, "Li", task, (How::Transferred, "Fin")).await);
    assert_eq!(none, Refusal::NotYours(Bar::OtherOffice), "not of this office");
    world.declares_conflict("Bai", "Ma").await;
    let near = refusal(hands_on(&world, "Li", task, (How::Transferred, "Bai")).await);
    assert_eq!(near, Refusal::NotYours(Bar::Conflict), "kept away from the case");
    world.works("Cai", "county/education", Duty::Handler).await;
    let mute = world.command(async |tx| {
        let asked = (How::Transferred, person(&world, "Cai"), None, "  ".to_owned());
        commands::hand_on(tx, &world.workflow, world.actor("Li"), task, asked).await
    });
    assert_eq!(refusal(mute.await), Refusal::NeedsReason);
    hands_on(&world, "Li", task, (How::Transferred, "Cai")).await.unwrap();
    let moved = row(&world, task).await;
    assert_eq!((moved.state, moved.person_id), (TaskState::Claimed, Some(person(&world, "Cai"))));
    assert_eq!(world.due(case, "first").await, due, "the clock does not listen");
    assert_eq!(told(&world, "Cai", "task_moved").await, 1);
    let late = refusal(world.says("Li", case, "first", Word::Approve).await);
    assert_eq!(late, Refusal::NotYours(Bar::Claimed));
    // The head may move it too, without holding it.
    hands_on(&world, "Chief", task, (How::Transferred, "Li")).await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_delegate_prepares_and_does_not_sign(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    hands_on(&world, "Li", task, (How::Delegated, "Bai")).await.unwrap();
    assert_eq!(row(&world, task).await.owner_id, Some(person(&world, "Li")));
    let signs = refusal(world.says("Bai", case, "first", Word::Approve).await);
    assert!(matches!(signs, Refusal::NotNow { .. }), "{signs:?}");
    let again = refusal(hands_on(&world, "Bai", task, (How::Delegated, "Li")).await);
    assert!(matches!(again, Refusal::NotYours(_) | Refusal::NotNow { .. }), "{again:?}");
    let bai = world.actor("Bai");
    let back = world.command(async |tx| {
        let said = (None, "all papers are there".to_owned());
        commands::give_back(tx, &world.workflow, bai, task, said).await
    });
    back.await.unwrap();
    world.settle().await;
    let back = row(&world, task).await;
    assert_eq!((back.owner_id, back.person_id), (None, Some(person(&world, "Li"))));
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_signer_before_is_waited_for_and_one_after_too(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let due = world.due(case, "first").await;
    let task = world.slot(case, "first", "Li").await;
    let far = refusal(adds(&world, "Li", task, (Added::Before, "City")).await);
    assert_eq!(far, Refusal::NotYours(Bar::OtherOffice), "who signs works at the same place");
    adds(&world, "Li", task, (Added::Before, "Fin")).await.unwrap();
    adds(&world, "Li", task, (Added::After, "Chief")).await.unwrap_err();
    assert_eq!(row(&world, task).await.state, TaskState::Waiting);
    assert!(refusal(world.says("Li", case, "first", Word::Approve).await) != Refusal::NeedsReason);
    world.says("Fin", case, "first", Word::Approve).await.unwrap();
    assert_eq!(row(&world, task).await.state, TaskState::Claimed, "it is Li's turn again");
    adds(&world, "Li", task, (Added::After, "Chief")).await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "first").await.state, RunState::Open, "the head signs after");
    assert_eq!(world.due(case, "first").await, due);
    // Taken off again, it is not waited for; here the head signs.
    world.says("Chief", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "first").await.state, RunState::Closed);
    // Fin signed the step before, so that the next one climbs to somebody else.
    let story = world.story(case).await;
    assert!(story.contains("climbed"), "{story}");
    world.can_be_told_again(case).await;

    let other = {
        world.applies("Hai").await;
        let case = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
        world.submits("Hai", case).await.unwrap();
        world.settle().await;
        case
    };
    let task = world.slot(other, "first", "Li").await;
    adds(&world, "Li", task, (Added::Before, "Bai")).await.unwrap();
    let li = world.actor("Li");
    let off = task::Entity::find().filter(task::Column::BesideId.eq(task));
    let off = off.one(world.workflow.store.read()).await.unwrap().unwrap().id;
    let done = world.command(async |tx| {
        commands::drop_signer(tx, &world.workflow, li, task, (off, None)).await
    });
    done.await.unwrap();
    assert_eq!(row(&world, task).await.state, TaskState::Claimed);
    adds(&world, "Li", task, (Added::Before, "Bai")).await.unwrap();
    world.says("Bai", other, "first", Word::Refuse("not_in_need".to_owned())).await.unwrap();
    assert_eq!(world.case(other).await.outcome, Some(Outcome::Refused), "any signer may refuse");
    world.can_be_told_again(other).await;
}

async fn an_opinion_moves_nothing(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    adds(&world, "Li", task, (Added::Opinion, "City")).await.unwrap();
    assert_eq!(told(&world, "City", "opinion_asked").await, 1);
    let asked = task::Entity::find().filter(task::Column::BesideId.eq(task));
    let asked = asked.one(world.workflow.store.read()).await.unwrap().unwrap().id;
    let signs = refusal(world.signs("City", asked, (Word::Approve, json!({}))).await);
    assert!(matches!(signs, Refusal::NotNow { .. }), "{signs:?}");
    let city = world.actor("City");
    let done = world.command(async |tx| {
        let said = (None, "plausible, the village was flooded".to_owned());
        commands::give_opinion(tx, &world.workflow, city, asked, said).await
    });
    done.await.unwrap();
    world.settle().await;
    assert_eq!(world.run(case, "first").await.state, RunState::Open);
    assert_eq!(told(&world, "Li", "opinion_given").await, 0, "nobody had taken the slot");
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "first").await.state, RunState::Closed);
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    // Who was asked for an opinion has signed nothing, and may sign a later step.
    world.says("City", case, "last", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn urges(world: &World, name: &str, case: CaseId) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let done =
        world.command(async |tx| commands::urge_case(tx, &world.workflow, actor, case).await);
    let done = done.await;
    world.settle().await;
    done
}

async fn whoever_waits_may_urge_once_in_two_days(mut world: World) {
    staffed(&mut world).await;
    world.applies("Hai").await;
    let case = asks(&world).await;
    let due = world.due(case, "first").await;
    urges(&world, "Ma", case).await.unwrap();
    assert_eq!(told(&world, "Li", "hurried").await, 1);
    assert_eq!(told(&world, "Chief", "hurried").await, 1, "and the head of the office");
    world.until("09-11 17:00").await;
    let soon = refusal(urges(&world, "Ma", case).await);
    assert_eq!(soon, Refusal::UrgedAlready { again_on: "2018-09-12".parse().unwrap() });
    world.until("09-12 09:00").await;
    urges(&world, "Ma", case).await.unwrap();
    // Who heads or supervises may as often as they like; others may not.
    urges(&world, "Chief", case).await.unwrap();
    urges(&world, "Watch", case).await.unwrap();
    urges(&world, "Boss", case).await.unwrap();
    for name in ["Fin", "Hai"] {
        let no = refusal(urges(&world, name, case).await);
        assert_eq!(no, Refusal::NotYours(Bar::OtherOffice), "{name}");
    }
    assert_eq!(world.due(case, "first").await, due, "no clock moves");
    world.can_be_told_again(case).await;
}

async fn a_copy_may_be_read_and_asks_for_nothing(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    let (li, fin) = (world.actor("Li"), world.actor("Fin"));
    let to = person(&world, "Fin");
    let done = world
        .command(async |tx| commands::copy_case(tx, &world.workflow, li, task, (to, None)).await);
    done.await.unwrap();
    world.settle().await;
    let copy = commands::unread(to).one(world.workflow.store.read()).await.unwrap().unwrap();
    for expected in [1, 1] {
        let read =
            world.command(async |tx| commands::read_copy(tx, &world.workflow, fin, copy.id).await);
        read.await.unwrap();
        assert_eq!(world.told_times(case, "copy_read").await, expected, "read once");
    }
    let left = commands::unread(to).count(world.workflow.store.read()).await.unwrap();
    assert_eq!(left, 0);
    let strange =
        world.command(async |tx| commands::read_copy(tx, &world.workflow, li, copy.id).await);
    assert_eq!(refusal(strange.await), Refusal::NotFound("copy"));
    world.can_be_told_again(case).await;
}

async fn a_second_supplement_needs_the_superior_and_counts(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let (li, boss) = (world.actor("Li"), world.actor("Boss"));
    let task = world.slot(case, "first", "Li").await;
    let ask = async || {
        let asked = RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
        let done = world.command(async |tx| {
            commands::request_supplement(tx, &world.workflow, li, task, asked.clone()).await
        });
        done.await
    };
    ask().await.unwrap();
    let ma = world.actor("Ma");
    let back = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    back.await.unwrap();
    world.settle().await;
    assert_eq!(refusal(ask().await), Refusal::AskedOnce);
    let wants = async || {
        let done = world.command(async |tx| {
            let why = (None, "the page was blurred".to_owned());
            commands::ask_supplement_again(tx, &world.workflow, li, task, why).await
        });
        done.await
    };
    wants().await.unwrap();
    assert_eq!(refusal(wants().await), Refusal::ExtendedAlready, "one at a time");
    assert_eq!(told(&world, "Boss", "supplement_wanted").await, 1);
    let id = entities::extension::Entity::find().one(world.workflow.store.read()).await;
    let id = id.unwrap().unwrap().id;
    let gives = world
        .command(async |tx| commands::answer_extension(tx, &world.workflow, boss, id, true).await);
    gives.await.unwrap();
    world.settle().await;
    let counted = red_light::Entity::find().all(world.workflow.store.read()).await.unwrap();
    assert_eq!(counted.len(), 1, "it counts against the unit");
    assert_eq!(counted[0].unit_id, world.units["county/education"]);
    ask().await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_return_to_the_applicant_is_the_one_request(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let (ma, li, boss) = (world.actor("Ma"), world.actor("Li"), world.actor("Boss"));
    let returns = async || {
        let back = Word::Return {
            to: "applicant".to_owned(),
            mode: ReturnMode::Here,
            fields: vec!["need".to_owned()],
            papers: Vec::new(),
        };
        world.says("Li", case, "first", back).await
    };
    let resubmits = async || {
        let back = world
            .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
        back.await.unwrap();
        world.settle().await;
    };
    returns().await.unwrap();
    resubmits().await;
    assert_eq!(refusal(returns().await), Refusal::AskedOnce, "all defects are said at once");
    let task = world.slot(case, "first", "Li").await;
    let asked = RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
    let more = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, li, task, asked.clone()).await
    });
    assert_eq!(refusal(more.await), Refusal::AskedOnce);
    // The superior gives a second one, and it counts.
    let wants = world.command(async |tx| {
        let why = (None, "the page was blurred".to_owned());
        commands::ask_supplement_again(tx, &world.workflow, li, task, why).await
    });
    wants.await.unwrap();
    let id = entities::extension::Entity::find().one(world.workflow.store.read()).await;
    let id = id.unwrap().unwrap().id;
    let gives = world
        .command(async |tx| commands::answer_extension(tx, &world.workflow, boss, id, true).await);
    gives.await.unwrap();
    let counted = red_light::Entity::find().count(world.workflow.store.read()).await.unwrap();
    assert_eq!(counted, 1, "it counts against the unit");
    returns().await.unwrap();
    resubmits().await;
    assert_eq!(refusal(returns().await), Refusal::AskedOnce);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

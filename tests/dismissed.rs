//! Who has left decides in nobody's name, nobody in theirs, and what was theirs to do is others'.

use entities::{
    CaseId, Duty, Fen, Stream, SubstitutionId, TaskId, TaskState, appointment, substitution, task,
    trail,
};
use futures_util::future::join;
use sea_orm::EntityTrait;
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, ChangeDuty, HandOver, HandedOver, NameSubstitute, Word},
    event::How,
    load, organise, sign_in,
};

mod lists;

use crate::{
    hands::{asks, staffed},
    harness::{
        both,
        house::House,
        world::{World, refusal},
    },
};

both![
    a_dismissed_substitute_decides_no_more,
    nobody_decides_in_the_name_of_who_was_dismissed,
    a_dismissal_on_a_later_day_ends_all_of_it_on_that_day,
    whoever_gets_another_duty_keeps_their_substitute_and_their_session,
    whoever_does_not_go_along_when_a_unit_closes_has_left,
    whoever_ends_a_substitution_waits_for_who_decides_by_it,
    an_end_and_a_decision_by_it_at_the_same_instant,
    a_delegated_slot_goes_back_to_whose_it_is,
    what_somebody_had_delegated_goes_over_with_the_rest,
    whoever_receives_the_work_stands_in_instead,
];

/// Somebody says who decides in their name until the 20th.
pub(crate) async fn stands_in(
    world: &World,
    (absent, substitute): (&str, &str),
    most: Option<i64>,
) -> Result<SubstitutionId, CommandError> {
    let actor = world.actor(absent);
    let ask = NameSubstitute {
        absent: actor.person.unwrap(),
        substitute: world.actor(substitute).person.unwrap(),
        from: "2018-09-10T00:00:00+08:00".parse().unwrap(),
        to: "2018-09-20T00:00:00+08:00".parse().unwrap(),
        program: None,
        most: most.map(Fen),
    };
    let done = world.command(async |tx| {
        commands::name_substitute(tx, &world.workflow, actor, ask.clone()).await
    });
    done.await
}

/// All duties of somebody end, at once or in so many hours.
pub(crate) async fn leaves_in(world: &World, name: &str, hours: i64) {
    let now = world.workflow.clock.now();
    let held = appointment::Entity::held_by(world.actor(name).person.unwrap(), now);
    let at = now + chrono::TimeDelta::hours(hours);
    for held in held.all(world.workflow.store.read()).await.unwrap() {
        let ends = (held.id, at);
        world
            .command(async |tx| organise::end_appointment(tx, &world.workflow, None, ends).await)
            .await
            .unwrap();
    }
}

async fn ends(world: &World, by: &str, id: SubstitutionId) -> Result<(), CommandError> {
    let by = world.actor(by);
    world.command(async |tx| commands::end_substitute(tx, &world.workflow, by, id).await).await
}

async fn row(world: &World, id: TaskId) -> task::Model {
    task::Entity::find_by_id(id).one(world.workflow.store.read()).await.unwrap().unwrap()
}

async fn substitution(world: &World, id: SubstitutionId) -> substitution::Model {
    let found = substitution::Entity::find_by_id(id).one(world.workflow.store.read()).await;
    found.unwrap().unwrap()
}

async fn is_told(world: &World, name: &str, kind: &str) -> usize {
    let stream = trail::Entity::of(Stream::Person, world.actor(name).person.unwrap().0);
    let rows = stream.all(world.workflow.store.read()).await.unwrap();
    rows.iter().filter(|row| row.kind == kind).count()
}

/// A case at the office in which Kai stands in for Fin.
async fn at_finance(world: &mut World) -> (CaseId, TaskId, SubstitutionId) {
    staffed(world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    let id = stands_in(world, ("Fin", "Kai"), None).await.unwrap();
    let case = asks(world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    (case, world.slot(case, "second", "Fin").await, id)
}

async fn claims(world: &World, name: &str, task: TaskId) {
    let actor = world.actor(name);
    let done = world
        .command(async |tx| commands::claim_task(tx, &world.workflow, actor, task, None).await);
    done.await.unwrap();
}

async fn a_dismissed_substitute_decides_no_more(mut world: World) {
    let (case, task, id) = at_finance(&mut world).await;
    claims(&world, "Kai", task).await;
    let (kai, machine) = (world.actor("Kai"), world.workflow.clock.machine());
    let made = world
        .command(async |tx| {
            Ok(sign_in::make_token(tx, machine, kai.account, "export").await.unwrap())
        })
        .await
        .unwrap();
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Kai").await;
    leaves_in(&world, "Kai", 0).await;
    let late = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(late, Refusal::NotYours(Bar::OtherOffice));
    assert!(substitution(&world, id).await.ended_at.is_some());
    assert_eq!(is_told(&world, "Fin", "substitute_ended").await, 1);
    assert!(!house.is_in("Kai").await);
    let token = sign_in::find_token(world.workflow.store.read(), made.0.expose()).await.unwrap();
    assert!(token.is_none(), "no machine comes in with their rights");
    // What they had taken in Fin's name lies free again.
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(
        (row(&world, task).await.state, row(&world, task).await.person_id),
        (TaskState::Open, None)
    );
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
    let away = refusal(stands_in(&world, ("Fin", "Kai"), None).await);
    assert!(matches!(away, Refusal::Substitute(_)), "{away:?}");
}

async fn nobody_decides_in_the_name_of_who_was_dismissed(mut world: World) {
    let (case, task, id) = at_finance(&mut world).await;
    world.works("Gui", "county/finance", Duty::Handler).await;
    claims(&world, "Kai", task).await;
    leaves_in(&world, "Fin", 0).await;
    let late = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(late, Refusal::NotYours(Bar::OtherOffice));
    assert!(substitution(&world, id).await.ended_at.is_some());
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(row(&world, task).await.state, TaskState::Open);
    world.says("Gui", case, "second", Word::Approve).await.unwrap();
    // Back at work a week later, they have nobody in their place.
    world.works("Fin", "county/finance", Duty::Handler).await;
    let seen = load::authority_to_show(
        world.workflow.store.read(),
        world.actor("Kai"),
        world.workflow.clock.now(),
    );
    assert!(seen.await.unwrap().stands_in.is_empty());
}

async fn a_dismissal_on_a_later_day_ends_all_of_it_on_that_day(mut world: World) {
    let (case, task, id) = at_finance(&mut world).await;
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Kai").await;
    leaves_in(&world, "Kai", 3).await;
    assert_eq!(substitution(&world, id).await.ended_at, None, "until then they are at work");
    claims(&world, "Kai", task).await;
    world.workflow.clock.advance(chrono::TimeDelta::minutes(181));
    // At that very moment, before anything has looked.
    let late = refusal(world.signs("Kai", task, (Word::Approve, json!({}))).await);
    assert_eq!(late, Refusal::NotYours(Bar::OtherOffice));
    house.lets_staff_in(&world, "Kai").await;
    commands::settle_slots(&world.workflow).await.unwrap();
    assert!(substitution(&world, id).await.ended_at.is_some());
    assert!(!house.is_in("Kai").await);
    assert_eq!(row(&world, task).await.state, TaskState::Open);
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(is_told(&world, "Fin", "substitute_ended").await, 1, "it may run twice");
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
}

async fn whoever_gets_another_duty_keeps_their_substitute_and_their_session(mut world: World) {
    let (_, _, id) = at_finance(&mut world).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Kai").await;
    let kai = world.actor("Kai").person.unwrap();
    let held = appointment::Entity::held_by(kai, world.workflow.clock.now());
    let held = held.one(world.workflow.store.read()).await.unwrap().unwrap().id;
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    let ask = ChangeDuty {
        appointment: held,
        unit: world.units["county/education"],
        duty: Duty::Handler,
        to: None,
        reason: "调任".to_owned(),
    };
    let admin = world.actor("Admin");
    world
        .command(async |tx| commands::change_duty(tx, &world.workflow, admin, ask.clone()).await)
        .await
        .unwrap();
    assert_eq!(substitution(&world, id).await.ended_at, None);
    assert!(house.is_in("Kai").await);
}

async fn whoever_does_not_go_along_when_a_unit_closes_has_left(mut world: World) {
    let (.., id) = at_finance(&mut world).await;
    let ask = commands::CloseUnit {
        unit: world.units["county/poverty_relief"],
        successor: Some(world.units["county/education"]),
        along: Some(Vec::new()),
    };
    world
        .command(async |tx| {
            Box::pin(commands::close_unit(tx, &world.workflow, None, ask.clone())).await
        })
        .await
        .unwrap();
    assert!(substitution(&world, id).await.ended_at.is_some());
}

async fn whoever_ends_a_substitution_waits_for_who_decides_by_it(mut world: World) {
    let (.., id) = at_finance(&mut world).await;
    let (kai, now) = (world.actor("Kai"), world.workflow.clock.now());
    let decides = world.command(async |tx| {
        let seen = load::authority(tx, kai, now).await?;
        assert_eq!(seen.stands_in.len(), 1);
        let soon = std::time::Duration::from_millis(300);
        let ended = tokio::time::timeout(soon, ends(&world, "Fin", id)).await;
        assert!(ended.is_err(), "it was ended under whoever decides by it: {ended:?}");
        Ok(())
    });
    decides.await.unwrap();
    ends(&world, "Fin", id).await.unwrap();
    let seen = world.command(async |tx| load::authority(tx, kai, now).await).await.unwrap();
    assert!(seen.stands_in.is_empty());
}

async fn an_end_and_a_decision_by_it_at_the_same_instant(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    for nth in 0..8 {
        let name = format!("Ma{nth}");
        world.applies(&name).await;
        let case = world.drafts(&name, "sample", json!({ "need": 90_000 })).await;
        world.submits(&name, case).await.unwrap();
        world.settle().await;
        world.says("Li", case, "first", Word::Approve).await.unwrap();
        let id = stands_in(&world, ("Fin", "Kai"), None).await.unwrap();
        let task = world.slot(case, "second", "Fin").await;
        let end = ends(&world, "Fin", id);
        let decision = world.signs("Kai", task, (Word::Approve, json!({})));
        // Once the one begins first, once the other.
        let (ended, decided) = if nth % 2 == 0 {
            Box::pin(join(end, decision)).await
        } else {
            let both = Box::pin(join(decision, end)).await;
            (both.1, both.0)
        };
        ended.unwrap();
        if let Err(why) = &decided {
            let barred = matches!(why, CommandError::Refused(Refusal::NotYours(Bar::OtherOffice)));
            assert!(barred, "{why:?}");
        }
        let state = row(&world, task).await.state;
        assert_eq!(state == TaskState::Signed, decided.is_ok());
        world.settle().await;
        let late = world.signs("Kai", task, (Word::Approve, json!({}))).await;
        assert!(late.is_err(), "who stands in no longer decides no more");
    }
}

async fn delegates(world: &World, task: TaskId) {
    let (li, bai) = (world.actor("Li"), world.actor("Bai").person.unwrap());
    let done = world.command(async |tx| {
        let asked = (How::Delegated, bai, None, "please prepare it".to_owned());
        commands::hand_on(tx, &world.workflow, li, task, asked).await
    });
    done.await.unwrap();
}

async fn hands_over(world: &World, from: &str, to: &str) -> HandedOver {
    let chief = world.actor("Chief");
    let ask = HandOver {
        from: world.actor(from).person.unwrap(),
        unit: world.units["county/education"],
        to: world.actor(to).person,
        reason: "调离".to_owned(),
    };
    let done = world.command(async |tx| {
        Box::pin(commands::hand_over(tx, &world.workflow, chief, ask.clone())).await
    });
    done.await.unwrap()
}

async fn a_delegated_slot_goes_back_to_whose_it_is(mut world: World) {
    staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    let case = asks(&world).await;
    let (task, li) = (world.slot(case, "first", "Li").await, world.actor("Li").person);
    delegates(&world, task).await;
    let done = hands_over(&world, "Bai", "Cai").await;
    assert_eq!((done.moved, done.pooled), (0, 1));
    let back = row(&world, task).await;
    assert_eq!((back.person_id, back.owner_id, back.state), (li, None, TaskState::Claimed));
    let no = refusal(world.signs("Cai", task, (Word::Approve, json!({}))).await);
    assert_eq!(no, Refusal::NotYours(Bar::Claimed), "only a part of it was delegated");
    // The same when the delegate is dismissed.
    delegates(&world, task).await;
    leaves_in(&world, "Bai", 0).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    let back = row(&world, task).await;
    assert_eq!((back.person_id, back.owner_id, back.state), (li, None, TaskState::Claimed));
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn what_somebody_had_delegated_goes_over_with_the_rest(mut world: World) {
    staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    delegates(&world, task).await;
    assert_eq!(hands_over(&world, "Li", "Cai").await.moved, 1);
    let over = row(&world, task).await;
    assert_eq!((over.person_id, over.owner_id), (world.actor("Cai").person, None));
    world.says("Cai", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
    // Whose it was is dismissed: it lies free, and not with somebody who may not sign.
    world.applies("Hai").await;
    let other = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
    world.submits("Hai", other).await.unwrap();
    world.settle().await;
    let task = world.slot(other, "first", "Li").await;
    delegates(&world, task).await;
    leaves_in(&world, "Li", 0).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    let free = row(&world, task).await;
    assert_eq!((free.person_id, free.owner_id, free.state), (None, None, TaskState::Open));
    world.says("Bai", other, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(other).await;
}

async fn whoever_receives_the_work_stands_in_instead(mut world: World) {
    staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    let id = stands_in(&world, ("Li", "Bai"), Some(80_000)).await.unwrap();
    // Nothing else lies with Bai.
    hands_over(&world, "Bai", "Cai").await;
    assert!(substitution(&world, id).await.ended_at.is_some());
    let seen = load::authority_to_show(
        world.workflow.store.read(),
        world.actor("Cai"),
        world.workflow.clock.now(),
    );
    let seen = seen.await.unwrap().stands_in.remove(0).of;
    assert_eq!(seen.person_id, world.actor("Li").person.unwrap());
    assert_eq!(seen.most_fen, Some(Fen(80_000)), "as far as the other went");
    assert_eq!(is_told(&world, "Li", "substitute_named").await, 2);
}

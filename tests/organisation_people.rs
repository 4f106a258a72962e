//! People and what they do where: somebody leaves, three kinds of administrators, files of people.

use entities::{AppointmentId, Duty, Stream, TaskState, appointment, person, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, HandOver, HandedOver, Word},
    organise::{self, Appoint, RowKind, import_rows, read_csv},
    record::verify,
};

mod accounts;

use crate::{
    harness::{
        both,
        world::{World, refusal},
    },
    organisation_life::{claims, publish, slot_of},
};

both![
    a_dismissal_meets_a_decision_at_the_same_instant,
    what_lay_with_somebody_who_was_dismissed_goes_back_or_up,
    a_head_hands_over_everything_of_somebody_who_leaves,
    what_the_receiver_may_not_take_goes_to_the_pool,
    three_administrators_exclude_each_other,
    a_file_is_imported_whole_or_not_at_all,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
     - {id: last, by: county/education, within: 3wd, apart: [first], on_empty: climb}";

async fn staffed(world: &mut World) {
    publish(world, ROUTE);
    for (name, unit, duty) in [
        ("Admin", "region/education", Duty::Administrator),
        ("Guard", "region/education", Duty::SecurityAdministrator),
        ("Eye", "region/education", Duty::Auditor),
        ("Boss", "county/education", Duty::Head),
        ("Li", "county/education", Duty::Handler),
        ("Zhao", "county/education", Duty::Handler),
        ("City", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    world.applies("Wang").await;
}

async fn held(world: &World, name: &str, duty: Duty) -> AppointmentId {
    let row = appointment::Entity::find()
        .filter(appointment::Column::PersonId.eq(world.actor(name).person.unwrap()))
        .filter(appointment::Column::Duty.eq(duty))
        .one(world.workflow.store.read())
        .await;
    row.unwrap().unwrap().id
}

async fn dismisses(
    world: &World,
    by: &str,
    (name, duty): (&str, Duty),
) -> Result<(), CommandError> {
    let (id, at) = (held(world, name, duty).await, world.workflow.clock.now());
    let by = Some(world.actor(by));
    world
        .command(async |tx| organise::end_appointment(tx, &world.workflow, by, (id, at)).await)
        .await
}

async fn gives(
    world: &World,
    by: &str,
    (name, unit, duty): (&str, &str, Duty),
) -> Result<AppointmentId, CommandError> {
    let person = world.actor(name).person.unwrap();
    let from = world.workflow.clock.now();
    let ask = Appoint { person, unit: world.units[unit], duty, from };
    let by = Some(world.actor(by));
    world.command(async |tx| organise::appoint(tx, &world.workflow, by, ask).await).await
}

async fn a_dismissal_meets_a_decision_at_the_same_instant(mut world: World) {
    staffed(&mut world).await;
    let mut seen = (0, 0);
    for nth in 0..20 {
        let name = format!("Clerk{nth}");
        world.works(&name, "county/education", Duty::Handler).await;
        let case = world.asks("Ma").await;
        claims(&world, &name, case, "first").await;
        let task = slot_of(&world, case, "first").await.id;
        let who = (name.as_str(), Duty::Handler);
        let dismissal = dismisses(&world, "Admin", who);
        let decision = world.signs(&name, task, (Word::Approve, json!({})));
        // Once the one begins first, once the other.
        let (dismissed, decided) = if nth % 2 == 0 {
            Box::pin(futures_util::future::join(dismissal, decision)).await
        } else {
            let both = Box::pin(futures_util::future::join(decision, dismissal)).await;
            (both.1, both.0)
        };
        dismissed.unwrap();
        commands::settle_slots(&world.workflow).await.unwrap();
        world.settle().await;
        let slot = slot_of(&world, case, "first").await;
        // Decided before it, by the appointment; or not at all, and then it is free again.
        if decided.is_ok() {
            seen.0 += 1;
            assert_eq!(slot.state, TaskState::Signed);
            assert_eq!(slot.appointment_id, Some(held(&world, &name, Duty::Handler).await));
        } else {
            seen.1 += 1;
            assert_eq!(refusal(decided), Refusal::NotYours(Bar::OtherOffice));
            assert_eq!((slot.state, slot.person_id), (TaskState::Open, None));
        }
        world.can_be_told_again(case).await;
        let late = world.signs(&name, task, (Word::Approve, json!({}))).await;
        assert!(late.is_err(), "who was dismissed decides no more");
    }
    println!("{} decided before the dismissal, {} came too late", seen.0, seen.1);
}

async fn what_lay_with_somebody_who_was_dismissed_goes_back_or_up(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    claims(&world, "Li", case, "first").await;
    let due = world.due(case, "first").await;
    dismisses(&world, "Admin", ("Li", Duty::Handler)).await.unwrap();
    let slot = slot_of(&world, case, "first").await;
    assert_eq!(
        slot.person_id,
        world.actor("Li").person,
        "the dismissal closes the appointment alone"
    );
    commands::settle_slots(&world.workflow).await.unwrap();
    let slot = slot_of(&world, case, "first").await;
    assert_eq!((slot.state, slot.person_id), (TaskState::Open, None));
    assert_eq!(slot.unit_id, world.units["county/education"]);
    // The last one goes too: nobody is left, so it climbs as the step says.
    dismisses(&world, "Admin", ("Zhao", Duty::Handler)).await.unwrap();
    commands::settle_slots(&world.workflow).await.unwrap();
    let slot = slot_of(&world, case, "first").await;
    assert_eq!(slot.unit_id, world.units["city/education"]);
    assert_eq!(world.due(case, "first").await, due, "no clock listens");
    assert_eq!(world.told("handed_over").await, 1);
    world.can_be_told_again(case).await;
    world.says("City", case, "first", Word::Approve).await.unwrap();
    let twice = dismisses(&world, "Admin", ("Zhao", Duty::Handler)).await;
    assert!(matches!(refusal(twice), Refusal::Unfit(_)));
}

async fn hands_over(
    world: &World,
    by: &str,
    (from, to): (&str, Option<&str>),
    reason: &str,
) -> Result<HandedOver, CommandError> {
    let person = |name: &str| world.actor(name).person.unwrap();
    let ask = HandOver {
        from: person(from),
        unit: world.units["county/education"],
        to: to.map(person),
        reason: reason.to_owned(),
    };
    let by = world.actor(by);
    world
        .command(async |tx| {
            Box::pin(commands::hand_over(tx, &world.workflow, by, ask.clone())).await
        })
        .await
}

async fn a_head_hands_over_everything_of_somebody_who_leaves(mut world: World) {
    staffed(&mut world).await;
    let cases = [world.asks("Ma").await, world.asks("Wang").await];
    for case in cases {
        claims(&world, "Li", case, "first").await;
    }
    let due = world.due(cases[0], "first").await;
    world.until("09-11 11:00").await;
    for (by, to, reason, said) in [
        ("Zhao", Some("Zhao"), "调离", Some(Refusal::NotYours(Bar::NotHead))),
        ("Guard", Some("Zhao"), "调离", Some(Refusal::NotYours(Bar::NotHead))),
        ("Boss", Some("City"), "调离", None),
        ("Boss", Some("Boss"), "调离", None),
        ("Boss", Some("Li"), "调离", None),
        ("Boss", Some("Zhao"), " ", None),
    ] {
        let refused = refusal(hands_over(&world, by, ("Li", to), reason).await);
        match said {
            Some(said) => assert_eq!(refused, said),
            None => assert!(matches!(refused, Refusal::Unfit(_)), "{by} {to:?}: {refused:?}"),
        }
    }
    let done =
        hands_over(&world, "Boss", ("Li", Some("Zhao")), "李某调离，工作移交").await.unwrap();
    assert_eq!((done.moved, done.pooled, done.left.len()), (2, 0, 0));
    for case in cases {
        let slot = slot_of(&world, case, "first").await;
        assert_eq!((slot.state, slot.person_id), (TaskState::Claimed, world.actor("Zhao").person));
        assert_eq!(world.due(case, "first").await, due, "the clock never resets");
        assert_eq!(world.told_times(case, "task_moved").await, 1);
        world.can_be_told_again(case).await;
        let body = world.story(case).await;
        assert!(!body.contains("李某"), "no words stand in the trail: {body}");
    }
    assert_eq!(world.told("handed_over").await, 1, "one letter for both");
    let nothing = hands_over(&world, "Boss", ("Li", Some("Zhao")), "调离").await;
    assert!(matches!(refusal(nothing), Refusal::Unfit(_)));
    world.says("Zhao", cases[0], "first", Word::Approve).await.unwrap();
}

async fn what_the_receiver_may_not_take_goes_to_the_pool(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.says("Zhao", case, "first", Word::Approve).await.unwrap();
    claims(&world, "Li", case, "last").await;
    // Zhao signed the step before: four eyes. So it lies free, for whoever may.
    let done = hands_over(&world, "Boss", ("Li", Some("Zhao")), "调离").await.unwrap();
    assert_eq!((done.moved, done.pooled), (0, 1));
    let slot = slot_of(&world, case, "last").await;
    assert_eq!((slot.state, slot.person_id), (TaskState::Open, None));
    claims(&world, "Li", case, "last").await;
    let done = hands_over(&world, "Boss", ("Li", None), "休假").await.unwrap();
    assert_eq!((done.moved, done.pooled), (0, 1));
    assert_eq!(world.told("handed_over").await, 0);
    world.can_be_told_again(case).await;
}

async fn three_administrators_exclude_each_other(mut world: World) {
    staffed(&mut world).await;
    let not = |bar| Refusal::NotYours(bar);
    let table = [
        // System administrators appoint to work, and give nothing that administers.
        ("Admin", ("Li", "county/finance", Duty::Head), None),
        (
            "Admin",
            ("Li", "county/finance", Duty::Auditor),
            Some(not(Bar::NotSecurityAdministrator)),
        ),
        ("Admin", ("Li", "county", Duty::Administrator), Some(not(Bar::NotSecurityAdministrator))),
        // Security administrators the other way round.
        ("Guard", ("Li", "county/finance", Duty::Handler), Some(not(Bar::NotAdministrator))),
        ("Guard", ("Zhao", "county", Duty::Auditor), None),
        // Auditors change nothing, and handlers neither.
        ("Eye", ("Li", "county/finance", Duty::Handler), Some(not(Bar::NotAdministrator))),
        ("Eye", ("Li", "county", Duty::Auditor), Some(not(Bar::NotSecurityAdministrator))),
        ("Li", ("Zhao", "county/finance", Duty::Head), Some(not(Bar::NotAdministrator))),
        // Nobody gives himself anything.
        ("Admin", ("Admin", "county/finance", Duty::Head), Some(not(Bar::Oneself))),
        ("Guard", ("Guard", "county", Duty::Auditor), Some(not(Bar::Oneself))),
    ];
    for (by, what, expected) in table {
        let given = gives(&world, by, what).await;
        match expected {
            None => drop(given.unwrap()),
            Some(bar) => assert_eq!(refusal(given), bar, "{by} {what:?}"),
        }
    }
    // Nobody holds two of the three, whoever gives; also not from the command line.
    for (name, duty) in [("Admin", Duty::Auditor), ("Eye", Duty::Administrator)] {
        let second = refusal(gives(&world, "Guard", (name, "county", duty)).await);
        assert!(matches!(second, Refusal::Unfit(_)), "{name}: {second:?}");
    }
    let ask = Appoint {
        person: world.actor("Eye").person.unwrap(),
        unit: world.units["county"],
        duty: Duty::SecurityAdministrator,
        from: world.workflow.clock.now(),
    };
    let operator =
        world.command(async |tx| organise::appoint(tx, &world.workflow, None, ask).await);
    assert!(matches!(refusal(operator.await), Refusal::Unfit(_)));
    // Ending is as giving, and nobody ends what is his own.
    for (by, who, expected) in [
        ("Admin", ("Eye", Duty::Auditor), Some(not(Bar::NotSecurityAdministrator))),
        ("Guard", ("Li", Duty::Head), Some(not(Bar::NotAdministrator))),
        ("Guard", ("Guard", Duty::SecurityAdministrator), Some(not(Bar::Oneself))),
        ("Guard", ("Zhao", Duty::Auditor), None),
        ("Admin", ("Li", Duty::Head), None),
    ] {
        let ended = dismisses(&world, by, who).await;
        match expected {
            None => ended.unwrap(),
            Some(bar) => assert_eq!(refusal(ended), bar, "{by} {who:?}"),
        }
    }
    accounts::are_locked_by_the_security_administrator(&world).await;
    accounts::nobody_makes_a_second_one_for_somebody(&world).await;
    // All of it is on record, with who did it.
    let db = world.workflow.store.read();
    for unit in ["county", "county/finance"] {
        let rows = trail::Entity::of(Stream::Unit, world.units[unit].0).all(db).await.unwrap();
        let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["appointed", "appointment_ended"], "{unit}");
        assert!(rows.iter().all(|row| row.account_id.is_some()));
        verify(&rows).unwrap();
    }
}

async fn takes(
    world: &World,
    (by, kind, dry): (&str, RowKind, bool),
    text: &str,
) -> Result<organise::Report, CommandError> {
    let by = Some(world.actor(by));
    let rows = read_csv(kind, text.as_bytes())?;
    world.command(async |tx| import_rows(tx, &world.workflow, by, (kind, dry), &rows).await).await
}

async fn a_file_is_imported_whole_or_not_at_all(mut world: World) {
    staffed(&mut world).await;
    let count = async || person::Entity::find().count(world.workflow.store.read()).await.unwrap();
    let before = count().await;
    let bad = "name,mail,unit,duty\n马建军,ma@a.cn,county/finance,经办人\n王,wang@a.cn,county/finance,handler\n\
               李四,li4@a.cn,county/nothing,handler\n赵六,zhao6@a.cn,county/finance,auditor\n\
               =cmd,x@a.cn,county/finance,handler\n孙七,admin@example.cn,county/finance,handler\n";
    let refused = refusal(takes(&world, ("Admin", RowKind::People, false), bad).await);
    let Refusal::Rows(faults) = refused else { panic!("{refused:?}") };
    let at: Vec<(u64, &str)> = faults.iter().map(|f| (f.line, f.column.as_str())).collect();
    assert_eq!(at, [(3, "name"), (4, "unit"), (5, "duty"), (6, "name"), (7, "mail")]);
    assert!(faults.iter().all(|f| !f.said.zh.is_empty() && !f.said.en.is_empty()));
    assert_eq!(count().await, before, "not even the good row");
    let good = "\u{feff}name,mail,unit,duty\n马建军,ma@a.cn,county/finance,经办人\n马建军,MA@a.cn,county,head\n";
    let looked = takes(&world, ("Admin", RowKind::People, true), good).await.unwrap();
    assert_eq!((looked.made, looked.known, count().await), (2, 0, before));
    let done = takes(&world, ("Admin", RowKind::People, false), good).await.unwrap();
    assert_eq!((done.made, done.known, count().await), (2, 0, before + 1));
    let again = takes(&world, ("Admin", RowKind::People, false), good).await.unwrap();
    assert_eq!((again.made, again.known), (0, 2), "the same file may be imported again");
    for by in ["Guard", "Eye", "Li"] {
        let refused = refusal(takes(&world, (by, RowKind::People, false), good).await);
        assert_eq!(refused, Refusal::NotYours(Bar::NotAdministrator), "{by}");
    }
    places_too(&world).await;
}

async fn places_too(world: &World) {
    let head = "code,name_zh,pinyin,county_code,kind\n";
    let bad = format!(
        "{head}640424200,新民镇,Xinmin,640424,town\n640424201,大湾,Dawan,640499,town\n64042,x镇,,640424,town\n"
    );
    let refused = refusal(takes(world, ("Admin", RowKind::Townships, false), &bad).await);
    let Refusal::Rows(faults) = refused else { panic!("{refused:?}") };
    let at: Vec<(u64, &str)> = faults.iter().map(|f| (f.line, f.column.as_str())).collect();
    assert_eq!(at, [(3, "county_code"), (4, "code")]);
    let good = format!(
        "{head}640424200,新民镇,Xinmin,640424,town\n640424400,开发区,,640424,statistical_unit\n"
    );
    let done = takes(world, ("Admin", RowKind::Townships, false), &good).await;
    // The small world's counties have no codes of the state.
    let done = done.map(|done| (done.made, done.known));
    assert_eq!(done.unwrap(), (1, 1));
    let found = organise::find_unit(world.workflow.store.read(), "640424200/aid_office").await;
    assert_eq!(found.unwrap().name_zh, "新民镇资助办");
}

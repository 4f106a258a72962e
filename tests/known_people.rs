//! Somebody who is on record already: who may take them up, and what may be changed.

use entities::{AccountKind, Language, PersonId, Sensitive, person};
use sea_orm::EntityTrait;
use workflow::{
    Actor, CommandError, Refusal,
    commands::{Guardian, SavePerson, save_person},
    sign_in::{self, CodeAddressee, SignInLimits, Visit},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    only_the_phone_on_record_takes_a_person_up,
    a_guardians_phone_takes_a_child_up,
    staff_change_no_account_for_payment,
    a_school_is_a_school_and_a_township_a_township,
];

const ADULT: &str = "640424197506019993";
const BANKS: [&str; 2] = ["6217000000000012314", "6217000000000012322"];
const CHILD: &str = "640424201010159967";

async fn saves(world: &World, actor: Actor, ask: SavePerson) -> Result<PersonId, CommandError> {
    world.command(async |tx| save_person(tx, &world.workflow, actor, ask.clone()).await).await
}

/// An account that came to be by a code sent to `phone`.
async fn signs_in(world: &World, phone: &str) -> Actor {
    let (workflow, limits) = (&world.workflow, SignInLimits::default());
    let (now, phone) = (workflow.clock.machine(), Sensitive::new(phone));
    let visit = Visit { network: phone.expose().to_owned(), replaces: None };
    let opened = workflow::tx::write(&workflow.store, async |tx| {
        let (keys, to) = (&workflow.keys, (&phone, Language::Chinese));
        let code = sign_in::ask_code(tx, now, &limits, keys, &visit, to).await?;
        let sent = CodeAddressee { phone: phone.clone(), language: Language::Chinese };
        sign_in::check_code(tx, now, &limits, keys, &visit, (&sent, &code.code)).await
    });
    let opened = opened.await.unwrap().into_result().unwrap();
    Actor { account: opened.session.account_id, person: None, kind: AccountKind::Applicant }
}

fn somebody(world: &World, id_number: &str) -> SavePerson {
    SavePerson {
        name: "马示范".to_owned(),
        id_number: id_number.to_owned(),
        school: Some(world.units["school"]),
        township: Some(world.units["township"]),
        ..SavePerson::default()
    }
}

async fn row(world: &World, id: PersonId) -> person::Model {
    person::Entity::find_by_id(id).one(world.workflow.store.read()).await.unwrap().unwrap()
}

fn faults(result: Result<PersonId, CommandError>) -> Vec<(String, &'static str)> {
    match refusal(result) {
        Refusal::Form(faults) => faults.into_iter().map(|f| (f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn only_the_phone_on_record_takes_a_person_up(mut world: World) {
    world.full_staff().await;
    let aid = world.actor("Aid");
    let known = SavePerson { phone: "13800000001".to_owned(), ..somebody(&world, ADULT) };
    let id = saves(&world, aid, known).await.unwrap();
    let before = row(&world, id).await;
    // The phone is typed, but a code was sent to another.
    let typed = SavePerson {
        name: "别人".to_owned(),
        phone: "13800000001".to_owned(),
        ..somebody(&world, ADULT)
    };
    let taken = vec![("id_number".to_owned(), "taken")];
    let stranger = signs_in(&world, "13800000002").await;
    let typed_only = typed.clone();
    assert_eq!(faults(saves(&world, stranger, typed_only.clone()).await), taken);
    assert_eq!(faults(saves(&world, aid, typed_only.clone()).await), taken);
    assert_eq!(row(&world, id).await, before);
    let own = signs_in(&world, "13800000001").await;
    let typed_only = SavePerson { phone: "13800000009".to_owned(), ..typed_only };
    assert_eq!(saves(&world, own, typed_only).await.unwrap(), id);
    let after = row(&world, id).await;
    assert_eq!((after.name, after.phone_index), (before.name, before.phone_index));
    // From now on it is theirs to change.
    let change =
        SavePerson { person: Some(id), name: "马师范".to_owned(), ..SavePerson::default() };
    saves(&world, own, change).await.unwrap();
}

async fn a_guardians_phone_takes_a_child_up(mut world: World) {
    world.full_staff().await;
    let guardian = Guardian {
        name: "马大范".to_owned(),
        id_number: ADULT.to_owned(),
        phone: "138 0000 0003".to_owned(),
        relation: "父亲".to_owned(),
    };
    let child = SavePerson { guardian: Some(guardian.clone()), ..somebody(&world, CHILD) };
    let id = saves(&world, world.actor("Aid"), child.clone()).await.unwrap();
    let other = signs_in(&world, "13800000004").await;
    assert_eq!(faults(saves(&world, other, child.clone()).await)[0].1, "taken");
    let father = signs_in(&world, "13800000003").await;
    assert_eq!(saves(&world, father, child).await.unwrap(), id);
}

async fn staff_change_no_account_for_payment(mut world: World) {
    world.full_staff().await;
    let aid = world.actor("Aid");
    let id = saves(&world, aid, somebody(&world, ADULT)).await.unwrap();
    let bank = |number: &str| SavePerson {
        person: Some(id),
        bank: number.to_owned(),
        ..SavePerson::default()
    };
    saves(&world, aid, bank(BANKS[0])).await.unwrap();
    saves(&world, aid, bank(BANKS[0])).await.unwrap();
    let refused = refusal(saves(&world, aid, bank(BANKS[1])).await);
    assert!(matches!(refused, Refusal::NotYours(_)), "{refused:?}");
}

async fn a_school_is_a_school_and_a_township_a_township(mut world: World) {
    let ma = world.applies("Ma").await;
    let odd = [("township", "school"), ("school/aid_office", "township/aid_office")];
    for (school, township) in odd {
        let ask = SavePerson {
            school: Some(world.units[school]),
            township: Some(world.units[township]),
            ..somebody(&world, ADULT)
        };
        let wrong = ["school", "township"].map(|field| (field.to_owned(), "unknown_unit"));
        assert_eq!(faults(saves(&world, ma, ask).await), wrong);
    }
    let nowhere = entities::UnitId::at(world.start);
    let ask = SavePerson { school: Some(nowhere), ..somebody(&world, ADULT) };
    assert_eq!(faults(saves(&world, ma, ask).await)[0].1, "unknown_unit");
}

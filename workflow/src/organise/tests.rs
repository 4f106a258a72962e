//! The organisation, on a database in memory.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entities::{
    Duty, Language, Level, Sensitive, appointment, roster_entry, trail, unit, unit_name,
};
use sea_orm::{
    ColumnTrait, ConnectOptions, Database, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::{
    AddPerson, AddUnit, Appoint, DeclareConflict, Imported, NewAccount, add_person,
    add_staff_account, add_unit, appoint, declare_conflict, end_appointment, find_login, find_unit,
    import_divisions, load_roster,
};
use crate::{
    CommandError, Refusal, Wake, Workflow,
    calendar::Calendar,
    clock::Clock,
    numbers::Numbers,
    organisation::Organisation,
    program::Programs,
    record::verify,
    seal::KeyRing,
    sign_in::{NewStaff, Passwords},
    tx::{self, Store},
};

async fn opened() -> Workflow {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1); // each connection to :memory: is a database of its own
    let db = Database::connect(options).await.unwrap();
    migrations::migrate(&db).await.unwrap();
    Workflow {
        store: Store::new(db),
        clock: Clock::fixed("2018-09-10T02:00:00Z".parse().unwrap()),
        programs: Programs::shipped().unwrap(),
        calendar: Calendar::shipped().unwrap().into(),
        keys: Arc::new(KeyRing::generate().unwrap()),
        papers: std::path::PathBuf::new(),
        numbers: Numbers::default(),
        wake: Wake::default(),
    }
}

async fn import(workflow: &Workflow) -> Imported {
    let now = workflow.clock.now();
    tx::write(&workflow.store, async |tx| import_divisions(tx, workflow, now).await).await.unwrap()
}

fn why(refused: &CommandError) -> String {
    let CommandError::Refused(refusal) = refused else { panic!("{refused:?}") };
    refusal.to_string()
}

#[tokio::test]
async fn the_organisation_is_imported_whole_and_only_once() {
    let workflow = opened().await;
    let first = import(&workflow).await;
    assert_eq!(import(&workflow).await, Imported { known: first.made, made: 0 });

    let db = workflow.store.read();
    let places = |level: Level| {
        let own = unit::Column::Office.is_in(["government", "township", "school"]);
        unit::Entity::find().filter(own).filter(unit::Column::Level.eq(level))
    };
    let counts = [
        (Level::Region, 1),
        (Level::City, 5),
        (Level::County, 22),
        (Level::School, 39),
        (Level::Outside, 5),
    ];
    for (level, count) in counts {
        assert_eq!(places(level).count(db).await.unwrap(), count, "{level:?}");
    }
    let townships = places(Level::Township).all(db).await.unwrap();
    assert!(townships.len() > 190, "{}", townships.len());
    let statistical = |unit: &&unit::Model| unit.division.get(6..7) == Some("4");
    assert_eq!(townships.iter().find(statistical), None, "development zones are no townships");
    let all = unit::Entity::find().count(db).await.unwrap();
    assert_eq!(unit_name::Entity::find().count(db).await.unwrap(), all);
    let rows = trail::Entity::find().order_by_asc(trail::Column::Number).all(db).await.unwrap();
    assert_eq!(rows.len(), 1, "the second import did nothing");
    verify(&rows).unwrap();
}

#[tokio::test]
async fn numbers_of_documents_begin_with_the_word_of_place_and_office() {
    let workflow = opened().await;
    import(&workflow).await;
    let db = workflow.store.read();
    let mark = async |division: &str, office: &str| {
        let found = unit::Entity::find()
            .filter(unit::Column::Level.is_in([Level::Region, Level::City]))
            .filter(unit::Column::Division.eq(division))
            .filter(unit::Column::Office.eq(office));
        found.one(db).await.unwrap().unwrap().mark
    };
    assert_eq!(mark("640000", "supervision").await.as_deref(), Some("宁教"), "宁教督〔2026〕3号");
    assert_eq!(mark("640400", "education").await.as_deref(), Some("固教"));
    assert_eq!(mark("640400", "finance").await.as_deref(), Some("固财"));
}

#[tokio::test]
async fn every_place_leads_up_to_the_region() {
    let workflow = opened().await;
    import(&workflow).await;
    let db = workflow.store.read();
    for unit in unit::Entity::find().all(db).await.unwrap() {
        if unit.level == Level::Outside {
            assert_eq!(unit.parent_id, None, "{}", unit.name_zh);
            continue;
        }
        if unit.id != unit.seat_id {
            assert_eq!(unit.parent_id, Some(unit.seat_id), "{}", unit.name_zh);
            continue;
        }
        let around = Organisation::around(db, unit.id, None, workflow.clock.now()).await.unwrap();
        let region = around.place(unit.id, Level::Region).unwrap();
        assert_eq!(region.division, "640000", "{}", unit.name_zh);
        if unit.level == Level::County {
            assert!(around.office(unit.id, "government").is_some());
            assert!(around.office(unit.id, "education").is_some());
        }
    }
}

#[tokio::test]
async fn a_unit_is_found_by_what_people_call_it() {
    let workflow = opened().await;
    import(&workflow).await;
    let db = workflow.store.read();
    let table = [
        ("640424", "泾源县"),
        ("泾源县", "泾源县"),
        ("Jingyuan County", "泾源县"),
        ("640424/education", "泾源县教育局"),
        (" 泾源县教育局 ", "泾源县教育局"),
        ("香水镇/aid_office", "香水镇资助办"),
        ("640424100", "香水镇"),
        ("泾源县职业中学/class_teachers", "泾源县职业中学班主任"),
        ("640000/supervision", "宁夏回族自治区政府督查室"),
    ];
    for (text, name) in table {
        assert_eq!(find_unit(db, text).await.unwrap().name_zh, name, "{text}");
    }
    let strange = find_unit(db, "Atlantis").await.unwrap_err();
    assert!(why(&strange).contains("no unit is called \"Atlantis\""), "{strange}");
    let office = find_unit(db, "640424/harbour").await.unwrap_err();
    assert!(why(&office).contains("has no office \"harbour\"; it has"), "{office}");
}

#[tokio::test]
async fn people_get_accounts_and_duties_and_lose_them() {
    let workflow = opened().await;
    import(&workflow).await;
    let (w, store) = (&workflow, &workflow.store);
    let now: DateTime<Utc> = w.clock.now();
    let unit = find_unit(store.read(), "640424/education").await.unwrap().id;
    let ask =
        AddPerson { name: "赵示例".to_owned(), mail: Some("zhao@demo.example".to_owned()) };
    let person =
        tx::write(store, async |tx| add_person(tx, w, None, ask.clone()).await).await.unwrap();
    let other =
        tx::write(store, async |tx| add_person(tx, w, None, ask.clone()).await).await.unwrap();

    let passwords = Passwords::new().unwrap();
    let hash = NewStaff::checked(&passwords, "zhao", Sensitive::new("north wind 7")).await.unwrap();
    let new = NewAccount {
        login: "Zhao".to_owned(),
        password_hash: hash,
        person,
        language: Language::Chinese,
    };
    tx::write(store, async |tx| add_staff_account(tx, w, None, new.clone()).await).await.unwrap();
    assert_eq!(find_login(store.read(), " ZHAO").await.unwrap().person_id, Some(person));
    let again =
        tx::write(store, async |tx| add_staff_account(tx, w, None, new.clone()).await).await;
    assert!(why(&again.unwrap_err()).starts_with("this person has an account"));
    let taken = NewAccount { person: other, ..new };
    let taken =
        tx::write(store, async |tx| add_staff_account(tx, w, None, taken.clone()).await).await;
    assert_eq!(why(&taken.unwrap_err()), "the login \"zhao\" is taken");

    let duty = Appoint { person, unit, duty: Duty::Handler, from: now };
    let held = tx::write(store, async |tx| appoint(tx, w, None, duty).await).await.unwrap();
    let same = tx::write(store, async |tx| appoint(tx, w, None, duty).await).await.unwrap();
    assert_eq!(held, same);
    tx::write(store, async |tx| end_appointment(tx, w, None, (held, now)).await).await.unwrap();
    let left = appointment::Entity::held_by(person, now).count(store.read()).await.unwrap();
    assert_eq!(left, 0);
    let twice = tx::write(store, async |tx| end_appointment(tx, w, None, (held, now)).await).await;
    assert_eq!(why(&twice.unwrap_err()), "this appointment has ended already");

    let ask = DeclareConflict { person, with: other, ground: "relative".to_owned() };
    tx::write(store, async |tx| declare_conflict(tx, w, None, ask.clone()).await).await.unwrap();
    let alone = DeclareConflict { with: person, ..ask };
    let refused =
        tx::write(store, async |tx| declare_conflict(tx, w, None, alone.clone()).await).await;
    assert_eq!(why(&refused.unwrap_err()), "a conflict has two persons and a ground");
    let rows = trail::Entity::find()
        .filter(trail::Column::StreamId.eq(person.0))
        .order_by_asc(trail::Column::Number)
        .all(store.read())
        .await
        .unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["person_added", "account_added", "conflict_declared"]);
    verify(&rows).unwrap();
}

#[tokio::test]
async fn an_office_stands_in_a_place_once() {
    let workflow = opened().await;
    import(&workflow).await;
    let (w, store) = (&workflow, &workflow.store);
    let seat = find_unit(store.read(), "640424").await.unwrap().id;
    let ask = AddUnit {
        level: Level::County,
        division: String::new(),
        office: "experts".to_owned(),
        seat: Some(seat),
        above: None,
        code: None,
        name_zh: "泾源县专家组".to_owned(),
        name_en: "Jingyuan County Experts".to_owned(),
        from_on: "2018-01-01".parse().unwrap(),
    };
    tx::write(store, async |tx| add_unit(tx, w, None, ask.clone()).await).await.unwrap();
    let made = find_unit(store.read(), "640424/experts").await.unwrap();
    assert_eq!((made.division.as_str(), made.parent_id), ("640424", Some(seat)));
    let again = tx::write(store, async |tx| add_unit(tx, w, None, ask.clone()).await).await;
    assert_eq!(why(&again.unwrap_err()), "泾源县 has this office already");
}

#[tokio::test]
async fn a_roster_is_loaded_whole_or_not_at_all() {
    let workflow = opened().await;
    let (w, store) = (&workflow, &workflow.store);
    let list = ("registered_poor", "made for a test");
    let good = ["640422200802299979", "640422200712319980", "640422200712319980"];
    let load = async |numbers: &[&str]| {
        tx::write(store, async |tx| load_roster(tx, w, None, list, numbers).await).await
    };
    assert_eq!(load(&good).await.unwrap(), 2, "who stands there twice is on it once");
    let bad = load(&["640422200802299979", "640422200802299978"]).await.unwrap_err();
    let CommandError::Refused(Refusal::Form(faults)) = bad else { panic!("{bad:?}") };
    assert_eq!(faults[0].field, "line 2");
    let count = roster_entry::Entity::find().count(store.read()).await.unwrap();
    assert_eq!(count, 2);
    assert_eq!(load(&good[..1]).await.unwrap(), 1, "a list is replaced, not added to");
}

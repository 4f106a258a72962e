//! The demonstration, made on a file of its own.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Instant};

use entities::{Outcome, Phase, award_line, case_file, notice, outbox, publicity, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use workflow::{
    record::verify,
    sign_in::{self, Passwords, SignInLimits, SignInStaff, Visit},
};

use super::{demo, prepare, seed};
use crate::{fault::Fault, halves, open::open, settings::Settings};

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("banjie-demo-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    fn settings(&self) -> Settings {
        let environment = vec![("BANJIE__API__LISTEN".to_owned(), "127.0.0.1:0".to_owned())];
        let mut settings = Settings::read(&self.0, None, &environment).unwrap();
        settings.demo.moves_time = true;
        settings
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demonstration_has_a_case_in_every_state_and_is_made_once() {
    let folder = Folder::new("seed");
    let settings = folder.settings();
    assert!(!prepare(&settings, false).await.unwrap(), "nothing is there yet");
    let (workflow, _jobs) = open(&settings).await.unwrap();
    let address = settings.api.listen;
    let worker = halves::worker_services(&settings, workflow.clone(), address).unwrap();
    let began = Instant::now();
    seed(&settings, &workflow, &worker).await.unwrap();
    println!("made in {:?}", began.elapsed());

    let db = workflow.store.read();
    let cases = case_file::Entity::find().all(db).await.unwrap();
    let mut states: BTreeMap<(Phase, Option<Outcome>), usize> = BTreeMap::new();
    for case in &cases {
        *states.entry((case.phase, case.outcome)).or_default() += 1;
    }
    let has = |phase, outcome| states.get(&(phase, outcome)).copied().unwrap_or_default();
    assert_eq!(has(Phase::Draft, None), 2, "{states:?}");
    assert!(has(Phase::Filed, None) >= 2, "{states:?}");
    assert!(has(Phase::Running, None) >= 3, "{states:?}");
    assert_eq!(has(Phase::Ended, Some(Outcome::Granted)), 1, "{states:?}");
    assert_eq!(has(Phase::Ended, Some(Outcome::Refused)), 1, "{states:?}");
    assert_eq!(has(Phase::Ended, Some(Outcome::Withdrawn)), 1, "{states:?}");
    assert_eq!(cases.iter().filter(|case| case.supplementing).count(), 1);
    let up = publicity::Column::TakenDownAt.is_null();
    assert_eq!(publicity::Entity::find().filter(up).count(db).await.unwrap(), 1);
    let paid = award_line::Column::PaidAt.is_not_null();
    let paid = award_line::Entity::find().filter(paid).all(db).await.unwrap();
    let granted = cases
        .iter()
        .find(|case| case.outcome == Some(Outcome::Granted) && case.phase == Phase::Ended);
    let granted = paid.iter().filter(|line| Some(line.case_id) == granted.map(|case| case.id));
    assert_eq!(granted.map(|line| line.fen.0).sum::<i64>(), 1_200_000);
    let placed = paid.iter().filter(|line| line.line == "waiver" || line.line == "grant");
    assert_eq!(placed.count(), 2, "whoever studies in Fujian has money there");
    assert!(notice::Entity::find().count(db).await.unwrap() > 20);
    let stuck = outbox::Column::QuarantinedAt.is_not_null();
    assert_eq!(outbox::Entity::find().filter(stuck).count(db).await.unwrap(), 0);
    let late = cases.iter().any(|case| case.late);
    println!("{} cases, late {late}, {states:?}", cases.len());
    for case in cases.iter().filter(|case| case.number.is_some()) {
        let of_case = trail::Column::StreamId.eq(case.id.0);
        let rows = trail::Entity::find().filter(of_case).order_by_asc(trail::Column::Number);
        verify(&rows.all(db).await.unwrap()).unwrap();
    }
    let behind = workflow.clock.offset().num_seconds();
    assert!((-5..=5).contains(&behind), "business time has caught up: {behind} s");
    everybody_signs_in(&settings, &workflow).await;
    assert!(prepare(&settings, false).await.unwrap(), "it is there now");
    drop((workflow, worker));
    assert!(!prepare(&settings, true).await.unwrap(), "--fresh throws it away");
    assert!(!folder.0.join("banjie.sqlite").exists() && !folder.0.join("papers").exists());
}

async fn everybody_signs_in(settings: &Settings, workflow: &workflow::Workflow) {
    let passwords = Passwords::new().unwrap();
    let visit = Visit { network: "127.0.0.1".to_owned(), replaces: None };
    let now = workflow.clock.machine();
    for login in ["teacher", "county-edu", "region-watch"] {
        let ask = SignInStaff {
            login: login.to_owned(),
            password: entities::Sensitive::new(settings.demo.password.clone()),
        };
        let limits = SignInLimits::default();
        let opened =
            sign_in::with_password(&workflow.store, now, &limits, &passwords, &visit, ask).await;
        opened.unwrap();
    }
}

#[tokio::test]
async fn it_touches_no_database_but_its_own() {
    let folder = Folder::new("strange");
    let settings = folder.settings();
    let (workflow, _jobs) = open(&settings).await.unwrap();
    workflow.store.for_migration().clone().close().await.unwrap();
    workflow.store.read().clone().close().await.unwrap(); // the last one empties the journal
    let before = fs::read(folder.0.join("banjie.sqlite")).unwrap();
    for fresh in [false, true] {
        let refused = demo(settings.clone(), fresh).await.unwrap_err();
        assert!(matches!(refused, Fault::NotDemo(_)), "{refused:?}");
    }
    assert!(fs::read(folder.0.join("banjie.sqlite")).unwrap() == before, "not a byte has changed");
}

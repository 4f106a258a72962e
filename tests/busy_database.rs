//! What the database says of others' doing is told as such, and not as a defect of ours.

use api::Problem;
use entities::person;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use workflow::CommandError;

use crate::harness::{Store, both, world::World};

both![one_id_number_is_one_person, a_lock_that_is_not_had_is_worth_waiting_for];

fn told(error: DbErr) -> (&'static str, u16, Problem) {
    let problem = Problem::from(CommandError::Db(error));
    (problem.kind().name, problem.kind().status.as_u16(), problem)
}

async fn one_id_number_is_one_person(mut world: World) {
    let mut last = Ok(());
    for name in ["One", "Other"] {
        world.applies(name).await;
        let row = person::ActiveModel {
            id: Set(world.subject(name)),
            id_index: Set(Some(vec![7; 16])),
            ..Default::default()
        };
        last = row.update(world.workflow.store.for_migration()).await.map(drop);
    }
    let (name, status, problem) = told(last.unwrap_err());
    assert_eq!((name, status), ("invalid-fields", 422));
    let fields = problem.fields(entities::Language::English);
    assert_eq!((fields[0].field.as_str(), fields[0].code), ("id_number", "taken"));
}

async fn a_lock_that_is_not_had_is_worth_waiting_for(world: World) {
    if matches!(world.on, Store::Sqlite) {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let db = world.workflow.store.for_migration();
        let held = db.begin_with_options(immediate).await.unwrap();
        // Another connection, which does not wait.
        let error = db.execute_unprepared("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE").await;
        let (name, status, problem) = told(error.unwrap_err());
        assert_eq!((name, status), ("unavailable", 503));
        assert!(problem.retry_after().is_some());
        held.rollback().await.unwrap();
        return;
    }
    for code in ["55P03", "40P01", "40001"] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        let error = world.workflow.store.for_migration().execute_unprepared(&raise).await;
        let (name, status, problem) = told(error.unwrap_err());
        assert_eq!((name, status), ("unavailable", 503), "{code}");
        assert!(problem.retry_after().is_some());
    }
}

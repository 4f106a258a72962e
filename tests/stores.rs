//! Every test has a database of its own, and both kinds are tested alike.

use std::process::Command;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use crate::harness::{OnStore, Schema, Store, both, servers::Fresh};

both![
    a_test_begins_with_an_empty_migrated_database,
    another_test_does_not_see_it,
    a_schema_is_migrated_once_for_many_databases,
];

static NOTES: Schema = Schema::new("notes");

async fn notes(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared("CREATE TABLE note (text VARCHAR NOT NULL)").await.map(drop)
}

async fn written(db: &DatabaseConnection) -> i64 {
    db.execute_unprepared("INSERT INTO note VALUES ('你好')").await.unwrap();
    let count = sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT count(*) AS n FROM note WHERE text = '你好'",
    );
    db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
}

async fn a_test_begins_with_an_empty_migrated_database(store: Store) {
    let fresh = NOTES.fresh(store, notes).await;
    assert_eq!(written(&fresh.db).await, 1);
}

/// What a test may ask for instead of the bare store.
struct Notebook {
    store: Store,
    fresh: Fresh,
}

impl OnStore for Notebook {
    async fn on(store: Store) -> Self {
        Self { store, fresh: NOTES.fresh(store, notes).await }
    }
}

async fn another_test_does_not_see_it(Notebook { store, fresh }: Notebook) {
    assert_eq!(written(&fresh.db).await, 1);
    let expected = if store == Store::Sqlite { "sqlite://" } else { "postgres://" };
    assert!(fresh.url.starts_with(expected), "{}", fresh.url);
}

async fn a_schema_is_migrated_once_for_many_databases(store: Store) {
    static SEVERAL: Schema = Schema::new("several");
    let first = SEVERAL.fresh(store, notes).await;
    let second = SEVERAL.fresh(store, async |_| panic!("migrated again")).await;
    assert_eq!(written(&first.db).await, 1);
    assert_eq!(written(&second.db).await, 1);
}

#[test]
fn as_many_tests_run_on_postgresql_as_on_sqlite() {
    let this = std::env::current_exe().unwrap();
    let listed = Command::new(this).args(["--list", "--format", "terse"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let on = |store: &str| -> Vec<&str> {
        listed.lines().filter_map(|line| line.strip_suffix(": test")?.strip_suffix(store)).collect()
    };
    let (sqlite, postgres) = (on("::sqlite"), on("::postgres"));
    println!("{} tests on SQLite, {} on PostgreSQL", sqlite.len(), postgres.len());
    assert_eq!(sqlite, postgres);
    assert!(sqlite.len() >= 3);
}

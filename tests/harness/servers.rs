//! The databases: one PostgreSQL for the whole run, a database of its own for every test.
//!
//! The schema is migrated once a run on each kind of database; a test gets a copy of that, which
//! takes milliseconds. PostgreSQL runs as a process of its own on a free port, listens on the
//! loopback address only, and ends with the run.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use tokio::sync::OnceCell;

use super::{
    process::{Guarded, scratch},
    serving::{port, postgres_programs, serve},
};

/// The kinds of database that every behaviour is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// A database of one test's own.
pub(crate) struct Fresh {
    pub(crate) db: DatabaseConnection,
    /// For a process that is to be started on the same database.
    pub(crate) url: String,
}

/// A schema that fresh databases are made with; one `static` for each way to migrate.
pub(crate) struct Schema {
    name: &'static str,
    sqlite: OnceCell<PathBuf>,
    postgres: OnceCell<String>,
}

impl Schema {
    /// `name` is a word in lower case; no two schemas have the same.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, sqlite: OnceCell::const_new(), postgres: OnceCell::const_new() }
    }

    /// A new database, migrated and otherwise empty. `migrate` is called once a run and store.
    pub(crate) async fn fresh(
        &self,
        store: Store,
        migrate: impl AsyncFnOnce(&DatabaseConnection) -> Result<(), DbErr>,
    ) -> Fresh {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url = match store {
            Store::Sqlite => {
                let template = self.sqlite.get_or_init(|| migrated_file(migrate)).await;
                let copy = scratch("test.db");
                fs::copy(template, &copy).expect("the migrated file can be copied");
                sqlite_url(&copy)
            }
            Store::Postgres => {
                let migrated = || migrated_database(self.name, migrate);
                let template = self.postgres.get_or_init(migrated).await;
                let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
                create_database(&name, template).await;
                postgres_url(&name)
            }
        };
        Fresh { db: connect(&url).await, url }
    }
}

/// Connects as a test does: few connections, and a short patience, so that a deadlock shows.
pub(crate) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false);
    Database::connect(options).await.unwrap_or_else(|e| panic!("no connection to {url}: {e}"))
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

async fn migrated_file(
    migrate: impl AsyncFnOnce(&DatabaseConnection) -> Result<(), DbErr>,
) -> PathBuf {
    let file = scratch("migrated.db");
    let db = connect(&sqlite_url(&file)).await;
    migrate(&db).await.expect("the migrations run on SQLite");
    // The last connection that closes writes the log back: then one file is all there is to copy.
    db.close().await.expect("the database closes");
    file
}

async fn migrated_database(
    name: &str,
    migrate: impl AsyncFnOnce(&DatabaseConnection) -> Result<(), DbErr>,
) -> String {
    let template = format!("template_{name}");
    create_database(&template, "template0").await;
    let db = connect(&postgres_url(&template)).await;
    migrate(&db).await.expect("the migrations run on PostgreSQL");
    // A database that someone is connected to cannot be copied.
    db.close().await.expect("the connections close");
    template
}

async fn create_database(name: &str, template: &str) {
    let admin = connect(&postgres_url("postgres")).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    admin.execute_unprepared(&create).await.expect("a new database");
    admin.close().await.expect("the connection closes");
}

/// Where one database of this run's PostgreSQL is; the server is started by the first who asks.
fn postgres_url(database: &str) -> String {
    static SERVER: OnceLock<Result<Guarded, String>> = OnceLock::new();
    match SERVER.get_or_init(start_postgres) {
        Ok(server) => format!("postgres://banjie@127.0.0.1:{}/{database}", port(server)),
        Err(why) => panic!("PostgreSQL did not start, so nothing is shown on it: {why}"),
    }
}

/// What a crash would lose is not worth a write to the disk here: `fsync` is off.
const SETTINGS: &str = "-c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off";

fn start_postgres() -> Result<Guarded, String> {
    let bin = postgres_programs().ok_or(
        "its programs are not installed. `./check` installs what the tests need; \
         on Debian it is `apt-get install postgresql`",
    )?;
    serve(&bin, SETTINGS)
}

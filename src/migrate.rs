//! Bringing the schema up to date: by one process, however many start at once.

use std::time::Duration;

use migrations::Standing;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use workflow::tx::Store;

use crate::{fault::Fault, open, settings::Settings};

/// So long may another process take over its steps.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often to ask whether it has finished.
const LOOK: Duration = Duration::from_millis(200);

/// The lock on PostgreSQL: a number that only `banjie` uses.
const LOCK: i64 = 0x62_616e_6a69_6501;

/// `banjie migrate`.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), Fault> {
    open::make_folder(settings)?;
    let steps = take_steps(settings).await?;
    println!("{steps} step(s) were taken; the schema is up to date");
    Ok(())
}

/// At the start: takes the steps, or refuses to work on an older schema.
pub(crate) async fn at_start(settings: &Settings, store: &Store) -> Result<(), Fault> {
    match migrations::standing(store.for_migration()).await? {
        Standing::Current => {}
        Standing::Behind(_) if settings.database.migrate => {
            take_steps(settings).await?;
        }
        Standing::Behind(steps) => return Err(Fault::Behind(steps)),
        Standing::Contracted => return Err(Fault::Contracted),
        Standing::Ahead(steps) => {
            tracing::warn!(steps, "the database's schema is newer than this program");
        }
    }
    Ok(())
}

/// Whether the schema is one that this program can read as it is.
///
/// # Errors
/// [`Fault::Behind`], [`Fault::Contracted`], the database's.
pub(crate) async fn is_current(store: &Store) -> Result<(), Fault> {
    match migrations::standing(store.for_migration()).await? {
        Standing::Current | Standing::Ahead(_) => Ok(()),
        Standing::Behind(steps) => Err(Fault::Behind(steps)),
        Standing::Contracted => Err(Fault::Contracted),
    }
}

/// Takes the steps that the schema lacks, under a lock. Returns how many.
///
/// On a connection of its own, so that the lock ends with whoever holds it, and a long step is
/// not cut off as a long statement of the service is.
async fn take_steps(settings: &Settings) -> Result<usize, Fault> {
    let db = connect(settings).await.map_err(Fault::Connect)?;
    let taken = if settings.sqlite_file().is_some() {
        take_on_sqlite(&db).await
    } else {
        take_on_postgres(&db).await
    };
    drop(db.close().await);
    taken
}

async fn take_on_postgres(db: &DatabaseConnection) -> Result<usize, Fault> {
    let asked = tokio::time::Instant::now();
    let mut told = false;
    while !has_lock(db).await? {
        if !told {
            tracing::info!("another process brings the schema up to date: waiting for it");
            told = true;
        }
        if asked.elapsed() > PATIENCE {
            return Err(Fault::Locked);
        }
        tokio::time::sleep(LOOK).await;
    }
    // The lock ends with the connection, which is closed right after.
    Ok(steps(db).await?)
}

async fn has_lock(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let ask = "SELECT pg_try_advisory_lock($1) AS held";
    let ask = Statement::from_sql_and_values(db.get_database_backend(), ask, [LOCK.into()]);
    let row = db.query_one_raw(ask).await?;
    row.map_or(Ok(false), |row| row.try_get("", "held"))
}

/// All or nothing, and no other writer meanwhile.
async fn take_on_sqlite(db: &DatabaseConnection) -> Result<usize, Fault> {
    db.execute_unprepared("BEGIN EXCLUSIVE").await?;
    let taken = steps(db).await;
    let end = if taken.is_ok() { "COMMIT" } else { "ROLLBACK" };
    db.execute_unprepared(end).await?;
    Ok(taken?)
}

async fn steps(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let Standing::Behind(steps) = migrations::standing(db).await? else { return Ok(0) };
    migrations::migrate(db).await?;
    Ok(steps)
}

/// One connection. A step waits at most two seconds for a table that is in use: nobody else waits
/// longer behind it.
async fn connect(settings: &Settings) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(settings.database_url());
    options
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .set_application_name("banjie migrate")
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| {
        options.create_if_missing(true).busy_timeout(PATIENCE).pragma("journal_mode", "WAL")
    });
    options.map_sqlx_postgres_opts(|options| options.options([("lock_timeout", "2s")]));
    Database::connect(options).await
}

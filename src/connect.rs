//! Opening the database, so that what it has confirmed it keeps.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{self, Connection, PgConnection, SqliteConnection},
};
use workflow::tx::Store;

use crate::{fault::Fault, settings::Settings};

/// So long may taking a connection last.
const ACQUIRE: Duration = Duration::from_secs(2);
/// So long may a connection that is given back take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// Connections to PostgreSQL that are kept for signing in.
const DOORS: u32 = 2;
/// So long waits a writer of SQLite for another process.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements that each connection to PostgreSQL keeps.
const STATEMENTS: usize = 400;
/// Readers of SQLite beside its one writer.
const READERS: u32 = 4;

/// What SQLite must say of itself, since a setting that it does not know it passes over in
/// silence: its journal, that each commit is on the disk (2 = FULL), and its foreign keys.
const PRAGMAS: [(&str, &str); 3] =
    [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];

/// Connects to the database of the settings. An SQLite file that is not there is made.
///
/// # Errors
/// [`Fault::Connect`], [`Fault::Pragma`].
pub(crate) async fn connect(settings: &Settings) -> Result<Store, Fault> {
    let url = settings.database_url();
    if !url.starts_with("sqlite:") {
        return postgres(settings, &url).await.map_err(Fault::Connect);
    }
    // One writer at a time is what SQLite has; waiting in a queue is quicker than colliding.
    let writer = sqlite(&url, 1).await?;
    let reader = sqlite(&url, READERS).await?;
    Ok(Store::split(writer, reader))
}

async fn sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, Fault> {
    let mut options = ConnectOptions::new(url);
    // A connection waits for the one before it as long as that may wait for another process.
    options.max_connections(connections).acquire_timeout(ACQUIRE + BUSY).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
    });
    options.map_sqlx_sqlite_pool_opts(|options| {
        options.after_release(|connection, _| Box::pin(has_nothing_open(connection)))
    });
    let db = Database::connect(options).await.map_err(Fault::Connect)?;
    for (name, wanted) in PRAGMAS {
        let found = pragma(&db, name).await.map_err(Fault::Connect)?;
        if found != wanted {
            return Err(Fault::Pragma { name, found, wanted });
        }
    }
    Ok(db)
}

/// Whether a connection may be used again. Where a COMMIT fails because the disk is full or bad,
/// SQLite has taken the transaction back by itself, and sqlx still counts it as open: whatever
/// came after would be written inside a savepoint of a transaction that nobody ever commits, and
/// be lost with the process, though it was confirmed. Such a connection is closed.
async fn has_nothing_open(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // A rollback that was left behind is done by then.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn pragma(db: &DatabaseConnection, name: &str) -> Result<String, DbErr> {
    let ask = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}"));
    let row = db.query_one_raw(ask).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(name.to_owned()))?;
    let number = row.try_get_by_index::<i64>(0).map(|number| number.to_string());
    number.or_else(|_| row.try_get_by_index::<String>(0))
}

async fn postgres(settings: &Settings, url: &str) -> Result<Store, DbErr> {
    let all = pool(url, settings.database.connections).await?;
    Ok(Store::new(all).with_doors(pool(url, DOORS).await?))
}

async fn pool(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .statement_timeout(Duration::from_secs(5))
        .set_application_name("banjie")
        .test_before_acquire_if_idle_for(Duration::from_secs(10))
        .sqlx_logging(false);
    options.map_sqlx_postgres_opts(|options| {
        // Writes differ by the tables and the number of rows they touch: with the hundred that
        // are kept by default, each is prepared anew by the time it comes again.
        let options = options.statement_cache_capacity(STATEMENTS);
        options.options([
            ("statement_timeout", "5s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("tcp_user_timeout", "10s"),
        ])
    });
    options.map_sqlx_postgres_pool_opts(|options| {
        options.after_release(|connection, _| Box::pin(still_answers(connection)))
    });
    Database::connect(options).await
}

/// Whether a connection may be used again. One that was let go in the middle of a question to a
/// server that is gone without a word would otherwise be waited for until the network gives up,
/// a quarter of an hour later, and its place in the pool would be taken all that time.
async fn still_answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer = tokio::time::timeout(ANSWER, connection.ping()).await;
    // An error ends the connection without a farewell, which nobody would hear.
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
}

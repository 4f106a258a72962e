//! Opening a transaction, the same way on both databases.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
    error::ConnAcquireErr,
};
use tokio::time::Instant;

use crate::{database_error::is_passing, measures::Waiting};

/// How often a transaction is run again that others were in the way of.
const AGAIN: u32 = 3;
/// The first pause before that is at most so long; each further one twice as long.
const PAUSE: Duration = Duration::from_millis(20);
/// After so long it is not run again: the caller waits too, and may ask again later.
const PATIENCE: Duration = Duration::from_secs(3);
/// A transaction that takes longer stands on a dead connection.
const WHOLE: Duration = Duration::from_secs(30);
/// So does a question.
const QUESTION: Duration = Duration::from_secs(10);

/// Where cases are. SQLite has one writer and many readers, so writes and reads go by
/// different pools; on PostgreSQL both are the same.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Kept free of all other work.
    doors: Option<DatabaseConnection>,
    faults: Faults,
}

/// Planned failures, for tests that ask what a crash leaves behind. Nothing is planned unless
/// a test plans it.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Transactions until the one that fails; below zero: none does.
    countdown: Arc<AtomicI64>,
    /// Whether it fails after its commit rather than before.
    after: Arc<AtomicI64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { countdown: Arc::new(AtomicI64::new(-1)), after: Arc::default() }
    }
}

impl Faults {
    /// The `nth` transaction from now (0 = the next) fails; `after` its commit or before it.
    pub fn plan(&self, nth: i64, after: bool) {
        self.after.store(i64::from(after), Ordering::SeqCst);
        self.countdown.store(nth, Ordering::SeqCst);
    }

    /// Whether the planned failure is still to come.
    pub fn pending(&self) -> bool {
        self.countdown.load(Ordering::SeqCst) >= 0
    }

    fn strike(&self) -> Option<bool> {
        let before = self
            .countdown
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n >= 0).then_some(n - 1));
        (before == Ok(0)).then(|| self.after.load(Ordering::SeqCst) == 1)
    }
}

impl Store {
    /// One pool for both.
    pub fn new(db: DatabaseConnection) -> Self {
        Self { writer: db.clone(), reader: db, doors: None, faults: Faults::default() }
    }

    /// A writer of its own beside the readers.
    pub fn split(writer: DatabaseConnection, reader: DatabaseConnection) -> Self {
        Self { writer, reader, doors: None, faults: Faults::default() }
    }

    /// The same with a few connections that only [`Store::doors`] uses.
    #[must_use]
    pub fn with_doors(self, doors: DatabaseConnection) -> Self {
        Self { doors: Some(doors), ..self }
    }

    /// The store by connections that are kept for signing in, so that people come in and look
    /// when all others are taken.
    #[must_use]
    pub fn doors(&self) -> Self {
        let Some(doors) = &self.doors else { return self.clone() };
        let (writer, reader) = (doors.clone(), doors.clone());
        Self { writer, reader, doors: None, faults: self.faults.clone() }
    }

    /// For reading outside a command.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For the schema's steps, before anything else runs.
    pub fn for_migration(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Connections of each pool, and how many of them have nothing to do: (pool, all, idle).
    pub fn connections(&self) -> Vec<(&'static str, u32, u32)> {
        match self.reader.get_database_backend() {
            DbBackend::Postgres => {
                let pool = self.reader.get_postgres_connection_pool();
                vec![("all", pool.size(), number(pool.num_idle()))]
            }
            DbBackend::Sqlite => [("writer", &self.writer), ("readers", &self.reader)]
                .into_iter()
                .map(|(role, db)| (role, db.get_sqlite_connection_pool()))
                .map(|(role, pool)| (role, pool.size(), number(pool.num_idle())))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The planned failures of this store.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Runs `work` in a transaction that may write; commits on `Ok`, rolls back on `Err`.
///
/// SQLite is asked for its write lock at the start (`BEGIN IMMEDIATE`): a transaction that
/// first reads and then writes would otherwise fail with `SQLITE_BUSY` under load.
///
/// # Errors
/// Whatever `work` returns, or the database's own error at either end. A server that is frozen,
/// or gone without a word, is not waited for longer than thirty seconds.
pub async fn write<T, E, F>(store: &Store, work: F) -> Result<T, E>
where
    F: for<'c> AsyncFnOnce(&'c DatabaseTransaction) -> Result<T, E>,
    E: From<DbErr>,
{
    let done = tokio::time::timeout(WHOLE, commit(store, work)).await;
    done.unwrap_or_else(|_| Err(silent().into()))
}

/// The same for somebody who waits for the answer: when others were in the way (a deadlock, no
/// serial order, a lock that was not had in time), nothing of it has happened, and it is run
/// again, at most three times, after a pause of random length, so that those who met do not meet
/// again. What `work` does outside the database must bear that.
///
/// # Errors
/// As [`write`].
pub async fn write_patiently<T, E, F>(store: &Store, work: F) -> Result<T, E>
where
    F: for<'c> AsyncFn(&'c DatabaseTransaction) -> Result<T, E>,
    E: From<DbErr> + Error + 'static,
{
    let began = Instant::now();
    let mut pause = PAUSE;
    for _ in 0..AGAIN {
        match write(store, &work).await {
            Err(error) if is_passing(&error) && began.elapsed() < PATIENCE => {
                tracing::debug!(%error, "others were in the way of a transaction");
            }
            done => return done,
        }
        tokio::time::sleep(up_to(pause)).await;
        pause *= 2;
    }
    write(store, &work).await
}

async fn commit<T, E, F>(store: &Store, work: F) -> Result<T, E>
where
    F: for<'c> AsyncFnOnce(&'c DatabaseTransaction) -> Result<T, E>,
    E: From<DbErr>,
{
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let waiting = Waiting::begin();
    // In a task of its own, which nobody drops: a caller who leaves while BEGIN is under way would
    // hand a connection back that has a transaction open and does not know it.
    let writer = store.writer.clone();
    let begun = tokio::spawn(async move { writer.begin_with_options(options).await });
    let tx = begun.await.map_err(|died| DbErr::Custom(died.to_string()))??;
    drop(waiting);
    match work(&tx).await {
        Ok(done) => {
            let fault = store.faults.strike();
            if fault == Some(false) {
                tx.rollback().await?;
                return Err(planned("before").into());
            }
            tx.commit().await?;
            if fault == Some(true) {
                return Err(planned("after").into());
            }
            Ok(done)
        }
        Err(error) => {
            // What `work` said is the reason. A connection that does not take the rollback
            // either is broken, and what it had begun is gone with it.
            if let Err(broken) = tx.rollback().await {
                tracing::debug!(%broken, "a rollback failed");
            }
            Err(error)
        }
    }
}

/// Runs `work` on a store that stands still: it sees one state of it however long it reads, and
/// cannot write. It keeps nobody from writing.
///
/// # Errors
/// Whatever `work` returns, or the database's own error at either end.
pub async fn still<T, E, F>(store: &Store, work: F) -> Result<T, E>
where
    F: for<'c> AsyncFnOnce(&'c DatabaseTransaction) -> Result<T, E>,
    E: From<DbErr>,
{
    let reader = store.reader.clone();
    let postgres = reader.get_database_backend() == DbBackend::Postgres;
    // On SQLite every transaction reads one state.
    let level = postgres.then_some(IsolationLevel::RepeatableRead);
    let access = postgres.then_some(AccessMode::ReadOnly);
    let begun = tokio::spawn(async move { reader.begin_with_config(level, access).await });
    let tx = begun.await.map_err(|died| DbErr::Custom(died.to_string()))??;
    if postgres {
        // Whoever is told may be slow, such as a pipe.
        tx.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
    }
    let done = work(&tx).await;
    if let Err(broken) = tx.rollback().await {
        tracing::debug!(%broken, "a rollback failed");
    }
    done
}

/// The answer to a question, unless the database is silent for ten seconds. For those who ask
/// for themselves; a request has its own, shorter end.
///
/// # Errors
/// The question's own.
pub async fn in_time<T, E: From<DbErr>>(
    question: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let answer = tokio::time::timeout(QUESTION, question).await;
    answer.unwrap_or_else(|_| Err(silent().into()))
}

fn silent() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
}

/// Anything from nothing to `most`.
fn up_to(most: Duration) -> Duration {
    // Without randomness all pause as long as they may.
    let chance = getrandom::u32().unwrap_or(u32::MAX);
    most.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

fn planned(when: &str) -> DbErr {
    DbErr::Custom(format!("a planned failure {when} the commit"))
}

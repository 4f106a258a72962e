//! Opening a transaction, the same way on both databases.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use crate::measures::Waiting;

/// Where cases are. SQLite has one writer and many readers, so writes and reads go by
/// different pools; on PostgreSQL both are the same.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
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
        Self { writer: db.clone(), reader: db, faults: Faults::default() }
    }

    /// A writer of its own beside the readers.
    pub fn split(writer: DatabaseConnection, reader: DatabaseConnection) -> Self {
        Self { writer, reader, faults: Faults::default() }
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
/// Whatever `work` returns, or the database's own error at either end.
pub async fn write<T, E, F>(store: &Store, work: F) -> Result<T, E>
where
    F: for<'c> AsyncFnOnce(&'c DatabaseTransaction) -> Result<T, E>,
    E: From<DbErr>,
{
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let waiting = Waiting::begin();
    let tx = store.writer.begin_with_options(options).await?;
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
            tx.rollback().await?;
            Err(error)
        }
    }
}

fn planned(when: &str) -> DbErr {
    DbErr::Custom(format!("a planned failure {when} the commit"))
}

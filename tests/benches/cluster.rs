//! A PostgreSQL of the benchmark's own: every commit is on the disk before it is confirmed.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult,
    Statement,
};

use crate::{
    process::Guarded,
    serving::{port, postgres_programs, serve},
};

/// What it is measured with, beside what is built in.
const SETTINGS: &str = "-c max_connections=100 -c shared_buffers=256MB -c max_wal_size=8GB \
    -c wal_level=logical";

/// The server; it ends with the benchmark, however that ends.
pub(crate) struct Cluster {
    guarded: Guarded,
    bin: PathBuf,
}

impl Cluster {
    /// A new one. `BENCH_POSTGRES` may hold further options, such as `-c jit=off`.
    pub(crate) fn start() -> Self {
        let bin = postgres_programs().expect("PostgreSQL is installed");
        let more = std::env::var("BENCH_POSTGRES").unwrap_or_default();
        let guarded = serve(&bin, &format!("{SETTINGS} {more}"));
        Self { guarded: guarded.expect("PostgreSQL starts"), bin }
    }

    fn port(&self) -> &str {
        port(&self.guarded)
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://banjie@127.0.0.1:{}/{database}", self.port())
    }

    /// The process that all others of this server descend from.
    pub(crate) fn postmaster(&self) -> u32 {
        let folder = self.guarded.said.split(' ').nth(1).unwrap();
        let file = PathBuf::from(folder).join("data/postmaster.pid");
        let text = fs::read_to_string(file).expect("the server runs");
        text.lines().next().unwrap().parse().unwrap()
    }

    /// One connection to a database.
    pub(crate) async fn connect(&self, database: &str) -> Session {
        let mut options = ConnectOptions::new(self.url(database));
        options.max_connections(1).min_connections(1).sqlx_logging(false);
        Session(Database::connect(options).await.expect("a connection"))
    }

    /// Runs pgbench with 16 clients; transactions a second.
    pub(crate) fn pgbench(&self, script: &std::path::Path, offset: u64, seconds: u64) -> f64 {
        let mut command = Command::new(self.bin.join("pgbench"));
        command.args(["-n", "-M", "prepared", "-c", "16", "-j", "1", "-h", "127.0.0.1"]);
        command.args(["-U", "banjie", "-p", self.port(), "-T", &seconds.to_string()]);
        command.arg("-D").arg(format!("k={offset}")).arg("-f").arg(script).arg("baseline");
        let output = command.stderr(Stdio::inherit()).output().expect("pgbench runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = line.and_then(|line| line.split(' ').next());
        tps.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
    }
}

/// One connection, whose work is not counted as the service's.
pub(crate) struct Session(pub(crate) DatabaseConnection);

impl Session {
    /// Runs statements that answer nothing.
    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{e}\n{sql}"));
    }

    /// The rows of a query.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        self.0.query_all_raw(statement).await.unwrap_or_else(|e| panic!("{e}\n{sql}"))
    }

    /// The first column as text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.rows(sql).await;
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// One number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get_by_index(0).unwrap()
    }

    /// The process at the other end.
    pub(crate) async fn backend(&self) -> u32 {
        let pid = self.number("SELECT pg_backend_pid()::bigint").await;
        pid.try_into().unwrap()
    }
}

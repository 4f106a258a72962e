//! A PostgreSQL of the benchmark's own: every commit is on the disk before it is confirmed.

use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult,
    Statement,
};

use crate::process::{Guarded, find_program, free_port, guard, is_root};

/// Makes a new cluster and serves it. Prints port and folder when it answers.
const SERVE: &str = r#"
    set -e
    bin=$1 port=$2
    folder=$(mktemp -d -t banjie-bench.XXXXXX)
    stop() {
        "$bin/pg_ctl" stop --silent --mode=immediate --pgdata="$folder/data" >/dev/null 2>&1 || true
        rm -rf "$folder"
    }
    trap stop EXIT
    trap : INT TERM HUP PIPE
    "$bin/initdb" --pgdata="$folder/data" --username=banjie --auth=trust --no-sync \
        --encoding=UTF8 --locale=C >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    "$bin/pg_ctl" start --wait --silent --pgdata="$folder/data" --log="$folder/log" --options="-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 \
        -c shared_buffers=256MB -c max_wal_size=8GB -c wal_level=logical $3" \
        >"$folder/start" 2>&1 || { cat "$folder/start" "$folder/log" >&2; exit 1; }
    echo "$port $folder" || true
    read -r _ || true"#;

/// The server; it ends with the benchmark, however that ends.
pub(crate) struct Cluster {
    guarded: Guarded,
    bin: PathBuf,
}

impl Cluster {
    /// A new one. `BENCH_POSTGRES` may hold further options, such as `-c jit=off`.
    pub(crate) fn start() -> Self {
        let found = find_program(&["initdb"]).and_then(|path| Some(path.parent()?.to_path_buf()));
        // What stands in PATH may be links to a few of the programs.
        let bin = newest().or(found).expect("PostgreSQL is installed");
        let (port, more) = (free_port().to_string(), std::env::var("BENCH_POSTGRES"));
        let arguments =
            [bin.as_os_str(), OsStr::new(&port), OsStr::new(more.as_deref().unwrap_or(""))];
        let guarded = guard(SERVE, &arguments, is_root().then_some("postgres"));
        Self { guarded: guarded.expect("PostgreSQL starts"), bin }
    }

    fn port(&self) -> &str {
        self.guarded.said.split(' ').next().unwrap()
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

/// Debian keeps them out of `PATH`, one folder a version.
fn newest() -> Option<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let bins = entries.map(|entry| entry.path().join("bin"));
    bins.filter(|bin| bin.join("pgbench").is_file()).max()
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

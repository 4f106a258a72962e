//! A PostgreSQL server of a test's own, to be killed, frozen and cut off; the one of
//! [`super::servers`] serves all tests and stays as it is.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

use super::{
    process::{Guarded, free_port, guard, is_root},
    running::{Running, Start, children_of, send},
    servers::connect,
    serving::postgres_programs,
    waiting::until,
};

/// A recovery on a busy machine takes its time.
const START: Duration = Duration::from_mins(1);

/// Makes a new cluster in a folder of its own, which goes with the test.
const MAKE: &str = r#"
    folder=$(mktemp -d -t banjie-postgres.XXXXXX) || exit 1
    trap : INT TERM HUP PIPE
    "$1/initdb" --pgdata="$folder/data" --username=banjie --auth=trust --no-sync \
        --encoding=UTF8 --locale=C >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    echo "$folder" || true
    read -r _ || true
    rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }"#;

/// The same on a disk of its own of `$2` MiB, in memory; as root.
const MAKE_SMALL: &str = r#"
    folder=$(mktemp -d -t banjie-postgres.XXXXXX) || exit 1
    mount -t tmpfs -o "size=$2m,mode=0777" tmpfs "$folder" || { rmdir "$folder"; exit 1; }
    trap : INT TERM HUP PIPE
    setpriv --reuid=postgres --regid=postgres --clear-groups -- "$1/initdb" --wal-segsize=1         --pgdata="$folder/data" --username=banjie --auth=trust --no-sync --encoding=UTF8         --locale=C >/dev/null 2>&1 || { umount -l "$folder"; rmdir "$folder"; exit 1; }
    echo "$folder" || true
    read -r _ || true
    umount -l "$folder"; rmdir "$folder""#;

/// The server. What it has confirmed outlives the death of its processes.
pub(crate) struct Postgres {
    // Before the folder: the server is gone when its folder goes.
    running: Option<Running>,
    folder: Guarded,
    programs: PathBuf,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// Makes and starts one with an empty database `banjie`.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with settings such as `deadlock_timeout=50ms`.
    pub(crate) async fn start_with(settings: &[&str]) -> Self {
        let programs = postgres_programs().expect("PostgreSQL is not installed: see `./check`");
        let folder = guard(MAKE, &[programs.as_os_str()], user()).expect("a new cluster");
        Self::serve(programs, folder, settings).await
    }

    /// One on a disk of so many MiB; none where the tests may not mount one.
    pub(crate) async fn start_small(size: u32) -> Option<Self> {
        let programs = postgres_programs().expect("PostgreSQL is not installed: see `./check`");
        let size = size.to_string();
        let words = [programs.as_os_str(), OsStr::new(&size)];
        let folder = is_root().then(|| guard(MAKE_SMALL, &words, None).ok()).flatten()?;
        let settings = ["min_wal_size=2MB", "max_wal_size=4MB", "wal_recycle=off"];
        Some(Self::serve(programs, folder, &settings).await)
    }

    async fn serve(programs: PathBuf, folder: Guarded, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let port = free_port();
        let mut server = Self { running: None, folder, programs, port, settings };
        server.start_again().await;
        let admin = connect(&server.url("postgres")).await;
        admin.execute_unprepared("CREATE DATABASE banjie").await.unwrap();
        admin.close().await.unwrap();
        server
    }

    /// Starts it after [`Postgres::kill`] and waits until it serves.
    pub(crate) async fn start_again(&mut self) {
        self.launch();
        until("an answer of PostgreSQL", START, async || {
            if self.running.as_mut().is_none_or(|running| running.has_ended().is_some()) {
                self.launch(); // a process of the one before was still there
            }
            self.serves().await.then_some(())
        })
        .await;
    }

    /// Starts it and does not wait.
    pub(crate) fn launch(&mut self) {
        self.running = None;
        let data = self.data();
        let port = self.port.to_string();
        // What a power cut would lose is not lost when a process dies: no `fsync`.
        let mut words = vec![
            "-D",
            &data,
            "-p",
            &port,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "max_connections=200",
            "-c",
            "shared_buffers=32MB",
        ];
        for setting in &self.settings {
            words.extend(["-c", setting]);
        }
        let arguments = words.iter().map(OsStr::new).collect();
        let start = Start { arguments, user: user(), ..Start::default() };
        self.running = Some(Running::start("postgres", &self.programs.join("postgres"), start));
    }

    /// Whether it answers a question.
    async fn serves(&self) -> bool {
        let mut options = ConnectOptions::new(self.url("postgres"));
        let second = Duration::from_secs(1);
        options.max_connections(1).connect_timeout(second).acquire_timeout(second);
        let Ok(db) = Database::connect(options.sqlx_logging(false).to_owned()).await else {
            return false;
        };
        let answered = db.ping().await.is_ok();
        drop(db.close().await);
        answered
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://banjie@{}/{database}", self.address())
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where its files lie.
    pub(crate) fn data(&self) -> String {
        format!("{}/data", self.folder.said)
    }

    fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("PostgreSQL runs")
    }

    /// All its processes die at once.
    pub(crate) fn kill(&mut self) {
        self.running().kill();
    }

    /// Stops it as an operator does: `INT` breaks off what is under way.
    pub(crate) async fn stop(&mut self) {
        self.running().signal("INT");
        self.running().ended(START).await;
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.running().has_ended().is_some()
    }

    pub(crate) fn freeze(&mut self) {
        self.running().freeze();
    }

    pub(crate) fn thaw(&mut self) {
        self.running().thaw();
    }

    /// One process that serves a connection of the service dies: the server then breaks off all
    /// others and recovers.
    pub(crate) async fn kill_a_backend(&mut self, admin: &DatabaseConnection) {
        let ask = "SELECT pid FROM pg_stat_activity WHERE application_name = 'banjie' LIMIT 1";
        let backend = sea_orm::DbBackend::Postgres;
        let row = admin.query_one_raw(Statement::from_string(backend, ask)).await.unwrap();
        let pid: i32 = row.expect("the service is connected").try_get_by_index(0).unwrap();
        let pid = u32::try_from(pid).unwrap();
        assert!(children_of(self.running().pid()).contains(&pid));
        send("KILL", &[pid]);
    }
}

/// The server refuses to be root's.
fn user() -> Option<&'static str> {
    is_root().then_some("postgres")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn it_keeps_what_it_confirmed_when_it_is_killed() {
        let mut server = Postgres::start().await;
        let db = connect(&server.url("banjie")).await;
        db.execute_unprepared("CREATE TABLE kept (it int); INSERT INTO kept VALUES (7)")
            .await
            .unwrap();
        server.kill();
        assert!(!server.serves().await);
        server.start_again().await;
        let ask = Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT it FROM kept");
        let again = connect(&server.url("banjie")).await;
        let row = again.query_one_raw(ask).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 7);
        let data = server.data();
        drop(server);
        assert!(!std::path::Path::new(&data).exists());
    }
}

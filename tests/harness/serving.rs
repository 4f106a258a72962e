//! A PostgreSQL in a folder of its own, which ends with whoever started it: for the tests and for
//! the benchmark.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use super::process::{Guarded, find_program, free_port, guard, is_root};

/// Makes a new cluster and serves it. Prints port and folder when it answers.
const SERVE: &str = r#"
    set -e
    bin=$1 port=$2
    folder=$(mktemp -d -t banjie-postgres.XXXXXX)
    stop() {
        "$bin/pg_ctl" stop --silent --mode=immediate --pgdata="$folder/data" >/dev/null 2>&1 || true
        rm -rf "$folder"
    }
    trap stop EXIT
    trap : INT TERM HUP PIPE # whoever asked may be gone before the port is told
    "$bin/initdb" --pgdata="$folder/data" --username=banjie --auth=trust --no-sync \
        --encoding=UTF8 --locale=C >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    "$bin/pg_ctl" start --wait --silent --pgdata="$folder/data" --log="$folder/log" --options="-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= $3" \
        >"$folder/start" 2>&1 || { cat "$folder/start" "$folder/log" >&2; exit 1; }
    echo "$port $folder" || true
    read -r _ || true"#;

/// Starts one by the programs in `bin`, with `settings` such as `-c jit=off`. It listens on a free
/// port of the loopback address only.
///
/// # Errors
/// What its programs said when it did not start.
pub(crate) fn serve(bin: &Path, settings: &str) -> Result<Guarded, String> {
    let user = is_root().then_some("postgres"); // the server refuses to be root's
    let mut why = String::new();
    // Somebody else may take the port between the look and the start.
    for _ in 0..3 {
        let port = free_port().to_string();
        match guard(SERVE, &[bin.as_os_str(), OsStr::new(&port), OsStr::new(settings)], user) {
            Ok(server) => return Ok(server),
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// Where it listens.
pub(crate) fn port(server: &Guarded) -> &str {
    server.said.split(' ').next().unwrap_or_default()
}

/// The folder with `initdb` and `pg_ctl`: Debian keeps them out of `PATH`, one folder a version.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let told = std::process::Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|o| PathBuf::from(String::from_utf8_lossy(&o.stdout).trim()));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let in_path = find_program(&["initdb"]).and_then(|p| Some(p.parent()?.to_path_buf()));
    let newest = versions.into_iter().map(|(_, bin)| bin);
    let has_all = |bin: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).is_file())
    };
    told.into_iter().chain(newest).chain(in_path).find(has_all)
}

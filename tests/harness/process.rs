//! Processes and folders that end with the test run, however it ends.
//!
//! Statics are not dropped in Rust and a killed process drops nothing, so nothing here relies on
//! `Drop`: a shell holds the read end of a pipe whose only write end is in this process. When this
//! process is gone – it returned, panicked, was interrupted or killed – the shell reads the end of
//! the file, stops what it started and removes what it wrote.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Something that runs until this is dropped or the test process ends.
pub(crate) struct Guarded {
    /// The write end of the pipe. Closed first: the shell waits for that.
    stays: Option<ChildStdin>,
    shell: Child,
    /// What the shell said in the line that it printed when everything was ready.
    pub(crate) said: String,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.stays.take());
        // It stops what it started and ends by itself; here one only takes its leave of it.
        drop(self.shell.wait());
    }
}

/// Runs `script` in a shell and waits for the one line that it prints when all is ready. The script
/// must then read its input to the end and clean up. `as_user` runs it as another user.
///
/// # Errors
/// What the script printed on its error output, when it ended without that line.
pub(crate) fn guard(
    script: &str,
    arguments: &[&OsStr],
    as_user: Option<&str>,
) -> Result<Guarded, String> {
    let mut command = match as_user {
        Some(user) => {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", user, "--", "sh"]);
            runuser
        }
        None => Command::new("sh"),
    };
    command.arg("-c").arg(script).arg("sh").args(arguments);
    // Its own process group: Ctrl-C is for the tests, and the shell follows in order.
    command.process_group(0).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = command.spawn().map_err(|e| format!("{command:?} did not start: {e}"))?;
    let stays = shell.stdin.take();
    let mut said = String::new();
    let mut output = BufReader::new(shell.stdout.take().expect("it is piped"));
    output.read_line(&mut said).map_err(|e| e.to_string())?;
    if said.trim().is_empty() {
        drop(stays);
        let ended = shell.wait_with_output().map_err(|e| e.to_string())?;
        return Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned());
    }
    Ok(Guarded { stays, shell, said: said.trim().to_owned() })
}

/// A path for a new file or folder of this test run; all of them go when the run ends.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    scratch_folder().join(format!("{}-{name}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// In memory, where there is room: SQLite waits for the disk with each commit, and no test cuts the
/// power.
fn scratch_folder() -> &'static Path {
    static FOLDER: OnceLock<Guarded> = OnceLock::new();
    let guarded = FOLDER.get_or_init(|| {
        let script = r#"
            trap : INT TERM HUP PIPE
            under=${TMPDIR:-/tmp}
            room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
            if [ -w /dev/shm ] && [ "${room:-0}" -gt 8000000 ]; then under=/dev/shm; fi
            folder=$(mktemp -d -p "$under" banjie-tests.XXXXXX) || exit 1
            echo "$folder"
            read -r _
            rm -rf "$folder""#;
        guard(script, &[], None).expect("a temporary folder")
    });
    Path::new(&guarded.said)
}

/// Where a program is: the first of `names` in the folders of `PATH`.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |f| f.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// Whether this process is root's, whom PostgreSQL refuses to serve.
pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("`id` is on every system");
    id.stdout.trim_ascii() == b"0"
}

/// A port that was free a moment ago on the loopback address, given out once in this process.
///
/// It lies below those that the system gives to outgoing connections: one of these, of a test
/// beside this one, could otherwise take it before the server that it is meant for has started.
pub(crate) fn free_port() -> u16 {
    const RANGE: std::ops::Range<u32> = 10_240..32_700;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let width = RANGE.end - RANGE.start;
    for _ in 0..width {
        // Processes beside this one begin somewhere else.
        let offset = std::process::id() * 97 + GIVEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(RANGE.start + offset % width).expect("a port");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_is_guarded_ends_when_its_pipe_closes() {
        let folder = scratch("guarded");
        let script = r#"mkdir "$1"; echo ready; read -r _; rm -rf "$1""#;
        let guarded = guard(script, &[folder.as_os_str()], None).unwrap();
        assert!(folder.is_dir());
        drop(guarded);
        assert!(!folder.exists());
    }

    #[test]
    fn a_script_that_fails_says_why() {
        let error = guard("echo no such luck >&2; exit 3", &[], None).map(|_| ()).unwrap_err();
        assert_eq!(error, "no such luck");
    }

    #[test]
    fn a_program_is_found_by_any_of_its_names() {
        assert!(find_program(&["no-such-program", "sh"]).is_some());
        assert!(find_program(&["no-such-program"]).is_none());
        assert!(Command::new(find_program(&["true"]).unwrap()).status().unwrap().success());
    }
}

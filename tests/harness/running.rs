//! Programs of the fault tests: started, signalled, frozen, killed, and gone when the tests are.
//!
//! A program takes the place of the shell that it was started by, so that its number and its
//! exit status are its own. A watcher of that shell holds the read end of a pipe whose only
//! write end is in this process: when this process is gone, however it went, the watcher kills
//! the program and its children.

use std::{
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::{process::scratch, waiting::until};

/// `$$` is the program's number, in the watcher too. The watcher is itself a child of it.
const WATCHED: &str = r#"
    exec 3<&0
    {
        trap : INT TERM HUP PIPE
        read -r _ <&3
        read -r me _ </proc/self/stat
        children=$(sed -n "s/^\([0-9]*\) (.*) [A-Za-z] $$ .*/\1/p" /proc/[0-9]*/stat 2>/dev/null)
        kill -KILL $$
        for child in $children; do
            [ "$child" = "$me" ] || kill -KILL "$child"
        done
    } 2>/dev/null >/dev/null &
    exec 3<&-
    # A file that may not grow is an error to the program, as on a disk that is full.
    trap '' XFSZ
    exec "$@" </dev/null"#;

/// A program that runs until this is dropped or the tests end.
pub(crate) struct Running {
    name: String,
    /// The write end of the watcher's pipe.
    stays: Option<ChildStdin>,
    child: Child,
    log: PathBuf,
}

/// What a program is started with.
#[derive(Default)]
pub(crate) struct Start<'a> {
    pub(crate) arguments: Vec<&'a OsStr>,
    pub(crate) environment: Vec<(String, String)>,
    /// Another user, where the tests run as root.
    pub(crate) user: Option<&'a str>,
}

impl Running {
    /// Starts `program`; `name` is what failures call it. What it says goes into a file.
    pub(crate) fn start(name: &str, program: &Path, start: Start<'_>) -> Self {
        let log = scratch(&format!("{name}.log"));
        let out = File::create(&log).expect("a log");
        let mut command = match start.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
                command.args([user.as_str(), group.as_str(), "--clear-groups", "--", "sh"]);
                command
            }
            None => Command::new("sh"),
        };
        command.arg("-c").arg(WATCHED).arg("sh").arg(program).args(&start.arguments);
        command.envs(start.environment).current_dir("/");
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::piped());
        command.stdout(out.try_clone().expect("a log")).stderr(out);
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{name} did not start: {e}"));
        let stays = child.stdin.take();
        Self { name: name.to_owned(), stays, child, log }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal such as `TERM` to the program itself.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &[self.pid()]);
    }

    /// Stops the program and its children where they stand.
    pub(crate) fn freeze(&self) {
        send("STOP", &self.family());
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        send("CONT", &self.family());
    }

    /// No file that it writes may be longer than so many bytes; none: as long as it likes.
    pub(crate) fn limit_files(&self, bytes: Option<u32>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let (pid, limit) = (self.pid().to_string(), format!("--fsize={limit}:"));
        let set = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
        assert!(set.is_ok_and(|status| status.success()), "{limit} could not be set");
    }

    /// Ends it as a power cut does, and its children with it.
    pub(crate) fn kill(&mut self) {
        let family = self.family();
        if self.has_ended().is_none() {
            send("KILL", &family);
        }
        drop(self.stays.take());
        drop(self.child.wait());
    }

    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("it is a child of ours");
        if status.is_some() {
            // Its number may be another's from now on: nobody is to kill it any more.
            drop(self.stays.take());
        }
        status
    }

    /// How it ended, within `most`.
    pub(crate) async fn ended(&mut self, most: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        until(&what, most, async || self.has_ended()).await
    }

    /// All that it has said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its children and itself, which comes first.
    fn family(&self) -> Vec<u32> {
        let mut family = vec![self.pid()];
        family.extend(children_of(self.pid()));
        family
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(6_000);
            let from = (from..=log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or_default();
            eprintln!("---- the last words of {}:\n{}", self.name, &log[from..]);
        }
    }
}

/// The children of a process that do its work. The watcher is none of them: it must stay awake.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |child: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let Some((name, rest)) = stat.rsplit_once(") ") else { return false };
        rest.split(' ').nth(1) == Some(&pid.to_string()) && !name.ends_with("(sh")
    };
    numbers.filter(is_child).collect()
}

/// Sends a signal; one that is gone already is passed over.
pub(crate) fn send(signal: &str, pids: &[u32]) {
    let list: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let script =
        format!("for p in {}; do kill -s {signal} $p 2>/dev/null; done; :", list.join(" "));
    let sent = Command::new("sh").arg("-c").arg(script).status();
    assert!(sent.is_ok_and(|status| status.success()), "{signal} could not be sent to {pids:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Running {
        let arguments = vec![OsStr::new("-c"), OsStr::new(script)];
        Running::start("test", Path::new("/bin/sh"), Start { arguments, ..Start::default() })
    }

    #[actix_web::test]
    async fn a_program_is_signalled_and_its_status_is_its_own() {
        let mut program = shell("trap 'exit 7' TERM; echo here; while :; do sleep 0.05; done");
        until("a word", SOON, async || program.log().contains("here").then_some(())).await;
        program.freeze();
        program.signal("TERM");
        assert!(program.has_ended().is_none(), "it is frozen");
        program.thaw();
        assert_eq!(program.ended(SOON).await.code(), Some(7));
    }

    #[actix_web::test]
    async fn nothing_of_it_is_left_when_it_is_dropped() {
        let program = shell("sleep 1000 & echo $!; wait");
        until("a number", SOON, async || program.log().ends_with('\n').then_some(())).await;
        let child = program.log().trim().to_owned();
        let path = Path::new("/proc").join(child).join("exe");
        assert!(path.exists());
        drop(program);
        // An orphan is a zombie until somebody takes its leave: it has no program any more.
        until("its end", SOON, async || path.read_link().is_err().then_some(())).await;
    }
}

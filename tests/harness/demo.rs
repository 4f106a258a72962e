//! The real program, as a newcomer starts it: `banjie demo` in a process of its own.

use std::{path::PathBuf, sync::OnceLock};

use super::process::{Guarded, guard, scratch};

/// Starts `$1` with its data in `$2` and prints the line in which it says that it listens. What it
/// says besides goes into a file beside the data.
const DEMO: &str = r#"
    log="$2.log"
    export BANJIE__MAIL__QUIET_HOURS=false # it runs by the clock on the wall
    BANJIE__API__LISTEN=127.0.0.1:0 "$1" demo --data "$2" </dev/null >"$log" 2>&1 &
    program=$!
    trap : INT TERM HUP PIPE
    until grep -q '^listening on ' "$log"; do
        kill -0 "$program" 2>/dev/null || { cat "$log" >&2; exit 1; }
        sleep 0.2
    done
    sed -n 's/^listening on //p' "$log"
    read -r _
    kill "$program" 2>/dev/null
    wait "$program" 2>/dev/null"#;

/// A demonstration that runs until this is dropped.
pub(crate) struct Demonstration {
    running: Guarded,
    /// Its folder.
    pub(crate) data: PathBuf,
}

impl Demonstration {
    /// Starts one of its own, with its data in a folder called `name`.
    pub(crate) fn start(name: &str) -> Self {
        let data = scratch(name);
        let arguments = [env!("CARGO_BIN_EXE_banjie").as_ref(), data.as_os_str()];
        let running = guard(DEMO, &arguments, None);
        let running = running.unwrap_or_else(|e| panic!("the demo did not start: {e}"));
        Self { running, data }
    }

    /// Where it answers, such as `http://127.0.0.1:40123`.
    pub(crate) fn address(&self) -> &str {
        &self.running.said
    }
}

/// Where the demonstration answers that the tests of this run share.
pub(crate) fn address() -> &'static str {
    static SHARED: OnceLock<Demonstration> = OnceLock::new();
    SHARED.get_or_init(|| Demonstration::start("demo")).address()
}

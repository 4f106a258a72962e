//! Starts Debian's Chromium without a window, with a profile that nobody used before.

use std::path::Path;

use super::process::{Guarded, find_program, guard};

/// Prints where the browser is to be spoken to. `$1` is the program, the rest are its flags.
/// `HOME` is in the profile too: the browser leaves nothing behind.
const BROWSE: &str = r#"
    profile=$(mktemp -d -t banjie-chromium.XXXXXX) || exit 1
    clean() {
        rm -rf "$profile" 2>/dev/null
        # Some process of the browser's may still write a last word.
        (sleep 2; rm -rf "$profile") </dev/null >/dev/null 2>&1 &
    }
    trap clean EXIT
    trap : INT TERM HUP PIPE
    program=$1; shift
    env -u DBUS_SESSION_BUS_ADDRESS HOME="$profile" XDG_CONFIG_HOME="$profile" \
        XDG_CACHE_HOME="$profile" "$program" "$@" --remote-debugging-port=0 \
        --user-data-dir="$profile/data" about:blank </dev/null >"$profile/log" 2>&1 &
    chromium=$!
    told="$profile/data/DevToolsActivePort"
    until [ -s "$told" ] && [ -n "$(sed -n 2p "$told")" ]; do
        kill -0 "$chromium" 2>/dev/null || { cat "$profile/log" >&2; exit 1; }
        sleep 0.05
    done
    echo "ws://127.0.0.1:$(sed -n 1p "$told")$(sed -n 2p "$told")"
    read -r _
    kill "$chromium" 2>/dev/null
    wait "$chromium" 2>/dev/null"#;

const FLAGS: [&str; 15] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-breakpad",
    "--hide-scrollbars",
    "--password-store=basic",
    "--accept-lang=zh-CN,zh",
];

/// A running browser; it says where it is to be spoken to.
pub(super) fn start() -> Guarded {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let program = find_program(&names).expect(
        "Chromium is not installed, so nothing is shown in a browser. `./check` installs what the \
         tests need; on Debian it is `apt-get install chromium fonts-noto-cjk`",
    );
    let mut arguments = vec![program.as_os_str()];
    arguments.extend(FLAGS.iter().map(std::ffi::OsStr::new));
    guard(BROWSE, &arguments, None).unwrap_or_else(|e| panic!("Chromium did not start: {e}"))
}

/// The text of axe-core, which looks for barriers to people.
pub(super) fn axe() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).expect(
        "axe-core is not installed, so no page is looked at for barriers. `./check` installs what \
         the tests need; by hand it is `npm ci` in the folder `tests`",
    )
}

//! Asking for a password: from a file, the environment, or the keyboard; never an argument, which
//! everyone on the machine can read.

use std::{
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
    process::{Command, Stdio},
};

use entities::Sensitive;

use crate::fault::Fault;

const VARIABLE: &str = "BANJIE_PASSWORD";

/// The password of a new account.
pub(crate) fn ask(file: Option<&Path>) -> Result<Sensitive, Fault> {
    if let Some(file) = file {
        let text = fs::read_to_string(file).map_err(|source| Fault::File {
            file: file.to_path_buf(),
            doing: "read",
            source,
        })?;
        return Ok(Sensitive::new(text.lines().next().unwrap_or_default()));
    }
    if let Ok(text) = env::var(VARIABLE) {
        return Ok(Sensitive::new(text));
    }
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        let said = "there is nobody to ask for a password; use --password-file or the \
                    environment variable BANJIE_PASSWORD";
        return Err(Fault::Password(said.to_owned()));
    }
    let first = line("Password: ")?;
    if line("The same again: ")? != first {
        return Err(Fault::Password("the two passwords are not the same".to_owned()));
    }
    Ok(first)
}

fn line(prompt: &str) -> Result<Sensitive, Fault> {
    let asked = || -> io::Result<String> {
        eprint!("{prompt}");
        io::stderr().flush()?;
        let _silence = Silence::new();
        let mut text = String::new();
        io::stdin().lock().read_line(&mut text)?;
        Ok(text)
    };
    let text =
        asked().map_err(|error| Fault::Password(format!("no password was read: {error}")))?;
    eprintln!();
    Ok(Sensitive::new(text.trim_end_matches(['\r', '\n'])))
}

/// While it lives, the terminal does not show what is typed.
struct Silence;

impl Silence {
    fn new() -> Self {
        echo("-echo");
        Self
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        echo("echo");
    }
}

/// Where there is no `stty`, the password is seen as it is typed; that is no reason not to ask.
fn echo(mode: &str) {
    drop(Command::new("stty").arg(mode).stdin(Stdio::inherit()).status());
}

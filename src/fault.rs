//! Why the program stops, in a sentence for the person who started it.

use std::{error::Error, io, net::SocketAddr, path::PathBuf};

use sea_orm::DbErr;
use workflow::{CommandError, Refusal, program::Finding, seal::NotKeyRing, sign_in::SignInError};

use crate::settings::NotSettings;

/// Why the program stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] NotSettings),
    /// The folder for data cannot be used.
    #[error("the folder {} cannot be used; name another one with --data", .folder.display())]
    Data { folder: PathBuf, source: io::Error },
    /// The database cannot be reached.
    #[error("the database cannot be opened; look at database.url")]
    Connect(#[source] DbErr),
    /// SQLite does not keep what it is told to.
    #[error("SQLite has {name} = {found}, but needs {wanted}; use a local disk for --data")]
    Pragma { name: &'static str, found: String, wanted: &'static str },
    /// Another process has been changing the schema for very long.
    #[error("another process has been bringing the schema up to date for ten minutes")]
    Locked,
    /// A half needs a database that several processes can use.
    #[error(
        "banjie {0} works beside other processes and needs PostgreSQL (database.url); on SQLite \
         the whole service is one process: banjie serve"
    )]
    Alone(&'static str),
    /// The schema is older than the program.
    #[error("the database's schema is {0} step(s) behind; run `banjie migrate`")]
    Behind(usize),
    /// The schema is one that the program does not understand.
    #[error("the database's schema is for newer versions of this program only; upgrade it")]
    Contracted,
    /// The key file is not there, though things are encrypted.
    #[error(
        "the database holds encrypted data, but the key file {} is not there; put its copy back, \
         or name it in keys.file", .0.display()
    )]
    KeysMissing(PathBuf),
    /// The key file is another one.
    #[error(
        "the keys in {} are not those that the database was encrypted with; name the right file \
         in keys.file", .file.display()
    )]
    KeysStrange { file: PathBuf, source: CommandError },
    /// The key file cannot be read.
    #[error("the key file cannot be used")]
    Keys(#[from] NotKeyRing),
    /// A file of programs is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Program(Vec<Finding>),
    /// A file cannot be read or written.
    #[error("{} cannot be {doing}", .file.display())]
    File { file: PathBuf, doing: &'static str, source: io::Error },
    /// Nobody may listen there.
    #[error("{address} cannot be listened on; choose another in {key} (port 0 takes any)")]
    Listen { address: SocketAddr, key: &'static str, source: io::Error },
    /// There is no password to be had.
    #[error("{0}")]
    Password(String),
    /// A rule refused it, or the database failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Signing in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// Not a database of a demonstration.
    #[error(
        "{0} is not a demonstration's database, and the demonstration touches no other; name an \
         empty folder with --data"
    )]
    NotDemo(String),
    /// The demonstration could not be made.
    #[error("the demonstration could not be made: {0}")]
    Demo(String),
    /// A calendar file is wrong.
    #[error("{}: {why}", .file.display())]
    Calendar { file: PathBuf, why: String },
    /// Some clocks were left behind.
    #[error(
        "{0} case(s) could not be projected anew; see the log, then import the same file again"
    )]
    NotProjected(usize),
    /// The clocks of cases could not be looked at after an outage.
    #[error("the clocks of {0} case(s) did not stand; see the log, then ask for the same again")]
    NotStood(usize),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbErr),
    /// A half of the service stopped by itself.
    #[error("the service has stopped by itself")]
    Stopped(#[source] io::Error),
    /// Nothing can be measured.
    #[error("nothing can be measured: {0}")]
    Measuring(String),
    /// The log or the traces cannot begin.
    #[error("the log cannot begin: {0}")]
    Telling(String),
    /// No threads to be had.
    #[error("the program cannot start")]
    Runtime(#[source] io::Error),
}

impl Fault {
    /// The sentence, and what is behind it.
    pub(crate) fn whole(&self) -> String {
        let mut text = match self {
            // What does not fit is said in both languages.
            Self::Command(CommandError::Refused(Refusal::Unfit(said))) => {
                format!("{}。{}", said.zh, said.en)
            }
            other => other.to_string(),
        };
        let mut source = self.source();
        while let Some(cause) = source {
            let said = cause.to_string();
            if !text.ends_with(&said) {
                text = format!("{text}: {said}");
            }
            source = cause.source();
        }
        text
    }
}

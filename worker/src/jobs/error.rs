//! Why a job did not get done.

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use workflow::{CommandError, seal::SealError, sign_in::SignInError};

/// Why a job did not get done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The lease ran out under the work: another worker has it, or had it.
    #[error("the lease is lost")]
    Lost,
    /// What the job is about is not there.
    #[error("there is no such {0}")]
    Gone(&'static str),
    /// The letter was not taken yet.
    #[error("not sent: {why}")]
    NotSent {
        /// What the server said.
        why: String,
        /// When to try again, machine time.
        at: DateTime<Utc>,
    },
    /// Enough letters have gone out for now.
    #[error("it waits for its turn")]
    Paced {
        /// When to ask again, machine time.
        at: DateTime<Utc>,
    },
    /// The rules said no, or the database.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The database said no.
    #[error("the database failed: {0}")]
    Db(#[from] DbErr),
    /// What is stored does not read as what it should be.
    #[error("a stored value cannot be read: {0}")]
    Stored(String),
    /// Personal data did not open.
    #[error("personal data cannot be opened: {0}")]
    Seal(#[from] SealError),
    /// The phone of an account did not open.
    #[error(transparent)]
    Account(#[from] SignInError),
    /// A template did not render.
    #[error("a template failed: {0}")]
    Template(#[from] askama::Error),
}

impl JobError {
    /// Whether another try would end the same way, and that is as it should be.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Gone(_) | Self::Command(CommandError::Refused(_)) => true,
            Self::Lost
            | Self::NotSent { .. }
            | Self::Paced { .. }
            | Self::Command(_)
            | Self::Db(_)
            | Self::Stored(_)
            | Self::Seal(_)
            | Self::Account(_)
            | Self::Template(_) => false,
        }
    }
}

impl From<serde_json::Error> for JobError {
    fn from(error: serde_json::Error) -> Self {
        Self::Stored(error.to_string())
    }
}

//! Why someone was not signed in.

use crate::seal::SealError;

/// Why someone was not signed in. The first group is the caller's doing; the second is ours.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown login, wrong password, no password, disabled: all the same to the outside.
    #[error("the login or the password is wrong")]
    WrongPassword,
    /// Too many wrong passwords or codes, by this account or from this network.
    #[error("too many wrong attempts; try again in {retry_after} s")]
    Locked {
        /// Seconds.
        retry_after: i64,
    },
    /// Not a mainland mobile number.
    #[error("this is not a mobile number of eleven digits")]
    NotAPhone,
    /// A code was asked for too often, for this phone or from this network.
    #[error("too many codes were asked for; try again in {retry_after} s")]
    TooManyCodes {
        /// Seconds.
        retry_after: i64,
    },
    /// Wrong, used, run out, tried too often or never sent: all the same to the outside.
    #[error("the code is wrong or has run out; ask for a new one")]
    WrongCode,
    /// The phone is proved, but its account is disabled.
    #[error("this account has been disabled")]
    Disabled,
    /// The new password is too easy.
    #[error("the new password is too easy: {0}")]
    WeakPassword(WeakPassword),
    /// Another account has this login.
    #[error("the login {0:?} is taken")]
    LoginTaken(String),
    /// Not a login: 1–64 characters out of `a-z 0-9 . _ - @`.
    #[error("{0:?} is not a login: 1 to 64 of a-z, 0-9, '.', '_', '-', '@'")]
    NotALogin(String),
    /// Not a name for a token.
    #[error("a token's name has 1 to 80 characters")]
    NotATokenName,

    /// The database said no.
    #[error("the database failed")]
    Db(#[from] sea_orm::DbErr),
    /// A password could not be hashed, or a stored hash did not read back.
    #[error("hashing failed: {0}")]
    Hashing(String),
    /// The machine gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    /// A phone number could not be sealed.
    #[error("sealing failed")]
    Seal(#[from] SealError),
}

impl From<getrandom::Error> for SignInError {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer characters than asked for.
    #[error("it needs at least {least} characters")]
    TooShort {
        /// Characters.
        least: usize,
    },
    /// More characters than are read.
    #[error("it may have at most {most} characters")]
    TooLong {
        /// Characters.
        most: usize,
    },
    /// One of the passwords that everyone tries first.
    #[error("it is one that is tried first")]
    Common,
    /// The login is in it.
    #[error("it contains the login")]
    ContainsLogin,
    /// The same as before.
    #[error("it is the old one")]
    Unchanged,
}

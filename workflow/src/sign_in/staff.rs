//! Staff: signing in by password, and changing it.

use chrono::{DateTime, Utc};
use entities::{
    AccountId, AccountKind, Language, PersonId, Sensitive,
    account::{self, ActiveModel, Entity},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QuerySelect, SqlErr, sea_query::LockType,
};

use super::{
    Opened, Passwords, SignInError, SignInLimits, Visit, WeakPassword, end_all_sessions,
    password_policy::strong_enough,
    secret::{digest, in_text},
    sessions::open_session,
    throttle::{self, Counted, Throttle},
};
use crate::{
    measures::{self, SignInBy},
    tx::{self, Store},
};

/// What a member of staff types.
#[derive(Clone, Debug)]
pub struct SignInStaff {
    /// In any case, with blanks around it.
    pub login: String,
    /// As typed.
    pub password: Sensitive,
}

/// Signs a member of staff in.
///
/// Takes a connection, not a transaction, since the slow hash must not be computed inside one:
/// the attempt is counted in a first, the session opened in a second. Whoever is cut off
/// between them has lost one attempt.
///
/// # Errors
/// [`SignInError::WrongPassword`], [`SignInError::Locked`], or ours.
pub async fn with_password(
    store: &Store,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    passwords: &Passwords,
    visit: &Visit,
    ask: SignInStaff,
) -> Result<Opened, SignInError> {
    let login = ask.login.trim().to_lowercase();
    let keys = Keys::of(&login, &visit.network);
    let account = tx::write(store, async |tx| {
        keys.count(tx, now, limits).await?;
        Ok::<_, SignInError>(Entity::of_login(&login).one(tx).await?)
    })
    .await?;
    let usable = account.filter(|account| account.disabled_at.is_none());
    let stored = usable.as_ref().and_then(|account| account.password_hash.clone());
    let fits = passwords.fits(ask.password, stored.clone()).await?;
    let Some(account) = usable.filter(|_| fits) else {
        tracing::info!("a password was wrong");
        measures::sign_in_failed(SignInBy::Password, false);
        return Err(SignInError::WrongPassword);
    };
    tx::write(store, async |tx| {
        // Read again under its lock: it may have been disabled, or its password changed,
        // while we hashed. A lock that whoever only refers to the account does not wait for,
        // such as a request of the same person that is under way, nor we for them.
        let account = Entity::find_by_id(account.id).lock(LockType::NoKeyUpdate).one(tx).await?;
        let account = account
            .filter(|account| account.disabled_at.is_none() && account.password_hash == stored)
            .ok_or(SignInError::WrongPassword)?;
        keys.forgive(tx, limits).await?;
        open_session(tx, now, limits, visit, account).await
    })
    .await
}

/// What someone types who wants another password.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// The one they have.
    pub old: Sensitive,
    /// The one they want.
    pub new: Sensitive,
}

/// Changes a password. All sessions of the account end; the answer is a new one for the
/// browser that asked. Wrong old passwords count like wrong passwords at the door.
///
/// # Errors
/// [`SignInError::WrongPassword`], [`SignInError::Locked`], [`SignInError::WeakPassword`], or
/// ours.
pub async fn change_password(
    store: &Store,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    passwords: &Passwords,
    (account, visit): (AccountId, &Visit),
    ask: ChangePassword,
) -> Result<Opened, SignInError> {
    let found =
        Entity::find_by_id(account).one(store.read()).await?.ok_or(SignInError::WrongPassword)?;
    let login = found.login.clone().unwrap_or_default();
    strong_enough(&login, ask.new.expose()).map_err(SignInError::WeakPassword)?;
    if ask.new == ask.old {
        return Err(SignInError::WeakPassword(WeakPassword::Unchanged));
    }
    let keys = Keys::of(&login, &visit.network);
    tx::write(store, async |tx| keys.count(tx, now, limits).await).await?;
    if !passwords.fits(ask.old, found.password_hash.clone()).await? {
        return Err(SignInError::WrongPassword);
    }
    let hash = passwords.hash(ask.new).await?;
    tx::write(store, async |tx| {
        let account = Entity::find_by_id(account).lock(LockType::NoKeyUpdate).one(tx).await?;
        let account = account
            .filter(|now| now.disabled_at.is_none() && now.password_hash == found.password_hash)
            .ok_or(SignInError::WrongPassword)?;
        let mut row = account.into_active_model();
        row.password_hash = Set(Some(hash.clone()));
        row.password_given = Set(false);
        let account = row.update(tx).await?;
        end_all_sessions(tx, now, account.id).await?;
        keys.forgive(tx, limits).await?;
        open_session(tx, now, limits, visit, account).await
    })
    .await
}

/// A new account for a member of staff.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Kept in lower case.
    pub login: String,
    /// From [`Passwords::hash`].
    pub password_hash: Sensitive,
    /// Whether somebody else chose it: the first thing they do is to choose their own.
    pub given: bool,
    /// Who they are.
    pub person: PersonId,
    /// What they read.
    pub language: Language,
}

/// Makes an account for a member of staff. Whether the password is strong is the caller's to
/// ask before hashing it ([`NewStaff::checked`]).
///
/// # Errors
/// [`SignInError::NotALogin`], [`SignInError::LoginTaken`], or ours.
pub async fn create_staff(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    ask: NewStaff,
) -> Result<AccountId, SignInError> {
    let login = ask.login.trim().to_lowercase();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_@".contains(&b);
    if login.is_empty() || login.len() > 64 || !login.bytes().all(allowed) {
        return Err(SignInError::NotALogin(login));
    }
    if Entity::of_login(&login).one(tx).await?.is_some() {
        return Err(SignInError::LoginTaken(login));
    }
    let row = ActiveModel {
        id: Set(AccountId::at(now)),
        kind: Set(AccountKind::Staff),
        login: Set(Some(login.clone())),
        password_hash: Set(Some(ask.password_hash)),
        password_given: Set(ask.given),
        phone_index: Set(None),
        phone_sealed: Set(None),
        person_id: Set(Some(ask.person)),
        second_factor: Set(None),
        language: Set(ask.language),
        created_at: Set(now),
        disabled_at: Set(None),
    };
    let made: Result<account::Model, _> = row.insert(tx).await;
    match made {
        Ok(account) => Ok(account.id),
        Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(SignInError::LoginTaken(login))
        }
        Err(e) => Err(e.into()),
    }
}

impl NewStaff {
    /// Checks a password for `login` and hashes it.
    ///
    /// # Errors
    /// [`SignInError::WeakPassword`], or ours.
    pub async fn checked(
        passwords: &Passwords,
        login: &str,
        password: Sensitive,
    ) -> Result<Sensitive, SignInError> {
        strong_enough(login, password.expose()).map_err(SignInError::WeakPassword)?;
        passwords.hash(password).await
    }
}

/// What is counted at the door: unknown logins are counted like known ones.
struct Keys {
    account: String,
    network: String,
}

impl Keys {
    fn of(login: &str, network: &str) -> Self {
        let account = format!("password/account/{}", in_text(&digest(login)));
        Self { account, network: format!("password/network/{network}") }
    }

    async fn count(
        &self,
        tx: &DatabaseTransaction,
        now: DateTime<Utc>,
        limits: &SignInLimits,
    ) -> Result<(), SignInError> {
        let (account, network) = throttles(limits);
        for (throttle, key) in [(account, &self.account), (network, &self.network)] {
            if let Counted::Locked(retry_after) = throttle.count(tx, now, key).await? {
                measures::sign_in_failed(SignInBy::Password, true);
                return Err(SignInError::Locked { retry_after });
            }
        }
        Ok(())
    }

    /// After the right password the account's count is gone; of the network's only this
    /// attempt, or one good account would buy a guesser any number of tries.
    async fn forgive(
        &self,
        tx: &DatabaseTransaction,
        limits: &SignInLimits,
    ) -> Result<(), SignInError> {
        throttle::forget(tx, &self.account).await?;
        throttles(limits).1.give_back(tx, &self.network).await?;
        Ok(())
    }
}

fn throttles(limits: &SignInLimits) -> (Throttle, Throttle) {
    let account = Throttle { most: limits.wrong_per_account, window: limits.lock };
    (account, Throttle { most: limits.wrong_per_network, window: limits.lock })
}

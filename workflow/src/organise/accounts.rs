//! How a member of staff signs in, and when an account opens nothing.

use chrono::{DateTime, Utc};
use entities::{AccountId, AccountKind, Language, PersonId, Sensitive, Stream, account, person};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QuerySelect, sea_query::LockType,
};
use serde_json::json;

use super::{entitled, refused};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::append,
    rules::administering::{Power, not_oneself},
    sign_in::{NewStaff, SignInError, create_staff, disable_account, end_all_sessions},
};

/// An account that shall be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// 1 to 64 of `a-z 0-9 . _ - @`.
    pub login: String,
    /// From [`NewStaff::checked`], which also judges the password; hashing takes too long to do
    /// inside a transaction.
    pub password_hash: Sensitive,
    /// Whose.
    pub person: PersonId,
    /// What they read.
    pub language: Language,
}

/// Lets a person sign in by login and password.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no system administrator,
/// [`Refusal::Unfit`] for a login that is taken or is none; or the database's.
#[tracing::instrument(skip_all)]
pub async fn add_staff_account(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: NewAccount,
) -> Result<AccountId, CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    let NewAccount { login, password_hash, person, language } = ask;
    if person::Entity::find_by_id(person).one(tx).await?.is_none() {
        return Err(Refusal::NotFound("person").into());
    }
    let new = NewStaff { login, password_hash, person, language };
    let made = create_staff(tx, workflow.clock.machine(), new).await;
    let id = made.map_err(|error| match error {
        SignInError::Db(error) => CommandError::Db(error),
        SignInError::LoginTaken(_) => {
            let zh = "此账号名已被使用，请另取";
            refused(zh, error.to_string()).into()
        }
        theirs => {
            let zh = "账号名为 1 至 64 个小写字母、数字或 . _ - @";
            refused(zh, theirs.to_string()).into()
        }
    })?;
    let what = ("account_added", json!({ "account": id }));
    append(tx, now, Stream::Person, person.0, by, what).await?;
    Ok(id)
}

/// Locks a member of staff out: their sessions and tokens end with it.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no security administrator, or for
/// one's own; or the database's.
#[tracing::instrument(skip_all)]
pub async fn lock_account(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    id: AccountId,
) -> Result<(), CommandError> {
    let (row, person, now) = of_staff(tx, workflow, by, id).await?;
    disable_account(tx, workflow.clock.machine(), row.id).await?;
    let what = ("account_locked", json!({ "account": id }));
    append(tx, now, Stream::Person, person.0, by, what).await
}

/// Lets a member of staff in again. What had ended stays ended: they sign in anew.
///
/// # Errors
/// As [`lock_account`].
#[tracing::instrument(skip_all)]
pub async fn unlock_account(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    id: AccountId,
) -> Result<(), CommandError> {
    let (row, person, now) = of_staff(tx, workflow, by, id).await?;
    let mut row = row.into_active_model();
    row.disabled_at = Set(None);
    row.update(tx).await?;
    let what = ("account_unlocked", json!({ "account": id }));
    append(tx, now, Stream::Person, person.0, by, what).await
}

/// Gives a member of staff another password, and ends their sessions. `hash` is of
/// [`NewStaff::checked`].
///
/// # Errors
/// As [`lock_account`].
#[tracing::instrument(skip_all)]
pub async fn set_password(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (id, hash): (AccountId, Sensitive),
) -> Result<(), CommandError> {
    let (row, person, now) = of_staff(tx, workflow, by, id).await?;
    let mut row = row.into_active_model();
    row.password_hash = Set(Some(hash));
    row.update(tx).await?;
    end_all_sessions(tx, workflow.clock.machine(), id).await?;
    let what = ("password_set", json!({ "account": id }));
    append(tx, now, Stream::Person, person.0, by, what).await
}

/// An account of staff, whose it is, and the moment; for whoever answers for accounts.
async fn of_staff(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    id: AccountId,
) -> Result<(account::Model, PersonId, DateTime<Utc>), CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Secure, now).await?;
    let row = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await?;
    let row = row.filter(|row| row.kind == AccountKind::Staff);
    let row = row.ok_or(Refusal::NotFound("account"))?;
    let person = row.person_id.ok_or(Refusal::NotFound("account"))?;
    not_oneself(by, person)?;
    Ok((row, person, now))
}

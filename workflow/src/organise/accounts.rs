//! How a member of staff signs in, and when an account opens nothing.

use chrono::{DateTime, Utc};
use entities::{
    AccountId, AccountKind, Language, PersonId, Sensitive, Stream, account, appointment, person,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, sea_query::LockType,
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

/// Lets a person sign in by login and password. One account each: a second one would let whoever
/// makes it act in their name. Source: the three administrative roles keep apart what signs in from
/// who works where. A password that an administrator chose is good for choosing one's own; what
/// the operator types at the machine is taken as theirs.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever is no system administrator, or, of
/// somebody who administers, no security administrator; [`Refusal::Unfit`] for a login that is
/// taken or is none, and for somebody who has an account; or the database's.
#[tracing::instrument(skip_all)]
pub async fn add_staff_account(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: NewAccount,
) -> Result<AccountId, CommandError> {
    let now = workflow.clock.now();
    let NewAccount { login, password_hash, person, language } = ask;
    let power = if administers(tx, person, now).await? { Power::Secure } else { Power::Organise };
    entitled(tx, by, power, now).await?;
    not_oneself(by, person)?;
    // Locked, so that two who make one at the same time make one.
    let found = person::Entity::find_by_id(person).lock(LockType::NoKeyUpdate).one(tx).await?;
    if found.is_none() {
        return Err(Refusal::NotFound("person").into());
    }
    let staff = account::Entity::find()
        .filter(account::Column::PersonId.eq(person))
        .filter(account::Column::Kind.eq(AccountKind::Staff));
    if staff.count(tx).await? > 0 {
        return Err(refused(
            "此人已有账号；忘记密码的，请安全管理员重置，账号停用的，请安全管理员解锁",
            "this person has an account; the security administrator gives it another password, or \
             unlocks it",
        )
        .into());
    }
    let new = NewStaff { login, password_hash, given: by.is_some(), person, language };
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

/// Whether somebody has one of the three administrative roles, or will have.
async fn administers(
    tx: &DatabaseTransaction,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, CommandError> {
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.eq(person))
        .filter(
            Condition::any()
                .add(appointment::Column::ToAt.is_null())
                .add(appointment::Column::ToAt.gt(now)),
        )
        .all(tx)
        .await?;
    Ok(held.iter().any(|held| held.duty.is_administrative()))
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

/// Gives a member of staff another password, with which they choose their own, and ends their
/// sessions. `hash` is of [`NewStaff::checked`].
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
    row.password_given = Set(true);
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

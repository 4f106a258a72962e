//! How a member of staff signs in.

use entities::{AccountId, Language, PersonId, Sensitive, Stream, person};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;

use super::refused;
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::append,
    sign_in::{NewStaff, SignInError, create_staff},
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
/// [`Refusal::NotFound`], [`Refusal::Organisation`] for a login that is taken or is none; or the
/// database's.
#[tracing::instrument(skip_all)]
pub async fn add_staff_account(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: NewAccount,
) -> Result<AccountId, CommandError> {
    let NewAccount { login, password_hash, person, language } = ask;
    if person::Entity::find_by_id(person).one(tx).await?.is_none() {
        return Err(Refusal::NotFound("person").into());
    }
    let new = NewStaff { login, password_hash, person, language };
    let made = create_staff(tx, workflow.clock.machine(), new).await;
    let id = made.map_err(|error| match error {
        SignInError::Db(error) => CommandError::Db(error),
        theirs => refused(theirs.to_string()).into(),
    })?;
    let what = ("account_added", json!({ "account": id }));
    append(tx, workflow.clock.now(), Stream::Person, person.0, by, what).await?;
    Ok(id)
}

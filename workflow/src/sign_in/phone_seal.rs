//! An applicant's number at rest: sealed under the account's own key, found by blind index.

use chrono::{DateTime, Utc};
use entities::{AccountId, Sensitive, SignInCodeId, account, data_key};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
};

use super::SignInError;
use crate::seal::{Aad, DataKey, KeyRing, open_text, seal};

/// The owner of a data key, as `data_key.owner_kind` has it.
const OWNER: &str = "account";

/// The index under which a normalised number is found.
pub fn phone_index(keys: &KeyRing, phone: &Sensitive) -> [u8; 16] {
    keys.blind_index("account.phone_index").of(phone.expose())
}

/// What is kept of a code: keyed, and different for each row.
pub(super) fn code_hash(keys: &KeyRing, id: SignInCodeId, code: &str) -> [u8; 16] {
    keys.blind_index("sign_in_code.code_hash").of(&format!("{id}:{code}"))
}

/// Makes the account's data key and seals its number with it. Destroying the key's row erases
/// the number, in backups too.
pub(super) async fn seal_phone(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    keys: &KeyRing,
    account: AccountId,
    phone: &Sensitive,
) -> Result<Vec<u8>, SignInError> {
    let row = account.to_string();
    let key = DataKey::generate()?;
    let stored = data_key::ActiveModel {
        owner_kind: Set(OWNER.to_owned()),
        owner_id: Set(account.0),
        wrapped: Set(keys.wrap(&key, &owner(&row))?),
        created_at: Set(now),
    };
    stored.insert(tx).await?;
    Ok(seal(&key, &place(&row), phone.expose().as_bytes())?)
}

/// The number behind an account: eleven digits; none for staff, or once it has been erased.
///
/// # Errors
/// [`SignInError::Seal`] when it does not open, [`SignInError::Db`].
pub async fn phone_of<C: ConnectionTrait>(
    db: &C,
    keys: &KeyRing,
    account: &account::Model,
) -> Result<Option<Sensitive>, SignInError> {
    let Some(sealed) = &account.phone_sealed else { return Ok(None) };
    let id = (OWNER.to_owned(), account.id.0);
    let stored: Result<_, DbErr> = data_key::Entity::find_by_id(id).one(db).await;
    let Some(stored) = stored? else { return Ok(None) };
    let row = account.id.to_string();
    let key = keys.unwrap(&stored.wrapped, &owner(&row))?;
    let phone = open_text(&key, &place(&row), sealed)?;
    Ok(Some(Sensitive::new(phone.into_inner())))
}

fn owner(account: &str) -> String {
    format!("{OWNER}/{account}")
}

fn place(row: &str) -> Aad<'_> {
    Aad { table: "account", column: "phone_sealed", row }
}

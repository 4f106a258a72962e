//! Personal data in the database: which key, which place, sealed and opened.

use chrono::{DateTime, Utc};
use entities::{CaseId, PersonId, data_key};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryOrder};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    CommandError, Workflow,
    record::Batch,
    seal::{self, Aad, DataKey, KeyRing, SealError, Sensitive},
};

/// Whose data a key encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// One person's.
    Person(PersonId),
    /// One case's.
    Case(CaseId),
    /// What belongs to neither: codes on their way, phones of accounts.
    System,
}

impl Owner {
    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::Person(id) => ("person", id.0),
            Self::Case(id) => ("case", id.0),
            Self::System => ("system", Uuid::nil()),
        }
    }

    fn label(self) -> String {
        let (kind, id) = self.parts();
        format!("{kind} {id}")
    }
}

/// The key of `owner`; none when nothing of theirs was ever encrypted, or all was erased.
///
/// # Errors
/// The database's, or [`CommandError::Seal`] when the key-encryption key is not the one it was
/// wrapped with.
pub async fn key(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    owner: Owner,
) -> Result<Option<DataKey>, CommandError> {
    let (kind, id) = owner.parts();
    let row = data_key::Entity::find_by_id((kind.to_owned(), id)).one(db).await?;
    match row {
        Some(row) => Ok(Some(workflow.keys.unwrap(&row.wrapped, &owner.label())?)),
        None => Ok(None),
    }
}

/// Whether anything in the database is encrypted.
///
/// # Errors
/// The database's.
pub async fn is_in_use(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(data_key::Entity::find().one(db).await?.is_some())
}

/// Whether `keys` open what is encrypted in the database: the first and the last data key are
/// tried, since those between were wrapped between them.
///
/// # Errors
/// [`CommandError::Seal`] when they do not; or the database's.
pub async fn opens(db: &impl ConnectionTrait, keys: &KeyRing) -> Result<(), CommandError> {
    let made = data_key::Column::CreatedAt;
    let first = data_key::Entity::find().order_by_asc(made).one(db).await?;
    let last = data_key::Entity::find().order_by_desc(made).one(db).await?;
    for row in first.into_iter().chain(last) {
        let between = if row.owner_kind == "account" { '/' } else { ' ' };
        keys.unwrap(&row.wrapped, &format!("{}{between}{}", row.owner_kind, row.owner_id))?;
    }
    Ok(())
}

/// The key of `owner`, made now if there is none.
///
/// # Errors
/// As [`key`].
pub async fn key_or_new(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    owner: Owner,
    now: DateTime<Utc>,
) -> Result<DataKey, CommandError> {
    if let Some(key) = key(tx, workflow, owner).await? {
        return Ok(key);
    }
    let new = DataKey::generate()?;
    let (kind, id) = owner.parts();
    let row = data_key::Model {
        owner_kind: kind.to_owned(),
        owner_id: id,
        wrapped: workflow.keys.wrap(&new, &owner.label())?,
        created_at: now,
    };
    let mut batch = Batch::default();
    batch.insert::<data_key::Entity>(vec![row]);
    batch.run(tx).await?;
    Ok(new)
}

/// Text, sealed for one place in the database.
///
/// # Errors
/// [`SealError`].
pub fn seal_text(
    key: &DataKey,
    place: (&str, &str, &str),
    text: &str,
) -> Result<Vec<u8>, SealError> {
    let (table, column, row) = place;
    seal::seal(key, &Aad { table, column, row }, text.as_bytes())
}

/// The text that was sealed there.
///
/// # Errors
/// [`SealError`].
pub fn open_text(
    key: &DataKey,
    place: (&str, &str, &str),
    sealed: &[u8],
) -> Result<Sensitive<String>, SealError> {
    let (table, column, row) = place;
    seal::open_text(key, &Aad { table, column, row }, sealed)
}

/// A value as JSON, sealed for one place in the database.
///
/// # Errors
/// [`CommandError::Seal`], [`CommandError::Stored`].
pub fn seal_value(
    key: &DataKey,
    place: (&str, &str, &str),
    value: &impl Serialize,
) -> Result<Vec<u8>, CommandError> {
    Ok(seal_text(key, place, &serde_json::to_string(value)?)?)
}

/// The value that was sealed there.
///
/// # Errors
/// [`CommandError::Seal`], [`CommandError::Stored`].
pub fn open_value<T: DeserializeOwned>(
    key: &DataKey,
    place: (&str, &str, &str),
    sealed: &[u8],
) -> Result<T, CommandError> {
    Ok(serde_json::from_str(open_text(key, place, sealed)?.expose())?)
}

//! The key that one person's or one case's personal data is encrypted with; itself wrapped.

use sea_orm::entity::prelude::*;

/// The key that one person's or one case's personal data is encrypted with; itself wrapped.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    /// `person`, `case` or `system`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// Encrypted with the key-encryption key; destroyed, it erases all that it encrypted.
    pub wrapped: Vec<u8>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

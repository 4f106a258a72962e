//! When somebody wants their digest.

use sea_orm::entity::prelude::*;

use crate::PersonId;

/// When somebody wants their digest; without a row it comes at 08:30.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "digest_setting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// `09:00` of working days; none: they want no digest.
    pub at: Option<String>,
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! When somebody wants their digest.

use sea_orm_migration::{
    prelude::*,
    schema::{string_len_null, timestamp_with_time_zone, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("digest_setting")
                .col(uuid("person_id").primary_key())
                .col(string_len_null("at", 5))
                .col(timestamp_with_time_zone("changed_at"))
                .foreign_key(
                    ForeignKey::create().from("digest_setting", "person_id").to("person", "id"),
                )
                .take(),
        )
        .await
    }
}

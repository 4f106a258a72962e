//! 批量办理: like cases that one person approves in one act, and what came of each.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, integer, string, string_len, string_len_null, string_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("batch")
                .col(uuid("id").primary_key())
                .col(uuid("person_id"))
                .col(uuid("account_id"))
                .col(string("program"))
                .col(string_len("program_hash", 64))
                .col(string("path"))
                .col(string_len("seed", 64))
                .col(integer("size"))
                .col(integer("sample"))
                .col(timestamp_with_time_zone("made_at"))
                .col(timestamp_with_time_zone_null("signed_at"))
                .col(string_null("key"))
                .col(string_len_null("request", 64))
                .col(timestamp_with_time_zone_null("done_at"))
                .foreign_key(ForeignKey::create().from("batch", "person_id").to("person", "id"))
                .take(),
        )
        .await?;
        m.create_index(index("batch_person", "batch", &["person_id", "id"])).await?;
        m.create_table(
            table("batch_row")
                .col(uuid("batch_id"))
                .col(uuid("task_id"))
                .col(uuid("case_id"))
                .col(integer("place"))
                .col(string_len("seen", 64))
                .col(boolean("sampled"))
                .col(timestamp_with_time_zone_null("opened_at"))
                .col(string_len_null("result", 16))
                .col(string_len_null("reason", 24))
                .col(timestamp_with_time_zone_null("done_at"))
                .primary_key(Index::create().col("batch_id").col("task_id"))
                .foreign_key(ForeignKey::create().from("batch_row", "batch_id").to("batch", "id"))
                .foreign_key(ForeignKey::create().from("batch_row", "task_id").to("task", "id"))
                .take(),
        )
        .await
    }
}

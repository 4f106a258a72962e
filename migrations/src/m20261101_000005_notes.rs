//! What is said to an applicant who is asked for more, each time in a row of its own.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, string_len, timestamp_with_time_zone, uuid},
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("note")
                .col(uuid("id").primary_key())
                .col(uuid("case_id"))
                .col(uuid("task_id"))
                .col(uuid("run_id"))
                .col(string_len("kind", 24))
                .col(blob("sealed"))
                .col(blob("sha256"))
                .col(uuid("account_id"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(ForeignKey::create().from("note", "case_id").to("case_file", "id"))
                .take(),
        )
        .await?;
        m.create_index(index("note_case", "note", &["case_id"]).take()).await?;
        Ok(())
    }
}

//! What comes with time: digests, extensions, imported working days,
//! and how the sweep keeps pace.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, date, integer, integer_null, json_binary, string, string_len,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        timer(m).await?;
        digest_line(m).await?;
        extension(m).await?;
        calendar_day(m).await?;
        pace(m).await
    }
}

/// SQLite adds one column at a time.
async fn timer(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let failures = integer("failures").default(0).take();
    let columns = [integer_null("nth"), failures, timestamp_with_time_zone_null("retry_at")];
    for column in columns {
        m.alter_table(Table::alter().table("timer").add_column(column).take()).await?;
    }
    m.create_index(
        index("timer_clock", "timer", &["clock_id"])
            .and_where(Expr::col("fired_at").is_null())
            .take(),
    )
    .await
}

async fn digest_line(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("digest_line")
            .col(uuid("id").primary_key())
            .col(string("dedupe_key"))
            .col(uuid("person_id"))
            .col(uuid("case_id"))
            .col(string("template"))
            .col(json_binary("params"))
            .col(timestamp_with_time_zone("due_at"))
            .col(timestamp_with_time_zone_null("taken_at"))
            .take(),
    )
    .await?;
    m.create_index(index("digest_line_key", "digest_line", &["dedupe_key"]).unique().take())
        .await?;
    m.create_index(
        index("digest_line_due", "digest_line", &["due_at", "person_id"])
            .and_where(Expr::col("taken_at").is_null())
            .take(),
    )
    .await
}

async fn extension(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("extension")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid("run_id"))
            .col(uuid("task_id"))
            .col(string("by_span"))
            .col(uuid("unit_id"))
            .col(string_len("duty", 24))
            .col(string_len("state", 24))
            .col(uuid("asked_by"))
            .col(timestamp_with_time_zone("asked_at"))
            .col(uuid_null("decided_by"))
            .col(timestamp_with_time_zone_null("decided_at"))
            .foreign_key(ForeignKey::create().from("extension", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("extension_case", "extension", &["case_id"]).take()).await?;
    m.create_index(
        index("extension_unit", "extension", &["unit_id", "duty", "id"])
            .and_where(Expr::col("state").eq("asked"))
            .take(),
    )
    .await?;
    // One at a time.
    m.create_index(
        index("extension_asked", "extension", &["case_id"])
            .unique()
            .and_where(Expr::col("state").eq("asked"))
            .take(),
    )
    .await
}

async fn calendar_day(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("calendar_day")
            .col(string_len("scope", 6))
            .col(date("day"))
            .col(string_len("kind", 24))
            .col(string("revision"))
            .col(timestamp_with_time_zone("imported_at"))
            .primary_key(Index::create().col("scope").col("day"))
            .take(),
    )
    .await
}

async fn pace(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("pace")
            .col(integer("id").primary_key())
            .col(timestamp_with_time_zone_null("held_until"))
            .col(big_integer("jump_us"))
            .col(timestamp_with_time_zone_null("jumped_at"))
            .take(),
    )
    .await
}

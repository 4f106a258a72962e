//! What is written down of what happened: trail, outbox, notices; counters and business time.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, blob, blob_null, integer, json_binary, string, string_len, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        trail(m).await?;
        outbox(m).await?;
        notice(m).await?;
        counter(m).await?;
        business_time(m).await?;
        Ok(())
    }
}

async fn trail(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("trail")
            .col(string_len("stream", 24))
            .col(uuid("stream_id"))
            .col(integer("number"))
            .col(timestamp_with_time_zone("happened_at"))
            .col(uuid_null("account_id"))
            .col(string("kind"))
            .col(text("body"))
            .col(blob("hash"))
            .primary_key(Index::create().col("stream").col("stream_id").col("number"))
            .take(),
    )
    .await?;
    Ok(())
}

async fn outbox(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("outbox")
            .col(uuid("id").primary_key())
            .col(json_binary("job"))
            .col(string("kind"))
            .col(uuid_null("case_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("next_attempt_at"))
            .col(integer("attempts"))
            .col(timestamp_with_time_zone_null("lease_until"))
            .col(uuid_null("lease_token"))
            .col(timestamp_with_time_zone_null("done_at"))
            .col(timestamp_with_time_zone_null("quarantined_at"))
            .col(text_null("last_error"))
            .take(),
    )
    .await?;
    m.create_index(
        index("outbox_next", "outbox", &["next_attempt_at", "id"])
            .and_where(Expr::col("done_at").is_null())
            .take(),
    )
    .await?;
    m.create_index(index("outbox_case", "outbox", &["case_id"]).take()).await?;
    Ok(())
}

async fn notice(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("notice")
            .col(uuid("id").primary_key())
            .col(string("dedupe_key"))
            .col(uuid_null("case_id"))
            .col(uuid_null("account_id"))
            .col(uuid_null("person_id"))
            .col(string_len("channel", 24))
            .col(string("template"))
            .col(json_binary("params"))
            .col(blob_null("sealed"))
            .col(string_len("state", 24))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("claimed_at"))
            .col(timestamp_with_time_zone_null("sent_at"))
            .col(timestamp_with_time_zone_null("seen_at"))
            .take(),
    )
    .await?;
    m.create_index(index("notice_dedupe", "notice", &["dedupe_key"]).unique().take()).await?;
    m.create_index(index("notice_account", "notice", &["account_id", "id"]).take()).await?;
    m.create_index(index("notice_case", "notice", &["case_id"]).take()).await?;
    Ok(())
}

async fn counter(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("counter").col(string("name").primary_key()).col(big_integer("value")).take(),
    )
    .await?;
    Ok(())
}

async fn business_time(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("business_time")
            .col(integer("id").primary_key())
            .col(big_integer("offset_us"))
            .col(timestamp_with_time_zone_null("target_at"))
            .take(),
    )
    .await?;
    Ok(())
}

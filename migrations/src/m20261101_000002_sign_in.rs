//! Accounts, for whom they act, sessions, tokens, codes, lock-outs and stored answers.

use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, blob_null, integer, integer_null, string_len, string_len_null, string_null, text,
        text_null, timestamp_with_time_zone as moment,
        timestamp_with_time_zone_null as moment_null, uuid, uuid_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        accounts(m).await?;
        ways_in(m).await?;
        counters(m).await
    }
}

async fn accounts(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("account")
            .col(uuid("id").primary_key())
            .col(string_len("kind", 16))
            .col(string_len_null("login", 64).unique_key())
            .col(string_null("password_hash"))
            .col(blob_null("phone_index").unique_key())
            .col(blob_null("phone_sealed"))
            .col(uuid_null("person_id"))
            .col(blob_null("second_factor"))
            .col(string_len("language", 8))
            .col(moment("created_at"))
            .col(moment_null("disabled_at"))
            .foreign_key(ForeignKey::create().from("account", "person_id").to("person", "id"))
            .take(),
    )
    .await?;
    m.create_table(
        table("acts_for")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(uuid("person_id"))
            .col(string_len("basis", 16))
            .col(moment("from_at"))
            .col(moment_null("to_at"))
            .foreign_key(ForeignKey::create().from("acts_for", "account_id").to("account", "id"))
            .foreign_key(ForeignKey::create().from("acts_for", "person_id").to("person", "id"))
            .take(),
    )
    .await?;
    // An account acts for a person on one basis at a time.
    m.create_index(
        Index::create()
            .name("acts_for_open")
            .table("acts_for")
            .col("account_id")
            .col("person_id")
            .unique()
            .and_where(Expr::col("to_at").is_null())
            .take(),
    )
    .await
}

async fn ways_in(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("session")
            .col(uuid("id").primary_key())
            .col(blob("token_hash").unique_key())
            .col(uuid("account_id"))
            .col(string_len("strength", 16))
            .col(moment("created_at"))
            .col(moment("seen_at"))
            .col(moment("ends_at"))
            .col(moment_null("ended_at"))
            .col(string_len("csrf_secret", 64))
            .col(string_len("network", 64))
            .foreign_key(ForeignKey::create().from("session", "account_id").to("account", "id"))
            .take(),
    )
    .await?;
    index(m, "session_account", "session", &["account_id", "id"]).await?;
    index(m, "session_ends", "session", &["ends_at"]).await?;
    m.create_table(
        table("bearer_token")
            .col(uuid("id").primary_key())
            .col(blob("token_hash").unique_key())
            .col(uuid("account_id"))
            .col(string_len("name", 80))
            .col(moment("created_at"))
            .col(moment_null("ended_at"))
            .foreign_key(
                ForeignKey::create().from("bearer_token", "account_id").to("account", "id"),
            )
            .take(),
    )
    .await?;
    index(m, "bearer_token_account", "bearer_token", &["account_id", "id"]).await?;
    m.create_table(
        table("sign_in_code")
            .col(uuid("id").primary_key())
            .col(blob("phone_index"))
            .col(blob("code_hash"))
            .col(moment("sent_at"))
            .col(moment("expires_at"))
            .col(integer("tries"))
            .col(moment_null("used_at"))
            .col(string_len("network", 64))
            .take(),
    )
    .await?;
    index(m, "sign_in_code_phone", "sign_in_code", &["phone_index", "sent_at"]).await?;
    index(m, "sign_in_code_expires", "sign_in_code", &["expires_at"]).await
}

async fn counters(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("throttle")
            .col(string_len("key", 120).primary_key())
            .col(integer("count"))
            .col(moment("window_from"))
            .col(moment_null("locked_until"))
            .take(),
    )
    .await?;
    index(m, "throttle_window", "throttle", &["window_from"]).await?;
    m.create_table(
        table("idempotency")
            .col(uuid("account_id"))
            .col(string_len("operation", 64))
            .col(text("key"))
            .col(blob("request_hash"))
            .col(integer_null("status"))
            .col(text_null("headers"))
            .col(text_null("body"))
            .col(moment("created_at"))
            .primary_key(Index::create().col("account_id").col("operation").col("key"))
            .foreign_key(ForeignKey::create().from("idempotency", "account_id").to("account", "id"))
            .take(),
    )
    .await?;
    index(m, "idempotency_created", "idempotency", &["created_at"]).await
}

async fn index(
    m: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    m.create_index(index.take()).await
}

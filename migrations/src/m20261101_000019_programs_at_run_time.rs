//! Programs are changed at run time: drafts, from when a version counts, and what a draft would
//! have changed.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, date, date_null, integer, json_binary, json_binary_null, string, string_null,
        text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            date_null("effective_on"),
            date_null("retired_on"),
            text_null("reason"),
            text_null("yaml"),
            uuid_null("draft_id"),
            uuid_null("replay_id"),
        ] {
            let alter = Table::alter().table("program_version").add_column(column).take();
            m.alter_table(alter).await?;
        }
        drafts(m).await?;
        replays(m).await
    }
}

async fn drafts(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("program_draft")
            .col(uuid("id").primary_key())
            .col(string("program"))
            .col(integer("number"))
            .col(boolean("retires"))
            .col(text("yaml"))
            .col(string("state"))
            .col(json_binary("written_by"))
            .col(date_null("effective_on"))
            .col(text_null("reason"))
            .col(uuid_null("proposed_by"))
            .col(uuid_null("decided_by"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("changed_at"))
            .col(integer("version"))
            .take(),
    )
    .await?;
    m.create_index(index("program_draft_program", "program_draft", &["program", "id"])).await
}

async fn replays(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("program_replay")
            .col(uuid("id").primary_key())
            .col(uuid("draft_id"))
            .col(string("program"))
            .col(string("sha256"))
            .col(date("since"))
            .col(string("state"))
            .col(integer("total"))
            .col(integer("done"))
            .col(uuid_null("cursor"))
            .col(json_binary("sums"))
            .col(uuid("asked_by"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .col(string_null("error"))
            .foreign_key(
                ForeignKey::create().from("program_replay", "draft_id").to("program_draft", "id"),
            )
            .take(),
    )
    .await?;
    m.create_index(index("program_replay_draft", "program_replay", &["draft_id", "id"])).await?;
    m.create_table(
        table("replayed_case")
            .col(uuid("replay_id"))
            .col(uuid("case_id"))
            .col(string("found"))
            .col(json_binary_null("body"))
            .primary_key(Index::create().col("replay_id").col("case_id"))
            .foreign_key(
                ForeignKey::create().from("replayed_case", "replay_id").to("program_replay", "id"),
            )
            .take(),
    )
    .await
}

//! Cases about late work: their lines, the letters between cases, document numbers, red lights.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, integer, json_binary, string, string_len, string_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let rungs = integer("rungs").default(0).take();
        m.alter_table(Table::alter().table("step_run").add_column(rungs).take()).await?;
        case_row(m).await?;
        letter(m).await?;
        numbers(m).await
    }
}

async fn case_row(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("case_row")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(string("key"))
            .col(uuid_null("unit_id"))
            .col(uuid_null("task_id"))
            .col(uuid_null("from_case"))
            .col(json_binary("facts"))
            .col(string_len("state", 24))
            .col(string_null("reason"))
            .col(uuid_null("by_person"))
            .col(uuid_null("run_id"))
            .col(integer("position"))
            .col(boolean("settled"))
            .col(timestamp_with_time_zone("joined_at"))
            .foreign_key(ForeignKey::create().from("case_row", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("case_row_key", "case_row", &["case_id", "key"]).unique().take()).await?;
    m.create_index(index("case_row_task", "case_row", &["task_id"]).take()).await?;
    m.create_table(
        table("gathering")
            .col(uuid("case_id").primary_key())
            .col(string("common"))
            .col(string("key"))
            .col(timestamp_with_time_zone("until"))
            .foreign_key(ForeignKey::create().from("gathering", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("gathering_key", "gathering", &["key"]).unique().take()).await?;
    m.create_index(index("gathering_common", "gathering", &["common", "until"]).take()).await
}

async fn letter(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("letter")
            .col(uuid("id").primary_key())
            .col(string("key"))
            .col(string_len("kind", 24))
            .col(uuid("from_case"))
            .col(uuid_null("from_run"))
            .col(uuid_null("task_id"))
            .col(uuid_null("to_case"))
            .col(json_binary("body"))
            .col(timestamp_with_time_zone("sent_at"))
            .col(timestamp_with_time_zone_null("taken_at"))
            .foreign_key(ForeignKey::create().from("letter", "from_case").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("letter_key", "letter", &["key"]).unique().take()).await?;
    m.create_index(index("letter_to", "letter", &["to_case"]).take()).await?;
    m.create_index(index("letter_task", "letter", &["task_id"]).take()).await
}

async fn numbers(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("document_number")
            .col(uuid("case_id").primary_key())
            .col(uuid("unit_id"))
            .col(string("word"))
            .col(integer("year"))
            .col(integer("number"))
            .col(string("text"))
            .col(timestamp_with_time_zone("taken_at"))
            .foreign_key(
                ForeignKey::create().from("document_number", "case_id").to("case_file", "id"),
            )
            .take(),
    )
    .await?;
    let sequence = ["unit_id", "word", "year", "number"];
    m.create_index(index("document_number_sequence", "document_number", &sequence).unique().take())
        .await?;
    m.create_table(
        table("red_light")
            .col(uuid("run_id").primary_key())
            .col(uuid("case_id"))
            .col(uuid("unit_id"))
            .col(timestamp_with_time_zone("turned_at"))
            .take(),
    )
    .await?;
    m.create_index(index("red_light_unit", "red_light", &["unit_id", "turned_at"]).take()).await
}

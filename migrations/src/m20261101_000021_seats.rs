//! Seats that rounds give away, and what a selection made of a line.

use sea_orm_migration::{
    prelude::*,
    schema::{
        integer, json_binary_null, string, string_null, timestamp_with_time_zone, uuid, uuid_null,
    },
};

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in [json_binary_null("place"), uuid_null("from_run")] {
            let alter = Table::alter().table("case_row").add_column(column).take();
            m.alter_table(alter).await?;
        }
        m.create_index(index("case_row_from_run", "case_row", &["from_run"]).take()).await?;
        m.create_table(
            table("seat")
                .col(string("pool"))
                .col(integer("number"))
                .col(string("list"))
                .col(uuid("case_id"))
                .col(uuid("row_id"))
                .col(string_null("share"))
                .col(timestamp_with_time_zone("taken_at"))
                // Nobody sits where somebody sits.
                .primary_key(Index::create().col("pool").col("number"))
                .foreign_key(ForeignKey::create().from("seat", "case_id").to("case_file", "id"))
                .foreign_key(ForeignKey::create().from("seat", "row_id").to("case_row", "id"))
                .take(),
        )
        .await?;
        m.create_index(index("seat_row", "seat", &["row_id"]).unique().take()).await?;
        m.create_index(index("seat_of_list", "seat", &["list"]).take()).await?;
        m.create_table(table("seat_list").col(string("list").primary_key()).take()).await
    }
}

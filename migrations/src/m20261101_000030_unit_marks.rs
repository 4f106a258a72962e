//! 机关代字: the words that the numbers of a unit's documents began with, each with its days.

use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, string_len, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("unit_mark")
                .col(uuid("unit_id"))
                .col(date("from_on"))
                .col(date_null("to_on"))
                .col(string_len("mark", 6))
                .primary_key(Index::create().col("unit_id").col("from_on"))
                .foreign_key(ForeignKey::create().from("unit_mark", "unit_id").to("unit", "id"))
                .take(),
        )
        .await
    }
}

//! Rosters: lines that are about a person, what is entered in them, what each comes to.

use sea_orm_migration::{
    prelude::*,
    schema::{blob_null, json_binary, uuid_null},
};

use super::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        let columns = [
            uuid_null("person_id"),
            json_binary("fields").default("{}").take(),
            json_binary("award").default("{}").take(),
            blob_null("once_key"),
        ];
        for column in columns {
            m.alter_table(Table::alter().table("case_row").add_column(column).take()).await?;
        }
        let row = uuid_null("row_id");
        m.alter_table(Table::alter().table("payment").add_column(row).take()).await?;
        m.create_index(index("case_row_once", "case_row", &["once_key"]).unique().take()).await?;
        m.create_index(index("case_row_person", "case_row", &["person_id"]).take()).await
    }
}

//! From which request a job came, for those who follow traces.

use sea_orm_migration::{prelude::*, schema::string_len_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let column = string_len_null("trace", 55);
        m.alter_table(Table::alter().table("outbox").add_column(column).take()).await
    }
}

//! Papers of the lines of a list: a document may be of one line, and not of the case.

use sea_orm_migration::{prelude::*, schema::uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let row = uuid_null("row_id");
        m.alter_table(Table::alter().table("paper").add_column(row).take()).await
    }
}

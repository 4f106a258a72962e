//! Payments that are made in cash.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let cash = boolean("cash").default(false).take();
        m.alter_table(Table::alter().table("payment").add_column(cash).take()).await
    }
}

//! Passwords that somebody else chose: they are good for choosing one's own.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let given = boolean("password_given").default(false).take();
        m.alter_table(Table::alter().table("account").add_column(given).take()).await
    }
}

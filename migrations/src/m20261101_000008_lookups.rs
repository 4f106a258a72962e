//! Rows that are looked for by whom they concern: without these, each look reads the whole table.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// (name, table, column)
const LOOKUPS: [(&str, &str, &str); 4] = [
    ("acts_for_account", "acts_for", "account_id"),
    ("acts_for_person", "acts_for", "person_id"),
    ("account_person", "account", "person_id"),
    ("conflict_person", "conflict", "person_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, column) in LOOKUPS {
            m.create_index(Index::create().name(name).table(table).col(column).take()).await?;
        }
        Ok(())
    }
}

//! Cases by the place and the day they were filed at: an inspection chooses among them.

use sea_orm_migration::prelude::*;

use super::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_index(index("case_file_county", "case_file", &["county", "submitted_at"]).take())
            .await
    }
}

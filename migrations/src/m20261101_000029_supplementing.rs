//! The cases that stand for papers, found by themselves: they are few among all, and a queue asks of
//! each of its rows whether its case is one of them.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_index(
            index("case_supplementing", "case_file", &["id"])
                .and_where(Expr::col("supplementing"))
                .take(),
        )
        .await
    }
}

//! One request of a kind waits for a step: two branches of a case each ask their own superior, and
//! a request for more time does not stand in the way of one for papers.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let old = Index::drop().name("extension_asked").table("extension").to_owned();
        m.drop_index(old).await?;
        m.create_index(
            index("extension_asked_of_step", "extension", &["run_id", "kind"])
                .unique()
                .and_where(Expr::col("state").eq("asked"))
                .take(),
        )
        .await
    }
}

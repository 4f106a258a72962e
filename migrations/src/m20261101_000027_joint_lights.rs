//! Of a step that several units hold together: all that are late, not the first alone.

use sea_orm_migration::{
    prelude::*,
    schema::{timestamp_with_time_zone, uuid},
};

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("red_light_beside")
                .col(uuid("run_id"))
                .col(uuid("unit_id"))
                .col(timestamp_with_time_zone("turned_at"))
                .primary_key(Index::create().col("run_id").col("unit_id"))
                .take(),
        )
        .await?;
        let unit = ["unit_id", "turned_at"];
        m.create_index(index("red_light_beside_unit", "red_light_beside", &unit).take()).await
    }
}

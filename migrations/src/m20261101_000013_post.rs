//! Messages that did not arrive.

use sea_orm_migration::{
    prelude::*,
    schema::{
        string, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
        uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("bounce")
                .col(uuid("notice_id").primary_key())
                .col(uuid_null("case_id"))
                .col(uuid_null("unit_id"))
                .col(string("reason"))
                .col(timestamp_with_time_zone("bounced_at"))
                .col(timestamp_with_time_zone_null("handled_at"))
                .col(uuid_null("handled_by"))
                .col(string_len_null("how", 24))
                .foreign_key(ForeignKey::create().from("bounce", "notice_id").to("notice", "id"))
                .take(),
        )
        .await?;
        m.create_index(
            index("bounce_open", "bounce", &["unit_id", "notice_id"])
                .and_where(Expr::col("handled_at").is_null())
                .take(),
        )
        .await?;
        m.create_index(index("bounce_case", "bounce", &["case_id"]).take()).await
    }
}

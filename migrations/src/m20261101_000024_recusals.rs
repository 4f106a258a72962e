//! 回避申报: from whom and from where somebody keeps away; and what is alike is found by index.

use sea_orm_migration::{
    prelude::*,
    schema::{
        blob_null, string_len, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
            table("recusal")
                .col(uuid("id").primary_key())
                .col(uuid("person_id"))
                .col(string_len("kind", 16))
                .col(uuid_null("unit_id"))
                .col(blob_null("id_index"))
                .col(blob_null("name_sealed"))
                .col(timestamp_with_time_zone("from_at"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .foreign_key(ForeignKey::create().from("recusal", "person_id").to("person", "id"))
                .foreign_key(ForeignKey::create().from("recusal", "unit_id").to("unit", "id"))
                .take(),
        )
        .await?;
        for (name, table, column) in [
            ("recusal_person", "recusal", "person_id"),
            ("recusal_unit", "recusal", "unit_id"),
            ("recusal_id_index", "recusal", "id_index"),
            ("person_bank_index", "person", "bank_index"),
            ("person_phone_index", "person", "phone_index"),
        ] {
            m.create_index(index(name, table, &[column]).take()).await?;
        }
        Ok(())
    }
}

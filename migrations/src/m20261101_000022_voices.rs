//! What those who are not staff say: complaints, appeals, ratings, tip-offs.

use sea_orm_migration::{
    prelude::*,
    schema::{blob_null, string_len, string_len_null, timestamp_with_time_zone, uuid, uuid_null},
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let case = |column: &'static str| {
            ForeignKey::create().from("voice", column).to("case_file", "id").take()
        };
        m.create_table(
            table("voice")
                .col(uuid("id").primary_key())
                .col(string_len("kind", 24))
                .col(uuid_null("about_id"))
                .col(uuid_null("case_id"))
                .col(string_len_null("letter_key", 128))
                .col(uuid_null("unit_id"))
                .col(uuid_null("account_id"))
                .col(string_len_null("grade", 24))
                .col(blob_null("sealed"))
                .col(blob_null("sha256"))
                .col(string_len("dedupe_key", 128).unique_key())
                .col(timestamp_with_time_zone("said_at"))
                .foreign_key(&mut case("about_id"))
                .foreign_key(&mut case("case_id"))
                .take(),
        )
        .await?;
        m.create_index(index("voice_about", "voice", &["about_id"]).take()).await?;
        m.create_index(index("voice_case", "voice", &["case_id"]).take()).await?;
        m.create_index(index("voice_letter", "voice", &["letter_key"]).take()).await?;
        m.create_index(index("voice_unit", "voice", &["unit_id", "kind", "said_at"]).take()).await
    }
}

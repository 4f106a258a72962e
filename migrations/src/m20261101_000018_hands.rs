//! In whose hands a step is: delegates, added signers, substitutes, who is to have a later step.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, json_binary_null, string_len, string_len_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        let task = [uuid_null("owner_id"), uuid_null("beside_id"), string_len_null("added", 24)];
        for column in task {
            m.alter_table(Table::alter().table("task").add_column(column).take()).await?;
        }
        let planned = json_binary_null("planned");
        m.alter_table(Table::alter().table("case_file").add_column(planned).take()).await?;
        let kind = string_len("kind", 24).default("time").take();
        m.alter_table(Table::alter().table("extension").add_column(kind).take()).await?;
        substitution(m).await
    }
}

async fn substitution(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = |column: &'static str| {
        ForeignKey::create().from("substitution", column).to("person", "id").take()
    };
    m.create_table(
        table("substitution")
            .col(uuid("id").primary_key())
            .col(uuid("person_id"))
            .col(uuid("substitute_id"))
            .col(timestamp_with_time_zone("from_at"))
            .col(timestamp_with_time_zone("to_at"))
            .col(string_len_null("program", 64))
            .col(big_integer_null("most_fen"))
            .col(uuid("made_by"))
            .col(timestamp_with_time_zone("made_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .foreign_key(&mut person("person_id"))
            .foreign_key(&mut person("substitute_id"))
            .take(),
    )
    .await?;
    for (name, column) in
        [("substitution_person", "person_id"), ("substitution_substitute", "substitute_id")]
    {
        m.create_index(index(name, "substitution", &[column, "to_at"]).take()).await?;
    }
    Ok(())
}

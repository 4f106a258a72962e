//! Units, people, their duties, keys and rosters.

use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, blob_null, date, date_null, integer, string, string_len, string_null, text,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        unit(m).await?;
        unit_name(m).await?;
        person(m).await?;
        appointment(m).await?;
        conflict(m).await?;
        data_key(m).await?;
        roster(m).await?;
        roster_entry(m).await?;
        Ok(())
    }
}

async fn unit(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("unit")
            .col(uuid("id").primary_key())
            .col(string_len("level", 24))
            .col(string("division"))
            .col(string("office"))
            .col(uuid("seat_id"))
            .col(uuid_null("parent_id"))
            .col(string_null("mark"))
            .col(uuid_null("successor_id"))
            .col(string_null("code"))
            .col(string("name_zh"))
            .col(string("name_en"))
            .col(date("from_on"))
            .col(date_null("to_on"))
            .take(),
    )
    .await?;
    m.create_index(index("unit_seat_office", "unit", &["seat_id", "office"]).unique().take())
        .await?;
    m.create_index(index("unit_division", "unit", &["division"]).take()).await?;
    Ok(())
}

async fn unit_name(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("unit_name")
            .col(uuid("unit_id"))
            .col(date("from_on"))
            .col(date_null("to_on"))
            .col(string("name_zh"))
            .col(string("name_en"))
            .primary_key(Index::create().col("unit_id").col("from_on"))
            .foreign_key(ForeignKey::create().from("unit_name", "unit_id").to("unit", "id"))
            .take(),
    )
    .await?;
    Ok(())
}

async fn person(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("person")
            .col(uuid("id").primary_key())
            .col(string("name"))
            .col(blob_null("id_sealed"))
            .col(blob_null("id_index"))
            .col(blob_null("phone_sealed"))
            .col(blob_null("phone_index"))
            .col(blob_null("bank_sealed"))
            .col(blob_null("bank_index"))
            .col(blob_null("guardian_sealed"))
            .col(string_null("mail"))
            .col(uuid_null("school_id"))
            .col(uuid_null("township_id"))
            .col(string_null("class"))
            .col(timestamp_with_time_zone("created_at"))
            .col(integer("version"))
            .foreign_key(ForeignKey::create().from("person", "school_id").to("unit", "id"))
            .foreign_key(ForeignKey::create().from("person", "township_id").to("unit", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("person_id_index", "person", &["id_index"]).unique().take()).await?;
    m.create_index(index("person_phone", "person", &["phone_index"]).take()).await?;
    Ok(())
}

async fn appointment(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("appointment")
            .col(uuid("id").primary_key())
            .col(uuid("person_id"))
            .col(uuid("unit_id"))
            .col(string_len("duty", 24))
            .col(timestamp_with_time_zone("from_at"))
            .col(timestamp_with_time_zone_null("to_at"))
            .foreign_key(ForeignKey::create().from("appointment", "person_id").to("person", "id"))
            .foreign_key(ForeignKey::create().from("appointment", "unit_id").to("unit", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("appointment_person", "appointment", &["person_id"]).take()).await?;
    m.create_index(index("appointment_unit", "appointment", &["unit_id", "duty"]).take()).await?;
    Ok(())
}

async fn conflict(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("conflict")
            .col(uuid("id").primary_key())
            .col(uuid("person_id"))
            .col(uuid("with_person_id"))
            .col(string("ground"))
            .col(timestamp_with_time_zone("from_at"))
            .col(timestamp_with_time_zone_null("to_at"))
            .foreign_key(ForeignKey::create().from("conflict", "person_id").to("person", "id"))
            .foreign_key(ForeignKey::create().from("conflict", "with_person_id").to("person", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("conflict_with", "conflict", &["with_person_id"]).take()).await?;
    Ok(())
}

async fn data_key(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("data_key")
            .col(string("owner_kind"))
            .col(uuid("owner_id"))
            .col(blob("wrapped"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("owner_kind").col("owner_id"))
            .take(),
    )
    .await?;
    Ok(())
}

async fn roster(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("roster")
            .col(string("list").primary_key())
            .col(timestamp_with_time_zone("loaded_at"))
            .col(text("source"))
            .take(),
    )
    .await?;
    Ok(())
}

async fn roster_entry(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("roster_entry")
            .col(string("list"))
            .col(blob("id_index"))
            .primary_key(Index::create().col("list").col("id_index"))
            .foreign_key(ForeignKey::create().from("roster_entry", "list").to("roster", "list"))
            .take(),
    )
    .await?;
    Ok(())
}

//! Programs, cases, their steps, tasks, clocks and papers.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, blob_null, boolean, integer, json_binary,
        json_binary_null, string, string_len, string_len_null, string_null, text,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        program_version(m).await?;
        case_file(m).await?;
        form_version(m).await?;
        step_run(m).await?;
        task(m).await?;
        clock(m).await?;
        timer(m).await?;
        paper(m).await?;
        award_line(m).await?;
        publicity(m).await?;
        Ok(())
    }
}

async fn program_version(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("program_version")
            .col(uuid("id").primary_key())
            .col(string("program"))
            .col(integer("number"))
            .col(string("hash"))
            .col(text("source"))
            .col(timestamp_with_time_zone("published_at"))
            .take(),
    )
    .await?;
    m.create_index(
        index("program_version_number", "program_version", &["program", "number"]).unique().take(),
    )
    .await?;
    m.create_index(index("program_version_hash", "program_version", &["hash"]).unique().take())
        .await?;
    Ok(())
}

async fn case_file(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("case_file")
            .col(uuid("id").primary_key())
            .col(string_null("number"))
            .col(string("program"))
            .col(integer("program_number"))
            .col(string("program_hash"))
            .col(uuid_null("subject_id"))
            .col(uuid("filed_by"))
            .col(string("filed_as"))
            .col(uuid_null("anchor_id"))
            .col(string("county"))
            .col(string_len("phase", 24))
            .col(string_len_null("outcome", 24))
            .col(string_null("reason"))
            .col(boolean("routing"))
            .col(boolean("suspended"))
            .col(boolean("supplementing"))
            .col(integer("supplements"))
            .col(json_binary_null("asked"))
            .col(json_binary("facts"))
            .col(big_integer("award_fen"))
            .col(blob_null("once_key"))
            .col(integer("version"))
            .col(integer("trail_number"))
            .col(blob("trail_head"))
            .col(string("calendar_revision"))
            .col(timestamp_with_time_zone_null("submitted_at"))
            .col(timestamp_with_time_zone_null("accepted_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .col(boolean("late"))
            .col(uuid_null("returned_from"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(ForeignKey::create().from("case_file", "subject_id").to("person", "id"))
            .foreign_key(ForeignKey::create().from("case_file", "anchor_id").to("unit", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("case_file_number", "case_file", &["number"]).unique().take()).await?;
    m.create_index(index("case_file_once", "case_file", &["once_key"]).unique().take()).await?;
    m.create_index(index("case_file_subject", "case_file", &["subject_id", "id"]).take()).await?;
    m.create_index(index("case_file_filer", "case_file", &["filed_by", "id"]).take()).await?;
    Ok(())
}

async fn form_version(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("form_version")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid_null("run_id"))
            .col(integer("number"))
            .col(blob("sealed"))
            .col(blob("sha256"))
            .col(uuid("filled_by"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(ForeignKey::create().from("form_version", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(
        index("form_version_run", "form_version", &["case_id", "run_id", "number"]).take(),
    )
    .await?;
    Ok(())
}

async fn step_run(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("step_run")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(string("path"))
            .col(string("thread"))
            .col(integer("round"))
            .col(uuid_null("parent_id"))
            .col(integer("position"))
            .col(string_len("kind", 24))
            .col(string_len("state", 24))
            .col(string_len_null("verdict", 24))
            .col(json_binary("holders"))
            .col(uuid_null("unit_id"))
            .col(json_binary("said"))
            .col(string_null("reason"))
            .col(big_integer_null("fen"))
            .col(string_null("return_to"))
            .col(timestamp_with_time_zone("opened_at"))
            .col(timestamp_with_time_zone_null("opens_at"))
            .col(timestamp_with_time_zone_null("due_at"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .col(boolean("late"))
            .foreign_key(ForeignKey::create().from("step_run", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(
        index("step_run_round", "step_run", &["case_id", "path", "thread", "round"])
            .unique()
            .take(),
    )
    .await?;
    Ok(())
}

async fn task(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("task")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid("run_id"))
            .col(string("program"))
            .col(string("path"))
            .col(uuid("unit_id"))
            .col(string_len("duty", 24))
            .col(uuid_null("person_id"))
            .col(boolean("addressed"))
            .col(integer("place"))
            .col(string_len("state", 24))
            .col(string_len_null("verdict", 24))
            .col(big_integer_null("fen"))
            .col(string_null("reason"))
            .col(blob_null("note_sealed"))
            .col(uuid_null("signed_by"))
            .col(uuid_null("account_id"))
            .col(uuid_null("appointment_id"))
            .col(timestamp_with_time_zone_null("opened_at"))
            .col(timestamp_with_time_zone_null("claimed_at"))
            .col(timestamp_with_time_zone_null("signed_at"))
            .col(timestamp_with_time_zone_null("due_at"))
            .col(integer("version"))
            .foreign_key(ForeignKey::create().from("task", "case_id").to("case_file", "id"))
            .foreign_key(ForeignKey::create().from("task", "run_id").to("step_run", "id"))
            .foreign_key(ForeignKey::create().from("task", "unit_id").to("unit", "id"))
            .take(),
    )
    .await?;
    m.create_index(
        index("task_pool", "task", &["unit_id", "duty", "due_at", "id"])
            .and_where(Expr::col("state").is_in(["open", "claimed"]))
            .take(),
    )
    .await?;
    m.create_index(
        index("task_person", "task", &["person_id", "due_at", "id"])
            .and_where(Expr::col("state").is_in(["open", "claimed"]))
            .take(),
    )
    .await?;
    m.create_index(index("task_done", "task", &["signed_by", "signed_at"]).take()).await?;
    m.create_index(index("task_case", "task", &["case_id"]).take()).await?;
    m.create_index(index("task_run", "task", &["run_id"]).take()).await?;
    Ok(())
}

async fn clock(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("clock")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid_null("run_id"))
            .col(string_len("kind", 24))
            .col(string("scope"))
            .col(json_binary("face"))
            .col(timestamp_with_time_zone_null("due_at"))
            .col(timestamp_with_time_zone_null("stopped_at"))
            .col(string_null("ground"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .foreign_key(ForeignKey::create().from("clock", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("clock_case", "clock", &["case_id"]).take()).await?;
    Ok(())
}

async fn timer(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("timer")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid_null("run_id"))
            .col(uuid_null("clock_id"))
            .col(string_len("kind", 24))
            .col(timestamp_with_time_zone("due_at"))
            .col(timestamp_with_time_zone_null("fired_at"))
            .foreign_key(ForeignKey::create().from("timer", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(
        index("timer_due", "timer", &["due_at", "id"])
            .and_where(Expr::col("fired_at").is_null())
            .take(),
    )
    .await?;
    m.create_index(index("timer_case", "timer", &["case_id"]).take()).await?;
    Ok(())
}

async fn paper(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("paper")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid_null("run_id"))
            .col(string("paper"))
            .col(string("media_type"))
            .col(big_integer("size"))
            .col(blob("sha256"))
            .col(uuid("uploaded_by"))
            .col(timestamp_with_time_zone("uploaded_at"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .foreign_key(ForeignKey::create().from("paper", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("paper_case", "paper", &["case_id"]).take()).await?;
    Ok(())
}

async fn award_line(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("award_line")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(string("line"))
            .col(integer("round"))
            .col(string("payer"))
            .col(string("payee_kind"))
            .col(big_integer("fen"))
            .col(string("basis"))
            .col(string("table_version"))
            .col(string_len("state", 24))
            .col(timestamp_with_time_zone_null("paid_at"))
            .foreign_key(ForeignKey::create().from("award_line", "case_id").to("case_file", "id"))
            .take(),
    )
    .await?;
    m.create_index(
        index("award_line_once", "award_line", &["case_id", "line", "payer", "round"])
            .unique()
            .take(),
    )
    .await?;
    Ok(())
}

async fn publicity(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.create_table(
        table("publicity")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(uuid("run_id"))
            .col(uuid_null("unit_id"))
            .col(string("program"))
            .col(json_binary("fields"))
            .col(timestamp_with_time_zone("starts_at"))
            .col(timestamp_with_time_zone("ends_at"))
            .col(timestamp_with_time_zone_null("taken_down_at"))
            .foreign_key(ForeignKey::create().from("publicity", "case_id").to("case_file", "id"))
            .foreign_key(ForeignKey::create().from("publicity", "run_id").to("step_run", "id"))
            .take(),
    )
    .await?;
    m.create_index(index("publicity_run", "publicity", &["run_id"]).unique().take()).await?;
    m.create_index(index("publicity_ends", "publicity", &["ends_at"]).take()).await?;
    Ok(())
}

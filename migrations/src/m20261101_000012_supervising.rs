//! What the figures of supervisors are read by: who held what, when, and what is about no person.

use sea_orm_migration::prelude::*;

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_index(
            index("task_signed", "task", &["unit_id", "signed_at"])
                .and_where(Expr::col("state").eq("signed"))
                .take(),
        )
        .await?;
        m.create_index(index("step_run_unit", "step_run", &["unit_id", "closed_at"]).take())
            .await?;
        m.create_index(
            index("step_run_waiting", "step_run", &["case_id"])
                .and_where(Expr::col("state").eq("waiting"))
                .take(),
        )
        .await?;
        m.create_index(
            index("clock_pause", "clock", &["ended_at"])
                .and_where(Expr::col("kind").is_in(["applicant", "stop"]))
                .take(),
        )
        .await?;
        // Few: what is about a unit has no subject.
        m.create_index(
            index("case_file_about_units", "case_file", &["anchor_id", "program"])
                .and_where(Expr::col("subject_id").is_null())
                .take(),
        )
        .await
    }
}

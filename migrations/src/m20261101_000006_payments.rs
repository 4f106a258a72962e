//! Payments: one for each line, payer, share and round.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, integer, string, string_len, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::{index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            table("payment")
                .col(uuid("id").primary_key())
                .col(uuid("case_id"))
                .col(uuid("run_id"))
                .col(string("line"))
                .col(string("payer"))
                .col(integer("share"))
                .col(integer("round"))
                .col(string("payee_kind"))
                .col(uuid_null("payee_id"))
                .col(integer("part"))
                .col(integer("whole"))
                .col(big_integer("fen"))
                .col(boolean("last"))
                .col(string_len("state", 24))
                .col(timestamp_with_time_zone("ordered_at"))
                .col(timestamp_with_time_zone_null("paid_at"))
                .foreign_key(ForeignKey::create().from("payment", "case_id").to("case_file", "id"))
                .foreign_key(ForeignKey::create().from("payment", "run_id").to("step_run", "id"))
                .take(),
        )
        .await?;
        let once = ["case_id", "line", "payer", "share", "round"];
        m.create_index(index("payment_once", "payment", &once).unique().take()).await?;
        m.create_index(index("payment_run", "payment", &["run_id"]).take()).await?;
        Ok(())
    }
}

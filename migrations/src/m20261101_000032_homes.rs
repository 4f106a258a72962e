//! 村（社区）和住址: where a household lives, so that who is near to it is known; the address itself
//! is encrypted, and compared by its keyed index.

use sea_orm_migration::{
    prelude::*,
    schema::{blob_null, string_len_null},
};

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let village = || [string_len_null("village", 50), string_len_null("village_key", 50)];
        let add = [
            ("person", village().to_vec()),
            ("person", vec![blob_null("address_sealed"), blob_null("address_index")]),
            ("recusal", village().to_vec()),
            ("recusal", vec![blob_null("address_index")]),
        ];
        for (table, columns) in add {
            for column in columns {
                m.alter_table(Table::alter().table(table).add_column(column).take()).await?;
            }
        }
        for (name, table) in [("recusal_address", "recusal"), ("person_address", "person")] {
            m.create_index(index(name, table, &["address_index"]).take()).await?;
        }
        Ok(())
    }
}

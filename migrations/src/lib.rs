//! The schema, one step at a time. A landed migration is never edited.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseConnection};

mod m20261101_000001_people;
mod m20261101_000002_sign_in;
mod m20261101_000003_cases;
mod m20261101_000004_record;
mod m20261101_000005_notes;
mod m20261101_000006_payments;
mod m20261101_000007_traces;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261101_000001_people::Migration),
            Box::new(m20261101_000002_sign_in::Migration),
            Box::new(m20261101_000003_cases::Migration),
            Box::new(m20261101_000004_record::Migration),
            Box::new(m20261101_000005_notes::Migration),
            Box::new(m20261101_000006_payments::Migration),
            Box::new(m20261101_000007_traces::Migration),
        ]
    }
}

/// Brings `db` to the newest schema. Does nothing to one that is there already.
///
/// # Errors
/// The database's.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// How many steps `db` lacks.
///
/// # Errors
/// The database's.
pub async fn pending(db: &DatabaseConnection) -> Result<usize, DbErr> {
    Ok(Migrator::get_pending_migrations(db).await?.len())
}

/// A table to be made.
fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).take()
}

/// An index to be made, on `columns` in order.
fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

//! The schema, one step at a time. A landed migration is never edited.

use std::collections::HashSet;

use sea_orm_migration::{prelude::*, sea_orm::DatabaseConnection};

mod m20261101_000001_people;
mod m20261101_000002_sign_in;
mod m20261101_000003_cases;
mod m20261101_000004_record;
mod m20261101_000005_notes;
mod m20261101_000006_payments;
mod m20261101_000007_traces;
mod m20261101_000008_lookups;
mod m20261101_000009_oversight_contract;
mod m20261101_000010_ladders;
mod m20261101_000012_supervising;
mod m20261101_000013_post;
mod m20261101_000014_digests;
mod m20261101_000018_hands;
mod m20261101_000019_programs_at_run_time;
mod m20261101_000020_rosters;
mod m20261101_000021_seats;
mod m20261101_000022_voices;
mod m20261101_000023_batches;
mod m20261101_000024_recusals;
mod m20261101_000025_cases_of_places;
mod m20261101_000026_requests;
mod m20261101_000027_joint_lights;
mod m20261101_000029_supplementing;
mod m20261101_000030_unit_marks;
mod m20261101_000031_cash;
mod m20261101_000032_homes;
mod m20261101_000033_papers_of_lines;
mod m20261101_000034_given_passwords;

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
            Box::new(m20261101_000008_lookups::Migration),
            Box::new(m20261101_000009_oversight_contract::Migration),
            Box::new(m20261101_000010_ladders::Migration),
            Box::new(m20261101_000012_supervising::Migration),
            Box::new(m20261101_000013_post::Migration),
            Box::new(m20261101_000014_digests::Migration),
            Box::new(m20261101_000018_hands::Migration),
            Box::new(m20261101_000019_programs_at_run_time::Migration),
            Box::new(m20261101_000020_rosters::Migration),
            Box::new(m20261101_000021_seats::Migration),
            Box::new(m20261101_000022_voices::Migration),
            Box::new(m20261101_000023_batches::Migration),
            Box::new(m20261101_000024_recusals::Migration),
            Box::new(m20261101_000025_cases_of_places::Migration),
            Box::new(m20261101_000026_requests::Migration),
            Box::new(m20261101_000027_joint_lights::Migration),
            Box::new(m20261101_000029_supplementing::Migration),
            Box::new(m20261101_000030_unit_marks::Migration),
            Box::new(m20261101_000031_cash::Migration),
            Box::new(m20261101_000032_homes::Migration),
            Box::new(m20261101_000033_papers_of_lines::Migration),
            Box::new(m20261101_000034_given_passwords::Migration),
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

/// How the schema of a database stands to this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is this program's.
    Current,
    /// It lacks so many steps.
    Behind(usize),
    /// A newer program has taken so many steps that this one does not know, and can work beside.
    Ahead(usize),
    /// A newer program has taken a step that takes something away: this one must not work here.
    Contracted,
}

/// How the schema of `db` stands; changes nothing.
///
/// # Errors
/// The database's.
pub async fn standing(db: &DatabaseConnection) -> Result<Standing, DbErr> {
    let mut taken: HashSet<String> = HashSet::new();
    if SchemaManager::new(db).has_table(TABLE).await? {
        let rows = Migrator::get_migration_models(db).await?;
        taken.extend(rows.into_iter().map(|row| row.version));
    }
    let known: HashSet<String> =
        Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let (lacking, strange) = (known.difference(&taken).count(), taken.difference(&known).count());
    let contracted = taken.difference(&known).any(|step| step.ends_with(CONTRACT));
    Ok(match (lacking, strange) {
        _ if contracted => Standing::Contracted,
        (0, 0) => Standing::Current,
        (0, strange) => Standing::Ahead(strange),
        (lacking, _) => Standing::Behind(lacking),
    })
}

/// How the name of a step ends after which older programs must not work on the database: one
/// that drops or renames what they read, or after which words are written that they do not know.
/// All other steps add, and programs of the release before work beside them.
const CONTRACT: &str = "_contract";

/// Where the taken steps are noted.
const TABLE: &str = "seaql_migrations";

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

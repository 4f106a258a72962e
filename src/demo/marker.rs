//! Whether a database is a demonstration's: rows of its trail say so.

use entities::{Stream, trail};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    Statement,
};

/// Its making has begun.
pub(super) const BEGUN: &str = "demo_begun";
/// It is whole.
pub(super) const READY: &str = "demo_ready";

/// What is in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No table at all.
    Nothing,
    /// A demonstration.
    Whole,
    /// One whose making was interrupted.
    Half,
    /// Something else, which is nobody's to touch.
    Strange,
}

/// Looks, and changes nothing.
pub(super) async fn look(db: &DatabaseConnection) -> Result<Found, DbErr> {
    let tables = tables(db).await?;
    if tables.is_empty() {
        return Ok(Found::Nothing);
    }
    if !tables.iter().any(|table| table == "trail") {
        return Ok(Found::Strange);
    }
    let marks = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::System))
        .filter(trail::Column::Kind.is_in([BEGUN, READY]))
        .all(db)
        .await?;
    let has = |kind: &str| marks.iter().any(|row| row.kind == kind);
    Ok(match (has(BEGUN), has(READY)) {
        (true, true) => Found::Whole,
        (true, false) => Found::Half,
        _ => Found::Strange,
    })
}

async fn tables(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let ask = match backend {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema()"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(backend, ask)).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}

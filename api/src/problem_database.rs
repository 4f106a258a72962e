//! What the outside is told when the database failed: whose doing it was, and whether to wait.

use sea_orm::{DbErr, SqlErr};

use crate::{
    FieldError,
    problem_kinds::{self as kinds, Kind},
    texts::faults,
};
use workflow::{Fault, database_error::is_unavailable};

/// A database that cannot be reached, or is at work for others, is worth waiting for. A row that
/// came first is the caller's matter; one that says no for anything else is a defect.
pub(crate) fn of_database(error: &DbErr) -> &'static Kind {
    match error {
        error if is_unavailable(error) => &kinds::UNAVAILABLE,
        error => match came_first(error) {
            Some(First::Person) => &kinds::INVALID_FIELDS,
            Some(First::Application) => &kinds::APPLIED_ALREADY,
            Some(First::Other) => &kinds::SETTLED_ALREADY,
            None => &kinds::INTERNAL,
        },
    }
}

/// The field at which somebody else came first.
pub(crate) fn fields(error: &DbErr) -> Vec<FieldError> {
    if came_first(error) != Some(First::Person) {
        return Vec::new();
    }
    let (chinese, english) = faults::sentences(&Fault::new("id_number", "taken", ""));
    vec![FieldError::new("id_number", "taken", chinese, english)]
}

/// What stands there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Person,
    Application,
    Other,
}

/// PostgreSQL names the index, SQLite the column.
fn came_first(error: &DbErr) -> Option<First> {
    let Some(SqlErr::UniqueConstraintViolation(said)) = error.sql_err() else { return None };
    let names = |either: [&str; 2]| either.iter().any(|name| said.contains(name));
    Some(if names(["person_id_index", "person.id_index"]) {
        First::Person
    } else if names(["case_file_once", "case_file.once_key"]) {
        First::Application
    } else {
        First::Other
    })
}

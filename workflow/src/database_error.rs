//! What an error of the database means: whether another try may help, and when.

use std::{borrow::Cow, error::Error};

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Others were in the way, and the transaction has left nothing behind: no serial order,
/// deadlock, a lock that was not had in time.
const PASSING: &[&str] = &["40001", "40P01", "55P03"];

/// PostgreSQL's classes: connection, resources (memory, disk, connections), an operator's or the
/// server's own doing (a shutdown, a statement that took too long), the system beneath.
const CLASSES: &[&str] = &["08", "53", "57", "58"];

/// Beside those: a transaction that was left idle, a server that only reads, and what SQLite
/// says of others' locks, of its disk and of a file it may not write (5, 6, 8, 10, 13).
const CODES: &[&str] = &["25P03", "25006"];
const SQLITE: &[i64] = &[5, 6, 8, 10, 13];
/// Of those, what it says when another writes.
const LOCKED: &[i64] = &[5, 6];

/// Whether the same transaction may well succeed if it is run again at once.
pub fn is_passing(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(found) = cause {
        if let Some(error) = found.downcast_ref::<DbErr>() {
            return code(error).is_some_and(|code| PASSING.contains(&code.as_ref()));
        }
        cause = found.source();
    }
    false
}

/// Whether the database cannot be reached or cannot work now; the question was none of the
/// reasons, and may be asked again later. It may have happened.
pub fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(inner) | DbErr::Query(inner) => broken(inner) || says_so(error),
        _ => false,
    }
}

/// Whether nothing of it was begun, because others had all connections, or the one writer of
/// SQLite, for too long.
pub fn is_taken(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            let code = inner.as_database_error().and_then(sqlx::error::DatabaseError::code);
            // PostgreSQL's are of five characters.
            let code = code.filter(|code| code.len() < 5).and_then(|code| code.parse::<i64>().ok());
            let locked = code.is_some_and(|code| LOCKED.contains(&(code & 0xff)));
            matches!(inner.as_ref(), sqlx::Error::PoolTimedOut) || locked
        }
        _ => false,
    }
}

/// The connection, not an answer of the database.
fn broken(error: &RuntimeErr) -> bool {
    let RuntimeErr::SqlxError(inner) = error else { return false };
    matches!(
        inner.as_ref(),
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    )
}

fn says_so(error: &DbErr) -> bool {
    let Some(code) = code(error) else { return false };
    if code.len() == 5 {
        let class = code.get(..2).unwrap_or_default();
        let listed = [PASSING, CODES].iter().any(|list| list.contains(&code.as_ref()));
        return listed || CLASSES.contains(&class);
    }
    // SQLite's extended codes carry the plain one in their lowest byte.
    code.parse::<i64>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
}

/// PostgreSQL's `SQLSTATE` (five characters), SQLite's number.
pub(crate) fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) =
        error
    else {
        return None;
    };
    inner.as_database_error()?.code()
}

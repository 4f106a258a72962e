//! The lights of what lies on desks now, counted where it lies.

use entities::UnitId;
use sea_orm::{FromQueryResult, Statement};
use workflow::rules::held::PAUSED;

use super::dialect::{BELOW, Dialect, OF_STAFF};
use crate::{Problem, show::Reader};

/// The lights of one line.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Lights {
    pub(super) line: UnitId,
    pub(super) open: i64,
    pub(super) stopped: i64,
    pub(super) red: i64,
    pub(super) amber: i64,
}

/// Open steps by line and light: the same lights as in the queue of whoever holds them. A unit
/// outside is amber at most.
pub(super) async fn lights(r: &Reader<'_>, unit: UnitId) -> Result<Vec<Lights>, Problem> {
    let backend = r.db().get_database_backend();
    let d = Dialect(backend);
    let (opened, due) = (d.epoch("task.opened_at"), d.epoch("task.due_at"));
    let red = "stands = 0 AND $2 > due AND beyond = 0";
    let amber = "stands = 0 AND (($2 > due AND beyond = 1)
        OR ($2 <= due AND ($2 - opened) * 5 >= (due - opened) * 4))";
    let sql = format!(
        "WITH RECURSIVE {BELOW}
        SELECT line, COUNT(*) AS open, CAST(SUM(stands) AS BIGINT) AS stopped,
            CAST(SUM(CASE WHEN {red} THEN 1 ELSE 0 END) AS BIGINT) AS red,
            CAST(SUM(CASE WHEN {amber} THEN 1 ELSE 0 END) AS BIGINT) AS amber
        FROM (SELECT below.line AS line, MIN({opened}) AS opened, MIN({due}) AS due,
                MAX(CASE WHEN case_file.supplementing OR run.reason = $3 THEN 1 ELSE 0 END) AS stands,
                MAX(CASE WHEN unit.level = 'outside' THEN 1 ELSE 0 END) AS beyond
            FROM below JOIN unit ON unit.id = below.id
            JOIN task ON task.unit_id = below.id AND task.state IN ('open', 'claimed')
            JOIN step_run run ON run.id = task.run_id
            JOIN case_file ON case_file.id = task.case_id
            WHERE {OF_STAFF}
            GROUP BY below.line, task.run_id, task.unit_id) held
        GROUP BY line"
    );
    let values = [unit.into(), r.now.timestamp().into(), PAUSED.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(Lights::find_by_statement(statement).all(r.db()).await?)
}

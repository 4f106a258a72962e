//! 好差评 by unit: numbers alone, of cases that were rated in the period.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{Grade, UnitId, unit};
use sea_orm::{FromQueryResult, Statement};

use super::dialect::BELOW;
use crate::{
    Problem,
    read::oversight::{Ratings, RatingsRow, UnitLink},
    show::{Reader, people},
};

/// How often one grade was given to one line.
#[derive(Clone, Debug, FromQueryResult)]
struct Given {
    line: UnitId,
    grade: String,
    times: i64,
}

/// The grades since `from`, by line; lines that nobody has rated are left out.
///
/// # Errors
/// The database's.
pub(super) async fn ratings(
    r: &Reader<'_>,
    units: &BTreeMap<UnitId, unit::Model>,
    of: UnitId,
    from: DateTime<Utc>,
) -> Result<Vec<RatingsRow>, Problem> {
    let backend = r.db().get_database_backend();
    let sql = format!(
        "WITH RECURSIVE {BELOW}
        SELECT below.line AS line, voice.grade AS grade, COUNT(*) AS times
        FROM below JOIN voice ON voice.unit_id = below.id
        WHERE voice.kind = 'rating' AND voice.grade IS NOT NULL AND voice.said_at >= $2
        GROUP BY below.line, voice.grade"
    );
    let statement = Statement::from_sql_and_values(backend, sql, [of.into(), from.into()]);
    let given = Given::find_by_statement(statement).all(r.db()).await?;
    let mut lines: BTreeMap<UnitId, Ratings> = BTreeMap::new();
    for Given { line, grade, times } in given {
        let of_line = lines.entry(line).or_default();
        match Grade::of_word(&grade) {
            Some(Grade::VerySatisfied) => of_line.very_satisfied += times,
            Some(Grade::Satisfied) => of_line.satisfied += times,
            Some(Grade::Fair) => of_line.fair += times,
            Some(Grade::Dissatisfied) => of_line.dissatisfied += times,
            Some(Grade::VeryDissatisfied) => of_line.very_dissatisfied += times,
            None => {}
        }
    }
    let row = |(id, ratings): (UnitId, Ratings)| {
        let unit = units.get(&id)?;
        let unit = UnitLink { id: unit.id.to_string(), name: people::unit_name(r, unit) };
        Some(RatingsRow { unit, own: id == of, ratings })
    };
    Ok(lines.into_iter().filter_map(row).collect())
}

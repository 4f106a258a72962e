//! One letter in the morning instead of twenty through the day.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entities::{PersonId, digest_line};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};
use workflow::{CommandError, commands, rules::pacing::Hours, tx};

use crate::Services;

/// How often to look.
pub(crate) const PERIOD: Duration = Duration::from_secs(30);

/// People of one read.
const BATCH: u64 = 200;

/// Writes the letters of all who have a line that is due; nobody is written to at night or on a
/// day off. Returns how many letters there were.
///
/// # Errors
/// When the lines cannot be read.
pub async fn digest_once(services: &Services) -> Result<usize, DbErr> {
    let workflow = &services.workflow;
    let now = services.now();
    let days = workflow.calendar.of(REGION);
    // Emergency aid is told of on days off too: its lines are due then, others are not.
    if (Hours { days: &days, every_day: true }).is_quiet(now) {
        return Ok(0);
    }
    let (mut letters, mut failed) = (0, Vec::new());
    loop {
        let people = commands::readers(now, BATCH)
            .filter(digest_line::Column::PersonId.is_not_in(failed.iter().copied()))
            .into_tuple()
            .all(workflow.store.read());
        let people: Vec<PersonId> = tx::in_time(people).await?;
        if people.is_empty() {
            return Ok(letters);
        }
        for person in people {
            let sent = tx::write(&workflow.store, async |tx| {
                commands::send_digest(tx, workflow, person).await
            });
            match sent.await {
                Ok(recorded) if recorded.jobs.is_empty() => failed.push(person),
                Ok(recorded) => {
                    workflow.wake.hand(&recorded.jobs);
                    letters += 1;
                }
                Err(CommandError::Db(error)) => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "a digest was not written");
                    failed.push(person);
                }
            }
        }
    }
}

/// When the next line is due after now.
///
/// # Errors
/// The database's.
pub(crate) async fn next_after(services: &Services) -> Result<Option<DateTime<Utc>>, DbErr> {
    digest_line::Entity::waiting()
        .filter(digest_line::Column::DueAt.gt(services.now()))
        .select_only()
        .column(digest_line::Column::DueAt)
        .into_tuple()
        .one(services.workflow.store.read())
        .await
}

/// Whose working days count.
const REGION: &str = "640000";

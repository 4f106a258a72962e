//! One letter in the morning with all that waits for somebody.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{CaseId, Channel, DigestLineId, PersonId, StepRunId, case_file, digest_line};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockBehavior, LockType},
};
use serde_json::json;

use super::passed_lines::{Open, is_holders, run_of};
use crate::{
    CommandError, Workflow,
    load::padded,
    record::{Recorded, Telling, take_lines},
};

/// Lines that a letter names one by one; of more it says how many there are.
const NAMED: usize = 40;
/// Lines of one letter, so that memory is bounded; nobody has more in a morning.
const MOST: u64 = 200_000;

/// Who has a line that is due, at most `most` of them.
pub fn readers(now: DateTime<Utc>, most: u64) -> sea_orm::Select<digest_line::Entity> {
    digest_line::Entity::find()
        .filter(digest_line::Column::TakenAt.is_null())
        .filter(digest_line::Column::DueAt.lte(now))
        .select_only()
        .column(digest_line::Column::PersonId)
        .distinct()
        .limit(most)
}

/// Writes the letter of `person`, with every line that is due; nothing when another worker was
/// quicker.
///
/// # Errors
/// The database's.
#[tracing::instrument(skip_all, fields(person.id = %person))]
pub async fn send_digest(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    person: PersonId,
) -> Result<Recorded, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let lines = digest_line::Entity::waiting()
        .filter(digest_line::Column::PersonId.eq(person))
        .filter(digest_line::Column::DueAt.lte(now))
        .order_by_asc(digest_line::Column::Id)
        .limit(MOST)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    let Some(last) = lines.iter().map(|line| line.id).max() else {
        return Ok(Recorded::default());
    };
    let ids = lines.iter().map(|line| line.id).collect();
    let lines = still_to_do(tx, lines, (person, now)).await?;
    if lines.is_empty() {
        return take_lines(tx, (now, machine), (person, ids), None).await;
    }
    let due = |line: &digest_line::Model| {
        let due = line.params.get("due").and_then(serde_json::Value::as_str);
        due.and_then(|due| due.parse::<DateTime<Utc>>().ok())
    };
    let late = lines.iter().filter(|line| due(line).is_some_and(|due| due <= now)).count();
    // What has no deadline comes last.
    let mut named: Vec<&digest_line::Model> = lines.iter().collect();
    named.sort_by_key(|line| due(line).unwrap_or(DateTime::<Utc>::MAX_UTC));
    named.truncate(NAMED);
    let cases: Vec<CaseId> = named.iter().map(|line| line.case_id).collect();
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(padded(&cases)));
    let files = files.all(tx).await?;
    let number = |case: CaseId| {
        files.iter().find(|file| file.id == case).and_then(|file| file.number.clone())
    };
    let title = |case: CaseId, step: Option<&str>| {
        let file = files.iter().find(|file| file.id == case)?;
        let program = workflow.programs.by_hash(&file.program_hash)?;
        let step = step.and_then(|id| program.step(id)).and_then(|step| step.title.as_ref());
        Some((program.title.zh.clone(), step.map(|title| title.zh.clone()).unwrap_or_default()))
    };
    let shown = named.iter().map(|line| {
        let step = line.params.get("step").and_then(serde_json::Value::as_str);
        let (title, step) = title(line.case_id, step).unwrap_or_default();
        json!({
            "what": line.template, "number": number(line.case_id), "title": title, "step": step,
            "due": line.params.get("due"),
        })
    });
    let letter = Telling {
        key: format!("digest/{person}/{last}"),
        case: None,
        account: None,
        person: Some(person),
        channel: Channel::Mail,
        template: "digest",
        params: json!({ "count": lines.len(), "late": late, "lines": shown.collect::<Vec<_>>() }),
        sealed: None,
    };
    take_lines(tx, (now, machine), (person, ids), Some(letter)).await
}

/// Without what was done since a line was written, or has passed into other hands, and of each
/// step only what was said last: so the letter counts pieces of work, not lines.
async fn still_to_do(
    tx: &DatabaseTransaction,
    mut lines: Vec<digest_line::Model>,
    reader: (PersonId, DateTime<Utc>),
) -> Result<Vec<digest_line::Model>, CommandError> {
    let mut runs: Vec<StepRunId> = lines.iter().filter_map(run_of).collect();
    runs.sort();
    runs.dedup();
    let open = Open::of(tx, &runs, reader).await?;
    lines.retain(|line| {
        let theirs = |run| !is_holders(line) || open.held.contains(&run);
        run_of(line).is_none_or(|run| open.all.contains(&run) && theirs(run))
    });
    let newest: BTreeMap<StepRunId, DigestLineId> =
        lines.iter().filter_map(|line| Some((run_of(line)?, line.id))).collect();
    lines.retain(|line| run_of(line).is_none_or(|run| newest.get(&run) == Some(&line.id)));
    Ok(lines)
}

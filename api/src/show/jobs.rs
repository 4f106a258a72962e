//! The outbox, for whoever runs the service.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    CaseId, NoticeId, OutboxId, case_file, notice,
    outbox::{self, JobState},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait,
};
use serde::Deserialize;
use workflow::{
    Actor, Bar, CommandError, Job, Refusal,
    backlog::{Heap, backlog},
    commands::administers,
};

use super::Reader;
use crate::{
    Problem,
    read::{
        Words,
        jobs::{JobRow, JobsView, StateView},
    },
};

/// Rows of one page.
const PAGE: usize = 50;
/// Characters of an error that are shown.
const SAID: usize = 300;

/// Which of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobsAsk {
    /// A state's name; without one, the worst that there is.
    pub state: Option<String>,
    /// The key of the last page's last row.
    pub after: Option<OutboxId>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

impl JobsAsk {
    /// The state that is asked for, if any.
    ///
    /// # Errors
    /// [`Problem::MalformedRequest`] for a name of none.
    pub fn state(&self) -> Result<Option<JobState>, Problem> {
        let named = self.state.as_deref().filter(|word| !word.is_empty());
        named.map(|word| JobState::of_word(word).ok_or(Problem::MalformedRequest)).transpose()
    }
}

/// What is not done, by state; and one state's jobs.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no administrator, [`Problem::MalformedRequest`], the
/// database's.
pub async fn jobs(r: &Reader<'_>, actor: Actor, ask: &JobsAsk) -> Result<JobsView, Problem> {
    if !administers(r.db(), actor, r.now).await? {
        let barred = Refusal::NotYours(Bar::NotAdministrator);
        return Err(CommandError::Refused(barred).into());
    }
    let machine = r.workflow.clock.machine();
    let states = states(&backlog(r.db(), machine).await?);
    let worst = states.iter().find(|state| state.jobs > 0).map(|state| state.is);
    let state = ask.state()?.or(worst).unwrap_or(JobState::Waiting);
    let mut query = outbox::Entity::not_done()
        .filter(JobState::of_row(machine).eq(state.word()))
        .order_by_asc(outbox::Column::Id);
    if let Some(after) = ask.after {
        query = query.filter(outbox::Column::Id.gt(after));
    }
    let most = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut found = query.limit(most).all(r.db()).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|row| row.id.to_string());
    let rows = rows(r, found, state).await?;
    Ok(JobsView { states, state: state.word(), rows, next })
}

fn states(heaps: &[Heap]) -> Vec<StateView> {
    let view = |is: JobState| {
        let own = || heaps.iter().filter(move |heap| heap.state == is);
        let oldest_at: Option<DateTime<Utc>> = own().map(|heap| heap.oldest).min();
        let jobs = own().map(|heap| heap.jobs).sum();
        StateView { state: is.word(), is, jobs, oldest_at }
    };
    JobState::ALL.into_iter().map(view).collect()
}

async fn rows(
    r: &Reader<'_>,
    found: Vec<outbox::Model>,
    state: JobState,
) -> Result<Vec<JobRow>, Problem> {
    let letters = letters(r, &found).await?;
    let of_letter = |row: &outbox::Model| notice_of(row).and_then(|id| letters.get(&id));
    let case = |row: &outbox::Model| {
        row.case_id.or_else(|| of_letter(row).and_then(|letter| letter.case_id))
    };
    let numbers = numbers(r, found.iter().filter_map(case).collect()).await?;
    let view = |row: outbox::Model| JobRow {
        title: title(&row.kind),
        letter: of_letter(&row).map(|letter| letter.template.clone()),
        number: case(&row).and_then(|case| numbers.get(&case).cloned()),
        last_error: row.last_error.map(|said| said.chars().take(SAID).collect()),
        id: row.id,
        kind: row.kind,
        attempts: row.attempts,
        created_at: row.created_at,
        next_attempt_at: row.next_attempt_at,
        can_retry: state != JobState::InHand,
    };
    Ok(found.into_iter().map(view).collect())
}

fn notice_of(row: &outbox::Model) -> Option<NoticeId> {
    match serde_json::from_value(row.job.clone()) {
        Ok(Job::SendNotice { notice }) => Some(notice),
        _ => None,
    }
}

async fn letters(
    r: &Reader<'_>,
    found: &[outbox::Model],
) -> Result<BTreeMap<NoticeId, notice::Model>, Problem> {
    let ids = found.iter().filter_map(notice_of);
    let rows = notice::Entity::find().filter(notice::Column::Id.is_in(ids)).all(r.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn numbers(r: &Reader<'_>, cases: Vec<CaseId>) -> Result<BTreeMap<CaseId, String>, Problem> {
    let rows = case_file::Entity::find().filter(case_file::Column::Id.is_in(cases));
    let rows = rows.all(r.db()).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.number?))).collect())
}

/// A kind in words; one that a newer version has written, by its stored name.
fn title(kind: &str) -> Words {
    match kind {
        "route_case" => Words::new("办件流转", "Routing a case"),
        "take_letter" => Words::new("办件之间传递", "A letter between cases"),
        "send_notice" => Words::new("发送通知", "Sending a letter"),
        other => Words::new(other, other),
    }
}

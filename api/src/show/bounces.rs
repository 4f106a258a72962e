//! Messages that did not arrive, and how those of one case went.

use std::collections::BTreeMap;

use entities::{CaseId, NoticeId, NoticeState, PersonId, bounce, case_file, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use workflow::{Actor, commands::bounces_of};

use super::{Reader, letter_words};
use crate::{
    Problem,
    read::bounces::{BounceRow, BouncesView, SentView},
};

/// Rows of one page.
const PAGE: usize = 50;
/// Messages of a case that are shown, the newest.
const SHOWN: u64 = 30;

/// Which of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BouncesAsk {
    /// The key of the last page's last row.
    pub after: Option<NoticeId>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// Those that are the caller's to see to, and about which nobody has done anything.
///
/// # Errors
/// [`workflow::Refusal::NotYours`] for whoever is no member of staff, the database's.
pub async fn bounces(
    r: &Reader<'_>,
    actor: Actor,
    ask: &BouncesAsk,
) -> Result<BouncesView, Problem> {
    let mine = bounces_of(r.db(), actor, r.now).await?;
    let query = bounce::Entity::open().filter(mine);
    let open = query.clone().count(r.db()).await?;
    let query = match ask.after {
        Some(after) => query.filter(bounce::Column::NoticeId.gt(after)),
        None => query,
    };
    let most = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut found = query.limit(most).all(r.db()).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|row| row.notice_id.to_string());
    let ids = found.iter().map(|row| row.notice_id);
    let letters = notice::Entity::find().filter(notice::Column::Id.is_in(ids)).all(r.db()).await?;
    let letters: BTreeMap<NoticeId, notice::Model> =
        letters.into_iter().map(|row| (row.id, row)).collect();
    let cases = found.iter().filter_map(|row| row.case_id);
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(cases));
    let files = files.all(r.db()).await?;
    let number = |case: CaseId| {
        files.iter().find(|file| file.id == case).and_then(|file| file.number.clone())
    };
    let rows = found.into_iter().filter_map(|row| {
        let letter = letters.get(&row.notice_id)?;
        Some(BounceRow {
            id: row.notice_id,
            title: letter_words::letter(&letter.template),
            letter: letter.template.clone(),
            way: letter_words::channel(&letter.channel.word()),
            channel: letter.channel.word(),
            number: row.case_id.and_then(number),
            reason: row.reason,
            bounced_at: row.bounced_at,
        })
    });
    Ok(BouncesView { open, rows: rows.collect(), next })
}

/// How the messages of one case went, newest first.
///
/// # Errors
/// The database's.
pub(super) async fn sent(
    r: &Reader<'_>,
    case: CaseId,
    subject: Option<PersonId>,
) -> Result<Vec<SentView>, Problem> {
    let rows = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case))
        .order_by_desc(notice::Column::Id)
        .limit(SHOWN)
        .all(r.db())
        .await?;
    let view = |row: notice::Model| SentView {
        title: letter_words::letter(&row.template),
        letter: row.template,
        way: letter_words::channel(&row.channel.word()),
        channel: row.channel.word(),
        went: letter_words::state(&row.state.word()),
        state: row.state.word(),
        to_applicant: subject.is_some() && row.person_id == subject,
        written_at: row.created_at,
        sent_at: row.sent_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Whether a message to whoever the case is for did not arrive.
///
/// # Errors
/// The database's.
pub(super) async fn undelivered(r: &Reader<'_>, file: &case_file::Model) -> Result<bool, Problem> {
    let Some(subject) = file.subject_id else { return Ok(false) };
    let found = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(file.id))
        .filter(notice::Column::PersonId.eq(subject))
        .filter(notice::Column::State.eq(NoticeState::Bounced))
        .count(r.db())
        .await?;
    Ok(found > 0)
}

//! What has been said of a case, or has opened one, and what became of it: read for pages, for
//! `why`, and for whoever deals with it.

use std::collections::BTreeMap;

use entities::{CaseId, Outcome, Phase, case_file, letter, voice};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{publish::Spoken, step_answers::step_answers};
use crate::{
    CommandError, Workflow, load,
    program::expression::Value,
    vault::{self, Owner},
};

/// One thing that was said, and the case in which it is dealt with, once that is opened.
#[derive(Clone, Debug)]
pub struct Heard {
    pub row: voice::Model,
    pub case: Option<case_file::Model>,
}

impl Heard {
    /// The number of its case.
    pub fn number(&self) -> Option<String> {
        self.case.as_ref().and_then(|case| case.number.clone())
    }

    /// Whether it leads to a case at all.
    pub fn leads_on(&self) -> bool {
        self.row.letter_key.is_some() || self.row.case_id.is_some()
    }

    /// Whether it has been dealt with.
    pub fn is_over(&self) -> bool {
        !self.leads_on() || self.case.as_ref().is_some_and(|case| case.phase == Phase::Ended)
    }

    /// How it came out.
    pub fn outcome(&self) -> Option<Outcome> {
        self.case.as_ref().and_then(|case| case.outcome)
    }
}

/// What was said of a case, oldest first.
///
/// # Errors
/// The database's.
pub async fn heard_of(db: &impl ConnectionTrait, case: CaseId) -> Result<Vec<Heard>, CommandError> {
    let rows = voice::Entity::about(case).all(db).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = rows.iter().filter_map(|row| row.letter_key.clone()).collect();
    let letters = letter::Entity::find().filter(letter::Column::Key.is_in(keys)).all(db).await?;
    let opened: BTreeMap<String, CaseId> =
        letters.into_iter().filter_map(|letter| Some((letter.key, letter.to_case?))).collect();
    let ids: Vec<CaseId> = opened.values().copied().collect();
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids)).all(db).await?;
    let heard = |row: voice::Model| {
        let id = row.letter_key.as_ref().and_then(|key| opened.get(key));
        let case = files.iter().find(|file| Some(&file.id) == id).cloned();
        Heard { row, case }
    };
    Ok(rows.into_iter().map(heard).collect())
}

/// What has opened a case: whoever deals with it reads it there.
///
/// # Errors
/// The database's.
pub async fn heard_behind(
    db: &impl ConnectionTrait,
    case: &case_file::Model,
) -> Result<Vec<Heard>, CommandError> {
    if case.subject_id.is_some() {
        return Ok(Vec::new()); // an application was opened by whoever applied
    }
    let letters = letter::Entity::that_opened(case.id).all(db).await?;
    let keys = letters.into_iter().map(|letter| letter.key).collect();
    let rows = voice::Entity::behind(case.id, keys).all(db).await?;
    Ok(rows.into_iter().map(|row| Heard { row, case: Some(case.clone()) }).collect())
}

/// The words, opened. Whether the caller may read them was judged before.
///
/// # Errors
/// [`CommandError::Seal`], or the database's.
pub async fn words_of(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    row: &voice::Model,
) -> Result<Option<Spoken>, CommandError> {
    let (Some(sealed), Some(owner)) = (&row.sealed, row.about_id.or(row.case_id)) else {
        return Ok(None);
    };
    let Some(key) = vault::key(db, workflow, Owner::Case(owner)).await? else { return Ok(None) };
    vault::open_value(&key, ("voice", "sealed", &row.id.to_string()), sealed).map(Some)
}

/// What the program of a case says is the answer to whoever has opened it, once it has been
/// written and the case has come out.
///
/// # Errors
/// [`CommandError::Seal`], [`CommandError::NewerProgram`], or the database's.
pub async fn reply_of(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: &case_file::Model,
) -> Result<Option<String>, CommandError> {
    if case.outcome.is_none() {
        return Ok(None);
    }
    let program = load::program(workflow, case)?;
    let Some(reply) = &program.reply else { return Ok(None) };
    let state = load::state(db, case.clone()).await?;
    let Some(run) = state.latest(&reply.step).filter(|run| run.closed_at.is_some()) else {
        return Ok(None);
    };
    let mut said = step_answers(db, workflow, run).await?;
    Ok(match said.remove(reply.field.as_str()) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    })
}

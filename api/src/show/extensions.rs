//! Requests for more time that wait for somebody's answer.

use entities::{ExtensionKind, NoteKind, PersonId, case_file, extension, note, step_run, task};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::{
    Actor, commands, load,
    program::Span,
    vault::{self, Owner},
};

use super::{
    Reader, people,
    reader::{words, words_or},
};
use crate::{
    Problem,
    read::{
        Words,
        extension::{ExtensionRow, ExtensionsView},
    },
};

/// Rows of the page; what is more comes when these are answered.
const MOST: u64 = 50;

/// What waits for this person's answer, the oldest first.
///
/// # Errors
/// The database's.
pub async fn extensions(r: &Reader<'_>, actor: Actor) -> Result<ExtensionsView, Problem> {
    let Some(person) = actor.person else { return Err(Problem::NotFound) };
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let in_names = authority.stands_in.iter().flat_map(|one| &one.held);
    let units = authority.appointments.iter().chain(in_names).map(|held| held.unit_id);
    let units = commands::with_predecessors(r.db(), units).await?;
    let found = extension::Entity::waiting()
        .filter(extension::Column::UnitId.is_in(units))
        .filter(extension::Column::AskedBy.ne(person))
        .order_by_asc(extension::Column::Id)
        .limit(MOST)
        .all(r.db())
        .await?;
    let mut rows = Vec::new();
    for ask in found {
        let file = case_file::Entity::find_by_id(ask.case_id).one(r.db()).await?;
        let Some(file) = file else { continue };
        let right = commands::may_answer(r.db(), &authority, (&ask, &file), r.now).await?;
        if right.is_some() {
            rows.extend(row(r, (file, ask), authority.absent(&right)).await?);
        }
    }
    Ok(ExtensionsView { rows })
}

async fn row(
    r: &Reader<'_>,
    (file, ask): (case_file::Model, extension::Model),
    absent: Option<PersonId>,
) -> Result<Option<ExtensionRow>, Problem> {
    let db = r.db();
    let run = step_run::Entity::find_by_id(ask.run_id).one(db).await?;
    let slot = task::Entity::find_by_id(ask.task_id).one(db).await?;
    let (Some(run), Some(slot)) = (run, slot) else { return Ok(None) };
    let program = load::program(r.workflow, &file)?;
    let step = program.step(&run.path).and_then(|step| step.title.as_ref());
    let units = people::units(r, [slot.unit_id]).await?;
    let why = why(r, &ask).await?;
    let names = people::names(r, std::iter::once(ask.asked_by).chain(absent)).await?;
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    Ok(Some(ExtensionRow {
        id: ask.id.to_string(),
        number: file.number.unwrap_or_default(),
        title: words(&program.title),
        step: words_or(step, &run.path),
        unit: people::name_in(r, &units, Some(slot.unit_id)),
        asked_by: name(ask.asked_by),
        on_behalf: absent.map(name),
        asked_at: ask.asked_at,
        by: length(&ask.by_span),
        again: ask.kind == ExtensionKind::Supplement,
        due_at: run.due_at,
        why,
    }))
}

/// A length of the language, as people say it.
fn length(by: &str) -> Words {
    let (n, zh, en) = match by.parse::<Span>() {
        Ok(Span::WorkingDays(n)) => (n, "个工作日", "working days"),
        Ok(Span::Hours(n)) => (n, "小时", "hours"),
        Ok(Span::Days(n)) => (n, "天", "days"),
        Ok(Span::Months(n)) => (n, "个月", "months"),
        Ok(Span::Years(n)) => (n, "年", "years"),
        Err(_) => return Words::new(by, by),
    };
    Words::new(format!("{n} {zh}"), format!("{n} {en}"))
}

/// The holder's words, which are kept encrypted with the case.
async fn why(r: &Reader<'_>, ask: &extension::Model) -> Result<Option<String>, Problem> {
    let found = note::Entity::find()
        .filter(note::Column::TaskId.eq(ask.task_id))
        .filter(note::Column::Kind.eq(NoteKind::Extension))
        .order_by_desc(note::Column::Id)
        .one(r.db())
        .await?;
    let key = vault::key(r.db(), r.workflow, Owner::Case(ask.case_id)).await?;
    let (Some(found), Some(key)) = (found, key) else { return Ok(None) };
    let text = vault::open_text(&key, ("note", "sealed", &found.id.to_string()), &found.sealed);
    Ok(Some(text.map_err(workflow::CommandError::from)?.into_inner()))
}

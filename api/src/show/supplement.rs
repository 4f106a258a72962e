//! What the applicant is asked for, all of it at once.

use entities::{ClockKind, NoteId, UnitId, Verdict, note};
use sea_orm::EntityTrait;
use workflow::{
    Actor, CommandError,
    event::Asked,
    vault::{self, Owner},
};

use super::{Reader, Wrong, case::Case, due, fields, paper_views, people, scope};
use crate::{
    Problem,
    read::progress::{DefectField, DefectPaper, SupplementView},
};

/// The one-time notice of a case that waits for its applicant.
///
/// # Errors
/// [`Problem::NotFound`] also when nothing is asked, the database's.
pub async fn supplement(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    wrong: &Wrong,
) -> Result<SupplementView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    if !file.supplementing {
        return Err(Problem::NotFound);
    }
    let asked: Asked =
        file.asked.clone().and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default();
    let case = Case::read(r, file).await?;
    let note = note(r, &case, &asked).await?;
    let unit = match &note {
        Some(note) => case.state.task(note.task_id).map(|slot| slot.unit_id),
        None => silent_unit(&case, &asked),
    };
    let text = match &note {
        Some(note) => text(r, note).await?,
        None => None,
    };
    let clock = case.state.clocks.iter().rev().find(|row| row.kind == ClockKind::Applicant);
    let until = clock.and_then(|row| due::of_clock(r, row));
    let why = r.say("请核对后重新填写。", "Please correct this.").to_owned();
    let of_program = asked.fields.iter().filter_map(|id| case.program.field(id));
    let defect = |field: &workflow::program::Field| DefectField {
        why: why.clone(),
        field: wrong.over(fields::view(field, case.values.get(field.id.as_str()), &case.looks)),
    };
    let papers = asked.papers.iter().map(|id| {
        let rows: Vec<_> = case.papers.iter().filter(|row| row.paper == *id).collect();
        let why = r.say("请补交清晰完整的材料。", "Please hand this in, whole and legible.");
        DefectPaper { why: why.to_owned(), paper: paper_views::one(&case.program, id, true, &rows) }
    });
    Ok(SupplementView {
        number: case.key(),
        title: case.title(),
        unit: people::name_in(r, &case.units, unit),
        told_at: clock.and_then(workflow::rules::engine::face_of).map_or(r.now, |f| f.started_at),
        due: until.unwrap_or_else(|| due::of_instant(r, r.now, false)),
        text,
        fields: of_program.map(defect).collect(),
        papers: papers.collect(),
    })
}

/// The row with what the asker wrote; none where they named fields and papers alone.
async fn note(r: &Reader<'_>, case: &Case, asked: &Asked) -> Result<Option<note::Model>, Problem> {
    let id = asked.note_id.as_deref().and_then(|id| id.parse::<NoteId>().ok());
    let Some(id) = id else { return Ok(None) };
    let found = note::Entity::find_by_id(id).one(r.db()).await?;
    Ok(found.filter(|note| note.case_id == case.file().id))
}

/// Who asks without a word: the step that waits, or the one that was sent back last.
fn silent_unit(case: &Case, asked: &Asked) -> Option<UnitId> {
    if asked.mode.is_some() {
        let back = case.state.tasks.iter().filter(|slot| slot.verdict == Some(Verdict::Returned));
        return back.max_by_key(|slot| slot.signed_at).map(|slot| slot.unit_id);
    }
    case.state.open_runs().next().and_then(|run| run.unit_id)
}

async fn text(r: &Reader<'_>, note: &note::Model) -> Result<Option<String>, Problem> {
    let key = vault::key(r.db(), r.workflow, Owner::Case(note.case_id)).await?;
    let Some(key) = key else { return Ok(None) };
    let place = note.id.to_string();
    let text = vault::open_text(&key, ("note", "sealed", &place), &note.sealed);
    Ok(Some(text.map_err(CommandError::from)?.into_inner()))
}

//! Programs for those who may change them.

use std::collections::BTreeMap;

use entities::{
    DraftState, PersonId, Phase, ProgramDraftId, case_file, person, program_draft, program_version,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::{
    Actor, CommandError, Refusal,
    calendar::local_date,
    program::{self, Finding, Program},
    program_versions::{look_at, may_begin, may_change, may_change_draft},
};

use super::{Reader, reader::words, replays};
use crate::{
    Problem,
    read::{
        Words,
        program_desk::{
            DraftRow, DraftView, FindingView, NewProgramRow, NewProgramView, ProgramDeskView,
            ProgramRow, ProgramsView, VersionRow,
        },
    },
};

/// Drafts of one list.
const SHOWN: u64 = 30;

/// The programs that `actor` may change.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever may change none, the database's.
pub async fn programs(r: &Reader<'_>, actor: Actor) -> Result<ProgramsView, Problem> {
    let today = local_date(r.now);
    let (mut found, mut barred) = (Vec::new(), None);
    for program in r.workflow.programs.all() {
        match may_change(r.db(), r.workflow, actor, program.id()).await {
            Ok(_) => {}
            Err(error @ CommandError::Refused(Refusal::NotYours(_))) => {
                barred = Some(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        let open = program_draft::Entity::of_program(program.id())
            .filter(program_draft::Column::State.is_in([DraftState::Open, DraftState::Proposed]));
        found.push(ProgramRow {
            id: program.id().to_owned(),
            title: words(&program.title),
            in_force: r.workflow.programs.in_force(program.id(), today).map(|one| one.version),
            drafts: open.count(r.db()).await?,
        });
    }
    let new = new_drafts(r, actor).await?;
    match barred {
        Some(error) if found.is_empty() && new.is_empty() => Err(error.into()),
        _ => Ok(ProgramsView { programs: found, new }),
    }
}

/// Drafts of programs that there are not yet, as far as `actor` may change them.
async fn new_drafts(r: &Reader<'_>, actor: Actor) -> Result<Vec<NewProgramRow>, Problem> {
    let known = r.workflow.programs.all().map(|program| program.id().to_owned());
    let rows = program_draft::Entity::find()
        .filter(program_draft::Column::State.is_in([DraftState::Open, DraftState::Proposed]))
        .filter(program_draft::Column::Program.is_not_in(known))
        .order_by_desc(program_draft::Column::Id)
        .limit(SHOWN)
        .all(r.db())
        .await?;
    let mut found = Vec::new();
    for row in rows {
        match may_change_draft(r.db(), r.workflow, actor, &row).await {
            Ok(_) => {
                let draft = draft_row(r, &row).await?;
                found.push(NewProgramRow { program: row.program, draft });
            }
            Err(CommandError::Refused(Refusal::NotYours(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// What a first text may look like.
const FIRST: &str = include_str!("../../texts/new_program.yaml");

/// A program's first text: what was written, with what keeps it from being a draft, or one to begin
/// with.
///
/// # Errors
/// As [`may_begin`].
pub async fn new_program(
    r: &Reader<'_>,
    actor: Actor,
    yaml: Option<&str>,
) -> Result<NewProgramView, Problem> {
    may_begin(r.db(), r.workflow, actor).await?;
    let findings = yaml.and_then(|yaml| r.workflow.programs.begun(yaml).err()).unwrap_or_default();
    let yaml = yaml.unwrap_or(FIRST).to_owned();
    let findings = findings.iter().map(|finding| view(finding, &yaml)).collect();
    Ok(NewProgramView { yaml, findings })
}

/// One program: its versions and drafts.
///
/// # Errors
/// As [`may_change`].
pub async fn program_desk(
    r: &Reader<'_>,
    actor: Actor,
    id: &str,
) -> Result<ProgramDeskView, Problem> {
    if r.workflow.programs.get(id).is_none() {
        return desk_of_new(r, actor, id).await;
    }
    may_change(r.db(), r.workflow, actor, id).await?;
    let newest = newest(r, id)?;
    let rows = program_version::Entity::find()
        .filter(program_version::Column::Program.eq(id))
        .order_by_desc(program_version::Column::Number)
        .all(r.db())
        .await?;
    let live: Vec<(String, i64)> = case_file::Entity::find()
        .select_only()
        .column(case_file::Column::ProgramHash)
        .column_as(case_file::Column::Id.count(), "count")
        .filter(case_file::Column::Program.eq(id))
        .filter(case_file::Column::Phase.is_not_in([Phase::Draft, Phase::Ended]))
        .group_by(case_file::Column::ProgramHash)
        .into_tuple()
        .all(r.db())
        .await?;
    let live: BTreeMap<String, i64> = live.into_iter().collect();
    let version = |row: program_version::Model| VersionRow {
        live: live.get(&row.hash).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0),
        number: row.number,
        hash: row.hash,
        published_at: row.published_at,
        effective_on: row.effective_on,
        retired_on: row.retired_on,
        reason: row.reason,
        draft: row.draft_id.map(|draft| draft.to_string()),
    };
    let drafts = program_draft::Entity::of_program(id).limit(SHOWN).all(r.db()).await?;
    let mut shown = Vec::new();
    for row in &drafts {
        shown.push(draft_row(r, row).await?);
    }
    Ok(ProgramDeskView {
        id: id.to_owned(),
        title: words(&newest.title),
        in_force: r.workflow.programs.in_force(id, local_date(r.now)).map(|one| one.version),
        versions: rows.into_iter().map(version).collect(),
        drafts: shown,
    })
}

/// The same of a program that there is not yet: its drafts, for whoever may change them.
async fn desk_of_new(r: &Reader<'_>, actor: Actor, id: &str) -> Result<ProgramDeskView, Problem> {
    let rows = program_draft::Entity::of_program(id).limit(SHOWN).all(r.db()).await?;
    let mut drafts = Vec::new();
    for row in &rows {
        may_change_draft(r.db(), r.workflow, actor, row).await?;
        drafts.push(draft_row(r, row).await?);
    }
    if drafts.is_empty() {
        // Whoever may change none hears so first.
        may_change(r.db(), r.workflow, actor, id).await?;
    }
    let (id, title) = (id.to_owned(), Words::new(id, id));
    Ok(ProgramDeskView { id, title, in_force: None, versions: Vec::new(), drafts })
}

fn newest(r: &Reader<'_>, id: &str) -> Result<std::sync::Arc<Program>, Problem> {
    let unknown = || CommandError::Refused(Refusal::UnknownProgram(id.to_owned()));
    Ok(r.workflow.programs.get(id).ok_or_else(unknown)?)
}

async fn draft_row(r: &Reader<'_>, row: &program_draft::Model) -> Result<DraftRow, Problem> {
    let written: Vec<PersonId> = serde_json::from_value(row.written_by.clone()).unwrap_or_default();
    let people = person::Entity::find().filter(person::Column::Id.is_in(written));
    let people = people.order_by_asc(person::Column::Id).all(r.db()).await?;
    Ok(DraftRow {
        id: row.id.to_string(),
        number: row.number,
        retires: row.retires,
        state: row.state.word(),
        state_title: state(row.state),
        changed_at: row.changed_at,
        written_by: people.into_iter().map(|person| person.name).collect(),
    })
}

fn state(state: DraftState) -> Words {
    match state {
        DraftState::Open => Words::new("起草中", "Being written"),
        DraftState::Proposed => Words::new("待他人确认", "Waits for a second person"),
        DraftState::Published => Words::new("已发布", "Published"),
        DraftState::Discarded => Words::new("已放弃", "Given up"),
    }
}

/// The row of a draft that `actor` may see; of `program`, where that is said.
///
/// # Errors
/// [`Refusal::NotFound`], or as [`may_change`].
pub async fn draft_of(
    r: &Reader<'_>,
    actor: Actor,
    (program, id): (Option<&str>, ProgramDraftId),
) -> Result<(program_draft::Model, PersonId), Problem> {
    if let Some(known) = program.and_then(|program| r.workflow.programs.get(program)) {
        may_change(r.db(), r.workflow, actor, known.id()).await?;
    }
    let found = program_draft::Entity::find_by_id(id).one(r.db()).await?;
    let row = found.filter(|row| program.is_none_or(|program| row.program == program));
    let none = || CommandError::Refused(Refusal::NotFound("draft"));
    let Some(row) = row else {
        // Who may change nothing does not learn whether there is one.
        programs(r, actor).await?;
        return Err(none().into());
    };
    let person = may_change_draft(r.db(), r.workflow, actor, &row).await?;
    Ok((row, person))
}

/// A draft, whole.
///
/// # Errors
/// As [`draft_of`].
pub async fn program_draft(
    r: &Reader<'_>,
    actor: Actor,
    which: (Option<&str>, ProgramDraftId),
) -> Result<DraftView, Problem> {
    let (row, person) = draft_of(r, actor, which).await?;
    let newest = r.workflow.programs.get(&row.program);
    let (program, found) = look_at(r.workflow, &row);
    let shared = r.workflow.programs.shared();
    let before = match &newest {
        Some(newest) => before(r, &row, newest).await?,
        None => None,
    };
    let both = before.as_ref().zip(program.as_ref());
    let changes = both.map(|(before, after)| program::changes(before, after, shared));
    let named = newest.as_deref().or(program.as_ref()).map(|program| words(&program.title));
    let proposed = row.state == DraftState::Proposed;
    let writes = matches!(row.state, DraftState::Open | DraftState::Proposed);
    Ok(DraftView {
        program: row.program.clone(),
        is_new: before.is_none(),
        title: named.unwrap_or_else(|| Words::new(row.program.as_str(), row.program.as_str())),
        draft: draft_row(r, &row).await?,
        version: row.version,
        effective_on: row.effective_on,
        reason: row.reason.clone(),
        errors: found.iter().filter(|finding| !finding.warning).count(),
        findings: found.iter().map(|finding| view(finding, &row.yaml)).collect(),
        changes: changes.unwrap_or_default().iter().map(words).collect(),
        drawn: program.is_some() && found.iter().all(|finding| finding.warning),
        may_write: writes,
        may_confirm: proposed && !row.is_written_by(person) && row.proposed_by != Some(person),
        today: local_date(r.now),
        replay: replays::newest(r, &row).await?,
        yaml: row.yaml,
    })
}

/// What a draft is held against: the newest version, and for one that is published the one before;
/// none for the first.
async fn before(
    r: &Reader<'_>,
    row: &program_draft::Model,
    newest: &std::sync::Arc<Program>,
) -> Result<Option<std::sync::Arc<Program>>, Problem> {
    if row.state != DraftState::Published {
        return Ok(Some(std::sync::Arc::clone(newest)));
    }
    if row.number == 1 {
        return Ok(None);
    }
    let found = program_version::Entity::find()
        .filter(program_version::Column::Program.eq(row.program.as_str()))
        .filter(program_version::Column::Number.lt(row.number))
        .order_by_desc(program_version::Column::Number)
        .one(r.db())
        .await?;
    let found = found.and_then(|row| r.workflow.programs.by_hash(&row.hash));
    Ok(found.or_else(|| Some(std::sync::Arc::clone(newest))))
}

fn view(finding: &Finding, yaml: &str) -> FindingView {
    let line = usize::try_from(finding.line).unwrap_or(0);
    let text = line.checked_sub(1).and_then(|nth| yaml.lines().nth(nth)).unwrap_or_default();
    FindingView {
        line: finding.line,
        column: finding.column,
        code: finding.code.to_owned(),
        warning: finding.warning,
        message: Words::new(finding.message_zh.clone(), finding.message_en.clone()),
        text: text.trim().to_owned(),
    }
}

/// The route of a draft as a picture.
///
/// # Errors
/// As [`draft_of`]; [`Refusal::Draft`] while it has errors.
pub async fn draft_drawing(
    r: &Reader<'_>,
    actor: Actor,
    which: (Option<&str>, ProgramDraftId),
) -> Result<String, Problem> {
    let (row, _) = draft_of(r, actor, which).await?;
    let (program, mut found) = look_at(r.workflow, &row);
    found.retain(|finding| !finding.warning);
    match program {
        Some(program) if found.is_empty() => {
            Ok(program::draw(&program, r.workflow.programs.shared(), r.lang()))
        }
        _ => Err(CommandError::Refused(Refusal::Draft(found)).into()),
    }
}

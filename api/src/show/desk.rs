//! A case on an approver's desk.

use entities::{TaskId, case_file, document_number, paper, person, task};
use sea_orm::EntityTrait;
use workflow::{
    Actor,
    commands::{self, Spoken, open_programs},
    program::model::Filer,
    rules::rosters,
    state::CaseState,
};

use super::{
    Reader, Wrong,
    answers::{self, Eyes},
    bounces,
    case::Case,
    document,
    draft::award_of,
    due,
    fields::own,
    hands::Hands,
    held, history, list, paper_views, people, progress,
    queue_rows::is_urgent,
    reader::{words, words_or},
    roster_papers, rows, scope, steps, verb_views, voices,
};
use crate::{
    Problem,
    read::{
        Answer, FieldKind, OptionView, Words,
        applicant::SubjectView,
        apply::AwardView,
        staff_case::{ObjectionView, OnBehalfView, StaffCaseView},
    },
};

/// What stands open on the page: a fact that was asked for, a verb that was refused.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// Id and text of a fact that [`reveal`](super::reveal) gave.
    pub shown: Option<(String, String)>,
    /// The name of the verb that is open.
    pub verb: Option<String>,
    /// What was typed into it, and what is wrong.
    pub wrong: Wrong,
}

/// A slot and its case, for staff whose case it is.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn task_case(
    r: &Reader<'_>,
    actor: Actor,
    id: TaskId,
) -> Result<(task::Model, case_file::Model), Problem> {
    let slot = task::Entity::find_by_id(id).one(r.db()).await?.ok_or(Problem::NotFound)?;
    let file = case_file::Entity::find_by_id(slot.case_id).one(r.db()).await?;
    let file = file.ok_or(Problem::NotFound)?;
    if scope::is_ours(r, actor, &file).await? { Ok((slot, file)) } else { Err(Problem::NotFound) }
}

/// A slot and its case, for whoever may act on it: staff, or the applicant whose own step it is.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn slot_case(
    r: &Reader<'_>,
    actor: Actor,
    id: TaskId,
) -> Result<(task::Model, case_file::Model), Problem> {
    if actor.person.is_some() {
        return task_case(r, actor, id).await;
    }
    let slot = task::Entity::find_by_id(id).one(r.db()).await?;
    let slot = slot.filter(|slot| slot.addressed).ok_or(Problem::NotFound)?;
    let file = scope::mine(r, actor, &slot.case_id.to_string()).await?;
    if slot.person_id == file.subject_id { Ok((slot, file)) } else { Err(Problem::NotFound) }
}

/// The slot through which one may take a document of a step out; none for the application's.
///
/// # Errors
/// [`Problem::NotFound`] when no slot of that step is open to them, the database's.
pub async fn slot_of_paper(
    r: &Reader<'_>,
    actor: Actor,
    row: &paper::Model,
) -> Result<Option<TaskId>, Problem> {
    if row.row_id.is_some() {
        return roster_papers::slot_of(r, actor, row).await.map(Some);
    }
    let Some(run) = row.run_id else { return Ok(None) };
    let authority = progress::authority(r, actor).await?;
    let slots = task::Entity::of_case(row.case_id).all(r.db()).await?;
    let own = slots.into_iter().filter(|slot| slot.run_id == run).find(|slot| {
        let applicants = slot.addressed
            && slot.person_id.is_some_and(|person| authority.acts_for.contains(&person));
        applicants
            || authority
                .appointments
                .iter()
                .any(|a| a.unit_id == slot.unit_id && a.duty == slot.duty)
    });
    own.map(|slot| Some(slot.id)).ok_or(Problem::NotFound)
}

/// The case with all that the slot's holder needs to decide.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn staff_case(
    r: &Reader<'_>,
    actor: Actor,
    id: TaskId,
    open: &Open,
) -> Result<StaffCaseView, Problem> {
    let (slot, file) = task_case(r, actor, id).await?;
    let case = Case::read(r, file).await?;
    let mut authority = progress::authority(r, actor).await?;
    let owing = workflow::load::owing(r.db(), (actor, &case.program), &slot, r.now).await;
    authority.owing = owing?;
    let scope = case.scope(r);
    let step = case.program.step(&slot.path);
    let person = match &case.subject {
        Some(subject) => people::opened(r, subject).await?,
        None => people::Opened::default(),
    };
    let claimer = match slot.person_id {
        Some(id) => people::names(r, [id]).await?.remove(&id),
        None => None,
    };
    let mut papers = paper_views::of_case(&case, &scope);
    papers.extend(paper_views::of_steps(&case));
    let own_papers = match step {
        Some(step) if CaseState::is_open(&slot) => {
            paper_views::of_step(&case, step, slot.run_id, &scope)
        }
        _ => Vec::new(),
    };
    let mut facts = answers::groups(r, &case, &person, Eyes::Staff);
    if let Some((fact, text)) = &open.shown {
        let all = facts.iter_mut().flat_map(|group| &mut group.facts);
        all.filter(|known| known.id == *fact).for_each(|known| {
            known.answer = Answer::Shown(text.clone());
        });
    }
    let hands = Hands::of(r, (actor, &authority), &case, &slot).await?;
    let clock = case.state.clock_of(slot.run_id).filter(|row| row.ended_at.is_none());
    Ok(StaffCaseView {
        task: Some(slot.id.to_string()),
        version: slot.version.into(),
        number: case.key(),
        title: case.title(),
        step: words_or(step.and_then(|step| step.title.as_ref()), &slot.path),
        unit: people::name_in(r, &case.units, Some(slot.unit_id)),
        subject: case.subject_name(),
        status: case.status(),
        urgent: is_urgent(step),
        due: clock.and_then(|row| due::of_slot(r, &case, slot.unit_id, row)),
        claimed_by: claimer.clone().filter(|_| !CaseState::is_offered(&slot)),
        mine: slot.person_id.is_some()
            && slot.person_id == actor.person
            && !CaseState::is_offered(&slot),
        offered_to: claimer
            .filter(|_| CaseState::is_offered(&slot) && slot.person_id != actor.person),
        offered_to_me: CaseState::is_offered(&slot) && slot.person_id == actor.person,
        because: None,
        batch: None,
        watching: Vec::new(),
        award: award(r, &case, &scope),
        facts,
        document_number: document_number(r, &case).await?,
        letter: document::href(&case),
        rows: rows::of(&case),
        list: list::of(r, &case),
        roster: rosters::has_page(&case.program).then(|| format!("/staff/tasks/{}/rows", slot.id)),
        payers: super::roster_sums::payers(&case),
        papers,
        own_papers,
        steps: steps::of(r, &case),
        held: held::of(r, case.file()).await?,
        history: history::of(r, &case).await?,
        sent: bounces::sent(r, case.file().id, case.file().subject_id).await?,
        objections: objections(r, &case).await?,
        voices: voices::spoken(r, &case, &authority).await?,
        verbs: verb_views::of(r, &case, &authority, (&slot, &hands), open),
    })
}

async fn document_number(r: &Reader<'_>, case: &Case) -> Result<Option<String>, Problem> {
    if case.program.number.is_none() {
        return Ok(None);
    }
    let found = document_number::Entity::find_by_id(case.file().id).one(r.db()).await?;
    Ok(found.map(|row| row.text))
}

/// What the public said against the case's notices, or what opened it.
async fn objections(r: &Reader<'_>, case: &Case) -> Result<Vec<ObjectionView>, Problem> {
    let id = case.file().id;
    let mut said = commands::objections(r.db(), r.workflow, id).await?;
    said.extend(commands::objection_behind(r.db(), r.workflow, id).await?);
    let view = |(at, spoken): (_, Spoken)| ObjectionView {
        at,
        text: spoken.text,
        contact: spoken.contact,
    };
    Ok(said.into_iter().map(view).collect())
}

/// The award as it stands in the case, with what was asked for.
fn award(
    r: &Reader<'_>,
    case: &Case,
    scope: &workflow::program::expression::Scope,
) -> Option<AwardView> {
    let computed = award_of(r, case, scope)?;
    Some(AwardView { fen: case.file().award_fen.0, ..computed })
}

/// Filing for somebody who is found by ID number, and opening what one's own unit may.
///
/// # Errors
/// The database's.
pub async fn on_behalf(
    r: &Reader<'_>,
    actor: Actor,
    wrong: &Wrong,
    found: Option<person::Model>,
    unknown: Option<String>,
) -> Result<OnBehalfView, Problem> {
    let found = match found {
        Some(person) => {
            let opened = people::opened(r, &person).await?;
            Some(SubjectView {
                id: person.id.to_string(),
                id_number_masked: opened.id_masked(r),
                name: person.name,
                relation: Words::new("代办", "on behalf"),
                acting: true,
            })
        }
        None => None,
    };
    let of_staff = |by: &Filer| matches!(by, Filer::School | Filer::Township);
    let programs = open_programs(r.workflow, r.now);
    let options = programs.iter().filter(|program| program.intake.by.iter().any(of_staff));
    let options = options.map(|program| OptionView {
        value: program.id().to_owned(),
        title: words(&program.title),
        hint: program.summary.as_ref().map(words),
    });
    let kind = FieldKind::Choice { options: options.collect() };
    let id_number = own(
        "id_number",
        Words::new("申请人身份证号", "The applicant's ID number"),
        FieldKind::IdNumber,
        true,
    );
    Ok(OnBehalfView {
        id_number: wrong.over(id_number),
        program: wrong.over(own("program", Words::new("申请事项", "Program"), kind, true)),
        found,
        unknown,
        openable: super::oversight::openable(r, actor).await?,
    })
}

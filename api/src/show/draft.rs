//! The way of an application: task list, form pages, papers, check.

use workflow::{
    program::expression::Scope,
    rules::{award, eligibility, facts::Stuck, form, papers as needed},
    {Actor, CommandError, Refusal},
};

use super::{
    Reader, Wrong,
    answers::{self, Eyes},
    case::Case,
    fields, grouping, paper_views, people,
    reader::basis,
    scope,
};
use crate::{
    Problem,
    read::{
        Words,
        apply::{AwardView, CheckView, FormPageView, PapersView, TaskListView, TaskRow, TaskState},
        field::ErrorView,
    },
};

/// The list of what is to be done.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn task_list(r: &Reader<'_>, actor: Actor, key: &str) -> Result<TaskListView, Problem> {
    let case = mine(r, actor, key).await?;
    let scope = case.scope(r);
    let draft = case.file().id.to_string();
    let mut rows = Vec::new();
    for (page, fields) in (1..).zip(grouping::pages(&case.program, &scope)) {
        let has = |field: &&workflow::program::Field| case.values.contains_key(field.id.as_str());
        let filled = fields.iter().filter(|field| has(field)).count();
        let whole = fields.iter().all(|field| !field.required || has(field));
        let state = match (filled, whole) {
            (0, _) => TaskState::NotStarted,
            (_, true) => TaskState::Done,
            (_, false) => TaskState::Started,
        };
        let href = format!("/drafts/{draft}/pages/{page}");
        rows.push(TaskRow { title: grouping::title(&fields), href, state });
    }
    let papers = paper_views::of_case(&case, &scope);
    if !papers.is_empty() {
        let settled = papers.iter().filter(|paper| !paper.required || paper.settled());
        let state = if settled.count() == papers.len() {
            TaskState::Done
        } else if papers.iter().any(|paper| !paper.files.is_empty()) {
            TaskState::Started
        } else {
            TaskState::NotStarted
        };
        let title = Words::new("上传材料", "Papers");
        rows.push(TaskRow { title, href: format!("/drafts/{draft}/papers"), state });
    }
    let ready = rows.iter().all(|row| row.state == TaskState::Done);
    let state = if ready { TaskState::NotStarted } else { TaskState::NotYet };
    let title = Words::new("核对后提交", "Check and submit");
    rows.push(TaskRow { title, href: format!("/drafts/{draft}/check"), state });
    Ok(TaskListView { draft, title: case.title(), subject: case.subject_name(), rows })
}

/// One page of the form, from 1.
///
/// # Errors
/// [`Problem::NotFound`] also for a page that is not there, the database's.
pub async fn form_page(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    page: u32,
    wrong: &Wrong,
) -> Result<FormPageView, Problem> {
    let case = mine(r, actor, key).await?;
    let scope = case.scope(r);
    let pages = grouping::pages(&case.program, &scope);
    let index = usize::try_from(page).ok().and_then(|page| page.checked_sub(1));
    let here = index.and_then(|index| pages.get(index)).ok_or(Problem::NotFound)?;
    let draft = case.file().id.to_string();
    let views = here.iter().map(|field| {
        wrong.over(fields::view(field, case.values.get(field.id.as_str()), &case.looks))
    });
    Ok(FormPageView {
        program: case.title(),
        title: grouping::title(here),
        page,
        pages: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        fields: views.collect(),
        back: if page > 1 {
            format!("/drafts/{draft}/pages/{}", page - 1)
        } else {
            format!("/drafts/{draft}")
        },
        draft,
    })
}

/// The ids of the fields of one page: what its form may post.
///
/// # Errors
/// As [`form_page`].
pub async fn page_fields(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    page: u32,
) -> Result<Vec<String>, Problem> {
    let page = form_page(r, actor, key, page, &Wrong::default()).await?;
    Ok(page.fields.into_iter().map(|field| field.id).collect())
}

/// The papers to upload; `wrong` names the one that was refused.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn papers(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    wrong: Option<(&str, &Problem)>,
) -> Result<PapersView, Problem> {
    let case = mine(r, actor, key).await?;
    let scope = case.scope(r);
    let mut papers = paper_views::of_case(&case, &scope);
    if let Some((id, problem)) = wrong {
        let refused = papers.iter_mut().find(|paper| paper.id == id);
        if let Some(paper) = refused {
            let told = problem.fields(r.language).into_iter().next();
            paper.error = Some(told.map_or_else(|| problem.detail(r.language), |t| t.detail));
        }
    }
    let draft = case.file().id.to_string();
    let pages = grouping::pages(&case.program, &scope).len();
    Ok(PapersView {
        program: case.title(),
        papers,
        back: format!("/drafts/{draft}/pages/{pages}"),
        next: format!("/drafts/{draft}/check"),
        draft,
    })
}

/// Everything read back before it is handed in, with what is still wrong and what it comes to.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn check(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    wrong: Option<&Problem>,
) -> Result<CheckView, Problem> {
    let case = mine(r, actor, key).await?;
    let scope = case.scope(r);
    let person = match &case.subject {
        Some(subject) => people::opened(r, subject).await?,
        None => people::Opened::default(),
    };
    let errors = match wrong {
        Some(problem) => Wrong::of(problem, &[], r.language).summary(),
        None => faults(r, &case, &scope),
    };
    Ok(CheckView {
        draft: case.file().id.to_string(),
        program: case.title(),
        groups: answers::groups(r, &case, &person, Eyes::Own { change: true }),
        papers: paper_views::of_case(&case, &scope),
        award: award_of(r, &case, &scope),
        errors,
        declaration: super::DECLARATION.to_owned(),
        on_behalf: None,
    })
}

/// What would keep it from being taken, all at once.
fn faults(r: &Reader<'_>, case: &Case, scope: &Scope) -> Vec<ErrorView> {
    let program = &case.program;
    let given = std::collections::BTreeMap::new();
    let read = form::read(&program.form, &given, &case.values, scope, form::Reading::Whole);
    let mut faults = read.faults;
    let have: Vec<String> = case.papers.iter().map(|row| row.paper.clone()).collect();
    if let Ok(asked) = needed::of_case(program, scope) {
        faults.extend(needed::missing(&asked, &have));
    }
    let refusal = if faults.is_empty() {
        eligibility::eligible(program, scope).err()
    } else {
        Some(Refusal::Form(faults))
    };
    let problem = refusal.map(|refusal| Problem::Command(CommandError::Refused(refusal)));
    problem.map(|problem| Wrong::of(&problem, &[], r.language).summary()).unwrap_or_default()
}

/// What it comes to as things stand; nothing where that cannot be said yet.
pub(super) fn award_of(r: &Reader<'_>, case: &Case, scope: &Scope) -> Option<AwardView> {
    case.program.award.as_ref()?;
    let shared = r.workflow.programs.shared();
    let found: Result<award::Award, Stuck> = award::award(&case.program, shared, scope);
    let award = found.ok()?;
    let source = award.lines.first().map(|line| basis(&line.basis));
    Some(AwardView {
        asked_fen: Some(award.cut.map_or(award.total.0, |cut| cut.asked.0)),
        fen: award.total.0,
        ceiling_fen: award.cut.map(|cut| cut.ceiling.0),
        basis: source,
    })
}

/// A case whose form may be looked at as a form: a draft, or one that waits for an answer.
async fn mine(r: &Reader<'_>, actor: Actor, key: &str) -> Result<Case, Problem> {
    let file = scope::mine(r, actor, key).await?;
    Case::read(r, file).await
}

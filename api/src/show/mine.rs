//! The applicant's own room.

use entities::{Basis, PersonId, Phase, RunState, case_file, step_run};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::{Actor, load};

use super::{Reader, due, people, programs, reader::words, scope, status};
use crate::{
    Problem,
    read::{
        CaseStatus, Words,
        applicant::{ApplicantHomeView, Ask, AskView, CaseCard, SubjectView},
    },
};

/// Most cards of one's own cases.
const MOST: u64 = 100;

/// Whom the account acts for; the first, unless `acting` names another.
///
/// # Errors
/// The database's.
pub async fn subjects(
    r: &Reader<'_>,
    actor: Actor,
    acting: Option<PersonId>,
) -> Result<Vec<SubjectView>, Problem> {
    let rights = scope::acted_for(r, actor).await?;
    let known = acting.filter(|id| rights.iter().any(|right| right.person_id == *id));
    let chosen = known.or_else(|| rights.first().map(|right| right.person_id));
    let mut views = Vec::new();
    for right in rights {
        let person = people::person(r, right.person_id).await?;
        let id_number_masked = people::opened(r, &person).await?.id_masked(r);
        let relation = match right.basis {
            Basis::Oneself => Words::new("本人", "myself"),
            Basis::Guardian => Words::new("被监护人", "ward"),
            Basis::Agent => Words::new("委托人", "principal"),
        };
        let acting = chosen == Some(person.id);
        let (id, name) = (person.id.to_string(), person.name);
        views.push(SubjectView { id, name, relation, id_number_masked, acting });
    }
    Ok(views)
}

/// The first page after signing in.
///
/// # Errors
/// The database's.
pub async fn mine(
    r: &Reader<'_>,
    actor: Actor,
    acting: Option<PersonId>,
) -> Result<ApplicantHomeView, Problem> {
    let subjects = subjects(r, actor, acting).await?;
    let chosen = subjects.iter().find(|subject| subject.acting);
    let chosen: Option<PersonId> = chosen.and_then(|subject| subject.id.parse().ok());
    let cases = my_cases(r, actor).await?;
    let asks = cases.iter().filter_map(ask).collect();
    let profile_incomplete = match chosen {
        Some(id) => {
            let person = people::person(r, id).await?;
            person.school_id.is_none() || person.township_id.is_none() || person.id_index.is_none()
        }
        None => true,
    };
    let programs = programs::cards(r, Some(actor), chosen).await?;
    Ok(ApplicantHomeView { subjects, asks, cases, programs, profile_incomplete })
}

/// The cases of all whom the account acts for, and those it filed; newest first.
///
/// # Errors
/// The database's.
pub async fn my_cases(r: &Reader<'_>, actor: Actor) -> Result<Vec<CaseCard>, Problem> {
    let rights = scope::acted_for(r, actor).await?;
    let people_ids: Vec<PersonId> = rights.iter().map(|right| right.person_id).collect();
    let mine = Condition::any()
        .add(case_file::Column::FiledBy.eq(actor.account))
        .add(case_file::Column::SubjectId.is_in(people_ids));
    let rows = case_file::Entity::find()
        .filter(mine)
        .order_by_desc(case_file::Column::Id)
        .limit(MOST)
        .all(r.db())
        .await?;
    let names = people::names(r, rows.iter().filter_map(|row| row.subject_id)).await?;
    let open = step_run::Entity::find()
        .filter(step_run::Column::CaseId.is_in(rows.iter().map(|row| row.id)))
        .filter(step_run::Column::State.is_in([RunState::Open, RunState::Waiting]))
        .all(r.db())
        .await?;
    let units = people::units(r, open.iter().filter_map(|run| run.unit_id)).await?;
    let mut cards = Vec::with_capacity(rows.len());
    for row in rows {
        let runs: Vec<step_run::Model> =
            open.iter().filter(|run| run.case_id == row.id).cloned().collect();
        let held = runs.iter().find(|run| run.unit_id.is_some());
        let shown = status::of(&row, &runs);
        let title = load::program(r.workflow, &row).map(|program| words(&program.title));
        cards.push(CaseCard {
            href: match (&row.number, shown) {
                (Some(number), _) => format!("/cases/{number}"),
                (None, _) => format!("/drafts/{}", row.id),
            },
            title: title.unwrap_or_else(|_| Words::chinese(row.program.clone())),
            subject: row.subject_id.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
            status: shown,
            holder: held.map(|run| people::name_in(r, &units, run.unit_id)),
            due: held
                .and_then(|run| run.due_at)
                .map(|at| due::of_instant(r, at, row.supplementing)),
            fen: (row.phase != Phase::Draft).then_some(row.award_fen.0),
            changed_at: row
                .ended_at
                .or(row.accepted_at)
                .or(row.submitted_at)
                .unwrap_or(row.created_at),
            number: row.number,
        });
    }
    Ok(cards)
}

/// What a case asks of the applicant.
fn ask(card: &CaseCard) -> Option<AskView> {
    let (what, href) = match card.status {
        CaseStatus::Draft => (Ask::FinishDraft, card.href.clone()),
        CaseStatus::Supplement => (Ask::Supplement, format!("{}/supplement", card.href)),
        CaseStatus::Returned => (Ask::Change, format!("{}/supplement", card.href)),
        _ => return None,
    };
    let (title, number, due) = (card.title.clone(), card.number.clone(), card.due.clone());
    Some(AskView { what, title, number, due, href })
}

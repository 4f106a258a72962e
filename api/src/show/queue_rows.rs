//! The rows of a queue's page: tasks with what is shown of their cases, people and places, read at
//! once. Each further read would cost the page as much as its rows do.

use chrono::{DateTime, Utc};
use entities::{Fen, PersonId, TaskId, TaskState, Verdict, case_file, person, task, unit};
use sea_orm::{
    EntityTrait, FromQueryResult, JoinType, QuerySelect, RelationDef, Select,
    sea_query::{Alias, Expr},
};
use workflow::state::CaseState;

use super::{
    Reader,
    batches::Kinds,
    due, people,
    reader::{words, words_or},
    steps,
};
use crate::read::{DueView, Light, Term, Words, queue::QueueRow};

/// The names that two joined people go by.
const SUBJECT: &str = "subject";
const HOLDER: &str = "holder";

/// A task with what its row shows.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Line {
    pub(super) id: TaskId,
    path: String,
    person_id: Option<PersonId>,
    addressed: bool,
    state: TaskState,
    verdict: Option<Verdict>,
    reason: Option<String>,
    opened_at: Option<DateTime<Utc>>,
    pub(super) signed_at: Option<DateTime<Utc>>,
    pub(super) due_at: Option<DateTime<Utc>>,
    number: Option<String>,
    program: String,
    program_hash: String,
    award_fen: Fen,
    supplementing: bool,
    created_at: DateTime<Utc>,
    subject_name: Option<String>,
    holder_name: Option<String>,
    place_zh: Option<String>,
    place_en: Option<String>,
}

/// Joins the case of a task.
pub(super) fn with_case(tasks: Select<task::Entity>) -> Select<task::Entity> {
    let of_case = task::Entity::belongs_to(case_file::Entity)
        .from(task::Column::CaseId)
        .to(case_file::Column::Id);
    tasks.join(JoinType::InnerJoin, RelationDef::from(of_case))
}

/// The lines of some tasks.
///
/// # Errors
/// The database's.
pub(super) async fn read(
    r: &Reader<'_>,
    tasks: Select<task::Entity>,
) -> Result<Vec<Line>, sea_orm::DbErr> {
    use case_file::Column as Case;
    use task::Column as Task;
    let subject =
        case_file::Entity::belongs_to(person::Entity).from(Case::SubjectId).to(person::Column::Id);
    let holder =
        task::Entity::belongs_to(person::Entity).from(Task::PersonId).to(person::Column::Id);
    let place =
        case_file::Entity::belongs_to(unit::Entity).from(Case::AnchorId).to(unit::Column::Id);
    let name = |of: &str| Expr::col((Alias::new(of), person::Column::Name));
    let task = [
        Task::Id,
        Task::Path,
        Task::PersonId,
        Task::Addressed,
        Task::State,
        Task::Verdict,
        Task::Reason,
        Task::OpenedAt,
        Task::SignedAt,
        Task::DueAt,
    ];
    let case = [
        Case::Number,
        Case::Program,
        Case::ProgramHash,
        Case::AwardFen,
        Case::Supplementing,
        Case::CreatedAt,
    ];
    with_case(tasks)
        .join_as(JoinType::LeftJoin, RelationDef::from(subject), Alias::new(SUBJECT))
        .join_as(JoinType::LeftJoin, RelationDef::from(holder), Alias::new(HOLDER))
        .join(JoinType::LeftJoin, RelationDef::from(place))
        .select_only()
        .columns(task)
        .columns(case)
        .expr_as(name(SUBJECT), "subject_name")
        .expr_as(name(HOLDER), "holder_name")
        .column_as(unit::Column::NameZh, "place_zh")
        .column_as(unit::Column::NameEn, "place_en")
        .into_model()
        .all(r.db())
        .await
}

impl Line {
    /// What the queue shows of it to `reader`; like cases are noted among `kinds`.
    pub(super) fn shown(
        self,
        r: &Reader<'_>,
        reader: Option<PersonId>,
        kinds: &mut Kinds,
    ) -> QueueRow {
        let offered = CaseState::is_offered_slot(self.state, self.addressed, self.person_id);
        let mine = self.person_id.is_some() && self.person_id == reader;
        if self.person_id.is_none() || mine || offered {
            kinds.add(r, (self.id, &self.path), (&self.program_hash, self.award_fen));
        }
        // Of a version that only a newer process knows, the title is that of the one before: a
        // case of its must not hide all others.
        let programs = &r.workflow.programs;
        let program = programs.by_hash(&self.program_hash).or_else(|| programs.get(&self.program));
        let step = program.as_ref().and_then(|program| program.step(&self.path));
        let title = program.as_ref().map(|program| words(&program.title));
        let due = self.due_at.filter(|_| self.signed_at.is_none());
        QueueRow {
            task: self.id.to_string(),
            number: self.number.unwrap_or_default(),
            step: words_or(step.and_then(|step| step.title.as_ref()), &self.path),
            subject: self.subject_name.unwrap_or_default(),
            place: people::name_of(
                r,
                &self.place_zh.unwrap_or_default(),
                &self.place_en.unwrap_or_default(),
            ),
            fen: Some(self.award_fen.0).filter(|fen| *fen > 0),
            urgent: is_urgent(step),
            due: due.map(|at| row_due(r, (self.opened_at, at), self.supplementing)),
            arrived_at: self.opened_at.unwrap_or(self.created_at),
            mine,
            offered,
            claimed_by: self.holder_name,
            outcome: self.verdict.map(|said| steps::outcome(r, said, self.reason.as_deref())),
            title: title.unwrap_or_else(|| Words::chinese(self.program)),
        }
    }
}

/// The same light as the lamps count by.
pub(super) fn row_due(
    r: &Reader<'_>,
    (opened, at): (Option<DateTime<Utc>>, DateTime<Utc>),
    stands: bool,
) -> DueView {
    let mut view = due::of_instant(r, at, stands);
    if view.light == Light::Green {
        view.light = due::light(opened, Some(at), r.now);
    }
    if view.left == 0 && at > r.now {
        view.counted_in = Term::Hours;
        view.left = (at - r.now).num_hours();
    }
    view
}

/// A step whose time is counted in hours.
pub(super) fn is_urgent(step: Option<&workflow::program::Step>) -> bool {
    use workflow::program::{Span, Within};
    let within = step.and_then(|step| step.within.as_ref()).and_then(|list| list.only());
    matches!(within, Some(Within::Span(Span::Hours(_))))
}

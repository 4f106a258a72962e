//! The programs that take applications, on cards; the front page.

use std::sync::Arc;

use entities::{PersonId, person, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    Actor, CommandError, Refusal,
    commands::open_programs,
    load,
    program::{Program, Span, TableRead, Tables, expression::Scope},
    rules::eligibility,
};

use super::{Reader, notices, reader::words, scope};
use crate::{
    Problem,
    read::{
        Words,
        home::{Fit, HomeView, ProgramCard},
    },
};

/// The front page.
///
/// # Errors
/// The database's.
pub async fn home(r: &Reader<'_>) -> Result<HomeView, Problem> {
    let mut notices = notices::notices(r, None).await?.rows;
    notices.truncate(3);
    Ok(HomeView { programs: cards(r, None, None).await?, notices })
}

/// All programs open today, with whether `subject` may apply where somebody is signed in.
///
/// # Errors
/// [`Problem::NotFound`] for somebody whom the account does not act for, the database's.
pub async fn cards(
    r: &Reader<'_>,
    actor: Option<Actor>,
    subject: Option<PersonId>,
) -> Result<Vec<ProgramCard>, Problem> {
    if let (Some(actor), Some(subject)) = (actor, subject)
        && !scope::acted_for(r, actor).await?.iter().any(|right| right.person_id == subject)
    {
        return Err(Problem::NotFound);
    }
    let mut cards = Vec::new();
    let programs = open_programs(r.workflow, r.now);
    // What only offices or letters open is not applied for.
    for program in programs.into_iter().filter(|program| program.is_applied_for()) {
        let fit = match (actor, subject) {
            (Some(_), Some(subject)) => Some(fit(r, &program, subject).await?),
            (Some(_), None) => Some(Fit::Unknown),
            (None, _) => None,
        };
        cards.push(card(r, &program, fit));
    }
    Ok(cards)
}

fn card(r: &Reader<'_>, program: &Program, fit: Option<Fit>) -> ProgramCard {
    ProgramCard {
        name: program.id().to_owned(),
        title: words(&program.title),
        summary: program.summary.as_ref().map(words).unwrap_or_default(),
        days: days(program),
        most_fen: most_fen(r, program),
        fit,
    }
}

/// Working days promised for the whole, of the ordinary way: the last of the choices.
pub(super) fn days(program: &Program) -> Option<i64> {
    program.clock.total.values().last().and_then(|span| in_days(*span))
}

/// A span in working days, where it is one.
pub(super) fn in_days(span: Span) -> Option<i64> {
    match span {
        Span::WorkingDays(n) => Some(n.into()),
        Span::Hours(_) | Span::Days(_) | Span::Months(_) | Span::Years(_) => None,
    }
}

/// The most that a table named in the award's amounts gives today.
pub(super) fn most_fen(r: &Reader<'_>, program: &Program) -> Option<i64> {
    let fens = ceilings(r, program).into_iter().filter_map(|read| read.fen());
    fens.map(|fen| fen.0).max().filter(|fen| *fen > 0)
}

/// What the tables say that the award's amounts are limited by.
pub(super) fn ceilings(r: &Reader<'_>, program: &Program) -> Vec<TableRead> {
    let today = workflow::calendar::local_date(r.now);
    let tables: &Arc<Tables> = r.workflow.programs.tables();
    let mut found = Vec::new();
    let several = program.award.as_ref().is_some_and(|award| award.lines.len() > 1);
    if several {
        return found; // what limits one line is no limit of the whole
    }
    let lines = program.award.iter().flat_map(|award| &award.lines);
    for line in lines {
        let source = line.amount.source();
        for name in named_tables(source) {
            let choices = program.form.iter().flat_map(|field| &field.options);
            let keys = choices.map(|option| vec![option.to_string()]);
            for keys in std::iter::once(Vec::new()).chain(keys) {
                found.extend(tables.read_at(&name, &keys, today));
            }
        }
    }
    found
}

/// The names in `table("…", …)`.
fn named_tables(source: &str) -> Vec<String> {
    let after = source.split("table(\"").skip(1);
    after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// Whether the person may apply, as far as the data say.
async fn fit(r: &Reader<'_>, program: &Arc<Program>, subject: PersonId) -> Result<Fit, Problem> {
    let person = person::Entity::find_by_id(subject).one(r.db()).await?;
    let Some(person) = person else { return Ok(Fit::Unknown) };
    if person.school_id.is_none() || person.id_index.is_none() {
        return Ok(Fit::Unknown);
    }
    let today = workflow::calendar::local_date(r.now);
    let tables = Arc::clone(r.workflow.programs.tables());
    let mut scope = Scope::new(today, tables, Arc::new(r.days()));
    scope.history = load::history(r.db(), subject).await?;
    scope.rosters = load::rosters(r.db(), &[subject]).await?.remove(&subject).unwrap_or_default();
    scope.lets.clone_from(&program.lets);
    Ok(match eligibility::eligible(program, &scope) {
        Ok(_) => Fit::MayApply,
        Err(Refusal::NotEligible { reason }) => Fit::NotNow(why_not(r, &reason)),
        Err(_) => Fit::Unknown,
    })
}

fn why_not(r: &Reader<'_>, reason: &str) -> Words {
    if reason == eligibility::OUTSIDE_WINDOW {
        return Words::new("不在申请期内", "Outside the season of applications");
    }
    r.reason(reason)
}

/// A program that takes applications today.
pub(super) fn open(r: &Reader<'_>, id: &str) -> Result<Arc<Program>, Problem> {
    let found = open_programs(r.workflow, r.now).into_iter().find(|program| program.id() == id);
    let unknown =
        || Problem::Command(CommandError::Refused(Refusal::UnknownProgram(id.to_owned())));
    found.ok_or_else(unknown)
}

/// The units people choose from: schools, or townships.
pub(super) async fn places(
    r: &Reader<'_>,
    level: entities::Level,
) -> Result<Vec<unit::Model>, Problem> {
    use sea_orm::QueryOrder;
    let rows = unit::Entity::find()
        .filter(unit::Column::Level.eq(level))
        .filter(unit::Column::ToOn.is_null())
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::NameZh)
        .all(r.db())
        .await?;
    Ok(rows.into_iter().filter(|row| row.seat_id == row.id).collect())
}

//! An approver's queue, by working time left; pages follow a key, never an offset.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{CaseId, TaskId, appointment, case_file, task};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use workflow::{Actor, commands, load, state::CaseState};

use super::{
    Reader,
    batches::Kinds,
    due, people,
    queue_pages::{COUNTED, Moment, PAGE, Page, Waiting, counted, key, key_text},
    queue_search::{Search, found},
    reader::{words, words_or},
    steps,
};
use crate::{
    Problem,
    read::{
        DueView, Light, OptionView, Term, Words,
        queue::{QueueRow, QueueView, Tab},
    },
};

/// Which part of the queue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueAsk {
    /// `todo` or `done`.
    pub tab: Option<String>,
    /// A program's id.
    pub program: Option<String>,
    /// `green`, `amber` or `red`.
    pub light: Option<String>,
    /// A case number; where [`Search::People`] is asked for, also an ID number (which is noted
    /// down) or a whole name.
    pub search: Option<String>,
    /// The key of the last page's last row.
    pub after: Option<String>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// The tasks of all pools that `actor` belongs to.
///
/// # Errors
/// [`Problem::NotFound`] for whoever works nowhere, [`Problem::MalformedRequest`] for a bad key,
/// the database's.
pub async fn queue(
    r: &Reader<'_>,
    actor: Actor,
    ask: &QueueAsk,
    by: Search,
) -> Result<QueueView, Problem> {
    let person = actor.person.ok_or(Problem::NotFound)?;
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let held = &authority.appointments;
    let tab = if ask.tab.as_deref() == Some("done") { Tab::Done } else { Tab::Todo };
    let light = match ask.light.as_deref().unwrap_or_default() {
        "green" => Some(Light::Green),
        "amber" => Some(Light::Amber),
        "red" => Some(Light::Red),
        _ => None,
    };
    let mut filter = Condition::all();
    if let Some(program) = ask.program.as_deref().filter(|id| !id.is_empty()) {
        filter = filter.add(task::Column::Program.eq(program));
    }
    let search = ask.search.as_deref().unwrap_or_default().trim().to_owned();
    if !search.is_empty() {
        let cases = found(r, actor, &search, by).await?;
        filter = filter.add(task::Column::CaseId.is_in(cases));
    }
    let waiting = Waiting::new(&authority, &filter);
    let signed = Condition::all().add(task::Column::SignedBy.eq(person));
    let after = ask.after.as_deref().filter(|key| !key.is_empty()).map(key).transpose()?;
    // Side by side: what one waits for the other need not.
    let (lamps, done, copies, desk, further) = tokio::try_join!(
        waiting.first(r, COUNTED),
        counted(r, signed.clone()),
        unread(r, person),
        desk(r, held),
        async {
            match tab {
                Tab::Todo if after.is_none() => Ok(None), // what the lamps have found
                Tab::Todo => waiting.page(r, light, after, &[]).await.map(Some),
                Tab::Done => page_done(r, signed.clone().add(filter), after).await.map(Some),
            }
        },
    )?;
    let count = |wanted| count(lamps.iter().filter(|(_, found)| *found == wanted).count());
    let (rows, next) = match further {
        Some(page) => page,
        None => waiting.page(r, light, None, &lamps).await?,
    };
    let mut kinds = Kinds::default();
    let rows = rows_of(r, actor, rows, &mut kinds).await?;
    Ok(QueueView {
        desk,
        tab,
        // A desk with more has not counted them.
        todo: Some(lamps.len()).filter(|all| *all < COUNTED).map(self::count),
        done,
        copies,
        red: count(Light::Red),
        amber: count(Light::Amber),
        green: count(Light::Green),
        programs: r
            .workflow
            .programs
            .all()
            .map(|program| OptionView {
                value: program.id().to_owned(),
                title: words(&program.title),
                hint: None,
            })
            .collect(),
        program: ask.program.clone().filter(|id| !id.is_empty()),
        light,
        search,
        offers: if tab == Tab::Todo { kinds.offers() } else { Vec::new() },
        rows,
        // The address of a further page could not say whom was searched for.
        next: next.filter(|_| by == Search::Number),
    })
}

/// Copies that were not read, as far as they are counted.
async fn unread(r: &Reader<'_>, person: entities::PersonId) -> Result<i64, Problem> {
    let found = commands::unread(person).limit(99).all(r.db()).await?;
    Ok(count(found.len()))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn page_done(
    r: &Reader<'_>,
    mut filter: Condition,
    after: Option<(Moment, TaskId)>,
) -> Result<Page, Problem> {
    if let Some((at, id)) = after {
        let same = Condition::all().add(task::Column::SignedAt.eq(at)).add(task::Column::Id.lt(id));
        let earlier = Condition::any().add(task::Column::SignedAt.lt(at)).add(same);
        filter = filter.add(earlier);
    }
    let mut rows = task::Entity::find()
        .filter(filter)
        .order_by_desc(task::Column::SignedAt)
        .order_by_desc(task::Column::Id)
        .limit(u64::try_from(PAGE + 1).unwrap_or(u64::MAX))
        .all(r.db())
        .await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| key_text(row.signed_at, row.id));
    Ok((rows, next))
}

/// Unit and duty, the first of several.
async fn desk(r: &Reader<'_>, held: &[appointment::Model]) -> Result<String, Problem> {
    let Some(first) = held.first() else { return Ok(String::new()) };
    let units = people::units(r, [first.unit_id]).await?;
    let office = units.get(&first.unit_id).map_or("", |unit| unit.office.as_str());
    let duty = people::duty_words(r, office, first.duty);
    let name = people::name_in(r, &units, Some(first.unit_id));
    Ok(format!("{name} · {}", r.say(&duty.zh, &duty.en)))
}

/// The rows of a page with all that they show: four further reads, whatever their number.
async fn rows_of(
    r: &Reader<'_>,
    actor: Actor,
    tasks: Vec<task::Model>,
    kinds: &mut Kinds,
) -> Result<Vec<QueueRow>, Problem> {
    let ids: BTreeSet<CaseId> = tasks.iter().map(|row| row.case_id).collect();
    let cases = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids));
    let cases: BTreeMap<CaseId, case_file::Model> =
        cases.all(r.db()).await?.into_iter().map(|row| (row.id, row)).collect();
    let subjects = cases.values().filter_map(|case| case.subject_id);
    let claimers = tasks.iter().filter_map(|row| row.person_id);
    let anchors = cases.values().filter_map(|case| case.anchor_id);
    let (names, units) =
        tokio::try_join!(people::names(r, subjects.chain(claimers)), people::units(r, anchors))?;
    let mut rows = Vec::with_capacity(tasks.len());
    for row in tasks {
        let Some(case) = cases.get(&row.case_id) else { continue };
        if row.person_id.is_none() || row.person_id == actor.person || CaseState::is_offered(&row) {
            kinds.add(r, (row.id, &row.path), (&case.program_hash, case.award_fen));
        }
        // Of a version that only a newer process knows, the title is that of the one before: a
        // case of its must not hide all others.
        let programs = &r.workflow.programs;
        let program = programs.by_hash(&case.program_hash).or_else(|| programs.get(&case.program));
        let step = program.as_ref().and_then(|program| program.step(&row.path));
        let title = program.as_ref().map(|program| words(&program.title));
        let name = |id: Option<entities::PersonId>| id.and_then(|id| names.get(&id).cloned());
        let outcome = row.verdict.map(|said| steps::outcome(r, said, row.reason.as_deref()));
        rows.push(QueueRow {
            task: row.id.to_string(),
            number: case.number.clone().unwrap_or_default(),
            title: title.unwrap_or_else(|| Words::chinese(case.program.clone())),
            step: words_or(step.and_then(|step| step.title.as_ref()), &row.path),
            subject: name(case.subject_id).unwrap_or_default(),
            place: people::name_in(r, &units, case.anchor_id),
            fen: Some(case.award_fen.0).filter(|fen| *fen > 0),
            urgent: is_urgent(step),
            due: row
                .due_at
                .filter(|_| row.signed_at.is_none())
                .map(|at| row_due(r, &row, case, at)),
            arrived_at: row.opened_at.unwrap_or(case.created_at),
            mine: row.person_id.is_some() && row.person_id == actor.person,
            offered: CaseState::is_offered(&row),
            claimed_by: name(row.person_id),
            outcome,
        });
    }
    Ok(rows)
}

/// The same light as the lamps count by.
pub(super) fn row_due(
    r: &Reader<'_>,
    row: &task::Model,
    case: &case_file::Model,
    at: DateTime<Utc>,
) -> DueView {
    let mut view = due::of_instant(r, at, case.supplementing);
    if view.light == Light::Green {
        view.light = due::light(row.opened_at, Some(at), r.now);
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

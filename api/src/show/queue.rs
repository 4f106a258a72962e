//! An approver's queue, by working time left; pages follow a key, never an offset.

use entities::{PersonId, TaskId, appointment, notice, task};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::Deserialize;
use workflow::{Actor, commands, load};

use super::{
    Reader,
    batches::Kinds,
    people,
    queue_pages::{COUNTED, Moment, PAGE, Page, Waiting, counted, key, key_text},
    queue_rows,
    queue_search::{Search, found},
    reader::words,
};
use crate::{
    Problem,
    read::{
        Light, OptionView,
        queue::{QueueView, Tab},
    },
};

/// So many unread copies are counted.
const COPIES: u64 = 99;

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
    let (lamps, (done, copies), desk, further) = tokio::try_join!(
        waiting.first(r, COUNTED),
        counts(r, person, signed.clone()),
        desk(r, held),
        async {
            match tab {
                Tab::Todo if after.is_none() => Ok(None), // what the lamps have found
                Tab::Todo => waiting.page(r, light, after, &[]).await.map(Some),
                Tab::Done => page_done(r, signed.clone().add(filter), after).await.map(Some),
            }
        },
    )?;
    let (rows, next) = match further {
        Some(page) => page,
        None => waiting.page(r, light, None, &lamps).await?,
    };
    let count = |wanted| count(lamps.iter().filter(|(_, found)| *found == wanted).count());
    let mut kinds = Kinds::default();
    let rows = rows.into_iter().map(|line| line.shown(r, actor.person, &mut kinds)).collect();
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

/// What somebody has signed, where it is not too much to be counted while they wait; and the
/// copies that they have not read, as far as they are counted.
async fn counts(
    r: &Reader<'_>,
    person: PersonId,
    signed: Condition,
) -> Result<(Option<i64>, i64), Problem> {
    let signed = task::Entity::find().filter(signed).select_only().column(task::Column::Id);
    let copies = commands::unread(person).select_only().column(notice::Column::Id);
    let most = u64::try_from(COUNTED).unwrap_or(u64::MAX);
    let (done, copies) =
        counted(r, (signed.into_query(), most), (copies.into_query(), COPIES)).await?;
    Ok((Some(done).filter(|done| *done < count(COUNTED)), copies))
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
    let rows = task::Entity::find()
        .filter(filter)
        .order_by_desc(task::Column::SignedAt)
        .order_by_desc(task::Column::Id)
        .limit(u64::try_from(PAGE + 1).unwrap_or(u64::MAX));
    let mut rows = queue_rows::read(r, rows).await?;
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

//! The pages of an approver's queue, in the order of what is due: each is read by its key from the
//! index of its pool, so that the last costs what the first does, however many wait.

use chrono::{DateTime, Utc};
use entities::{
    PersonId, TaskId, TaskState, appointment, case_file,
    task::{self, Column as Task},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use workflow::rules::authority::Authority;

use super::{
    Reader, due,
    queue_rows::{self, Line},
};
use crate::{Problem, read::Light};

/// Rows of one page.
pub(super) const PAGE: usize = 30;
/// So many tasks are counted; a desk with more has no number. Counting costs more than all else of
/// a page: a thousand took half of its time.
pub(super) const COUNTED: usize = 300;
/// What the first of a pool are called within a statement.
const FIRST: &str = "first";
/// So many are looked at together for those of one light.
const CHUNK: usize = 200;

pub(super) type Moment = Option<DateTime<Utc>>;
pub(super) type Page = (Vec<Line>, Option<String>);
/// Never due, due, id: in the order of the queue.
type Key = (bool, Moment, TaskId);

/// The tasks that wait for somebody.
pub(super) struct Waiting {
    /// Those of each pool, which is what the index is by.
    pools: Vec<Condition>,
    /// Whether these speak of the cases too.
    of_cases: bool,
}

impl Waiting {
    /// The slots that somebody may take: of their pools, or addressed to them; and those of whom
    /// they stand in for, as far as they do.
    pub(super) fn new(authority: &Authority, filter: &Condition) -> Self {
        let own = Self::of(&authority.appointments, authority.actor.person, filter);
        let mut pools = own;
        for stand_in in &authority.stands_in {
            let mut only = filter.clone();
            if let Some(program) = &stand_in.of.program {
                only = only.add(task::Column::Program.eq(program.as_str()));
            }
            if let Some(most) = stand_in.of.most_fen {
                only = only.add(case_file::Column::AwardFen.lte(most));
            }
            let known = |held: &&appointment::Model| {
                let twice =
                    |own: &appointment::Model| own.unit_id == held.unit_id && own.duty == held.duty;
                !authority.appointments.iter().any(twice)
            };
            let held: Vec<_> = stand_in.held.iter().filter(known).cloned().collect();
            pools.extend(Self::of(&held, Some(stand_in.absent()), &only));
        }
        let of_cases = authority.stands_in.iter().any(|stand_in| stand_in.of.most_fen.is_some());
        Self { pools, of_cases }
    }

    /// The same under a filter that speaks of the cases.
    pub(super) fn of_cases(authority: &Authority, filter: &Condition) -> Self {
        Self { of_cases: true, ..Self::new(authority, filter) }
    }

    fn of(
        held: &[appointment::Model],
        person: Option<PersonId>,
        filter: &Condition,
    ) -> Vec<Condition> {
        let free = Condition::any()
            .add(task::Column::Addressed.eq(false))
            .add(task::Column::PersonId.eq(person));
        let mut all: Vec<_> = held.iter().map(|own| (own.unit_id, own.duty)).collect();
        all.sort_unstable();
        all.dedup();
        let pool = |(unit, duty)| {
            Condition::all()
                .add(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
                .add(task::Column::UnitId.eq(unit))
                .add(task::Column::Duty.eq(duty))
                .add(free.clone())
                .add(filter.clone())
        };
        all.into_iter().map(pool).collect()
    }

    /// The first `most` and their lights.
    pub(super) async fn first(
        &self,
        r: &Reader<'_>,
        most: usize,
    ) -> Result<Vec<(Key, Light)>, Problem> {
        self.after(r, None, most).await
    }

    /// One page after a key, of one light if one is asked for. `first` is what [`Waiting::first`]
    /// found: the first page need not be looked for again.
    pub(super) async fn page(
        &self,
        r: &Reader<'_>,
        light: Option<Light>,
        after: Option<(Moment, TaskId)>,
        first: &[(Key, Light)],
    ) -> Result<Page, Problem> {
        let want = if light.is_none() { PAGE + 1 } else { CHUNK };
        let (mut from, mut looked) = (after, 0);
        let mut keys: Vec<Key> = Vec::new();
        let mut ends = false;
        while !ends && keys.len() <= PAGE && looked < COUNTED {
            let some = match from {
                None => first.iter().take(want).copied().collect(),
                from => self.after(r, from, want).await?,
            };
            ends = some.len() < want;
            looked += some.len();
            from = some.last().map(|((_, at, id), _)| (*at, *id)).or(from);
            let of_light = |found: &Light| light.is_none_or(|light| light == *found);
            keys.extend(some.into_iter().filter(|(_, found)| of_light(found)).map(|(key, _)| key));
        }
        let more = keys.len() > PAGE;
        keys.truncate(PAGE);
        let last = keys.last().filter(|_| more).map(|(_, at, id)| (*at, *id));
        // Where few are of the light, the next page goes on where this one stopped to look.
        let next = last.or(from.filter(|_| !more && !ends)).map(|(at, id)| key_text(at, id));
        let ids = keys.iter().map(|(.., id)| *id);
        let rows = task::Entity::find().filter(task::Column::Id.is_in(ids));
        let mut rows = queue_rows::read(r, rows).await?;
        rows.sort_by_key(|row| (row.due_at.is_none(), row.due_at, row.id));
        Ok((rows, next))
    }

    /// The next `most` after a key, of all pools together.
    async fn after(
        &self,
        r: &Reader<'_>,
        from: Option<(Moment, TaskId)>,
        most: usize,
    ) -> Result<Vec<(Key, Light)>, Problem> {
        let mut found = Vec::new();
        for pool in &self.pools {
            let own = found.len();
            if from.is_none_or(|(at, _)| at.is_some()) {
                found.extend(self.read(r, dated(pool, from), most).await?);
            }
            let left = most.saturating_sub(found.len() - own);
            if left > 0 {
                found.extend(self.read(r, undated(pool, from), left).await?);
            }
        }
        found.sort_unstable_by_key(|(key, _)| *key);
        found.dedup_by_key(|(key, _)| *key);
        found.truncate(most);
        Ok(found)
    }

    /// The first `most` of a pool. Whether a case stands for papers is asked of those alone: a join
    /// would look up each case among all, which took six times as long.
    async fn read(
        &self,
        r: &Reader<'_>,
        filter: Condition,
        most: usize,
    ) -> Result<Vec<(Key, Light)>, Problem> {
        let tasks = task::Entity::find();
        let tasks = if self.of_cases { queue_rows::with_case(tasks) } else { tasks };
        let first = tasks
            .filter(filter)
            .order_by_asc(task::Column::DueAt)
            .order_by_asc(task::Column::Id)
            .limit(u64::try_from(most).unwrap_or(u64::MAX))
            .select_only()
            .columns([Task::Id, Task::OpenedAt, Task::DueAt, Task::CaseId])
            .into_query();
        let of = |column: Task| Expr::col((FIRST, column));
        // As the index of these cases is written: a comparison with a value would not find it.
        let stands = Query::select()
            .expr(Expr::val(1))
            .from(case_file::Entity)
            .and_where(
                Expr::col((case_file::Entity, case_file::Column::Id)).equals((FIRST, Task::CaseId)),
            )
            .and_where(Expr::col((case_file::Entity, case_file::Column::Supplementing)))
            .to_owned();
        let lamps = Query::select()
            .exprs([of(Task::Id), of(Task::OpenedAt), of(Task::DueAt), Expr::exists(stands)])
            .from_subquery(first, FIRST)
            .to_owned();
        let lamp = |row: QueryResult| {
            let (id, opened, due) =
                (row.try_get_by(0)?, row.try_get_by::<Moment, _>(1)?, row.try_get_by(2)?);
            let light =
                if row.try_get_by(3)? { Light::Stopped } else { due::light(opened, due, r.now) };
            Ok(((due.is_none(), due, id), light))
        };
        r.db().query_all(&lamps).await?.into_iter().map(lamp).collect()
    }
}

/// Those that are due some day, after a key. What the index can go by stands for itself.
fn dated(pool: &Condition, from: Option<(Moment, TaskId)>) -> Condition {
    let all = pool.clone().add(task::Column::DueAt.is_not_null());
    let Some((Some(at), id)) = from else { return all };
    let further = Condition::any().add(task::Column::DueAt.gt(at)).add(task::Column::Id.gt(id));
    all.add(task::Column::DueAt.gte(at)).add(further)
}

/// Those that never are.
fn undated(pool: &Condition, from: Option<(Moment, TaskId)>) -> Condition {
    let all = pool.clone().add(task::Column::DueAt.is_null());
    match from {
        Some((None, id)) => all.add(task::Column::Id.gt(id)),
        _ => all,
    }
}

/// How many there are of two kinds, neither counted further than its bound: both in one read.
pub(super) async fn counted(
    r: &Reader<'_>,
    one: (SelectStatement, u64),
    other: (SelectStatement, u64),
) -> Result<(i64, i64), Problem> {
    let count = |(some, most): (SelectStatement, u64)| {
        let some = some.clone().limit(most).to_owned();
        Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .from_subquery(some, Alias::new("some"))
            .to_owned()
    };
    let both = Query::select()
        .expr(SimpleExpr::from(count(one)))
        .expr(SimpleExpr::from(count(other)))
        .to_owned();
    let row = r.db().query_one(&both).await?;
    let nth = |nth: usize| row.as_ref().map_or(Ok(0), |row| row.try_get_by_index(nth));
    Ok((nth(0)?, nth(1)?))
}

/// `{microseconds or -}.{task}`
pub(super) fn key(text: &str) -> Result<(Moment, TaskId), Problem> {
    let bad = || Problem::MalformedRequest;
    let (at, id) = text.split_once('.').ok_or_else(bad)?;
    let at = match at {
        "-" => None,
        at => {
            let micros = at.parse().map_err(|_| bad())?;
            Some(DateTime::from_timestamp_micros(micros).ok_or_else(bad)?)
        }
    };
    Ok((at, id.parse().map_err(|_| bad())?))
}

pub(super) fn key_text(at: Moment, id: TaskId) -> String {
    let at = at.map_or_else(|| "-".to_owned(), |at| at.timestamp_micros().to_string());
    format!("{at}.{id}")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entities::TaskId;

    use super::{key, key_text};

    #[test]
    fn a_key_reads_back_as_it_was_written() {
        let at = DateTime::from_timestamp_micros(1_536_573_600_123_456);
        let id = TaskId::at(at.unwrap());
        for moment in [at, None] {
            assert_eq!(key(&key_text(moment, id)).unwrap(), (moment, id));
        }
        for bad in ["", "x", "1.x", "x.0", "."] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }
}

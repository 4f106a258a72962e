//! Lights by unit, and who held the days: counted in the database, whatever the number of cases.

mod boards;
mod closed;
mod days;
mod dialect;
mod open;
mod period;
mod place;
mod ratings;
mod sheets;
mod steps;

use std::{cmp::Reverse, collections::BTreeMap};

use entities::{Level, UnitId, unit};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::Deserialize;
use workflow::Actor;

pub(super) use self::boards::openable;
pub use self::{
    boards::{BoardsAsk, boards},
    sheets::{boards_sheet, units_sheet},
};
pub(crate) use place::supervised;

use self::{
    closed::{Closed, percent},
    place::{link, links},
};
use super::{Reader, people};
use crate::{
    Problem,
    read::oversight::{Column, Figures, HeldDays, OversightView, PeriodKind, UnitLink, UnitRow},
};

/// What is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OversightAsk {
    /// A unit; without one, the highest that is supervised.
    pub unit: Option<UnitId>,
    /// Only what it holds itself, and not what stands below it.
    pub own: bool,
    /// `month`, `quarter` or `year`.
    pub span: Option<String>,
    /// A column's name.
    pub sort: Option<String>,
    /// The key of the last page's last step.
    pub after: Option<String>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

impl OversightAsk {
    fn period(&self) -> Result<PeriodKind, Problem> {
        let Some(word) = self.span.as_deref().filter(|word| !word.is_empty()) else {
            return Ok(PeriodKind::default());
        };
        let named = PeriodKind::ALL.into_iter().find(|kind| kind.word() == word);
        named.ok_or(Problem::MalformedRequest)
    }

    fn sort(&self) -> Result<Column, Problem> {
        let Some(word) = self.sort.as_deref().filter(|word| !word.is_empty()) else {
            return Ok(Column::default());
        };
        let named = Column::ALL.into_iter().find(|column| column.word() == word);
        named.ok_or(Problem::MalformedRequest)
    }
}

/// Everything that is counted of one line.
#[derive(Clone, Debug, Default)]
struct Line {
    figures: Figures,
    closed: Closed,
}

/// The figures of a unit and of all that stand below it. `stop_share`, in hundredths, is the most
/// for which a unit may let its clocks stand without a light.
///
/// # Errors
/// [`NotYours`](workflow::Refusal::NotYours) for whoever supervises nothing,
/// [`Problem::NotFound`] for a unit that does not stand below them, [`Problem::MalformedRequest`],
/// the database's.
pub async fn oversight(
    r: &Reader<'_>,
    actor: Actor,
    ask: &OversightAsk,
    stop_share: u8,
) -> Result<OversightView, Problem> {
    let place = place::place(r, actor, ask.unit).await?;
    let (kind, sort) = (ask.period()?, ask.sort()?);
    let (id, stop_share) = (place.unit.id, i64::from(stop_share));
    let period = period::period(kind, r.now);
    let own = ask.own && !place.leaf;
    let mut lines = lines(r, id, period::begin(&period)).await?;
    if own {
        lines.retain(|line, _| *line == id);
    }
    let total = figures(&total(lines.values()), stop_share);
    let units = below(r, &place.unit).await?;
    let mut ratings = ratings::ratings(r, &units, id, period::begin(&period)).await?;
    ratings.retain(|row| !own || row.own);
    let alone = own || place.leaf;
    let mut rows: Vec<UnitRow> = if alone { Vec::new() } else { rows(r, &units, &lines, id) };
    let all = units.values().filter(|unit| !alone && unit.to_on.is_none()).count();
    let quiet = i64::try_from(all.saturating_sub(rows.len())).unwrap_or(i64::MAX);
    for row in &mut rows {
        let line = row.unit.id.parse().ok().and_then(|id| lines.get(&id));
        row.figures = figures(line.unwrap_or(&Line::default()), stop_share);
    }
    order(&mut rows, sort);
    let (steps, next) = if alone {
        let (steps, next) = steps::steps(r, actor, &place.unit, ask.after.as_deref()).await?;
        (Some(steps), next)
    } else {
        (None, None)
    };
    Ok(OversightView {
        unit: link(r, &place.unit),
        own,
        above: links(r, &place.above),
        elsewhere: links(r, &place.elsewhere),
        months: closed::by_month(r, id, own).await?,
        period,
        sort,
        total,
        rows,
        ratings,
        quiet,
        steps,
        next,
        stop_share,
        as_of: r.now,
    })
}

/// What is counted, line by line: three statements.
async fn lines(
    r: &Reader<'_>,
    unit: UnitId,
    from: chrono::DateTime<chrono::Utc>,
) -> Result<BTreeMap<UnitId, Line>, Problem> {
    let mut lines: BTreeMap<UnitId, Line> = BTreeMap::new();
    for lights in open::lights(r, unit).await? {
        let figures = &mut lines.entry(lights.line).or_default().figures;
        figures.open = lights.open;
        (figures.red, figures.amber, figures.stopped) = (lights.red, lights.amber, lights.stopped);
        figures.green = lights.open - lights.red - lights.amber - lights.stopped;
    }
    for (line, closed) in closed::by_line(r, unit, from).await? {
        lines.entry(line).or_default().closed = closed;
    }
    for (line, held) in days::held(r, unit, from).await? {
        lines.entry(line).or_default().figures.held = held;
    }
    Ok(lines)
}

fn total<'a>(lines: impl Iterator<Item = &'a Line>) -> Line {
    let mut sum = Line::default();
    for Line { figures, closed } in lines {
        sum.figures.open += figures.open;
        sum.figures.green += figures.green;
        sum.figures.amber += figures.amber;
        sum.figures.red += figures.red;
        sum.figures.stopped += figures.stopped;
        sum.figures.held.add(&figures.held);
        sum.closed.join(closed);
    }
    sum
}

impl HeldDays {
    fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.applicant, other.applicant),
            (&mut self.unit, other.unit),
            (&mut self.publicity, other.publicity),
            (&mut self.stop, other.stop),
            (&mut self.calendar, other.calendar),
        ] {
            sum.seconds += more.seconds;
            sum.working_days += more.working_days;
        }
    }
}

/// What follows from the sums.
fn figures(line: &Line, stop_share: i64) -> Figures {
    let Line { figures, closed } = line;
    let (stop, unit) = (figures.held.stop.seconds, figures.held.unit.seconds);
    Figures {
        closed: closed.steps,
        on_time: closed.on_time,
        on_time_percent: percent(closed.on_time, closed.steps),
        median_working_days: closed.median(),
        stop_percent: percent(stop, stop + unit),
        stops_too_much: stop * 100 > (stop + unit) * stop_share,
        ..figures.clone()
    }
}

/// The units whose lines the table has: the place itself, its offices, the places below it.
async fn below(
    r: &Reader<'_>,
    unit: &unit::Model,
) -> Result<BTreeMap<UnitId, unit::Model>, Problem> {
    let near =
        Condition::any().add(unit::Column::Id.eq(unit.id)).add(unit::Column::ParentId.eq(unit.id));
    let units = unit::Entity::find().filter(near).all(r.db()).await?;
    Ok(units.into_iter().map(|unit| (unit.id, unit)).collect())
}

fn rows(
    r: &Reader<'_>,
    units: &BTreeMap<UnitId, unit::Model>,
    lines: &BTreeMap<UnitId, Line>,
    own: UnitId,
) -> Vec<UnitRow> {
    let row = |unit: &unit::Model| UnitRow {
        unit: UnitLink { id: unit.id.to_string(), name: people::unit_name(r, unit) },
        own: unit.id == own,
        level: if unit.id == unit.seat_id { unit.level } else { Level::Outside }.word(),
        figures: Figures::default(),
    };
    lines.keys().filter_map(|id| units.get(id)).map(row).collect()
}

/// The worst first; of equals, as they stand in the register.
fn order(rows: &mut [UnitRow], sort: Column) {
    let by = |key: fn(&Figures) -> i64, rows: &mut [UnitRow]| {
        rows.sort_by_key(|row| Reverse((key(&row.figures), row.figures.red, row.figures.open)));
    };
    match sort {
        Column::Unit => {}
        Column::Open => by(|of| of.open, rows),
        Column::Green => by(|of| of.green, rows),
        Column::Amber => by(|of| of.amber, rows),
        Column::Red => by(|of| of.red, rows),
        Column::Stopped => by(|of| of.stopped, rows),
        Column::Closed => by(|of| of.closed, rows),
        Column::OnTime => by(|of| -of.on_time_percent.unwrap_or(101), rows),
        Column::Median => rows.sort_by(|a, b| {
            let of = |row: &UnitRow| row.figures.median_working_days.unwrap_or(-1.0);
            of(b).total_cmp(&of(a))
        }),
        Column::Stops => by(|of| of.stop_percent.unwrap_or(-1), rows),
    }
}

//! What would move if a unit were closed: looked at before it is done, and asked by whoever does it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Level, Phase, TaskState, UnitId, appointment, case_file, extension, task, unit,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::ExprTrait,
};

use crate::{
    CommandError, Refusal,
    organise::{closed, refused},
};

/// What a slot that somebody has still to sign is in.
pub(super) const LIVE: [TaskState; 3] = [TaskState::Waiting, TaskState::Open, TaskState::Claimed];

/// One of the units that are closed together: a place with its offices, or an office alone.
#[derive(Clone, Debug)]
pub struct Part {
    /// Which.
    pub unit: unit::Model,
    /// Who takes over.
    pub heir: Option<unit::Model>,
    /// Slots that lie there.
    pub tasks: usize,
    /// The cases that they are of.
    pub cases: BTreeSet<CaseId>,
    /// The cases of each request that waits for its answer there: for more time, for papers again.
    pub asked: Vec<CaseId>,
    /// Who works there, now or from a later day on.
    pub staff: Vec<appointment::Model>,
}

/// Everything that would move.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The unit.
    pub unit: unit::Model,
    /// Who takes over.
    pub successor: Option<unit::Model>,
    /// The unit, and of a place its offices.
    pub parts: Vec<Part>,
    /// Cases under way whose route is looked up from there.
    pub anchored: u64,
    /// Places that report to it.
    pub below: Vec<unit::Model>,
}

impl Closing {
    /// Slots of all parts.
    pub fn tasks(&self) -> usize {
        self.parts.iter().map(|part| part.tasks).sum()
    }

    /// Requests that wait for an answer of one of the parts.
    pub fn asked(&self) -> usize {
        self.parts.iter().map(|part| part.asked.len()).sum()
    }

    /// Whether something would be left with nobody.
    pub fn needs_successor(&self) -> bool {
        let staff = self.parts.iter().any(|part| !part.staff.is_empty());
        let work = self.tasks() > 0 || self.asked() > 0 || self.anchored > 0;
        work || staff || !self.below.is_empty()
    }

    /// Whether it may be closed so.
    ///
    /// # Errors
    /// [`Refusal::Unfit`] without a successor while anything lies there, for a part that nobody
    /// takes over, and while somebody administers from there.
    pub fn may(&self) -> Result<(), Refusal> {
        let (tasks, anchored) = (self.tasks(), self.anchored);
        let staff: usize = self.parts.iter().map(|part| part.staff.len()).sum();
        if self.successor.is_none() && self.needs_successor() {
            let (below, asked) = (self.below.len(), self.asked());
            return Err(refused(
                format!(
                    "尚有待办 {tasks} 件、任职 {staff} 项、待答复的申请 {asked} 件、在办的办件 {anchored} 件、下级 {below} 个，须指定接办单位"
                ),
                format!(
                    "{tasks} open task(s), {staff} appointment(s), {asked} request(s) to answer, \
                     {anchored} case(s) and {below} place(s) below are left: name a unit that takes over"
                ),
            ));
        }
        let lost = |part: &&Part| {
            let empty = part.tasks == 0 && part.asked.is_empty() && part.staff.is_empty();
            part.heir.is_none() && !empty
        };
        if let (Some(part), Some(to)) = (self.parts.iter().find(lost), &self.successor) {
            let (name, to) = (&part.unit.name_zh, &to.name_zh);
            return Err(refused(
                format!("{to}没有与{name}对应的机构，请先设立，或先单独撤并{name}"),
                format!(
                    "{to} has no office that takes over from {name}; open it there, or close {name} alone first"
                ),
            ));
        }
        let administers = |held: &appointment::Model| held.duty.is_administrative();
        if self.parts.iter().any(|part| part.staff.iter().any(administers)) {
            return Err(refused(
                "该单位有人任管理职责，请安全管理员先行解除或另行授予",
                "somebody administers from this unit; let the security administrator end that first",
            ));
        }
        Ok(())
    }
}

/// What would move if `unit` were closed and `successor` took over. An office's successor stands
/// in the same place or above it, a place's is of the same level, and has all that stands below it;
/// the region stays.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Unfit`] for a unit or a successor that it cannot be, or the
/// database's.
pub async fn closing(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: UnitId,
    successor: Option<UnitId>,
) -> Result<Closing, CommandError> {
    let unit = one(db, id).await?;
    if unit.to_on.is_some() {
        return Err(closed(&unit).into());
    }
    let place = unit.id == unit.seat_id;
    if place && unit.level == Level::Region {
        return Err(refused(
            "自治区不在此撤销；请逐个撤并其机构",
            "the region is not closed here; close its offices one by one",
        )
        .into());
    }
    let successor = match successor {
        Some(to) => Some(fitting(db, &unit, one(db, to).await?).await?),
        None => None,
    };
    let units = if place {
        unit::Entity::in_places([id]).order_by_asc(unit::Column::Id).all(db).await?
    } else {
        vec![unit.clone()]
    };
    let heirs = match &successor {
        Some(to) if place => unit::Entity::in_places([to.id]).all(db).await?,
        Some(to) => vec![to.clone()],
        None => Vec::new(),
    };
    let mut parts = Vec::new();
    for own in units.into_iter().filter(|own| own.to_on.is_none()) {
        let heir = if own.id == id {
            successor.clone()
        } else {
            heirs.iter().find(|heir| heir.office == own.office && heir.to_on.is_none()).cloned()
        };
        parts.push(part(db, now, own, heir).await?);
    }
    let ids: Vec<UnitId> = parts.iter().map(|part| part.unit.id).collect();
    let anchored = case_file::Entity::find()
        .filter(case_file::Column::AnchorId.is_in(ids))
        .filter(case_file::Column::Phase.is_in([Phase::Filed, Phase::Running, Phase::After]))
        .count(db)
        .await?;
    let below = unit::Entity::find()
        .filter(unit::Column::ParentId.eq(id).and(unit::Column::SeatId.ne(id)))
        .filter(unit::Column::ToOn.is_null())
        .order_by_asc(unit::Column::Id)
        .all(db)
        .await?;
    Ok(Closing { unit, successor, parts, anchored, below })
}

async fn part(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    unit: unit::Model,
    heir: Option<unit::Model>,
) -> Result<Part, CommandError> {
    let tasks: Vec<CaseId> = task::Entity::find()
        .filter(task::Column::UnitId.eq(unit.id))
        .filter(task::Column::State.is_in(LIVE))
        .select_only()
        .column(task::Column::CaseId)
        .into_tuple()
        .all(db)
        .await?;
    let lasts = appointment::Column::ToAt.is_null().or(appointment::Column::ToAt.gt(now));
    let staff = appointment::Entity::find()
        .filter(appointment::Column::UnitId.eq(unit.id))
        .filter(lasts)
        .order_by_asc(appointment::Column::Id)
        .all(db)
        .await?;
    let asked: Vec<CaseId> = extension::Entity::waiting()
        .filter(extension::Column::UnitId.eq(unit.id))
        .select_only()
        .column(extension::Column::CaseId)
        .into_tuple()
        .all(db)
        .await?;
    let count = tasks.len();
    Ok(Part { unit, heir, tasks: count, cases: tasks.into_iter().collect(), asked, staff })
}

/// The successor, if it can be one.
async fn fitting(
    db: &impl ConnectionTrait,
    unit: &unit::Model,
    to: unit::Model,
) -> Result<unit::Model, CommandError> {
    if to.to_on.is_some() {
        return Err(closed(&to).into());
    }
    let (place, to_place) = (unit.id == unit.seat_id, to.id == to.seat_id);
    if to.seat_id == unit.id {
        return Err(refused(
            "不能由本单位或其内设机构接办，请另选",
            "a unit does not take over from itself; choose another",
        )
        .into());
    }
    if place {
        if to_place && to.level == unit.level {
            return Ok(to);
        }
        return Err(refused(
            "接办单位须为同级单位",
            "a place is taken over by another of the same level",
        )
        .into());
    }
    let mut at = Some(unit.seat_id);
    while let Some(seat) = at {
        if to.seat_id == seat && to.id != unit.id {
            return Ok(to);
        }
        at = one(db, seat).await?.parent_id.filter(|above| *above != seat);
    }
    Err(refused(
        "机构的接办单位须在同一地方或其上级",
        "an office is taken over in the same place or above it",
    )
    .into())
}

async fn one(db: &impl ConnectionTrait, id: UnitId) -> Result<unit::Model, CommandError> {
    let found = unit::Entity::find_by_id(id).one(db).await?;
    Ok(found.ok_or(Refusal::NotFound("unit"))?)
}

//! The organisation, for whoever administers it, and for heads their own place of it.

mod closing;
mod forms;
mod importing;
mod member;
mod one_unit;
mod trail;

use std::collections::BTreeMap;

use entities::{Duty, Level, PersonId, TaskState, UnitId, appointment, task, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::ExprTrait};
use serde::Deserialize;
use workflow::{
    Actor, Bar, CommandError, Refusal, load,
    organise::{Powers, powers_of},
};

use super::{Reader, people};
use crate::{
    Problem,
    read::{
        Words,
        organisation::{MayView, StaffLink, StaffRow},
        oversight::UnitLink,
    },
};

pub use closing::{closing, successor};
pub use importing::{import_form, import_refused, import_view, settle};
pub use member::{hand_over, member, members};
pub use one_unit::{organisation_top, organisation_unit};
pub use trail::{TrailAsk, trail};

/// Slots that somebody has still to sign.
const LIVE: [TaskState; 3] = [TaskState::Waiting, TaskState::Open, TaskState::Claimed];

/// Which unit is looked at, and who would take over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClosingAsk {
    /// The unit that would take over.
    pub successor: Option<String>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// Who is looked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MembersAsk {
    /// A part of a name, or a mail address.
    pub search: String,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// Whose work is handed over, of which unit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HandOverAsk {
    /// The unit.
    pub unit: Option<UnitId>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// What the caller may do, and the places that they head.
struct Standing {
    powers: Powers,
    held: Vec<appointment::Model>,
    seats: Vec<UnitId>,
}

impl Standing {
    /// # Errors
    /// [`Refusal::NotYours`] for whoever neither administers nor heads anything; the database's.
    async fn of(r: &Reader<'_>, actor: Actor) -> Result<Self, Problem> {
        let powers = powers_of(r.db(), actor, r.now).await?;
        let barred = CommandError::Refused(Refusal::NotYours(Bar::NotAdministering));
        let (Some(person), true) = (actor.person, powers.any()) else { return Err(barred.into()) };
        let held = appointment::Entity::held_by(person, r.now).all(r.db()).await?;
        let heads = held.iter().filter(|held| held.duty == Duty::Head).map(|held| held.unit_id);
        let units = people::units(r, heads).await?;
        let seats = units.values().map(|unit| unit.seat_id).collect();
        Ok(Self { powers, held, seats })
    }

    fn administers(&self) -> bool {
        self.powers.organises || self.powers.secures || self.powers.audits
    }

    /// # Errors
    /// [`Problem::NotFound`] for a unit outside of what a head may know of.
    fn sees(&self, unit: &unit::Model) -> Result<(), Problem> {
        if self.administers() || self.seats.contains(&unit.seat_id) {
            return Ok(());
        }
        Err(Problem::NotFound)
    }

    fn may(&self, unit: Option<&unit::Model>) -> MayView {
        let answers = |unit| workflow::commands::answers_for(&self.held, unit).is_ok();
        MayView {
            organise: self.powers.organises,
            secure: self.powers.secures,
            audit: self.powers.audits,
            hand_over: unit.is_some_and(answers),
        }
    }
}

/// Whether the organisation is the caller's to change.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no system administrator; the database's.
pub async fn may_organise(r: &Reader<'_>, actor: Actor) -> Result<(), Problem> {
    if powers_of(r.db(), actor, r.now).await?.organises {
        return Ok(());
    }
    Err(CommandError::Refused(Refusal::NotYours(Bar::NotAdministrator)).into())
}

async fn one(r: &Reader<'_>, id: UnitId) -> Result<unit::Model, Problem> {
    unit::Entity::find_by_id(id).one(r.db()).await?.ok_or(Problem::NotFound)
}

fn link(r: &Reader<'_>, unit: &unit::Model) -> UnitLink {
    UnitLink { id: unit.id.to_string(), name: people::unit_name(r, unit) }
}

fn person_link(person: &entities::person::Model) -> StaffLink {
    StaffLink { id: person.id.to_string(), name: person.name.clone(), mail: person.mail.clone() }
}

/// How many live slots lie in each unit, and with whom.
async fn lying(
    r: &Reader<'_>,
    units: &[UnitId],
) -> Result<BTreeMap<UnitId, Vec<Option<PersonId>>>, Problem> {
    let rows: Vec<(UnitId, Option<PersonId>)> = task::Entity::find()
        .filter(task::Column::UnitId.is_in(load::padded(units)))
        .filter(task::Column::State.is_in(LIVE))
        .select_only()
        .columns([task::Column::UnitId, task::Column::PersonId])
        .into_tuple()
        .all(r.db())
        .await?;
    let mut found: BTreeMap<UnitId, Vec<Option<PersonId>>> = BTreeMap::new();
    for (unit, person) in rows {
        found.entry(unit).or_default().push(person);
    }
    Ok(found)
}

/// Appointments in `units` that last, now or from a later day on.
async fn lasting(r: &Reader<'_>, units: &[UnitId]) -> Result<Vec<appointment::Model>, Problem> {
    let lasts = appointment::Column::ToAt.is_null().or(appointment::Column::ToAt.gt(r.now));
    let rows = appointment::Entity::find()
        .filter(appointment::Column::UnitId.is_in(load::padded(units)))
        .filter(lasts)
        .all(r.db())
        .await?;
    Ok(rows)
}

/// Appointments as rows, with the names of their people and what lies with each.
async fn staff_rows(
    r: &Reader<'_>,
    (actor, standing): (Actor, &Standing),
    held: &[appointment::Model],
) -> Result<Vec<StaffRow>, Problem> {
    let names = people::names(r, held.iter().map(|held| held.person_id)).await?;
    let ids: Vec<UnitId> = held.iter().map(|held| held.unit_id).collect();
    let lying = lying(r, &ids).await?;
    let row = |held: &appointment::Model| {
        let own = |with: &&Option<PersonId>| **with == Some(held.person_id);
        let tasks = lying.get(&held.unit_id).map_or(0, |all| all.iter().filter(own).count());
        let power = if held.duty.is_administrative() {
            standing.powers.secures
        } else {
            standing.powers.organises
        };
        StaffRow {
            appointment: held.id.to_string(),
            person: held.person_id.to_string(),
            name: names.get(&held.person_id).cloned().unwrap_or_default(),
            duty: held.duty.word(),
            title: people::duty_alone(held.duty),
            from_at: held.from_at,
            to_at: held.to_at,
            tasks: i64::try_from(tasks).unwrap_or(i64::MAX),
            can_end: power && held.to_at.is_none() && actor.person != Some(held.person_id),
        }
    };
    let mut rows: Vec<StaffRow> = held.iter().map(row).collect();
    rows.sort_by(|a, b| (&a.duty, &a.from_at).cmp(&(&b.duty, &b.from_at)));
    Ok(rows)
}

/// What a level is called.
pub(super) fn level_words(level: Level) -> Words {
    match level {
        Level::School => Words::new("学校", "School"),
        Level::Township => Words::new("乡镇（街道）", "Township"),
        Level::County => Words::new("县（区）", "County"),
        Level::City => Words::new("市", "City"),
        Level::Region => Words::new("自治区", "Region"),
        Level::Outside => Words::new("区外及其他单位", "Outside the levels"),
    }
}

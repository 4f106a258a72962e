//! Whether the organisation holds together: nothing lies in a closed unit, and nobody has two of
//! the three administrative duties.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{Duty, PersonId, TaskState, UnitId, appointment, case_file, task, unit};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::ExprTrait};

use super::{Check, Report, Why, call};
use crate::{CommandError, load::padded};

pub(super) async fn check(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), CommandError> {
    let units = unit::Entity::find().all(tx).await?;
    for _ in &units {
        report.looked(Check::Organisation);
    }
    let shut = units.into_iter().filter(|unit| unit.to_on.is_some());
    let names: BTreeMap<UnitId, String> = shut.map(|unit| (unit.id, unit.name_zh)).collect();
    let ids: Vec<UnitId> = names.keys().copied().collect();
    let name = |unit: UnitId| names.get(&unit).cloned().unwrap_or_default();
    let live = [TaskState::Waiting, TaskState::Open, TaskState::Claimed];
    let slots = task::Entity::find()
        .filter(task::Column::UnitId.is_in(padded(&ids)))
        .filter(task::Column::State.is_in(live))
        .all(tx)
        .await?;
    for slot in slots {
        let file = case_file::Entity::find_by_id(slot.case_id).one(tx).await?;
        let about = format!("{} {}", slot.path, name(slot.unit_id));
        let case = file.as_ref().map(call);
        report.found(Check::Organisation, Why::ClosedUnit, case, about);
    }
    let lasts = appointment::Column::ToAt.is_null().or(appointment::Column::ToAt.gt(now));
    let held = appointment::Entity::find()
        .filter(appointment::Column::UnitId.is_in(padded(&ids)))
        .filter(lasts.clone())
        .all(tx)
        .await?;
    for held in held {
        let about = format!("{} {}", name(held.unit_id), held.duty.word());
        report.found(Check::Organisation, Why::ClosedAppointment, None, about);
    }
    let held = appointment::Entity::find()
        .filter(appointment::Column::Duty.is_in(Duty::ADMINISTRATIVE))
        .filter(lasts)
        .all(tx)
        .await?;
    let mut duties: BTreeMap<PersonId, BTreeSet<Duty>> = BTreeMap::new();
    for held in held {
        duties.entry(held.person_id).or_default().insert(held.duty);
    }
    for (person, duties) in duties {
        if duties.len() > 1 {
            report.found(Check::Organisation, Why::TwoRoles, None, person.to_string());
        }
    }
    Ok(())
}

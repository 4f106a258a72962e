//! Red lights of a unit are counted: so many in a quarter open a case about all of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use entities::{Added, StepRunId, UnitId, case_file, letter, red_light, red_light_beside, task};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::answer::Writes;
use crate::{
    CommandError, Event,
    calendar::{instant, local_date},
    event::{Light, Row},
    load::padded,
    program::{Light as Counted, shared::RungDoes},
    rules::{engine::Engine, rungs::count_key},
};

/// So many lights are looked at, unless more are needed to count: they are listed in the case that
/// they lead to.
const MOST: u64 = 60;

/// A light that makes it too many opens a case, once in the period. Two workers that turn a light
/// at once may both count too few: then the next one does it.
pub(super) async fn counts(
    tx: &DatabaseTransaction,
    engine: &mut Engine<'_>,
    writes: &mut Writes,
) -> Result<(), CommandError> {
    let turned = engine.events.iter().filter_map(|event| match event {
        Event::LightChanged { run: Some(run), light: Light::Red } => Some(*run),
        _ => None,
    });
    let runs: Vec<StepRunId> = turned.collect();
    for run in runs {
        for unit in engine.state.waits_for(run) {
            if !engine.facts.organisation.is_outside(unit) {
                counts_for(tx, engine, writes, (run, unit)).await?;
            }
        }
    }
    Ok(())
}

async fn counts_for(
    tx: &DatabaseTransaction,
    engine: &mut Engine<'_>,
    writes: &mut Writes,
    (run, unit): (StepRunId, UnitId),
) -> Result<(), CommandError> {
    let here = writes.red.entry(unit).or_default();
    here.push((run, engine.lines_of(run, unit)));
    for (name, rule) in engine.facts.shared().counts.clone() {
        if rule.count != Counted::Red || rule.what != RungDoes::Open || writes.held {
            continue;
        }
        let (from, period) = quarter(engine.now);
        // Once in the period: not if the letter has been written, nor if it is about to be.
        let key = count_key(&name, unit, &period);
        if writes.counted.contains(&key) {
            continue;
        }
        let written = letter::Entity::find().filter(letter::Column::Key.eq(&key));
        if written.one(tx).await?.is_some() {
            writes.counted.insert(key);
            continue;
        }
        let most = MOST.max(u64::from(rule.reach));
        let mut before = lights(tx, unit, (from, most)).await?;
        before.retain(|other, _| !here.iter().any(|(run, _)| run == other));
        if before.len() + here.len() < rule.reach as usize {
            continue;
        }
        writes.counted.insert(key);
        let mut rows = lines(tx, engine, (unit, &before)).await?;
        rows.extend(here.iter().flat_map(|(_, rows)| rows.clone()));
        engine.count_reached((&name, &period, &rule), (run, unit), rows);
    }
    Ok(())
}

/// The steps of a unit that turned red since `from`, and when: the newest, as many as a case is
/// about. After an outage there may be thousands, and each further one looks.
async fn lights(
    tx: &DatabaseTransaction,
    unit: UnitId,
    (from, most): (DateTime<Utc>, u64),
) -> Result<BTreeMap<StepRunId, DateTime<Utc>>, DbErr> {
    let own = red_light::Entity::find()
        .filter(red_light::Column::UnitId.eq(unit))
        .filter(red_light::Column::TurnedAt.gte(from))
        .order_by_desc(red_light::Column::TurnedAt)
        .limit(most)
        .all(tx)
        .await?;
    let beside = red_light_beside::Entity::find()
        .filter(red_light_beside::Column::UnitId.eq(unit))
        .filter(red_light_beside::Column::TurnedAt.gte(from))
        .order_by_desc(red_light_beside::Column::TurnedAt)
        .limit(most)
        .all(tx)
        .await?;
    let own = own.into_iter().map(|light| (light.run_id, light.turned_at));
    Ok(own.chain(beside.into_iter().map(|light| (light.run_id, light.turned_at))).collect())
}

/// What was late of other cases, as lines of the case that it leads to.
async fn lines(
    tx: &DatabaseTransaction,
    engine: &Engine<'_>,
    (unit, lights): (UnitId, &BTreeMap<StepRunId, DateTime<Utc>>),
) -> Result<Vec<Row>, DbErr> {
    let runs: Vec<StepRunId> = lights.keys().copied().collect();
    let slots = task::Entity::find()
        .filter(task::Column::RunId.is_in(padded(&runs)))
        .filter(task::Column::UnitId.eq(unit))
        .order_by_asc(task::Column::Id)
        .all(tx)
        .await?;
    // Those that had not been signed when the light turned.
    let was_late = |slot: &&task::Model| {
        let turned = lights.get(&slot.run_id);
        let signed = slot.signed_at.is_some_and(|at| turned.is_some_and(|turned| at <= *turned));
        slot.added != Some(Added::Opinion) && slot.opened_at.is_some() && !signed
    };
    let cases: Vec<_> = slots.iter().map(|slot| slot.case_id).collect();
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(padded(&cases)));
    let files = files.all(tx).await?;
    let found = slots.iter().filter(was_late).filter_map(|slot| {
        let file = files.iter().find(|file| file.id == slot.case_id)?;
        Some(engine.line_in(file, slot))
    });
    Ok(found.collect())
}

/// The first moment of the quarter, and its name: `2018Q3`.
fn quarter(now: DateTime<Utc>) -> (DateTime<Utc>, String) {
    let today = local_date(now);
    let quarter = today.month0() / 3;
    let first = NaiveDate::from_ymd_opt(today.year(), quarter * 3 + 1, 1).unwrap_or(today);
    (instant(first, NaiveTime::MIN), format!("{}Q{}", today.year(), quarter + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_begins_at_midnight_in_the_zone_of_the_offices() {
        let table = [
            ("2018-09-30T15:59:59Z", "2018Q3"),
            ("2018-09-30T16:00:00Z", "2018Q4"),
            ("2018-12-31T16:00:00Z", "2019Q1"),
        ];
        for (at, name) in table {
            assert_eq!(quarter(at.parse().unwrap()).1, name);
        }
        assert_eq!(
            quarter("2018-09-10T02:00:00Z".parse().unwrap()).0.to_rfc3339(),
            "2018-06-30T16:00:00+00:00"
        );
    }
}

//! The whole organisation at once, from the files that come with the program.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entities::{Level, Stream, UnitId, unit, unit_name};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;
use uuid::Uuid;

use super::{
    divisions::{PlaceRow, places},
    files::NotOrganisation,
    marks::Marks,
};
use crate::{
    CommandError, Workflow,
    record::{Batch, append},
};

/// From then on the units are valid: the year of the Plan.
const SINCE: NaiveDate = match NaiveDate::from_ymd_opt(2018, 1, 1) {
    Some(day) => day,
    None => panic!("the first of January is a day"),
};

/// Rows of one insert: 500 units bind 6 500 values, far below SQLite's 32 766.
const ROWS: usize = 500;

/// What an import found and made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Units that were there already; they stay as they are.
    pub known: usize,
    /// Units that were made.
    pub made: usize,
}

impl From<NotOrganisation> for CommandError {
    fn from(error: NotOrganisation) -> Self {
        Self::Stored(error.to_string())
    }
}

/// Makes every place of Ningxia, its vocational schools and their offices. A unit that is there
/// already is left as it is, so that a second import makes only what the files have gained.
///
/// # Errors
/// [`CommandError::Stored`] for a file that does not fit, which a test excludes; the database's.
#[tracing::instrument(skip_all)]
pub async fn import_divisions(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    now: DateTime<Utc>,
) -> Result<Imported, CommandError> {
    let known = unit::Entity::find().all(tx).await?;
    let mut plan = Plan::new(&known, Marks::read()?, now);
    for place in places()? {
        plan.place(&place)?;
    }
    let Plan { rows, .. } = plan;
    let imported = Imported { known: known.len(), made: rows.len() };
    for rows in rows.chunks(ROWS) {
        let mut batch = Batch::default();
        batch.insert::<unit::Entity>(rows.to_vec());
        batch.run(tx).await?;
        let mut batch = Batch::default();
        batch.insert::<unit_name::Entity>(rows.iter().map(name).collect());
        batch.run(tx).await?;
    }
    if imported.made > 0 {
        let what = ("divisions_imported", json!({ "made": imported.made }));
        append(tx, workflow.clock.now(), Stream::System, Uuid::nil(), None, what).await?;
    }
    Ok(imported)
}

/// The name that a unit is made with.
pub(super) fn name(unit: &unit::Model) -> unit_name::Model {
    unit_name::Model {
        unit_id: unit.id,
        from_on: unit.from_on,
        to_on: None,
        name_zh: unit.name_zh.clone(),
        name_en: unit.name_en.clone(),
    }
}

/// By what a place is known from one import to the next.
type Key = (Level, String, String);

/// What has still to be made.
pub(super) struct Plan {
    /// The places that there are: by level, division and name.
    seats: BTreeMap<Key, UnitId>,
    /// The places of the divisions, by code.
    by_code: BTreeMap<String, UnitId>,
    /// Which offices stand in which place.
    offices: BTreeSet<(UnitId, String)>,
    marks: Marks,
    pub(super) rows: Vec<unit::Model>,
    now: DateTime<Utc>,
}

impl Plan {
    pub(super) fn new(known: &[unit::Model], marks: Marks, now: DateTime<Utc>) -> Self {
        let own = |unit: &&unit::Model| unit.id == unit.seat_id;
        let key = |unit: &unit::Model| {
            ((unit.level, unit.division.clone(), unit.name_zh.clone()), unit.id)
        };
        let coded = |unit: &unit::Model| {
            // A division's code is its own; a school or a bank stands in another's.
            let division = !matches!(unit.level, Level::School | Level::Outside);
            let code = unit.code.clone().or_else(|| division.then(|| unit.division.clone()));
            Some((code?, unit.id))
        };
        Self {
            seats: known.iter().filter(own).map(key).collect(),
            by_code: known.iter().filter(own).filter_map(coded).collect(),
            offices: known.iter().map(|unit| (unit.seat_id, unit.office.clone())).collect(),
            marks,
            rows: Vec::new(),
            now,
        }
    }

    pub(super) fn place(&mut self, place: &PlaceRow) -> Result<(), NotOrganisation> {
        let above = match &place.above {
            None => None,
            Some(code) => Some(*self.by_code.get(code).ok_or_else(|| {
                NotOrganisation::NoPlace { name: place.name_zh.clone(), code: code.clone() }
            })?),
        };
        let key = (place.level, place.division.clone(), place.name_zh.clone());
        // A division is known by its code even if its name has changed since.
        let division = place.own != "school";
        let coded = place.code.as_ref().filter(|_| division);
        let coded = coded.and_then(|code| self.by_code.get(code)).copied();
        let known = coded.or_else(|| self.seats.get(&key).copied());
        let seat = known.unwrap_or_else(|| UnitId::at(self.now));
        self.seats.insert(key, seat);
        if let Some(code) = place.code.clone().filter(|_| division) {
            self.by_code.insert(code, seat);
        }
        self.add(place, seat, (seat, &place.own), (above, String::new(), String::new()));
        for (office, zh, en) in place.offices {
            let id = UnitId::at(self.now);
            let name = ((*zh).to_owned(), format!(" {en}"));
            self.add(place, id, (seat, office), (Some(seat), name.0, name.1));
        }
        Ok(())
    }

    fn add(
        &mut self,
        place: &PlaceRow,
        id: UnitId,
        (seat_id, office): (UnitId, &str),
        (parent_id, zh, en): (Option<UnitId>, String, String),
    ) {
        if !self.offices.insert((seat_id, office.to_owned())) {
            return;
        }
        self.rows.push(unit::Model {
            id,
            level: place.level,
            division: place.division.clone(),
            office: office.to_owned(),
            seat_id,
            parent_id,
            mark: self.marks.of(place.code.as_deref(), office),
            successor_id: None,
            code: place.code.clone().filter(|_| id == seat_id),
            name_zh: format!("{}{zh}", place.name_zh),
            name_en: format!("{}{en}", place.name_en),
            from_on: SINCE,
            to_on: None,
        });
    }
}

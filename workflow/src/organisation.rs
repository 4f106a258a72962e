//! The units and people around one case, as they stand now: read once, asked by the rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entities::{Duty, Fen, Level, PersonId, UnitId, appointment, case_file, substitution, unit};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Statement, Value,
};

use crate::program::expression::{Units, Value as Fact};

/// Places from school or township up to the region, their offices, and who works there. Cheap to
/// clone.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    units: Arc<BTreeMap<UnitId, unit::Model>>,
    appointments: Arc<Vec<appointment::Model>>,
    substitutes: Arc<Vec<substitution::Model>>,
    /// The program and the award of the case that is looked at: a substitute is for some.
    about: Option<(String, Fen)>,
}

/// From where upwards units are read: units by their ids, places by their divisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    pub units: Vec<UnitId>,
    /// Codes of townships, counties, cities: the place itself, not its schools.
    pub divisions: Vec<String>,
}

impl Roots {
    /// The place of each unit given, and every place above it; of a place that was closed, the one
    /// that took over and those above that.
    fn statement(&self, backend: DbBackend) -> Statement {
        let marks = |from: usize, count: usize| {
            let marks: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
            if marks.is_empty() { "NULL".to_owned() } else { marks.join(", ") }
        };
        let (units, divisions) = (self.units.len(), self.divisions.len());
        let sql = format!(
            "WITH RECURSIVE up(id) AS (
                SELECT seat_id FROM unit WHERE id IN ({}) OR (id = seat_id AND division IN ({})
                    AND level IN ('township', 'county', 'city', 'region'))
                UNION
                SELECT COALESCE(heir.seat_id, unit.parent_id) FROM unit JOIN up ON unit.id = up.id
                    LEFT JOIN unit heir ON heir.id = unit.successor_id
                    WHERE COALESCE(heir.seat_id, unit.parent_id) IS NOT NULL
            )
            SELECT unit.* FROM unit JOIN up ON unit.seat_id = up.id",
            marks(1, units),
            marks(units + 1, divisions)
        );
        let units = self.units.iter().map(|unit| Value::from(*unit));
        let divisions = self.divisions.iter().map(|division| Value::from(division.as_str()));
        Statement::from_sql_and_values(backend, sql, units.chain(divisions))
    }
}

impl Organisation {
    /// A snapshot made by hand.
    pub fn new(
        units: impl IntoIterator<Item = unit::Model>,
        appointments: Vec<appointment::Model>,
    ) -> Self {
        let units = units.into_iter().map(|unit| (unit.id, unit)).collect();
        Self { units: Arc::new(units), appointments: Arc::new(appointments), ..Self::default() }
    }

    /// Everything above `anchor` and `home` (a school and the household's township, say), with
    /// the people in force at `now`: two statements.
    ///
    /// # Errors
    /// The database's.
    pub async fn around(
        db: &impl ConnectionTrait,
        anchor: UnitId,
        home: Option<UnitId>,
        now: DateTime<Utc>,
    ) -> Result<Self, DbErr> {
        let units = std::iter::once(anchor).chain(home).collect();
        Self::above_all(db, &Roots { units, divisions: Vec::new() }, now).await
    }

    /// Everything at and above `roots`, with the people in force at `now`: two statements.
    ///
    /// # Errors
    /// The database's.
    pub async fn above_all(
        db: &impl ConnectionTrait,
        roots: &Roots,
        now: DateTime<Utc>,
    ) -> Result<Self, DbErr> {
        let statement = roots.statement(db.get_database_backend());
        let units = unit::Entity::find().from_raw_sql(statement).all(db).await?;
        let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
        let people = appointment::Entity::in_units(ids, now)
            .order_by_asc(appointment::Column::Id)
            .all(db)
            .await?;
        let mut who: Vec<PersonId> = people.iter().map(|held| held.person_id).collect();
        who.sort_unstable();
        who.dedup();
        let substitutes = substitution::Entity::of_any(who, now)
            .order_by_asc(substitution::Column::Id)
            .all(db)
            .await?;
        Ok(Self { substitutes: Arc::new(substitutes), ..Self::new(units, people) })
    }

    /// The same, seen from a case: who stands in for whom depends on it.
    #[must_use]
    pub fn about(mut self, case: &case_file::Model) -> Self {
        self.about = Some((case.program.clone(), case.award_fen));
        self
    }

    /// Everything at and above `roots`, with everybody who ever worked there: what
    /// [`Organisation::at`] looks at a moment of.
    ///
    /// # Errors
    /// The database's.
    pub async fn ever_above(db: &impl ConnectionTrait, roots: &Roots) -> Result<Self, DbErr> {
        let statement = roots.statement(db.get_database_backend());
        let units = unit::Entity::find().from_raw_sql(statement).all(db).await?;
        let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
        let people = appointment::Entity::find()
            .filter(appointment::Column::UnitId.is_in(ids))
            .order_by_asc(appointment::Column::Id)
            .all(db)
            .await?;
        Ok(Self::new(units, people))
    }

    /// The same with only those people who worked there at `now`.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        let held = |held: &&appointment::Model| {
            held.from_at <= now && held.to_at.is_none_or(|to| now < to)
        };
        let people = self.appointments.iter().filter(held).cloned().collect();
        Self { appointments: Arc::new(people), ..self.clone() }
    }

    /// One unit; of one that was closed, whichever has taken over.
    pub fn unit(&self, id: UnitId) -> Option<&unit::Model> {
        let mut found = self.units.get(&id)?;
        // As many steps as there are units: a circle, which no command makes, ends too.
        for _ in 0..self.units.len() {
            let heir = found.to_on.and(found.successor_id);
            match heir.and_then(|heir| self.units.get(&heir)) {
                Some(heir) => found = heir,
                None => break,
            }
        }
        Some(found)
    }

    /// Whether a unit is one of those around the case.
    pub fn knows(&self, id: UnitId) -> bool {
        self.units.contains_key(&id)
    }

    /// The place that `unit` stands in: the row of the school, the township, the county …
    pub fn seat(&self, unit: UnitId) -> Option<&unit::Model> {
        self.unit(self.unit(unit)?.seat_id)
    }

    /// The place at `level`, at or above the place of `from`.
    pub fn place(&self, from: UnitId, level: Level) -> Option<&unit::Model> {
        let mut seat = self.seat(from)?;
        while seat.level != level {
            seat = self.above(seat.id)?;
        }
        Some(seat)
    }

    /// The place that does for `from` what its place at `level` would: a college right under its
    /// city or the region has no county, and who stands next above it takes that part. None where
    /// no level is left out.
    pub fn in_place_of(&self, from: UnitId, level: Level) -> Option<&unit::Model> {
        let mut below = self.seat(from)?;
        loop {
            let above = self.above(below.id)?;
            if level.is_between(below.level, above.level) {
                return Some(above);
            }
            below = above;
        }
    }

    /// The place of a division: a township, a county, a city; never a school in it.
    pub fn of_division(&self, division: &str) -> Option<&unit::Model> {
        let place = |unit: &&unit::Model| {
            unit.id == unit.seat_id
                && unit.division == division
                && !matches!(unit.level, Level::School | Level::Outside)
        };
        self.units.values().find(place).and_then(|own| self.unit(own.id))
    }

    /// Is a unit outside the levels: a bank, a conscription office, a school elsewhere?
    pub fn is_outside(&self, unit: UnitId) -> bool {
        self.unit(unit).is_some_and(|unit| unit.level == Level::Outside)
    }

    /// The place above: school and township report to the county.
    pub fn above(&self, seat: UnitId) -> Option<&unit::Model> {
        self.seat(self.seat(seat)?.parent_id?)
    }

    /// An office of a place; `own` is the unit itself.
    pub fn office(&self, seat: UnitId, office: &str) -> Option<&unit::Model> {
        if office == "own" {
            return self.unit(seat);
        }
        let seat = self.seat(seat)?.id;
        let own = self.units.values().find(|unit| unit.seat_id == seat && unit.office == office)?;
        self.unit(own.id)
    }

    /// Who supervises `unit`: the same office in the place above, else its education office,
    /// else the place itself; of the region, the region's supervision office. Never nobody.
    pub fn superior(&self, unit: UnitId) -> Option<&unit::Model> {
        let own = self.unit(unit)?;
        let Some(above) = self.above(own.seat_id) else {
            return self.office(own.seat_id, "supervision").or_else(|| self.seat(own.seat_id));
        };
        self.office(above.id, &own.office)
            .or_else(|| self.office(above.id, "education"))
            .or(Some(above))
    }

    /// So many levels of supervision up from `unit`.
    pub fn superior_of(&self, unit: UnitId, times: usize) -> Option<UnitId> {
        (0..times).try_fold(unit, |unit, _| self.superior(unit).map(|unit| unit.id))
    }

    /// A unit by its id, or a place by its division's code.
    fn named(&self, name: &str) -> Option<&unit::Model> {
        let id = name.parse().ok().map(UnitId);
        id.and_then(|id| self.unit(id)).or_else(|| self.of_division(name))
    }

    /// Who decides with `duty` in `unit` now: those who have it, and in the place of whoever is
    /// away, who stands in for them.
    pub fn holders(&self, unit: UnitId, duty: Duty) -> Vec<PersonId> {
        self.stood_in_for(self.appointed(unit, duty))
    }

    /// `people`, and in the place of whoever is away, who stands in for them.
    pub fn stood_in_for(&self, people: Vec<PersonId>) -> Vec<PersonId> {
        if self.substitutes.is_empty() {
            return people;
        }
        let fits = |row: &substitution::Model| {
            self.about.as_ref().is_none_or(|(program, award)| {
                row.program.as_ref().is_none_or(|only| only == program)
                    && row.most_fen.is_none_or(|most| *award <= most)
            })
        };
        let mut found: Vec<PersonId> = Vec::new();
        for person in people {
            let stand_ins = self.substitutes.iter().filter(|row| row.person_id == person);
            let mut here: Vec<PersonId> =
                stand_ins.filter(|row| fits(row)).map(|row| row.substitute_id).collect();
            if here.is_empty() {
                here.push(person);
            }
            found.extend(here.into_iter().filter(|one| !found.contains(one)).collect::<Vec<_>>());
        }
        found
    }

    /// Everybody who works here, or stands in for somebody who does; each once.
    pub fn everybody(&self) -> BTreeSet<PersonId> {
        let own = self.appointments.iter().map(|held| held.person_id);
        own.chain(self.substitutes.iter().map(|row| row.substitute_id)).collect()
    }

    /// Everybody who works in `unit` now, whatever they do there.
    pub fn working_in(&self, unit: UnitId) -> Vec<PersonId> {
        let held = self.appointments.iter().filter(|held| held.unit_id == unit);
        held.map(|held| held.person_id).collect()
    }

    /// Who has `duty` in `unit` now, oldest appointment first.
    pub fn appointed(&self, unit: UnitId, duty: Duty) -> Vec<PersonId> {
        let held = |a: &&appointment::Model| a.unit_id == unit && a.duty == duty;
        let mut people: Vec<PersonId> =
            self.appointments.iter().filter(held).map(|a| a.person_id).collect();
        people.dedup();
        people
    }
}

impl Units for Organisation {
    /// Places are given as `applicant` gives them: from the county upwards by their code, so that
    /// `form.host.county == applicant.county` compares two of a kind.
    fn fact(&self, unit: &str, name: &str) -> Option<Fact> {
        let unit = self.named(unit)?;
        let place = |level| self.place(unit.id, level);
        let code = |level| Some(Fact::Text(place(level)?.division.clone()));
        match name {
            "name" => Some(Fact::Text(unit.name_zh.clone())),
            "level" => Some(Fact::Text(unit.level.word())),
            "division" => Some(Fact::Text(unit.division.clone())),
            "code" => Some(Fact::Text(unit.code.clone().unwrap_or_default())),
            "township" => Some(Fact::text(place(Level::Township)?.id.to_string())),
            "county" => code(Level::County),
            "city" => code(Level::City),
            // Nothing stands above a unit of another region: its code says which.
            "region" => code(Level::Region).or_else(|| {
                let region = unit.division.get(..2).filter(|_| unit.level == Level::Outside)?;
                Some(Fact::Text(format!("{region}0000")))
            }),
            "superior" => Some(Fact::text(self.superior(unit.id)?.id.to_string())),
            _ => None,
        }
    }
}

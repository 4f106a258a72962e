//! Which unit a place of the language is for a case, and who takes the part of a level that does
//! not stand above it.

use entities::{StepRunId, UnitId};

use super::{
    engine::Engine,
    facts::{CaseFacts, Stuck},
    pools::{Seat, unit_in},
};
use crate::{
    event::Event,
    program::{Expr, Level, Place, RoleRef, Step, expression::Value},
};

impl Engine<'_> {
    /// The seats of a step, in the order of the file. Whoever takes the part of a level that is left
    /// out, and has a seat of their own there, signs once.
    pub(super) fn seats(&mut self, step: &Step, roles: &[RoleRef]) -> Result<Vec<Seat>, Stuck> {
        let mut found: Vec<(Seat, bool)> = Vec::new();
        let mut told: Vec<(&Place, UnitId)> = Vec::new();
        for role in roles {
            let seat = self.seat(step, role)?;
            let takes_part = self.takes_part(&role.place, seat.place).is_some();
            if takes_part && !told.contains(&(&role.place, seat.place)) {
                told.push((&role.place, seat.place));
                self.tell_left_out(&step.id, &role.place, seat.place);
            }
            found.push((seat, takes_part));
        }
        let own: Vec<Seat> =
            found.iter().filter(|(_, part)| !part).map(|(seat, _)| seat.clone()).collect();
        let mut seats: Vec<Seat> = Vec::new();
        for (seat, takes_part) in found {
            if !takes_part || !(own.contains(&seat) || seats.contains(&seat)) {
                seats.push(seat);
            }
        }
        Ok(seats)
    }

    /// The level asked for and the one found, where `found` takes the part of a level that is left
    /// out above the case.
    fn takes_part(&self, place: &Place, found: UnitId) -> Option<(String, String)> {
        let Place::Level(level) = place else { return None };
        let at = self.facts.organisation.unit(found)?.level;
        (at != self::level(*level)).then(|| (level.as_str().to_owned(), at.word()))
    }

    /// Says on the case that no such level stands above it, and who takes its part.
    pub(super) fn tell_left_out(&mut self, path: &str, place: &Place, found: UnitId) {
        if let Some((from, to)) = self.takes_part(place, found) {
            self.emit(Event::Climbed { path: path.to_owned(), from, to, left_out: true });
        }
    }

    /// The same of the place that the step of `run` names, if it names one.
    pub(super) fn tell_left_out_at(
        &mut self,
        run: StepRunId,
        place: Option<&Place>,
        found: UnitId,
    ) {
        let path = self.state.run(run).map(|run| run.path.clone());
        if let (Some(place), Some(path)) = (place, path) {
            self.tell_left_out(&path, place, found);
        }
    }

    /// A place of the language, as a unit.
    pub(super) fn place(&self, place: &Place, anchor: UnitId) -> Result<Option<UnitId>, Stuck> {
        let organisation = &self.facts.organisation;
        Ok(match place {
            Place::Level(level) => {
                let at = self::level(*level);
                let up = organisation.place(anchor, at).map(|unit| unit.id);
                // A school stands in no township, and a township in no school: there the
                // household's own counts. Whose county it is, is a matter of the anchor.
                let own = || self.own_place(*level);
                let above = || organisation.in_place_of(anchor, at).map(|unit| unit.id);
                up.or_else(own).or_else(above)
            }
            Place::Unit | Place::Opener | Place::Issuer => {
                organisation.seat(anchor).map(|unit| unit.id)
            }
            Place::Superior(times) => organisation.superior_of(anchor, *times),
            Place::AboveOpener(times) => {
                let own = self.state.case.anchor_id.and_then(|own| organisation.seat(own));
                own.and_then(|own| organisation.superior_of(own.id, *times))
            }
            Place::Form(_) | Place::Step { .. } | Place::Named(_) => {
                let path = place.to_string();
                let rule = Expr::parse(&path).map_err(|e| Stuck::new(path.clone(), e.message))?;
                unit_in(&self.value(&rule)?)
            }
            Place::Item(path) => {
                let mut item = self.scope().item;
                let own = ["unit".to_owned()];
                let is_record = matches!(item, Some(Value::Map(_)));
                let path = if path.is_empty() && is_record { &own[..] } else { path };
                for part in path {
                    item = match item {
                        Some(Value::Map(mut map)) => map.remove(part),
                        _ => None,
                    };
                }
                // A place from the county upwards may be named by its code.
                let of_code = |item: &Value| match item {
                    Value::Text(code) => organisation.of_division(code).map(|unit| unit.id),
                    _ => None,
                };
                item.and_then(|item| unit_in(&item).or_else(|| of_code(&item)))
            }
            Place::Pool => None,
        })
    }

    /// The applicant's own school or township.
    fn own_place(&self, level: Level) -> Option<UnitId> {
        if !matches!(level, Level::School | Level::Township) {
            return None;
        }
        unit_in(CaseFacts::of(&self.state).applicant.get(level.as_str())?)
    }
}

fn level(level: Level) -> entities::Level {
    match level {
        Level::School => entities::Level::School,
        Level::Township => entities::Level::Township,
        Level::County => entities::Level::County,
        Level::City => entities::Level::City,
        Level::Region => entities::Level::Region,
    }
}

#[cfg(test)]
mod tests;

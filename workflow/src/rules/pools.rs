//! Who can take a step: the people with its roles in its places, as they stand now.
//!
//! Steps 3 to 5 of entering a step: holders, recusal, and where nobody is left, `on_empty`.

use std::collections::{BTreeMap, BTreeSet};

use entities::{Duty, PersonId, StepRunId, UnitId};

use super::{engine::Engine, facts::Stuck, passing_on::is_vote};
use crate::{
    event::Event,
    program::{By, OnEmpty, RoleRef, Step, Take, expression::Value},
};

/// One office's people for a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) unit: UnitId,
    pub(super) duty: Duty,
    pub(super) people: Vec<PersonId>,
}

/// Everybody a step can be taken by, and everybody who was struck, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pub(super) offices: Vec<Pool>,
    pub(super) struck: BTreeMap<String, Vec<PersonId>>,
    /// Nobody could take it: the owner's lead office holds it.
    pub(super) held: bool,
}

impl Pools {
    /// Everybody in them, each once.
    pub(super) fn people(&self) -> BTreeSet<PersonId> {
        self.offices.iter().flat_map(|pool| pool.people.iter().copied()).collect()
    }
}

/// What a role's name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    /// The place.
    pub(super) place: UnitId,
    pub(super) office: String,
    pub(super) duty: Duty,
}

impl Engine<'_> {
    /// The pools of `step`; `barred` may not sign it in any case.
    pub(super) fn pools(
        &mut self,
        step: &Step,
        barred: &BTreeMap<String, BTreeSet<PersonId>>,
    ) -> Result<Pools, Stuck> {
        let Some(By::Roles(roles)) = &step.by else { return Ok(Pools::default()) };
        let mut found = Pools::default();
        let seats = self.seats(step, roles)?;
        // Who alone must sign for one office cannot sign for another one of the same step.
        let apart = matches!(step.taking(), Take::EachOffice | Take::InOrder);
        let mut barred = barred.clone();
        let (mut taken, mut empty) = (Vec::new(), Vec::new());
        for (place, seat) in seats.into_iter().enumerate() {
            let Some(pool) = self.pool(step, &seat, &barred, &mut found.struck) else {
                empty.push((place, seat));
                continue;
            };
            if let ([only], true) = (pool.people.as_slice(), apart) {
                barred.entry("same_step".to_owned()).or_default().insert(*only);
            }
            taken.push((place, pool));
        }
        // Where the first signature counts, one office with people is enough.
        if step.taking() != Take::Any || taken.is_empty() {
            for (place, seat) in empty {
                self.replace(step, &seat, &barred, &mut found);
                taken.extend(found.offices.pop().map(|pool| (place, pool)));
            }
        }
        // Offices sign in the order of the file, whoever stands in for them.
        taken.sort_by_key(|(place, _)| *place);
        found.offices = taken.into_iter().map(|(_, pool)| pool).collect();
        if let Take::Quorum { quorum, .. } = step.taking() {
            self.hold_short_list(step, quorum, (&barred, &mut found))?;
        }
        Ok(found)
    }

    /// A list that is shorter than its quorum can never agree: the owner holds the step, as one
    /// that nobody can take.
    fn hold_short_list(
        &self,
        step: &Step,
        quorum: u32,
        (barred, found): (&BTreeMap<String, BTreeSet<PersonId>>, &mut Pools),
    ) -> Result<(), Stuck> {
        let listed: usize = found.offices.iter().map(|pool| pool.people.len()).sum();
        if found.held || listed >= usize::try_from(quorum).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let from = [self.anchor(step)?, self.state.case.anchor_id];
        if let Some(pool) = self.owner_of(from, barred, &mut found.struck) {
            found.held = true;
            found.offices = vec![pool];
        }
        Ok(())
    }

    /// The office and the duty that a role outside of all steps means; no office where the place
    /// has none such.
    ///
    /// # Errors
    /// [`Stuck`] for a role or a place that the case does not have.
    pub fn role(&self, role: &RoleRef) -> Result<(Option<UnitId>, Duty), Stuck> {
        let seat = self.seat_from(self.state.case.anchor_id, role)?;
        let office = self.facts.organisation.office(seat.place, &seat.office);
        Ok((office.map(|unit| unit.id), seat.duty))
    }

    /// The place and office that a role names, seen from the step.
    pub(super) fn seat(&self, step: &Step, role: &RoleRef) -> Result<Seat, Stuck> {
        self.seat_from(self.anchor(step)?, role)
    }

    fn seat_from(&self, anchor: Option<UnitId>, role: &RoleRef) -> Result<Seat, Stuck> {
        let stuck = |why: &str| Stuck::new(role.to_string(), why.to_owned());
        let shared =
            self.facts.shared().roles.get(&role.role).ok_or_else(|| stuck("no such role"))?;
        let duty = duty(&shared.duty).ok_or_else(|| stuck("no such duty"))?;
        let anchor = anchor.ok_or_else(|| stuck("the case has no such place"))?;
        let place = self.place(&role.place, anchor)?.ok_or_else(|| stuck("no such place"))?;
        Ok(Seat { place, office: shared.office.clone(), duty })
    }

    /// Where a step's places are looked up from: `of:`, or the case's anchor.
    pub(super) fn anchor(&self, step: &Step) -> Result<Option<UnitId>, Stuck> {
        let Some(of) = &step.of else { return Ok(self.state.case.anchor_id) };
        let value = self.value(of)?;
        let of_division = || match &value {
            Value::Text(code) => self.facts.organisation.of_division(code).map(|unit| unit.id),
            _ => None,
        };
        Ok(unit_in(&value).or_else(of_division))
    }

    /// The people of one office who may sign; none when nobody is left.
    fn pool(
        &self,
        step: &Step,
        seat: &Seat,
        barred: &BTreeMap<String, BTreeSet<PersonId>>,
        struck: &mut BTreeMap<String, Vec<PersonId>>,
    ) -> Option<Pool> {
        let unit = self.facts.organisation.office(seat.place, &seat.office)?.id;
        let mut people = self.facts.organisation.appointed(unit, seat.duty);
        Self::strike(&mut people, barred, struck);
        // Nobody stands in for somebody who may not sign; who may not, stands in for nobody.
        people = self.facts.organisation.stood_in_for(people);
        Self::strike(&mut people, barred, struck);
        people = self.planned(step, people);
        struck.retain(|_, people| !people.is_empty());
        (!people.is_empty()).then_some(Pool { unit, duty: seat.duty, people })
    }

    /// Only the one who was named for a later step of this case, if they are among `people`; a list
    /// that votes stays whole.
    fn planned(&self, step: &Step, people: Vec<PersonId>) -> Vec<PersonId> {
        match self.state.named_for(&step.id).filter(|person| people.contains(person)) {
            Some(person) if !is_vote(step) => vec![person],
            _ => people,
        }
    }

    /// Takes those who are barred off `people`, and notes why.
    fn strike(
        people: &mut Vec<PersonId>,
        barred: &BTreeMap<String, BTreeSet<PersonId>>,
        struck: &mut BTreeMap<String, Vec<PersonId>>,
    ) {
        for (why, these) in barred {
            let hit: Vec<PersonId> = people.iter().filter(|p| these.contains(p)).copied().collect();
            people.retain(|person| !these.contains(person));
            let list = struck.entry(why.clone()).or_default();
            list.extend(hit.into_iter().filter(|p| !list.contains(p)).collect::<Vec<_>>());
        }
    }

    /// Nobody is left in an office: climb to where somebody is, or let the owner hold it.
    pub(super) fn replace(
        &mut self,
        step: &Step,
        seat: &Seat,
        barred: &BTreeMap<String, BTreeSet<PersonId>>,
        found: &mut Pools,
    ) {
        let mut place = seat.place;
        let outside = self.stands_outside(seat);
        // What another office has taken over here, its like may have above.
        let own = self.facts.organisation.office(place, &seat.office);
        let heir = own.map(|unit| unit.office.clone());
        let heir = heir.filter(|office| seat.office != "own" && *office != seat.office);
        // Nobody of ours stands in for a unit outside by climbing: its owner holds the step.
        if step.on_empty == Some(OnEmpty::Climb) && !outside {
            while let Some(above) = self.facts.organisation.above(place).map(|unit| unit.id) {
                let from = self.place_name(place);
                place = above;
                let to = self.place_name(place);
                let path = step.id.to_string();
                self.emit(Event::Climbed { path, from, to, left_out: false });
                let same = Seat { place, office: seat.office.clone(), duty: seat.duty };
                let seat = if self.facts.organisation.office(place, &seat.office).is_some() {
                    same
                } else {
                    self.lead(place)
                };
                let heir = heir.clone().map(|office| Seat { place, office, duty: seat.duty });
                for seat in std::iter::once(seat).chain(heir) {
                    if let Some(pool) = self.pool(step, &seat, barred, &mut found.struck) {
                        found.offices.push(pool);
                        return;
                    }
                }
            }
            place = seat.place;
        }
        // hold: the owner's lead office here, else the nearest above; of a unit outside, which
        // has nobody of ours above it, seen from the case.
        let from = [Some(place).filter(|_| !outside), self.state.case.anchor_id];
        if let Some(pool) = self.owner_of(from, barred, &mut found.struck) {
            found.held = true;
            found.offices.push(pool);
        }
    }

    /// Who holds what nobody can take: the owner's lead office at the first of those places, or
    /// nearest above it, whoever works there but those who may not sign. Where all of them may not,
    /// the next one above.
    fn owner_of(
        &self,
        from: [Option<UnitId>; 2],
        barred: &BTreeMap<String, BTreeSet<PersonId>>,
        struck: &mut BTreeMap<String, Vec<PersonId>>,
    ) -> Option<Pool> {
        let organisation = &self.facts.organisation;
        let mut none_may = None;
        for from in from.into_iter().flatten() {
            let mut here = Some(from);
            while let Some(at) = here {
                let lead = self.lead(at);
                if let Some(unit) = organisation.office(at, &lead.office) {
                    let mut people = organisation.holders(unit.id, lead.duty);
                    let nobody = people.is_empty();
                    Self::strike(&mut people, barred, struck);
                    struck.retain(|_, people| !people.is_empty());
                    let pool = Pool { unit: unit.id, duty: lead.duty, people };
                    if nobody || !pool.people.is_empty() {
                        return Some(pool);
                    }
                    none_may = none_may.or(Some(pool));
                }
                here = organisation.above(at).map(|unit| unit.id);
            }
        }
        none_may
    }

    /// Is a seat that of a unit outside the levels?
    fn stands_outside(&self, seat: &Seat) -> bool {
        let organisation = &self.facts.organisation;
        let office = organisation.office(seat.place, &seat.office).map(|unit| unit.id);
        organisation.is_outside(office.unwrap_or(seat.place))
    }

    /// The unit that a name of `let` stands for now.
    pub fn named_unit(&self, name: &str) -> Option<UnitId> {
        let rule = self.facts.program.lets.get(name)?;
        unit_in(&self.value(rule).ok()?)
    }

    /// Whether a step is held by a unit outside the levels.
    pub fn is_outside(&self, run: StepRunId) -> bool {
        let units = self.state.waits_for(run);
        !units.is_empty() && units.iter().all(|unit| self.facts.organisation.is_outside(*unit))
    }

    fn lead(&self, place: UnitId) -> Seat {
        let office = self.facts.program.owner.lead.to_string();
        Seat { place, office, duty: Duty::Handler }
    }

    fn place_name(&self, place: UnitId) -> String {
        let unit = self.facts.organisation.unit(place);
        unit.map_or_else(String::new, |unit| unit.level.word())
    }
}

/// A unit's id in a value.
pub(super) fn unit_in(value: &Value) -> Option<UnitId> {
    match value {
        Value::Text(id) => id.parse().ok(),
        _ => None,
    }
}

pub(super) fn duty(word: &str) -> Option<Duty> {
    match word {
        "handler" => Some(Duty::Handler),
        "head" => Some(Duty::Head),
        "supervisor" => Some(Duty::Supervisor),
        "administrator" => Some(Duty::Administrator),
        _ => None,
    }
}

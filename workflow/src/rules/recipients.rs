//! Who is told of a step's time: whoever holds it now, the head of the unit, who supervises it.

use chrono::{DateTime, Utc};
use entities::{Duty, PersonId, UnitId, step_run, task};
use serde_json::Value as Json;

use super::{engine::Engine, pools};
use crate::{
    event::Holders,
    program::{Place, RoleRef, Word},
};

/// One message to one person, that no event carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Makes a second one impossible.
    pub key: String,
    pub person: PersonId,
    pub way: Way,
    /// Which letter.
    pub template: &'static str,
    /// What it needs, without personal data.
    pub params: Json,
}

/// How a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Mail,
    Sms,
    /// With the first digest that is not before this.
    Digest(DateTime<Utc>),
    /// The same, though it is no reminder of the day but a letter that came behind its time, or at
    /// night: whoever wants no digest gets it all the same.
    Gathered(DateTime<Utc>),
}

/// Marks a line of somebody who is told as a holder only: it is theirs as long as they hold it.
pub(crate) const AS_HOLDER: &str = "as_holder";

/// Marks a line that is told to whoever wants no digest, too.
pub(crate) const OWED: &str = "comes_anyway";

/// Whether a line is marked so.
pub(crate) fn is_marked(params: &Json, mark: &str) -> bool {
    params.get(mark).and_then(Json::as_bool) == Some(true)
}

impl Message {
    /// The same as a line of a digest, marked as what it is.
    pub(crate) fn marked(mut self, mark: &str) -> Self {
        if let Some(params) = self.params.as_object_mut() {
            params.insert(mark.to_owned(), true.into());
        }
        self
    }
}

impl Engine<'_> {
    /// The people whom `word` names, seen from the open slots of `run`, each once. The second
    /// says whether it is the one the case is for.
    pub fn people_for(&self, run: &step_run::Model, word: &Word) -> Vec<(PersonId, bool)> {
        let subject = self.state.case.subject_id;
        let mut found: Vec<PersonId> = Vec::new();
        if *word == *"applicant" {
            found.extend(subject);
        } else {
            let open = self.on_the_clock_of(run.id);
            for slot in &open {
                found.extend(self.at_slot(run, slot, word));
            }
            if open.is_empty()
                && let Some(unit) = run.unit_id
            {
                found.extend(self.at_unit(unit, word));
            }
        }
        let mut people = Vec::new();
        for person in found {
            let one = (person, Some(person) == subject);
            if !people.contains(&one) {
                people.push(one);
            }
        }
        people
    }

    /// Whether `words` name somebody as a holder of `run`, and for no other reason.
    pub(super) fn only_holds(
        &self,
        run: &step_run::Model,
        words: &[Word],
        person: PersonId,
    ) -> bool {
        let named = |word: &&Word| self.people_for(run, word).iter().any(|(one, _)| *one == person);
        let is_holder = |word: &&Word| **word == *"holder";
        words.iter().filter(is_holder).any(|word| named(&word))
            && !words.iter().filter(|word| !is_holder(word)).any(|word| named(&word))
    }

    /// Puts a message of a step's time among the others.
    pub(super) fn tell(&mut self, run: &step_run::Model, words: &[Word], message: Message) {
        let lined = matches!(message.way, Way::Digest(_) | Way::Gathered(_));
        let only = lined && self.only_holds(run, words, message.person);
        self.messages.push(if only { message.marked(AS_HOLDER) } else { message });
    }

    fn at_slot(&self, run: &step_run::Model, slot: &task::Model, word: &Word) -> Vec<PersonId> {
        if *word == *"holder" {
            return self.holding(run, slot);
        }
        // Nobody is set over an applicant; an office that a ladder names is told all the same.
        let set_over = *word == *"unit_head";
        if set_over && self.is_applicants(slot) {
            return Vec::new();
        }
        self.at_unit(slot.unit_id, word)
    }

    /// Whoever has taken the slot, else all of the pool as it is now, else as it was frozen.
    fn holding(&self, run: &step_run::Model, slot: &task::Model) -> Vec<PersonId> {
        if let Some(person) = slot.person_id {
            return vec![person];
        }
        let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
        let struck: Vec<PersonId> = holders.struck.values().flatten().copied().collect();
        let mut people = self.facts.organisation.holders(slot.unit_id, slot.duty);
        people.retain(|person| !struck.contains(person));
        if people.is_empty() {
            holders.may.get(&slot.id).cloned().unwrap_or_default()
        } else {
            people
        }
    }

    pub(super) fn is_applicants(&self, slot: &task::Model) -> bool {
        slot.addressed && slot.person_id == self.state.case.subject_id
    }

    fn at_unit(&self, unit: UnitId, word: &Word) -> Vec<PersonId> {
        let organisation = &self.facts.organisation;
        if *word == *"holder" {
            return organisation.holders(unit, Duty::Handler);
        }
        if *word == *"unit_head" {
            let own = organisation.holders(unit, Duty::Head);
            let seat = organisation.seat(unit).map(|seat| seat.id);
            let of_seat = || seat.map(|seat| organisation.holders(seat, Duty::Head));
            return if own.is_empty() { of_seat().unwrap_or_default() } else { own };
        }
        let Ok(role) = word.parse::<RoleRef>() else { return Vec::new() };
        self.nobody_is_none(&role, unit)
    }

    /// The people of a role; where nobody works there, those of the same office at the next place
    /// above that has somebody, else the owner's lead office: an empty office silences nothing.
    fn nobody_is_none(&self, role: &RoleRef, unit: UnitId) -> Vec<PersonId> {
        let organisation = &self.facts.organisation;
        let Some(shared) = self.facts.shared().roles.get(&role.role) else { return Vec::new() };
        let Some(duty) = pools::duty(&shared.duty) else { return Vec::new() };
        let mut place = self.place(&role.place, self.seen_from(role, unit)).ok().flatten();
        while let Some(here) = place {
            let office = organisation.office(here, &shared.office).map(|office| office.id);
            let people = office.map(|office| organisation.holders(office, duty));
            match people {
                Some(people) if !people.is_empty() => return people,
                _ => place = organisation.above(here).map(|above| above.id),
            }
        }
        let mut place = organisation.seat(unit).map(|seat| seat.id);
        while let Some(here) = place {
            let lead = organisation.office(here, &self.facts.program.owner.lead);
            let people = lead.map(|lead| organisation.holders(lead.id, Duty::Handler));
            match people {
                Some(people) if !people.is_empty() => return people,
                _ => place = organisation.above(here).map(|above| above.id),
            }
        }
        Vec::new()
    }

    /// Whose case it is, and who has issued it, is the case's own matter; all other places are
    /// seen from `unit`.
    fn seen_from(&self, role: &RoleRef, unit: UnitId) -> UnitId {
        match role.place {
            Place::Opener | Place::Issuer => self.state.case.anchor_id.unwrap_or(unit),
            _ => unit,
        }
    }

    /// The office and duty that a role names, seen from `unit`.
    pub(super) fn office_of(&self, role: &RoleRef, unit: UnitId) -> Option<(UnitId, Duty)> {
        let shared = self.facts.shared().roles.get(&role.role)?;
        let place = self.place(&role.place, self.seen_from(role, unit)).ok()??;
        let office = self.facts.organisation.office(place, &shared.office)?;
        Some((office.id, pools::duty(&shared.duty)?))
    }
}

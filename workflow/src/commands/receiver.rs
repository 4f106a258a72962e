//! Whoever gets work from somebody else: judged as if they took it themselves, the same for one
//! slot that a colleague passes on and for all that lies with somebody who leaves.

use chrono::{DateTime, Utc};
use entities::{AccountId, AccountKind, PersonId, appointment, task};
use sea_orm::DatabaseTransaction;

use crate::{
    Actor, Bar, CommandError, Refusal,
    rules::{authority::Authority, facts::Facts, passing_on::Comes},
    state::CaseState,
};

/// Somebody who is to receive work, with what entitles them, kept from being ended until the
/// transaction is.
pub(super) struct Receiver {
    judged: Authority,
    person: PersonId,
}

/// Reads what entitles somebody.
///
/// # Errors
/// The database's.
pub(super) async fn receiver(
    tx: &DatabaseTransaction,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Receiver, CommandError> {
    let appointments = appointment::Entity::held_by_for_share(person, now).all(tx).await?;
    // By no account: what matters is who they are.
    let account = AccountId(uuid::Uuid::nil());
    let actor = Actor { account, person: Some(person), kind: AccountKind::Staff };
    let judged = Authority::of(actor, appointments, Vec::new());
    Ok(Receiver { judged, person })
}

impl Receiver {
    /// The appointment by which they may come to a slot.
    pub(super) fn by(
        &self,
        fits: impl Fn(&appointment::Model) -> bool,
    ) -> Option<&appointment::Model> {
        self.judged.appointments.iter().find(|held| fits(held))
    }

    /// Judges them for one slot: they have an appointment that `fits`, did not file the case, are
    /// not near to its applicant, and nothing that they signed bars them.
    ///
    /// # Errors
    /// [`Refusal::NotYours`].
    pub(super) fn may(
        &self,
        facts: &Facts,
        state: &CaseState,
        slot: &task::Model,
        fits: impl Fn(&appointment::Model) -> bool,
    ) -> Result<Comes, Refusal> {
        let right = self.by(fits).ok_or(Refusal::NotYours(Bar::OtherOffice))?;
        if facts.keeps_away(self.person) || facts.filer == Some(self.person) {
            return Err(Refusal::NotYours(Bar::Conflict));
        }
        let step = facts.program.step(&slot.path).ok_or(Refusal::NotFound("step"))?;
        if facts.keeps_off(step, self.person) {
            return Err(Refusal::NotYours(Bar::Conflict));
        }
        self.judged.unbarred(state, step, slot, Some(self.person))?;
        Ok(Comes { person: self.person, unit: right.unit_id, duty: right.duty })
    }
}

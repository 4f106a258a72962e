//! Which of the three administrative duties somebody has, asked where it counts: under a lock that
//! keeps the appointment from being ended until the change is made.

use chrono::{DateTime, Utc};
use entities::{Duty, appointment};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::{Actor, Bar, CommandError, Refusal, rules::administering::Power};

/// Lets an operator through, and whoever has the power.
///
/// # Errors
/// [`Refusal::NotYours`], or the database's.
pub(crate) async fn entitled(
    tx: &DatabaseTransaction,
    by: Option<Actor>,
    power: Power,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let Some(by) = by else { return Ok(()) };
    let person = by.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    let held = appointment::Entity::held_by_for_share(person, now).all(tx).await?;
    Ok(power.of(&held)?)
}

/// What somebody may do with the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three powers, and heading a unit")]
pub struct Powers {
    /// Changes units, people and appointments.
    pub organises: bool,
    /// Gives administrative duties, locks accounts.
    pub secures: bool,
    /// Reads what was done.
    pub audits: bool,
    /// Heads a unit: hands over what somebody there has.
    pub heads: bool,
}

impl Powers {
    /// Whether the pages of the organisation are theirs to read.
    pub fn any(self) -> bool {
        self.organises || self.secures || self.audits || self.heads
    }
}

/// What `actor` may do with the organisation now.
///
/// # Errors
/// The database's.
pub async fn powers_of(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Powers, DbErr> {
    let Some(person) = actor.person else { return Ok(Powers::default()) };
    let held = appointment::Entity::held_by(person, now).all(db).await?;
    Ok(Powers {
        organises: Power::Organise.of(&held).is_ok(),
        secures: Power::Secure.of(&held).is_ok(),
        audits: Power::Audit.of(&held).is_ok(),
        heads: held.iter().any(|held| held.duty == Duty::Head),
    })
}

//! 调整职务: somebody's duty ends and another begins, and what lies with them is passed on, as one
//! act.

use entities::{AppointmentId, Duty, PersonId, UnitId, appointment};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::hand_over::{HandOver, HandedOver, hand_over, lies_with};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    organise::{Appoint, appoint, close_appointment, entitled, leaves, refused},
    rules::administering::Power,
};

/// A duty that becomes another.
#[derive(Clone, Debug)]
pub struct ChangeDuty {
    /// The one that ends.
    pub appointment: AppointmentId,
    /// Where the new one is.
    pub unit: UnitId,
    /// What it is.
    pub duty: Duty,
    /// Who gets what lies with them; none: the pool of the office.
    pub to: Option<PersonId>,
    /// Why; kept encrypted with each case that is passed on.
    pub reason: String,
}

/// Ends a duty, passes on what lies with its holder there, and begins the other: all of it or
/// nothing.
///
/// # Errors
/// [`Refusal::NotFound`]; as [`hand_over`], [`organise::end_appointment`](crate::organise::end_appointment) and [`appoint`];
/// [`Refusal::Unfit`] for the same duty in the same unit, and while something is meant for them
/// alone that nobody may take.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, unit.id = %ask.unit))]
pub async fn change_duty(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: ChangeDuty,
) -> Result<(AppointmentId, HandedOver), CommandError> {
    let now = workflow.clock.now();
    let found = appointment::Entity::find_by_id(ask.appointment).one(tx).await?;
    // Asked first: whoever may not hears the same of one that there is and of one that there is not.
    let power = found.as_ref().map_or(Power::Organise, |held| Power::over(held.duty));
    entitled(tx, Some(actor), power, now).await?;
    let held = found.ok_or(Refusal::NotFound("appointment"))?;
    let (from, unit) = (held.person_id, held.unit_id);
    if (unit, held.duty) == (ask.unit, ask.duty) {
        return Err(refused(
            "新任职与原任职相同，无需调整",
            "the new duty is the one that they have; there is nothing to change",
        )
        .into());
    }
    let mut passed = HandedOver::default();
    if !lies_with(tx, from, unit).await?.is_empty() {
        let all = HandOver { from, unit, to: ask.to, reason: ask.reason };
        passed = hand_over(tx, workflow, actor, all).await?;
    }
    if let Some(number) = passed.left.first() {
        return Err(refused(
            format!("{number} 有指定本人签署且他人不能接办的事项，请先由本人办结"),
            format!("{number} waits for this person alone and nobody may take it; let them finish it first"),
        )
        .into());
    }
    close_appointment(tx, workflow, Some(actor), (held.id, now)).await?;
    let new = Appoint { person: from, unit: ask.unit, duty: ask.duty, from: now };
    let id = appoint(tx, workflow, Some(actor), new).await?;
    // Whoever administers from now on decides in nobody's name.
    leaves(tx, workflow, Some(actor), from).await?;
    Ok((id, passed))
}

//! `/staff/organisation/appointments/{id}/change`: a duty that becomes another, as one act.

use actix_web::web;
use entities::AppointmentId;
use workflow::{
    commands::{self, ChangeDuty},
    organise,
};

use super::{
    Answer, Visitor, once,
    organisation::{duty, text},
    visitor::came_from,
};
use crate::{csrf::CheckedForm, show};

/// Changes it.
pub(crate) async fn change(
    visitor: Visitor,
    id: web::Path<AppointmentId>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let back = came_from(&visitor.request).unwrap_or_else(|| "/staff/organisation".to_owned());
    let duty = duty(&form)?;
    let to = once(&visitor, &form, "change-duty", async |tx| {
        // Whoever may not change it learns nothing of who is on record.
        organise::may_end(tx, workflow, who, *id).await?;
        let unit = organise::find_unit(tx, &text(&form, "unit")).await?.id;
        let to = match text(&form, "to") {
            name if name.is_empty() => None,
            name => Some(organise::find_member(tx, &name).await?),
        };
        let reason = text(&form, "reason");
        let ask = ChangeDuty { appointment: *id, unit, duty, to, reason };
        let (_, passed) = Box::pin(commands::change_duty(tx, workflow, who, ask)).await?;
        Ok((back.clone(), passed.jobs))
    })
    .await?;
    show::settle(workflow).await;
    Ok(visitor.go(&to, Some("saved")))
}

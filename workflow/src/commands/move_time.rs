//! The demonstration's clock: business time is asked to move; the worker walks it there.

use chrono::{DateTime, TimeDelta, Utc};
use entities::business_time;
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect};

use crate::{
    CommandError, Refusal, Workflow, business_time::ROW, calendar::local_date, record::Batch,
    rules::clock::closing,
};

/// Most working days of one move: about half a year.
const MOST: u32 = 120;

/// Asks for business time to be moved past the closing hour of the `working_days`-th working day
/// from now, so that whatever is due on that day has fallen due. Returns where it will be.
///
/// # Errors
/// [`Refusal::Time`] for no or too many days, or while an earlier move is under way.
#[tracing::instrument(skip_all)]
pub async fn move_time(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    working_days: u32,
) -> Result<DateTime<Utc>, CommandError> {
    if working_days == 0 || working_days > MOST {
        return Err(Refusal::Time("between 1 and 120 working days at once").into());
    }
    let row = business_time::Entity::find_by_id(ROW).lock_exclusive().one(tx).await?;
    if row.as_ref().is_some_and(|row| row.target_at.is_some()) {
        return Err(Refusal::Time("an earlier move is under way").into());
    }
    let days = workflow.calendar.of(crate::fold::REGION);
    let last = days.add_working(local_date(workflow.clock.now()), working_days);
    let target = closing(last) + TimeDelta::seconds(1);
    let row = business_time::Model {
        id: ROW,
        offset_us: row.map_or(0, |row| row.offset_us),
        target_at: Some(target),
    };
    let mut batch = Batch::default();
    batch.upsert::<business_time::Entity>(vec![row]);
    batch.run(tx).await?;
    Ok(target)
}

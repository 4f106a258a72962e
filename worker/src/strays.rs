//! What lies with nobody: after somebody has left, or a unit has closed while a case was on its way
//! there. Whoever ends an appointment looks at once; this is for what they could not see.

use std::time::Duration;

use sea_orm::DbErr;
use workflow::commands::settle_slots;

use crate::Services;

/// How often to look.
pub(crate) const PERIOD: Duration = Duration::from_mins(1);

/// Gives it back to its unit, or to whichever took over. May run at any time, anywhere, twice.
///
/// # Errors
/// The database's.
pub async fn settle_strays(services: &Services) -> Result<usize, DbErr> {
    settle_slots(&services.workflow).await
}

//! `/staff/soundness`: whether the store is sound, for whoever runs the service.

use super::{Answer, Visitor};
use crate::show;

/// What the checks see now.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::soundness(&visitor.reader(), who).await?;
    visitor.page(&view)
}

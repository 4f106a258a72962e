//! `/`: what one can apply for.

use super::{Answer, Visitor};
use crate::show;

/// The front page.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let view = show::home(&visitor.reader()).await?;
    visitor.page(&view)
}

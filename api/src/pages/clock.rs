//! `/demo/clock`: business time, and moving it on.

use super::{Answer, Visitor};
use crate::{csrf::CheckedForm, show};

/// What time it is, and what falls due next.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    visitor.demo()?;
    let view = show::clock(&visitor.reader()).await?;
    visitor.page(&view)
}

/// Asks for some working days more; the worker walks there.
pub(crate) async fn advance(visitor: Visitor, form: CheckedForm) -> Answer {
    visitor.demo()?;
    let days: u32 = form.get("days").unwrap_or_default().trim().parse().unwrap_or_default();
    match show::move_clock(&visitor.services, days).await {
        Ok(_) => Ok(visitor.go("/demo/clock", Some("moved"))),
        Err(problem) => {
            let drawn = show::clock(&visitor.reader()).await;
            visitor.again_or(drawn, problem)
        }
    }
}

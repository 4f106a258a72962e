//! `/demo/letters`: the drawer of letters that a demonstration sends to nobody.

use actix_web::web;

use super::{Answer, Visitor, notices::Page};
use crate::show;

/// The newest letters.
pub(crate) async fn list(visitor: Visitor, page: web::Query<Page>) -> Answer {
    visitor.demo()?;
    let view = show::letters(&visitor.services, page.after.as_deref()).await?;
    visitor.page(&view)
}

/// One letter.
pub(crate) async fn one(visitor: Visitor, id: web::Path<String>) -> Answer {
    visitor.demo()?;
    let view = show::letter(&visitor.services, &id).await?;
    visitor.page(&view)
}

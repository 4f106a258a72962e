//! `/staff/tasks`: what waits for a member of staff.

use actix_web::web;

use super::{Answer, Visitor};
use crate::{
    csrf::CheckedForm,
    show::{self, QueueAsk, Search},
};

/// The queue, filtered.
pub(crate) async fn show(visitor: Visitor, ask: web::Query<QueueAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::queue(&visitor.reader(), who, &ask, Search::Number).await?;
    visitor.page(&view)
}

/// The queue, searched; people are searched for by POST, so that no address names them.
pub(crate) async fn search(visitor: Visitor, form: CheckedForm) -> Answer {
    let who = visitor.staff()?.who();
    let ask: QueueAsk = form.read()?;
    let view = show::queue(&visitor.reader(), who, &ask, Search::People).await?;
    if view.search.is_empty() || crate::read::queue::is_number(&view.search) {
        return Ok(visitor.go(&view.next_link(""), None));
    }
    visitor.page(&view)
}

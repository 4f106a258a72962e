//! `/staff/bounces`: messages that did not arrive, for whoever answers for their cases.

use actix_web::web;
use entities::NoticeId;
use workflow::commands::{Handling, handle_bounce};

use super::{Answer, Visitor, once};
use crate::{
    csrf::CheckedForm,
    show::{self, BouncesAsk},
};

/// What waits for somebody.
pub(crate) async fn show(visitor: Visitor, ask: web::Query<BouncesAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::bounces(&visitor.reader(), who, &ask).await?;
    visitor.page(&view)
}

/// The recipient was reached in another way.
pub(crate) async fn handled(
    visitor: Visitor,
    notice: web::Path<NoticeId>,
    form: CheckedForm,
) -> Answer {
    see_to(visitor, (*notice, Handling::Handled), form).await
}

/// It is sent once more.
pub(crate) async fn resend(
    visitor: Visitor,
    notice: web::Path<NoticeId>,
    form: CheckedForm,
) -> Answer {
    see_to(visitor, (*notice, Handling::Resent), form).await
}

async fn see_to(visitor: Visitor, ask: (NoticeId, Handling), form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "handle-bounce", async |tx| {
        let jobs = handle_bounce(tx, workflow, who, ask).await?;
        Ok(("/staff/bounces".to_owned(), jobs))
    })
    .await?;
    Ok(visitor.go(&to, None))
}

//! Doing what a form asks for, once.

use std::cell::Cell;

use actix_web::http::header;
use sea_orm::DatabaseTransaction;
use workflow::Ticket;

use super::Visitor;
use crate::{
    Problem,
    csrf::CheckedForm,
    idempotency::{Once, StoredAnswer, answer_once},
};

/// Where a form leads once it is done, and the jobs that follow.
pub(super) type Next = (String, Vec<Ticket>);

/// Does what a form asks for, however often it is sent; hands the jobs over after the commit.
/// Returns where it leads.
///
/// # Errors
/// What `work` returns; see [`answer_once`].
pub(super) async fn once<F>(
    visitor: &Visitor,
    form: &CheckedForm,
    operation: &'static str,
    work: F,
) -> Result<String, Problem>
where
    F: for<'c> AsyncFn(&'c DatabaseTransaction) -> Result<Next, Problem>,
{
    // Going back, typing something else and sending it is another request, not the same again.
    let [a, b, c, d, ..] = form.hash;
    let key = format!("{}.{:08x}", form.key, u32::from_be_bytes([a, b, c, d]));
    let what = Once { operation, key: Some(key), hash: form.hash };
    let jobs = Cell::new(Vec::new());
    let answer = answer_once(&visitor.services, visitor.actor()?, &what, async |tx| {
        let (to, recorded) = work(tx).await?;
        jobs.set(recorded);
        let headers = vec![(header::LOCATION.to_string(), to)];
        Ok(StoredAnswer { status: 303, headers, body: String::new() })
    })
    .await?;
    visitor.workflow().wake.hand(&jobs.take());
    let to = answer.headers.into_iter().find(|(name, _)| name == header::LOCATION.as_str());
    Ok(to.map_or_else(|| "/".to_owned(), |(_, to)| to))
}

//! One private fact shown to staff who ask for it; whose it is can be told who looked.

use entities::{Stream, TaskId};
use serde_json::json;
use workflow::{Actor, record::append, tx};

use super::{Reader, answers, case::Case, desk::task_case, people, scope};
use crate::{Problem, Services};

/// The text of a masked fact. A row of the person's trail says who saw which.
///
/// # Errors
/// [`Problem::NotFound`] for a fact that is not there, the database's.
pub async fn reveal(
    services: &Services,
    actor: Actor,
    task: TaskId,
    fact: &str,
) -> Result<String, Problem> {
    let r = Reader::of(services, entities::Language::Chinese);
    let (_, file) = task_case(&r, actor, task).await?;
    let case = Case::read(&r, file).await?;
    scope::may_reveal(&r, actor, &case).await?;
    let subject = case.subject.as_ref().ok_or(Problem::NotFound)?;
    let opened = people::opened(&r, subject).await?;
    let text = match fact.strip_prefix("person.") {
        Some("id_number") => opened.id_number,
        Some("phone") => opened.phone,
        Some("bank") => opened.bank,
        Some("address") => opened.address,
        Some(_) => None,
        None => case
            .program
            .field(fact)
            .and_then(|field| Some(answers::whole(&r, field, case.values.get(fact)?, &case.looks))),
    };
    let text = text.ok_or(Problem::NotFound)?;
    let what = json!({ "case": case.file().id, "task": task, "fact": fact });
    tx::write(&services.workflow.store, async |tx| {
        let what = ("fact_shown", what.clone());
        append(tx, r.now, Stream::Person, subject.id.0, Some(actor), what).await
    })
    .await?;
    Ok(text)
}

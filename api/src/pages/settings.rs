//! `/staff/settings`: when one's digest comes.

use workflow::commands::{digest_hour, set_digest};

use super::{Answer, Visitor, once};
use crate::{Problem, csrf::CheckedForm, show};

/// Stands for no digest among the hours.
const NONE: &str = "none";

/// What is chosen.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let person = visitor.staff()?.who().person.ok_or(Problem::NotFound)?;
    let at = digest_hour(visitor.workflow().store.read(), person).await?;
    let view = show::settings(at.as_deref().unwrap_or(NONE));
    visitor.page(&view)
}

/// Chooses.
pub(crate) async fn save(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let chosen = form.get("at").unwrap_or_default().to_owned();
    let at = Some(chosen.as_str()).filter(|at| *at != NONE);
    let to = once(&visitor, &form, "set-digest", async |tx| {
        set_digest(tx, workflow, who, at).await?;
        Ok(("/staff/settings".to_owned(), Vec::new()))
    })
    .await?;
    Ok(visitor.go(&to, Some("saved")))
}

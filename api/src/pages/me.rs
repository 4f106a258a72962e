//! `/me`: the applicant's own room, and for whom one acts.

use entities::PersonId;

use super::{Answer, Visitor, visitor::set};
use crate::{Problem, csrf::CheckedForm, session, show};

/// What is asked, the cases, the programs.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let who = visitor.applicant()?.who();
    let view = show::mine(&visitor.reader(), who, visitor.acting).await?;
    visitor.page(&view)
}

/// Acts for another person from now on.
pub(crate) async fn act_for(visitor: Visitor, form: CheckedForm) -> Answer {
    let who = visitor.applicant()?.who();
    let chosen = form.get("subject").unwrap_or_default();
    let subjects = show::subjects(&visitor.reader(), who, visitor.acting).await?;
    let known = subjects.iter().any(|subject| subject.id == chosen);
    let person: PersonId = chosen.parse().map_err(|_| Problem::NotFound)?;
    if !known {
        return Err(Problem::NotFound);
    }
    let mut response = visitor.go("/me", Some("acting_changed"));
    set(&mut response, &session::acting_cookie(&visitor.services.settings, person))?;
    Ok(response)
}

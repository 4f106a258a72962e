//! `/staff/substitutes` and `/staff/copies`: who decides while one is away, and what one was
//! informed of.

use std::collections::BTreeMap;

use actix_web::web;
use entities::{NoticeId, SubstitutionId};
use workflow::commands;

use super::{Answer, Visitor, once};
use crate::{
    absences,
    csrf::CheckedForm,
    show::{self, SubstitutesAsk, Wrong},
};

const SUBSTITUTES: &str = "/staff/substitutes";

/// What is arranged.
pub(crate) async fn substitutes(visitor: Visitor, ask: web::Query<SubstitutesAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::substitutes(&visitor.reader(), who, ask.absent, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Names a substitute.
pub(crate) async fn name(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let said: BTreeMap<&str, &str> =
        form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let done = match absences::read(who.person, &said) {
        Ok(ask) => {
            once(&visitor, &form, "name-substitute", async |tx| {
                commands::name_substitute(tx, workflow, who, ask.clone()).await?;
                Ok((SUBSTITUTES.to_owned(), Vec::new()))
            })
            .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::substitutes(&visitor.reader(), who, None, &wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// Ends a substitution before its time.
pub(crate) async fn end(
    visitor: Visitor,
    id: web::Path<SubstitutionId>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "end-substitute", async |tx| {
        commands::end_substitute(tx, workflow, who, *id).await?;
        Ok((SUBSTITUTES.to_owned(), Vec::new()))
    })
    .await?;
    Ok(visitor.go(&to, Some("saved")))
}

/// What one was informed of.
pub(crate) async fn copies(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::copies(&visitor.reader(), who).await?;
    visitor.page(&view)
}

/// One has read it.
pub(crate) async fn read(visitor: Visitor, id: web::Path<NoticeId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "read-copy", async |tx| {
        let done = commands::read_copy(tx, workflow, who, *id).await?;
        Ok(("/staff/copies".to_owned(), done.recorded.jobs))
    })
    .await?;
    Ok(visitor.go(&to, None))
}

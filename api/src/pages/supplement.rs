//! `/cases/{number}/supplement`, `/cases/{number}/change`: what was asked for, and handing it in.

use actix_web::web;
use workflow::{
    commands::{EditCase, edit_case, resubmit_case},
    event::Asked,
};

use super::{Answer, Visitor, form_page::given, once, papers::mark};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, Wrong},
};

/// All that is missing, in one list.
pub(crate) async fn show(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.actor()?.who();
    let view = show::supplement(&visitor.reader(), who, &number, &Wrong::default()).await?;
    visitor.page(&view)
}

/// What was sent back: the list of what is named, else the whole application.
pub(crate) async fn change(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.actor()?.who();
    let case = show::scope::mine(&visitor.reader(), who, &number).await?;
    let asked: Option<Asked> = case.asked.and_then(|asked| serde_json::from_value(asked).ok());
    let named = asked.is_some_and(|asked| !asked.fields.is_empty() || !asked.papers.is_empty());
    let to =
        if named { format!("/cases/{number}/supplement") } else { format!("/drafts/{number}") };
    Ok(visitor.go(&to, None))
}

/// Keeps the fields and hands all in.
pub(crate) async fn hand_in(
    visitor: Visitor,
    number: web::Path<String>,
    form: CheckedForm,
) -> Answer {
    let who = visitor.actor()?.who();
    match answer(&visitor, &number, &form).await {
        Ok(to) => Ok(visitor.go(&to, Some("resubmitted"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let mut drawn = show::supplement(&visitor.reader(), who, &number, &wrong).await;
            if let Ok(view) = &mut drawn {
                mark(view.papers.iter_mut().map(|defect| &mut defect.paper), &wrong.fields);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

async fn answer(visitor: &Visitor, number: &str, form: &CheckedForm) -> Result<String, Problem> {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, number).await?;
    let asked: Option<Asked> = case.asked.and_then(|asked| serde_json::from_value(asked).ok());
    let fields = given(&form.fields, &asked.unwrap_or_default().fields);
    let case = case.id;
    once(visitor, form, "resubmit-case", async |tx| {
        if !fields.is_empty() {
            let fields = fields.clone();
            let ask = EditCase { case, seen: None, fields, keep_right: false };
            edit_case(tx, workflow, who, ask).await?;
        }
        let done = resubmit_case(tx, workflow, who, case, None).await?;
        Ok((format!("/cases/{number}"), done.recorded.jobs))
    })
    .await
}
